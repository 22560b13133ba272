# SPDX-License-Identifier: Apache-2.0
"""Kubernetes' own pod-security fixtures, put into Workflows: as container template, init container, sidecar, through templateDefaults."""
import copy
import re

WAYS = ("container", "init container", "sidecar", "templateDefaults")
IMAGE = "registry.k8s.io/pause"
# What each check of Pod Security is about, as a part of the path of the field that offends.
ABOUT = {
    "allowprivilegeescalation": r"allowPrivilegeEscalation", "apparmorprofile": r"appArmorProfile|metadata", "capabilities_baseline": r"capabilities",
    "capabilities_restricted": r"capabilities", "hostnamespaces": r"host(Network|PID|IPC)", "hostpathvolumes": r"hostPath", "hostports": r"hostPort",
    "hostprobesandhostlifecycle": r"(Probe|probe|lifecycle)", "privileged": r"privileged", "procmount": r"procMount", "restrictedvolumes": r"volumes/\d+/\w+",
    "runasnonroot": r"runAsNonRoot", "runasuser": r"runAsUser", "seccompprofile_baseline": r"seccomp|metadata", "seccompprofile_restricted": r"seccomp|metadata",
    "selinuxoptions": r"seLinuxOptions", "sysctls": r"sysctls", "windowshostprocess": r"windowsOptions"}


def about(name):
    return re.compile(ABOUT[re.sub(r"\d+$", "", name)])


def command(container):
    return {**container, "command": container.get("command", ["/pause"])}


def wrap(pod, way):
    """A Workflow whose pods would be `pod`."""
    pod = copy.deepcopy(pod)
    source, annotations = pod["spec"], pod["metadata"].get("annotations")
    containers, inits = [command(c) for c in source.pop("containers")], [command(c) for c in source.pop("initContainers", [])]
    benign = {"image": IMAGE, "command": ["/pause"]}
    part = {"metadata": {"annotations": annotations}} if annotations else {}
    volumes = {"volumes": source.pop("volumes")} if "volumes" in source else {}
    spec = {"entrypoint": "m", **source}
    if way == "templateDefaults":
        spec["templateDefaults"] = {**part, **volumes, "container": containers[0], "initContainers": inits, "sidecars": containers[1:]}
        spec["templates"] = [{"name": "m", "container": benign}]
    elif way == "container":
        leaves = [{"name": f"c{i}", "container": c, **part, **volumes} for i, c in enumerate(containers + inits)]
        spec["templates"] = [{"name": "m", "steps": [[{"name": leaf["name"], "template": leaf["name"]}] for leaf in leaves]}, *leaves]
    else:
        key = "initContainers" if way == "init container" else "sidecars"
        spec["templates"] = [{"name": "m", "container": benign, key: containers + inits, **part, **volumes}]
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "spec": spec}


def pods(workflow, way):
    """The pods that Argo would make of a bound Workflow, as far as Pod Security looks."""
    spec = workflow["spec"]
    for template in spec["templates"]:
        if "steps" in template:
            continue
        whole = {**spec.get("templateDefaults", {}), **template}
        made = {"containers": [{**whole["container"], "name": "main"}, *whole.get("sidecars", [])], "securityContext": spec["securityContext"],
                "automountServiceAccountToken": False, "initContainers": whole.get("initContainers", []),
                "volumes": whole.get("volumes", []) + spec.get("volumes", [])}
        for container in made["containers"] + made["initContainers"]:
            container.pop("mirrorVolumeMounts", None)
        yield {"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "made-"}, "spec": made}
