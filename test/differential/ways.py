# SPDX-License-Identifier: Apache-2.0
"""Every way of text from outside into a program that docs/policy.md names, one definition each: the policy refuses it, and so does the second
opinion if it is bound all the same. `WAYS` is (what it is, definition, whether trusted workloads only)."""
from seeds import IMAGE, call, container, leaf, workflow

GIVEN = {"parameters": [{"name": "given"}]}
TEXT = "{{workflow.parameters.given}}"


def script(name, source, **more):
    return {"name": name, "script": {"image": IMAGE, "command": ["sh"], "source": source}, **more}


def runs(name, parameter="p"):
    """A template that runs what it is given."""
    return script(name, f"{{{{inputs.parameters.{parameter}}}}}", inputs={"parameters": [{"name": parameter, "default": "x"}]})


def steps(*groups, **more):
    return {"name": "m", "steps": [list(group) for group in groups], **more}


def git(**asked):
    return {"artifacts": [{"name": "g", "git": {"repo": "https://files.example/r", **asked}}]}


def given(*templates, **spec):
    return workflow(*templates, **{"arguments": GIVEN, **spec})


def output(source, **more):
    """A step's output goes to the step that runs it."""
    return (steps([call("a", "o")], [call("b", "s", value="{{steps.a.outputs.parameters.o}}")]), runs("s"),
            {"name": "o", "outputs": {"parameters": [{"name": "o", "valueFrom": source}]}, **more})


FETCHES = {"name": "f", "inputs": {"artifacts": [{"name": "g", "path": "/tmp/g"}]}, "container": container("true")}
PASSES_ITEM = {"arguments": {"parameters": [{"name": "p", "value": "{{item}}"}]}}
NAMES_ITSELF = {"name": "k", "container": container("{{node.name}}")}
WAYS = [
    ("a parameter in a script", given(script("m", TEXT)), False),
    ("all parameters", given(script("m", "{{workflow.parameters}}")), False),
    ("one made of it", workflow(script("m", "{{workflow.parameters.z}}"), arguments={"parameters": [
        {"name": "z", "value": "{{workflow.parameters.y}}"}, {"name": "y", "value": TEXT}, {"name": "given"}]}), False),
    ("in a command", given({"name": "m", "container": {**container(), "command": ["sh", TEXT]}}), False),
    ("in a sidecar", given({"name": "m", "container": container(), "sidecars": [{"name": "s", **container(TEXT)}]}), False),
    ("in a condition", given(steps([call("a", when=f"'{TEXT}' == 'x'")]), leaf("l")), False),
    ("by an argument", given(steps([call("a", "s", value=TEXT)]), runs("s")), False),
    ("by an item", given(steps([call("a", "s", value="{{item}}", withItems=[TEXT])]), runs("s")), False),
    ("by a parameter's items", given(steps([call("a", "s", value="{{item}}", withParam=TEXT)]), runs("s")), False),
    ("by a default of an input", given(script("m", "{{inputs.parameters.p}}", inputs={"parameters": [{"name": "p", "default": TEXT}]})), False),
    ("by a default of every input", given(script("m", "{{inputs.parameters.p}}"), templateDefaults={
        "inputs": {"parameters": [{"name": "p", "default": TEXT}]}}), False),
    ("into an inline template", given(steps([{"name": "a", "inline": {"container": container(TEXT)}}])), False),
    ("the workflow's arguments into the entrypoint", given(runs("m", "given")), False),
    ("into the workflow's exit handler", given(steps([call("a")]), leaf("l"), runs("e", "given"), onExit="e"), False),
    ("into its exit hook", given(steps([call("a")]), leaf("l"), runs("e", "given"), hooks={"exit": {"template": "e"}}), False),
    ("into a step's exit handler", given(steps([call("a", onExit="e")]), leaf("l"), runs("e", "given")), False),
    ("into a step's exit hook", given(steps([call("a", hooks={"exit": {"template": "e"}})]), leaf("l"), runs("e", "given")), False),
    ("into a task's exit hook", given({"name": "m", "dag": {"tasks": [call("a", hooks={"exit": {"template": "e"}})]}}, leaf("l"), runs("e", "given")),
     False),
    ("by an argument of the workflow's hook", given(steps([call("a")]), leaf("l"), runs("s"), hooks={"exit": {
        "template": "s", "arguments": {"parameters": [{"name": "p", "value": TEXT}]}}}), False),
    ("by an item in a hook", given(steps([call("a", withItems=[TEXT], hooks={"exit": {"template": "s", **PASSES_ITEM}})]), leaf("l"), runs("s")), False),
    ("by an item in another hook", given(steps([call("a", withParam=TEXT, hooks={"go": {
        "template": "s", "expression": "steps['a'].status == 'Failed'", **PASSES_ITEM}})]), leaf("l"), runs("s")), False),
    ("by a node's name", given(steps([call("a", "k", withItems=[TEXT])]), NAMES_ITSELF), False),
    ("by the name of a node above", given(steps([call("a", "h", withItems=[TEXT])]), {"name": "h", "steps": [[call("b", "k")]]}, NAMES_ITSELF), False),
    ("by the name of an exit handler's node", given(steps([call("a", withItems=[TEXT], onExit="k")]), leaf("l"), NAMES_ITSELF), False),
    ("by an output's default", given(*output({"path": "/tmp/o", "default": TEXT}, container=container())), False),
    ("by a supplied output", workflow(*output({"supplied": {}, "default": "x"}, suspend={"duration": "1"})), False),
    ("by an expression", given(*output({"expression": "workflow.parameters.given"}, steps=[[call("c")]]), leaf("l")), False),
    ("by a global output", given(steps([call("a", "o")], [call("b", "s", value="{{workflow.outputs.parameters.g}}")]), runs("s"), {
        "name": "o", "container": container(), "outputs": {"parameters": [{"name": "o", "globalName": "g", "valueFrom": {
            "path": "/tmp/o", "default": TEXT}}]}}), False),
    ("what git is asked for by an input", given({"name": "m", "container": container(), "inputs": {"artifacts": [
        {"path": "/tmp/g", **git(revision=TEXT)["artifacts"][0]}]}}), False),
    ("by an argument's artifact", given(steps([{"name": "a", "template": "f", "arguments": git(branch=TEXT)}]), FETCHES), False),
    ("by an argument's artifact with an item", given(steps([{"name": "a", "template": "f", "arguments": git(fetch=["{{item}}"]), "withItems": [TEXT]}]),
                                                     FETCHES), False),
    ("by the workflow's artifact", workflow({**FETCHES, "name": "m"}, arguments={**GIVEN, **git(revision=TEXT)}), False),
    ("by a hook's artifact", given(steps([call("a", hooks={"exit": {"template": "f", "arguments": git(revision=TEXT)}})]), leaf("l"), FETCHES), False),
    ("by an artifact of the workflow's hook", given(steps([call("a")]), leaf("l"), FETCHES, hooks={"exit": {
        "template": "f", "arguments": git(revision=TEXT)}}), False),
    ("what a step printed", workflow(*output({"path": "/tmp/o"}, container=container())), True),
    ("its result", workflow(steps([call("a")], [call("b", "s", value="{{steps.a.outputs.result}}")]), leaf("l"), runs("s")), True),
    ("the last attempt's message", workflow({"name": "m", "retryStrategy": {"limit": "1"}, "container": container("{{lastRetry.message}}")}), True),
]
