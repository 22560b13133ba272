# SPDX-License-Identifier: Apache-2.0
"""Benchmarks: run by hand for figures, in CI as smoke. Nothing here fails for being slow."""
import json
import os
import pathlib
import subprocess

import native


def run(report):
    # In CI only that they run: the build that is there anyway, and no figure that means anything.
    folder = native.debug(report, ninja=False) if report.is_ci else native.configure(
        report, "build/release", "-Dbuildtype=release", "-Ddefault_library=static", ninja=False)
    if not folder or not native.build(report, folder, "meson-benchmark-prereq"):
        return
    for program in sorted(pathlib.Path(folder, "test/bench").glob("bench_*")):
        if program.is_file() and os.access(program, os.X_OK):
            one(report, program)


def one(report, program):
    shortest = ["--benchmark_min_time=0.05"] if report.is_ci else ["--benchmark_min_time=0.5"]
    done = subprocess.run([str(program), "--benchmark_format=json", *shortest], capture_output=True, text=True)
    if done.returncode:
        report.failed(program.name, done.stdout + done.stderr)
        return
    for entry in json.loads(done.stdout)["benchmarks"]:
        name = f"{program.name}/{entry['name']}"
        counters = {key: value for key, value in entry.items() if key in ("items_per_second", "bytes_per_second")}
        if not counters:
            report.figure(name, round(entry["real_time"], 1), entry["time_unit"], how="google-benchmark, one core")
        for key, value in counters.items():
            goal = entry.get("goal")
            report.figure(name, round(value), key.replace("_per_second", "/s"), goal=round(goal) if goal else None,
                          met=value >= goal if goal else None, how="google-benchmark, one core")
        for key, value in entry.items():
            if key.startswith("ratio_"):
                report.figure(f"{name} {key}", round(value, 2), "ratio", how="same run")
    report.passed(program.name)
