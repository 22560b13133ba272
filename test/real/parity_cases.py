# SPDX-License-Identifier: Apache-2.0
"""The same Workflow files on the real Argo and on `seakeeperd run`: nodes, their graph, types, phases, kinds of messages, values, order.

SEAKEEPER_PARITY=all takes every file, SEAKEEPER_PARITY=N a seeded sample of N (30 by default), a list of names those files.
SEAKEEPER_PARITY_KEEP=FOLDER keeps both statuses of each."""
import concurrent.futures
import os
import pathlib
import random
import sys
import time

import parity_stack as on
from cases import check, run_all
from parity_compare import differences, dumped

SEED = 20261124


def files():
    """By name: the own corpus, and the inputs of what was once recorded for the plan's unit test."""
    found = sorted([*(on.ROOT / "test/data/parity").glob("*.yaml"), *(on.ROOT / "test/data/argo").glob("*.input.yaml")])
    by_name = {on.name_of(path): path for path in found}
    check(len(by_name) == len(found), "two files have one name")
    how = os.environ.get("SEAKEEPER_PARITY", "30")
    if how == "all":
        return by_name
    chosen = random.Random(SEED).sample(sorted(by_name), min(int(how), len(by_name))) if how.isdigit() else how.split(",")
    return {name: by_name[name] for name in chosen}


def case_of(name, manifest, real, mine):
    def case():
        check(real.get("phase") in on.ENDS, f"the real run did not end: {dumped(real)}")
        found = differences(real, mine, manifest)
        check(not found, "differs:\n" + "\n".join(found))

    case.__doc__ = f"parity: {name} ends on this machine as on the real Argo"
    return case


def keep(name, real, mine):
    if folder := os.environ.get("SEAKEEPER_PARITY_KEEP"):
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        for what, status in (("argo", real), ("run", mine)):
            pathlib.Path(folder, f"{name}.{what}.json").write_text(dumped(status))


def main():
    chosen = files()
    start = time.monotonic()
    on.namespace()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        manifests = dict(zip(chosen, pool.map(on.manifest_of, chosen.values())))
    real = on.really(manifests)
    between = time.monotonic()
    mine = on.all_here(chosen)
    print(f"{len(chosen)} files: {between - start:.1f} s on the real Argo, {time.monotonic() - between:.1f} s here", file=sys.stderr)
    for name in chosen:
        keep(name, real[name], mine[name])
    return run_all([case_of(name, manifests[name], real[name], mine[name]) for name in chosen])


if __name__ == "__main__":
    sys.exit(main())
