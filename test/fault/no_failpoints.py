#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""no_failpoints.py FILE...: what is installed has no failpoint: not their switch, not their names."""
import sys

WORDS = (b"SEAKEEPER_FAIL", b"SEAKEEPER_BREAK", b"F9.before", b"is_broken_on_purpose")

if __name__ == "__main__":
    bad = 0
    for name in sys.argv[1:]:
        data = open(name, "rb").read()
        found = [word.decode() for word in WORDS if word in data]
        print(f"{name}: {len(data)} bytes, found {found or 'none'}")
        bad += bool(found)
    sys.exit(1 if bad or not sys.argv[1:] else 0)
