# SPDX-License-Identifier: Apache-2.0
"""What a user of the library sees: installed headers and pkg-config files, the tree as a subproject,
the examples."""
import os
import pathlib
import shutil
import subprocess

import native


def run(report):
    if not native.debug(report):
        return
    native.run_tests(report, "build/debug", "integration")
    native.run_tests(report, "build/debug", "examples")
    for script in sorted(pathlib.Path("test/consumer").glob("*.sh")):
        done = subprocess.run(["sh", str(script), os.path.abspath("build/debug")], capture_output=True, text=True)
        if done.returncode:
            report.failed(script.stem, done.stdout + done.stderr)
        else:
            report.passed(script.stem)
    shutil.rmtree("build/consumer", ignore_errors=True)
    no_failpoints(report)


def no_failpoints(report):
    """What an installation gets, beside the build of the tests, in which they have to be found."""
    common = ["-Dbuildtype=plain", "-Dcpp_args=-O0 -g1"]
    if not native.configure(report, "build/plain", *common, "-Dtests=false", ninja=False) or not native.build(report, "build/plain"):
        return
    look = {folder: subprocess.run(["python3", "test/fault/no_failpoints.py", f"{folder}/seakeeperd/seakeeperd",
                                    *map(str, sorted(pathlib.Path(folder, "libseakeeper").glob("*.so")))], capture_output=True, text=True)
            for folder in ("build/plain", "build/debug")}
    if look["build/plain"].returncode or not look["build/debug"].returncode:
        report.failed("no failpoint is left", "".join(done.stdout + done.stderr for done in look.values()))
    else:
        report.passed("no failpoint is left")
