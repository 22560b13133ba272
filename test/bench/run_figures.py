#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Figures of `seakeeperd run`, beside a loop that starts the very same bubblewrap command without us: what a step adds, and a
DAG of many tasks of `true`. Needs no stack. Prints one JSON line for each figure.

    run_figures.py BUILD [STEPS [TASKS [ROUNDS]]]
"""
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

AT_ONCE = 4  # as `run` has it where nobody says otherwise
TRUE = {"name": "true", "container": {"image": "none", "command": ["true"]}}
# Stands before bubblewrap once: keeps the command that `run` starts, and the /etc that it is given.
SHIM = """#!/usr/bin/env python3
import json, os, shutil, sys
at = sys.argv.index("/etc") - 1
if not os.path.exists({kept!r} + "/etc"):
    shutil.copytree(sys.argv[at], {kept!r} + "/etc", symlinks=True)
kept = [{bwrap!r}, *sys.argv[1:]]
kept[at] = {kept!r} + "/etc"
with open({kept!r} + "/command.json", "w") as file:
    json.dump(kept, file)
os.execv({bwrap!r}, ["bwrap", *sys.argv[1:]])
"""


def say(figure, value, unit, goal=None, is_met=None, how=""):
    print(json.dumps({"figure": figure, "value": round(value, 3), "unit": unit, "goal": goal, "met": is_met, "how": how}), flush=True)


def workflow(template):
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"name": "bench"},
            "spec": {"entrypoint": "main", "templates": [{"name": "main", **template}, TRUE]}}


def steps(count):
    return workflow({"steps": [[{"name": f"s{i}", "template": "true"}] for i in range(count)]})


def flat(count):
    return workflow({"dag": {"tasks": [{"name": f"t{i}", "template": "true"} for i in range(count)]}})


def layers(count, wide=10):
    """Each layer waits for the whole of the one before it."""
    tasks = [{"name": f"t{i}", "template": "true"} for i in range(count)]
    for i, task in enumerate(tasks):
        before = i // wide * wide - wide
        if before >= 0:
            task["dependencies"] = [f"t{j}" for j in range(before, before + wide)]
    return workflow({"dag": {"tasks": tasks}})


def cpu():
    """Seconds of CPU of all that was started and has ended; tells the same on a machine that does other work."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def medians(rounds):
    """Of wall time and of CPU time."""
    return [statistics.median(one) for one in zip(*rounds)]


class Bench:
    def __init__(self, build, folder):
        build = pathlib.Path(build).resolve()
        self.program, self.loop = build / "seakeeperd/seakeeperd", build / "test/bench/sandbox_loop"
        self.folder = pathlib.Path(folder)
        self.command = self.captured()

    def captured(self):
        kept = self.folder / "kept"
        kept.mkdir()
        shim = kept / "bwrap"
        shim.write_text(SHIM.format(kept=str(kept), bwrap=shutil.which("bwrap")))
        shim.chmod(0o755)
        self.run(steps(1), {**os.environ, "PATH": f"{kept}:{os.environ['PATH']}"})
        command = json.loads((kept / "command.json").read_text())
        if command[-2:] != ["--", "true"]:
            raise SystemExit(f"the command that run started ends in {command[-2:]}")
        return command

    def run(self, document, env=None):
        """Seconds from start to end of the whole command, and of CPU, sandboxes included."""
        file = self.folder / "bench.yaml"
        file.write_text(json.dumps(document))
        argv = [self.program, "run", "--images", "ignored", "--parallel", str(AT_ONCE), "--state", self.folder / "state", file]
        begin, used = time.monotonic(), cpu()
        done = subprocess.run(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        span, used = time.monotonic() - begin, cpu() - used
        if done.returncode or "Succeeded bench in" not in done.stdout:
            raise SystemExit(f"run ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return span, used

    def by_hand(self, count, at_once):
        argv, used = [str(self.loop), str(count), str(at_once), *self.command], cpu()
        span = float(subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout)
        return span, cpu() - used

    def steps(self, count, rounds):
        ours, bare, starts = [], [], []
        for _ in range(rounds):
            alone = self.run(steps(1))
            starts.append(alone)
            ours.append([(most - one) / count for most, one in zip(self.run(steps(count + 1)), alone)])
            bare.append([one / count for one in self.by_hand(count, 1)])
        how = f"{count} steps one after the other, median of {rounds} rounds, each beside the bare loop"
        for kind, mine, floor, start in zip(("", ", CPU"), medians(ours), medians(bare), medians(starts)):
            added = 1000 * (mine - floor)
            say(f"run: a step of `true`{kind}", 1000 * mine, "ms", how=how)
            say(f"run: the same bubblewrap by hand{kind}", 1000 * floor, "ms", how=how)
            say(f"run: what a step adds{kind}", added, "ms", 5, added <= 5, how)
            say(f"run: a step to its bubblewrap{kind}", mine / floor, "ratio", how=how)
            say(f"run: a Workflow of one step, from start to end{kind}", 1000 * start, "ms", how=f"median of {rounds}")

    def dag(self, name, document, count, rounds):
        ours, bare = [], []
        for _ in range(rounds):
            ours.append(self.run(document))
            bare.append(self.by_hand(count, AT_ONCE))
        how = f"{AT_ONCE} at once, median of {rounds} rounds, each beside the bare loop"
        for kind, mine, floor in zip(("", ", CPU"), medians(ours), medians(bare)):
            say(f"run: DAG of {count} tasks, {name}{kind}", mine, "s", how=how)
            say(f"run: bare loop of {count}, beside {name}{kind}", floor, "s", how=how)
            say(f"run: DAG of {count} tasks, {name}, to the bare loop{kind}", mine / floor, "ratio", 1.5, mine / floor <= 1.5, how)


def main(build, count=200, tasks=1000, rounds=3):
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(build, folder)
        bench.steps(int(count), int(rounds))
        bench.dag("flat", flat(int(tasks)), int(tasks), int(rounds))
        bench.dag("in layers of 10", layers(int(tasks)), int(tasks), int(rounds))


if __name__ == "__main__":
    main(*sys.argv[1:])
