# SPDX-License-Identifier: Apache-2.0
"""seakeeperd between the fakes: its site, its life and what it says of itself."""
import asyncio
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import fake_gerrit
import web
from fake_kubernetes import FakeKubernetes
from world import Journal, World

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("SEAKEEPERD", str(ROOT / "build/debug/seakeeperd/seakeeperd"))
TOKENS = {"untrusted": "canary-of-the-untrusted-token", "trusted": "canary-of-the-trusted-token"}
CONFIGURATION = {
    "seakeeper.yaml": """triggers:
  test:
    events: [patchset-created, {comment: recheck}]
    workflow: test.yaml
    report: {label: Verified, success: +1, failure: -1}
  gate: {events: [{vote: {label: Code-Review, value: +2}}], workflow: test.yaml, trust: trusted}
  merged: {events: [change-merged], workflow: test.yaml, report: none}
  branch: {events: [ref-updated], ref: "refs/heads/rel-*", workflow: test.yaml, report: none}
""",
    "test.yaml": """apiVersion: argoproj.io/v1alpha1
kind: Workflow
spec:
  entrypoint: main
  templates:
  - name: main
    script: {image: localhost/tools, command: [sh], source: make test}
"""}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class ClusterApart:
    """A FakeKubernetes in a process of its own, without faults: for figures, where one Python cannot be both peers."""

    def __init__(self, journal, seconds):
        self.arguments, self.port = (journal, str(seconds)), 0

    async def start(self):
        script = pathlib.Path(__file__).with_name("fake_kubernetes.py")
        self.process = await asyncio.create_subprocess_exec(sys.executable, str(script), *self.arguments,  # ends with its input
                                                            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        self.port = int(await self.process.stdout.readline())


class Daemon:
    def __init__(self, folder, gerrit, cluster, binary):
        self.folder, self.binary, self.listen = folder, binary, free_port()
        self.process, self.starts, self.environment, self.plans = None, 0, {}, None
        (folder / "password").write_text(fake_gerrit.PASSWORD + "\n")
        (folder / "password").chmod(0o400)
        for trust, token in TOKENS.items():
            config = folder / f"kubeconfig-{trust}"
            config.write_text(json.dumps({
                "apiVersion": "v1", "kind": "Config", "current-context": "c",
                "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{cluster.port}"}}],
                "users": [{"name": "u", "user": {"token": token}}], "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}))
            config.chmod(0o400)
        (folder / "site.yaml").write_text(f"""gerrit:
  name: fault
  url: http://127.0.0.1:{gerrit.port}
  ssh: {{host: 127.0.0.1, port: {gerrit.ssh_port}, user: seakeeper, key_file: id_ed25519, known_hosts_file: known_hosts}}
  http: {{user: seakeeper, password_file: password}}
  catch_up: {{every: 10s, requests_per_minute: 0}}
instance_id: fault
executors:
{"".join(self.executor(trust) for trust in TOKENS)}trust: {{protected: [refs/heads/master]}}
state: state
listen: 127.0.0.1:{self.listen}
""")

    @staticmethod
    def executor(trust):
        return f"""  - name: {trust}
    class: {trust}
    argo: {{kubeconfig: kubeconfig-{trust}, namespace: ci-{trust}, service_account: runner-{trust}, executor_service_account: executor-{trust},
            node_selector: {{pool: {trust}}}, image_pull: if_not_present}}
    limits: {{images: [localhost/], image_digests: false, deadline: 5m}}
"""

    def start(self):
        log = open(self.folder / "daemon.log", "ab")
        self.starts += 1
        if self.plans:
            self.environment["SEAKEEPER_FAIL"] = self.plans.next()
        self.process = subprocess.Popen([self.binary, "serve", "--config", str(self.folder / "site.yaml"), "--json-log"],
                                        stdout=log, stderr=log, cwd=self.folder, env=dict(os.environ, **self.environment))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.listen}/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def memory(self, key="VmRSS"):
        """MiB."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{key}:\s+(\d+)", text)[1]) / 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def is_dead(self):
        return self.process.poll() is not None

    def status(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.listen}/status", timeout=5) as answer:
                return json.load(answer)
        except OSError:
            return {}


async def status_of(daemon):
    return await asyncio.get_running_loop().run_in_executor(None, daemon.status)


async def baseline(daemon):
    end = time.monotonic() + 60
    while not (await status_of(daemon)).get("catch_up", {}).get("last_complete"):
        if time.monotonic() > end or daemon.is_dead():
            raise SystemExit(f"seakeeperd did not come up:\n{(daemon.folder / 'daemon.log').read_text()[-3000:]}")
        await asyncio.sleep(0.1)


def check_death(daemon):
    """Only a failpoint may end it."""
    if daemon.process.returncode != 137:
        raise SystemExit(f"seakeeperd ended with {daemon.process.returncode}:\n{(daemon.folder / 'daemon.log').read_text(errors='replace')[-3000:]}")


class Site:
    """Fakes with three projects, and a daemon that is not started yet."""

    def __init__(self, folder, seed, binary, run_seconds=0.3, is_cluster_apart=False):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.world = World(seed, Journal(folder / "gerrit.jsonl"))
        self.gerrit = fake_gerrit.FakeGerrit(self.world, str(folder), web.Faults(seed + 1))
        journal = folder / "kubernetes.jsonl"
        self.cluster = ClusterApart(str(journal), run_seconds) if is_cluster_apart else FakeKubernetes(Journal(journal), web.Faults(seed + 2), run_seconds)
        self.binary, self.daemon = binary, None

    async def start(self, configuration=None):
        await self.gerrit.start()
        await self.cluster.start()
        self.gerrit.make_project("All-Projects", {"project.config": ""})
        for name in ("demo/app", "demo/lib", "demo/docs"):
            self.gerrit.make_project(name, CONFIGURATION if configuration is None else configuration)
        self.daemon = Daemon(self.folder, self.gerrit, self.cluster, self.binary)
