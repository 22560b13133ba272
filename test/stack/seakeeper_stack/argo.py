# SPDX-License-Identifier: Apache-2.0
"""The part `argo`: CRDs, the workflow controller, and the namespaces, rights and identities that seakeeperd works with."""
import concurrent.futures
import glob
import http.client
import json
import os
import re

import yaml

from . import cache, cluster, pki, s3
from .common import TREE, StackError, is_up, mark_up, merge_json, path, spawn, timed, wait_for
from .kube import Kube

VERSION = "4.0.2"
INSTANCE = "seakeeper-test"
IMAGE = "localhost/seakeeper-argoexec:1"
NAMESPACES = {"untrusted": "ci-untrusted", "trusted": "ci-trusted"}
CLIENT_NAMESPACE = "client-tests"
# Whose kubeconfig is for which namespace.
ACCOUNTS = {"untrusted": ("ci-untrusted", "seakeeper-untrusted"), "trusted": ("ci-trusted", "seakeeper-trusted"), "client": (CLIENT_NAMESPACE, "client")}
LABEL = "workflows.argoproj.io/controller-instanceid"
# What Pod Security's level restricted asks of every container, the executor's own included.
RESTRICTED = {"runAsNonRoot": True, "runAsUser": 8737, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]},
              "seccompProfile": {"type": "RuntimeDefault"}}


def build():
    made = cache.argo()

    def image(folder):
        cache.script("images/build", folder, f"{made}/argoexec")

    return {"bin": made, "image": cache.made("argoexec", cache.key_of(["images/build"], os.path.basename(made)), image)}


def custom_resource_files(folder, which):
    """full: those that seakeeperd and its runs use; what nothing here creates (templates, cron) stays minimal, for each full one costs
    the API server seconds. all: every one in full. minimal: none."""
    if which not in ("full", "all", "minimal"):
        raise StackError(f"SEAKEEPER_CRDS={which}: full, all or minimal")
    unused = ("clusterworkflowtemplates", "cronworkflows", "workflowtemplates")
    for file in sorted(os.path.basename(f) for f in glob.glob(f"{folder}/full/argoproj.io_*.yaml")):
        kind = "minimal" if which == "minimal" or (which == "full" and file[12:-5] in unused) else "full"
        yield f"{folder}/{kind}/{file}"


def custom_resources(kube, files):
    """Read from Argo's own module, posted as they are: server-side apply of the large ones takes five times as long."""
    names = []

    def one(file):
        with open(file, "rb") as f:
            body = f.read()
        names.append(re.search(rb"^  name: (\S+)$", body, re.M)[1].decode())
        status, text = kube.raw("POST", kube.where("apiextensions.k8s.io/v1", "customresourcedefinitions"), body, "application/yaml")
        if status not in (201, 409):  # 409: from an earlier start of this part on the same cluster
            raise StackError(f"creating {names[-1]}: {status} {text[:300]}")

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(one, files))

    def established():
        have = {c["metadata"]["name"]: c.get("status", {}).get("conditions", []) for c in kube.items("apiextensions.k8s.io/v1", "customresourcedefinitions")}
        return all(any(c["type"] == "Established" and c["status"] == "True" for c in have.get(n, [])) for n in names)

    wait_for("Argo's custom resources", established, 60)
    wait_for("their API", lambda: kube.raw("GET", "/apis/argoproj.io/v1alpha1/workflows?limit=1")[0] == 200, 60)


# -- objects ------------------------------------------------------------------
def thing(api, kind, namespace, name, **members):
    meta = {"name": name, **({"namespace": namespace} if namespace else {})}
    meta.update(members.pop("metadata", {}))
    return {"apiVersion": api, "kind": kind, "metadata": meta, **members}


def role(namespace, name, rules, account):
    """A Role and its binding to an account, (namespace, name)."""
    rbac = "rbac.authorization.k8s.io"
    return [("roles", thing(f"{rbac}/v1", "Role", namespace, name, rules=[dict(zip(("apiGroups", "resources", "verbs"), r)) for r in rules])),
            ("rolebindings", thing(f"{rbac}/v1", "RoleBinding", namespace, name, roleRef={"apiGroup": rbac, "kind": "Role", "name": name},
                                   subjects=[{"kind": "ServiceAccount", "namespace": account[0], "name": account[1]}]))]


def artifact_repositories(namespace, trust):
    bucket = s3.BUCKETS[trust]
    repository = {"archiveLogs": False, "s3": {
        "endpoint": s3.ENDPOINT.removeprefix("http://"), "insecure": True, "bucket": bucket["bucket"], "region": "us-east-1",
        "keyFormat": "{{workflow.name}}/{{pod.name}}", "accessKeySecret": {"name": "artifacts", "key": "identity"},
        "secretKeySecret": {"name": "artifacts", "key": "credential"}}}
    return [("secrets", thing("v1", "Secret", namespace, "artifacts", stringData={k: bucket[k] for k in ("identity", "credential")})),
            ("configmaps", thing("v1", "ConfigMap", namespace, "artifact-repositories", data={trust: json.dumps(repository)},
                                 metadata={"annotations": {"workflows.argoproj.io/default-artifact-repository": trust}}))]


def wall():
    """The two classes' namespaces, as `seakeeperd manifests` makes them for any site (test/stack/site.yaml)."""
    with open(os.path.join(TREE, "manifests.yaml")) as f:
        return [(plural(one["kind"]), one) for one in yaml.safe_load_all(f)]


