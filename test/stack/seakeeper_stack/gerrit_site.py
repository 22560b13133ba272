# SPDX-License-Identifier: Apache-2.0
"""Makes the initialised Gerrit site that every stack starts from: people, groups, projects, labels, rights.

Run as a program, `gerrit_site FOLDER VERSION JAVA_HOME JARS`, it does so in a network namespace of its own, so that the
addresses in the site are those it will have in a stack. Part of the cache's key.
"""
import ctypes
import json
import os
import shutil
import subprocess
import sys
import time

from seakeeper_stack.rest import Rest, quote

PASSWORD = "lab-pass-123"
PEOPLE = {
    "admin": ("Administrator", "admin@example.com"),
    "ci-bot": ("CI Bot", "ci-bot@example.com"),
    "maint": ("Mira Maintainer", "mira@example.com"),
    "maint2": ("Milo Maintainer", "milo@example.com"),
    "owner": ("Olga Owner", "olga@example.com"),
    "contrib": ("Colin Contributor", "colin@example.com"),
    "stranger": ("Sam Stranger", "sam@example.com"),
}
PORTS = {"3.10": (8080, 29418), "3.13": (8081, 29419)}  # both may run in one stack
HOSTS = ("127.0.0.1", "10.22.0.1")  # tests, pods
JVM = ["-Xmx700m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true",
       "-Dflogger.backend_factory=com.google.common.flogger.backend.log4j.Log4jBackendFactory#getInstance",
       "-Dflogger.logging_context=com.google.gerrit.server.logging.LoggingContext#getInstance"]
MARKER = "refs/seakeeper/trusted/heads/*"  # Push here says "may submit" to who asks by check.access; nobody uses the ref itself


def train(version):
    return version.rsplit(".", 1)[0]


def ports(version):
    return PORTS[train(version)]


def has_tokens(version):
    return int(version.split(".")[1]) >= 13


def java(home, jars, *args):
    return [os.path.join(home, "bin/java"), *JVM, "-cp", f"{jars}/classes:{jars}/lib/*", "Launcher", *args]


def configure(site, version):
    http, ssh = ports(version)
    values = [("gerrit.canonicalWebUrl", [f"http://{HOSTS[1]}:{http}/"]), ("gerrit.instanceId", [f"gerrit-{train(version)}"]),
              ("httpd.listenUrl", [f"http://{h}:{http}/" for h in HOSTS]), ("sshd.listenAddress", [f"{h}:{ssh}" for h in HOSTS]),
              ("event.stream-events.enableBatchRefUpdatedEvents", ["true"]), ("sshd.waitTimeout", ["5s"]),
              ("user.email", ["gerrit@example.com"]), ("sendemail.enable", ["false"]), ("gerrit.reportBugUrl", ["http://127.0.0.1/"])]
    for name, several in values:
        subprocess.run(["git", "config", "-f", f"{site}/etc/gerrit.config", "--unset-all", name])
        for value in several:
            subprocess.run(["git", "config", "-f", f"{site}/etc/gerrit.config", "--add", name, value], check=True)


def rule(group, lo=None, hi=None, action="ALLOW"):
    r = {"action": action}
    if lo is not None:
        r.update(min=lo, max=hi)
    return {group: r}


