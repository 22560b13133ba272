# SPDX-License-Identifier: Apache-2.0
"""test/run: suites by name, one closing line, build/test-report.json."""
import argparse
import json
import os
import pathlib
import sys
import time

import bench
import fault
import fuzz
import integration
import lint
import native
import real
from report import Report

SUITES = {
    "lint": lint.run,
    "unit": native.unit,
    "integration": integration.run,
    "real": real.run,
    "fault": fault.run,
    "sanitize": native.sanitize,
    "fuzz": fuzz.run,
    "bench": bench.run,
}


def main():
    parser = argparse.ArgumentParser(prog="test/run", description="Runs Seakeeper's tests.")
    parser.add_argument("--ci", action="store_true", help="seeded samples that fit CI")
    parser.add_argument("--long", action="store_true", help="of fault, what takes hours")
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=", ".join([*SUITES, "all"]))
    options = parser.parse_args()
    unknown = [name for name in options.suites if name not in SUITES and name != "all"]
    if unknown:
        parser.error(f"no such suite: {', '.join(unknown)}; there are {', '.join([*SUITES, 'all'])}")
    chosen = list(SUITES) if not options.suites or "all" in options.suites else options.suites

    os.chdir(pathlib.Path(__file__).resolve().parents[2])
    os.environ.setdefault("CCACHE_BASEDIR", os.getcwd())
    os.environ.setdefault("CCACHE_NOHASHDIR", "true")
    pathlib.Path("build").mkdir(exist_ok=True)
    report = Report(is_ci=options.ci, is_long=options.long)
    for name in chosen:
        report.begin(name)
        start = time.monotonic()
        try:
            SUITES[name](report)
        except Exception as error:  # a suite that breaks is a failed suite, and the others still run
            report.failed(f"{name} suite", f"{type(error).__name__}: {error}")
        report.end(time.monotonic() - start)
    pathlib.Path("build/test-report.json").write_text(json.dumps(report.as_json(), indent=1) + "\n")
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
