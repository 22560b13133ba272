#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The judge notices a daemon that is broken on purpose, one fault at a time: a check of the check. Needs -Dfailpoints=true."""
import pathlib
import subprocess
import sys

RUN = str(pathlib.Path(__file__).with_name("run.py"))
# What is broken, and the line of the judge's table that has to say so.
FAULTS = {"I1": "I1 ", "I2": "I2 ", "I3": "I3 ", "vote": "I3 ", "I7": "I7 "}


def main():
    missed = 0
    for fault, line in FAULTS.items():
        done = subprocess.run([RUN, *sys.argv[1:], "--events", "250", "--kills", "6", "--errors", "0.1", "--lost", "0.1", "--patience", "25",
                               "--quiet", "5", "--break", fault], capture_output=True, text=True)
        caught = [row for row in done.stdout.splitlines() if row.startswith(line) and "BROKEN" in row]
        print(f"{fault}: {caught[0] if caught else 'NOT NOTICED' + chr(10) + done.stdout + done.stderr}", flush=True)
        missed += not caught
    return missed > 0


if __name__ == "__main__":
    sys.exit(main())
