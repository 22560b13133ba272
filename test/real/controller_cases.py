# SPDX-License-Identifier: Apache-2.0
"""Argo's controller lives through whatever the policy lets pass. Mutated definitions that the policy accepts are sent to the real controller;
their pods are ended as a node would end them (argo_player.py). SEAKEEPER_MUTANTS=N asks for N submitted ones (default 60),
SEAKEEPER_SEED for another seed."""
import base64
import collections
import http.client
import json
import os
import pathlib
import random
import re
import sys
import time

import modules
from argo_player import Player
from cases import check, run_all

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "test/stack"), str(ROOT / "test/differential")]
import checker  # noqa: E402
from differential import Probe, foreign_parameters, site_of  # noqa: E402
from mutate import Mutator, Schema  # noqa: E402
from seakeeper_stack import common, summary  # noqa: E402
from seakeeper_stack.kube import Kube  # noqa: E402

PROBE = os.environ.get("SEAKEEPER_POLICY_PROBE", str(ROOT / "build/debug/test/real/policy_probe"))
WANTED, SEED = int(os.environ.get("SEAKEEPER_MUTANTS", "60")), int(os.environ.get("SEAKEEPER_SEED", "7"))
NAMESPACE, API, AT_ONCE = "policy-controller", "argoproj.io/v1alpha1", 60
DEADLINE, GRACE = 60, 90  # seconds that a run may last by its own deadline, and the controller may take beyond it on a busy machine
ENDS = ("Succeeded", "Failed", "Error")
stack = summary.stack()
kube = Kube.of_kubeconfig(stack["kubernetes"]["admin_kubeconfig"])


def namespace():
    """A namespace as the stack's own for workloads, but for Pod Security: its pods never reach a node."""
    token = {"annotations": {"kubernetes.io/service-account.name": "executor"}}
    kube.apply("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    for account in ("runner", "executor"):
        kube.apply("serviceaccounts", {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account, "namespace": NAMESPACE}})
    kube.apply("secrets", {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
                           "metadata": {"name": "executor.service-account-token", "namespace": NAMESPACE, **token}})
    common.wait_for("the executor's token", lambda: kube.get("v1", "secrets", NAMESPACE, "executor.service-account-token").get("data"), 30)


def healthy():
    connection = http.client.HTTPConnection("127.0.0.1", 6060, timeout=20)
    connection.request("GET", "/healthz")
    return connection.getresponse().status == 200


def controller():
    """Its process: it must stay the same one."""
    for line in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = line.read_bytes().split(b"\0")
        except OSError:
            continue
        if words and words[0].endswith(b"/workflow-controller") and str(common.path("admin.kubeconfig")).encode() in words:
            return int(line.parent.name)
    return None


class Panics:
    """What the controller's log says of panics that it recovered from; the Workflow's message often does not tell."""

    def __init__(self):
        self.log = pathlib.Path(common.path("logs", "workflow-controller.log")).open(errors="replace")
        self.log.seek(0, os.SEEK_END)

    def since(self):
        """Workflow and line of each, since last asked."""
        found = []
        while line := self.log.readline():
            if "Recovered from panic" in line:
                name = re.search(r"workflow=\"?([\w-]+)", line)
                found.append((name[1] if name else "", line[:1500]))
        return found


def accepted(count, seed):
    """Workflows that the policy lets pass, made one by one."""
    probe, lot = Probe(PROBE), random.Random(seed)
    mutator = Mutator(Schema(modules.argo() / "api/jsonschema/schema.json"), lot)
    made = 0
    while made < count:
        definition = mutator.make()
        name = "sk-" + base64.b32encode(os.urandom(20)).decode().lower()[:26]  # no two runs meet
        place = {"workload": name, "namespace": NAMESPACE, "node_pool": "none", "deadline": DEADLINE,
                 "controller_instance_id": stack["argo"]["instance_id"], "parameters": {}}
        asked = dict(place, parameters=foreign_parameters(definition))
        answer = probe.judge(definition, "untrusted", site=asked)
        if "workflow" in answer:
            made += 1
            yield definition, answer["workflow"]


# What the API server adds by the defaults of Argo's CRD; all of it is in the checker's list.
DEFAULTS = {"protocol": "TCP", "service": ""}


