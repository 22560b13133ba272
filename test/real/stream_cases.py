# SPDX-License-Identifier: Apache-2.0
"""The SSH stream on a real Gerrit, behind a relay that can cut, silence or refuse a connection."""
import json
import os
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading
import time

from cases import check, equal, run_all
from relay import Relay

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/stack"))
from lab import Lab  # noqa: E402

PROBE = os.environ.get("SEAKEEPER_STREAM_PROBE", str(ROOT / "build/debug/test/real/stream_probe"))


class Probe:
    """stream_probe as a child; what it printed, by kind."""

    def __init__(self, lab, port, known_hosts, keepalive=500, silence=3000, key=None, env=None):
        key = key or lab.people["ci-bot"]["ssh_key_file"]
        self.child = subprocess.Popen([PROBE, "127.0.0.1", str(port), "ci-bot", key, known_hosts, str(keepalive), str(silence)],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
        self.said = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.child.stdout:
            self.said.put(json.loads(line))

    def wait(self, what, wanted, limit=30):
        """The next thing printed for which `wanted` is true."""
        end, seen = time.monotonic() + limit, []
        while time.monotonic() < end:
            try:
                said = self.said.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                break
            seen.append(said)
            if wanted(said):
                return said
        raise AssertionError(f"{what} did not come in {limit} s; came: {str(seen)[-1500:]}")

    def wait_state(self, state, epoch=None, limit=30):
        return self.wait(f"state {state}", lambda s: s.get("state") == state and epoch in (None, s["epoch"]), limit)

    def wait_event(self, subject, limit=30):
        said = self.wait(subject, lambda s: subject in s.get("line", "") and "patchset-created" in s["line"], limit)
        return said["epoch"]

    def stop(self):
        start = time.monotonic()
        self.child.stdin.close()
        equal(self.child.wait(10), 0, "exit status of the probe")
        check(time.monotonic() - start < 5, "the stream stops within 5 s")


class Stage:
    def __init__(self):
        self.lab = Lab()
        self.relay = Relay("127.0.0.1", self.lab.gerrit["ssh_port"])
        self.folder = tempfile.mkdtemp(prefix="seakeeper-stream-")
        self.count = 0

    def known_hosts(self, name="known_hosts", change=lambda key: key):
        """Gerrit's own keys under the relay's name."""
        path = pathlib.Path(self.folder) / name
        lines = pathlib.Path(self.lab.gerrit["known_hosts_file"]).read_text().splitlines()
        keys = {change(" ".join(line.split()[1:3])) for line in lines if line and not line.startswith("#")}
        path.write_text("".join(f"[127.0.0.1]:{self.relay.port} {key}\n" for key in sorted(keys)))
        return str(path)

    def probe(self, **more):
        return Probe(self.lab, self.relay.port, self.known_hosts(), **more)

    def push(self):
        self.count += 1
        subject = f"Stream case {self.count} {time.time_ns()}"
        self.lab.push_change("demo/app", {f"stream-{time.time_ns()}": "x"}, subject)
        return subject


stage = Stage()


def event_arrives():
    """A pushed change arrives on the stream"""
    probe = stage.probe()
    probe.wait_state("connected", 1)
    time.sleep(1)  # Gerrit does not say when the subscription is active
    equal(probe.wait_event(stage.push()), 1, "epoch")
    probe.stop()


def unknown_key():
    """An unknown host key is refused, with its fingerprint"""
    path = pathlib.Path(stage.folder) / "none"
    path.write_text("# nothing is pinned\n")
    probe = Probe(stage.lab, stage.relay.port, str(path))
    said = probe.wait_state("waiting")
    equal(said["code"], "untrusted peer", "code")
    check("SHA256:" in said["reason"] and "is not in" in said["reason"], said["reason"])
    equal(path.read_text(), "# nothing is pinned\n", "known_hosts afterwards")
    probe.stop()


def changed_key():
    """A changed host key is refused, with the line that pins another one"""
    fresh = str(pathlib.Path(stage.folder) / "other")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", fresh], check=True)
    other = " ".join(pathlib.Path(fresh + ".pub").read_text().split()[:2])
    known = stage.known_hosts("changed", lambda key: other)
    probe = Probe(stage.lab, stage.relay.port, known)
    said = probe.wait_state("waiting")
    equal(said["code"], "untrusted peer", "code")
    check("pinned in" in said["reason"], said["reason"])
    probe.stop()


def agent_key():
    """Of seven keys in an agent only the named one is offered"""
    sock = str(pathlib.Path(stage.folder) / "agent")
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", sock], stdout=subprocess.DEVNULL)
    env = {**os.environ, "SSH_AUTH_SOCK": sock}
    try:
        Lab.wait_for("the agent", lambda: os.path.exists(sock), 10)
        for i in range(6):
            path = f"{stage.folder}/extra-{i}"
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
            subprocess.run(["ssh-add", "-q", path], check=True, env=env)
        key = stage.lab.people["ci-bot"]["ssh_key_file"]
        subprocess.run(["ssh-add", "-q", key], check=True, env=env)
        public = f"{stage.folder}/bot.pub"
        with open(public, "w") as out:
            subprocess.run(["ssh-keygen", "-y", "-f", key], check=True, stdout=out)
        probe = stage.probe(key=public, env=env)
        probe.wait_state("connected", 1)
        probe.stop()
    finally:
        agent.terminate()
        agent.wait()


def half_open():
    """A half-open connection is noticed by its silence and replaced"""
    probe = stage.probe()
    probe.wait_state("connected", 1)
    time.sleep(4)  # longer than the deadline: keepalives keep a quiet connection
    stage.relay.is_silent = True
    start = time.monotonic()
    said = probe.wait_state("waiting")
    took = time.monotonic() - start
    stage.relay.is_silent = False
    equal((said["code"], said["epoch"]), ("timed out", 1), "reason and epoch")
    check(took < 6, f"noticed after {took:.1f} s with a deadline of 3 s")
    probe.wait_state("connected", 2)
    time.sleep(1)
    equal(probe.wait_event(stage.push()), 2, "epoch")
    probe.stop()
    return f"noticed after {took:.1f} s"


def server_restart():
    """A server that goes away and comes back is found again"""
    probe = stage.probe()
    probe.wait_state("connected", 1)
    stage.relay.close()
    equal(probe.wait_state("waiting")["code"], "unavailable", "reason")
    probe.wait("a refused attempt", lambda s: s.get("state") == "waiting" and "refused" in s["reason"])
    stage.relay.open()
    probe.wait_state("connected", 2)
    time.sleep(1)
    equal(probe.wait_event(stage.push()), 2, "epoch")
    probe.stop()


def many_reconnects():
    """Twenty cut connections leak no descriptor"""
    probe = stage.probe()
    probe.wait_state("connected", 1)
    fds = f"/proc/{probe.child.pid}/fd"
    before = len(os.listdir(fds))
    for epoch in range(2, 22):
        stage.relay.cut()
        probe.wait_state("connected", epoch)
    check(len(os.listdir(fds)) <= before + 1, f"{before} descriptors, then {len(os.listdir(fds))}")
    probe.stop()


def server_rekeys():
    """Keys renewed by the server several times leave an idle stream alive"""
    probe = stage.probe(keepalive=5000, silence=20000)
    probe.wait_state("connected", 1)
    gerrit, bot = stage.lab.gerrit, stage.lab.people["ci-bot"]
    # OpenSSH beside it tells what the server really does, which looks at the time only when a packet comes.
    client = subprocess.Popen(["ssh", "-vv", "-i", bot["ssh_key_file"], "-o", "UserKnownHostsFile=" + gerrit["known_hosts_file"],
                               "-o", "IdentitiesOnly=yes", "-o", "ServerAliveInterval=2", "-p", str(gerrit["ssh_port"]), "ci-bot@127.0.0.1", "gerrit", "stream-events"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    time.sleep(20)
    client.terminate()
    renewed = client.communicate()[1].count("SSH2_MSG_KEXINIT received") - 1
    check(renewed >= 2, f"the server renewed keys {renewed} times in 20 s; SEAKEEPER_GERRIT_REKEY should be 5s or less")
    equal(probe.wait_event(stage.push()), 1, "epoch")
    probe.stop()
    return f"{renewed} renewals"


CASES = [event_arrives, unknown_key, changed_key, agent_key, half_open, server_restart, many_reconnects]
if os.environ.get("SEAKEEPER_GERRIT_REKEY"):
    CASES = [event_arrives, half_open, server_rekeys]

if __name__ == "__main__":
    sys.exit(run_all(CASES))
