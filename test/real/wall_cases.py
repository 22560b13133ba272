# SPDX-License-Identifier: Apache-2.0
"""The second wall on a real cluster: what our policy refuses is refused again by the API server when it is posted past us with the
daemon's own credential, and `check --cluster` names what a cluster lacks of it. SEAKEEPER_WALL_CLASS=trusted tries the Pods' rules and
breaks the cluster in the trusted namespace."""
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import yaml

from cases import check, equal, run_all
from daemon import BINARY, ROOT, Daemon, Kube, Lab

lab = Lab()
CLASS = os.environ.get("SEAKEEPER_WALL_CLASS", "untrusted")
NAMESPACE = lab.stack["argo"]["namespaces"][CLASS]
KINDS = "argoproj.io/v1alpha1", "workflows"
folder = pathlib.Path(tempfile.mkdtemp(prefix="seakeeper-wall-"))
daemon_client = lab.kube(CLASS)  # the credential that seakeeperd has, nothing more
IMAGE = "localhost/seakeeper-busybox:1"
TAME = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def site(**replaced):
    """The stack's own site file with the kubeconfigs of the running stack; its path."""
    text = (ROOT / "test/stack/site.yaml").read_text()
    for trust in ("untrusted", "trusted"):
        text = text.replace(f"kubeconfig: {trust}.kubeconfig", "kubeconfig: " + lab.stack["kubernetes"][f"{trust}_kubeconfig"])
    for old, new in replaced.values():
        check(old in text, f"{old} is in the site's file")
        text = text.replace(old, new)
    file = folder / f"site-{os.urandom(3).hex()}.yaml"
    file.write_text(text)
    return str(file)


SITE = site()


def seakeeperd(*arguments, timeout=120):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=timeout)


# -- the same escape twice: as an author writes it, and bound as the daemon would send it -------
def authored():
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {},
            "spec": {"entrypoint": "main", "templates": [{"name": "main", "container": {"image": IMAGE, "command": ["true"]}}]}}


def bound():
    name = "sk-wall-" + os.urandom(4).hex()
    workflow = authored()
    workflow["metadata"] = {"name": name, "namespace": NAMESPACE, "labels": {
        "seakeeper.dev/trust": CLASS, "seakeeper.dev/workload": name,
        lab.stack["argo"]["instance_label"]: lab.stack["argo"]["instance_id"]}}
    workflow["spec"].update(
        serviceAccountName="runner", automountServiceAccountToken=False, executor={"serviceAccountName": "executor"},
        nodeSelector={f"seakeeper.dev/pool-{CLASS}": "true"}, activeDeadlineSeconds=300, parallelism=2,
        securityContext={"runAsNonRoot": True, "runAsUser": 8737, "seccompProfile": {"type": "RuntimeDefault"}})
    main = workflow["spec"]["templates"][0]
    main["activeDeadlineSeconds"] = 120
    main["container"].update(imagePullPolicy="IfNotPresent", securityContext=copy.deepcopy(TAME))
    return workflow


def spec(**members):
    return lambda w: w["spec"].update(members)


def template(**members):
    return lambda w: w["spec"]["templates"][0].update(members)


def container(**members):
    return lambda w: w["spec"]["templates"][0]["container"].update(members)


def mounted(volume):
    def change(w):
        w["spec"]["volumes"] = [dict(volume, name="v")]
        container(volumeMounts=[{"name": "v", "mountPath": "/v"}])(w)
    return change


def stepping(**step):
    def change(w):
        w["spec"]["templates"].append({"name": "steps", "steps": [[dict({"name": "a"}, **step)]]})
        w["spec"]["entrypoint"] = "steps"
    return change


def kind_of_template(**members):
    def change(w):
        w["spec"]["templates"][0] = dict({"name": "main"}, **members)
        if "spec" in w and "serviceAccountName" in w["spec"]:
            w["spec"]["templates"][0]["activeDeadlineSeconds"] = 120
    return change


