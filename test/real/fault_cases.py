# SPDX-License-Identifier: Apache-2.0
"""Real servers that fail: each case breaks one of them, or the daemon, while changes are tested, and then counts.

Every patch set ends with one Workflow, one message and, where Argo could end the run, its vote. SEAKEEPER_FAULT_KILLS and SEAKEEPER_FAULT_CHANGES (5 and 12) say
how often the daemon is killed during how many changes; SEAKEEPER_SAMPLE leaves out what takes longest.
"""
import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request

from cases import check, equal, run_all
from daemon import Daemon, Lab
from seakeeper_stack import common

CONFIGURATION = {
    "seakeeper.yaml": """triggers:
  test:
    events: [patchset-created]
    workflow: w.yaml
    report: {label: Verified, success: +1, failure: -1}
""",
    "w.yaml": """apiVersion: argoproj.io/v1alpha1
kind: Workflow
spec:
  entrypoint: main
  templates:
  - name: main
    script: {image: localhost/seakeeper-tools:1, command: [sh], source: "sleep 3"}
""",
}
KILLS, CHANGES = int(os.environ.get("SEAKEEPER_FAULT_KILLS", 5)), int(os.environ.get("SEAKEEPER_FAULT_CHANGES", 12))


class Server:
    """A server of the running stack, to be frozen, or ended and started again as it was."""

    def __init__(self, name):
        self.process = next(each for each in common.processes() if each.name == name)
        read = lambda what: open(f"/proc/{self.process.pid}/{what}", "rb").read().decode().split("\0")[:-1]  # noqa: E731
        self.arguments = read("cmdline")
        self.environment = dict(line.split("=", 1) for line in read("environ") if "=" in line)

    def freeze(self):
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def end(self):
        self.process.end()

    def start(self):
        self.process = common.spawn(self.process.name, self.process.part, self.arguments, env=self.environment)


lab = Lab()
daemon = Daemon(lab, "fault")
state = {}


def push(subject):
    state["files"] = state.get("files", 0) + 1
    return lab.push_change(state["project"], {f"f{state['files']}": "1\n"}, subject)


def runs_of(change):
    found = []
    for item in lab.workflows():
        env = {e["name"]: e.get("value") for t in item["spec"]["templates"] for e in (t.get("script") or {}).get("env", [])}
        if env.get("SEAKEEPER_CHANGE") == str(change.number):
            found.append(item)
    return found


def is_running(change):
    return [run for run in runs_of(change) if run.get("status", {}).get("phase") == "Running"]


def settled(*changes, limit=180):
    """Waits for the votes; then each change has one Workflow and one message."""
    for change in changes:
        lab.wait_for(f"Verified +1 on {change}", lambda: daemon.alive() and lab.votes(change, "Verified").get("ci-bot") == 1, limit)
    for change in changes:
        equal(len(runs_of(change)), 1, f"Workflows of {change}")
        equal(len(lab.messages(change, "ci-bot")), 1, f"messages on {change}")


def gerrit_answers():
    return lab.rest.call("GET", "/config/server/version").status == 200 and lab.ssh("admin", "gerrit version")[0] == 0


def gerrit_restarted():
    """Gerrit is restarted while a run is under way, and a change is pushed before we are back on its stream: both get their vote"""
    before = push("Before the restart")
    lab.wait_for("its run", lambda: runs_of(before), 60)
    server = Server("gerrit")
    server.end()
    server.start()
    lab.wait_for("Gerrit", gerrit_answers, 120)
    after = push("Right after the restart")
    settled(before, after)


def api_server_restarted():
    """the API server is away while a run ends and a change is pushed: the one is told as Argo ended it, the other gets its vote"""
    first = push("Runs when the API server goes")
    lab.wait_for("its run", lambda: is_running(first), 90)
    server = Server("kube-apiserver")
    server.end()
    second = push("Pushed while it is away")
    time.sleep(8)
    server.start()
    lab.wait_for("the API server", lambda: lab.kube().raw("GET", "/readyz")[0] == 200, 90)
    settled(second)
    # Argo's own helper may not survive this: then the run is an error, and says so.
    lab.wait_for("its message", lambda: lab.messages(first, "ci-bot"), 120)
    (run,) = runs_of(first)
    message, phase = lab.messages(first, "ci-bot"), run["status"]["phase"]
    equal(len(message), 1, "messages")
    check(phase == "Succeeded" or run["status"]["message"][:40] in message[0], f"{phase}: {run['status']}\n{message[0]}")
    return f"the first run ended as {phase}"


def controller_frozen():
    """the controller stands still while a Workflow is made: it has no phase, and gets its vote when the controller goes on"""
    server = Server("workflow-controller")
    server.freeze()
    try:
        change = push("Nobody begins it")
        lab.wait_for("the Workflow", lambda: runs_of(change), 60)
        time.sleep(5)
        equal(runs_of(change)[0].get("status", {}).get("phase"), None, "phase")
        equal(lab.messages(change, "ci-bot"), [], "messages")
    finally:
        server.thaw()
    settled(change)


class Operator:
    """The same installation, whose operator gives runs another time."""

    def __init__(self, deadline, more=""):
        self.deadline, self.more = deadline, more

    def __enter__(self):
        self.site = daemon.folder / "site.yaml"
        self.text = self.site.read_text()
        daemon.stop()
        self.site.write_text(self.text.replace("deadline: 5m", f"deadline: {self.deadline}") + self.more)
        daemon.start()

    def __exit__(self, *fault):
        daemon.stop()
        self.site.write_text(self.text)
        daemon.start()


def impatient():
    return Operator("20s", "runs: {begin_within: 20s, past_deadline: 10s}\n")


