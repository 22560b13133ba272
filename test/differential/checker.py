# SPDX-License-Identifier: Apache-2.0
"""A second opinion on a Workflow that is about to be sent: slow, plain, written from Argo's and Kubernetes' documents alone.

It judges the object itself, not the file it came from, and shares no table and no line with the policy. `problems(workflow, site)` lists
what a workload may never have; `simulate.py` plays what Argo would do with its names.
"""
import re

TEXT, BOOL, INT, INT_OR_TEXT, ANY = "text", "bool", "int", "int or text", "any"
NO_TAG, TAG = "literal", "tags allowed"
CONTAINER_SECURITY = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
RESERVED_PATHS = ("/var/run/argo", "/run/argo", "/argo", "/mainctrfs", "/var/run/secrets", "/run/secrets")
QUANTITY = re.compile(r"^(\d+(?:\.\d*)?|\.\d+)(?:([numkMGTPE]|[KMGTPE]i)?|[eE]([+-]?\d+))$")
FACTOR = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
          "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}
GIB = 2**30


def amount(text):
    found = QUANTITY.match(text)
    if not found:
        return None
    return float(found[1]) * (10 ** int(found[3]) if found[3] else FACTOR[found[2] or ""])


class Problems(list):
    def say(self, path, what):
        self.append(f"{path}: {what}")


def problems(workflow, site):
    """What is wrong with a Workflow for `site`: {"accounts", "deadline", "parallelism", "trusted", "images", "secrets"...}."""
    found = Problems()
    if set(workflow) - {"apiVersion", "kind", "metadata", "spec"}:
        found.say("", f"keys {sorted(workflow)}")
    metadata(workflow["metadata"], found)
    spec(workflow["spec"], site, found)
    return found


def metadata(value, found):
    if set(value) - {"name", "namespace", "labels", "annotations", "finalizers"}:
        found.say("metadata", f"keys {sorted(value)}")
    for key in {**value.get("labels", {}), **value.get("annotations", {})}:
        if not key.startswith("seakeeper.dev/") and key != "workflows.argoproj.io/controller-instanceid":
            found.say("metadata", f"{key} is not ours")
    if value.get("finalizers", []) != ["seakeeper.dev/result"]:
        found.say("metadata.finalizers", value.get("finalizers"))


def fields(value, allowed, path, found):
    """Keys and JSON types of an object; texts without tags unless they may have them."""
    if not isinstance(value, dict):
        found.say(path, f"no object: {value!r}")
        return {}
    for key, member in value.items():
        if key not in allowed:
            found.say(f"{path}.{key}", "no such field is allowed")
        else:
            typed(member, allowed[key], f"{path}.{key}", found)
    return value


def typed(member, kind, path, found):
    name, tags = (kind, NO_TAG) if isinstance(kind, str) else (kind[0], kind[1] if len(kind) > 1 else NO_TAG)
    if callable(name):
        return None
    good = {TEXT: isinstance(member, str), BOOL: isinstance(member, bool), ANY: member is not None,
            INT: isinstance(member, int) and not isinstance(member, bool),
            INT_OR_TEXT: isinstance(member, (int, str)) and not isinstance(member, bool)}
    if name.startswith("list of "):
        if not isinstance(member, list):
            return found.say(path, "no list")
        for i, item in enumerate(member):
            typed(item, (name[8:], tags), f"{path}[{i}]", found)
    elif name == "map of text":
        if not isinstance(member, dict) or not all(isinstance(v, str) for v in member.values()):
            return found.say(path, "no map of text")
        if "{{" in str(member):
            found.say(path, "a tag")
    elif name != ANY and not good[name]:
        found.say(path, f"{member!r} is no {name}")
    elif isinstance(member, str) and tags == NO_TAG and "{{" in member:
        found.say(path, f"a tag in {member!r}")
    elif isinstance(member, str) and re.search(r"\{\{\s*=", member):
        found.say(path, f"an expression in {member!r}")
    return None


