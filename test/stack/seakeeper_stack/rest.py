# SPDX-License-Identifier: Apache-2.0
"""Gerrit's REST API for tests: any user, one kept connection per thread."""
import base64
import http.client
import json
import threading
import urllib.parse


def quote(text):
    return urllib.parse.quote(str(text), safe="")


class Reply:
    """Status, headers and body of one answer; `json` has Gerrit's guard line taken off."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        text = self.text
        if text.startswith(")]}'"):
            text = text.split("\n", 1)[1]
        return json.loads(text)

    def __repr__(self):
        return f"{self.status} {self.text[:300]!r}"


class Rest:
    """One server; `secrets` maps a user's name to its HTTP password (a token from 3.13 on)."""

    def __init__(self, host, port, secrets):
        self.host, self.port, self.secrets = host, port, secrets
        self._kept = threading.local()

    def call(self, method, path, body=None, user="admin", raw=None, ctype=None, headers=None):
        """One call, as `user`; None is anonymous. `body` goes as JSON, `raw` bytes as `ctype` (text/plain)."""
        h = {"Accept": "application/json"}
        if user:
            h["Authorization"] = "Basic " + base64.b64encode(f"{user}:{self.secrets[user]}".encode()).decode()
            path = "/a" + path
        data = None
        if raw is not None:
            data, h["Content-Type"] = raw, ctype or "text/plain"
        elif body is not None:
            data, h["Content-Type"] = json.dumps(body).encode(), "application/json; charset=UTF-8"
        h.update(headers or {})
        for attempt in (0, 1):
            c = getattr(self._kept, "connection", None)
            if c is None:
                c = self._kept.connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
            try:
                c.request(method, path, body=data, headers=h)
                r = c.getresponse()
                return Reply(r.status, dict(r.getheaders()), r.read())
            except (http.client.HTTPException, OSError):
                c.close()
                self._kept.connection = None
                if attempt:
                    raise

    def get(self, path, user="admin", **more):
        return self.call("GET", path, user=user, **more)

    def must(self, method, path, body=None, user="admin", ok=(200, 201, 204), **more):
        r = self.call(method, path, body, user, **more)
        if r.status not in ok:
            raise RuntimeError(f"{method} {path} as {user}: {r}")
        return r
