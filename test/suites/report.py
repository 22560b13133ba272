# SPDX-License-Identifier: Apache-2.0
"""Counts, figures and what a person sees while the suites run."""
import sys


class Report:
    def __init__(self, is_ci, is_long=False):
        self.is_ci, self.is_long = is_ci, is_long
        self.suites = {}
        self.figures = []
        self.failures = []
        self.current = None

    def begin(self, suite):
        self.current = suite
        self.suites[suite] = {"passed": 0, "failed": 0, "skipped": 0, "seconds": 0}
        self.say(f"== {suite}")

    def end(self, seconds):
        entry = self.suites[self.current]
        entry["seconds"] = round(seconds, 1)
        self.say(f"== {self.current}: {entry['passed']} passed, {entry['failed']} failed, "
                 f"{entry['skipped']} skipped in {seconds:.0f} s")

    def say(self, text):
        print(text, flush=True)

    def passed(self, name, count=1, note=""):
        self.suites[self.current]["passed"] += count
        self.say(f"ok      {name}{' (' + note + ')' if note else ''}")

    def failed(self, name, why, count=1):
        self.suites[self.current]["failed"] += count
        self.failures.append((self.current, name))
        self.say(f"FAILED  {name}")
        for line in str(why).rstrip().splitlines()[-60:]:
            self.say(f"        {line}")

    def skipped(self, name, why, count=1):
        self.suites[self.current]["skipped"] += count
        self.say(f"skipped {name}: {why}")

    def figure(self, name, value, unit, goal=None, met=None, how=""):
        self.figures.append({"name": name, "value": value, "unit": unit, "goal": goal, "met": met, "how": how})
        verdict = "" if met is None else ("  met" if met else "  NOT MET")
        self.say(f"figure  {name}: {value} {unit}{f' (goal {goal})' if goal is not None else ''}{verdict}")

    def as_json(self):
        return {"suites": self.suites, "figures": self.figures}

    def close(self):
        totals = {key: sum(suite[key] for suite in self.suites.values()) for key in ("passed", "failed", "skipped")}
        if self.failures:
            self.say("failed: " + "; ".join(f"{suite}: {name}" for suite, name in self.failures))
        self.say(f"{totals['passed']} passed, {totals['failed']} failed, {totals['skipped']} skipped")
        sys.stdout.flush()
        return 1 if totals["failed"] or not totals["passed"] else 0
