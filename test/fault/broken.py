#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The judge notices a daemon that is broken on purpose, one fault at a time: a check of the check. Needs -Dfailpoints=true."""
import concurrent.futures
import pathlib
import subprocess
import sys

RUN = str(pathlib.Path(__file__).with_name("run.py"))
LIFE = ["--events", "250", "--kills", "6", "--errors", "0.1", "--lost", "0.1", "--quiet", "5"]
# What is broken, and the line of the judge's table that has to say so.
FAULTS = {
    "I1": "I1     every event",
    "I2": "I2     at most one Workflow for each fact",
    "I2 id": "I2     at most one Workflow for each id",
    "I3": "I3     at most one final report",
    "vote": "I3     every last patch set has the vote",
    "I4": "I4     nothing ran as trusted",
    "I7": "I7     no secret",
    "I8": "I8     converged"}


def judge(fault):
    patience = "31" if fault == "I8" else "15"
    done = subprocess.run([RUN, *sys.argv[1:], *LIFE, "--patience", patience, "--break", fault], capture_output=True, text=True)
    caught = [row for row in done.stdout.splitlines() if row.startswith(FAULTS[fault]) and "BROKEN" in row]
    return fault, caught[0][:200] if caught else f"NOT NOTICED\n{done.stdout}{done.stderr}", not caught


def main():
    missed = 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for fault, said, is_missed in pool.map(judge, FAULTS):
            print(f"{fault}: {said}", flush=True)
            missed += is_missed
    return missed > 0


if __name__ == "__main__":
    sys.exit(main())