def given_up(change, words):
    """Told once, and nothing of it is left."""
    lab.wait_for("its message", lambda: daemon.alive() and lab.messages(change, "ci-bot"), 300)  # runs are looked at every two minutes
    lab.wait_for("its Workflow to go", lambda: not runs_of(change), 60)
    (message,) = lab.messages(change, "ci-bot")
    check(words in message, message)


def nobody_begins_it():
    """the controller stays away: a Workflow that it never begins is given up after runs.begin_within, told, and removed"""
    server = Server("workflow-controller")
    with impatient():
        server.freeze()
        try:
            change = push("Nobody ever begins it")
            given_up(change, "Its controller did not begin it within 20 s.")
        finally:
            server.thaw()
        settled(push("The controller is back"))
        equal(len(lab.messages(change, "ci-bot")), 1, "messages of the run that was given up")


def nobody_ends_it():
    """the controller goes away in the middle of a run: past its deadline it is given up, told, and removed with its pod"""
    server = Server("workflow-controller")
    with impatient():
        change = push("Nobody ever ends it")
        lab.wait_for("its run", lambda: is_running(change), 90)
        (run,) = runs_of(change)
        server.freeze()
        try:
            given_up(change, "It ran past its deadline of 20 s, and its controller did not end it.")
        finally:
            server.thaw()
        namespace, name = run["metadata"]["namespace"], run["metadata"]["name"]
        pods = f"/api/v1/namespaces/{namespace}/pods?labelSelector=workflows.argoproj.io/workflow%3D{name}"
        lab.wait_for("its pod to go", lambda: not json.loads(lab.kube().raw("GET", pods)[1])["items"], 120)


def kubelet_frozen():
    """the kubelet stands still in the middle of a run: the vote comes when it goes on"""
    server = Server("kubelet")
    change = push("The node stands still")
    lab.wait_for("its run", lambda: is_running(change), 90)
    server.freeze()
    time.sleep(15)
    server.thaw()
    settled(change)


def etcd_compacted():
    """etcd forgets what a watch has not seen, and the API server begins anew: runs that ended meanwhile get their vote"""
    change = push("Ends unseen")
    lab.wait_for("its run", lambda: is_running(change), 90)
    daemon.process.send_signal(signal.SIGSTOP)
    try:
        lab.wait_workflow(lab.stack["argo"]["namespaces"]["untrusted"], runs_of(change)[0]["metadata"]["name"])

        def etcd(path, body):
            return json.load(urllib.request.urlopen(f"http://127.0.0.1:2379/v3/{path}", json.dumps(body).encode(), timeout=20))
        revision = etcd("kv/range", {"key": "YQ=="})["header"]["revision"]
        etcd("kv/compaction", {"revision": revision, "physical": True})
        server = Server("kube-apiserver")
        server.end()
        server.start()
        lab.wait_for("the API server", lambda: lab.kube().raw("GET", "/readyz")[0] == 200, 90)
    finally:
        daemon.process.send_signal(signal.SIGCONT)
    settled(change)


def killed_again_and_again():
    """the daemon is killed again and again during many changes: one Workflow, one message and the vote for each"""
    dice = random.Random(int(os.environ.get("SEAKEEPER_FAULT_SEED", 1)))
    kills = sorted(dice.randrange(CHANGES) for _ in range(KILLS))
    changes = []
    with Operator("1h"):  # they come faster than pods start, and queue for their share of the cluster
        for number in range(CHANGES):
            changes.append(push(f"Change {number}"))
            while kills and kills[0] <= number:
                kills.pop(0)
                time.sleep(dice.random() * 3)
                daemon.kill()
                daemon.start(ready=False)
        settled(*changes, limit=300 + 5 * CHANGES)
    return f"{KILLS} kills, {CHANGES} changes"


def disk_full():
    """a full disk pauses intake and turns ready false; room lets both go on, and nothing is lost"""
    daemon.stop()
    disk = daemon.folder / "state"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)], check=True)
    try:
        daemon.start()
        lab.wait_for("catch-up", lambda: not json.loads(daemon.page("/status")[1])["catch_up"]["gap_since"], 90)
        with open(disk / "filler", "wb", buffering=0) as filler:  # a buffer would be written again when it closes
            try:
                while True:
                    filler.write(b"x" * 65536)
            except OSError:
                pass
        change = push("No room for it")
        lab.wait_for("not to be ready", lambda: daemon.alive() and "takes no rows" in daemon.page("/readyz")[1], 60)
        time.sleep(3)
        equal(runs_of(change), [], "Workflows")
        (disk / "filler").unlink()
        settled(change)
        equal(daemon.page("/readyz")[0], 200, "ready")
    finally:
        if daemon.process.poll() is None:
            daemon.kill()
        subprocess.run(["umount", "-l", str(disk)], check=True)
        daemon.start()


CASES = [gerrit_restarted, api_server_restarted, controller_frozen, nobody_begins_it, nobody_ends_it, kubelet_frozen, etcd_compacted,
         killed_again_and_again, disk_full]

if __name__ == "__main__":
    names = os.environ.get("SEAKEEPER_FAULT_CASES", "")
    chosen = [case for case in CASES if not names or case.__name__ in names.split(",")]
    if os.environ.get("SEAKEEPER_SAMPLE"):
        chosen = [case for case in chosen if case not in (nobody_begins_it, nobody_ends_it, kubelet_frozen, etcd_compacted)]
    state["project"] = lab.create_project("fault")
    lab.push_config(state["project"], CONFIGURATION)
    daemon.start()
    try:
        sys.exit(run_all(chosen, lambda: "\n--- seakeeperd's log\n" + daemon.log()[-5000:]))
    finally:
        if daemon.process.poll() is None:
            daemon.kill()
