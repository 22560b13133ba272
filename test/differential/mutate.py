# SPDX-License-Identifier: Apache-2.0
"""Structure-aware mutations of Workflows: Argo's own JSON schema says which fields an object has and of what type, so that a mutation adds
what exists, where it exists; others confuse types, put tags and expressions into texts, and move templates to where they hide."""
import copy
import json
import pathlib

from seeds import IMAGE, SEEDS

TAGS = ["{{inputs.parameters.p}}", "{{inputs.parameters.nosuch}}", "{{workflow.parameters.given}}", "{{workflow.parameters.revision}}", "{{workflow.parameters}}",
        "{{workflow.name}}", "{{steps.a.outputs.result}}", "{{steps.b.outputs.result}}", "{{tasks.a.outputs.result}}", "{{tasks.b.outputs.parameters.o}}",
        "{{steps.a.outputs.parameters.o}}", "{{steps.a.status}}", "{{tasks.c.exitCode}}", "{{item}}", "{{item.k}}", "{{=1+}}", "{{=sprig.env('A')}}",
        "{{=inputs.parameters.p}}", "{{pod.name}}", "{{ workflow.parameters.given }}", "{{", "}}", "{{a b}}", "{{outputs.parameters.o.path}}", "{{retries}}",
        "{{node.name}}", "{{lastRetry.message}}", "{{workflow.outputs.parameters.g}}", "{{workflow.failures}}", "{{inputs.parameters.given}}"]
WORDS = ["x", "true", "y", "n", "on", "", "-1", "0", "1", "7", "300", "1000000000", "9e9", "1Gi", "100Gi", "500m", "1h", "48h", "10s", "../up", "/tmp/x",
         "/var/run/argo/x", "/../../var/run/secrets/x", "/", "Always", "OnFailure", "Never", "Memory", "a", "b", "m", "l", "main", "wait", "init", "root",
         "ARGO_DEBUG_PAUSE_AFTER", "SEAKEEPER_URL", "PATH", "http://169.254.169.254/", "https://files.example/x", "config", "deploy-key", "fast", "ALL",
         "NET_ADMIN", "Unconfined", "RuntimeDefault", "steps['a'].status == 'Failed'", "1+", "asInt(lastRetry.exitCode) > 1", "a && b", "a || b.Failed",
         "a.Omitted", "true == true", "x == y", "'{{item}}' == '1'", "v1.2 == v1.2", "a\nb", "a\tb", IMAGE, "evil.example/x:1"]
NUMBERS = [0, 1, 2, 5, 7, 60, 1000, 65535, 2**31 - 1, 2**31, 2**53, -1, 10**9]
KINDS = ("container", "script", "containerSet", "steps", "dag", "suspend")


class Schema:
    """Argo's api/jsonschema/schema.json."""

    def __init__(self, file):
        self.definitions = json.loads(pathlib.Path(file).read_text())["definitions"]
        self.root = "io.argoproj.workflow.v1alpha1.Workflow"

    def of(self, schema):
        while "$ref" in schema:
            schema = self.definitions[schema["$ref"].split("/")[-1]]
        return schema

    def property(self, schema, key):
        schema = self.of(schema)
        if schema.get("type") == "array":
            return schema.get("items", {})
        return schema.get("properties", {}).get(key) or schema.get("additionalProperties") or {}


