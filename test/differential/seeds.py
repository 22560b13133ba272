# SPDX-License-Identifier: Apache-2.0
"""Definitions that both classes accept, each with other parts of a Workflow. `IMAGE` is one that the test's site lists."""
IMAGE = "localhost/seakeeper-tools:1"


def container(*args, **more):
    return {"image": IMAGE, "command": ["sh", "-c"], "args": list(args) or ["true"], **more}


def leaf(name, **more):
    return {"name": name, "inputs": {"parameters": [{"name": "p", "default": "x"}]}, "container": container("echo \"$P\"", env=[
        {"name": "P", "value": "{{inputs.parameters.p}}"}]), **more}


def call(name, template="l", value=None, **more):
    given = {"arguments": {"parameters": [{"name": "p", "value": value}]}} if value else {}
    return {"name": name, "template": template, **given, **more}


def workflow(*templates, **spec):
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "spec": {"entrypoint": "m", **spec, "templates": list(templates)}}


def full_container():
    return container(
        "true", workingDir="/tmp", ports=[{"name": "web", "containerPort": 8080, "protocol": "TCP"}],
        env=[{"name": "A", "value": "b"}, {"name": "N", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
             {"name": "C", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}}}],
        resources={"requests": {"cpu": "20m", "memory": "32Mi"}, "limits": {"cpu": "1", "memory": "64Mi", "ephemeral-storage": "1Gi"}},
        volumeMounts=[{"name": "scratch", "mountPath": "/scratch", "subPath": "a", "readOnly": False}],
        securityContext={"runAsUser": 8737, "runAsGroup": 8737, "readOnlyRootFilesystem": False, "runAsNonRoot": True,
                         "capabilities": {"drop": ["ALL"]}, "allowPrivilegeEscalation": False, "seccompProfile": {"type": "RuntimeDefault"}},
        terminationMessagePath="/dev/termination-log", terminationMessagePolicy="File", tty=False, stdin=False)