def plural(kind):
    return kind.lower()[:-1] + "ies" if kind.endswith("Policy") else kind.lower() + "s"


def open_namespace(namespace, account):
    """A namespace without the wall's quotas and admission policies, for tests of the API client that need objects of any shape."""
    psa = "pod-security.kubernetes.io"
    return [
        ("namespaces", thing("v1", "Namespace", None, namespace, metadata={"labels": {f"{psa}/enforce": "restricted"}})),
        ("serviceaccounts", thing("v1", "ServiceAccount", *account)),
        *role(namespace, "client", [
            (["argoproj.io"], ["workflows"], ["get", "list", "watch", "create", "patch", "delete"]),
            ([""], ["pods"], ["get", "list", "watch"]), ([""], ["pods/log"], ["get"])], account)]


def controller_config():
    container = {"securityContext": RESTRICTED, "imagePullPolicy": "IfNotPresent"}
    data = {"instanceID": INSTANCE, "mainContainer": container, "executor": dict(container, resources={
        "requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"cpu": "1", "memory": "512Mi"}})}
    return thing("v1", "ConfigMap", "argo", "workflow-controller-configmap", data={k: v if isinstance(v, str) else json.dumps(v) for k, v in data.items()})


def identities(kube):
    """Kubeconfigs of seakeeperd, one per trust class; their tokens are good for two days. Its accounts lie where no workload can name them."""
    for who, (namespace, name) in ACCOUNTS.items():
        where = kube.where("v1", "serviceaccounts", "seakeeper", name) + "/token"
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 172800}}
        file = pki.by_token(path(f"{who}.kubeconfig"), kube.call("POST", where, asked)["status"]["token"])
        client = Kube.of_kubeconfig(file)
        wait_for(f"the rights of {name}", lambda: client.raw("GET", client.where("v1", "pods", namespace))[0] == 200, 20)
        for other in {n for n, _ in ACCOUNTS.values()} - {namespace}:
            if client.raw("GET", client.where("v1", "pods", other))[0] != 403:
                raise StackError(f"{name} can read {other}: the stack's rights are wrong")


def set_up(kube):
    for namespace in ("argo", "seakeeper"):
        kube.apply("namespaces", thing("v1", "Namespace", None, namespace))
    made = wall() + open_namespace(CLIENT_NAMESPACE, ("seakeeper", "client"))
    for trust, namespace in NAMESPACES.items():
        made += artifact_repositories(namespace, trust)
    for resource, body in made:
        kube.apply(resource, body)
    kube.apply("configmaps", controller_config())
    identities(kube)


def smoke_token(kube):
    """Argo's executor reads its token from this Secret: the controller manager fills it."""
    for namespace in NAMESPACES.values():
        wait_for("the executor's token", lambda: kube.get("v1", "secrets", namespace, "executor.service-account-token").get("data", {}).get("token"), 30)


def quotas_count(kube):
    counted = [q.get("status", {}).get("used", {}) for q in kube.items("v1", "resourcequotas")]
    return counted and all("count/workflows.argoproj.io" in used for used in counted)


def controller_ready():
    """It watches when it has answered its own health check."""
    c = http.client.HTTPConnection("127.0.0.1", 6060, timeout=2)
    c.request("GET", "/healthz")
    return c.getresponse().status == 200


def start(made):
    cluster.ended.wait()
    if not os.path.exists(path("parts", "cluster")):
        raise StackError("the cluster did not start, see above")
    if is_up("argo", ["workflow-controller"]):
        return
    crds = os.environ.get("SEAKEEPER_CRDS", "full")
    files = list(custom_resource_files(f"{made['bin']}/crds", crds))
    with timed("argo", f"Argo Workflows {VERSION} with its {crds} custom resources"):
        kube = cluster.admin()
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            work = [pool.submit(custom_resources, kube, files), pool.submit(set_up, kube)]
            work += [pool.submit(cluster.import_image, f) for f in glob.glob(f"{made['image']}/*.tar")]
            for w in work:
                w.result()
        cluster.discover_kinds()
        smoke_token(kube)
        server = spawn("workflow-controller", "argo", [
            f"{made['bin']}/workflow-controller", "--kubeconfig", path("admin.kubeconfig"), "--namespace", "argo", "--executor-image", IMAGE,
            "--executor-image-pull-policy", "IfNotPresent"], env={"LEADER_ELECTION_DISABLE": "true", "DEFAULT_REQUEUE_TIME": "500ms"})
        wait_for("the workflow controller", lambda: controller_ready(), 60, process=server)
        wait_for("the quotas", lambda: quotas_count(kube), 60)
        have = cluster.description()
        merge_json({"argo": {"version": VERSION, "instance_id": INSTANCE, "instance_label": LABEL, "namespace": "argo", "namespaces": NAMESPACES, "crds": crds,
                             "crds_folder": f"{made['bin']}/crds", "service_account": "runner", "executor_service_account": "executor",
                             "executor_image": IMAGE, "artifact_repositories": "artifact-repositories"},
                    "kubernetes": dict(have, images=dict(have["images"], argoexec=IMAGE),
                                       **{f"{t}_kubeconfig": path(f"{t}.kubeconfig") for t in ACCOUNTS})})
        mark_up("argo")
