# SPDX-License-Identifier: Apache-2.0
"""Trust on real servers: each case provokes an act on the real Gerrit and looks at which Workflow was made where, and what was said.

All cases run by default. SEAKEEPER_TRUST_SAMPLE=N takes N of them (CI: 5) by the seed SEAKEEPER_TRUST_SEED (printed; today's
date without it); SEAKEEPER_TRUST_CASES=name,name takes those.
"""
import datetime
import json
import os
import random
import re
import sys
import time

from cases import check, equal, run_all
from daemon import Daemon, Lab
from seakeeper_stack.rest import quote

SCRIPT = """apiVersion: argoproj.io/v1alpha1
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


def workflow(script):
    return SCRIPT.format(body="".join(f"        {line}\n" for line in script.splitlines()))


GATE = """  gate:
    events: [{vote: {label: Code-Review, value: +2}}]
    branch: [master]
    workflow: workflows/run.yaml
    trust: trusted
"""
CONFIGURATION = {
    "seakeeper.yaml": f"""triggers:
{GATE}  eager:
    events: [comment-added]
    branch: [master]
    comment: ["thanks"]
    workflow: workflows/run.yaml
    trust: trusted
  postmerge:
    events: [change-merged]
    branch: [master]
    workflow: workflows/run.yaml
    trust: trusted
  moved:
    events: [ref-updated]
    branch: [master]
    workflow: workflows/run.yaml
    trust: trusted
  release:
    events: [ref-updated]
    ref: ["refs/tags/**"]
    workflow: workflows/run.yaml
    trust: trusted
""",
    "workflows/run.yaml": workflow("echo it runs\n"),
}
GATE_ONLY = {"seakeeper.yaml": "triggers:\n" + GATE, "workflows/run.yaml": CONFIGURATION["workflows/run.yaml"]}
SLEEPING = {"seakeeper.yaml": "triggers:\n" + GATE, "workflows/run.yaml": workflow("echo it sleeps\nsleep 60\n")}

lab = Lab()
daemon = Daemon(lab, "trust", "config_review: {label: Verified}\n")


# -- what was made, and what was said -----------------------------------------------------------------------------------
def environment(item):
    templates = item["spec"]["templates"]
    return {e["name"]: e.get("value") for t in templates for e in (t.get("script") or {}).get("env", [])}


def runs(trust, subject):
    """Workflows of a change, or of a project's refs (for a project's name), by the environment that was bound into them."""
    found = []
    for item in lab.workflows(trust):
        env = environment(item)
        is_ours = env.get("SEAKEEPER_PROJECT") == subject and "SEAKEEPER_CHANGE" not in env if isinstance(subject, str) \
            else env.get("SEAKEEPER_CHANGE") == str(subject.number)
        if is_ours:
            found.append(item)
    return found


def said(change):
    """What the bot wrote, as the change's owner reads it: nobody else sees a private change."""
    bot = lab.people["ci-bot"]["id"]
    owner = getattr(change, "owner", "admin")
    return "\n".join(m["message"] for m in lab.detail(change, owner)["messages"] if m.get("author", {}).get("_account_id") == bot)


def refused(change, code, trigger="gate"):
    """Waits for the notice that names the reason; nothing trusted may have been made of the change."""
    found = lab.wait_for(f"{code} on {change}", lambda: daemon.alive() and re.search(rf"\b{code}\b", said(change)), 45)
    check(f"does not run {trigger}" in said(change), f"the notice names trigger {trigger}:\n{said(change)}")
    return found


def nothing_trusted(*subjects):
    time.sleep(1)  # what was decided wrongly is created within this
    for subject in subjects:
        equal(names(runs("trusted", subject)), [], f"trusted Workflows of {subject}")


def names(items):
    return [item["metadata"]["name"] for item in items]


def trusted_run(subject, count=1, phase="Succeeded"):
    """Waits for that many trusted Workflows; the newest, at its end, in the trusted namespace with the trusted account."""
    lab.wait_for(f"{count} trusted run of {subject}", lambda: daemon.alive() and len(runs("trusted", subject)) >= count, 60)
    every = sorted(runs("trusted", subject), key=lambda item: item["metadata"]["creationTimestamp"])
    equal(len(every), count, f"trusted Workflows of {subject}")
    newest = every[-1]
    equal(newest["metadata"]["namespace"], lab.stack["argo"]["namespaces"]["trusted"], "namespace")
    equal(newest["metadata"]["labels"]["seakeeper.dev/trust"], "trusted", "label")
    if phase is None:
        return newest
    done = lab.wait_workflow(newest["metadata"]["namespace"], newest["metadata"]["name"])
    equal(done["status"]["phase"], phase, "phase")
    return newest


