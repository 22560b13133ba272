#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files stay within 500 lines, functions within 60 (docs/style.md); tables of data are named here."""
import json
import subprocess
import sys

FILE_LIMIT, FUNCTION_LIMIT = 500, 60
TABLES = set()


def main():
    found = 0
    paths = subprocess.run(["git", "ls-files", "libseakeeper/*.[ch]pp", "seakeeperd/*.[ch]pp", "examples/*.cpp"],
                           capture_output=True, text=True, check=True).stdout.split()
    for path in paths:
        with open(path) as file:
            lines = sum(1 for _ in file)
        if lines > FILE_LIMIT and path not in TABLES:
            print(f"{path}:{lines}: sizes: {lines} lines; over {FILE_LIMIT}: would two names tell the reader more than one?")
            found += 1
    tags = subprocess.run(["ctags", "--output-format=json", "--fields=+ne", "--kinds-C++=f", "-o", "-", *paths],
                          capture_output=True, text=True, check=True).stdout
    for line in tags.splitlines():
        tag = json.loads(line)
        length = tag.get("end", tag["line"]) - tag["line"] + 1
        if length > FUNCTION_LIMIT and tag["path"] not in TABLES:
            print(f"{tag['path']}:{tag['line']}: sizes: {tag['name']} has {length} lines; over {FUNCTION_LIMIT}: split it")
            found += 1
    return found > 0


if __name__ == "__main__":
    sys.exit(main())
