# SPDX-License-Identifier: Apache-2.0
"""Recordings for tests of commands, made from the quickstart's, and a runner of seakeeperd."""
import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
STREAM = ROOT / "examples/quickstart-data/stream.jsonl"
PROJECT = "demo/harbour"


def rows(path=STREAM):
    return [json.loads(line) for line in path.read_text().splitlines() if line]


def told(path=STREAM):
    """Events of changes with the first facts that were read about each, as (event, facts, received)."""
    events, waiting, seen = [], [], set()
    for row in rows(path):
        if "line" in row:
            event = json.loads(row["line"])
            if "change" in event:
                waiting.append((event, row["received"]))
        elif row["event"] not in seen and "change" in row["facts"] and waiting:
            seen.add(row["event"])
            event, received = waiting.pop(0)
            assert event["change"]["number"] == row["facts"]["change"]["value"]["number"]
            events.append((event, row["facts"], received))
    return events


def renumbered(event, facts, number):
    """The same happening on another change: its number and refs are new, all else is as it was."""
    old = event["change"]["number"]
    event, facts = json.loads(json.dumps(event)), json.loads(json.dumps(facts))
    before, after = f"refs/changes/{old % 100:02}/{old}/", f"refs/changes/{number % 100:02}/{number}/"
    event, facts = (json.loads(json.dumps(each).replace(before, after)) for each in (event, facts))
    event["change"]["number"] = number
    facts["change"]["value"]["number"] = number
    return event, facts


def many(count, first=1000):
    """`count` rows, each an event with its facts, no two of the same change of the same copy."""
    told_ones = told()
    for i in range(count):
        event, facts, received = told_ones[i % len(told_ones)]
        event, facts = renumbered(event, facts, first + i // len(told_ones) * 10 + event["change"]["number"])
        yield json.dumps({"line": json.dumps(event, separators=(",", ":")), "received": received, "facts": facts},
                         separators=(",", ":"))


def site(folder, operators_file=None):
    """The quickstart's project as plain files; optionally with an operator's file."""
    target = folder / "projects" / PROJECT
    for path in (ROOT / "examples/quickstart-data/project").rglob("*.yaml"):
        copy = target / path.relative_to(ROOT / "examples/quickstart-data/project")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text())
    if operators_file:
        (folder / "site.yaml").write_text(operators_file)
    return folder


class Seakeeperd:
    def __init__(self, binary):
        self.binary = binary

    def run(self, *arguments, input=None, expect=0, cwd=None):
        done = subprocess.run([self.binary, *map(str, arguments)], input=input, capture_output=True, text=True, cwd=cwd)
        if expect is not None and done.returncode != expect:
            raise AssertionError(f"seakeeperd {' '.join(map(str, arguments))} ended with {done.returncode}, not {expect}:\n"
                                 f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done

    def lines(self, *arguments, **more):
        return [json.loads(line) for line in self.run(*arguments, **more).stdout.splitlines()]