def decided(project, trigger):
    """Reasons of this project's decisions about a trigger, from the daemon's log: for acts that have no change to speak on."""
    found = []
    for line in daemon.log().splitlines():
        entry = json.loads(line) if line.startswith("{") else {}
        if entry.get("event") == "decided" and entry.get("trigger") == trigger and entry.get("project") == project:
            found.append(f"{entry['class']}: {entry['why']}")
    return found


def decided_because(project, trigger, code):
    return lab.wait_for(f"{trigger} of {project} to be decided by {code}",
                        lambda: daemon.alive() and [d for d in decided(project, trigger) if code in d], 45)


# -- what acts are made of ----------------------------------------------------------------------------------------------
def project(stem, files=CONFIGURATION):
    name = lab.create_project(stem)
    lab.push_config(name, files)
    return name


def grant(name, ref, permission, group, **more):
    """Gives a permission in a project; the group by its UUID."""
    rule = dict({"action": "ALLOW"}, **more)
    lab.rest.must("POST", f"/projects/{quote(name)}/access",
                  {"add": {ref: {"permissions": {permission: {"rules": {group: rule}}}}}})


MAINTAINERS, OWNERS = (lab.gerrit["groups"][f"demo-{g}"] for g in ("maintainers", "owners"))


def group_of(*users):
    name = f"lab-{os.urandom(3).hex()}"
    return lab.rest.must("PUT", f"/groups/{name}", {"visible_to_all": True, "members": list(users)}).json["id"]


def member(user, is_in):
    lab.rest.must("PUT" if is_in else "DELETE", f"/groups/{MAINTAINERS}/members/{lab.people[user]['id']}")


def active(user, is_active):
    lab.rest.must("PUT" if is_active else "DELETE", f"/accounts/{lab.people[user]['id']}/active")


def push(name, spec, files, message, user, base="refs/heads/master", force=False):
    """Pushes a commit past review; its sha."""
    folder = lab.checkout(name, base)
    sha = lab.commit(folder, files, message, user)
    lab.git(folder, "push", *(["-f"] if force else []), lab.url(name, user), f"{sha}:{spec}", user=user)
    return sha


def rebased(name, change, onto):
    """The next patch set of a change: the same difference on another parent (Gerrit's TRIVIAL_REBASE)."""
    lab.git(change.folder, "fetch", "-q", lab.url(name, "admin"), onto)
    lab.git(change.folder, "rebase", "-q", "FETCH_HEAD")
    lab.git(change.folder, "push", lab.url(name, "contrib"), "HEAD:refs/for/master")
    change.sha, change.patch_set = lab.git(change.folder, "rev-parse", "HEAD"), change.patch_set + 1
    return change


def ready_to_submit(change):
    lab.vote(change, "Code-Review", 2)
    lab.vote(change, "Verified", 1, user="ci-bot")


# -- votes --------------------------------------------------------------------------------------------------------------
def copied_vote():
    """a vote that Gerrit copied to a trivial rebase gives no trust: not to the change, and not to a child approved on it"""
    name = lab.create_project("copied")
    base = lab.git(lab.checkout(name), "rev-parse", "HEAD")
    push(name, "refs/heads/master", {"other": "x\n"}, "Move on", "admin")
    lab.push_config(name, CONFIGURATION)
    change = lab.push_change(name, {"a": "b\n"}, "Copied", base=base)
    lab.vote(change, "Code-Review", 2)
    trusted_run(change)
    rebased(name, change, "refs/heads/master")
    equal(lab.votes(change, "Code-Review"), {"maint": 2}, "votes on the new patch set")
    lab.comment(change, "thanks", user="maint")
    refused(change, "no-vote-in-this-event", "eager")
    child = lab.push_change(name, {"c": "d\n"}, "Child of the copied", base=change.ref)
    lab.vote(child, "Code-Review", 2)
    refused(child, "ancestor-not-approved")
    equal(len(runs("trusted", change)), 1, "trusted runs, all of them of the patch set that was voted on")
    nothing_trusted(child)