def same(stored, sent):
    if isinstance(stored, dict) and isinstance(sent, dict):
        added = stored.keys() - sent.keys()
        return sent.keys() <= stored.keys() and all(key in DEFAULTS and stored[key] == DEFAULTS[key] for key in added) \
            and all(same(stored[key], sent[key]) for key in sent)
    if isinstance(stored, list) and isinstance(sent, list):
        return len(stored) == len(sent) and all(map(same, stored, sent))
    return stored == sent


class Field:
    """What is under way, and what became of it."""

    def __init__(self):
        self.running, self.phases, self.wrong = {}, collections.Counter(), []
        self.panics, self.sent = Panics(), {}

    def submit(self, definition, workflow):
        sent = json.loads(json.dumps(workflow))
        status, text = kube.raw("POST", kube.where(API, "workflows", NAMESPACE) + "?fieldValidation=Strict", sent)
        if status != 201:
            # what the server refuses by its schema never reaches the controller; it is counted, and must have a reason
            self.phases[f"refused by the API server: {status}"] += 1
            self.wrong += [f"refused: {text[:600]}: {json.dumps(definition)}"] if status not in (400, 422) else []
            self.refusals = getattr(self, "refusals", []) + [json.loads(text).get("message", "")[:300]]
            return
        stored = json.loads(text)
        allowed = {k: v for k, v in stored["spec"].items() if k != "nodeSelector"}
        found = checker.problems({"metadata": {k: stored["metadata"][k] for k in ("labels", "annotations", "finalizers")}, "spec": allowed},
                                 site_of("untrusted"))
        if found or not same(stored["spec"], sent["spec"]) or stored.get("status"):
            self.wrong.append(f"stored otherwise than sent: {found} {json.dumps(definition)}")
        self.running[stored["metadata"]["name"]] = (time.monotonic(), definition)
        self.sent[stored["metadata"]["name"]] = definition

    def look(self):
        """Takes away what ended; what has no phase, or goes on past its deadline, is wrong."""
        items = {i["metadata"]["name"]: i for i in kube.items(API, "workflows", NAMESPACE)}
        self.wrong += [f"{line}: {json.dumps(self.sent.get(name))}" for name, line in self.panics.since()]
        for name, (start, definition) in list(self.running.items()):
            age, status = time.monotonic() - start, items[name].get("status", {})
            if status.get("phase") in ENDS:
                self.phases[status["phase"]] += 1
                self.messages[status.get("message", "").split(":")[0][:60]] += 1
            elif age < DEADLINE + GRACE:
                continue
            else:
                self.phases["stuck"] += 1
                self.wrong.append(f"{name} is {status.get('phase', '')!r} after {age:.0f} s: {json.dumps(definition)}")
            del self.running[name]
            kube.raw("PATCH", kube.where(API, "workflows", NAMESPACE, name), {"metadata": {"finalizers": None}}, "application/merge-patch+json")
            kube.delete(API, "workflows", NAMESPACE, name)

    messages = collections.Counter()


def mutants():
    """mutated definitions that the policy accepts: the real controller neither dies nor leaves one without an end"""
    namespace()
    process, field, start = controller(), Field(), time.monotonic()
    check(process, "no controller")
    player = Player(kube, NAMESPACE, random.Random(SEED))
    try:
        for definition, workflow in accepted(WANTED, SEED):
            while len(field.running) >= AT_ONCE:
                field.look()
                time.sleep(0.5)
            field.submit(definition, workflow)
            check(controller() == process, f"the controller died; last: {json.dumps(definition)}")
        while field.running:
            field.look()
            time.sleep(0.5)
            check(controller() == process, f"the controller died at the end of seed {SEED}")
    finally:
        player.stop()
    check(healthy(), "the controller does not answer")
    if os.environ.get("SEAKEEPER_VERBOSE"):
        print(field.phases, field.messages.most_common(30), getattr(field, "refusals", [])[:20], player.errors[:5], file=sys.stderr)
    check(not field.wrong, f"{len(field.wrong)} wrong:\n" + "\n".join(field.wrong[:40]))
    check(sum(field.phases[p] for p in ENDS) >= WANTED * 9 // 10, f"too few reached the controller: {field.phases}")
    return f"seed {SEED}, {WANTED} submitted at {WANTED / (time.monotonic() - start):.1f}/s, " + ", ".join(f"{phase} {count}" for phase, count in field.phases.most_common())


if __name__ == "__main__":
    sys.exit(run_all([mutants]))
