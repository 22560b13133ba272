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
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import checker  # noqa: E402
import fake_gerrit  # noqa: E402
import web  # noqa: E402
from fake_kubernetes import FakeKubernetes  # noqa: E402
from world import Journal, World  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOKEN = "canary-of-the-cluster-token"
CONFIGURATION = {
    "seakeeper.yaml": """triggers:
  test:
    events: [patchset-created, {comment: recheck}]
    workflow: test.yaml
    report: {label: Verified, success: +1, failure: -1}
  merged: {events: [change-merged], workflow: test.yaml, report: none}
  branch: {events: [ref-updated], ref: "refs/heads/rel-*", workflow: test.yaml, report: none}
""",
    "test.yaml": """apiVersion: argoproj.io/v1alpha1
kind: Workflow
spec:
  entrypoint: main
  templates:
  - name: main
    script: {image: localhost/tools, command: [sh], source: make test}
"""}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


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


class Daemon:
    def __init__(self, folder, gerrit, cluster, binary):
        self.folder, self.binary, self.listen = folder, binary, free_port()
        self.process, self.starts, self.environment, self.plans = None, 0, {}, None
        (folder / "password").write_text(fake_gerrit.PASSWORD + "\n")
        (folder / "password").chmod(0o400)
        (folder / "kubeconfig").write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "c", "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{cluster.port}"}}],
            "users": [{"name": "u", "user": {"token": TOKEN}}], "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}))
        (folder / "kubeconfig").chmod(0o400)
        (folder / "site.yaml").write_text(f"""gerrit:
  name: fault
  url: http://127.0.0.1:{gerrit.port}
  ssh: {{host: 127.0.0.1, port: {gerrit.ssh_port}, user: seakeeper, key_file: id_ed25519, known_hosts_file: known_hosts}}
  http: {{user: seakeeper, password_file: password}}
  catch_up: {{every: 10s, requests_per_minute: 0}}
instance_id: fault
executors:
  - name: ci
    class: untrusted
    argo: {{kubeconfig: kubeconfig, namespace: ci-untrusted, service_account: runner, executor_service_account: executor,
            node_selector: {{pool: untrusted}}, image_pull: if_not_present}}
    limits: {{images: [localhost/], image_digests: false, deadline: 5m}}
trust: {{protected: [refs/heads/master]}}
state: state
listen: 127.0.0.1:{self.listen}
""")

    def start(self):
        log = open(self.folder / "daemon.log", "ab")
        self.starts += 1
        if self.plans:
            self.environment["SEAKEEPER_FAIL"] = self.plans.next()
        self.process = subprocess.Popen([self.binary, "serve", "--config", str(self.folder / "site.yaml"), "--json-log"],
                                        stdout=log, stderr=log, cwd=self.folder, env=dict(os.environ, **self.environment))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def is_dead(self):
        return self.process.poll() is not None

    def status(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.listen}/status", timeout=5) as answer:
                return json.load(answer)
        except OSError:
            return {}


async def status_of(daemon):
    return await asyncio.get_running_loop().run_in_executor(None, daemon.status)


class Life:
    """What people do, by chance of the seed."""

    def __init__(self, world, seed):
        self.world, self.random = world, random.Random(seed)
        self.acts = 0

    def act(self):
        self.acts += 1
        world, dice = self.world, self.random.random()
        recent = [c for c in list(world.changes.values())[-60:] if c["status"] == "NEW"]
        if dice < 0.35 or not recent:
            world.push(self.random.choice([name for name in world.projects if name != "All-Projects"]))
            return
        change = self.random.choice(recent)
        is_rechecked = any(m["message"].endswith("\n\nrecheck") for m in change["messages"])
        if dice < 0.45 and not is_rechecked:
            world.amend(change)
        elif dice < 0.70:
            world.comment(change, "looks good" if self.random.random() < 0.8 else "this needs work")
        elif dice < 0.82:
            world.comment(change, "recheck")
        elif dice < 0.92:
            world.submit(change)
        else:
            world.move_ref(change["project"], f"refs/heads/rel-{self.random.randrange(5)}")


async def run(options):
    folder = pathlib.Path(options.keep or tempfile.mkdtemp(prefix="seakeeper-fault-"))
    folder.mkdir(parents=True, exist_ok=True)
    world = World(options.seed, Journal(folder / "gerrit.jsonl"))
    gerrit = fake_gerrit.FakeGerrit(world, str(folder), web.Faults(options.seed + 1))
    cluster = FakeKubernetes(Journal(folder / "kubernetes.jsonl"), web.Faults(options.seed + 2), options.run_seconds)
    await gerrit.start()
    await cluster.start()
    gerrit.make_project("All-Projects", {"project.config": ""})
    for name in ("demo/app", "demo/lib", "demo/docs"):
        gerrit.make_project(name, CONFIGURATION)
    daemon = Daemon(folder, gerrit, cluster, options.binary)
    if options.broken:
        daemon.environment["SEAKEEPER_BREAK"] = options.broken
    daemon.start()
    try:
        await baseline(daemon)
        begin = time.monotonic()
        await under_fire(options, world, gerrit, cluster, daemon)
        seconds = await settle(options, folder, gerrit, cluster, daemon)
        verdicts = checker.Judge(folder, [fake_gerrit.PASSWORD, TOKEN], seconds).all()
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


async def baseline(daemon):
    end = time.monotonic() + 60
    while not (await status_of(daemon)).get("catch_up", {}).get("last_complete"):
        if time.monotonic() > end or daemon.is_dead():
            raise SystemExit(f"seakeeperd did not come up:\n{(daemon.folder / 'daemon.log').read_text()[-3000:]}")
        await asyncio.sleep(0.1)


async def under_fire(options, world, gerrit, cluster, daemon):
    life, dice = Life(world, options.seed + 3), random.Random(options.seed + 4)
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


def check_death(daemon):
    """Only a failpoint may end it."""
    if daemon.process.returncode != 137:
        raise SystemExit(f"seakeeperd ended with {daemon.process.returncode}:\n{(daemon.folder / 'daemon.log').read_text(errors='replace')[-3000:]}")


async def settle(options, folder, gerrit, cluster, daemon):
    """Faults stop; how long it takes until all that is owed is there."""
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
        settled = await asyncio.get_running_loop().run_in_executor(None, checker.is_settled, folder)
        if settled:
            seconds = time.monotonic() - begin
            await asyncio.sleep(options.quiet)  # what comes now would be too much
            return seconds
        await asyncio.sleep(0.5)
    return time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=os.environ.get("SEAKEEPERD", str(ROOT / "build/debug/seakeeperd/seakeeperd")))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--cuts", type=int, default=10, help="streams that the server ends")
    parser.add_argument("--errors", type=float, default=0.02, help="share of requests answered with 503")
    parser.add_argument("--lost", type=float, default=0.01, help="share of requests whose answer, and of those that themselves, are lost")
    parser.add_argument("--failpoints", action="store_true", help="each start with another failpoint")
    parser.add_argument("--break", dest="broken", default="", help="I1, I2, I3, vote or I7: what the daemon gets wrong on purpose")
    parser.add_argument("--pause", type=float, default=0.1, help="longest pause between events, seconds")
    parser.add_argument("--kill-within", type=float, default=0.5)
    parser.add_argument("--run-seconds", type=float, default=0.3)
    parser.add_argument("--patience", type=float, default=90)
    parser.add_argument("--quiet", type=float, default=12, help="seconds watched after all is there")
    parser.add_argument("--keep", default="", help="folder for journals and log")
    sys.exit(asyncio.run(run(parser.parse_args())))


if __name__ == "__main__":
    main()
