# SPDX-License-Identifier: Apache-2.0
"""The library examples that need a real cluster."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from cases import check, equal, run_all
from daemon import ROOT, Lab

PROGRAM = os.environ.get("SEAKEEPER_EXAMPLES", str(ROOT / "build/debug/examples")) + "/04-submit-workflow"
lab = Lab()


def workflow(script):
    """A Workflow of one step in the untrusted namespace; the name, and a file of it."""
    name = "example-" + os.urandom(4).hex()
    spec = {
        "entrypoint": "main",
        "serviceAccountName": "runner",
        "automountServiceAccountToken": False,
        "executor": {"serviceAccountName": "executor"},
        "activeDeadlineSeconds": 120,
        "parallelism": 1,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 8737, "seccompProfile": {"type": "RuntimeDefault"}},
        "nodeSelector": {"seakeeper.dev/pool-untrusted": "true"},
        "templates": [{"name": "main", "script": {"image": "localhost/seakeeper-tools:1", "imagePullPolicy": "IfNotPresent",
                                                   "command": ["sh"], "source": script}}],
    }
    manifest = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "spec": spec,
                "metadata": {"name": name, "namespace": lab.stack["argo"]["namespaces"]["untrusted"],
                             "labels": {"seakeeper.dev/trust": "untrusted", "seakeeper.dev/workload": name,
                                        "workflows.argoproj.io/controller-instanceid": lab.stack["argo"]["instance_id"]}}}
    file = pathlib.Path(tempfile.mkdtemp(prefix="seakeeper-example-")) / "workflow.json"
    file.write_text(json.dumps(manifest))
    return name, file


def submit(script):
    name, file = workflow(script)
    kubeconfig, namespace = lab.stack["kubernetes"]["untrusted_kubeconfig"], lab.stack["argo"]["namespaces"]["untrusted"]
    done = subprocess.run([PROGRAM, kubeconfig, namespace, str(file)], capture_output=True, text=True, timeout=180)
    return name, done


def example_follows_success():
    """example 04 submits a Workflow, follows it on the real cluster and ends 0"""
    name, done = submit("echo hello")
    equal(done.returncode, 0, f"exit status: {done.stdout}{done.stderr}")
    check(f"{name}: Succeeded" in done.stdout, f"it tells the end:\n{done.stdout}")


def example_follows_failure():
    """example 04 ends 1 when the Workflow fails"""
    name, done = submit("exit 3")
    equal(done.returncode, 1, f"exit status: {done.stdout}{done.stderr}")
    check(f"{name}: Failed" in done.stdout, f"it tells the end:\n{done.stdout}")


if __name__ == "__main__":
    sys.exit(run_all([example_follows_success, example_follows_failure]))
