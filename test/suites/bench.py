# SPDX-License-Identifier: Apache-2.0
"""Benchmarks: run by hand for figures, in CI as smoke. Nothing here fails for being slow.

Programs test/bench/bench_* are google-benchmark's: a counter `goal` is of items/s, `goal_bytes` of bytes/s, `goal_ms` of
the time, `goal_ratio` of .../ours to .../bare_* in the same run. Scripts test/bench/*_figures.py print JSON lines and run
against the real stack, but for WITHOUT_STACK, which CI runs too, with the arguments given here."""
import json
import os
import pathlib
import subprocess

import native
import real

PER_SECOND = {"items_per_second": ("items/s", "goal"), "bytes_per_second": ("bytes/s", "goal_bytes")}
WITHOUT_STACK = {"run_figures": ["3", "20", "1"]}
MILLISECONDS = {"ns": 1e-6, "us": 1e-3, "ms": 1, "s": 1e3}


def run(report):
    # In CI only that they run: the build that is there anyway, and no figure that means anything.
    folder = native.debug(report, ninja=False) if report.is_ci else native.configure(
        report, "build/release", "-Dbuildtype=release", "-Ddefault_library=static", ninja=False)
    if not folder or not native.build(report, folder, "meson-benchmark-prereq"):
        return
    for program in sorted(pathlib.Path(folder, "test/bench").glob("bench_*")):
        if program.is_file() and os.access(program, os.X_OK):
            one(report, program)
    if not native.build(report, folder, "seakeeperd/seakeeperd"):
        return
    for name, small in WITHOUT_STACK.items():
        script = pathlib.Path("test/bench", f"{name}.py")
        lines_of(report, script, ["python3", str(script), folder, *(small if report.is_ci else [])], os.environ)
    against_stack(report, folder)


def one(report, program):
    shortest = "0.01" if report.is_ci else "0.5"
    env = {**os.environ, **({"SEAKEEPER_EVENTS": "200"} if report.is_ci else {})}
    done = subprocess.run([str(program), "--benchmark_format=json", f"--benchmark_min_time={shortest}"], capture_output=True, text=True, env=env)
    if done.returncode:
        report.failed(program.name, done.stdout + done.stderr)
        return
    entries = {entry["name"]: entry for entry in json.loads(done.stdout)["benchmarks"]}
    if wrong := {name: entry["error_message"] for name, entry in entries.items() if entry.get("error_occurred")}:
        report.failed(program.name, json.dumps(wrong, indent=1))
        return
    for name, entry in entries.items():
        figures_of(report, f"{program.name}/{name}", entry)
        ratio_to_floor(report, program, entries, name)
    report.passed(program.name)


def figures_of(report, name, entry):
    how = "google-benchmark, CPU time of one core"
    rates = {key: unit for key, unit in PER_SECOND.items() if key in entry}
    for key, (unit, goal_key) in rates.items():
        goal = entry.get(goal_key)
        report.figure(name, round(entry[key]), unit, goal and round(goal), goal and entry[key] >= goal, how)
    if not rates:
        milliseconds, goal = entry["cpu_time"] * MILLISECONDS[entry["time_unit"]], entry.get("goal_ms")
        report.figure(name, round(milliseconds, 3), "ms", goal, goal and milliseconds < goal, how)


def ratio_to_floor(report, program, entries, name):
    """What the same work costs without us is the floor: .../ours/ARGUMENT beside .../bare_SOMETHING/ARGUMENT."""
    stem, ours, argument = name.partition("/ours")
    for other, floor in entries.items():
        if ours and other.startswith(f"{stem}/bare_") and other.endswith(argument) and "items_per_second" in floor:
            ratio, goal = entries[name]["items_per_second"] / floor["items_per_second"], entries[name].get("goal_ratio")
            report.figure(f"{program.name}/{name} to {other.removeprefix(stem + '/')}", round(ratio, 2), "ratio",
                          goal, goal and ratio >= goal, "same run")


def against_stack(report, folder):
    scripts = [script for script in sorted(pathlib.Path("test/bench").glob("*_figures.py")) if script.stem not in WITHOUT_STACK]
    if report.is_ci:
        for script in scripts:
            report.skipped(script.stem, "minutes of the real stack in an optimised build: run by hand, test/run bench")
        return
    if subprocess.run(["test/stack/up"]).returncode:
        report.failed("test/stack/up", "the stack did not come up; its log is above")
        return
    try:
        environment = {**os.environ, **real.stack_environment()}
        for script in scripts:
            lines_of(report, script, ["test/stack/enter", "python3", str(script), folder], environment)
    finally:
        if not os.environ.get("SEAKEEPER_KEEP_STACK"):
            subprocess.run(["test/stack/down"])


def lines_of(report, script, command, environment):
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        said = json.loads(line)
        if "skip" in said:
            report.skipped(said["skip"], said["why"])
        else:
            report.figure(said["figure"], said["value"], said["unit"], said["goal"], said["met"], said["how"])
    if process.wait():
        report.failed(script.stem, f"ended with {process.returncode}; its words are above")
    else:
        report.passed(script.stem)
