#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the durable pipeline can carry, on fakes without faults: figures, each with its goal. A run that loses something fails; one that is slow does not.

    test/fault/figures.py gap        20,000 events missed in six hours, against a bare client that asks the same
    test/fault/figures.py burst      10,000 events in 10 s
    test/fault/figures.py restart    killed with 10,000 runs open
    test/fault/figures.py soak --minutes 30
An optimised build for figures that mean something: --binary build/release/seakeeperd/seakeeperd.
"""
import argparse
import asyncio
import json
import os
import pathlib
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from daemon import BINARY, Site, baseline, status_of  # noqa: E402
from world import CONTRIB, Life  # noqa: E402

# Nothing that happens here matches: what is measured is the way into the store.
UNCONCERNED = {"seakeeper.yaml": "triggers: {never: {events: [{comment: a word nobody says}], workflow: test.yaml, report: none}}\n",
               "test.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {entrypoint: main, templates: [{name: main, suspend: {duration: 1}}]}\n"}

SPANS = """select decision.made - inbox.received from decision join event on event.key = decision.event_key
    join inbox on inbox.sequence = event.sequence"""


def say(name, value, unit, goal):
    print(f"{name:<62} {value:>10} {unit:<10} goal {goal}", flush=True)


async def until(question, seconds, what):
    end = time.monotonic() + seconds
    while not await asyncio.get_running_loop().run_in_executor(None, question):
        if time.monotonic() > end:
            raise SystemExit(f"{what}: not within {seconds} s")
        await asyncio.sleep(0.02)


def rows(site, question):
    """The daemon's own store, read while it works."""
    with sqlite3.connect(f"file:{site.folder}/state/seakeeper.db?mode=ro", uri=True) as store:
        return store.execute(question).fetchall()


def what_can_be_told(number, event):
    """Every event but of a ref's moves the last."""
    update = event.get("refUpdate")
    return (update["project"], update["refName"]) if update else number


async def gap(site, options):
    """Six hours of another Gerrit's clock; the daemon was away."""
    hours = 6 * 3600
    site.world.lag = hours
    await site.start(UNCONCERNED)
    site.daemon.start()
    await baseline(site.daemon)
    away = (await status_of(site.daemon))["catch_up"]["last_complete"]
    site.daemon.stop()
    life, told = Life(site.world, options.seed), set()
    site.world.listeners.append(lambda line: told.add(what_can_be_told(len(told), json.loads(line))))
    while life.acts < options.events:
        site.world.lag = hours * (1 - life.acts / options.events)
        life.act()
    before = rows(site, "select count(*) from inbox")[0][0]
    site.gerrit.asked.clear()
    begin = time.monotonic()
    site.daemon.start()
    status, since = {}, ""
    while not status or status["catch_up"]["gap_since"]:
        await asyncio.sleep(0.05)
        status = await status_of(site.daemon)
        since = since or status.get("catch_up", {}).get("gap_since", "")
    caught_up = time.monotonic() - begin
    found = rows(site, "select count(*) from inbox")[0][0] - before
    asked = list(site.gerrit.asked)
    begun = next(at for at, target in asked if target.startswith("/a/changes/?q=after"))
    read = next(at for at, target in asked if target.startswith("/a/projects/?b="))  # what comes after all changes
    pages = [target for at, target in asked if target.startswith("/a/changes/?q=after") and at < read]
    config = site.folder / "bare"
    config.write_text("".join(f'url = "http://127.0.0.1:{site.gerrit.port}{target}"\noutput = /dev/null\n' for target in pages))
    begin = time.monotonic()
    done = await asyncio.create_subprocess_exec("curl", "-sS", "-K", str(config))
    if await done.wait():
        raise SystemExit("curl failed")
    bare = time.monotonic() - begin
    say("gap: events that happened", life.acts, "", options.events)
    say("gap: events found and stored", found, "", f"{len(told)}: all that can be told again")
    say("gap: of which could not be told", status["catch_up"].get("unreconstructable", 0), "", "reported")
    say("gap: daemon, from its start to caught up", round(caught_up, 1), "s", "-")
    say(f"gap: of it {len(pages)} pages of changes read and stored", round(read - begun, 2), "s", "-")
    say("gap: bare client, the same pages", round(bare, 2), "s", "-")
    say("gap: rate against the bare client", round(bare / (read - begun), 2), "ratio", ">= 0.8")
    if since[:19] != away[:19]:
        raise SystemExit(f"status says that events are missing since {since}; all was known until {away}")
    if found != len(told):
        raise SystemExit("not all that can be told again was found")


