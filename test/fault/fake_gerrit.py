# SPDX-License-Identifier: Apache-2.0
"""A Gerrit for faults that a real one will not give on demand: `stream-events` by a real SSH server with Gerrit's queue of 128 per
connection, REST as far as Seakeeper calls it, and refs/meta/config by git's own upload-pack."""
import asyncio
import gzip
import json
import os
import re
import subprocess
import time
import urllib.parse
import warnings

warnings.filterwarnings("ignore")
import asyncssh  # noqa: E402

import web  # noqa: E402
from world import BOT, MAINT, PEOPLE, account, seconds_of  # noqa: E402

PASSWORD = "canary-of-the-gerrit-password"
QUEUE = 128


class Subscriber:
    """Gerrit's queue of one connection: above 128 events are dropped, and the marker comes before what is queued."""

    def __init__(self):
        self.lines, self.is_dropping, self.wake = [], False, asyncio.Event()

    def tell(self, line):
        if len(self.lines) >= QUEUE:
            self.is_dropping = True
        else:
            self.lines.append(line)
        self.wake.set()

    async def take(self):
        while not self.lines and not self.is_dropping:
            self.wake.clear()
            await self.wake.wait()
        lines, self.lines = self.lines, []
        if self.is_dropping:
            self.is_dropping = False
            lines.insert(0, json.dumps({"type": "dropped-output", "eventCreatedOn": int(time.time())}))
        return lines


