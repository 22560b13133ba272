# SPDX-License-Identifier: Apache-2.0
"""Other people's test material, from the folders of the Go modules that the stack is built from. Nothing of it is kept."""
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def module(name, of):
    """The folder of a module that test/stack/OF is built from; fetched if the module cache has not got it."""
    where = {"cwd": ROOT / "test/stack" / of, "env": {**os.environ, "GOFLAGS": "-mod=mod"}, "capture_output": True, "text": True}
    listed = subprocess.run(["go", "list", "-m", "-f", "{{.Dir}}", name], **where)
    if not listed.stdout.strip():  # the stack's namespace has no way out; that of the machine has
        subprocess.run(["nsenter", "--net=/proc/1/ns/net", "go", "mod", "download", name], **where)
        listed = subprocess.run(["go", "list", "-m", "-f", "{{.Dir}}", name], check=True, **where)
    folder = pathlib.Path(listed.stdout.strip())
    if not folder.is_dir():
        raise RuntimeError(f"no folder of {name}: {listed.stderr}")
    return folder


def pod_security():
    return module("k8s.io/pod-security-admission", "kubernetes") / "test/testdata"


def argo():
    return module("github.com/argoproj/argo-workflows/v4", "argo")
