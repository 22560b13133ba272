# SPDX-License-Identifier: Apache-2.0
"""Takes a stack away: only processes recorded by it, mounts below its folder, its own namespace and cgroups."""
import glob
import os
import shutil
import signal
import subprocess
import time

from .common import ID, RUN, netns_file, path, processes, run, say


def end_processes():
    mine = [p for p in processes() if p.alive()]
    for p in mine:  # at once and hard: what they hold is thrown away
        os.kill(p.pid, signal.SIGKILL)
    for p in processes():
        p.end()
    if mine:
        say("stack", f"ended {len(mine)} servers: " + ", ".join(p.name for p in mine))


def mounts_below(folder):
    with open("/proc/self/mounts") as f:
        points = [line.split()[1].encode().decode("unicode_escape") for line in f]
    return sorted((p for p in points if p.startswith(folder + "/")), key=len, reverse=True)


def unmount():
    points = mounts_below(RUN)
    for p in points:
        subprocess.run(["umount", "-l", p], stderr=subprocess.DEVNULL)
    left = mounts_below(RUN)
    if points:
        say("stack", f"unmounted {len(points) - len(left)}" + (f", still mounted: {', '.join(left)}" if left else ""))
    return not left


def remove_cgroups():
    for top in glob.glob(f"/sys/fs/cgroup/*/seakeeper-{ID}") + glob.glob(f"/sys/fs/cgroup/seakeeper-{ID}"):
        for folder, _, _ in os.walk(top, topdown=False):
            for _ in range(20):
                try:
                    os.rmdir(folder)
                    break
                except FileNotFoundError:
                    break
                except OSError:  # the kernel has not seen the last process go yet
                    time.sleep(0.05)


def remove_links():
    """The kubelet links every container's log in a folder that cannot be configured."""
    for link in glob.glob("/var/log/containers/*.log"):
        if os.path.islink(link) and os.readlink(link).startswith(RUN + "/"):
            os.unlink(link)


def all():
    end_processes()
    gone = unmount()
    remove_cgroups()
    remove_links()
    if os.path.exists(netns_file()):
        run(["ip", "netns", "delete", os.path.basename(netns_file())], "deleting the network namespace")
    for entry in os.listdir(RUN):
        if entry in ("logs", "lock") or not gone:
            continue
        full = path(entry)
        shutil.rmtree(full, ignore_errors=True) if os.path.isdir(full) and not os.path.islink(full) else os.unlink(full)
    say("stack", f"down; the logs are kept in {path('logs')}")