class FakeGerrit:
    def __init__(self, world, folder, faults):
        self.world, self.folder, self.faults = world, folder, faults
        self.port = self.ssh_port = 0
        self.drops = 0
        self.asked = []  # by REST: when, and the target
        self.connections = set()

    async def start(self):
        self.port, self.server = await web.serve(self.handle, self.faults, lambda request: "git-upload-pack" in request.target)
        host_key = asyncssh.generate_private_key("ssh-ed25519")
        user_key = asyncssh.generate_private_key("ssh-ed25519")
        user_key.write_private_key(os.path.join(self.folder, "id_ed25519"))
        os.chmod(os.path.join(self.folder, "id_ed25519"), 0o600)
        with open(os.path.join(self.folder, "authorized"), "wb") as file:
            file.write(user_key.export_public_key())
        self.ssh = await asyncssh.create_server(asyncssh.SSHServer, "127.0.0.1", 0, server_host_keys=[host_key], process_factory=self.stream,
                                                authorized_client_keys=os.path.join(self.folder, "authorized"), encoding="utf-8")
        self.ssh_port = self.ssh.sockets[0].getsockname()[1]
        public = host_key.export_public_key().decode().split()
        with open(os.path.join(self.folder, "known_hosts"), "w") as file:
            file.write(f"[127.0.0.1]:{self.ssh_port} {public[0]} {public[1]}\n")

    async def stream(self, process):
        subscriber = Subscriber()
        self.world.listeners.append(subscriber.tell)
        connection = process.channel.get_connection()
        self.connections.add(connection)
        try:
            while True:
                lines = await subscriber.take()
                self.drops += sum('"dropped-output"' in line for line in lines)
                process.stdout.write("".join(line + "\n" for line in lines))
                await process.stdout.drain()
        except (asyncssh.Error, OSError, asyncio.CancelledError):
            pass
        finally:
            self.connections.discard(connection)
            self.world.listeners.remove(subscriber.tell)

    def cut(self):
        """The server ends every stream, as a restart of it does."""
        for connection in list(self.connections):
            connection.abort()

    # -- REST -----------------------------------------------------------------------
    async def handle(self, request):
        if "upload-pack" in request.path or "service=" in request.raw_query:
            return await self.git(request)
        path = request.path.removeprefix("/a")
        self.asked.append((time.monotonic(), request.target))
        if request.method == "POST":
            return self.post(path, request)
        return self.get(path, request)

    @staticmethod
    def json(value):
        return web.Answer(200, ")]}'\n" + json.dumps(value), "application/json;charset=utf-8")

    @staticmethod
    def missing():
        return web.Answer(404, "Not found", "text/plain")

    def change_of(self, path):
        found = re.match(r"/changes/[^/~]+~(\d+)", path)
        return self.world.changes.get(int(found[1])) if found else None

    def post(self, path, request):
        change = self.change_of(path)
        found = re.search(r"/revisions/([0-9a-f]{40})/review$", path)
        if not change or not found:
            return self.missing()
        return self.json(self.world.review(change, found[1], request.json()))

    def get(self, path, request):
        if path.startswith("/accounts/"):
            return self.person(path, request)
        if path == "/config/server/version":
            return self.json("3.10.2")
        if path == "/changes/":
            return self.query(request)
        if path.startswith("/changes/"):
            change = self.change_of(path)
            if not change:
                return self.missing()
            if path.endswith("/messages"):
                return self.json(change["messages"])
            if path.endswith("/files/"):
                return self.json({"/COMMIT_MSG": {"status": "A"}, "source.c": {"lines_inserted": 1}})
            if path.endswith("/submitted_together"):
                return self.json({"changes": [], "non_visible_changes": 0})
            return self.json({} if path.endswith("/comments") else self.world.change_json(change))
        if path == "/access/":
            return self.json({name: self.access(name) for name in request.query["project"]})
        return self.project(path, request)

    def person(self, path, request):
        if path == "/accounts/":
            wanted = re.search(r'username:"(\w+)"', request.one("q"))[1]
            return self.json([account(number) for number, name in PEOPLE.items() if name == wanted])
        number = re.match(r"/accounts/(self|\d+)/(detail|groups/)$", path)
        who = BOT if number[1] == "self" else int(number[1])
        return self.json([] if number[2] == "groups/" else {**account(who), "registered_on": "2026-01-01 00:00:00.000000000"})

    @staticmethod
    def access(name):
        """All-Projects says who may vote; the others inherit."""
        rules = {"rules": {"maintainers": {"action": "ALLOW", "force": False, "min": -2, "max": 2}}, "label": "Code-Review"}
        local = {"refs/heads/*": {"permissions": {"label-Code-Review": rules}}} if name == "All-Projects" else {}
        return {"local": local, "owner_of": [], "can_upload": True, "config_visible": True, "groups": {"maintainers": {"name": "maintainers"}},
                **({} if name == "All-Projects" else {"inherits_from": {"id": "All-Projects", "name": "All-Projects"}})}

    def query(self, request):
        words = request.one("q", "")
        after, before = (re.search(rf'{word}:"([^"]+)"', words) for word in ("after", "before"))
        return self.json(self.world.query(seconds_of(after[1]) if after else 0, seconds_of(before[1]) if before else 1 << 40,
                                          int(request.one("S", 0)), int(request.one("n", 500))))

    def commit(self, path):
        """A patch set's commit, or what it was made on: that is merged."""
        sha = path.split("/")[4]
        change = self.world.change_of.get(sha)
        is_merged = change is None or change["status"] == "MERGED"
        if path.endswith("/in"):
            return self.json({"branches": ["master"] if is_merged else [], "tags": []})
        parents = [r["parent"] for r in change["revisions"] if r["sha"] == sha] if change else []
        return self.json({"commit": sha, "parents": [{"commit": parent} for parent in parents], "subject": "a commit", "message": "a commit\n"})

    def project(self, path, request):
        if path == "/projects/":
            return self.json({name: {"id": urllib.parse.quote(name, safe=""), "branches": {"refs/meta/config": refs["refs/meta/config"]}}
                              for name, refs in sorted(self.world.projects.items())})
        parts = path.split("/")
        name = urllib.parse.unquote(parts[2]) if len(parts) > 2 else ""
        refs = self.world.projects.get(name)
        if refs is None:
            return self.missing()
        if len(parts) == 3:
            return self.json({"id": parts[2], "name": name, **({} if name == "All-Projects" else {"parent": "All-Projects"})})
        if parts[3] == "commits":
            return self.commit(path)
        if parts[3] == "labels":
            return self.json([{"name": "Code-Review", "project_name": "All-Projects", "function": "MaxWithBlock", "default_value": 0,
                               "values": {" 0": "words", "+2": "words"}}])
        if parts[3] == "check.access":
            return self.json({"status": 200 if int(request.one("account")) == MAINT else 403, "message": "", "debug_logs": []})
        prefix = {"branches": ("refs/heads/", "refs/meta/config"), "tags": ("refs/tags/",)}.get(parts[3])
        if prefix is None:
            return self.missing()
        rows = [{"ref": ref, "revision": sha} for ref, sha in sorted(refs.items()) if ref.startswith(prefix)]
        wanted = urllib.parse.unquote(parts[4]) if len(parts) > 4 else ""
        if not wanted:
            return self.json(rows)
        row = [r for r in rows if wanted in (r["ref"], r["ref"].removeprefix("refs/heads/"))]
        return self.json(row[0]) if row else self.missing()

    # -- git ------------------------------------------------------------------------
    def make_project(self, name, files):
        """A bare repository whose refs/meta/config holds `files`."""
        bare = os.path.join(self.folder, "git", name)
        os.makedirs(bare)
        run = lambda *args, **more: subprocess.run(["git", "-C", bare, *args], check=True, capture_output=True, text=True, **more).stdout.strip()  # noqa: E731
        run("init", "-q", "--bare")
        rows = "".join(f"100644 blob {run('hash-object', '-w', '--stdin', input=text)}\t{path}\n" for path, text in files.items())
        tree = run("mktree", input=rows)
        env = dict(os.environ, **{f"GIT_{who}_{what}": "fake@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")})
        commit = run("commit-tree", tree, "-m", "configuration", env=env)
        run("update-ref", "refs/meta/config", commit)
        self.world.projects[name] = {"refs/meta/config": commit}

    async def git(self, request):
        name, _, service = urllib.parse.unquote(request.path).removeprefix("/a/").partition("/info/refs" if "service" in request.query else "/git-upload-pack")
        options = ["--advertise-refs"] if "service" in request.query else []
        env = dict(os.environ, **({"GIT_PROTOCOL": request.headers["git-protocol"]} if "git-protocol" in request.headers else {}))
        process = await asyncio.create_subprocess_exec("git", "upload-pack", "--stateless-rpc", *options, os.path.join(self.folder, "git", name),
                                                       stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=env)
        body = gzip.decompress(request.body) if request.headers.get("content-encoding") == "gzip" else request.body
        out, _ = await process.communicate(body)
        if options:
            return web.Answer(200, b"001e# service=git-upload-pack\n0000" + out, "application/x-git-upload-pack-advertisement")
        return web.Answer(200, out, "application/x-git-upload-pack-result")
