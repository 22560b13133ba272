# SPDX-License-Identifier: Apache-2.0
"""seakeeperd under fire (test/fault), in the build with failpoints. Short, minutes; with --long two hours, for docs/reliability.md."""
import subprocess

import native

SHORT = [
    ("5,000 events, 100 kills, every failpoint", ["run.py", "--failpoints"]),
    ("faults on purpose are noticed", ["broken.py"]),
    ("two minutes of life", ["figures.py", "soak", "--minutes", "2"])]
LONG = [
    ("100,000 events, 1,000 kills, every failpoint",
     ["run.py", "--failpoints", "--events", "100000", "--kills", "1000", "--cuts", "200", "--pause", "0.07", "--patience", "240"]),
    ("50,000 events, 20 % errors and 5 % ambiguous time-outs",
     ["run.py", "--events", "50000", "--kills", "100", "--errors", "0.2", "--lost", "0.05", "--pause", "0.07", "--patience", "240"]),
    ("5,000 events, 100 kills, an index two minutes late", ["run.py", "--failpoints", "--index-lag", "120", "--patience", "240"]),
    ("faults on purpose are noticed", ["broken.py"]),
    ("six hours missed", ["figures.py", "gap"]),
    ("burst", ["figures.py", "burst"]),
    ("start with open runs", ["figures.py", "restart"]),
    ("half an hour of life", ["figures.py", "soak", "--minutes", "30"])]


def run(report):
    folder = native.optimised_with_failpoints(report) if report.is_long else native.debug(report)
    if not folder:
        return
    # CI's machine may have other work: there all has to come, whenever it does.
    within = ["--within", "120", "--patience", "120"] if report.is_ci else []
    for name, (script, *options) in LONG if report.is_long else SHORT:
        options += within if script == "run.py" else []
        done = subprocess.run([f"test/fault/{script}", "--binary", f"{folder}/seakeeperd/seakeeperd", *options],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            report.failed(name, done.stdout)
            continue
        for line in done.stdout.splitlines():
            report.say(f"        {line}")
        report.passed(name)
