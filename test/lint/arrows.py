#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A part may include only the parts it is allowed to (docs/architecture.md, arrows)."""
import pathlib
import re
import sys

POLICY = {"core": set(), "event": {"core"}, "gerrit": {"event"}, "git": {"core"}, "sensor": {"event", "gerrit", "trust"},
          "trust": {"event", "gerrit", "sensor"}, "workflow": {"sensor", "trust", "event", "gerrit"},
          "decision": {"sensor", "trust", "workflow", "event", "gerrit"}, "kubernetes": {"workflow", "trust"},
          "local": {"workflow", "trust", "pipeline"}, "artifact": {"workflow"}, "report": {"workflow", "gerrit", "trust"},
          "store": {"event", "trust"}}
EVERYTHING = {"pipeline", "testing"}
ADAPTERS = {"http", "ssh", "libgit2", "sqlite", "yaml", "re2", "crypto"}
INCLUDE = re.compile(r'#include [<"](?:seakeeper/)?([a-z0-9]+)/[a-z0-9_/]+\.hpp[>"]')
ROOT = pathlib.Path("libseakeeper")


def main():
    found = 0
    for path in sorted(ROOT.rglob("*.[ch]pp")):
        part = path.relative_to(ROOT / ("include/seakeeper" if "include" in path.parts else "src")).parts[0]
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            target = match.group(1) if match else part
            if not allowed(part, target):
                print(f"{path}:{number}: arrows: {part} may not use {target}; it may use "
                      f"{', '.join(sorted(POLICY.get(part, {'core'}) | {'core'}))}")
                found += 1
    return found > 0


def allowed(part, target):
    if target == part or target == "core" or part in EVERYTHING or target not in POLICY.keys() | EVERYTHING:
        return True
    if part in ADAPTERS:  # an adapter may implement the port of the part it serves
        return target in {"gerrit", "git", "store", "sensor", "kubernetes"}
    return target in POLICY[part]


if __name__ == "__main__":
    sys.exit(main())
