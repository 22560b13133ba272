# SPDX-License-Identifier: Apache-2.0
"""The real suite: Gerrit, Kubernetes and Argo from packages, in a network namespace of their own."""
import json
import os
import pathlib
import subprocess
import time

import native


def run(report):
    probes = ["test/real/stream_probe", "test/real/policy_probe"]
    if not native.debug(report) or not native.build(report, "build/debug", *probes):
        return
    if report.is_ci:
        subprocess.run(["test/stack/down"])  # what an earlier run was not allowed to end
    start = time.monotonic()
    up = subprocess.run(["test/stack/up"], text=True)
    if up.returncode:
        report.failed("test/stack/up", "the stack did not come up; its log is above")
        return
    report.figure("stack start", round(time.monotonic() - start, 1), "s", goal=60, met=time.monotonic() - start < 60,
                  how="test/stack/up: Gerrit, Kubernetes, Argo, S3 (warm when nothing was built)")
    try:
        environment = stack_environment()
        native.run_tests_in(report, "build/debug", "real", "test/stack/enter", environment)
        acceptance(report, environment)
    finally:
        if not os.environ.get("SEAKEEPER_KEEP_STACK"):
            subprocess.run(["test/stack/down"])


def stack_environment():
    listed = subprocess.run(["test/stack/env"], capture_output=True, text=True, check=True).stdout
    pairs = (line.removeprefix("export ").split("=", 1) for line in listed.splitlines() if "=" in line)
    return {key: value.strip("'\"") for key, value in pairs}


def acceptance(report, environment):
    """Python cases of test/real; each prints one JSON line per case it ran. In CI long scripts take a sample."""
    environment = {**os.environ, **environment, **({"SEAKEEPER_SAMPLE": "1"} if report.is_ci else {})}
    for script in sorted(pathlib.Path("test/real").glob("*_cases.py")):
        done = subprocess.Popen(["test/stack/enter", "python3", str(script)], env=environment,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        tail, cases, failed = [], 0, 0
        for line in done.stdout:
            if line.startswith('{"case"'):
                cases += 1
                case = json.loads(line)
                if case["ok"]:
                    report.passed(case["case"], note=case.get("note", ""))
                else:
                    failed += 1
                    report.failed(case["case"], case.get("why", ""))
            else:
                tail = (tail + [line])[-60:]
        code = done.wait()
        if not cases or (code and not failed):
            report.failed(script.name, "".join(tail) or f"it ended {code} after {cases} cases")
