# SPDX-License-Identifier: Apache-2.0
"""The sample project on a real Gerrit of test/stack, and a seakeeperd that listens to it: for `record` and `gerrit` here."""
import http.client
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "test/stack"))
from lab import Lab, quote  # noqa: E402

PROJECT = "demo/harbour"
CODE = {"ci.sh!": (HERE / "ci.sh").read_text(), "tide.txt": "12:00\n"}


def configuration():
    folder = HERE / "project"
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.yaml"))}


def make_project(lab):
    """The project with its code on master and its triggers in refs/meta/config; False when it was there already."""
    if lab.rest.get(f"/projects/{quote(PROJECT)}", user="admin").status == 200:
        return False
    lab.rest.must("PUT", f"/projects/{quote(PROJECT)}", {"parent": "demo/parent", "create_empty_commit": True})
    folder = lab.checkout(PROJECT)
    lab.commit(folder, CODE, "Tell the time of high water\n", "owner")
    lab.git(folder, "push", "-q", lab.url(PROJECT, "admin"), "HEAD:refs/heads/master", user="owner")
    lab.push_config(PROJECT, configuration(), message="Test, gate and publish")
    return True


class Service:
    """`seakeeperd serve` with an operator's file for the stack's Gerrit; untrusted runs happen on this machine, in
    sandboxes without a network that read Gerrit's repositories at /repositories."""

    def __init__(self, lab, binary, state=None, public=None):
        self.binary, self.listen = binary, "127.0.0.1:8083"
        self.folder = pathlib.Path(state or tempfile.mkdtemp(prefix="seakeeper-quickstart-"))
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.process, self.log = None, self.folder / "log"
        gerrit, bot = lab.gerrit, lab.gerrit["people"]["ci-bot"]
        (self.folder / "site.yaml").write_text(f"""# Written by examples/quickstart. Form: docs/schema/site.json
gerrit:
  name: quickstart
  url: {gerrit["local_url"]}
  fetch_url: /repositories/
  ssh:
    host: {gerrit["ssh_host"]}
    port: {gerrit["ssh_port"]}
    user: ci-bot
    key_file: {bot["ssh_key_file"]}
    known_hosts_file: {gerrit["known_hosts_file"]}
  http: {{user: ci-bot, password_file: {bot["password_file"]}}}
instance_id: quickstart
executors:
  - {{name: this-machine, class: untrusted, local: {{repositories: {gerrit["site"]}/git}}, limits: {{images: [localhost/], image_digests: false}}}}
state: {self.folder}/state
listen: {self.listen}
public_url: http://{public or self.listen}
""")

    def start(self, *more):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.binary, "serve", "--config", str(self.folder / "site.yaml"), *more], stdout=log, stderr=log)
        end = time.monotonic() + 60
        while self.alive() and not self.is_ready():
            if time.monotonic() > end:
                raise RuntimeError(f"seakeeperd was not ready within a minute:\n{self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.2)
        return self

    def record(self, file):
        """`seakeeperd record --facts` instead of the service; the stream has to be open before anything happens."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.binary, "record", "--config", str(self.folder / "site.yaml"), "--facts", "--out", str(file)],
                                            stdout=log, stderr=log)
        time.sleep(5)
        return self.alive()

    def is_ready(self):
        try:
            connection = http.client.HTTPConnection(self.listen, timeout=5)
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False

    def alive(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"seakeeperd ended with {self.process.returncode}:\n{self.log.read_text(errors='replace')[-3000:]}")
        return True

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)


def seakeeperd():
    binary = os.environ.get("SEAKEEPERD", str(ROOT / "build/quickstart/seakeeperd/seakeeperd"))
    if not os.access(binary, os.X_OK):
        sys.exit(f"{binary} is not there: run examples/quickstart first, which builds it, or name one in SEAKEEPERD")
    return binary
