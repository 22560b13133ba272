# SPDX-License-Identifier: Apache-2.0
"""Plays what Argo does with the names in a Workflow, as its documents and recordings say: values are put in as text, at every call; an
inline template is filled in together with the step that holds it; a step whose text still asks for an output of another step is put off
for ever. The workflow's own arguments go to the entrypoint and to exit handlers without arguments, a loop's item goes into the hooks of its
step and into the names of its nodes, a person supplies outputs of suspended steps. Outcomes of steps are drawn by lot: many plays find what
one does not.

`play(workflow, random, is_trusted)` lists what went wrong: text from outside in a program, a step that waits for ever.
"""
import json
import re

FOREIGN, PRINTED = "FOREIGNTEXT", "PRINTEDTEXT"
TAG = re.compile(r"\{\{\s*([^{}=]*?)\s*\}\}")
MOST_CALLS, MOST_ITEMS = 400, 4


class Wedged(Exception):
    pass


def put(value, names):
    """Text by text, known names only."""
    if isinstance(value, str):
        return TAG.sub(lambda tag: str(names.get(tag[1], tag[0])), value) if "{{" in value else value
    if isinstance(value, list):
        return [put(item, names) for item in value]
    if isinstance(value, dict):
        return {key: put(item, names) for key, item in value.items()}
    return value


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts(item)


