#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mutation testing of trust and of the workflow policy: every mutant in one build, woken one at a time.

    test/evidence/mutation.py [--build build/debug] [--match TEXT] [--tests workflow_test] [--sample 300 --seed 2] [--seconds 30]

Takes objects and link commands from a finished build, compiles the rewritten sources beside it (build/mutation), and runs the unit
tests that reach a mutant until one fails. Prints a table and the survivors; build/mutation/report.json has all. By hand: it takes
about an hour of one core."""
import argparse
import concurrent.futures
import json
import math
import os
import pathlib
import random
import subprocess
import sys

import overlay
from overlay import ROOT
from rewrite import Rewriter

OUT = ROOT / "build/mutation"
SOURCES = ["libseakeeper/src/trust/*.cpp", "libseakeeper/src/trust/conditions/*.cpp", "libseakeeper/src/workflow/policy*.cpp"]
# Tables of words: their mutants would be the words.
LEFT_OUT = {"libseakeeper/src/trust/reason.cpp"}
# Quick ones first: most mutants die in the first.
TESTS = ["test/unit/trust/trust_test", "test/unit/workflow/workflow_test", "test/unit/decision/decision_test",
         "test/unit/trust/trust_recordings_test", "test/unit/attacks/attacks_test"]
QUIET = {"SEAKEEPER_PROPERTY_CASES": "1000", "SEAKEEPER_PROPERTY_SEED": "1", "SEAKEEPER_ATTACKS_STAGE": "decision"}
# The attack table's tests of itself say nothing about the sources.
TIMED_OUT = -24  # SIGXCPU
ARGUMENTS = ["--abort-after=1", "--test-case-exclude=*switched off*,*reason code is what*"]


def rewrite(match):
    first, mutants, files = 1, [], []
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            name = str(path.relative_to(ROOT))
            if name in LEFT_OUT or match not in name:
                continue
            rewriter = Rewriter(name, path.read_text(), first)
            target = OUT / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(rewriter.run())
            first = rewriter.number
            mutants += rewriter.mutants
            files.append(name)
    return files, mutants


def prepare(build, files, tests, jobs):
    """The rewritten sources compiled, and every test linked with them."""
    objects = {name: OUT / (name + ".o") for name in files}
    overlay.compile_all(build, {name: (OUT / name, target, ["-O1", "-I", str(ROOT / "test/evidence")]) for name, target in objects.items()},
                        jobs)
    # The attack table brings a classifier of its own, with switches.
    return [overlay.link(build, test, [o for n, o in objects.items() if not (test.endswith("attacks_test") and n.endswith("/classifier.cpp"))],
                         OUT / pathlib.Path(test).name) for test in tests]


def run(executable, seconds, extra, only=""):
    """The limit is one of processor time: a busy machine kills no mutant."""
    env = {**os.environ, **QUIET, **extra}
    words = ["prlimit", f"--cpu={math.ceil(seconds)}", str(executable), *ARGUMENTS, *([f"--source-file={only}"] if only else [])]
    start = os.times()
    try:
        code = subprocess.run(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60 * seconds, cwd=OUT).returncode
    except subprocess.TimeoutExpired:
        code = TIMED_OUT  # it waits, without computing
    end = os.times()
    return code, end.children_user - start.children_user


def reach(executables, only):
    """Per executable the mutants it reaches, and how long it takes."""
    found = {}
    for executable in executables:
        trace = OUT / (executable.name + ".trace")
        trace.unlink(missing_ok=True)
        code, took = run(executable, 600, {"MUTANT_TRACE": str(trace)}, only)
        if code:
            sys.exit(f"{executable.name} fails without any mutant")
        found[executable] = (set(map(int, trace.read_text().split())), took)
        print(f"{executable.name}: reaches {len(found[executable][0])} mutants, {took:.1f} s", flush=True)
    return found


def judge(mutant, reached, seconds, only):
    killers = [e for e, (numbers, _) in reached.items() if mutant["number"] in numbers]
    mutant["reached"] = bool(killers)
    mutant["killed_by"] = None
    for executable in killers:
        limit = max(seconds, 10 * reached[executable][1])
        code, _ = run(executable, limit, {"MUTANT": str(mutant["number"])}, only)
        if code:
            mutant["killed_by"] = executable.name + (" (time)" if code == TIMED_OUT else "")
            break
    return mutant


def table(mutants):
    rows = {}
    for mutant in mutants:
        row = rows.setdefault(mutant["file"], [0, 0])
        row[0] += 1
        row[1] += mutant["killed_by"] is not None
    lines = ["| file | mutants | killed | score |", "|---|---|---|---|"]
    for name, (count, killed) in rows.items():
        lines.append(f"| `{name}` | {count} | {killed} | {100 * killed / count:.1f} % |")
    count, killed = sum(r[0] for r in rows.values()), sum(r[1] for r in rows.values())
    lines.append(f"| all | {count} | {killed} | {100 * killed / max(count, 1):.1f} % |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/debug")
    parser.add_argument("--match", default="", help="only sources whose path has this")
    parser.add_argument("--numbers", default="", help="only these mutants, comma separated")
    parser.add_argument("--sample", type=int, default=0, help="only so many, drawn at random")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--tests", default="", help="only these executables, comma separated")
    parser.add_argument("--cases", default="", help="only tests of these files: doctest's --source-file")
    parser.add_argument("--seconds", type=float, default=30, help="least limit of one run, of processor time")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    build = ROOT / options.build
    OUT.mkdir(parents=True, exist_ok=True)
    files, mutants = rewrite(options.match)
    print(f"{len(mutants)} mutants in {len(files)} files", flush=True)
    tests = [t for t in TESTS if not options.tests or pathlib.Path(t).name in options.tests.split(",")]
    reached = reach(prepare(build, files, tests, options.jobs), options.cases)
    if options.numbers:
        wanted = set(map(int, options.numbers.split(",")))
        mutants = [m for m in mutants if m["number"] in wanted]
    if options.sample:
        mutants = sorted(random.Random(options.seed).sample(mutants, options.sample), key=lambda m: m["number"])
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for done, mutant in enumerate(pool.map(lambda m: judge(m, reached, options.seconds, options.cases), mutants), 1):
            if mutant["killed_by"] is None:
                print(f"survived {mutant['number']} {mutant['file']}:{mutant['line']}: {mutant['what']}"
                      f"{'' if mutant['reached'] else ' (never reached)'}", flush=True)
            if done % 200 == 0:
                print(f"{done} of {len(mutants)}", flush=True)
    (OUT / "report.json").write_text(json.dumps(mutants, indent=1) + "\n")
    print(table(mutants))


if __name__ == "__main__":
    main()