L = (lambda: None,)  # looked at by a function of its own
SPEC = {"templates": L, "entrypoint": TEXT, "arguments": L, "serviceAccountName": TEXT, "automountServiceAccountToken": BOOL, "executor": L,
        "volumes": L, "volumeClaimTemplates": L, "parallelism": INT, "nodeSelector": "map of text", "tolerations": ANY, "onExit": TEXT, "hooks": L,
        "ttlStrategy": L, "activeDeadlineSeconds": INT, "podGC": L, "securityContext": L, "volumeClaimGC": L, "retryStrategy": L, "templateDefaults": L,
        "archiveLogs": BOOL, "artifactRepositoryRef": L, "artifactGC": L}
TEMPLATE = {"name": TEXT, "annotations": "map of text", "failFast": BOOL, "inputs": L, "outputs": L, "container": L, "script": L, "containerSet": L,
            "initContainers": L, "sidecars": L, "steps": L, "dag": L, "suspend": L, "volumes": L, "activeDeadlineSeconds": INT_OR_TEXT, "timeout": TEXT,
            "parallelism": INT, "retryStrategy": L}
CONTAINER = {"name": TEXT, "image": TEXT, "command": ("list of text", TAG), "args": ("list of text", TAG), "workingDir": TEXT, "ports": L, "env": L,
             "envFrom": L, "resources": L, "volumeMounts": L, "livenessProbe": L, "readinessProbe": L, "startupProbe": L, "terminationMessagePath": TEXT,
             "terminationMessagePolicy": TEXT, "imagePullPolicy": TEXT, "securityContext": L, "stdin": BOOL, "stdinOnce": BOOL, "tty": BOOL}
STEP = {"name": TEXT, "template": TEXT, "inline": L, "arguments": L, "when": (TEXT, TAG), "continueOn": L, "onExit": TEXT, "hooks": L,
        "withItems": (ANY, TAG), "withParam": (TEXT, TAG), "withSequence": L}
TASK = {**STEP, "dependencies": "list of text", "depends": TEXT}
ARTIFACT = {"name": TEXT, "path": TEXT, "mode": INT, "recurseMode": BOOL, "archive": L, "optional": BOOL, "subPath": TEXT, "from": (TEXT, TAG),
            "fromExpression": TEXT}
GIT = {"repo": TEXT, "revision": (TEXT, TAG), "branch": (TEXT, TAG), "depth": INT, "fetch": ("list of text", TAG), "singleBranch": BOOL,
       "disableSubmodules": BOOL}
PARAMETER = {"name": TEXT, "value": (TEXT, TAG), "default": (TEXT, TAG), "enum": "list of text", "description": TEXT}


