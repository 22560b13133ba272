# SPDX-License-Identifier: Apache-2.0
"""seakeeperd under test: its operator's file for the running stack, its process, its pages."""
import http.client
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/stack"))
from lab import Kube, Lab  # noqa: E402,F401

BINARY = os.environ.get("SEAKEEPERD", str(ROOT / "build/debug/seakeeperd/seakeeperd"))
LISTEN = "127.0.0.1:8083"


class Daemon:
    """One installation: a state folder, an operator's file, and a process that may be killed and started again."""

    def __init__(self, lab, name="real", more=""):
        """`more`: lines for the operator's file."""
        self.lab, self.name, self.more = lab, name, more
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="seakeeper-daemon-"))
        self.process = None
        (self.folder / "log-token").write_text("log-token-for-tests\n")
        (self.folder / "log-token").chmod(0o400)
        (self.folder / "site.yaml").write_text(self.site())

    def site(self):
        gerrit, stack = self.lab.gerrit, self.lab.stack
        bot = gerrit["people"]["ci-bot"]
        return f"""
gerrit:
  name: {self.name}
  url: {gerrit["local_url"]}
  fetch_url: {gerrit["url"]}
  ssh:
    host: {gerrit["ssh_host"]}
    port: {gerrit["ssh_port"]}
    user: ci-bot
    key_file: {bot["ssh_key_file"]}
    known_hosts_file: {gerrit["known_hosts_file"]}
  http: {{user: ci-bot, password_file: {bot["password_file"]}}}
instance_id: real
allow_shared_nodes: true
executors:
{self.executor("untrusted")}{self.executor("trusted")}
trust:
  label_owners: [All-Projects, demo/parent]
  protected: [refs/heads/master]
state: state
listen: {LISTEN}
public_url: http://{LISTEN}
log_token_file: log-token
{self.more}"""

    def executor(self, trust):
        stack = self.lab.stack
        return f"""  - name: {trust}
    class: {trust}
    argo:
      kubeconfig: {stack["kubernetes"][trust + "_kubeconfig"]}
      namespace: {stack["argo"]["namespaces"][trust]}
      service_account: runner
      executor_service_account: executor
      node_selector: {{seakeeper.dev/pool-{trust}: "true"}}
      controller_instance_id: {stack["argo"]["instance_id"]}
      image_pull: if_not_present
    limits: {{images: [localhost/], image_digests: false, deadline: 5m}}
"""

    def start(self, *more, ready=True):
        log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen([BINARY, "serve", "--config", str(self.folder / "site.yaml"), *more],
                                        stdout=log, stderr=log, cwd=self.folder)
        if ready:
            Lab.wait_for("seakeeperd to be ready", lambda: self.alive() and self.page("/readyz")[0] == 200, 30)
        return self

    def command(self, name, *arguments):
        """Another command of the program on the same operator's file."""
        return subprocess.run([BINARY, name, "--config", str(self.folder / "site.yaml"), *arguments], capture_output=True, text=True)

    def alive(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"seakeeperd ended with {self.process.returncode}:\n{self.log()[-3000:]}")
        return True

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Asks it to end; how long that took in seconds, and its exit status."""
        start = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        return time.monotonic() - start, code

    def page(self, path, token=None):
        try:
            connection = http.client.HTTPConnection(LISTEN, timeout=10)
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        except OSError:
            return 0, ""

    def log(self):
        return (self.folder / "log").read_text(errors="replace")
