# SPDX-License-Identifier: Apache-2.0
"""Events that nobody heard, on a real Gerrit: the daemon is away, or reads so slowly that Gerrit drops its output."""
import json
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from cases import check, equal, run_all
from daemon import Daemon, Lab
from relay import Relay
from seakeeper_stack.rest import quote

WORKFLOW = """apiVersion: argoproj.io/v1alpha1
kind: Workflow
spec:
  entrypoint: main
  templates:
  - name: main
    script:
      image: localhost/seakeeper-tools:1
      command: [sh]
      source: echo done
"""
# One trigger for each kind of event, so that every decision says which one it is of.
CONFIGURATION = {
    "seakeeper.yaml": """triggers:
  upload: {events: [patchset-created], workflow: w.yaml, report: none}
  recheck: {events: [{comment: recheck}], workflow: w.yaml, report: none}
  vote: {events: [{vote: {label: Code-Review, value: +2}}], workflow: w.yaml, report: none}
  merge: {events: [change-merged], workflow: w.yaml, report: none}
  abandon: {events: [change-abandoned], workflow: w.yaml, report: none}
  restore: {events: [change-restored], workflow: w.yaml, report: none}
  ready: {events: [wip-state-changed], workflow: w.yaml, report: none}
  topic: {events: [topic-changed], workflow: w.yaml, report: none}
  branch: {events: [ref-updated], ref: "refs/heads/*", workflow: w.yaml, report: none}
  tag: {events: [ref-updated], ref: "refs/tags/*", workflow: w.yaml, report: none}
""",
    "w.yaml": WORKFLOW,
}


class LocalDaemon(Daemon):
    """Runs on this machine: only Gerrit is needed. Its stream goes through a relay."""

    def __init__(self, lab):
        self.relay = Relay(lab.gerrit["ssh_host"], lab.gerrit["ssh_port"])
        super().__init__(lab, "catch-up")

    def site(self):
        text = super().site()
        known = self.folder / "known_hosts"
        pairs = open(self.lab.gerrit["known_hosts_file"]).read().split("\n")
        known.write_text("".join(f"[127.0.0.1]:{self.relay.port} {line.split(' ', 1)[1]}\n" for line in pairs if " " in line))
        text = text.replace(f"host: {self.lab.gerrit['ssh_host']}", "host: 127.0.0.1")
        text = text.replace(f"port: {self.lab.gerrit['ssh_port']}\n", f"port: {self.relay.port}\n    keepalive: 5m\n", 1)  # else we notice first that nobody reads
        text = text.replace(f"known_hosts_file: {self.lab.gerrit['known_hosts_file']}", f"known_hosts_file: {known}")
        return text.replace("  http: {user", "  catch_up: {every: 1h, requests_per_minute: 3000}\n  http: {user")

    def executor(self, trust):
        if trust == "trusted":
            return ""
        return """  - name: here
    class: untrusted
    local: {}
    limits: {images: [localhost/], image_digests: false, deadline: 1m}
"""

    def start(self, *more, ready=True):
        return super().start("--json-log", *more, ready=ready)

    def catch_up(self):
        status, body = self.page("/status")
        return json.loads(body)["catch_up"] if status == 200 else {}

    def caught_up(self, limit=120):
        """Waits until nothing may be missing, and all that came of it is decided."""
        def done():
            self.alive()
            now = self.catch_up()
            return now and now["last_complete"] and not now["gap_since"] and not json.loads(self.page("/status")[1])["open_lines"]
        Lab.wait_for("catch-up", done, limit)


lab = Lab()
daemon = LocalDaemon(lab)
state = {}


def keys_of(project):
    """How often each trigger was decided for each fact of a project."""
    count = {}
    for line in daemon.log().splitlines():
        if '"decision":' not in line or '"trigger":' not in line or project not in line:
            continue
        trigger = re.search(r'"trigger":"([^"]+)"', line)[1]
        key = re.search(r'"((?:ps|msg|merged|ref|project)\|[^"]+)"', line)[1]
        count[(trigger, key)] = count.get((trigger, key), 0) + 1
    return count