async def burst(site, options):
    await site.start()
    site.daemon.start()
    await baseline(site.daemon)
    names = ["demo/app", "demo/lib", "demo/docs"]
    begin = time.monotonic()
    for number in range(options.events):
        site.world.push(names[number % 3], CONTRIB)
        late = number / options.events * 10 - (time.monotonic() - begin)
        await asyncio.sleep(max(0, late) if late > 0.005 or number % 20 == 0 else 0)
    sent = time.monotonic() - begin
    count = "select count(*) from decision"
    await until(lambda: rows(site, count)[0][0] >= options.events, 600, "every event decided")
    spans = sorted(row[0] for row in rows(site, SPANS))
    say(f"burst: {options.events} events sent in", round(sent, 1), "s", "10")
    say("burst: dropped by Gerrit's queue for us", site.gerrit.drops, "", 0)
    say("burst: line to decision, median", round(statistics.median(spans)), "ms", "-")
    say("burst: line to decision, p99", round(spans[int(len(spans) * 0.99)]), "ms", "< 2000")
    say("burst: most memory", round(site.daemon.memory("VmHWM"), 1), "MiB", "< 256")


async def restart(site, options):
    await site.start()
    site.daemon.start()
    await baseline(site.daemon)
    for number in range(options.events):
        site.world.push("demo/app", CONTRIB)
        await asyncio.sleep(0.004)
    open_runs = "select count(*) from workload where uid != ''"
    await until(lambda: rows(site, open_runs)[0][0] >= options.events, 900, "every run created")
    site.daemon.kill()
    begin = time.monotonic()
    site.daemon.start()
    await until(site.daemon.is_ready, 60, "ready")
    say(f"restart: ready with {options.events} open runs", round(time.monotonic() - begin, 2), "s", "< 3")


async def soak(site, options):
    """A steady life; the slope of the second three quarters."""
    await site.start()
    site.daemon.start()
    await baseline(site.daemon)
    life, samples = Life(site.world, options.seed), []
    begin = time.monotonic()
    while (now := time.monotonic() - begin) < options.minutes * 60:
        life.act()
        await asyncio.sleep(0.1)
        if not samples or now - samples[-1][0] >= 2:
            samples.append((now, site.daemon.memory(), site.daemon.descriptors()))
    warm = samples[len(samples) // 4:]
    hours = [at / 3600 for at, _, _ in warm]
    for name, column in (("memory", 1), ("descriptors", 2)):
        values = [sample[column] for sample in warm]
        slope = statistics.linear_regression(hours, values).slope / statistics.mean(values) * 100
        say(f"soak: {name}, mean of {len(values)} samples", round(statistics.mean(values), 1), "MiB" if column == 1 else "", "-")
        say(f"soak: {name}, slope", round(slope, 2), "%/h", "<= 1 in 30 min")
    growth = statistics.mean(s[1] for s in warm[-10:]) / statistics.mean(s[1] for s in warm[:10])
    most = max(sample[2] for sample in warm)
    if growth > 1.25 or most > 200:
        raise SystemExit(f"memory grew {growth:.2f} times, {most} descriptors at most: something is not given back")


EVENTS = {"gap": 20_000, "burst": 10_000, "restart": 10_000, "soak": 0}


async def run(options):
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"seakeeper-{options.what}-"))
    site = Site(folder, options.seed, options.binary, run_seconds=1e6 if options.what == "restart" else 0.3,
                is_cluster_apart=options.what in ("burst", "restart"))
    try:
        await {"gap": gap, "burst": burst, "restart": restart, "soak": soak}[options.what](site, options)
    except BaseException:
        print(f"journals and log are in {folder}")
        raise
    finally:
        if site.daemon and site.daemon.process and not site.daemon.is_dead():
            site.daemon.kill()
    shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=EVENTS)
    parser.add_argument("--binary", type=os.path.abspath, default=BINARY)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=0, help="instead of the usual number")
    parser.add_argument("--minutes", type=float, default=2, help="of the soak")
    options = parser.parse_args()
    options.events = options.events or EVENTS[options.what]
    asyncio.run(run(options))


if __name__ == "__main__":
    main()