def spec(value, site, found):
    path = "spec"
    fields(value, {**SPEC, **({"imagePullSecrets": L} if site["trusted"] else {})}, path, found)
    for secret in value.get("imagePullSecrets", []):
        named(secret, {"name": TEXT}, site["secrets"], f"{path}.imagePullSecrets", found)
    forced = {"serviceAccountName": "runner", "automountServiceAccountToken": False, "executor": {"serviceAccountName": "executor"},
              "podGC": {"strategy": "OnWorkflowCompletion", "deleteDelayDuration": "600s"}, "volumeClaimGC": {"strategy": "OnWorkflowCompletion"},
              "securityContext": {"runAsNonRoot": True, "runAsUser": 8737, "fsGroup": 8737, "seccompProfile": {"type": "RuntimeDefault"}}}
    for key, wanted in forced.items():
        if value.get(key) != wanted:
            found.say(f"{path}.{key}", f"{value.get(key)!r}, must be {wanted!r}")
    for key in ("nodeSelector", "tolerations", "archiveLogs", "artifactRepositoryRef", "artifactGC"):
        if key in value:
            found.say(f"{path}.{key}", "not of this site")
    bounded(value, "activeDeadlineSeconds", site["deadline"], path, found, must=True)
    bounded(value, "parallelism", site["parallelism"], path, found, must=True)
    if set(value.get("ttlStrategy", {})) != {"secondsAfterCompletion"}:
        found.say(f"{path}.ttlStrategy", value.get("ttlStrategy"))
    volumes(value.get("volumes", []), site, f"{path}.volumes", found)
    if len(value.get("volumeClaimTemplates", [])) > 4:
        found.say(f"{path}.volumeClaimTemplates", "more than four")
    for i, claim in enumerate(value.get("volumeClaimTemplates", [])):
        where = f"{path}.volumeClaimTemplates[{i}]"
        fields(claim, {"apiVersion": TEXT, "kind": TEXT, "metadata": L, "spec": L}, where, found)
        fields(claim.get("metadata", {}), {"name": TEXT}, f"{where}.metadata", found)
        claim_spec(claim.get("spec", {}), site, f"{where}.spec", found)
    arguments(value.get("arguments", {}), site, f"{path}.arguments", found)
    hooks(value.get("hooks", {}), site, f"{path}.hooks", found)
    retry(value.get("retryStrategy"), f"{path}.retryStrategy", found)
    if not 1 <= len(value["templates"]) <= 200:
        found.say(f"{path}.templates", "count")
    if "templateDefaults" in value:
        template(value["templateDefaults"], site, f"{path}.templateDefaults", found, is_defaults=True)
    for i, one in enumerate(value["templates"]):
        template(one, site, f"{path}.templates[{i}]", found)


def bounded(value, key, most, path, found, must=False):
    if key in value:
        given = value[key]
        number = int(given) if str(given).isdigit() else -1
        if not 1 <= number <= most:
            found.say(f"{path}.{key}", f"{given!r}, must be 1 to {most}")
    elif must:
        found.say(f"{path}.{key}", "is missing")


def duration(text):
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    unit = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86400}
    parts = re.findall(r"(\d+(?:\.\d+)?|\.\d+)(ns|us|µs|ms|s|m|h|d)", text)
    if not parts or "".join(a + b for a, b in parts) != text.lstrip("+"):
        return None
    return sum(float(a) * unit[b] for a, b in parts)


def short(value, key, most, path, found):
    if key in value and not (duration(value[key]) is not None and duration(value[key]) <= most):
        found.say(f"{path}.{key}", f"{value[key]!r} is longer than {most} s")


def retry(value, path, found):
    if value is None:
        return
    fields(value, {"limit": INT_OR_TEXT, "retryPolicy": TEXT, "backoff": L, "expression": TEXT, "affinity": L}, path, found)
    if not re.fullmatch("[0-5]", str(value.get("limit"))):
        found.say(f"{path}.limit", value.get("limit"))
    if value.get("retryPolicy", "Always") not in ("Always", "OnFailure", "OnError", "OnTransientError"):
        found.say(f"{path}.retryPolicy", value["retryPolicy"])
    backoff = fields(value.get("backoff", {}), {"duration": TEXT, "factor": INT_OR_TEXT, "maxDuration": TEXT, "cap": TEXT}, f"{path}.backoff", found)
    for key in ("duration", "maxDuration", "cap"):
        short(backoff, key, 3600, f"{path}.backoff", found)
    fields(value.get("affinity", {}), {"nodeAntiAffinity": L}, f"{path}.affinity", found)
    no_call(value.get("expression"), f"{path}.expression", found)


def no_call(text, path, found):
    bare = re.sub(r"'(\\.|[^'\\])*'|\"(\\.|[^\"\\])*\"", "''", text or "")
    if re.search(r"(?!\b(?:and|or|not|in|contains|startsWith|endsWith)\b)\b[A-Za-z_]\w*\s*\(", bare) or re.search(r"[^|]\|[^|]|[{#`;]|\bmatches\b", bare):
        found.say(path, f"a call in {text!r}")


