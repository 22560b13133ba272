# SPDX-License-Identifier: Apache-2.0
"""Judges the peers' journals by the invariants, from the documents alone: shares nothing with the daemon."""
import collections
import json
import pathlib
import re
import sys

MARKER = re.compile(r"^Seakeeper-Workload: (sk-[a-z2-7]{26}) (\w+)$", re.M)
TERMINAL = {"succeeded", "failed", "error", "cancelled", "refused"}
MAINTAINER = 3
REACTION = 10.0  # seconds
TYPES = {"upload": "patchset-created", "recheck": "comment-added", "merge": "change-merged"}


def rows(path):
    """Not a last one that is being written."""
    return [json.loads(line) for line in open(path) if line.endswith("\n")] if pathlib.Path(path).exists() else []


class Verdict:
    def __init__(self, name, what, counted, violations):
        self.name, self.what, self.counted, self.violations = name, what, counted, violations

    def line(self):
        state = "holds" if not self.violations else f"BROKEN {len(self.violations)} times: {'; '.join(map(str, self.violations[:3]))}"
        return f"{self.name:<6} {self.what:<62} {self.counted:>7}  {state}"


class Judge:
    def __init__(self, folder, canaries, converged, within=30):
        self.folder, self.canaries, self.converged, self.within = pathlib.Path(folder), canaries, converged, within
        self.gerrit, self.cluster = rows(self.folder / "gerrit.jsonl"), rows(self.folder / "kubernetes.jsonl")
        self.facts = [row for row in self.gerrit if "fact" in row]
        self.created = [row for row in self.cluster if "created" in row]
        self.posts = [row for row in self.gerrit if "post" in row]
        self.last = {}
        for fact in self.facts:
            if fact["fact"] == "upload":
                self.last[fact["change"]] = fact["patch_set"]

    def all(self):
        return [self.every_fact_is_decided(), self.one_workflow_an_id(), self.one_workflow_a_fact(), self.one_report_a_workload(),
                self.every_change_has_its_vote(), self.right_class(), self.every_approval_is_trusted(), self.no_canary(), self.converges()]

    def runs(self):
        """Names of Workflows by (event, change, patch set)."""
        found = collections.defaultdict(set)
        for row in self.created:
            env = row["environment"]
            if env.get("SEAKEEPER_CHANGE") and row["trust"] == "untrusted":
                found[(env["SEAKEEPER_EVENT"], int(env["SEAKEEPER_CHANGE"]), int(env["SEAKEEPER_PATCHSET"]))].add(row["created"])
        return found

    def wanted(self):
        count = collections.Counter((TYPES[f["fact"]], f["change"], f["patch_set"]) for f in self.facts if f["fact"] in TYPES)
        return count

    def every_fact_is_decided(self):
        """A superseded patch set may go without; the last move of a ref may not, an earlier one may (a gap hides it)."""
        runs, lost = self.runs(), []
        for (event, change, patch_set), count in self.wanted().items():
            if patch_set == self.last[change] and len(runs[(event, change, patch_set)]) < count:
                lost.append(f"{event} of {change},{patch_set}: {len(runs[(event, change, patch_set)])} of {count}")
        ends = {(f["project"], f["ref"]): f["new"] for f in self.facts if f["fact"] == "ref"}
        run = {(e.get("SEAKEEPER_REF"), e.get("SEAKEEPER_REVISION")) for e in (row["environment"] for row in self.created)}
        lost += [f"{ref} at {new}" for (_, ref), new in ends.items() if (ref, new) not in run]
        return Verdict("I1", "every event that can be told again has its decision", len(self.facts), lost)

    def one_workflow_an_id(self):
        count = collections.Counter(row["created"] for row in self.created)
        return Verdict("I2", "at most one Workflow for each id, ever", len(count), [f"{name} {n} times" for name, n in count.items() if n > 1])

    def one_workflow_a_fact(self):
        wanted, more = self.wanted(), []
        for key, names in self.runs().items():
            if len(names) > wanted[key]:
                more.append(f"{key}: {len(names)} for {wanted[key]}")
        moves = collections.Counter((e.get("SEAKEEPER_REF"), e.get("SEAKEEPER_REVISION")) for e in
                                    (row["environment"] for row in self.created) if e.get("SEAKEEPER_EVENT") == "ref-updated")
        more += [f"{key} {n} times" for key, n in moves.items() if n > 1]
        return Verdict("I2", "at most one Workflow for each fact", len(self.runs()) + len(moves), more)

    def told(self):
        count = collections.Counter()
        for post in self.posts:
            count.update({(name, state) for name, state in MARKER.findall(post["post"]) if state in TERMINAL})
        return count

    def one_report_a_workload(self):
        count = collections.Counter()
        for (name, _), times in self.told().items():
            count[name] += times
        return Verdict("I3", "at most one final report of each workload", len(count), [f"{name} {n} times" for name, n in count.items() if n > 1])

    def every_change_has_its_vote(self):
        fails = {(int(r["environment"]["SEAKEEPER_CHANGE"]), int(r["environment"]["SEAKEEPER_PATCHSET"])): r["fails"]
                 for r in self.created if r["environment"].get("SEAKEEPER_EVENT") == "patchset-created"}
        vote = {}
        for post in self.posts:
            if "Verified" in post["labels"]:
                vote[(post["change"], post["patch_set"])] = post["labels"]["Verified"]
        wrong = []
        for change, patch_set in self.last.items():
            should = -1 if fails.get((change, patch_set)) else 1
            if vote.get((change, patch_set)) != should:
                wrong.append(f"{change},{patch_set}: {vote.get((change, patch_set))} instead of {should}")
        return Verdict("I3", "every last patch set has the vote that its runs deserve", len(self.last), wrong)

    def approvals(self):
        """When a patch set stood approved by a maintainer who had not uploaded it: [from, to] by (change, patch set)."""
        spans, uploader = collections.defaultdict(list), {}
        for fact in self.facts:
            if fact["fact"] not in ("upload", "vote"):
                continue
            key = (fact["change"], fact["patch_set"])
            if fact["fact"] == "upload":
                uploader[key] = fact["uploader"]
                ended = spans.get((fact["change"], fact["patch_set"] - 1))
            else:
                ended = spans.get(key) if fact["user"] == MAINTAINER else None
            if ended and ended[-1][1] is None:
                ended[-1][1] = fact["at"]
            if fact["fact"] == "vote" and fact["user"] == MAINTAINER and fact["value"] == 2 and uploader[key] != MAINTAINER:
                spans[key].append([fact["at"], None])
        return spans

    def right_class(self):
        """A gate reads, then creates: what was taken back within REACTION before the create may have been missed."""
        approvals, wrong, counted = self.approvals(), [], collections.Counter()
        for row in self.created:
            env = row["environment"]
            key = (int(env.get("SEAKEEPER_CHANGE") or 0), int(env.get("SEAKEEPER_PATCHSET") or 0))
            counted[key] += row["trust"] == "trusted"
            is_approved = any(begin <= row["at"] and (end is None or row["at"] <= end + REACTION) for begin, end in approvals[key])
            if not row["namespace"].endswith("-" + row["trust"]) or (row["trust"] == "trusted" and not is_approved):
                wrong.append(f"{row['created']} of {key[0]},{key[1]} as {row['trust']} in {row['namespace']}")
        wrong += [f"{key}: {n} trusted runs for {len(approvals[key])} approvals" for key, n in counted.items() if n > len(approvals[key])]
        return Verdict("I4", "nothing ran as trusted without its approval", sum(counted.values()), wrong)

    def every_approval_is_trusted(self):
        """Of open changes whose approval stands."""
        merged = {fact["change"] for fact in self.facts if fact["fact"] == "merge"}
        ran = {(int(r["environment"]["SEAKEEPER_CHANGE"]), int(r["environment"]["SEAKEEPER_PATCHSET"])) for r in self.created if r["trust"] == "trusted"}
        standing = [key for key, spans in self.approvals().items() if spans[-1][1] is None and key[0] not in merged and self.last[key[0]] == key[1]]
        return Verdict("I1", "every approval that stands has its trusted run", len(standing), [f"{c},{p}" for c, p in standing if (c, p) not in ran])

    def no_canary(self):
        found, size = [], 0
        for path in self.folder.glob("*.jsonl"):
            text = path.read_text(errors="replace")
            size += len(text)
            found += [f"{path.name}: {canary[:12]}..." for canary in self.canaries if canary in text]
        log = (self.folder / "daemon.log").read_text(errors="replace")
        found += [f"log: {canary[:12]}..." for canary in self.canaries if canary in log]
        return Verdict("I7", "no secret in any output (bytes looked through)", size + len(log), found)

    def converges(self):
        return Verdict("I8", f"converged after the faults stopped, within {self.within:.0f} s (tenths)", int(10 * self.converged),
                       [] if self.converged <= self.within else [f"took {self.converged:.1f} s"])


def is_settled(folder):
    """Whether the journals already show all that is owed: what the driver waits for."""
    judge = Judge(folder, [], 0)
    owed = (judge.every_fact_is_decided, judge.every_change_has_its_vote, judge.every_approval_is_trusted)
    return not any(question().violations for question in owed)


if __name__ == "__main__":
    sys.exit(0 if is_settled(sys.argv[1]) else 1)
