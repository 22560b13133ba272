# SPDX-License-Identifier: Apache-2.0
"""Hands for acceptance tests on the running stack: Gerrit by REST, git and SSH as any user; Kubernetes through its API.

    lab = Lab()                                   # reads stack.json; needs `test/stack/enter`, or calls lab.join()
    app = lab.create_project("app")               # a fresh child of demo/parent, so that tests do not meet
    lab.push_config(app, {"seakeeper.yaml": "..."}, user="owner")
    c = lab.push_change(app, {"ci.sh": "exit 0\\n"}, "Subject", user="contrib")
    lab.vote(c, "Code-Review", 2, user="maint")
    lab.wait_for("the vote", lambda: lab.votes(c, "Verified").get("ci-bot") == 1, 60)

Python standard library, git and the OpenSSH client only.
"""
import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from seakeeper_stack import common, summary  # noqa: E402
from seakeeper_stack.kube import Kube, KubeError  # noqa: E402,F401
from seakeeper_stack.rest import Rest, quote  # noqa: E402


class Change:
    """A pushed change: `number`, `change_id`, `sha` of its newest patch set, `ref`, the `project` and where its work tree is."""

    def __init__(self, project, branch, folder, number, change_id, sha, patch_set):
        self.project, self.branch, self.folder, self.number, self.change_id, self.sha, self.patch_set = project, branch, folder, number, change_id, sha, patch_set

    @property
    def ref(self):
        return f"refs/changes/{self.number % 100:02d}/{self.number}/{self.patch_set}"

    def __repr__(self):
        return f"{self.project} {self.number},{self.patch_set} {self.sha}"


