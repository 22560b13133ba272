#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A binary that is installed has no failpoint: not their switch, not their names."""
import sys

if __name__ == "__main__":
    data = open(sys.argv[1], "rb").read()
    found = [word for word in (b"SEAKEEPER_FAIL", b"SEAKEEPER_BREAK", b"F9.before", b"failpoint") if word in data]
    print(f"{sys.argv[1]}: {len(data)} bytes, found {found}")
    sys.exit(1 if found else 0)
