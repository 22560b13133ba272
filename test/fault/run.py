#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Seakeeper under fire: a seeded life of a site on fakes, the daemon killed again and again, and a judge who knows only the documents.

    test/fault/run.py                                     5,000 events, 100 kills
    test/fault/run.py --events 20000 --kills 200 --errors 0.2 --lost 0.05 --seed 7
    test/fault/run.py --failpoints                        each start with another failpoint as well
    test/fault/run.py --events 300 --kills 5 --break I3   a daemon that is broken on purpose: the judge has to notice
The last two need a build with -Dfailpoints=true.
"""
import argparse
import asyncio
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import checker  # noqa: E402
import fake_gerrit  # noqa: E402
from daemon import BINARY, TOKENS, Site, baseline, check_death  # noqa: E402
from world import Life  # noqa: E402

POINTS = ["F1", "F2.before", "F2.after", "F3", "F4.before", "F4.after", "F5", "F6", "F7", "F8", "F9.before", "F9.after", "F13", "F14", "F15"]
AFTER = ("F2.after", "F2.before", "F4.after", "F7", "F9.after", "F15")  # nothing is answered there


class Failpoints:
    """One plan for each start of the daemon; a plan that was not reached comes again."""

    def __init__(self, seed):
        dice = random.Random(seed)
        self.all = [f"{point}=crash@{dice.randrange(1, 4)}" for point in POINTS]
        self.all += [f"{point}={action}@{dice.randrange(1, 4)}" for action in ("error", "lost", "delay") for point in POINTS if point not in AFTER]
        self.waiting = dice.sample(self.all, len(self.all))

    def next(self):
        plan = self.waiting.pop(0) if self.waiting else ""
        self.waiting += [plan] if plan else []
        return plan

    def reached(self, log):
        hit = {line.split('"')[3] for line in log.splitlines() if line.startswith('{"failpoint"')}
        return sorted(plan for plan in self.all if plan.partition("@")[0] in hit), sorted(plan for plan in self.all if plan.partition("@")[0] not in hit)


async def run(options):
    folder = pathlib.Path(options.keep or tempfile.mkdtemp(prefix="seakeeper-fault-"))
    site = Site(folder, options.seed, options.binary, options.run_seconds)
    await site.start()
    gerrit, cluster, daemon = site.gerrit, site.cluster, site.daemon
    site.world.index_lag = options.index_lag
    if options.broken:
        daemon.environment["SEAKEEPER_BREAK"] = options.broken
    daemon.start()
    try:
        await baseline(daemon)
        begin = time.monotonic()
        await under_fire(options, site)
        seconds = await settle(options, site)
        verdicts = checker.Judge(folder, [fake_gerrit.PASSWORD, *TOKENS.values()], seconds, options.within + options.index_lag).all()
        print(f"seed {options.seed}: {options.events} events, {options.kills} kills, {daemon.starts} starts, {gerrit.drops} dropped-output, "
              f"{sum(gerrit.faults.counts.values()) + sum(cluster.faults.counts.values())} failed requests, {time.monotonic() - begin:.0f} s")
        for verdict in verdicts:
            print(verdict.line())
        if options.failpoints:
            there, missing = Failpoints(options.seed + 5).reached((folder / "daemon.log").read_text(errors="replace"))
            print(f"failpoints: {len(there)} of {len(there) + len(missing)} plans reached{': not ' + ', '.join(missing) if missing else ''}")
        is_good = not any(verdict.violations for verdict in verdicts)
    finally:
        if not daemon.is_dead():
            daemon.kill()
    if is_good and not options.keep:
        shutil.rmtree(folder)
    elif not is_good:
        print(f"journals and log are in {folder}")
    return 0 if is_good else 1


async def under_fire(options, site):
    gerrit, cluster, daemon = site.gerrit, site.cluster, site.daemon
    life, dice = Life(site.world, options.seed + 3), random.Random(options.seed + 4)
    kills = sorted(dice.randrange(options.events) for _ in range(options.kills))
    cuts = sorted(dice.randrange(options.events) for _ in range(options.cuts))
    for faults in (gerrit.faults, cluster.faults):
        faults.error, faults.lost, faults.reset = options.errors, options.lost, options.lost
    if options.failpoints:
        daemon.plans = Failpoints(options.seed + 5)
    while life.acts < options.events:
        life.act()
        while cuts and cuts[0] <= life.acts:
            cuts.pop(0)
            gerrit.cut()
        if kills and kills[0] <= life.acts:
            kills.pop(0)
            await asyncio.sleep(dice.random() * options.kill_within)
            daemon.kill()
            daemon.start()
        elif daemon.is_dead():
            check_death(daemon)
            daemon.start()
        await asyncio.sleep(0 if dice.random() < 0.7 else dice.random() * options.pause)


async def settle(options, site):
    """Faults stop; how long it takes until all that is owed is there."""
    gerrit, cluster, daemon = site.gerrit, site.cluster, site.daemon
    gerrit.faults.stop()
    cluster.faults.stop()
    plans, daemon.plans = daemon.plans, None
    daemon.environment.pop("SEAKEEPER_FAIL", None)
    if plans:
        daemon.kill()
        daemon.start()
    begin = time.monotonic()
    while time.monotonic() - begin < options.patience:
        if daemon.is_dead():
            check_death(daemon)
            daemon.start()
        asked = await asyncio.create_subprocess_exec(sys.executable, checker.__file__, site.folder)  # beside the fakes, not in their thread
        if await asked.wait() == 0:
            seconds = time.monotonic() - begin
            await asyncio.sleep(options.quiet)  # what comes now would be too much
            return seconds
        await asyncio.sleep(0.5)
    return time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=os.path.abspath, default=BINARY)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--cuts", type=int, default=10, help="streams that the server ends")
    parser.add_argument("--errors", type=float, default=0.02, help="share of requests answered with 503")
    parser.add_argument("--lost", type=float, default=0.01, help="share of requests whose answer, and of those that themselves, are lost")
    parser.add_argument("--failpoints", action="store_true", help="each start with another failpoint")
    parser.add_argument("--break", dest="broken", default="", help="one of broken.py's faults: what the daemon gets wrong on purpose")
    parser.add_argument("--pause", type=float, default=0.1, help="longest pause between events, seconds")
    parser.add_argument("--kill-within", type=float, default=0.5)
    parser.add_argument("--index-lag", type=float, default=0, help="seconds until Gerrit's index knows of a change's update")
    parser.add_argument("--run-seconds", type=float, default=0.3)
    parser.add_argument("--patience", type=float, default=90)
    parser.add_argument("--within", type=float, default=30, help="seconds after the faults in which all has to be there")
    parser.add_argument("--quiet", type=float, default=12, help="seconds watched after all is there")
    parser.add_argument("--keep", default="", help="folder for journals and log")
    sys.exit(asyncio.run(run(parser.parse_args())))


if __name__ == "__main__":
    main()
