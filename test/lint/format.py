#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""clang-format-16 has nothing to change."""
import subprocess
import sys


def main():
    paths = subprocess.run(["git", "ls-files", "*.cpp", "*.hpp"], capture_output=True, text=True, check=True).stdout.split()
    done = subprocess.run(["clang-format-16", "--dry-run", *paths], capture_output=True, text=True)
    lines = [line for line in done.stderr.splitlines() if "[-Wclang-format-violations]" in line]
    files = sorted({line.split(":", 1)[0] for line in lines})
    for path in files:
        print(f"{path}:1: format: run clang-format-16 -i {path}")
    return len(files) > 0


if __name__ == "__main__":
    sys.exit(main())
