#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A foreign library's headers are included in its adapter folder and nowhere else."""
import pathlib
import re
import sys

HOMES = {  # header pattern -> folders that may include it
    r"boost/beast|boost/asio/ssl|openssl/ssl": ["libseakeeper/src/http", "test/integration/http"],
    r"openssl/": ["libseakeeper/src/http", "libseakeeper/src/crypto"],
    r"libssh/": ["libseakeeper/src/ssh"],
    r"git2": ["libseakeeper/src/libgit2", "test/unit/git"],
    r"yaml-cpp/": ["libseakeeper/src/yaml"],
    r"sqlite3\.h": ["libseakeeper/src/sqlite", "test/unit/store"],
    r"re2/": ["libseakeeper/src/re2", "test/bench"],
    r"CLI/": ["seakeeperd"],
    r"spdlog/": ["seakeeperd"],
    r"prometheus/": ["seakeeperd"],
}
INCLUDE = re.compile(r'#include [<]([^>]+)[>]')


def main():
    found = 0
    for root in ("libseakeeper", "seakeeperd", "examples", "test"):
        for path in sorted(pathlib.Path(root).rglob("*.[ch]pp")):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = INCLUDE.match(line)
                home = match and next((homes for pattern, homes in HOMES.items() if re.match(pattern, match.group(1))), None)
                if home and not any(str(path).startswith(folder + "/") for folder in home):
                    print(f"{path}:{number}: foreign headers: <{match.group(1)}> belongs in {' or '.join(home)} only")
                    found += 1
    return found > 0


if __name__ == "__main__":
    sys.exit(main())