def meta(**members):
    def change(w):
        for key, value in members.items():
            w["metadata"].setdefault(key, {} if isinstance(value, dict) else []) if not isinstance(value, str) else None
            if isinstance(value, dict):
                w["metadata"][key].update(value)
            else:
                w["metadata"][key] = value
    return change


NO_SPEC = "the specification has no field"
NO_TEMPLATE = "templates have no field"
PSA = "violates PodSecurity"
VAP = "ValidatingAdmissionPolicy"
OWNER = [{"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "00000000-0000-0000-0000-000000000000"}]
# what it is, the change, the key that our finding points at, who stops it when it is posted (api: at once; pod: the Pod is not
# admitted), and by which words
ESCAPES = [
    ("privileged", container(securityContext={"privileged": True, "allowPrivilegeEscalation": True}), "privileged", "pod", PSA),
    ("added capability", container(securityContext=dict(TAME, capabilities={"drop": ["ALL"], "add": ["SYS_ADMIN"]})), "add", "pod", PSA),
    ("root", container(securityContext=dict(TAME, runAsUser=0)), "runAsUser", "pod", PSA),
    ("host network", spec(hostNetwork=True), "hostNetwork", "api", NO_SPEC),
    ("host PID by podSpecPatch", spec(podSpecPatch='{"hostPID": true}'), "podSpecPatch", "api", NO_SPEC),
    ("podSpecPatch of a template", template(podSpecPatch='{"hostIPC": true}'), "podSpecPatch", "api", NO_TEMPLATE),
    ("podSpecPatch in templateDefaults", spec(templateDefaults={"podSpecPatch": '{"hostIPC": true}'}), "podSpecPatch", "api", NO_TEMPLATE),
    ("podSpecPatch of an inline template", stepping(inline={"podSpecPatch": "{}", "container": {"image": IMAGE, "command": ["true"]}}),
     "podSpecPatch", "api", "inline ones"),
    ("hostPath", mounted({"hostPath": {"path": "/"}}), "hostPath", "pod", PSA),
    ("another service account", template(serviceAccountName="executor"), "serviceAccountName", "api", NO_TEMPLATE),
    ("the account's token", template(automountServiceAccountToken=True), "automountServiceAccountToken", "api", NO_TEMPLATE),
    ("a token by projected volume", mounted({"projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}}), "projected", "pod", VAP),
    ("the executor's token", mounted({"secret": {"secretName": "executor.service-account-token"}}), "secret", "pod", "the executor's token"),
    ("the store's credentials", container(env=[{"name": "K", "valueFrom": {"secretKeyRef": {"name": "artifacts", "key": "identity"}}}]),
     "secretKeyRef", "pod", "environments hold no secrets"),
    ("another node pool", template(nodeSelector={"seakeeper.dev/pool-trusted": "true"}), "nodeSelector", "api", NO_TEMPLATE),
    ("tolerations", spec(tolerations=[{"operator": "Exists"}]), "tolerations", "pod", "tolerate the taints"),
    ("priority", spec(podPriorityClassName="system-node-critical"), "podPriorityClassName", "api", NO_SPEC),
    ("other names", spec(hostAliases=[{"ip": "192.0.2.1", "hostnames": ["gerrit"]}]), "hostAliases", "api", NO_SPEC),
    ("forged status", lambda w: w.update(status={"phase": "Succeeded"}), "status", "api", "its status is Argo's"),
    ("forged labels by workflowMetadata", spec(workflowMetadata={"labels": {"workflows.argoproj.io/completed": "true"}}), "workflowMetadata",
     "api", NO_SPEC),
    ("foreign owner", meta(ownerReferences=OWNER), "ownerReferences", "api", "belong to nobody else"),
    ("a foreign template", stepping(templateRef={"name": "other", "template": "main"}), "templateRef", "api", "templates of their own Workflow"),
    ("a foreign workflow template", lambda w: w["spec"].update(workflowTemplateRef={"name": "other"}), "workflowTemplateRef", "api", NO_SPEC),
    ("a foreign template in a hook", spec(hooks={"exit": {"templateRef": {"name": "other", "template": "main"}}}), "templateRef", "api",
     "hooks refer to"),
    ("kubectl by a resource template", kind_of_template(resource={"action": "get", "manifest": "apiVersion: v1\nkind: Pod\n"}), "resource",
     "api", NO_TEMPLATE),
    ("Argo's agent by an http template", kind_of_template(http={"url": "http://192.0.2.1/"}), "http", "api", NO_TEMPLATE),
    ("an image from elsewhere", container(image="registry.example/evil:1"), "image", "pod", "images are the listed ones"),
    ("no end in sight", spec(activeDeadlineSeconds=864000), "activeDeadlineSeconds", "api", "end within"),
]
# What the daemon does not refuse but replaces: the file says it, the bound Workflow does not have it.
REPLACED = [
    ("service account of the specification", spec(serviceAccountName="default"), "Workflows run as runner"),
    ("token of the specification", spec(automountServiceAccountToken=True), "mount no other token"),
    ("executor's account", spec(executor={"serviceAccountName": "runner"}), "Argo's executor as executor"),
    ("node selector", spec(nodeSelector={"seakeeper.dev/pool-trusted": "true"}), "Workflows go to nodes"),
    ("class", meta(labels={"seakeeper.dev/trust": "trusted"}), "carry their class"),
    ("controller", meta(labels={"workflows.argoproj.io/controller-instanceid": "other"}), "own controller"),
    ("completed", meta(labels={"workflows.argoproj.io/completed": "true"}), "Argo's to write"),
]


def findings(definition, name):
    """What `seakeeperd check` says about a definition: (line number, line, sentence)."""
    file = folder / f"{name.replace(' ', '-').replace(chr(39), '')}.yaml"
    file.write_text(yaml.safe_dump(definition, sort_keys=False))
    done = seakeeperd("check", str(file), "--config", SITE)
    lines, found = file.read_text().splitlines(), []
    for sentence in done.stdout.splitlines():
        if sentence.startswith(f"{file}:"):
            number = int(sentence[len(str(file)) + 1:].split(":")[0])
            found.append((number, lines[number - 1], sentence))
    return done.returncode, found, done.stdout + done.stderr


def post(workflow, client=daemon_client, namespace=NAMESPACE, query=""):
    status, text = client.raw("POST", Kube.where(*KINDS, namespace) + query, workflow)
    return status, json.loads(text).get("message", "") if text.startswith("{") else text


def refused_by_us():
    """every escape class is refused by us, with file and line of the offending field"""
    code, found, text = findings(authored(), "good")
    equal(code, 0, f"exit status of a sound definition: {text}")
    for name, change, key, _, _ in ESCAPES:
        definition = authored()
        change(definition)
        code, found, text = findings(definition, name)
        equal(code, 1, f"{name}: exit status: {text}")
        check(any(key in line or f"found {key}:" in sentence for _, line, sentence in found), f"{name}: a finding points at {key}:\n{text}")
    return f"{len(ESCAPES)} definitions"


def wall_lets_pass():
    """a bound Workflow runs behind the wall: script, artifact store, outputs, to success"""
    workflow = bound()
    workflow["spec"].update(archiveLogs=True, artifactRepositoryRef={"configMap": "artifact-repositories", "key": CLASS},
                            artifactGC={"strategy": "Never"})
    status, message = post(workflow)
    equal(status, 201, f"answer to a sound Workflow: {message}")
    done = lab.wait_workflow(NAMESPACE, workflow["metadata"]["name"])
    equal(done["status"]["phase"], "Succeeded", f"phase: {done['status'].get('message')}")
    state["pod"] = lab.pods(CLASS, "workflows.argoproj.io/workflow=" + workflow["metadata"]["name"])[0]


state = {}


def node_message(name):
    status = daemon_client.get(*KINDS, NAMESPACE, name).get("status", {})
    return status.get("message", "") + "".join(n.get("message", "") for n in status.get("nodes", {}).values())


def stopped_by_the_wall():
    """every escape class, posted past us with the daemon's own credential, is refused by the API server or never gets a Pod"""
    stopped = {"api": 0, "pod": 0}
    for name, change, _, where, words in ESCAPES:
        workflow = bound()
        change(workflow)
        own = workflow["metadata"]["name"]
        status, message = post(workflow)
        if where == "api":
            check(status in (403, 422) and words in message, f"{name}: refused at once ({words}): {status} {message}")
        else:
            equal(status, 201, f"{name}: the Workflow itself is accepted: {message}")
            lab.wait_for(f"{name}: the Pod's refusal", lambda: node_message(own), 60)
            check(words in node_message(own), f"{name}: {words}: {node_message(own)}")
            equal(lab.pods("untrusted", f"workflows.argoproj.io/workflow={own}"), [], f"{name}: pods")
            daemon_client.delete(*KINDS, NAMESPACE, own)
        stopped[where] += 1
    return f"{stopped['api']} at once, {stopped['pod']} at their Pod"


def replaced_by_us():
    """what a file says about accounts, pools, labels and namespace is replaced by us, and refused by the wall when posted"""
    for name, change, words in REPLACED:
        workflow = bound()
        change(workflow)
        status, message = post(workflow)
        check(status == 422 and words in message, f"{name}: {status} {message}")
    workflow = bound()
    workflow["metadata"]["namespace"] = lab.stack["argo"]["namespaces"]["trusted"]
    workflow["metadata"]["labels"]["seakeeper.dev/trust"] = "trusted"
    equal(post(workflow, namespace=workflow["metadata"]["namespace"])[0], 403, "answer in the other class's namespace")
    return f"{len(REPLACED)} members"


def credential_is_narrow():
    """the daemon's credential reads no secrets, makes no pods, execs nowhere, forges no status, rewrites no run; it may cancel"""
    workflow = bound()
    workflow["spec"]["templates"][0]["container"]["command"] = ["sleep", "60"]
    name = workflow["metadata"]["name"]
    equal(post(workflow)[0], 201, "answer to a sound Workflow")
    try:
        for method, path in (("GET", "/api/v1/namespaces/{}/secrets"), ("POST", "/api/v1/namespaces/{}/pods"),
                             ("GET", "/api/v1/namespaces/{}/secrets/executor.service-account-token"),
                             ("POST", "/api/v1/namespaces/{}/pods/" + name + "/exec?command=id"),
                             ("POST", "/api/v1/namespaces/{}/serviceaccounts/runner/token"),
                             ("GET", "/apis/argoproj.io/v1alpha1/namespaces/{}/workflowtaskresults"), ("GET", "/api/v1/nodes")):
            equal(daemon_client.raw(method, path.format(NAMESPACE), {} if method == "POST" else None)[0], 403, f"{method} {path}")
        where = Kube.where(*KINDS, NAMESPACE, name)

        def patch(body):
            return daemon_client.raw("PATCH", where, body, "application/merge-patch+json")

        for what, body, words in (
                ("status", {"status": {"phase": "Succeeded"}}, "its status is Argo's"),
                ("templates", {"spec": {"templates": [{"name": "main", "container": {"image": IMAGE}}]}}, "only shutdown changes"),
                ("suspend", {"spec": {"suspend": True}}, "only shutdown changes"),
                ("a label", {"metadata": {"labels": {"workflows.argoproj.io/completed": "true"}}}, "stay as they were"),
                ("owner", {"metadata": {"ownerReferences": OWNER}}, "belong to nobody else")):
            status, text = patch(body)
            check(status == 422 and words in text, f"patch of {what}: {status} {text}")
        status, text = patch({"spec": {"shutdown": "Terminate"}})
        equal(status, 200, f"cancelling: {text}")
        equal(lab.wait_workflow(NAMESPACE, name)["status"]["phase"], "Failed", "phase of a cancelled run")
    finally:
        daemon_client.delete(*KINDS, NAMESPACE, name)


def pod_template():
    """What Argo made of a sound Workflow, ready to be created again."""
    pod = copy.deepcopy(state["pod"])
    pod.pop("status", None)
    pod["metadata"] = {k: v for k, v in pod["metadata"].items() if k in ("labels", "annotations", "ownerReferences", "namespace")}
    pod["metadata"]["name"] = "again-" + os.urandom(4).hex()
    for gone in ("nodeName", "tolerations", "priority", "preemptionPolicy"):
        pod["spec"].pop(gone, None)
    return pod


def main_of(pod):
    return next(c for c in pod["spec"]["containers"] if c["name"] == "main")


def pod_spec(**members):
    return lambda p: p["spec"].update(members)


def pod_main(**members):
    return lambda p: main_of(p).update(members)


def pod_volume(**source):
    def change(p):
        p["spec"]["volumes"].append(dict({"name": "v"}, **source))
        main_of(p)["volumeMounts"].append({"name": "v", "mountPath": "/v"})
    return change


def wait_image(p):
    next(c for c in p["spec"]["containers"] if c["name"] == "wait")["image"] = "localhost/other:1"


# Words of every rule of the Pods' policy, a Pod that it refuses, and the escape above that our policy refuses for the same reason
# (None: no author can say it, the binding or Argo's controller writes it).
POD_RULES = [
    ("pods run as service account", pod_spec(serviceAccountName="executor", serviceAccount="executor"), "another service account"),
    ("pods mount no token", pod_spec(automountServiceAccountToken=True), "the account's token"),
    ("pods are steps of a Workflow", lambda p: p["metadata"].pop("ownerReferences"), None),
    ("the container wait is Argo's own", wait_image, None),
    ("pods go to nodes with", pod_spec(nodeSelector={}), "another node pool"),
    ("tolerate the taints", pod_spec(tolerations=[{"operator": "Exists"}]), "tolerations"),
    ("placed by the scheduler", pod_spec(nodeName="node1"), None),
    ("choose no scheduler", pod_spec(schedulerName="other"), "priority"),
    ("share no namespace", pod_spec(shareProcessNamespace=True), "host network"),
    ("containers are unprivileged", pod_main(securityContext={"runAsUser": 8737}), "privileged"),
    ("runtime's seccomp profile", pod_main(securityContext=dict(TAME, seccompProfile={"type": "Localhost", "localhostProfile": "p.json"})), None),
    ("no debugging containers", pod_main(lifecycle={"preStop": {"exec": {"command": ["true"]}}}), None),
    ("use the cluster's names", pod_spec(hostAliases=[{"ip": "192.0.2.1", "hostnames": ["gerrit"]}]), "other names"),
    ("do not run as root", pod_main(securityContext=dict(TAME, runAsUser=0, seccompProfile={"type": "RuntimeDefault"})), "root"),
    ("volumes are scratch space", pod_volume(projected={"sources": [{"serviceAccountToken": {"path": "t"}}]}), "a token by projected volume"),
    ("mounted by Argo's containers only", pod_volume(secret={"secretName": "executor.service-account-token"}), "the executor's token"),
    ("environments hold no secrets", pod_main(env=[{"name": "K", "valueFrom": {"secretKeyRef": {"name": "artifacts", "key": "identity"}}}]),
     "the store's credentials"),
    ("images are pulled with", pod_spec(imagePullSecrets=[{"name": "artifacts"}]), None),
    ("images are the listed ones", pod_main(image="registry.example/evil:1"), "an image from elsewhere"),
    ("pods end by themselves", pod_spec(activeDeadlineSeconds=864000), "no end in sight"),
]


def dry_pod(pod):
    return lab.kube().raw("POST", Kube.where("v1", "pods", NAMESPACE) + "?dryRun=All", pod)


def pod_rules_agree():
    """every rule of the Pods' admission policy refuses a Pod even to an administrator, and what it refuses our policy refuses too"""
    status, text = dry_pod(pod_template())
    equal(status, 201, f"the Pod of a sound Workflow: {text[:600]}")
    policy = lab.kube().get("admissionregistration.k8s.io/v1", "validatingadmissionpolicies", None, f"{NAMESPACE}.pods.seakeeper.dev")
    check(not policy.get("status", {}).get("typeChecking", {}).get("expressionWarnings"), f"its expressions fit the types: {policy.get('status')}")
    fired = set()
    for words, change, escape in POD_RULES:
        pod = pod_template()
        change(pod)
        status, text = dry_pod(pod)
        check(status in (403, 422), f"a Pod against {words!r}: {status} {text[:300]}")
        check(escape is None or any(escape == name for name, *_ in ESCAPES), f"{words}: an escape of that name")
        fired |= {rule["message"] for rule in policy["spec"]["validations"] if rule["message"] in text}
    silent = [rule["message"] for rule in policy["spec"]["validations"]
              if rule["message"] not in fired and not covered_by_level(rule["message"])]
    equal(silent, [], "rules that no Pod was refused by")
    return f"{len(fired)} rules fired"


def covered_by_level(message):
    """Rules that Pod Security speaks before: tried in a namespace without its labels."""
    words, change = next((w, c) for w, c, _ in POD_RULES if w in message)
    namespace = lab.kube().get("v1", "namespaces", None, NAMESPACE)
    label = "pod-security.kubernetes.io/enforce"
    level = namespace["metadata"]["labels"][label]
    set_label(label, "privileged")
    try:
        pod = pod_template()
        change(pod)
        status, text = dry_pod(pod)
        return status == 422 and message in text
    finally:
        set_label(label, level)


def set_label(label, value):
    lab.kube().call("PATCH", Kube.where("v1", "namespaces", None, NAMESPACE), {"metadata": {"labels": {label: value}}}, "application/merge-patch+json")


def workflow_rules_agree():
    """every field that the Workflows' admission policy forbids is refused by our policy, at its line"""
    policy = lab.kube().get("admissionregistration.k8s.io/v1", "validatingadmissionpolicies", None, f"{NAMESPACE}.workflows.seakeeper.dev")
    count = 0
    for words, place in ((NO_SPEC, spec), (NO_TEMPLATE, template)):
        rule = next(r for r in policy["spec"]["validations"] if words in r["message"])
        keys = json.loads(rule["expression"][rule["expression"].index("['"):].split("]")[0].replace("'", '"') + "]")
        for key in keys:
            definition = authored()
            place(**{key: {}})(definition)
            code, found, text = findings(definition, f"{words.split()[1]}-{key}")
            check(code == 1 and any(line.strip().startswith(f"{key}:") for _, line, _ in found), f"{key} is refused at its line:\n{text}")
            count += 1
    check(count > 40, f"the lists were read: {count}")
    return f"{count} fields"


def what_the_wall_cannot_stop():
    """event text in a script passes the wall: only our policy sees it (docs/trust.md)"""
    def change(w):
        w["spec"]["arguments"] = {"parameters": [{"name": "subject", "value": "$(id)"}]}
        container(command=["sh", "-c"], args=["echo {{workflow.parameters.subject}}"])(w)
    definition = authored()
    change(definition)
    definition["spec"]["arguments"]["parameters"][0].pop("value")
    code, found, text = findings(definition, "event text")
    check(code == 1 and any("workflow.parameters.subject" in line for _, line, _ in found), f"our finding points at the text:\n{text}")
    workflow = bound()
    change(workflow)
    equal(post(workflow, query="?dryRun=All")[0], 201, "answer of the API server")


# -- check --cluster ---------------------------------------------------------------------------
def audit(config=None):
    done = seakeeperd("check", "--cluster", "--config", config or SITE)
    return done.returncode, done.stdout, done.stderr


def cluster_is_sound():
    """check --cluster finds nothing on the stack that its manifests made"""
    code, said, more = audit()
    equal(code, 0, f"exit status: {said}{more}")
    equal(said, "", "findings")


RBAC = "rbac.authorization.k8s.io/v1"
ADMISSION = "admissionregistration.k8s.io/v1"


def without(api, resource, namespace, name):
    def act(admin):
        admin.delete(api, resource, namespace, name)
    return act


def patched(api, resource, namespace, name, body, kind="merge"):
    def act(admin):
        admin.call("PATCH", Kube.where(api, resource, namespace, name), body, f"application/{kind}-patch+json")
    return act


def also(api, resource, body):
    def act(admin):
        admin.create(api, resource, body["metadata"].get("namespace"), body)
    act.undo = lambda admin: admin.delete(api, resource, body["metadata"].get("namespace"), body["metadata"]["name"])
    return act


def warning_only():
    """Kubernetes merges this list when the manifests are applied again, and refuses both together."""
    name = f"{NAMESPACE}.workflows.seakeeper.dev"
    act = patched(ADMISSION, "validatingadmissionpolicybindings", None, name, {"spec": {"validationActions": ["Warn"]}})
    act.undo = patched(ADMISSION, "validatingadmissionpolicybindings", None, name, {"spec": {"validationActions": ["Deny"]}})
    return act


def more_rights(role, *rules):
    return patched(RBAC, "roles", NAMESPACE, role, [
        {"op": "add", "path": "/rules/-", "value": dict(zip(("apiGroups", "resources", "verbs"), rule))} for rule in rules], "json")


SECRETS = ([""], ["secrets"], ["get", "list"])
EXEC = ([""], ["pods/exec"], ["create"])
ADMIN = {"apiVersion": RBAC, "kind": "ClusterRoleBinding", "metadata": {"name": "wall-test-admin"},
         "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
         "subjects": [{"kind": "ServiceAccount", "namespace": "seakeeper", "name": f"seakeeper-{CLASS}"}]}
OPEN = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "open", "namespace": NAMESPACE},
        "spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]}}
BOUND = {"apiVersion": RBAC, "kind": "RoleBinding", "metadata": {"name": "all", "namespace": NAMESPACE},
         "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
         "subjects": [{"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": f"system:serviceaccounts:{NAMESPACE}"}]}
BREAKAGES = [
    ("no quota", without("v1", "resourcequotas", NAMESPACE, "seakeeper"), f"ResourceQuota {NAMESPACE}/seakeeper: found nothing"),
    ("a larger quota", patched("v1", "resourcequotas", NAMESPACE, "seakeeper", {"spec": {"hard": {"pods": "500"}}}),
     'seakeeper /spec/hard/pods: found "500"; wanted is "60"'),
    ("no limits", without("v1", "limitranges", NAMESPACE, "seakeeper"), f"LimitRange {NAMESPACE}/seakeeper: found nothing"),
    ("a role that reads secrets", more_rights("seakeeperd", SECRETS), f"in {NAMESPACE}: found secrets: get, list"),
    ("a role that execs", more_rights("seakeeperd", EXEC), f"in {NAMESPACE}: found pods/exec: create"),
    ("an executor that reads secrets", more_rights("executor", SECRETS), f"Role {NAMESPACE}/executor /rules: found"),
    ("cluster-admin", also(RBAC, "clusterrolebindings", ADMIN), "in kube-system: found *.*: *; wanted is none"),
    ("no Pod Security label", patched("v1", "namespaces", None, NAMESPACE, {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": None}}}),
     f"Namespace {NAMESPACE} /metadata/labels/pod-security.kubernetes.io/enforce: found"),
    ("a weaker label", patched("v1", "namespaces", None, NAMESPACE, {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "baseline"}}}),
     'pod-security.kubernetes.io/enforce: found "baseline"; wanted is "restricted"'),
    ("no binding of the Pods' policy", without(ADMISSION, "validatingadmissionpolicybindings", None, f"{NAMESPACE}.pods.seakeeper.dev"),
     f"ValidatingAdmissionPolicyBinding {NAMESPACE}.pods.seakeeper.dev: found nothing"),
    ("a policy that only warns", warning_only(), '/spec/validationActions/0: found "Warn"; wanted is "Deny"'),
    ("a policy that may fail", patched(ADMISSION, "validatingadmissionpolicies", None, f"{NAMESPACE}.pods.seakeeper.dev",
                                       {"spec": {"failurePolicy": "Ignore"}}), '/spec/failurePolicy: found "Ignore"; wanted is "Fail"'),
    ("no default deny", without("networking.k8s.io/v1", "networkpolicies", NAMESPACE, "default-deny"),
     f"NetworkPolicy {NAMESPACE}/default-deny: found nothing"),
    ("another network policy", also("networking.k8s.io/v1", "networkpolicies", OPEN), f"NetworkPolicy {NAMESPACE}/open: found a policy that adds"),
    ("rights for all pods", also(RBAC, "rolebindings", BOUND), f"RoleBinding {NAMESPACE}/all: found a binding that gives rights"),
    ("pods that mount tokens", patched("v1", "serviceaccounts", NAMESPACE, "runner", {"automountServiceAccountToken": True}),
     f"ServiceAccount {NAMESPACE}/runner /automountServiceAccountToken: found"),
]


def restore():
    done = subprocess.run([lab.stack["kubernetes"]["kubectl"], "--kubeconfig", lab.stack["kubernetes"]["admin_kubeconfig"], "apply", "--server-side",
                           "--force-conflicts", "--field-manager=seakeeper-stack", "-f", str(ROOT / "test/stack/manifests.yaml")], capture_output=True, text=True)
    equal(done.returncode, 0, f"kubectl apply of the manifests: {done.stderr}")


def breakages_are_named():
    """check --cluster names each thing that is taken away or widened, and nothing once the manifests are applied again"""
    for name, act, sentence in BREAKAGES:
        act(lab.kube())
        try:
            lab.wait_for(f"{name}: {sentence}", lambda: sentence in audit()[1] or fail(name, audit()), 10)
            equal(audit()[0], 1, f"{name}: exit status")
        finally:
            getattr(act, "undo", lambda admin: None)(lab.kube())
            restore()
        lab.wait_for(f"{name}: nothing once it is restored", lambda: audit()[0] == 0 or fail(name, audit()), 20)
    return f"{len(BREAKAGES)} breakages"


def fail(name, answer):
    raise AssertionError(f"{name}: {answer[0]} {answer[1]}{answer[2]}")


def shared_is_refused():
    """classes that share credentials or nodes: serve refuses to start, and says it is told to share nodes at every start"""
    one = lab.stack["kubernetes"]["untrusted_kubeconfig"]
    other = lab.stack["kubernetes"]["trusted_kubeconfig"]
    copied = folder / "copied.kubeconfig"
    copied.write_text(pathlib.Path(one).read_text())
    nodes = site(a=("allow_shared_nodes: true", "allow_shared_nodes: false"))
    for config, words in ((nodes, "share their node pool"), (site(a=(other, str(copied))), "the same token"),
                          (site(a=(other, one)), "credentials (kubeconfig)"),
                          (site(a=("namespace: ci-trusted", "namespace: ci-untrusted")), "share their namespace")):
        done = seakeeperd("serve", "--config", config)
        check(done.returncode == 2 and words in done.stderr, f"{words}: {done.returncode} {done.stdout}{done.stderr}")
    daemon = Daemon(lab, "wall")
    for _ in range(2):
        daemon.start("--shadow")
        daemon.stop()
    equal(daemon.log().count("allow_shared_nodes is on"), 2, "warnings of two starts")


if __name__ == "__main__":
    cases = [refused_by_us, wall_lets_pass, stopped_by_the_wall, replaced_by_us, credential_is_narrow, pod_rules_agree, workflow_rules_agree,
             what_the_wall_cannot_stop, cluster_is_sound, breakages_are_named, shared_is_refused]
    if CLASS == "trusted":
        cases = [wall_lets_pass, pod_rules_agree, cluster_is_sound, breakages_are_named]
        for case in cases:
            case.__doc__ = f"trusted class: {case.__doc__}"
    chosen = [c for c in cases if not sys.argv[1:] or c.__name__ in sys.argv[1:]]
    failed = run_all(chosen)
    if CLASS == "untrusted" and not sys.argv[1:]:
        sample = ["wall_lets_pass", "pod_rules_agree"] if os.environ.get("SEAKEEPER_SAMPLE") else []
        failed |= subprocess.run([sys.executable, "-B", __file__, *sample], env={**os.environ, "SEAKEEPER_WALL_CLASS": "trusted"}).returncode != 0
    sys.exit(failed)
