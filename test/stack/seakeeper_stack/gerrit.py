# SPDX-License-Identifier: Apache-2.0
"""The parts `gerrit` (3.10.2, what the first site runs) and `gerrit-new` (3.13.5)."""
import json
import os
import shutil
import socket
import subprocess
import sys

from . import cache, gerrit_site
from .common import TREE, StackError, is_up, mark_up, merge_json, need_commands, path, run, say, spawn, timed, wait_for, write
from .rest import Rest

VERSIONS = {"gerrit": "3.10.2", "gerrit-new": "3.13.5"}
JAVA = {"gerrit": (17, 21), "gerrit-new": (21, 99)}


def java_for(part):
    return cache.find_java(*JAVA[part])


def build(part):
    """The initialised site's folder and the jars'; None when no Java of this machine can run this Gerrit."""
    home = java_for(part)
    if not home:
        lo, hi = JAVA[part]
        text = f"Gerrit {VERSIONS[part]} needs Java {lo} or later" if hi == 99 else f"Gerrit {VERSIONS[part]} needs Java {lo} to {hi}"
        if part == "gerrit-new":
            say(part, f"SKIPPED: {text} and this machine has {', '.join(str(v) for v, _ in cache.java_homes()) or 'none'} (looked in JAVA_HOME, PATH, /usr/lib/jvm, /opt)")
            return None
        raise StackError(f"{text}: apt-get install openjdk-17-jre-headless, and run this again")
    need_commands("git", "ssh-keygen", "ip")
    version = VERSIONS[part]
    jars = cache.gerrit_jars(version)
    files = ["seakeeper_stack/gerrit_site.py", "seakeeper_stack/rest.py", "gerrit/pom.xml", "gerrit/Launcher.java"]

    def make(folder):
        log = os.path.join(cache.CACHE, f"{part}-site.log")
        with open(log, "w") as out:
            p = subprocess.run([sys.executable, "-B", "-m", "seakeeper_stack.gerrit_site", folder, version, home, jars], cwd=TREE, stdout=out, stderr=out)
        if p.returncode:
            raise StackError(f"initialising the site of Gerrit {version} failed; its log is {log}")

    return {"site": cache.made(f"{part}-site", cache.key_of(files, version), make), "jars": jars, "java": home}


def answers(port):
    return Rest("127.0.0.1", port, {}).get("/config/server/version", user=None).status == 200


def ssh_answers(port):
    with socket.create_connection(("127.0.0.1", port), timeout=2) as s:
        return s.recv(4) == b"SSH-"


def known_hosts(site, port):
    lines = []
    for file in sorted(os.listdir(f"{site}/etc")):
        if file.startswith("ssh_host_") and file.endswith(".pub"):
            with open(f"{site}/etc/{file}") as f:
                kind, key = f.read().split()[:2]
            lines += [f"[{h}]:{port} {kind} {key}\n" for h in gerrit_site.HOSTS]
    return "".join(lines)


def describe(part, site, made):
    """What tests need to know, with keys, password files and known_hosts written beside the site."""
    with open(f"{made['site']}/site.json") as f:
        d = json.load(f)
    http, ssh = gerrit_site.ports(d["version"])
    for user, person in d["people"].items():
        person["ssh_key_file"] = path(part, "people", user, "id_ed25519")
        person["password_file"] = write(path(part, "people", user, "password"), person["password"] + "\n", 0o600)
    return dict(d, site=site, http_host="127.0.0.1", http_port=http, ssh_host="127.0.0.1", ssh_port=ssh,
                url=f"http://{gerrit_site.HOSTS[1]}:{http}/", local_url=f"http://127.0.0.1:{http}/",
                known_hosts_file=write(path(part, "known_hosts"), known_hosts(site, ssh)))


def start(part, made):
    """Unpacks a fresh site (same accounts and ids every time) and waits until HTTP and SSH answer."""
    if made is None or is_up(part, [part]):
        return
    version, site = VERSIONS[part], path(part, "site")
    with timed(part, f"Gerrit {version}"):
        shutil.rmtree(path(part), ignore_errors=True)
        os.makedirs(path(part))
        run(["cp", "-a", f"{made['site']}/site", f"{made['site']}/people", path(part)], "unpacking the Gerrit site")
        rekey = os.environ.get("SEAKEEPER_GERRIT_REKEY")
        if rekey:
            run(["git", "config", "-f", f"{site}/etc/gerrit.config", "sshd.rekeyTimeLimit", rekey], "setting the rekey interval")
            if part == "gerrit":
                say(part, f"note: Gerrit 3.10.2 takes sshd.rekeyTimeLimit={rekey} for 1000 times as long; gerrit-new keeps to it")
        # Tests count requests in logs/httpd_log.
        run(["git", "config", "-f", f"{site}/etc/gerrit.config", "httpd.requestLog", "true"], "setting the request log")
        http, ssh = gerrit_site.ports(version)
        server = spawn(part, part, gerrit_site.java(made["java"], made["jars"], "Daemon", "-d", site, "--console-log"), env={"HOME": path(part)})
        wait_for(f"Gerrit {version} over HTTP", lambda: answers(http), 120, process=server)
        wait_for(f"Gerrit {version} over SSH", lambda: ssh_answers(ssh), 30, process=server)
        merge_json({part.replace("-", "_"): describe(part, site, made)})
        mark_up(part)
