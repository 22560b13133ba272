#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Figures of a running `seakeeperd serve`: memory with a large site's definitions loaded; with the real stack (inside
test/stack/enter) also how soon it is ready with many decisions stored. Prints one JSON line for each figure.

    serve_figures.py BUILD [PROJECTS [DECISIONS]]
"""
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import large_site

ROOT = pathlib.Path(__file__).resolve().parents[2]
LISTEN = "127.0.0.1:18093"


def say(figure, value, unit, goal=None, is_met=None, how=""):
    print(json.dumps({"figure": figure, "value": round(value, 2), "unit": unit, "goal": goal, "met": is_met, "how": how}), flush=True)


def page(path):
    try:
        connection = http.client.HTTPConnection(LISTEN, timeout=5)
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return 0, ""


def metric(text, name):
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.M))


def wait(process, what, ask, limit, pause):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"seakeeperd ended with {process.returncode} before {what}")
        if ask():
            return
        time.sleep(pause)
    raise SystemExit(f"{what}: not within {limit} s")


def resident(process):
    """(all, of its own) in MiB; the rest are pages of files, the program's above all."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    kib = {key: int(value) for key, value in re.findall(r"^(VmRSS|RssAnon):\s+(\d+) kB", status, re.M)}
    return kib["VmRSS"] / 1024, kib["RssAnon"] / 1024


SITE = """gerrit:
  name: bench
  url: http://127.0.0.1:9/
  ssh: {host: 127.0.0.1, port: 9, user: seakeeper, key_file: none, known_hosts_file: none}
  http: {user: seakeeper, password_file: none}
executors:
  - {name: ci, class: untrusted, local: {repositories: repositories}}
state: state
"""


def start(binary, folder, log, *more):
    return subprocess.Popen([str(binary), "serve", "--config", "site.yaml", *more], cwd=folder, stdout=log, stderr=log)


def play(build, folder, projects, events):
    """Plays uploads to all projects in shadow mode until all are decided; leaves the store behind. Seconds, and memory then."""
    folder.mkdir()
    large_site.make(folder, projects, events, build / "test/bench/recording_maker")
    (folder / "site.yaml").write_text(SITE + f"listen: {LISTEN}\n")
    with open(folder / "log", "w") as log:
        process = start(build / "seakeeperd/seakeeperd", folder, log, "--shadow", "--log-level", "error",
                        "--events", "recording.jsonl", "--repositories", "repositories")
        try:
            began = time.monotonic()
            wait(process, f"all {events} events decided",
                 lambda: metric(page("/metrics")[1], "seakeeper_events_total") >= events, 900, 0.5)
            seconds = time.monotonic() - began
            time.sleep(3)
            total, own = resident(process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    return seconds, total, own


def memory(build, folder, projects):
    seconds, total, own = play(build, folder, projects, projects)
    say("serve/idle_rss", total, "MiB", 64, total <= 64,
        f"VmRSS of seakeeperd serve --shadow, own and inherited definitions of {projects} projects loaded by an upload to each "
        f"(played in {seconds:.0f} s); the recording's facts are in memory too; {own:.1f} MiB are not file pages")


def ready(build, folder, events):
    """Against the real Gerrit, Kubernetes and Argo, on the store that memory() left."""
    sys.path.insert(0, str(ROOT / "test/real"))
    import daemon
    lab = daemon.Lab()
    installed = daemon.Daemon(lab, "bench")
    (folder / "state").rename(installed.folder / "state")
    daemon.BINARY = str(build / "seakeeperd/seakeeperd")
    times = []
    for _ in range(5):
        began = time.monotonic()
        installed.start(ready=False)
        wait(installed.process, "ready", lambda: installed.page("/readyz")[0] == 200, 60, 0.01)
        times.append(time.monotonic() - began)
        total, own = resident(installed.process)
        installed.stop()
    median = sorted(times)[len(times) // 2]
    say("serve/ready", median, "s", 1, median < 1,
        f"from start to 200 of /readyz on the real stack, {events} decisions stored; median of {len(times)}, worst {max(times):.2f} s")
    say("serve/rss_of_real_site_at_start", total, "MiB", how=f"VmRSS on the real stack, nothing loaded yet; {own:.1f} MiB are not file pages")


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    projects, decisions = (int(text) for text in [*sys.argv[2:4], *["2200", "10000"][len(sys.argv) - 2:]])
    with tempfile.TemporaryDirectory(prefix="seakeeper-bench-") as name:
        folder = pathlib.Path(name)
        memory(build, folder / "large", projects)
        if pathlib.Path(os.environ.get("SEAKEEPER_STACK_JSON", "none")).exists():
            play(build, folder / "busy", 1, decisions // 2)  # two triggers match each upload
            ready(build, folder / "busy", decisions)
        else:
            print(json.dumps({"skip": "serve/ready", "why": "needs the real stack: test/stack/enter"}), flush=True)


if __name__ == "__main__":
    main()