def vote_on_old_patch_set():
    """a +2 cast on an old patch set flows on to the current one and gives no trust"""
    name = lab.create_project("flows")
    base = lab.git(lab.checkout(name), "rev-parse", "HEAD")
    push(name, "refs/heads/master", {"other": "x\n"}, "Move on", "admin")
    lab.push_config(name, CONFIGURATION)
    change = lab.push_change(name, {"a": "b\n"}, "Flows", base=base)
    old = change.sha
    rebased(name, change, "refs/heads/master")
    lab.review(change, "maint", revision=old, labels={"Code-Review": 2})
    equal(lab.votes(change, "Code-Review"), {"maint": 2}, "votes on the current patch set")
    refused(change, "patch-set-superseded")
    child = lab.push_change(name, {"c": "d\n"}, "Child", base=change.ref)
    lab.vote(child, "Code-Review", 2)
    refused(child, "ancestor-not-approved")
    nothing_trusted(change, child)


def self_approval():
    """a maintainer who approves what he uploaded himself gets no trusted run; another maintainer's vote gives it"""
    change = lab.push_change(project("selfie", GATE_ONLY), {"a": "b\n"}, "Mine", user="maint")
    lab.vote(change, "Code-Review", 2)
    refused(change, "approved-by-uploader")
    nothing_trusted(change)
    lab.vote(change, "Code-Review", 2, user="maint2")
    trusted_run(change)


# -- what lies below ----------------------------------------------------------------------------------------------------
def strangers_parent():
    """an approved child on a stranger's unapproved parent is untrusted, and is trusted when the parent is approved"""
    name = project("parent", GATE_ONLY)
    parent = lab.push_change(name, {"a": "b\n"}, "A stranger's", user="stranger")
    child = lab.push_change(name, {"c": "d\n"}, "Child", base=parent.ref)
    lab.vote(child, "Code-Review", 2)
    refused(child, "ancestor-not-approved")
    nothing_trusted(child, parent)
    lab.vote(parent, "Code-Review", 1, user="contrib")  # no approval
    nothing_trusted(child, parent)
    lab.vote(parent, "Code-Review", 2)
    trusted_run(parent)
    trusted_run(child)


def private_parent():
    """a private parent that Gerrit's `related` does not show keeps its approved child from running at all"""
    name = project("hidden", GATE_ONLY)
    parent = lab.push_change(name, {"a": "b\n"}, "Hidden", user="stranger", options="private")
    child = lab.push_change(name, {"c": "d\n"}, "Child", user="stranger", base=parent.ref)
    equal(lab.rest.get(f"/changes/{child.number}/revisions/current/related", user="ci-bot").json["changes"], [], "related")
    lab.vote(child, "Code-Review", 2)
    refused(child, "needs-something-unreadable")
    nothing_trusted(child)
    check(parent.sha not in said(child), f"the notice does not name the private commit:\n{said(child)}")


def lost_right():
    """a vote whose voter lost the right, or was made inactive, gives no trust to what stands on it"""
    name = project("lost", GATE_ONLY)
    for what, take, give in (("lost", lambda: member("maint2", False), lambda: member("maint2", True)),
                             ("inactive", lambda: active("maint2", False), lambda: active("maint2", True))):
        parent = lab.push_change(name, {what: "b\n"}, f"Parent {what}")
        lab.vote(parent, "Code-Review", 2, user="maint2")
        trusted_run(parent)
        take()
        try:
            child = lab.push_change(name, {what + "2": "d\n"}, f"Child {what}", base=parent.ref)
            lab.vote(child, "Code-Review", 2)
            refused(child, "ancestor-not-approved")
            nothing_trusted(child)
        finally:
            give()


# -- merges and refs ----------------------------------------------------------------------------------------------------
def submit_as():
    """a merge by Submit As in a maintainer's name is the real submitter's, who may not"""
    name = project("as")
    grant(name, "refs/heads/*", "submitAs", group_of("stranger"))
    grant(name, "refs/heads/*", "submit", lab.gerrit["groups"]["Registered Users"])
    change = lab.push_change(name, {"a": "b\n"}, "As somebody")
    ready_to_submit(change)
    trusted_run(change)
    merged = lab.rest.must("POST", f"/changes/{change.number}/submit", {"on_behalf_of": "maint"}, user="stranger").json
    equal(merged["status"], "MERGED", "status")
    refused(change, "privilege-missing", "postmerge")
    equal(len(runs("trusted", change)), 1, "trusted runs: the approval's only")
    decided_because(name, "moved", "privilege-missing")
    equal(names(runs("trusted", name)), [], "trusted runs of the ref")