SEEDS = [
    workflow({"name": "m", "container": container("echo one")}),
    workflow({"name": "m", "container": full_container(), "volumes": [{"name": "scratch", "emptyDir": {"sizeLimit": "1Gi"}}],
              "activeDeadlineSeconds": 60, "timeout": "10m", "retryStrategy": {
                  "limit": "1", "retryPolicy": "OnError", "backoff": {"duration": "1s", "factor": "2", "maxDuration": "1m"},
                  "expression": "lastRetry.exitCode != '2'"}}, activeDeadlineSeconds=300, parallelism=2),
    workflow({"name": "m", "steps": [[call("a")], [call("b", value="{{steps.a.outputs.result}}"), call("c", when="'{{steps.a.status}}' == 'Succeeded'")]]},
             leaf("l")),
    workflow({"name": "m", "dag": {"tasks": [call("a"), call("b", depends="a.Succeeded", value="{{tasks.a.outputs.parameters.o}}"),
                                             call("c", depends="a"), call("d", depends="b && (c || a.Failed)")]}},
             leaf("l", outputs={"parameters": [{"name": "o", "valueFrom": {"path": "/tmp/o", "default": "none"}}]})),
    workflow({"name": "m", "dag": {"tasks": [call("a", continueOn={"failed": True}), call("b", dependencies=["a"])]}}, leaf("l")),
    workflow({"name": "m", "inputs": {"parameters": [{"name": "p", "value": "x"}]}, "steps": [
        [call("a", value="{{item}}", withItems=["1", "two"])], [call("b", value="{{item}}", withSequence={"count": "2", "format": "n%02d"})],
        [call("c", value="{{item.k}}", withItems=[{"k": "v"}])]]}, leaf("l")),
    workflow({"name": "m", "script": {"image": IMAGE, "command": ["sh"], "source": "echo \"$SEAKEEPER_SUBJECT_BASE64\""}}, onExit="e",
             hooks={"exit": {"template": "e"}}, arguments={"parameters": [{"name": "level", "value": "3"}]},
             **{"volumeClaimTemplates": []}) | {},
    workflow({"name": "m", "containerSet": {"containers": [{"name": "main", **container("true")}, {"name": "after", "dependencies": ["main"], **container("true")}],
                                            "retryStrategy": {"retries": "1", "duration": "1s"}}}),
    workflow({"name": "m", "initContainers": [{"name": "first", **container("true")}], "sidecars": [{"name": "side", **container("sleep 1"), "mirrorVolumeMounts": True}],
              "container": container("true", livenessProbe={"exec": {"command": ["true"]}, "periodSeconds": 5},
                                     readinessProbe={"tcpSocket": {"port": 80}}, startupProbe={"httpGet": {"port": "web", "path": "/"}})}),
    workflow({"name": "m", "steps": [[{"name": "a", "inline": {"container": container("echo inline")}}], [call("b", continueOn={"failed": True})]]}, leaf("l"),
             templateDefaults={"timeout": "5m"}),
    workflow({"name": "m", "steps": [[call("a")]]}, leaf("l"), templateDefaults={"timeout": "5m", "retryStrategy": {"limit": 0}}),
    workflow({"name": "m", "steps": [[call("a", when="'{{workflow.name}}' == 'x'")]], "outputs": {"parameters": [
        {"name": "r", "valueFrom": {"default": "none", "parameter": "{{steps.a.outputs.result}}"}},
        {"name": "s", "valueFrom": {"expression": "steps.a.outputs?.result ?? 'none'"}}]}}, leaf("l")),
    workflow({"name": "m", "inputs": {"artifacts": [{"name": "r", "path": "/tmp/r", "raw": {"data": "text"}}]}, "container": container("cat /tmp/r"),
              "outputs": {"artifacts": [{"name": "o", "path": "/tmp/o", "optional": True, "archive": {"none": {}}}]}}),
    workflow({"name": "m", "steps": [[call("a", "o")], [call("b", "s", value="{{steps.a.outputs.parameters.o}}")]]},
             {"name": "o", "suspend": {"duration": "1"}, "outputs": {"parameters": [{"name": "o", "valueFrom": {
                 "supplied": {}, "default": "{{workflow.parameters.level}}"}}]}},
             {"name": "s", "inputs": {"parameters": [{"name": "p"}]}, "container": container("true", env=[{"name": "P", "value": "{{inputs.parameters.p}}"}])},
             arguments={"parameters": [{"name": "level", "value": "3"}]}),
    workflow({"name": "m", "steps": [[call("a", hooks={"exit": {"template": "l"}, "running": {
        "template": "l", "expression": "steps['a'].status == 'Running'"}})], [call("n", "inner", value="v")]]},
             {"name": "inner", "inputs": {"parameters": [{"name": "p"}]}, "dag": {"target": "y", "failFast": False, "tasks": [
                 call("x", value="{{inputs.parameters.p}}"), call("y", depends="x", value="{{tasks.x.outputs.result}}")]}}, leaf("l")),
    workflow({"name": "m", "script": {"image": IMAGE, "command": ["sh"], "source": "echo {{workflow.parameters.revision}}", "env": [
        {"name": "G", "value": "{{workflow.parameters.given}}"}]}}, arguments={"parameters": [{"name": "revision"}, {"name": "given"}]}),
    # text from outside by arguments of the workflow, hooks, names of nodes, supplied outputs and git: as far as a program's environment
    workflow({"name": "m", "steps": [[call("a", value="{{item}}", withItems=["{{workflow.parameters.given}}", "x"], onExit="e", hooks={
        "exit": {"template": "l", "arguments": {"parameters": [{"name": "p", "value": "{{item}}"}]}}})], [call("b", "d")]]},
             {"name": "e", "inputs": {"parameters": [{"name": "given", "default": "x"}]}, "container": container("true", env=[
                 {"name": "G", "value": "{{inputs.parameters.given}} {{node.name}}"}])},
             {"name": "d", "dag": {"tasks": [call("a", hooks={"exit": {"template": "e"}})]}}, leaf("l"), onExit="e", hooks={"exit": {"template": "e"}},
             arguments={"parameters": [{"name": "given"}]}),
    workflow({"name": "m", "inputs": {"parameters": [{"name": "given"}]}, "retryStrategy": {"limit": "1"}, "container": container("true", env=[
        {"name": "G", "value": "{{inputs.parameters.given}} {{lastRetry.message}}"}])}, arguments={"parameters": [{"name": "given"}]}),
    workflow({"name": "m", "steps": [[call("a", "o")], [call("b", value="{{steps.a.outputs.parameters.o}}"), call("c", value="{{workflow.outputs.parameters.g}}")]]},
             {"name": "o", "suspend": {"duration": "1"}, "outputs": {"parameters": [{"name": "o", "globalName": "g", "valueFrom": {
                 "supplied": {}, "default": "x"}}]}}, leaf("l")),
    workflow({"name": "m", "inputs": {"artifacts": [{"name": "g", "path": "/tmp/g"}]}, "container": container("true")}, arguments={
        "parameters": [{"name": "revision"}, {"name": "given"}],
        "artifacts": [{"name": "g", "git": {"repo": "https://files.example/r", "revision": "{{workflow.parameters.revision}}"}}]}),
]
SEEDS[6]["spec"]["templates"].append(leaf("e"))