def by_trigger(project):
    found = {}
    for (trigger, _), times in keys_of(project).items():
        equal(times, 1, f"decisions of {trigger} about one fact")
        found[trigger] = found.get(trigger, 0) + 1
    return found


def baseline():
    """a first start decides nothing about changes that are there already"""
    project = state["project"] = lab.create_project("past")
    lab.push_config(project, CONFIGURATION)
    state["old"] = lab.push_change(project, {"a": "1\n"}, "There before")
    lab.comment(state["old"], "recheck")
    daemon.start()
    daemon.caught_up()
    equal(by_trigger(project), {}, "decisions")
    equal(daemon.catch_up()["recovered"], 0, "recovered events")


def nobody_listens():
    """all that happened while the daemon was away is decided once when it is back"""
    project = state["project"]
    daemon.kill()
    new = lab.push_change(project, {"b": "1\n"}, "Pushed unheard")
    lab.amend(new, {"b": "2\n"})
    lab.comment(new, "recheck")
    lab.rest.must("POST", f"/changes/{new.number}/revisions/current/review", {
        "comments": {"/PATCHSET_LEVEL": [{"message": "recheck", "unresolved": False}]}}, user="contrib")  # as the web page writes
    lab.vote(new, "Code-Review", 2, user="maint")
    lab.vote(new, "Verified", 1, user="ci-bot")
    lab.submit(new)
    old = state["old"]
    lab.rest.must("POST", f"/changes/{old.number}/abandon", {"message": "not now"}, user="contrib")
    lab.rest.must("POST", f"/changes/{old.number}/restore", {}, user="contrib")
    lab.rest.must("POST", f"/changes/{old.number}/wip", {}, user="contrib")
    lab.rest.must("POST", f"/changes/{old.number}/ready", {}, user="contrib")
    lab.rest.must("PUT", f"/changes/{old.number}/topic", {"topic": "a-topic"}, user="contrib")
    head = lab.rest.must("GET", f"/projects/{quote(project)}/branches/master").json["revision"]
    lab.rest.must("PUT", f"/projects/{quote(project)}/branches/side", {"revision": head})
    lab.rest.must("PUT", f"/projects/{quote(project)}/tags/v1", {"revision": head, "message": "first"})
    state["made"] = lab.create_project("made-unheard")
    daemon.start()
    daemon.caught_up()
    wanted = {"upload": 2, "recheck": 2, "vote": 1, "merge": 1, "abandon": 1, "restore": 1, "ready": 2, "topic": 1, "branch": 2, "tag": 1}
    equal(by_trigger(project), wanted, "decisions by trigger")
    check(f"project|{state['made']}" in daemon.log() or daemon.catch_up()["recovered"] >= 15, "the new project was told")
    return f"{daemon.catch_up()['recovered']} events, {daemon.catch_up()['requests']} requests"


def once_only():
    """another start finds nothing that is missing"""
    before = by_trigger(state["project"])
    daemon.kill()
    daemon.start()
    daemon.caught_up()
    equal(daemon.catch_up()["recovered"], 0, "recovered events")
    equal(by_trigger(state["project"]), before, "decisions by trigger")


def heard_is_known():
    """what the stream told is not told again, and what no trigger wanted is not either"""
    change = lab.push_change(state["project"], {"c": "1\n"}, "Heard")
    lab.comment(change, "recheck")
    lab.comment(change, "nice work")
    lab.rest.must("POST", f"/changes/{change.number}/revisions/current/review", {
        "comments": {"/PATCHSET_LEVEL": [{"message": "recheck\nplease", "unresolved": False}]}}, user="contrib")
    voted = lab.push_change(state["project"], {"d": "1\n"}, "With a vote", options="l=Code-Review+1")
    for about, count in ((change, 3), (voted, 1)):
        lab.wait_for("its decisions", lambda: sum(1 for t, k in keys_of(state["project"]) if f"|{about.number}|" in k) == count, 60)
    before = by_trigger(state["project"])
    daemon.kill()
    daemon.start()
    daemon.caught_up()
    equal(daemon.catch_up()["recovered"], 0, "recovered events")
    equal(by_trigger(state["project"]), before, "decisions by trigger")