def push_with_submit():
    """a push with %submit merges without review and starts nothing trusted"""
    name = project("forced")
    grant(name, "refs/for/refs/heads/*", "submit", MAINTAINERS)
    change = lab.push_change(name, {"a": "b\n"}, "Past review", user="maint", options="submit")
    equal(lab.detail(change)["status"], "MERGED", "status")
    refused(change, "merge-forced", "postmerge")
    decided_because(name, "moved", "merge-forced")
    nothing_trusted(change, name)


def direct_push():
    """a direct push to a protected branch, by a maintainer too, starts nothing trusted; a merge after review does"""
    name = project("direct")
    grant(name, "refs/heads/*", "push", MAINTAINERS)
    push(name, "refs/heads/master", {"a": "b\n"}, "Past review", "maint")
    decided_because(name, "moved", "direct-push")
    nothing_trusted(name)
    change = lab.push_change(name, {"c": "d\n"}, "By review")
    ready_to_submit(change)
    trusted_run(change)
    lab.submit(change)
    trusted_run(change, 2)


def moved_tag():
    """a new tag on a protected branch is trusted; the same tag moved is not, and a tag elsewhere is not"""
    name = project("tags")
    for permission in ("create", "push"):
        grant(name, "refs/tags/*", permission, MAINTAINERS, **({"force": True} if permission == "push" else {}))
    folder = lab.checkout(name)
    lab.git(folder, "push", lab.url(name, "maint"), "HEAD:refs/tags/v1", user="maint")
    trusted_run(name)
    grant(name, "refs/heads/*", "push", lab.gerrit["groups"]["Administrators"])
    tip = push(name, "refs/heads/master", {"a": "b\n"}, "Move on", "admin")
    lab.git(folder, "fetch", "-q", lab.url(name, "maint"), "refs/heads/master")
    lab.git(folder, "push", "-f", lab.url(name, "maint"), f"{tip}:refs/tags/v1", user="maint")
    decided_because(name, "release", "tag-moved")
    lab.git(folder, "reset", "-q", "--hard", tip)
    stray = lab.commit(folder, {"x": "y\n"}, "Nowhere", "maint")
    lab.git(folder, "push", lab.url(name, "maint"), f"{stray}:refs/tags/v2", user="maint")
    decided_because(name, "release", "ref-deleted")  # Gerrit shows no tag that no branch holds
    lab.rest.must("PUT", f"/projects/{quote(name)}/branches/wip", {"revision": "master"})
    lab.git(folder, "push", lab.url(name, "admin"), f"{stray}:refs/heads/wip", user="admin")
    lab.git(folder, "push", lab.url(name, "maint"), f"{stray}:refs/tags/v3", user="maint")
    decided_because(name, "release", "tag-not-on-protected-branch")
    equal(len(runs("trusted", name)), 1, "trusted runs of tags")


# -- visibility ---------------------------------------------------------------------------------------------------------
def private_and_wip():
    """an approved private change does not run at all, an approved work in progress is not trusted"""
    name = project("private", GATE_ONLY)
    hidden = lab.push_change(name, {"a": "b\n"}, "Private", options="private,r=maint,cc=ci-bot")
    hidden.owner = "contrib"
    lab.vote(hidden, "Code-Review", 2)
    refused(hidden, "change-private")
    unready = lab.push_change(name, {"a": "c\n"}, "Unready", options="wip")
    lab.vote(unready, "Code-Review", 2)
    refused(unready, "work-in-progress")
    nothing_trusted(hidden, unready)


# -- another attempt ----------------------------------------------------------------------------------------------------
FLAKY = {"seakeeper.yaml": "triggers:\n" + GATE,
         "workflows/run.yaml": workflow('git ls-remote "$SEAKEEPER_URL" refs/heads/steady | grep steady\n')}


