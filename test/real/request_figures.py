# SPDX-License-Identifier: Apache-2.0
"""What a decision and its gates cost Gerrit in requests, counted in Gerrit's own httpd_log: prints the table of docs/trust-evidence.md.

By hand, in the stack: test/stack/enter python3 test/real/request_figures.py
"""
import collections
import datetime
import pathlib
import re
import time

import trust_cases as trust
from trust_cases import lab

PARTS = [("files", r"/revisions/[^/]+/files/"), ("submitted-together", r"/submitted_together"), ("review", r"/review$"),
         ("change", r"/changes/[^/?]+\?o=|/changes/[^/?]+/detail"), ("changes by query", r"/changes/\?"), ("commit in", r"/commits/[^/]+/in"),
         ("commit", r"/commits/[^/]+$"), ("account", r"/accounts/"), ("check.access", r"/check\.access"), ("labels", r"/labels/"), ("tag", r"/tags/"),
         ("access", r"/access/"), ("config tip", r"/branches/refs%2Fmeta%2Fconfig"), ("parents", r"/projects/[^/]+$"),
         ("git fetch", r"info/refs|git-upload-pack")]
LOG = pathlib.Path(lab.gerrit["site"]) / "logs/httpd_log"


def moment(text):
    return datetime.datetime.fromisoformat(re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text.replace("Z", "+00:00").replace(",", "."))).timestamp()


def part_of(path):
    return next((name for name, pattern in PARTS if re.search(pattern, path)), path)


def requests(begin):
    """(time, part) of the bot's requests after a moment."""
    found = []
    for line in LOG.read_text(errors="replace").splitlines():
        when = re.search(r"\[(\d{4}-\d\d-\d\dT[^\]]+)\]", line)
        what = re.search(r'"(?:GET|POST|PUT) (\S+)', line)
        if when and what and " ci-bot " in line and moment(when[1]) >= begin:
            found.append((moment(when[1]), part_of(what[1])))
    return found


def moments(said, trigger):
    """When the log said that it was decided, created, ended."""
    found = {}
    for line in trust.daemon.log()[said:].splitlines():
        when, _, words = line.partition(" ")
        for word, mark in (("decided", f" decided project=\\S+ trigger={trigger} "), ("created", " workload created "), ("ended", " workload ended ")):
            if re.search(mark, " " + words + " "):
                found.setdefault(word, moment(when))
    return found


def measure(what, act, trigger="gate"):
    said, begin = len(trust.daemon.log()), time.time()
    act()
    lab.wait_for(f"the end of {what}", lambda: trust.daemon.alive() and "ended" in moments(said, trigger), 120)
    time.sleep(2)  # Gerrit writes its log behind; our report is posted
    when = moments(said, trigger)
    steps = {"decision": (begin, when["decided"]), "G1": (when["decided"], when["created"]), "G2, report": (when["created"], time.time())}
    rows = requests(begin)
    for step, (first, last) in steps.items():
        counts = collections.Counter(part for at, part in rows if first <= at < last)
        words = ", ".join(f"{part} {number}" for part, number in counts.most_common())
        print(f"| {what} | {step} | {sum(counts.values())} | {words} |", flush=True)


def main():
    name = trust.project("requests")
    alone, warm = (lab.push_change(name, {f: "b\n"}, f"Alone {f}") for f in ("a", "b"))
    parent = lab.push_change(name, {"c": "d\n"}, "Parent")
    child = lab.push_change(name, {"e": "f\n"}, "Child", base=parent.ref)
    trust.daemon.start()
    print("| what | step | requests | by oracle |\n|---|---|---|---|")
    measure("vote on a change, cold", lambda: lab.vote(alone, "Code-Review", 2))
    measure("vote on a change, warm", lambda: lab.vote(warm, "Code-Review", 2))
    measure("vote on a parent, warm", lambda: lab.vote(parent, "Code-Review", 2))
    measure("vote on its child, warm", lambda: lab.vote(child, "Code-Review", 2))
    lab.vote(alone, "Verified", 1, user="ci-bot")
    measure("merge, warm", lambda: lab.submit(alone), "postmerge")
    tag = lab.checkout(name)
    for permission in ("create", "push"):
        trust.grant(name, "refs/tags/*", permission, trust.MAINTAINERS)
    time.sleep(2)
    measure("new tag, its caches dropped", lambda: lab.git(tag, "push", lab.url(name, "maint"), "HEAD:refs/tags/v1", user="maint"), "release")


if __name__ == "__main__":
    try:
        main()
    finally:
        trust.daemon.kill()
