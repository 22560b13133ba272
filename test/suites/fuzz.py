# SPDX-License-Identifier: Apache-2.0
"""libFuzzer targets of test/fuzz: each starts from its seeds and runs for a bounded time. CI takes those of few sources."""
import os
import pathlib
import subprocess

import native


def run(report):
    folder = native.configure(
        report, "build/fuzz", "-Dbuildtype=plain", "-Ddefault_library=static", "-Db_lundef=false",
        "-Db_sanitize=address,undefined", "-Dcpp_args=-O1 -g1 -fsanitize=fuzzer-no-link", compiler="clang++-16", ninja=False)
    # The others need most of the library: a cold build of it with sanitizers takes longer than all of CI's fuzzing.
    if not folder or not native.build(report, folder, "fuzzers-narrow" if report.is_ci else "fuzzers"):
        return
    targets = sorted(path for path in pathlib.Path(folder, "test/fuzz").glob("fuzz_*") if os.access(path, os.X_OK) and path.is_file())
    seconds = int(os.environ.get("SEAKEEPER_FUZZ_SECONDS", "15" if report.is_ci else "60"))
    if not targets:
        report.failed("fuzz targets", "none were built")
    for batch in range(0, len(targets), native.JOBS):
        running = [(target, start(target, seconds)) for target in targets[batch:batch + native.JOBS]]
        for target, process in running:
            output = process.communicate()[0]
            if process.returncode:
                report.failed(target.name, output)
            else:
                last = [line for line in output.splitlines() if line.startswith("#")]
                report.passed(target.name, note=last[-1].split("\t")[0] + f" inputs in {seconds} s" if last else "")


def start(target, seconds):
    name = target.name.removeprefix("fuzz_")
    corpus = pathlib.Path("build/corpus", name)
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = pathlib.Path("test/fuzz/seeds", name)
    folders = [str(corpus)] + ([str(seeds)] if seeds.is_dir() else [])
    return subprocess.Popen([str(target), f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048",
                             "-artifact_prefix=build/corpus/", *folders],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
