# SPDX-License-Identifier: Apache-2.0
"""The same Workflow files on the real Argo and on `seakeeperd run`: nodes, types, phases, kinds of messages, parameters and results.

SEAKEEPER_PARITY=all takes every file, SEAKEEPER_PARITY=N a seeded sample of N (12 by default)."""
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

from cases import check, run_all

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/stack"))
from seakeeper_stack import common, summary  # noqa: E402
from seakeeper_stack.kube import Kube, KubeError  # noqa: E402

PROGRAM = os.environ.get("SEAKEEPERD", str(ROOT / "build/debug/seakeeperd/seakeeperd"))
NAMESPACE, IMAGE, SEED = "parity", "localhost/seakeeper-busybox:1", 20261124
ENDS = ("Succeeded", "Failed", "Error")
stack = summary.stack()
kube = Kube.of_kubeconfig(stack["kubernetes"]["admin_kubeconfig"])


def files():
    found = sorted((ROOT / "test/data/argo").glob("*.input.yaml"))
    how = os.environ.get("SEAKEEPER_PARITY", "12")
    return found if how == "all" else sorted(random.Random(SEED).sample(found, min(int(how), len(found))))


def namespace():
    kube.apply("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    for old in kube.items("argoproj.io/v1alpha1", "workflows", NAMESPACE):
        kube.delete("argoproj.io/v1alpha1", "workflows", NAMESPACE, old["metadata"]["name"])
    token = {"annotations": {"kubernetes.io/service-account.name": "executor"}}
    for account in ("runner", "executor", "default"):
        kube.apply("serviceaccounts", {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account, "namespace": NAMESPACE}})
    kube.apply("secrets", {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
                           "metadata": {"name": "executor.service-account-token", "namespace": NAMESPACE, **token}})
    group = "rbac.authorization.k8s.io"
    kube.apply("roles", {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": {"name": "executor", "namespace": NAMESPACE},
                         "rules": [{"apiGroups": ["argoproj.io"], "resources": ["workflowtaskresults"], "verbs": ["create", "patch"]}]})
    kube.apply("rolebindings", {"apiVersion": f"{group}/v1", "kind": "RoleBinding", "metadata": {"name": "executor", "namespace": NAMESPACE},
                                "roleRef": {"apiGroup": group, "kind": "Role", "name": "executor"},
                                "subjects": [{"kind": "ServiceAccount", "name": "executor", "namespace": NAMESPACE}]})
    common.wait_for("the executor's token", lambda: kube.get("v1", "secrets", NAMESPACE, "executor.service-account-token").get("data"), 30)


def really(path, name):
    """The status that the real controller comes to."""
    text = re.sub(r"metadata: *\{[^}]*\}", f"metadata: {{name: {name}}}", path.read_text(), count=1).replace("localhost/busybox:1", IMAGE)
    body = json.loads(subprocess.run(["kubectl", "create", "--dry-run=client", "-o", "json", "-f", "-"], input=text, text=True,
                                     capture_output=True, check=True).stdout)
    body["metadata"] = {"name": name, "namespace": NAMESPACE, "labels": {stack["argo"]["instance_label"]: stack["argo"]["instance_id"]}}
    body["spec"].update(serviceAccountName="runner", automountServiceAccountToken=False, executor={"serviceAccountName": "executor"})
    try:
        kube.create("argoproj.io/v1alpha1", "workflows", NAMESPACE, body)
    except KubeError as refusal:  # the full custom resource's own rules
        if refusal.status != 422:
            raise
        return {"phase": "Failed", "message": f"invalid spec: {refusal}", "nodes": {}}
    until = time.monotonic() + 300
    while time.monotonic() < until:
        status = kube.get("argoproj.io/v1alpha1", "workflows", NAMESPACE, name).get("status", {})
        if status.get("phase") in ENDS:
            return status
        time.sleep(1)
    raise AssertionError(f"the real run of {path.name} did not end")


def here(path, name):
    """The status that run comes to; "refused" and the reason where it does not start."""
    with tempfile.TemporaryDirectory() as state:
        done = subprocess.run([PROGRAM, "run", "--quiet", "--images", "ignored", "--state", state, "--name", name, str(path)],
                              capture_output=True, text=True, timeout=300)
        found = pathlib.Path(state) / "runs" / name / "status.json"
        if not found.exists() or "this machine cannot run it" in done.stderr:
            return {"phase": "Failed", "message": done.stderr.strip(), "nodes": {}, "refused": True}
        return json.loads(found.read_text())


KINDS = [(r"withParam value", "withParam"), (r"Pod was active|Step exceeded", "deadline"), (r"invalid character|unexpected end of JSON", "not JSON"), (r"Maximum recursion", "recursion"),
         (r"wait: Error \(exit code 64\)", "outputs"), (r"invalid spec", "invalid"), (r"Invalid 'when'", "when")]


def kind(message):
    return next((name for pattern, name in KINDS if re.search(pattern, message)), message.rstrip(": "))


def shape(status):
    nodes = {}
    for node in status.get("nodes", {}).values():
        outputs = node.get("outputs") or {}
        parameters = sorted((p["name"], p.get("value")) for p in outputs.get("parameters", []) if "value" in p)
        nodes[node["name"]] = (node["type"], node["phase"], kind(node.get("message", "")), parameters, outputs.get("result"))
    return nodes


def differences(real, mine):
    if "invalid spec" in real.get("message", ""):
        return [] if mine["phase"] != "Succeeded" else ["the real Argo refuses it"]
    if mine.get("refused"):
        return ["run refuses it: " + mine["message"]]
    a, b = shape(real), shape(mine)
    found = [f"{name}: {a.get(name)} is {b.get(name)}" for name in sorted(a.keys() | b.keys()) if a.get(name) != b.get(name)]
    for key in ("phase", "message"):
        if kind(real.get(key, "")) != kind(mine.get(key, "")):
            found.append(f"{key}: {real.get(key)!r} is {mine.get(key)!r}")
    return found


def case_of(path):
    name = path.name.removesuffix(".input.yaml")

    def case():
        found = differences(really(path, name), here(path, name))
        check(not found, "differs:\n" + "\n".join(found))

    case.__doc__ = f"parity: {name} ends on this machine as on the real Argo"
    return case


if __name__ == "__main__":
    namespace()
    sys.exit(run_all([case_of(path) for path in files()]))