def retry_of_flaked_run():
    """`recheck` of a stranger starts nothing trusted after a flaked trusted run; a maintainer's starts another attempt"""
    name = project("flaky", FLAKY)
    change = lab.push_change(name, {"a": "b\n"}, "Flaky")
    lab.vote(change, "Code-Review", 2)
    first = trusted_run(change, phase="Failed")
    lab.wait_for("the failure's message", lambda: "failed" in said(change), 30)
    lab.rest.must("PUT", f"/projects/{quote(name)}/branches/steady", {"revision": "master"})
    lab.comment(change, "recheck", user="stranger")
    refused(change, "retry-by-unprivileged")
    equal(len(runs("trusted", change)), 1, "trusted runs after a stranger's recheck")
    lab.comment(change, "recheck", user="maint")
    second = trusted_run(change, 2)
    check(first["metadata"]["name"] != second["metadata"]["name"], "the attempts have names of their own")
    lab.comment(change, "recheck", user="maint2")  # it has succeeded: there is nothing to try again
    time.sleep(2)
    equal(len(runs("trusted", change)), 2, "trusted runs")


# -- facts that change while a run is under way -------------------------------------------------------------------------
def started(change):
    run = trusted_run(change, phase=None)
    where = run["metadata"]["namespace"], run["metadata"]["name"]
    lab.wait_for("its pod", lambda: any(p["status"]["phase"] == "Running" for p in
                                        lab.pods("trusted", f"workflows.argoproj.io/workflow={where[1]}")), 60)
    return where


def stopped(change, where, *codes):
    done = lab.wait_workflow(*where, limit=60)
    equal(done["status"]["phase"], "Failed", "phase of a run that was stopped")
    lab.wait_for("why it was stopped", lambda: "cancelled" in said(change), 30)
    check(any(code in said(change) for code in codes), f"one of {codes} is said:\n{said(change)}")


def revoked_while_running():
    """a withdrawn vote, a new patch set and a lost right stop the trusted run that stands on them, and say why once"""
    name = project("revoked", SLEEPING)
    withdrawn = lab.push_change(name, {"a": "b\n"}, "Withdrawn")
    superseded = lab.push_change(name, {"c": "d\n"}, "Superseded")
    lost = lab.push_change(name, {"e": "f\n"}, "Lost")
    lab.vote(withdrawn, "Code-Review", 2)
    lab.vote(superseded, "Code-Review", 2)
    lab.vote(lost, "Code-Review", 2, user="maint2")
    where = [started(change) for change in (withdrawn, superseded, lost)]
    lab.vote(withdrawn, "Code-Review", 0)
    lab.amend(superseded, {"c": "e\n"})
    member("maint2", False)
    try:
        stopped(withdrawn, where[0], "vote-withdrawn")
        stopped(superseded, where[1], "patch-set-superseded")
        stopped(lost, where[2], "privilege-missing")
    finally:
        member("maint2", True)


def private_while_running():
    """a change that becomes private while it is tested has its log closed at once"""
    name = project("closing", {"seakeeper.yaml": "triggers:\n  test:\n    events: [patchset-created]\n    workflow: workflows/run.yaml\n",
                               "workflows/run.yaml": workflow("echo secret words\nsleep 15\n")})
    change = lab.push_change(name, {"a": "b\n"}, "Turns private")
    lab.review(change, "contrib", reviewers=[{"reviewer": "ci-bot", "state": "CC"}])
    run = lab.wait_for("the run", lambda: runs("untrusted", change), 60)[0]
    page = f"/logs/{run['metadata']['name']}"
    folder = daemon.folder / "state/logs" / run["metadata"]["name"]
    log = lab.wait_for("its log", lambda: [f for f in folder.glob("*.log") if "secret" in f.read_text()], 60)[0]
    page += f"/{log.stem}"
    equal(daemon.page(page)[0], 200, "answer of the log while the change is public")
    lab.rest.must("POST", f"/changes/{change.number}/private", {}, user="contrib")
    begin = time.monotonic()
    lab.wait_for("the log to be closed", lambda: daemon.page(page)[0] == 404, 5, pause=0.02)
    took = time.monotonic() - begin
    equal(daemon.page(page, "log-token-for-tests")[0], 200, "answer with the token")
    return f"closed {took * 1000:.0f} ms after Gerrit's answer"


