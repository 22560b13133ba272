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
