# SPDX-License-Identifier: Apache-2.0
"""A TCP relay that can cut, silence, hold or refuse a connection."""
import socket
import threading
import time


class Relay:
    """Passes bytes between 127.0.0.1 and Gerrit's SSH port until told otherwise."""

    def __init__(self, host, port):
        self.target, self.is_silent, self.is_held, self.pairs = (host, port), False, False, []
        self.listener = None
        self.port = 0
        self.open()

    def open(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
                server = socket.create_connection(self.target)
            except OSError:
                return
            self.pairs.append((client, server))
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def _pass(self, source, sink):
        silenced = False
        try:
            while True:
                while self.is_held:  # nobody reads: the peers' windows fill
                    time.sleep(0.05)
                data = source.recv(65536)
                if not data:
                    break
                silenced = silenced or self.is_silent
                if not silenced:  # what was said into the silence stays lost: the link is half-open
                    sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):  # Gerrit would go on filling a window that nobody reads
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        for pair in self.pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                end.close()
        self.pairs = []

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()