def hooks(value, site, path, found):
    for name, hook in value.items():
        fields(hook, {"template": TEXT, "arguments": L, "expression": TEXT}, f"{path}.{name}", found)
        no_call(hook.get("expression"), f"{path}.{name}.expression", found)
        arguments(hook.get("arguments", {}), site, f"{path}.{name}.arguments", found)
        if name != "exit" and "expression" not in hook:
            found.say(f"{path}.{name}", "never fires")


def arguments(value, site, path, found):
    fields(value, {"parameters": L, "artifacts": L}, path, found)
    for i, parameter in enumerate(value.get("parameters", [])):
        fields(parameter, PARAMETER, f"{path}.parameters[{i}]", found)
    for i, one in enumerate(value.get("artifacts", [])):
        artifact(one, site, True, f"{path}.artifacts[{i}]", found)


def plain_path(text, path, found):
    if not text.startswith("/") or "//" in text or "/." in text or ":" in text or text.startswith(tuple(p + "/" for p in RESERVED_PATHS)) \
            or text in RESERVED_PATHS:
        found.say(path, f"the path {text!r}")


def inner_path(text, path, found):
    if text.startswith("/") or ".." in text:
        found.say(path, f"the path {text!r}")


def host(url):
    found = re.fullmatch(r"https?://([A-Za-z0-9.:-]+)(/.*)?", url)
    return found and found[1]


def artifact(value, site, is_input, path, found):
    more = {"raw": L, "git": L, "http": L} if is_input else {"globalName": TEXT}
    fields(value, {**ARTIFACT, **more}, path, found)
    if not re.fullmatch(r"[-\w]+", value.get("name", ""), re.A):
        found.say(f"{path}.name", value.get("name"))
    if "path" in value:
        plain_path(value["path"], f"{path}.path", found)
    inner_path(value.get("subPath", ""), f"{path}.subPath", found)
    no_call(value.get("fromExpression"), f"{path}.fromExpression", found)
    fields(value.get("archive", {}), {"tar": L, "zip": L, "none": L}, f"{path}.archive", found)
    fields(value.get("raw", {}), {"data": (TEXT, TAG)}, f"{path}.raw", found)
    fields(value.get("git", {}), GIT, f"{path}.git", found)
    fields(value.get("http", {}), {"url": TEXT}, f"{path}.http", found)
    if len(value.get("raw", {}).get("data", "")) > 2**18:
        found.say(f"{path}.raw", "too large")
    for kind, key in (("git", "repo"), ("http", "url")):
        if kind in value and key in value[kind] and host(value[kind][key]) not in site["artifact_hosts"]:
            found.say(f"{path}.{kind}", value[kind].get(key))


