# SPDX-License-Identifier: Apache-2.0
"""Where a stack lives, the processes it started, and the words it speaks with. Python standard library only."""
import contextlib
import ctypes
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

TREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # test/stack
CACHE = os.environ.get("SEAKEEPER_CACHE") or os.path.join(os.path.expanduser("~"), ".cache", "seakeeper")
RUN = os.path.abspath(os.environ.get("SEAKEEPER_STACK_DIR") or f"/tmp/seakeeper-stack-{os.getuid()}")
ID = hashlib.sha256(RUN.encode()).hexdigest()[:8]
NETNS = f"seakeeper-{ID}"
POD_SIDE = "10.22.0.1"  # this stack's address on the bridge of the pods
BRIDGE = "sk0"
CLONE_NEWNET = 0x40000000
_say_lock = threading.Lock()
_began = time.monotonic()


class StackError(Exception):
    """A sentence for the person at the keyboard: what went wrong and what to do."""


def say(part, text):
    with _say_lock:
        print(f"[{time.monotonic() - _began:6.1f} s] {part:<10} {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def timed(part, text):
    start = time.monotonic()
    say(part, f"{text} ...")
    yield
    say(part, f"{text}: done in {time.monotonic() - start:.1f} s")


def need_root():
    if os.getuid() != 0:
        raise StackError("the real stack makes network namespaces and pods, which takes root: run it again as root")


def need_commands(*names):
    packages = {"etcd": "etcd-server", "containerd": "containerd", "ctr": "containerd", "runc": "runc", "openssl": "openssl",
                "ip": "iproute2", "nsenter": "util-linux", "mvn": "maven", "git": "git", "ssh-keygen": "openssh-client",
                "mmdebstrap": "mmdebstrap", "gcc": "gcc", "/usr/lib/cni/bridge": "containernetworking-plugins",
                "/bin/busybox": "busybox-static", "tar": "tar"}
    missing = [n for n in names if not shutil.which(n)]
    if missing:
        wanted = sorted({packages.get(n, n) for n in missing})
        raise StackError(f"missing {', '.join(missing)}: apt-get install {' '.join(wanted)}, and run this again")


def run(args, what, **more):
    """Runs a command; what it said is in the error when it fails."""
    p = subprocess.run([str(a) for a in args], capture_output=True, text=True, stdin=more.pop("stdin", subprocess.DEVNULL), **more)
    if p.returncode:
        raise StackError(f"{what}: {args[0]} ended {p.returncode}: {(p.stderr or p.stdout).strip()[-1500:]}")
    return p.stdout


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    fd = os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(fd, "w") as f:
        f.write(text)
    os.rename(path + ".new", path)
    return path


def path(*parts):
    return os.path.join(RUN, *parts)


def wait_for(what, ask, limit, pause=0.1, process=None):
    """Asks until the answer is true; fails with the last exception in words, or as soon as the process is gone."""
    end, last = time.monotonic() + limit, ""
    while time.monotonic() < end:
        try:
            answer = ask()
            if answer:
                return answer
        except Exception as e:  # the reason is told if it never works
            last = f" (last: {e})"
        if process and not process.alive():
            raise StackError(f"{what}: {process.name} ended; its last lines, of {process.log}:\n{tail(process.log)}")
        time.sleep(pause)
    raise StackError(f"{what}: not within {limit} s{last}" + (f"; its log is {process.log}" if process else ""))


def tail(file, count=15):
    try:
        with open(file, errors="replace") as f:
            return "".join(f.readlines()[-count:])
    except OSError as e:
        return str(e)


# -- processes ----------------------------------------------------------------
def started(pid):
    """The start time of a process in clock ticks since boot, None when there is none: with the pid it names one process for ever."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


class Process:
    """One server that this stack started; its record is a file, so that a later `down` finds it."""

    def __init__(self, name, part, pid, start, log):
        self.name, self.part, self.pid, self.start, self.log = name, part, pid, start, log

    def alive(self):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)
        return started(self.pid) == self.start

    def end(self, limit=10):
        """SIGTERM, then SIGKILL."""
        if self.alive():
            os.kill(self.pid, signal.SIGTERM)
            stop = time.monotonic() + limit
            while self.alive() and time.monotonic() < stop:
                time.sleep(0.05)
            if self.alive():
                os.kill(self.pid, signal.SIGKILL)
                while self.alive():
                    time.sleep(0.02)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path("processes", self.name + ".json"))


def spawn(name, part, args, env=None, cwd=None):
    os.makedirs(path("logs"), exist_ok=True)
    log = path("logs", name + ".log")
    if os.path.exists(log):
        os.replace(log, log + ".1")
    with open(log, "w") as out:
        p = subprocess.Popen([str(a) for a in args], stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                             env=dict(os.environ, **(env or {})), cwd=cwd or "/")
    made = Process(name, part, p.pid, started(p.pid), log)
    p.returncode = 0  # it outlives this script on purpose: no warning about it
    write(path("processes", name + ".json"), json.dumps(vars(made)))
    return made


def processes(part=None):
    found = []
    with contextlib.suppress(FileNotFoundError):
        for entry in sorted(os.listdir(path("processes"))):
            if entry.endswith(".json"):
                with open(path("processes", entry)) as f:
                    found.append(Process(**json.load(f)))
    return [p for p in found if part in (None, p.part)]


def is_up(part, names):
    """True when every named server of the part runs; what is left of a half-dead part is ended."""
    mine = processes(part)
    if {p.name for p in mine if p.alive()} >= set(names) and os.path.exists(path("parts", part)):
        return True
    if mine:
        say(part, "some of its servers are gone: ending the rest before starting anew")
    for p in mine:
        p.end()
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path("parts", part))
    return False


def mark_up(part):
    write(path("parts", part), "up\n")


# -- the network namespace ----------------------------------------------------
def netns_file():
    return f"/run/netns/{NETNS}"


def make_netns():
    if not os.path.exists(netns_file()):
        run(["ip", "netns", "add", NETNS], "making the network namespace")
    enter_netns()
    for args in (["link", "set", "lo", "up"], ["addr", "replace", "10.96.0.1/32", "dev", "lo"]):
        run(["ip", *args], "setting up loopback")
    if not os.path.exists(f"/proc/sys/net/ipv4/conf/{BRIDGE}"):
        run(["ip", "link", "add", BRIDGE, "type", "bridge"], "making the bridge of the pods (a kernel with bridges is needed)")
    run(["ip", "addr", "replace", f"{POD_SIDE}/16", "dev", BRIDGE], "addressing the bridge")
    run(["ip", "link", "set", BRIDGE, "up"], "raising the bridge")
    with open("/proc/sys/net/ipv4/ip_forward", "w") as f:
        f.write("1")


def enter_netns(file=None):
    """Moves this thread, and what it starts from here on, into the namespace; mounts and cgroups stay as they are."""
    with open(file or netns_file()) as f:
        if ctypes.CDLL(None, use_errno=True).setns(f.fileno(), CLONE_NEWNET):
            raise StackError(f"entering the network namespace {file or NETNS}: {os.strerror(ctypes.get_errno())}")


@contextlib.contextmanager
def locked(file):
    os.makedirs(os.path.dirname(file), exist_ok=True)
    with open(file, "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def merge_json(changes, file="stack.json"):
    """Adds to the description of the running stack that tests read."""
    with locked(path("stack.lock")):
        have = {}
        with contextlib.suppress(FileNotFoundError):
            with open(path(file)) as f:
                have = json.load(f)
        have.update(changes)
        write(path(file), json.dumps(have, indent=1, sort_keys=True) + "\n", 0o600)
    return have