def stalled_reader():
    """a reader that stalls until Gerrit drops its output gets all of it by catch-up"""
    def decided(change, trigger):
        return [k for t, k in keys_of(state["project"]) if t == trigger and f"|{change.number}|" in k]
    changes = [lab.push_change(state["project"], {f"e{i}": "1\n"}, f"Stalled {i}") for i in range(3)]
    lab.wait_for("their runs", lambda: all(decided(change, "upload") for change in changes), 60)
    before = daemon.catch_up()["recovered"]
    daemon.relay.is_held = True
    # Gerrit has 128 places and OpenSSH's window 2 MB; a change takes 3 MiB of text, a comment 16 KiB.
    filler = 300 * "some words that fill the window of the connection\n"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: lab.comment(changes[n % 3], f"number {n}\n{filler}"), range(360)))
    for _ in range(5):
        lab.comment(changes[0], "recheck")
    late = lab.push_change(state["project"], {"late": "1\n"}, "Pushed into the gap")
    daemon.relay.is_held = False
    lab.wait_for("dropped-output", lambda: "dropped-output" in daemon.catch_up().get("gap_reason", ""), 60)
    told = daemon.command("status").stdout
    check("may be missing (dropped-output)" in told, f"status in the gap:\n{told}")
    daemon.caught_up(240)
    told = daemon.command("status").stdout
    check("nothing is missing" in told, f"status after the gap:\n{told}")
    equal(len(decided(changes[0], "recheck")), 5, "rechecks decided")
    equal(len(decided(late, "upload")), 1, "uploads decided")
    by_trigger(state["project"])
    recovered = daemon.catch_up()["recovered"] - before
    check(recovered > 0, "what Gerrit dropped was recovered")
    return f"dropped-output received, {recovered} events recovered"


def newer_store():
    """a store that was lost, with --since: what happened since is decided again by the same keys, once"""
    project = state["project"]
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    change = lab.push_change(project, {"s": "1\n"}, "Before the disk was lost")
    lab.comment(change, "recheck")
    lab.wait_for("its decisions", lambda: len([k for _, k in keys_of(project) if f"|{change.number}|" in k]) == 2, 60)
    lab.wait_for("their ends", lambda: not json.loads(daemon.page("/status")[1])["open_workloads"], 60)
    before = {k for _, k in keys_of(project) if f"|{change.number}|" in k}
    daemon.kill()
    for file in (daemon.folder / "state").glob("seakeeper.db*"):
        file.unlink()
    (daemon.folder / "log").write_text("")
    daemon.start("--since", since)
    daemon.caught_up()
    equal({k for _, k in keys_of(project) if f"|{change.number}|" in k}, before, "facts decided again, by their keys")
    by_trigger(project)


def older_store():
    """an older store restored: what happened since is decided once, what it knew is left alone"""
    project = state["project"]
    copy = daemon.folder / "copy.db"
    done = daemon.command("backup", str(copy))
    equal(done.returncode, 0, f"backup: {done.stdout}{done.stderr}")
    change = lab.push_change(project, {"o": "1\n"}, "After the copy")
    lab.wait_for("its decision", lambda: [k for _, k in keys_of(project) if f"|{change.number}|" in k], 60)
    daemon.kill()
    for file in (daemon.folder / "state").glob("seakeeper.db*"):
        file.unlink()
    copy.rename(daemon.folder / "state" / "seakeeper.db")
    (daemon.folder / "log").write_text("")
    daemon.start()
    daemon.caught_up()
    found = keys_of(project)
    equal({k for _, k in found if f"|{change.number}|" in k}, {f"ps|{project}|{change.number}|1|{change.sha}"}, "facts decided")
    equal({k for _, k in found if f"|{change.number}|" not in k}, set(), "facts decided that the copy knew")
    by_trigger(project)


CASES = [baseline, nobody_listens, once_only, heard_is_known, stalled_reader, newer_store, older_store]

if __name__ == "__main__":
    try:
        sys.exit(run_all(CASES,
                         lambda: "\n--- seakeeperd's log\n" + daemon.log()[-6000:]))
    finally:
        if daemon.process and daemon.process.poll() is None:
            daemon.kill()