def template(value, site, path, found, is_defaults=False):
    fields(value, TEMPLATE, path, found)
    kinds = [k for k in ("container", "script", "containerSet", "steps", "dag", "suspend") if k in value]
    if len(kinds) != 1 and not is_defaults or is_defaults and {"steps", "dag"} & set(kinds):
        found.say(path, f"kinds {kinds}")
    if {"container", "script", "containerSet"} & set(kinds):
        bounded(value, "activeDeadlineSeconds", site["deadline"], path, found, must=not is_defaults)
    else:
        bounded(value, "activeDeadlineSeconds", site["deadline"], path, found)
    short(value, "timeout", site["deadline"], path, found)
    bounded(value, "parallelism", site["parallelism"], path, found)
    retry(value.get("retryStrategy"), f"{path}.retryStrategy", found)
    inputs = fields(value.get("inputs", {}), {"parameters": L, "artifacts": L}, f"{path}.inputs", found)
    for i, one in enumerate(inputs.get("parameters", [])):
        fields(one, PARAMETER, f"{path}.inputs.parameters[{i}]", found)
    for i, one in enumerate(inputs.get("artifacts", [])):
        artifact(one, site, True, f"{path}.inputs.artifacts[{i}]", found)
    outputs(value.get("outputs", {}), site, f"{path}.outputs", found)
    for key in ("container", "script"):
        if key in value:
            container(value[key], {"source": (TEXT, TAG)} if key == "script" else {}, site, f"{path}.{key}", found, is_part=is_defaults)
    for key in ("initContainers", "sidecars"):
        for i, one in enumerate(value.get(key, [])):
            container(one, {"mirrorVolumeMounts": BOOL}, site, f"{path}.{key}[{i}]", found)
    container_set(value.get("containerSet"), site, f"{path}.containerSet", found)
    volumes(value.get("volumes", []), site, f"{path}.volumes", found)
    if "suspend" in value:
        pause = fields(value["suspend"], {"duration": TEXT}, f"{path}.suspend", found)
        short({"duration": pause.get("duration", "none")}, "duration", 600, f"{path}.suspend", found)
    for i, group in enumerate(value.get("steps", [])):
        for j, one in enumerate(group):
            step(one, STEP, site, f"{path}.steps[{i}][{j}]", found)
    fields(value.get("dag", {}), {"target": TEXT, "failFast": BOOL, "tasks": L}, f"{path}.dag", found)
    for i, one in enumerate(value.get("dag", {}).get("tasks", [])):
        step(one, TASK, site, f"{path}.dag.tasks[{i}]", found)


def outputs(value, site, path, found):
    fields(value, {"parameters": L, "artifacts": L}, path, found)
    for i, one in enumerate(value.get("parameters", [])):
        where = f"{path}.parameters[{i}]"
        fields(one, {**PARAMETER, "valueFrom": L, "globalName": TEXT}, where, found)
        source = fields(one.get("valueFrom", {}), {"path": TEXT, "default": (TEXT, TAG), "parameter": (TEXT, TAG), "supplied": L, "expression": TEXT},
                        f"{where}.valueFrom", found)
        if "path" in source:
            plain_path(source["path"], f"{where}.valueFrom.path", found)
        no_call(source.get("expression"), f"{where}.valueFrom.expression", found)
    for i, one in enumerate(value.get("artifacts", [])):
        artifact(one, site, False, f"{path}.artifacts[{i}]", found)


def container_set(value, site, path, found):
    if value is None:
        return
    fields(value, {"containers": L, "volumeMounts": L, "retryStrategy": L}, path, found)
    mounts(value.get("volumeMounts", []), f"{path}.volumeMounts", found)
    if "retryStrategy" in value:
        again = fields(value["retryStrategy"], {"retries": INT_OR_TEXT, "duration": TEXT}, f"{path}.retryStrategy", found)
        short(again, "duration", 3600, f"{path}.retryStrategy", found)
        if not re.fullmatch("[0-5]", str(again.get("retries"))):
            found.say(f"{path}.retryStrategy.retries", again.get("retries"))
    for i, one in enumerate(value.get("containers", [])):
        container(one, {"dependencies": "list of text"}, site, f"{path}.containers[{i}]", found)


def step(value, allowed, site, path, found):
    fields(value, allowed, path, found)
    fields(value.get("continueOn", {}), {"error": BOOL, "failed": BOOL}, f"{path}.continueOn", found)
    arguments(value.get("arguments", {}), site, f"{path}.arguments", found)
    hooks(value.get("hooks", {}), site, f"{path}.hooks", found)
    if len(value.get("withItems", [])) > 256:
        found.say(f"{path}.withItems", "too many")
    if "withSequence" in value:
        sequence = fields(value["withSequence"], {k: INT_OR_TEXT for k in ("count", "start", "end")} | {"format": TEXT}, f"{path}.withSequence", found)
        try:
            count = int(sequence["count"]) if "count" in sequence else abs(int(sequence.get("end", 0)) - int(sequence.get("start", 0))) + 1
        except ValueError:
            count = 10**9
        if count > 256 or not re.fullmatch(r"[^%\"\\]*%\d{0,2}[dxXo][^%\"\\]*", sequence.get("format", "%d")):
            found.say(f"{path}.withSequence", sequence)
    if "inline" in value:
        template(value["inline"], site, f"{path}.inline", found)