# -- configuration ------------------------------------------------------------------------------------------------------
def proposed_configuration():
    """a proposed configuration is never run: it is judged at its lines and voted on; accepted, it still does not run"""
    name = project("proposal", GATE_ONLY)
    grant(name, "refs/meta/config", "label-Verified", lab.gerrit["groups"]["demo-bots"], min=-1, max=1)
    files = {"seakeeper.yaml": "triggers:\n  test:\n    evnts: [patchset-created]\n    workflow: workflows/run.yaml\n",
             "workflows/run.yaml": workflow("echo never\n") + "    podSpecPatch: '{}'\n"}
    change = lab.push_change(name, files, "Bad configuration", user="owner", branch="refs/meta/config", base="refs/meta/config")
    lab.wait_for("the verdict", lambda: daemon.alive() and "would refuse" in said(change), 45)
    comments = lab.rest.get(f"/changes/{change.number}/comments").json
    places = {(path, c.get("line")) for path, every in comments.items() for c in every}
    check(("seakeeper.yaml", 3) in places, f"a finding at its line: {places}")
    check(any(path == "workflows/run.yaml" and line == 12 for path, line in places), f"a finding at its line: {places}")
    equal(lab.votes(change, "Verified"), {"ci-bot": -1}, "votes")
    lab.amend(change, {"seakeeper.yaml": CONFIGURATION["seakeeper.yaml"], "workflows/run.yaml": workflow("echo never\n")}, user="owner")
    lab.wait_for("the second verdict", lambda: "accepts this configuration" in said(change), 45)
    equal(lab.votes(change, "Verified"), {"ci-bot": 1}, "votes")
    lab.vote(change, "Code-Review", 2, user="owner")
    lab.comment(change, "recheck", user="owner")
    time.sleep(2)
    equal((runs("untrusted", change), runs("trusted", change)), ([], []), "Workflows of a proposed configuration")


def rewound_configuration():
    """a rewound refs/meta/config halts the project's trusted runs and says so, until an operator accepts the new tip"""
    name = lab.create_project("rewound")
    grant(name, "refs/meta/config", "push", OWNERS, force=True)
    first = lab.push_config(name, GATE_ONLY)
    lab.push_config(name, {"workflows/run.yaml": workflow("echo the second\n")})
    before = lab.push_change(name, {"a": "b\n"}, "Before")
    lab.vote(before, "Code-Review", 2)
    trusted_run(before)
    folder = lab.checkout(name, "refs/meta/config")
    lab.git(folder, "push", "-f", lab.url(name, "owner"), f"{first}:refs/meta/config", user="owner")
    lab.wait_for("the daemon to say so", lambda: "configuration rewound" in daemon.log() and name in daemon.log(), 30)
    after = lab.push_change(name, {"c": "d\n"}, "After")
    lab.vote(after, "Code-Review", 2)
    refused(after, "definition-rewound")
    nothing_trusted(after)
    check(daemon.command("accept-config", name, first).returncode == 1, "the command refuses while the service runs")
    daemon.stop()
    accepted = daemon.command("accept-config", name, first)
    daemon.start("--json-log")
    equal(accepted.returncode, 0, f"exit status of accept-config: {accepted.stderr}")
    lab.comment(after, "recheck", user="maint")
    trusted_run(after)


CASES = [copied_vote, vote_on_old_patch_set, self_approval, strangers_parent, private_parent, lost_right, submit_as, push_with_submit,
         direct_push, moved_tag, private_and_wip, retry_of_flaked_run, revoked_while_running, private_while_running,
         proposed_configuration, rewound_configuration]


def chosen():
    wanted = os.environ.get("SEAKEEPER_TRUST_CASES")
    if wanted:
        return [case for case in CASES if case.__name__ in wanted.split(",")]
    sample = os.environ.get("SEAKEEPER_TRUST_SAMPLE") or ("5" if os.environ.get("SEAKEEPER_SAMPLE") else None)
    if not sample:
        return CASES
    seed = os.environ.get("SEAKEEPER_TRUST_SEED") or datetime.date.today().isoformat()
    print(f"sample of {sample} cases by SEAKEEPER_TRUST_SEED={seed}", flush=True)
    return random.Random(seed).sample(CASES, min(int(sample), len(CASES)))


if __name__ == "__main__":
    daemon.start("--json-log")
    try:
        sys.exit(run_all(chosen(), lambda: "\n--- seakeeperd's log\n" + daemon.log()[-5000:]))
    finally:
        if daemon.process.poll() is None:
            daemon.kill()