class Site:
    def __init__(self, rest, version, folder):
        self.rest, self.version, self.folder = rest, version, folder
        self.ids, self.groups = {"admin": 1000000}, {}

    def key(self, user):
        file = f"{self.folder}/people/{user}/id_ed25519"
        os.makedirs(os.path.dirname(file))
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", user, "-f", file], check=True)
        with open(file + ".pub") as f:
            return f.read().strip()

    def people(self):
        self.rest.must("POST", "/accounts/self/sshkeys", raw=self.key("admin").encode())
        for user, (name, mail) in PEOPLE.items():
            if user == "admin":
                continue
            body = {"name": name, "email": mail, "ssh_key": self.key(user), "groups": ["Service Users"] if user == "ci-bot" else []}
            body.update({"tokens": [{"id": "lab", "token": PASSWORD}]} if has_tokens(self.version) else {"http_password": PASSWORD})
            self.ids[user] = self.rest.must("PUT", f"/accounts/{user}", body).json["_account_id"]
            self.rest.secrets[user] = PASSWORD

    def make_groups(self):
        for name, members in (("maintainers", ["maint", "maint2"]), ("owners", ["owner"]), ("bots", ["ci-bot"])):
            self.rest.must("PUT", f"/groups/demo-{name}", {"visible_to_all": True, "members": members})
        self.rest.must("PUT", "/groups/demo-hidden", {"visible_to_all": False, "members": ["maint"]})
        self.groups = {name: g["id"] for name, g in self.rest.get("/groups/").json.items()}
        self.groups["Registered Users"] = "global:Registered-Users"
        self.groups["Project Owners"] = "global:Project-Owners"

    def label(self):
        where = "/projects/All-Projects"
        # A new label gets the function MaxWithBlock, which would block changes of refs/meta/config too.
        self.rest.must("PUT", f"{where}/labels/Verified", {"values": {"-1": "Fails", " 0": "No score", "+1": "Verified"}, "function": "NoBlock"})
        self.rest.must("PUT", f"{where}/submit_requirements/Verified", {
            "name": "Verified", "applicability_expression": "-branch:refs/meta/config",
            "submittability_expression": "label:Verified=MAX AND -label:Verified=MIN", "allow_override_in_child_projects": True})

    def access(self, project, add):
        self.rest.must("POST", f"/projects/{quote(project)}/access", {"add": add})

    def rights(self):
        bots, maintainers, owners = (self.groups[f"demo-{n}"] for n in ("bots", "maintainers", "owners"))
        everything = {
            "GLOBAL_CAPABILITIES": {"permissions": {"viewAccess": {"rules": rule(bots)}, "streamEvents": {"rules": rule(bots)}}},
            "refs/meta/config": {"permissions": {"read": {"rules": rule(bots)}}},
            "refs/heads/*": {"permissions": {"label-Verified": {"label": "Verified", "rules": rule(bots, -1, 1)}}},
        }
        if int(self.version.split(".")[1]) >= 11:  # fresh sites have no direct Push there any more
            both = dict(rule(self.groups["Administrators"]), **rule(self.groups["Project Owners"]))
            everything["refs/meta/config"]["permissions"]["push"] = {"rules": both}
            everything["refs/heads/*"]["permissions"].update(push={"rules": both}, revert={"rules": rule(self.groups["Registered Users"])})
        self.access("All-Projects", everything)
        self.access("demo/parent", {
            "refs/heads/*": {"permissions": {"label-Code-Review": {"label": "Code-Review", "rules": rule(maintainers, -2, 2)},
                                             "submit": {"rules": rule(maintainers)}}},
            "refs/*": {"permissions": {"owner": {"rules": rule(owners)}, "rebase": {"rules": rule(maintainers)}}},
            MARKER: {"permissions": {"push": {"rules": rule(maintainers)}}},
        })

    def projects(self):
        for name, more in (("parent", {"parent": "All-Projects", "owners": [self.groups["demo-owners"]]}),
                           ("app", {"parent": "demo/parent"}), ("lib", {"parent": "demo/parent", "submit_type": "REBASE_ALWAYS"})):
            self.rest.must("PUT", f"/projects/demo%2F{name}", dict(more, create_empty_commit=True))

    def describe(self):
        people = {u: {"id": self.ids[u], "name": PEOPLE[u][0], "email": PEOPLE[u][1], "password": self.rest.secrets[u]} for u in PEOPLE}
        return {"version": self.version, "people": people, "groups": self.groups, "marker_ref": MARKER,
                "projects": {n: f"demo/{n}" for n in ("parent", "app", "lib")}}


def ready(port, process, limit=120):
    rest, end = Rest("127.0.0.1", port, {}), time.monotonic() + limit
    while time.monotonic() < end and process.poll() is None:
        try:
            if rest.get("/config/server/version", user=None).status == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    sys.exit("Gerrit did not become ready while its site was made; see the log above")


def main(folder, version, home, jars):
    if ctypes.CDLL(None, use_errno=True).unshare(0x40000000):
        sys.exit("making a network namespace: " + os.strerror(ctypes.get_errno()))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "addr", "add", f"{HOSTS[1]}/32", "dev", "lo"], check=True)
    site = f"{folder}/site"
    env = dict(os.environ, HOME=folder)  # init would take over the caller's own ssh key
    subprocess.run(java(home, jars, "Init", "--batch", "--dev", "--no-auto-start", "-d", site), check=True, env=env)
    configure(site, version)
    daemon = subprocess.Popen(java(home, jars, "Daemon", "-d", site, "--console-log"), env=env)
    try:
        ready(ports(version)[0], daemon)
        made = Site(Rest("127.0.0.1", ports(version)[0], {"admin": "secret"}), version, folder)
        made.people()
        made.make_groups()
        made.label()
        made.projects()
        made.rights()
        with open(f"{folder}/site.json", "w") as f:
            json.dump(made.describe(), f)
    finally:
        daemon.terminate()
        daemon.wait(60)
    shutil.rmtree(f"{site}/logs", ignore_errors=True)
    os.makedirs(f"{site}/logs")


if __name__ == "__main__":
    main(*sys.argv[1:])
