# SPDX-License-Identifier: Apache-2.0
"""A small HTTP/1.1 server on asyncio for the fakes, which can fail on demand: before it acts, or after."""
import asyncio
import functools
import json
import random
import urllib.parse


class Faults:
    """How often a request fails. `lost`: it is acted on, and its answer never comes."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.error, self.lost, self.reset, self.latency = 0.0, 0.0, 0.0, 0.0
        self.counts = {"error": 0, "lost": 0, "reset": 0}

    def stop(self):
        self.error = self.lost = self.reset = self.latency = 0.0

    def pick(self):
        dice = self.random.random()
        for kind in ("error", "lost", "reset"):
            rate = getattr(self, kind)
            if dice < rate:
                self.counts[kind] += 1
                return kind
            dice -= rate
        return None


class Request:
    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.path, _, self.raw_query = target.partition("?")

    @functools.cached_property
    def query(self):
        return urllib.parse.parse_qs(self.raw_query, keep_blank_values=True)

    def json(self):
        return json.loads(self.body)

    def one(self, key, default=None):
        return self.query.get(key, [default])[0]


class Answer:
    def __init__(self, status, body=b"", kind="application/json", stream=None):
        self.status, self.kind, self.stream = status, kind, stream
        self.body = body if isinstance(body, bytes) else body.encode()


async def read_request(reader):
    try:
        line, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    method, target, _ = line.split(" ", 2)
    headers = {}
    for line in rest:
        key, _, value = line.partition(":")
        headers[key.strip().lower()] = value.strip()
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
    else:
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, target, headers, body)


async def send(writer, answer):
    head = f"HTTP/1.1 {answer.status} X\r\nContent-Type: {answer.kind}\r\n"
    if answer.stream is None:
        writer.write(f"{head}Content-Length: {len(answer.body)}\r\n\r\n".encode() + answer.body)
        await writer.drain()
        return
    writer.write(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
    await writer.drain()
    async for piece in answer.stream:
        writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        await writer.drain()
    writer.write(b"0\r\n\r\n")
    await writer.drain()


async def serve(handle, faults, is_spared=lambda request: False):
    """A server on a free port of 127.0.0.1; `handle` is a coroutine from Request to Answer. Its port and the server."""
    async def connection(reader, writer):
        try:
            while (request := await read_request(reader)) is not None:
                fault = None if is_spared(request) else faults.pick()
                if faults.latency:
                    await asyncio.sleep(faults.random.random() * faults.latency)
                if fault == "reset":
                    break
                if fault == "error":
                    await send(writer, Answer(503, "the server is busy", "text/plain"))
                    continue
                answer = await handle(request)
                if fault == "lost":
                    break
                await send(writer, answer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ValueError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connection, "127.0.0.1", 0, limit=1 << 22)
    return server.sockets[0].getsockname()[1], server
