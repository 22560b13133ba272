# SPDX-License-Identifier: Apache-2.0
"""Builds by Meson, and the doctest executables in them."""
import json
import os
import pathlib
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

JOBS = os.cpu_count() or 2
SUMMARY = re.compile(r"\[doctest\] test cases:\s*(\d+)\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed\s*\|\s*(\d+) skipped")
ASAN = {"ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}
# What CI's sanitizer run builds: coroutines, threads, parsers of hostile bytes, and what libgit2 leaks.
CI_SANITIZED = [f"test/unit/{name}/{name}_test" for name in ("core", "event", "yaml", "git", "http", "store", "local", "pipeline")]
UNITTEST_SKIPPED = re.compile(r"^OK \(skipped=(\d+)\)$", re.MULTILINE)
TSAN = {"TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1"}


def configure(report, folder, *options, compiler=None, ninja=True):
    """Makes or refreshes a build folder and builds it. Returns the folder, None when it failed."""
    env = dict(os.environ)
    if compiler:
        env["CXX"] = f"ccache {compiler}" if shutil.which("ccache") else compiler
    arguments = ["meson", "setup", folder, f"-Dwerror={str(report.is_ci).lower()}", *options]
    if (pathlib.Path(folder) / "build.ninja").exists():
        arguments.append("--reconfigure")
    done = subprocess.run(arguments, env=env, capture_output=True, text=True)
    if done.returncode:
        report.failed(f"meson setup {folder}", done.stdout[-4000:] + done.stderr)
        return None
    return folder if not ninja or build(report, folder) else None


def build(report, folder, *targets):
    report.say(f"building {folder} {' '.join(targets)}")
    done = subprocess.run(["ninja", "-C", folder, f"-j{JOBS}", "--quiet", *targets], capture_output=True, text=True)
    if done.returncode:
        report.failed(f"build of {folder}", "\n".join(
            line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("ccache ")))
        return False
    return True


def tests(folder, suite):
    """The tests of a suite as Meson registered them."""
    listed = json.loads(pathlib.Path(folder, "meson-info/intro-tests.json").read_text())
    for test in listed:  # arguments that are programs are named relative to there
        test["workdir"] = test["workdir"] or os.path.abspath(folder)
    return [test for test in listed if any(name.split(":")[-1] == suite for name in test["suite"])]


def run_one(test, extra_env):
    env = {**os.environ, **test["env"], **extra_env}
    try:
        done = subprocess.run(test["cmd"], env=env, capture_output=True, text=True, errors="replace",
                              timeout=max(test["timeout"], 600), cwd=test["workdir"] or None)
        return done.returncode, done.stdout + done.stderr
    except subprocess.TimeoutExpired as expired:
        return 124, f"did not end within {expired.timeout:.0f} s\n{(expired.stdout or b'').decode(errors='replace')}"


def run_tests(report, folder, suite, label="", extra_env=None, only=None):
    chosen = [test for test in tests(folder, suite) if not only or any(test["cmd"][0].endswith(name) for name in only)]
    serial = [test for test in chosen if not test["is_parallel"]]
    with ThreadPoolExecutor(JOBS) as pool:
        parallel = [test for test in chosen if test["is_parallel"]]
        outcomes = list(zip(parallel, pool.map(lambda test: run_one(test, extra_env or {}), parallel)))
    outcomes += [(test, run_one(test, extra_env or {})) for test in serial]
    for test, (code, output) in outcomes:
        judge(report, label + test["name"], code, output)
    if not chosen:
        report.say(f"no tests are registered in suite {suite}")
    return len(chosen)


def run_tests_in(report, folder, suite, wrapper, environment, only=(), label=""):
    """One after the other, each behind `wrapper` (the command that enters the stack's namespace)."""
    for test in tests(folder, suite):
        if only and not test["cmd"][0].endswith(only):
            continue
        code, output = run_one({**test, "cmd": [os.path.abspath(wrapper), *test["cmd"]], "timeout": max(test["timeout"], 300)}, environment)
        judge(report, label + test["name"], code, output)


def judge(report, name, code, output):
    cases = SUMMARY.search(output)
    for line in output.splitlines():
        if line.startswith("attack"):  # the attack table: a line for each row, and totals
            report.say(f"        {line}")
    if code == 77:  # Meson's own word for it
        report.skipped(name, output.strip())
    elif code:
        report.failed(name, output, count=max(1, int(cases.group(3))) if cases else 1)
        if cases:
            report.suites[report.current]["passed"] += int(cases.group(2))
    elif cases:
        report.passed(name, count=int(cases.group(2)), note=f"{cases.group(2)} cases")
        if int(cases.group(4)):
            report.skipped(name, "skipped by doctest", count=int(cases.group(4)))
    else:
        report.passed(name)
        if skipped := UNITTEST_SKIPPED.search(output):
            report.skipped(name, "a part of it, by unittest", count=int(skipped.group(1)))


def debug(report, ninja=True):
    """The build that unit, integration, real and fault suites share."""
    folder = configure(report, "build/debug", "-Dbuildtype=plain", "-Dcpp_args=-O0 -g1", "-Dfailpoints=true", ninja=False)
    return folder if folder and (not ninja or build(report, folder, "meson-test-prereq", "seakeeperd/seakeeperd")) else None


def optimised_with_failpoints(report):
    """seakeeperd alone: what takes an hour there takes several without optimisation."""
    folder = configure(report, "build/fault", "-Dbuildtype=release", "-Dfailpoints=true", "-Dtests=false", ninja=False)
    return folder if folder and build(report, folder, "seakeeperd/seakeeperd") else None


def unit(report):
    if debug(report):
        run_tests(report, "build/debug", "unit")


def sanitize(report):
    """Address and undefined behaviour by g++ (whose coroutines are the ones to watch), races by clang.
    The thread sanitizer's build is a third one of the whole library and does not fit CI's time."""
    common = ["-Dbuildtype=plain", "-Ddefault_library=static", "-Db_lundef=false", "-Dcpp_args=-O0 -g1 -fno-omit-frame-pointer"]
    if configure(report, "build/asan", *common, "-Db_sanitize=address,undefined", compiler="g++", ninja=False):
        chosen = CI_SANITIZED if report.is_ci else []
        if build(report, "build/asan", *(chosen or ["meson-test-prereq"])):
            run_tests(report, "build/asan", "unit", "asan+ubsan ", ASAN, only=chosen)
    if report.is_ci:
        report.skipped("thread sanitizer", "run by hand: test/run sanitize")
    elif configure(report, "build/tsan", *common, "-Db_sanitize=thread", compiler="clang++-16", ninja=False) \
            and build(report, "build/tsan", "meson-test-prereq"):
        run_tests(report, "build/tsan", "unit", "tsan ", TSAN)
