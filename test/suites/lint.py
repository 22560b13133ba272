# SPDX-License-Identifier: Apache-2.0
"""Every script in test/lint is a rule: silent and 0, or `file:line: rule: fix` lines and 1."""
import os
import pathlib
import subprocess

import native


def run(report):
    for script in sorted(pathlib.Path("test/lint").glob("*.py")):
        if not os.access(script, os.X_OK):
            continue
        done = subprocess.run(["python3", str(script)], capture_output=True, text=True)
        if done.returncode:
            report.failed(script.stem, done.stdout + done.stderr)
        else:
            report.passed(script.stem)
    if native.debug(report, ninja=False):
        if native.build(report, "build/debug", "test/header/libheaders-alone.a"):
            report.passed("every public header compiles alone")