def container(value, more, site, path, found, is_part=False):
    fields(value, {**CONTAINER, **more}, path, found)
    security = dict(value.get("securityContext", {}))
    for key in ("readOnlyRootFilesystem", "runAsUser", "runAsGroup"):
        given = security.pop(key, 1)
        if given is False and key != "readOnlyRootFilesystem" or given == 0 and given is not False:
            found.say(f"{path}.securityContext.{key}", given)
    if security != CONTAINER_SECURITY:
        found.say(f"{path}.securityContext", value.get("securityContext"))
    name, image = value.get("name", ""), value.get("image", "")
    if name in ("wait", "init", "supervisor") or name.startswith("artifact-plugin-"):
        found.say(f"{path}.name", name)
    if not is_part and not (value.get("command") and image) or re.search(r"[\s$\\\"'`]", image) or image and site["images"] and not image.startswith(tuple(site["images"])):
        found.say(path, f"image {image!r}, command {value.get('command')!r}")
    if value.get("imagePullPolicy") != "IfNotPresent":
        found.say(f"{path}.imagePullPolicy", value.get("imagePullPolicy"))
    environment(value, site, path, found)
    limits = fields(value.get("resources", {}), {"limits": L, "requests": L}, f"{path}.resources", found)
    most = {"cpu": 8, "memory": 16 * GIB, "ephemeral-storage": 64 * GIB}
    for kind in ("limits", "requests"):
        for key, text in limits.get(kind, {}).items():
            if key not in most or not isinstance(text, str) or amount(text) is None or amount(text) > most[key]:
                found.say(f"{path}.resources.{kind}.{key}", text)
    for key in ("cpu", "memory"):
        if key not in limits.get("limits", {}):
            found.say(f"{path}.resources.limits", f"no {key}")
    for i, port in enumerate(value.get("ports", [])):
        fields(port, {"name": TEXT, "containerPort": INT, "protocol": TEXT}, f"{path}.ports[{i}]", found)
    mounts(value.get("volumeMounts", []), f"{path}.volumeMounts", found)
    for key in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe(value.get(key, {}), f"{path}.{key}", found)


def environment(value, site, path, found):
    is_trusted = site["trusted"]
    for i, one in enumerate(value.get("env", [])):
        where = f"{path}.env[{i}]"
        fields(one, {"name": TEXT, "value": (TEXT, TAG), "valueFrom": L}, where, found)
        if one["name"].startswith(("ARGO_", "SEAKEEPER_")):
            found.say(f"{where}.name", one["name"])
        key = {"key": TEXT, "name": TEXT, "optional": BOOL}
        source = fields(one.get("valueFrom", {}), {"fieldRef": L, "resourceFieldRef": L, "configMapKeyRef": L, **({"secretKeyRef": L} if is_trusted else {})},
                        f"{where}.valueFrom", found)
        named(source.get("configMapKeyRef"), key, site["config_maps"], f"{where}.valueFrom", found)
        named(source.get("secretKeyRef"), key, site["secrets"], f"{where}.valueFrom", found)
        fields(source.get("fieldRef", {}), {"apiVersion": TEXT, "fieldPath": TEXT}, where, found)
        fields(source.get("resourceFieldRef", {}), {"containerName": TEXT, "resource": TEXT, "divisor": TEXT}, where, found)
    for i, one in enumerate(value.get("envFrom", [])):
        where = f"{path}.envFrom[{i}]"
        fields(one, {"prefix": TEXT, "configMapRef": L, **({"secretRef": L} if is_trusted else {})}, where, found)
        named(one.get("configMapRef"), {"name": TEXT, "optional": BOOL}, site["config_maps"], where, found)
        named(one.get("secretRef"), {"name": TEXT, "optional": BOOL}, site["secrets"], where, found)