class Play:
    def __init__(self, workflow, random, is_trusted):
        self.spec, self.random, self.calls = workflow["spec"], random, 0
        self.bad = (FOREIGN, PRINTED) if is_trusted else (FOREIGN,)
        self.wrong = []
        parameters = self.spec.get("arguments", {}).get("parameters", [])
        self.globals = {f"workflow.parameters.{p['name']}": p.get("value", "") for p in parameters}
        for _ in parameters:  # one may be made of another
            self.globals = {key: put(value, self.globals) for key, value in self.globals.items()}
        self.arguments = {key.split(".", 2)[2]: value for key, value in self.globals.items()}
        whole = json.dumps(list(self.globals.values()))
        self.globals |= {"workflow.parameters": whole, "workflow.parameters.json": whole, "workflow.failures": FOREIGN, "workflow.name": "w"}
        self.templates = {t["name"]: self.merged(t) for t in self.spec["templates"]}

    def merged(self, template):
        """templateDefaults below a template: lists by name, containers field by field."""
        result = json.loads(json.dumps(self.spec.get("templateDefaults", {})))
        result.pop("name", None)

        def merge(into, value):
            for key, item in value.items():
                if isinstance(item, dict) and isinstance(into.get(key), dict):
                    merge(into[key], item)
                elif isinstance(item, list) and isinstance(into.get(key), list) and key in ("parameters", "sidecars", "initContainers", "env"):
                    have = {e["name"] for e in item}
                    into[key] = item + [e for e in into[key] if e["name"] not in have]
                else:
                    into[key] = item

        merge(result, template)
        return result

    def run(self):
        try:
            self.look_at_git(put(self.spec.get("arguments", {}), self.globals))
            self.call(self.templates.get(self.spec.get("entrypoint")), self.arguments, 0, "w")
            self.hooks(put({key: self.spec[key] for key in ("onExit", "hooks") if key in self.spec}, self.globals), 0, "w")
        except Wedged as wedged:
            self.wrong.append(str(wedged))
        return self.wrong

    @staticmethod
    def given(call):
        return {p["name"]: p.get("value", p.get("default", "")) for p in call.get("arguments", {}).get("parameters", [])}

    def look(self, value, bad, where):
        for text in texts(value):
            for mark in bad:
                if mark in text:
                    self.wrong.append(f"{mark} in {where}")

    def look_at_git(self, holder):
        """What git is asked for by the artifacts of arguments or inputs."""
        for artifact in holder.get("artifacts", []):
            self.look(artifact.get("git", {}), (FOREIGN,), "what git is asked for")

    def call(self, template, given, depth, node):
        """Runs a template as the node of that name; its outputs by name, and whether it succeeded."""
        self.calls += 1
        if template is None or self.calls > MOST_CALLS or depth > 12:
            return {}, True
        names = dict(self.globals)
        for parameter in template.get("inputs", {}).get("parameters", []):
            value = given.get(parameter["name"], parameter.get("value", parameter.get("default", "")))
            names[f"inputs.parameters.{parameter['name']}"] = put(value, self.globals)
        names["inputs.parameters"] = json.dumps([v for k, v in names.items() if k.startswith("inputs.parameters.")])
        names["node.name"] = node
        if "retryStrategy" in template or "retryStrategy" in self.spec:
            names["lastRetry.message"] = PRINTED  # the container's termination message
        template = put(put(template, names), names)
        self.look_at_git(template.get("inputs", {}))
        for container in self.containers(template):
            for key in ("source", "command", "args"):
                self.look(container.get(key, ""), self.bad, key)
        scope, good = {}, True
        if "steps" in template:
            scope, good = self.steps(template["steps"], depth, node)
        elif "dag" in template:
            scope, good = self.dag(template["dag"]["tasks"], depth, node)
        else:
            good = self.random.random() > 0.15
        return self.outputs(template, scope, names), good

    @staticmethod
    def containers(template):
        yield from (template[key] for key in ("container", "script") if key in template)
        for key in ("initContainers", "sidecars"):
            yield from template.get(key, [])
        yield from template.get("containerSet", {}).get("containers", [])

    def outputs(self, template, scope, names):
        found = {}
        if {"container", "script", "containerSet"} & set(template):
            found["outputs.result"] = PRINTED
            found["exitCode"] = "0"
        for parameter in template.get("outputs", {}).get("parameters", []):
            source = parameter.get("valueFrom", {})
            value = put(parameter.get("value", source.get("parameter", "")), scope)
            if "path" in source:  # no file: the default
                value = "" if "default" in source and self.random.random() < 0.5 else PRINTED
            if "supplied" in source:  # nobody came: the default
                value = "" if "default" in source and self.random.random() < 0.5 else FOREIGN
            if "expression" in source or "{{" in value:
                read = [*scope.values(), *(v for k, v in names.items() if k in source.get("expression", ""))]
                value = FOREIGN if any(FOREIGN in str(v) for v in read) else PRINTED
            value = value or put(source.get("default", ""), scope)
            found[f"outputs.parameters.{parameter['name']}"] = value
            if "globalName" in parameter:
                self.globals[f"workflow.outputs.parameters.{parameter['globalName']}"] = value
        if any(k.startswith("outputs.parameters.") for k in found):
            found["outputs.parameters"] = json.dumps(list(found.values()))
        for artifact in template.get("outputs", {}).get("artifacts", []):
            found[f"outputs.artifacts.{artifact['name']}"] = "artifact"
        return found

    # -- steps ------------------------------------------------------------------
    def steps(self, groups, depth, node):
        scope, good = {}, True
        for group in groups:
            results = [self.step(step, "steps", scope, depth, node) for step in group]
            for step, (phase, found) in zip(group, results):
                scope.update(found)
                good = good and (phase in ("Succeeded", "Skipped") or self.goes_on(step, phase))
            if not good:
                return scope, False
        return scope, True

    @staticmethod
    def goes_on(step, phase):
        wanted = step.get("continueOn", {})
        return wanted.get("failed", False) and phase == "Failed" or wanted.get("error", False) and phase == "Error"

    def step(self, step, kind, scope, depth, node):
        """One step or task: its phase, and what others can name of it."""
        bare = {key: value for key, value in step.items() if key not in ("hooks", "onExit")}
        bare = put(bare, scope)
        for text in texts(bare):
            for tag in TAG.findall(text):
                if tag.startswith(("steps.", "tasks.")):
                    raise Wedged(f"{step['name']} waits for {tag} for ever")
        self.look(bare.get("when", ""), (FOREIGN,), "when")
        prefix = f"{kind}.{step['name']}"
        is_loop = any(key in step for key in ("withItems", "withParam", "withSequence"))
        known = {f"{prefix}.{key}": "x" for key in ("id", "status", "startedAt", "finishedAt")} if not is_loop else {}
        if "when" in step and self.random.random() < 0.4:
            return "Skipped", known
        items = self.items(bare)
        if not items:
            return "Skipped", known
        found, phase = {}, "Succeeded"
        for item in items:
            one = put(bare, item)
            self.look(one.get("when", ""), (FOREIGN,), "when")
            self.look_at_git(one.get("arguments", {}))
            target = self.merged(one["inline"]) if "inline" in one else self.templates.get(one.get("template"))
            name = f"{node}.{step['name']}({item.get('item', '')})"
            found, good = self.call(target, self.given(one), depth + 1, name)
            self.hooks(put({key: step[key] for key in ("onExit", "hooks") if key in step}, {**scope, **known, **item}), depth + 1, name)
            if not good:
                phase = self.random.choice(("Failed", "Error"))
        if phase != "Succeeded":  # what a failed step leaves behind is not certain
            found = {} if self.random.random() < 0.5 else found
        if is_loop:
            found = {k: v for k, v in found.items() if k.startswith("outputs.")}
        return phase, known | {f"{prefix}.{key}": value for key, value in found.items()}

    def hooks(self, holder, depth, node):
        """Exit handlers and hooks of a step or of the workflow, after the names in them were filled in. What runs at an exit without arguments
        gets the workflow's."""
        if "onExit" in holder:
            self.call(self.templates.get(holder["onExit"]), self.arguments, depth, f"{node}.onExit")
        for name, hook in holder.get("hooks", {}).items():
            for text in texts(hook.get("arguments", {})):
                for tag in TAG.findall(text):
                    if tag.startswith(("steps.", "tasks.")):
                        raise Wedged(f"a hook of {node} waits for {tag} for ever")
            self.look_at_git(hook.get("arguments", {}))
            given = self.given(hook)
            if name == "exit" and not given:
                given = self.arguments
            self.call(self.templates.get(hook.get("template")), given, depth, f"{node}.{'onExit' if name == 'exit' else 'hooks.' + name}")

    def items(self, step):
        """What {{item}} becomes, once per run."""
        def names(item):
            found = {"item": item if isinstance(item, str) else json.dumps(item)}
            if isinstance(item, dict):
                found |= {f"item.{k}": v if isinstance(v, str) else json.dumps(v) for k, v in item.items()}
            return found

        if "withItems" in step:
            return [names(item) for item in step["withItems"][:MOST_ITEMS]]
        if "withSequence" in step:
            return [] if str(step["withSequence"].get("count")) == "0" else [{"item": "1"}]
        if "withParam" in step:
            text = step["withParam"]
            mark = next((m for m in (FOREIGN, PRINTED) if m in text), "x")
            keys = {tag for t in texts(step) for tag in TAG.findall(t) if tag.startswith("item")}
            return [] if self.random.random() < 0.3 else [{key: mark for key in keys} | {"item": mark}]
        return [{}]

    # -- tasks ------------------------------------------------------------------
    def dag(self, tasks, depth, node):
        phases, scope, waiting = {}, {}, list(tasks)
        while waiting:
            ready = [t for t in waiting if all(name in phases for name in self.mentioned(t))]
            if not ready:
                return scope, False
            task = ready[0]
            waiting.remove(task)
            if not self.wanted(task, phases, tasks):
                phases[task["name"]] = "Omitted"
                scope.update({f"tasks.{task['name']}.{key}": "x" for key in ("id", "status", "startedAt", "finishedAt")})
                continue
            phases[task["name"]], found = self.step(task, "tasks", self.visible(task, tasks, scope), depth, node)
            scope.update(found)
        return scope, all(p not in ("Failed", "Error") for p in phases.values())

    @staticmethod
    def mentioned(task):
        words = re.findall(r"[A-Za-z0-9][-A-Za-z0-9]*(?:\.\w+)?", task.get("depends", ""))
        return {w.split(".")[0] for w in words} | set(task.get("dependencies", []))

    def visible(self, task, tasks, scope):
        """Argo knows the names of a task's ancestors."""
        by_name, names = {t["name"]: t for t in tasks}, set()
        todo = [task]
        while todo:
            for name in self.mentioned(todo.pop()):
                if name not in names:
                    names.add(name)
                    todo.append(by_name[name])
        return {key: value for key, value in scope.items() if key.split(".")[1] in names}

    def wanted(self, task, phases, tasks):
        by_name = {t["name"]: t for t in tasks}

        def state(word):
            name, _, asked = word.partition(".")
            phase = phases[name]
            plain = phase in ("Succeeded", "Skipped")
            if not asked and "dependencies" in task:
                plain = plain or self.goes_on(by_name[name], phase)
            return {"": plain, "Succeeded": phase == "Succeeded", "Failed": phase == "Failed", "Errored": phase == "Error", "Skipped": phase == "Skipped",
                    "Omitted": phase == "Omitted", "Daemoned": False, "AnySucceeded": phase == "Succeeded", "AllFailed": phase == "Failed"}[asked]

        if "dependencies" in task:
            return all(state(name) for name in task["dependencies"])
        if not task.get("depends"):
            return True
        words = re.sub(r"[A-Za-z0-9][-A-Za-z0-9]*(?:\.\w+)?", lambda w: f" {state(w[0])} ", task["depends"])
        return eval(words.replace("&&", " and ").replace("||", " or ").replace("!", " not "), {"__builtins__": {}})  # True, False, and operators only



def play(workflow, random, is_trusted, plays=6):
    """Everything that went wrong in some plays of one Workflow."""
    wrong = set()
    for _ in range(plays):
        wrong.update(Play(workflow, random, is_trusted).run())
    return sorted(wrong)