class Mutator:
    def __init__(self, schema, random):
        self.schema, self.random = schema, random

    def make(self):
        """One definition: a seed and some mutations of it."""
        tree = copy.deepcopy(self.random.choice(SEEDS))
        for _ in range(self.random.choice((1, 1, 1, 2, 2, 3, 5))):
            places = list(self.places(tree, {"$ref": f"#/definitions/{self.schema.root}"}))
            self.random.choice((self.add, self.add, self.add, self.replace, self.replace, self.tag, self.drop, self.twice, self.move, self.confuse))(places, tree)
        return tree

    def places(self, value, schema, parent=None, key=None):
        yield value, schema, parent, key
        if isinstance(value, dict):
            for name in list(value):
                yield from self.places(value[name], self.schema.property(schema, name), value, name)
        elif isinstance(value, list):
            for i, item in enumerate(value):
                yield from self.places(item, self.schema.property(schema, i), value, i)

    def pick(self, places, wanted):
        fit = [place for place in places if wanted(place)]
        return self.random.choice(fit) if fit else None

    def add(self, places, _):
        place = self.pick(places, lambda p: isinstance(p[0], dict) and self.schema.of(p[1]).get("properties"))
        if place:
            properties = self.schema.of(place[1])["properties"]
            name = self.random.choice(sorted(properties))
            place[0][name] = self.instance(properties[name], 0)

    def replace(self, places, _):
        place = self.pick(places, lambda p: p[2] is not None and not isinstance(p[0], (dict, list)))
        if place:
            value, schema, parent, key = place
            parent[key] = self.instance(schema, 0) if self.random.random() < 0.7 else self.random.choice(WORDS)

    def tag(self, places, _):
        place = self.pick(places, lambda p: p[2] is not None and isinstance(p[0], str))
        if place:
            text, tag = place[0], self.random.choice(TAGS)
            place[2][place[3]] = self.random.choice((tag, f"{text} {tag}", f"{tag}{text}", f"'{tag}' == 'x'"))

    def drop(self, places, _):
        place = self.pick(places, lambda p: isinstance(p[2], dict))
        if place:
            del place[2][place[3]]

    def twice(self, places, _):
        place = self.pick(places, lambda p: isinstance(p[2], list))
        if place:
            again = copy.deepcopy(place[0])
            if isinstance(again, dict) and "name" in again:
                again["name"] = f"{again['name']}2" if self.random.random() < 0.8 else again["name"]
            place[2].insert(self.random.randrange(len(place[2]) + 1), again)

    def confuse(self, places, _):
        place = self.pick(places, lambda p: p[2] is not None)
        if place:
            place[2][place[3]] = self.random.choice((True, None, 5, 1.5, "x", [], {}, [place[0]], {"a": place[0]}, {"name": "x"}))

    def move(self, places, tree):
        """A template into a step, a container to where containers hide, a value into templateDefaults."""
        spec = tree.get("spec") if isinstance(tree.get("spec"), dict) else {}
        templates = [t for t in spec.get("templates", []) if isinstance(t, dict) and t] if isinstance(spec.get("templates"), list) else []
        if not templates:
            return
        one, way = self.random.choice(templates), self.random.randrange(4)
        if way == 0:
            hidden = {k: v for k, v in copy.deepcopy(one).items() if k != "name"}
            templates[0].pop("container", None)
            for kind in KINDS:
                templates[0].pop(kind, None)
            templates[0]["steps"] = [[{"name": "a", "inline": hidden}]]
        elif way == 1:
            container = next((copy.deepcopy(p[0]) for p in places if isinstance(p[0], dict) and "image" in p[0]), {})
            one[self.random.choice(("initContainers", "sidecars"))] = [{"name": "extra", **container}]
        elif way == 2:
            key = self.random.choice(sorted(one))
            spec["templateDefaults"] = {key: copy.deepcopy(one[key])}
        else:
            spec["hooks"] = {self.random.choice(("exit", "go")): {"template": one.get("name", "m"), "expression": self.random.choice(WORDS)}}

    def instance(self, schema, depth):
        schema = self.schema.of(schema)
        kind = schema.get("type")
        if "properties" in schema and depth < 4:
            names = sorted(schema["properties"])
            chosen = set(schema.get("required", [])) | set(self.random.sample(names, min(len(names), self.random.choice((0, 1, 1, 2)))))
            return {name: self.instance(schema["properties"][name], depth + 1) for name in sorted(chosen)}
        if kind == "array":
            return [self.instance(schema.get("items", {}), depth + 1) for _ in range(self.random.choice((0, 1, 1, 2)))]
        if kind == "object":
            more = schema.get("additionalProperties", {})
            return {self.random.choice(WORDS[:9]): self.instance(more, depth + 1)} if more and depth < 4 else {}
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind in ("integer", "number"):
            return self.random.choice(NUMBERS)
        pool = self.random.random()
        if "enum" in schema and pool < 0.7:
            return self.random.choice(schema["enum"])
        return self.random.choice(TAGS) if pool < 0.15 else self.random.choice(NUMBERS) if pool > 0.95 else self.random.choice(WORDS)