class Lab:
    def __init__(self, gerrit=None):
        """`gerrit`: which of the stack's servers, gerrit or gerrit_new; else what SEAKEEPER_GERRIT names."""
        gerrit = gerrit or os.environ.get("SEAKEEPER_GERRIT", "gerrit")
        self.stack = summary.stack()
        if gerrit not in self.stack:
            raise common.StackError(f"the running stack has no part {gerrit}: test/stack/up {gerrit.replace('_', '-')}")
        self.gerrit = self.stack[gerrit]
        self.people = self.gerrit["people"]
        self.rest = Rest(self.gerrit["http_host"], self.gerrit["http_port"], {n: p["password"] for n, p in self.people.items()})
        self.work = tempfile.mkdtemp(prefix="seakeeper-lab-")
        self._count = 0
        self._kube = {}

    @staticmethod
    def join():
        """Moves this thread (and what it starts later) into the stack's network namespace; needs root."""
        common.enter_netns()

    @staticmethod
    def wait_for(what, ask, limit, pause=0.2):
        """Asks until the answer is true and returns it; raises with the last exception otherwise. Seconds."""
        return common.wait_for(what, ask, limit, pause)

    # -- git ------------------------------------------------------------------
    def url(self, project, user):
        return f"http://{user}:{quote(self.people[user]['password'])}@{self.gerrit['http_host']}:{self.gerrit['http_port']}/a/{project}"

    def git(self, folder, *args, user="contrib", check=True):
        env = dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1", GIT_TERMINAL_PROMPT="0")
        for k in ("AUTHOR", "COMMITTER"):
            env[f"GIT_{k}_NAME"], env[f"GIT_{k}_EMAIL"] = self.people[user]["name"], self.people[user]["email"]
        p = subprocess.run(["git", "-C", folder, *args], capture_output=True, env=env)
        if check and p.returncode:
            raise RuntimeError(f"git {' '.join(args)}: {p.stderr.decode(errors='replace')}")
        return p.stdout.decode(errors="replace").strip() + ("\n" + p.stderr.decode(errors="replace") if args[0] == "push" else "")

    def checkout(self, project, ref="refs/heads/master", user="admin"):
        """A fresh work tree at a ref; its folder."""
        self._count += 1
        folder = os.path.join(self.work, str(self._count))
        os.makedirs(folder)
        self.git(folder, "init", "-q", "-b", "work")
        self.git(folder, "fetch", "-q", self.url(project, user), ref)
        self.git(folder, "checkout", "-q", "-B", "work", "FETCH_HEAD")
        return folder

    def commit(self, folder, files, message, user, amend=False):
        """Writes files (None deletes one; a name ending in ! is executable) and commits them; the sha. Message bytes are kept."""
        for name, text in files.items():
            full = os.path.join(folder, name.rstrip("!"))
            if text is None:
                os.unlink(full)
                continue
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "wb") as f:
                f.write(text if isinstance(text, bytes) else text.encode())
            os.chmod(full, 0o755 if name.endswith("!") else 0o644)
        self.git(folder, "add", "-A")
        with open(os.path.join(self.work, "message"), "wb") as f:
            f.write(message.encode())
        self.git(folder, "commit", "-q", "--allow-empty", "--cleanup=verbatim", "-F", f.name, *(["--amend"] if amend else []), user=user)
        return self.git(folder, "rev-parse", "HEAD")

    def push_change(self, project, files, subject, user="contrib", branch="master", options="", base=None):
        """Pushes one new change for review; `options` as in `topic=x,private`, `base` a ref or an open change's ref to stand on."""
        folder = self.checkout(project, base or f"refs/heads/{branch}")
        change_id = "I" + hashlib.sha1(os.urandom(20)).hexdigest()
        sha = self.commit(folder, files, f"{subject}\n\nChange-Id: {change_id}\n", user)
        said = self.git(folder, "push", self.url(project, user), f"HEAD:refs/for/{branch}" + (f"%{options}" if options else ""), user=user)
        number = int(re.search(r"/\+/(\d+)", said)[1])
        return Change(project, branch, folder, number, change_id, sha, 1)

    def amend(self, change, files, user="contrib", subject=None, options=""):
        """Pushes the next patch set of a change."""
        message = self.git(change.folder, "log", "-1", "--format=%B")
        if subject is not None:
            message = f"{subject}\n\nChange-Id: {change.change_id}\n"
        change.sha = self.commit(change.folder, files, message.rstrip("\n") + "\n", user, amend=True)
        self.git(change.folder, "push", self.url(change.project, user), f"HEAD:refs/for/{change.branch}" + (f"%{options}" if options else ""), user=user)
        change.patch_set += 1
        return change

    def push_config(self, project, files, user="owner", message="Set CI"):
        """Puts files straight onto refs/meta/config; the new commit."""
        folder = self.checkout(project, "refs/meta/config")
        sha = self.commit(folder, files, message + "\n", user)
        self.git(folder, "push", "-q", self.url(project, user), "HEAD:refs/meta/config", user=user)
        return sha

    # -- Gerrit ---------------------------------------------------------------
    def create_project(self, stem, parent="demo/parent", **more):
        """A new project below demo/parent with an empty first commit on master; its name."""
        name = f"demo/{stem}-{os.urandom(3).hex()}"
        self.rest.must("PUT", f"/projects/{quote(name)}", dict(more, parent=parent, create_empty_commit=True))
        return name

    def _change(self, change):
        return f"/changes/{change.number if isinstance(change, Change) else change}"

    def detail(self, change, user="admin"):
        options = "&".join("o=" + o for o in ("ALL_REVISIONS", "DETAILED_LABELS", "DETAILED_ACCOUNTS", "MESSAGES", "SUBMITTABLE"))
        return self.rest.must("GET", f"{self._change(change)}/detail?{options}", user=user).json

    def review(self, change, user="contrib", revision="current", **body):
        """POST review: message=, labels={...}, reviewers=[...], ready=, work_in_progress=, tag= ..."""
        return self.rest.must("POST", f"{self._change(change)}/revisions/{revision}/review", body, user=user)

    def vote(self, change, label, value, user="maint", message=None):
        return self.review(change, user, labels={label: value}, **({"message": message} if message else {}))

    def comment(self, change, text, user="contrib"):
        return self.review(change, user, message=text)

    def submit(self, change, user="maint"):
        return self.rest.must("POST", f"{self._change(change)}/submit", {}, user=user).json

    def votes(self, change, label):
        """{user name: value} of the current votes other than 0."""
        every = self.detail(change)["labels"].get(label, {}).get("all", [])
        return {v.get("username", v.get("_account_id")): v["value"] for v in every if v.get("value")}

    def messages(self, change, user=None):
        """Texts of the change's messages, oldest first; of one user when named."""
        ident = self.people[user]["id"] if user else None
        return [m["message"] for m in self.detail(change)["messages"] if ident in (None, m.get("author", {}).get("_account_id"))]

    def ssh_command(self, user):
        return ["ssh", "-F", "none", "-p", str(self.gerrit["ssh_port"]), "-i", self.people[user]["ssh_key_file"], "-o", "IdentitiesOnly=yes",
                "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", f"UserKnownHostsFile={self.gerrit['known_hosts_file']}",
                "-o", "LogLevel=ERROR", f"{user}@{self.gerrit['ssh_host']}"]

    def ssh(self, user, command, timeout=60):
        """Runs one `gerrit ...` command; (exit, stdout, stderr)."""
        p = subprocess.run(self.ssh_command(user) + [command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
        return p.returncode, p.stdout, p.stderr

    # -- Kubernetes -----------------------------------------------------------
    def kube(self, who="admin"):
        """A client of the cluster's API as admin, untrusted or trusted (the two identities of seakeeperd)."""
        if who not in self._kube:
            self._kube[who] = Kube.of_kubeconfig(self.stack["kubernetes"][f"{who}_kubeconfig"])
        return self._kube[who]

    def workflows(self, trust="untrusted", selector=None):
        return self.kube().items("argoproj.io/v1alpha1", "workflows", self.stack["argo"]["namespaces"][trust], selector)

    def pods(self, trust="untrusted", selector=None):
        return self.kube().items("v1", "pods", self.stack["argo"]["namespaces"][trust], selector)

    def pod_log(self, namespace, pod, container="main"):
        return self.kube().text(f"/api/v1/namespaces/{namespace}/pods/{pod}/log?container={container}")

    def wait_workflow(self, namespace, name, limit=120):
        """Waits until a Workflow is done and returns it; a pod whose image cannot be had fails at once."""
        def done():
            w = self.kube().get("argoproj.io/v1alpha1", "workflows", namespace, name)
            return w if w.get("status", {}).get("phase") in ("Succeeded", "Failed", "Error") else None

        end = time.monotonic() + limit
        while time.monotonic() < end:
            if (w := done()):
                return w
            for pod in self.kube().items("v1", "pods", namespace, f"workflows.argoproj.io/workflow={name}"):
                self._fail_on_image(pod)
            time.sleep(0.3)
        raise RuntimeError(f"Workflow {namespace}/{name} was not done within {limit} s: "
                           + json.dumps(self.kube().get("argoproj.io/v1alpha1", "workflows", namespace, name).get("status", {}))[:2000])

    @staticmethod
    def _fail_on_image(pod):
        status = pod.get("status", {})
        for c in status.get("containerStatuses", []) + status.get("initContainerStatuses", []):
            reason = c.get("state", {}).get("waiting", {}).get("reason", "")
            if reason in ("ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName", "CreateContainerConfigError"):
                raise RuntimeError(f"pod {pod['metadata']['name']}: {reason}: {c['state']['waiting'].get('message', '')}")


class Stream:
    """`gerrit stream-events` by the OpenSSH client, as a witness beside the code under test; lines with their time of arrival."""

    def __init__(self, lab, user="ci-bot", options=""):
        self.lines, self._lock = [], threading.Lock()
        self.process = subprocess.Popen(lab.ssh_command(user) + [f"gerrit stream-events {options}".strip()],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            with self._lock:
                self.lines.append((time.time(), line))

    def events(self, kind=None):
        with self._lock:
            every = [json.loads(line) for _, line in self.lines]
        return [e for e in every if kind in (None, e["type"])]

    def stop(self):
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
