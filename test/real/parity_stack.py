# SPDX-License-Identifier: Apache-2.0
"""Workflows on the real Argo, many at once, and on `seakeeperd run`: what each comes to."""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/stack"))
from seakeeper_stack import argo, common, summary  # noqa: E402
from seakeeper_stack.kube import Kube, KubeError  # noqa: E402

PROGRAM = os.environ.get("SEAKEEPERD", str(ROOT / "build/debug/seakeeperd/seakeeperd"))
NAMESPACE, IMAGE, API = "parity", "localhost/seakeeper-busybox:1", "argoproj.io/v1alpha1"
TEMPLATES = ROOT / "test/data/parity/templates"
ENDS = ("Succeeded", "Failed", "Error")
AT_ONCE = int(os.environ.get("SEAKEEPER_PARITY_AT_ONCE", "10"))
EXTRA_TEMPLATES = []  # WorkflowTemplates beside those of the corpus
stack = summary.stack()
kube = Kube.of_kubeconfig(stack["kubernetes"]["admin_kubeconfig"])


def namespace():
    """One without quotas and admission policies, with a place for artifacts and volumes that claims can have."""
    made = [("namespaces", argo.thing("v1", "Namespace", None, NAMESPACE))]
    for account in ("runner", "executor", "default"):
        made.append(("serviceaccounts", argo.thing("v1", "ServiceAccount", NAMESPACE, account)))
    made.append(("secrets", argo.thing("v1", "Secret", NAMESPACE, "executor.service-account-token", type="kubernetes.io/service-account-token",
                                       metadata={"annotations": {"kubernetes.io/service-account.name": "executor"}})))
    made += argo.role(NAMESPACE, "executor", [(["argoproj.io"], ["workflowtaskresults"], ["create", "patch"])], (NAMESPACE, "executor"))
    made += argo.artifact_repositories(NAMESPACE, "untrusted")
    for resource, body in made:
        kube.apply(resource, body)
    for old in kube.items(API, "workflows", NAMESPACE):
        kube.delete(API, "workflows", NAMESPACE, old["metadata"]["name"])
    listed = [one for file in sorted(TEMPLATES.glob("*.yaml")) for one in yaml.safe_load_all(file.read_text())]
    for one in listed + EXTRA_TEMPLATES:
        kube.apply("workflowtemplates", with_images({**one, "metadata": {"name": one["metadata"]["name"], "namespace": NAMESPACE}}))
    common.wait_for("the executor's token", lambda: kube.get("v1", "secrets", NAMESPACE, "executor.service-account-token").get("data"), 30)


def volume(name):
    """A claim of a run has nobody here who would make a volume for it."""
    folder = pathlib.Path(common.path("parity-volumes"), name)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o777)
    where = kube.where("v1", "persistentvolumes")
    body = argo.thing("v1", "PersistentVolume", None, name, spec={
        "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": str(folder)}, "persistentVolumeReclaimPolicy": "Retain"})
    kube.delete("v1", "persistentvolumes", None, name)
    kube.call("POST", where, body, ok=(200, 201, 409))


def with_images(value):
    """The same with every container's image one that this cluster has."""
    if isinstance(value, list):
        return [with_images(one) for one in value]
    if not isinstance(value, dict):
        return value
    made = {key: with_images(one) for key, one in value.items()}
    if is_container(value) and not value["image"].startswith("localhost/seakeeper-"):
        made["image"] = IMAGE
    return made


def is_container(value):
    """Not any map with an `image` in it: items of loops have that too."""
    return isinstance(value.get("image"), str) and bool({"command", "args", "source", "name", "imagePullPolicy"} & value.keys() or len(value) == 1)


def manifest_of(path):
    """The file's Workflow, as kubectl reads it: its YAML is the real one."""
    done = subprocess.run(["kubectl", "create", "--dry-run=client", "-o", "json", "-f", str(path)], text=True, capture_output=True)
    if done.returncode:
        raise AssertionError(f"kubectl does not read {path.name}: {done.stderr}")
    return json.loads(done.stdout)


def submit(manifest, name):
    """Nothing, or the status of one that the API server's own rules refuse."""
    body = with_images(manifest)
    metadata = body.get("metadata", {})
    labels = {**metadata.get("labels", {}), stack["argo"]["instance_label"]: stack["argo"]["instance_id"]}
    body["metadata"] = {"name": name, "namespace": NAMESPACE, "labels": labels, "annotations": metadata.get("annotations", {})}
    body["spec"].setdefault("serviceAccountName", "runner")
    body["spec"].update(automountServiceAccountToken=False, executor={"serviceAccountName": "executor"})
    if body["spec"].get("volumeClaimTemplates"):
        volume(name)
    try:
        kube.create(API, "workflows", NAMESPACE, body)
    except KubeError as refusal:
        if refusal.status not in (400, 422):
            raise
        return {"phase": "Failed", "message": f"invalid spec: {refusal}", "nodes": {}}
    return None


def really(manifests, longest=300):
    """The statuses that the real controller comes to, by name; `manifests` by name. A run that does not end has no phase of ENDS.
    A pod that did not even start within its template's timeout says how busy this machine is: such a run is made again alone."""
    statuses = together(manifests, longest)
    for name in [name for name, status in statuses.items() if status.get("message") == "timeout"]:
        statuses.update(together({name: manifests[name]}, longest))
    return statuses


def together(manifests, longest):
    waiting, running, statuses = list(manifests.items()), {}, {}
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            name, manifest = waiting.pop(0)
            refused = submit(manifest, name)
            if refused:
                statuses[name] = refused
            else:
                running[name] = time.monotonic() + longest
        for one in kube.items(API, "workflows", NAMESPACE):
            name, status = one["metadata"]["name"], one.get("status", {})
            if name in running and (status.get("phase") in ENDS or time.monotonic() > running[name]):
                statuses[name] = status
                del running[name]
                kube.delete(API, "workflows", NAMESPACE, name)
        time.sleep(0.5)
    return statuses


def here(path, name, options=(), longest=300):
    """The status that run comes to; one with `refused` where it does not start."""
    with tempfile.TemporaryDirectory() as state:
        argv = [PROGRAM, "run", "--quiet", "--images", "ignored", "--state", state, "--name", name, "--templates", str(TEMPLATES), *options, str(path)]
        try:
            done = subprocess.run(argv, capture_output=True, text=True, timeout=longest)
        except subprocess.TimeoutExpired:
            return {"phase": "Running", "message": f"no end within {longest} s", "nodes": {}}
        found = pathlib.Path(state) / "runs" / name / "status.json"
        if not found.exists() or "this machine cannot run it" in done.stderr:
            return {"phase": "Failed", "message": done.stderr.strip(), "nodes": {}, "refused": True}
        return json.loads(found.read_text())


def all_here(paths, options=()):
    """The statuses that run comes to, by name; `paths` by name. Two at once: few enough that their times say something."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        started = {name: pool.submit(here, path, name, options) for name, path in paths.items()}
        return {name: future.result() for name, future in started.items()}


def name_of(path):
    return re.sub(r"[^a-z0-9-]", "-", path.name.removesuffix(".yaml").removesuffix(".input").lower())
