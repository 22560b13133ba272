# SPDX-License-Identifier: Apache-2.0
"""How fast catch-up reads a real Gerrit, against curl with the very same requests: changes pushed and commented on while the daemon is away.

By hand, in the stack (only Gerrit is needed): test/stack/enter python3 test/real/gap_figures.py [CHANGES]
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import catch_up_cases as cases
from catch_up_cases import daemon, lab
from request_figures import LOG, moment

CHAIN = 20  # changes in one push
QUIET = {"seakeeper.yaml": "triggers: {never: {events: [{comment: a word nobody says}], workflow: w.yaml, report: none}}\n", "w.yaml": cases.WORKFLOW}


def push_chain(project, count):
    folder = lab.checkout(project)
    for _ in range(count):
        unique = os.urandom(20).hex()
        lab.commit(folder, {unique: "1\n"}, f"Unheard {unique}\n\nChange-Id: I{unique}\n", "contrib")
    said = lab.git(folder, "push", lab.url(project, "contrib"), "HEAD:refs/for/master", user="contrib")
    return [int(number) for number in re.findall(r"/\+/(\d+)", said)]


def pages(begin):
    """(end in seconds, duration in seconds, target) of the bot's pages of changes after a moment."""
    found = []
    for line in LOG.read_text(errors="replace").splitlines():
        row = re.search(r' ci-bot \[([^\]]+)\] "GET (/a/changes/\?q=after\S+) HTTP/1.1" 200 \d+ (\d+) ', line)
        if row and moment(row[1]) >= begin:
            found.append((moment(row[1]), int(row[3]) / 1000, row[2]))
    return found


def main(count):
    project = lab.create_project("gap")
    lab.push_config(project, QUIET)
    daemon.start()
    daemon.caught_up()
    daemon.kill()
    numbers = []
    while len(numbers) < count:
        numbers += push_chain(project, min(CHAIN, count - len(numbers)))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda number: lab.comment(number, "looks good"), numbers))
    site = daemon.folder / "site.yaml"
    site.write_text(site.read_text().replace("requests_per_minute: 3000", "requests_per_minute: 0"))
    begin = time.time()
    daemon.start()
    daemon.caught_up(600)
    time.sleep(2)  # Gerrit writes its log behind
    read = pages(begin)
    first = min(end - took for end, took, _ in read)
    ours = max(end for end, _, _ in read) - first
    config = pathlib.Path(daemon.folder / "bare")
    password = pathlib.Path(lab.gerrit["people"]["ci-bot"]["password_file"]).read_text().strip()
    config.write_text(f'user = "ci-bot:{password}"\n' + "".join(f'url = "{lab.gerrit["local_url"].rstrip("/")}{target}"\noutput = /dev/null\n' for _, _, target in read))
    start = time.time()
    subprocess.run(["curl", "-sS", "--fail", "--compressed", "-K", str(config)], check=True)
    bare = time.time() - start
    recovered = json.loads(daemon.page("/status")[1])["catch_up"]["recovered"]
    print(f"{len(numbers)} changes, {recovered} events recovered, {len(read)} pages in {ours:.2f} s; bare client {bare:.2f} s: ratio {bare / ours:.2f}")
    if recovered < 2 * len(numbers):
        raise SystemExit("not all of them")


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
    finally:
        if daemon.process and daemon.process.poll() is None:
            daemon.kill()
