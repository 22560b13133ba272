# SPDX-License-Identifier: Apache-2.0
"""The main job on real servers: a push becomes a run that tests the pushed code, and a vote on the change."""
import base64
import sys

from cases import check, equal, run_all
from daemon import Daemon, Lab

FETCH = """set -eu
mkdir -p /tmp/w && cd /tmp/w && git init -q .
git fetch -q --depth 1 "$SEAKEEPER_URL" "$SEAKEEPER_REVISION"
git checkout -q FETCH_HEAD
"""


def workflow(script):
    body = "".join(f"        {line}\n" for line in (FETCH + script).splitlines())
    return f"""apiVersion: argoproj.io/v1alpha1
kind: Workflow
spec:
  entrypoint: main
  templates:
  - name: main
    script:
      image: localhost/seakeeper-tools:1
      command: [sh]
      source: |
{body}"""


CONFIGURATION = {
    "seakeeper.yaml": """triggers:
  test:
    events: [patchset-created, {comment: recheck}]
    branch: [master]
    workflow: workflows/test.yaml
    trust: untrusted
    report: {label: Verified, success: +1, failure: -1}
  gate:
    events: [{vote: {label: Code-Review, value: +2}}]
    branch: [master]
    workflow: workflows/test.yaml
    trust: trusted
  postmerge:
    events: [change-merged]
    branch: [master]
    workflow: workflows/test.yaml
    trust: trusted
""",
    "workflows/test.yaml": workflow('test ! -x ./ci.sh || ./ci.sh\n'),
}
GOOD = "#!/bin/sh\necho the tests of this change passed\n"
BAD = "#!/bin/sh\necho about to fail\necho this line says why >&2\nexit 7\n"

lab = Lab()
daemon = Daemon(lab)
state = {}


def bot_messages(change):
    return lab.messages(change, "ci-bot")


def verified(change):
    return lab.votes(change, "Verified").get("ci-bot", 0)


def runs(trust, change, patch_set=None):
    """Workflows of a change, by the environment that was bound into them."""
    found = []
    for item in lab.workflows(trust):
        env = {e["name"]: e.get("value") for t in item["spec"]["templates"] for e in (t.get("script") or {}).get("env", [])}
        if env.get("SEAKEEPER_CHANGE") == str(change.number) and patch_set in (None, int(env.get("SEAKEEPER_PATCHSET", 0))):
            found.append(item)
    return found


def wait_vote(change, value, limit=90):
    lab.wait_for(f"Verified {value} on {change}", lambda: daemon.alive() and verified(change) == value, limit)


def push_is_tested():
    """a push becomes an untrusted run that fetches the patch set by sha and runs its script; Verified+1 and one message"""
    state["project"] = lab.create_project("app")
    lab.push_config(state["project"], CONFIGURATION)
    change = state["change"] = lab.push_change(state["project"], {"ci.sh!": GOOD}, "Add the tests")
    wait_vote(change, 1)
    equal(len(bot_messages(change)), 1, "messages of the bot")
    (run,) = runs("untrusted", change)
    equal(run["spec"]["serviceAccountName"], "runner", "service account")
    equal(run["metadata"]["namespace"], lab.stack["argo"]["namespaces"]["untrusted"], "namespace")
    equal(runs("trusted", change), [], "trusted runs of a mere push")
    log = page_of_log(bot_messages(change)[0])
    check("the tests of this change passed" in log, f"the log shows the change's own script:\n{log}")


def page_of_log(message, token=None):
    links = [word.strip("()<>.,") for word in message.split() if "/logs/" in word]
    check(links, f"the message links to a log:\n{message}")
    status, body = daemon.page("/" + links[0].split("/", 3)[3], token)
    equal(status, 200, f"answer of {links[0]}")
    return body


def broken_script():
    """breaking the script gives Verified-1 with the failing step, its exit code, its last lines and a log link that answers"""
    change = lab.amend(state["change"], {"ci.sh!": BAD})
    wait_vote(change, -1)
    message = bot_messages(change)[-1]
    for wanted in ("main", "7", "this line says why"):
        check(wanted in message, f"the message names {wanted!r}:\n{message}")
    check("about to fail" in page_of_log(message), "the log link answers with the log")


def fixed_script():
    """fixing it in the next patch set gives Verified+1 again"""
    change = lab.amend(state["change"], {"ci.sh!": GOOD + "echo fixed\n"})
    wait_vote(change, 1)
    equal(len(bot_messages(change)), 3, "messages of the bot, one a patch set")