def named(value, allowed, listed, path, found, key="name"):
    if value is not None:
        fields(value, allowed, path, found)
        if key in value and value[key] not in listed:
            found.say(path, f"{value.get(key)!r} is not listed")


def mounts(value, path, found):
    for i, one in enumerate(value):
        fields(one, {"name": TEXT, "mountPath": TEXT, "subPath": TEXT, "readOnly": BOOL}, f"{path}[{i}]", found)
        if "mountPath" in one:
            plain_path(one["mountPath"], f"{path}[{i}].mountPath", found)
        inner_path(one.get("subPath", ""), f"{path}[{i}].subPath", found)


def probe(value, path, found):
    numbers = ("initialDelaySeconds", "periodSeconds", "timeoutSeconds", "successThreshold", "failureThreshold", "terminationGracePeriodSeconds")
    fields(value, {"exec": L, "httpGet": L, "tcpSocket": L, "grpc": L, **{k: INT for k in numbers}}, path, found)
    fields(value.get("exec", {}), {"command": "list of text"}, f"{path}.exec", found)
    get = fields(value.get("httpGet", {}), {"path": TEXT, "port": INT_OR_TEXT, "scheme": TEXT, "httpHeaders": L}, f"{path}.httpGet", found)
    for header in get.get("httpHeaders", []):
        fields(header, {"name": TEXT, "value": TEXT}, f"{path}.httpGet.httpHeaders", found)
    fields(value.get("tcpSocket", {}), {"port": INT_OR_TEXT}, f"{path}.tcpSocket", found)
    fields(value.get("grpc", {}), {"port": INT, "service": TEXT}, f"{path}.grpc", found)


def claim_spec(value, site, path, found):
    fields(value, {"accessModes": "list of text", "resources": L, "storageClassName": TEXT, "volumeMode": TEXT}, path, found)
    if "storageClassName" in value and value["storageClassName"] not in site["storage_classes"]:
        found.say(f"{path}.storageClassName", value["storageClassName"])
    for kind, amounts in fields(value.get("resources", {}), {"requests": L, "limits": L}, f"{path}.resources", found).items():
        for key, text in amounts.items():
            if key != "storage" or amount(text) is None or amount(text) > 64 * GIB:
                found.say(f"{path}.resources.{kind}", amounts)


def volumes(value, site, path, found):
    for i, one in enumerate(value):
        where = f"{path}[{i}]"
        fields(one, {"name": TEXT, "emptyDir": L, "downwardAPI": L, "configMap": L, "ephemeral": L, **({"secret": L} if site["trusted"] else {})},
               where, found)
        if "emptyDir" in one:
            scratch = fields(one["emptyDir"], {"sizeLimit": TEXT, "medium": TEXT}, f"{where}.emptyDir", found)
            most = 64 * GIB if "medium" not in scratch else 16 * GIB
            if not (amount(scratch.get("sizeLimit", "")) or 0) <= most or "sizeLimit" not in scratch or scratch.get("medium", "Memory") != "Memory":
                found.say(f"{where}.emptyDir", scratch)
        files = {"items": L, "defaultMode": INT, "optional": BOOL}
        named(one.get("configMap"), {"name": TEXT, **files}, site["config_maps"], f"{where}.configMap", found)
        named(one.get("secret"), {"secretName": TEXT, **files}, site["secrets"], f"{where}.secret", found, key="secretName")
        fields(one.get("downwardAPI", {}), {"items": L, "defaultMode": INT}, f"{where}.downwardAPI", found)
        claim = fields(one.get("ephemeral", {}), {"volumeClaimTemplate": L}, f"{where}.ephemeral", found).get("volumeClaimTemplate", {})
        fields(claim, {"spec": L}, f"{where}.ephemeral.volumeClaimTemplate", found)
        claim_spec(claim.get("spec", {}), site, f"{where}.ephemeral", found)
