# SPDX-License-Identifier: Apache-2.0
"""What a person and a test need to know of a running stack."""
import json
import os
import sys

from .common import RUN, TREE, StackError, path, processes


def stack():
    try:
        with open(path("stack.json")) as f:
            return json.load(f)
    except FileNotFoundError:
        raise StackError(f"no stack runs in {RUN}: test/stack/up starts one") from None


def variables():
    """The environment by which tests find the stack; everything else is in stack.json."""
    s = stack()
    found = {"SEAKEEPER_STACK_DIR": RUN, "SEAKEEPER_STACK_JSON": path("stack.json"), "SEAKEEPER_STACK_NETNS": s["netns"],
             "SEAKEEPER_STACK_TREE": TREE}
    for part, prefix in (("gerrit", "SEAKEEPER_GERRIT"), ("gerrit_new", "SEAKEEPER_GERRIT_NEW")):
        if part in s:
            g = s[part]
            found.update({f"{prefix}_URL": g["url"], f"{prefix}_SSH": f"{g['ssh_host']}:{g['ssh_port']}", f"{prefix}_KNOWN_HOSTS": g["known_hosts_file"]})
    if "kubernetes" in s:
        k = s["kubernetes"]
        found.update({"KUBECONFIG": k["admin_kubeconfig"], "SEAKEEPER_KUBECTL": k["kubectl"],
                      "PATH": f"{os.path.dirname(k['kubectl'])}:{os.environ.get('PATH', '/usr/bin:/bin')}"})
        for trust in ("untrusted", "trusted", "client"):
            if f"{trust}_kubeconfig" in k:
                found[f"SEAKEEPER_{trust.upper()}_KUBECONFIG"] = k[f"{trust}_kubeconfig"]
    return found


def show():
    s, out = stack(), sys.stdout
    running = {p.part for p in processes() if p.alive()}
    print(f"\nThe stack of {RUN} (network namespace {s['netns']}; run commands in it with test/stack/enter CMD)", file=out)
    for part in ("gerrit", "gerrit_new"):
        if part in s and part.replace("_", "-") in running:
            g = s[part]
            print(f"  Gerrit {g['version']:<9} {g['url']} (pods and tests), ssh {g['ssh_host']}:{g['ssh_port']}, known_hosts {g['known_hosts_file']}", file=out)
            print("    people        " + ", ".join(f"{n}/{p['password']}" for n, p in g["people"].items()), file=out)
            print(f"    ssh keys      {path(part.replace('_', '-'), 'people')}/NAME/id_ed25519", file=out)
            print("    projects      " + ", ".join(sorted(g["projects"].values())), file=out)
    if "kubernetes" in s and "cluster" in running:
        k = s["kubernetes"]
        print(f"  Kubernetes      {k['server']}, admin {k['admin_kubeconfig']}, kubectl {k['kubectl']}", file=out)
        print("    images        " + ", ".join(k["images"].values()), file=out)
    if "argo" in s and "argo" in running:
        a = s["argo"]
        print(f"  Argo {a['version']:<10} instance id {a['instance_id']} (label {a['instance_label']}), namespaces {', '.join(a['namespaces'].values())}", file=out)
        print("    for seakeeperd " + ", ".join(s["kubernetes"][f"{t}_kubeconfig"] for t in ("untrusted", "trusted")), file=out)
    if "s3" in s and "s3" in running:
        for trust, b in s["s3"]["buckets"].items():
            print(f"  S3 {trust:<12} {s['s3']['endpoint']}/{b['bucket']} {b['identity']}/{b['credential']}", file=out)
    print(f"  everything      {path('stack.json')}; logs {path('logs')}", file=out, flush=True)