def recheck():
    """a comment `recheck` runs the test again, as another attempt"""
    change = state["change"]
    before = len(runs("untrusted", change, change.patch_set))
    lab.comment(change, "recheck")
    lab.wait_for("another run", lambda: len(runs("untrusted", change, change.patch_set)) == before + 1, 60)
    lab.wait_for("its message", lambda: len(bot_messages(change)) == 4, 120)
    wait_vote(change, 1)


def approval_is_trusted():
    """a maintainer's Code-Review+2 becomes a trusted run in the trusted namespace"""
    change = state["change"]
    lab.vote(change, "Code-Review", 2, user="maint")
    lab.wait_for("a trusted run", lambda: runs("trusted", change), 60)
    (run,) = runs("trusted", change)
    equal(run["metadata"]["namespace"], lab.stack["argo"]["namespaces"]["trusted"], "namespace")
    done = lab.wait_workflow(run["metadata"]["namespace"], run["metadata"]["name"])
    equal(done["status"]["phase"], "Succeeded", "phase")


def strangers_approval_is_not():
    """a stranger's comment and a contributor's Code-Review+1 start nothing trusted"""
    change = lab.push_change(state["project"], {"ci.sh!": GOOD}, "Another change")
    wait_vote(change, 1)
    lab.vote(change, "Code-Review", 1, user="stranger")
    lab.comment(change, "Patch Set 1: Code-Review+2", user="stranger")
    lab.comment(change, "recheck", user="stranger")
    lab.wait_for("the recheck", lambda: len(runs("untrusted", change)) == 2, 60)
    equal(runs("trusted", change), [], "trusted runs")


def merge_runs_postmerge():
    """a merge becomes a trusted postmerge run of the merged commit"""
    change = state["change"]
    before = len(runs("trusted", change))
    lab.submit(change, user="maint")
    lab.wait_for("the postmerge run", lambda: len(runs("trusted", change)) == before + 1, 60)
    newest = max(runs("trusted", change), key=lambda item: item["metadata"]["creationTimestamp"])
    done = lab.wait_workflow(newest["metadata"]["namespace"], newest["metadata"]["name"])
    equal(done["status"]["phase"], "Succeeded", "phase")


def odd_subject():
    """a subject with {{=1+1}}, BEL, an emoji and $(id) arrives in the container byte for byte"""
    subject = "odd {{=1+1}} \a \U0001f6a2 $(id) `id` \"quoted\" 'x' \\n"
    project = lab.create_project("odd")
    files = dict(CONFIGURATION)
    files["workflows/test.yaml"] = workflow('printf "subject:%s:\\n" "$SEAKEEPER_SUBJECT_BASE64"\n')
    lab.push_config(project, files)
    change = lab.push_change(project, {"a": "b\n"}, subject)
    wait_vote(change, 1)
    log = page_of_log(bot_messages(change)[-1])
    encoded = log.split("subject:")[1].split(":")[0]
    equal(base64.b64decode(encoded).decode(), subject, "the subject in the container")


def killed_between_create_and_report():
    """the daemon killed (-9) between create and report: one Workflow, one report"""
    project = lab.create_project("killed")
    files = dict(CONFIGURATION)
    files["workflows/test.yaml"] = workflow("sleep 6\n")
    lab.push_config(project, files)
    change = lab.push_change(project, {"a": "b\n"}, "Survive")
    lab.wait_for("the run", lambda: runs("untrusted", change), 60)
    daemon.kill()
    daemon.start()
    wait_vote(change, 1)
    equal(len(runs("untrusted", change)), 1, "Workflows")
    equal(len(bot_messages(change)), 1, "messages")


def ends_on_request():
    """SIGTERM ends it within 5 s, status 0; metrics pass promtool before"""
    import subprocess
    status, metrics = daemon.page("/metrics")
    equal(status, 200, "answer of /metrics")
    check("seconds_behind" in metrics, "seconds behind Gerrit are among the metrics")
    lint = subprocess.run(["promtool", "check", "metrics"], input=metrics, capture_output=True, text=True)
    equal(lint.returncode, 0, f"promtool: {lint.stdout}{lint.stderr}")
    seconds, code = daemon.stop()
    check(seconds < 5, f"it took {seconds:.1f} s")
    equal(code, 0, "exit status")
    return f"ended in {seconds:.1f} s"


if __name__ == "__main__":
    daemon.start()
    try:
        sys.exit(run_all([push_is_tested, broken_script, fixed_script, recheck, approval_is_trusted, strangers_approval_is_not,
                          merge_runs_postmerge, odd_subject, killed_between_create_and_report, ends_on_request],
                         lambda: "\n--- seakeeperd's log\n" + daemon.log()[-5000:]))
    finally:
        if daemon.process.poll() is None:
            daemon.kill()
