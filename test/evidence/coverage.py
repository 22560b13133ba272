#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Line and branch coverage of sensor, trust, workflow and decision by the tests of `test/run unit` that reach them: the parts' own, the
attack table, stored decisions made again, and the commands of seakeeperd that judge folders and recordings.

    test/evidence/coverage.py [--build build/debug] [--part decision] [--missing]

Compiles those parts again with --coverage and links them into the tests of a finished build. Needs gcovr (Debian or PyPI). Branches
that only exceptions take are left out. By hand: the table is kept in docs/trust-evidence.md."""
import argparse
import json
import os
import pathlib
import subprocess

import overlay
from overlay import ROOT

OUT = ROOT / "build/coverage"
PARTS = ["sensor", "trust", "workflow", "decision"]
TESTS = ["test/unit/attacks/attacks_test", "test/unit/trust/trust_test", "test/unit/trust/trust_recordings_test",
         "test/unit/workflow/workflow_test", "test/unit/decision/decision_test", "test/unit/sensor/sensor_test",
         "test/unit/pipeline/pipeline_test"]
COMMANDS = ["test/unit/daemon/check_wrong_test.py", "test/commands/check_test.py", "test/commands/decide_test.py", "test/commands/replay_test.py"]
GOAL = {"line": 95, "branch": 85}


def measure(jobs):
    """gcovr's summary for every file."""
    target = OUT / "coverage.json"
    subprocess.run(["gcovr", "--root", str(ROOT), "--filter", str(ROOT / "libseakeeper/src"), "--exclude-throw-branches",
                    "--exclude-unreachable-branches", "--json-summary", str(target), "-j", str(jobs), str(OUT)], check=True, cwd=ROOT)
    return json.loads(target.read_text())["files"]


def table(files, parts):
    lines = ["| part | lines | branches |", "|---|---|---|"]
    for part in parts:
        mine = [f for f in files if f["filename"].startswith(f"libseakeeper/src/{part}/")]
        cells = []
        for kind in GOAL:
            covered, total = sum(f[f"{kind}_covered"] for f in mine), sum(f[f"{kind}_total"] for f in mine)
            cells.append(f"{100 * covered / max(total, 1):.1f} % ({covered} of {total})")
        lines.append(f"| {part} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/debug")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--part", choices=PARTS, help="only this one")
    parser.add_argument("--missing", action="store_true", help="list files below the goal")
    options = parser.parse_args()
    build = ROOT / options.build
    sources, parts = {}, [options.part] if options.part else PARTS
    for part in parts:
        for path in sorted((ROOT / "libseakeeper/src" / part).rglob("*.cpp")):
            name = str(path.relative_to(ROOT))
            target = OUT / name.replace("/", "_").replace(".cpp", ".o")
            sources[name] = (path, target, ["--coverage", "-O0"])
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.gcda"):
        old.unlink()
    overlay.compile_all(build, sources, options.jobs)
    for test in TESTS:
        objects = [target for name, (_, target, _) in sources.items()
                   if not (test.endswith("attacks_test") and name.endswith("/classifier.cpp"))]
        executable = overlay.link(build, test, objects, OUT / pathlib.Path(test).name, ["--coverage"])
        subprocess.run([str(executable)], cwd=OUT, env={**os.environ, "SEAKEEPER_PROPERTY_CASES": "20000"},
                       stdout=subprocess.DEVNULL, check=True)
    program = overlay.link(build, "seakeeperd/seakeeperd", [target for _, target, _ in sources.values()], OUT / "seakeeperd", ["--coverage"])
    for test in COMMANDS:
        folder = [str(ROOT / "test/data/check/wrong")] if test.endswith("check_wrong_test.py") else []
        subprocess.run(["python3", "-B", str(ROOT / test), str(program), *folder], cwd=OUT, stdout=subprocess.DEVNULL, check=True)
    files = measure(options.jobs)
    print(table(files, parts))
    if options.missing:
        for file in files:
            if file["line_percent"] < GOAL["line"] or (file["branch_percent"] or 100) < GOAL["branch"]:
                print(f"{file['filename']}: lines {file['line_percent']} %, branches {file['branch_percent']} %")


if __name__ == "__main__":
    main()
