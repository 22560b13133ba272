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
        acceptance(report, environment, sorted(pathlib.Path("test/real").glob("*_cases.py")))
        newer_gerrit(report)
    finally:
        if not os.environ.get("SEAKEEPER_KEEP_STACK"):
            subprocess.run(["test/stack/down"])


def stack_environment():
    listed = subprocess.run(["test/stack/env"], capture_output=True, text=True, check=True).stdout
    pairs = (line.removeprefix("export ").split("=", 1) for line in listed.splitlines() if "=" in line)
    return {key: value.strip("'\"") for key, value in pairs}


def newer_gerrit(report):
    """The newest Gerrit beside the first site's: clients, stream and main job; by hand trust's cases too. It renews the
    keys of SSH connections every few seconds, which the older one does not in a test's time."""
    chosen = {"SEAKEEPER_GERRIT": "gerrit_new", "SEAKEEPER_GERRIT_REKEY": "5s"}
    up = subprocess.run(["test/stack/up", "gerrit-new"], env={**os.environ, **chosen}, capture_output=True, text=True)
    if up.returncode:
        report.failed("test/stack/up gerrit-new", up.stdout[-4000:] + up.stderr)
        return
    environment = {**stack_environment(), **chosen}
    if "SEAKEEPER_GERRIT_NEW_URL" not in environment:
        report.skipped("Gerrit 3.13.5", next((line for line in up.stdout.splitlines() if "SKIPPED" in line), "it did not start"))
        return
    label = "Gerrit 3.13.5: "
    native.run_tests_in(report, "build/debug", "real", "test/stack/enter", environment, only=("gerrit_client_test", "mirror_test"), label=label)
    names = ["stream", "pipeline"] if report.is_ci else ["stream", "pipeline", "trust"]
    acceptance(report, environment, [pathlib.Path(f"test/real/{name}_cases.py") for name in names], label)


def acceptance(report, environment, scripts, label=""):
    """Python cases of test/real; each prints one JSON line per case it ran. In CI long scripts take a sample."""
    environment = {**os.environ, **environment, **({"SEAKEEPER_SAMPLE": "1"} if report.is_ci else {})}
    for script in scripts:
        done = subprocess.Popen(["test/stack/enter", "python3", str(script)], env=environment,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        tail, cases, failed = [], 0, 0
        for line in done.stdout:
            if line.startswith('{"case"'):
                cases += 1
                case = json.loads(line)
                if case["ok"]:
                    report.passed(label + case["case"], note=case.get("note", ""))
                else:
                    failed += 1
                    report.failed(label + case["case"], case.get("why", ""))
            else:
                tail = (tail + [line])[-60:]
        code = done.wait()
        if not cases or (code and not failed):
            report.failed(label + script.name, "".join(tail) or f"it ended {code} after {cases} cases")
