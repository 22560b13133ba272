#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files that the documents name exist, and nothing names a machine's own paths or registries."""
import pathlib
import re
import subprocess
import sys

NAMED = re.compile(r"`((?:libseakeeper|seakeeperd|examples|test|docs|subprojects)/[A-Za-z0-9_./*-]+|README\.md|[A-Z]+\.md)`")
PRIVATE = re.compile(r"/(wor[k]|roo[t]|far[m])/|prox[y]\.golang|rep[o][0-9]*\.maven|de[b]\.debian|pyp[i]\.org|npmj[s]\.|crate[s]\.io")


def main():
    found = 0
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True).stdout.split("\n")
    for name in filter(None, tracked):
        path = pathlib.Path(name)
        if not path.is_file() or path.is_symlink():
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if PRIVATE.search(line):
                print(f"{path}:{number}: documents: names a private path or a registry host; say it without")
                found += 1
            for target in NAMED.findall(line) if path.suffix == ".md" else []:
                if "PART" not in target and not list(pathlib.Path().glob(target.rstrip("/"))):
                    print(f"{path}:{number}: documents: `{target}` does not exist; correct the name")
                    found += 1
    return found > 0


if __name__ == "__main__":
    sys.exit(main())
