# SPDX-License-Identifier: Apache-2.0
"""The policy's tables beside what the servers say of the same objects: the API server's OpenAPI and the schema of Argo's full CRD."""

# Objects of the tables whose fields are those of a type of Kubernetes.
KUBERNETES = {"PodSpec": "podSpec", "Container": "container"}
INTERNAL = "io.k8s.apimachinery.pkg."


class OpenApi:
    """Kubernetes' /openapi/v3/api/v1 as nodes {kind, object, items, properties}."""

    def __init__(self, document):
        self.schemas = document["components"]["schemas"]

    def node(self, schema):
        if "allOf" in schema and len(schema["allOf"]) == 1:
            schema = schema["allOf"][0]
        if "$ref" in schema:
            name = schema["$ref"].split("/")[-1]
            if name.endswith(".Quantity"):
                return {"kind": "quantity"}
            if name.endswith(".IntOrString"):
                return {"kind": "int_or_text"}
            target = self.schemas[name]
            return {"kind": "object", "name": name, "properties": target["properties"]} if "properties" in target else self.node(target)
        return plain(schema, self.node)


class Crd:
    """The schema inside a CustomResourceDefinition."""

    def node(self, schema):
        if schema.get("x-kubernetes-int-or-string"):
            return {"kind": "int_or_text"}
        return plain(schema, self.node)


def plain(schema, node):
    kind = schema.get("type")
    if kind == "array":
        return {"kind": "list", "items": node(schema["items"])}
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return {"kind": "map", "items": node(schema["additionalProperties"])}
    if kind == "object" and "properties" in schema:
        return {"kind": "object", "properties": schema["properties"]}
    if kind == "object" or schema.get("x-kubernetes-preserve-unknown-fields") or kind is None:
        return {"kind": "free"}
    if kind == "string" and "format" in schema and "int-or-string" in schema["format"]:
        return {"kind": "int_or_text"}
    return {"kind": {"string": "text", "boolean": "boolean", "integer": schema.get("format", "int64"), "number": "number"}[kind]}


class Comparison:
    """Walks an object of the tables and the server's schema of it together."""

    def __init__(self, tables, server, may_lack=()):
        self.objects, self.server, self.may_lack = tables["objects"], server, set(may_lack)
        self.wrong, self.fields, self.decided, self.seen = [], 0, 0, set()

    def object(self, name, properties, path):
        if (name, tuple(sorted(properties))) in self.seen:
            return
        self.seen.add((name, tuple(sorted(properties))))
        table = self.objects[name]
        for key, schema in properties.items():
            self.fields += 1
            if key not in table:
                self.wrong.append(f"{path}.{key}: the server knows it, the table of {name} does not decide it")
                continue
            self.decided += 1
            self.field(table[key], self.server.node(schema), f"{path}.{key}")
        for key, field in table.items():
            if key not in properties and not is_forbidden(field) and f"{name}.{key}" not in self.may_lack:
                self.wrong.append(f"{path}.{key}: the table of {name} lets it through, the server does not know it")

    def field(self, field, node, path):
        if is_forbidden(field):
            return  # and everything below it
        if field["leaf"] == "item" and node["kind"] == "free":
            return
        shapes = {"one": [], "list": ["list"], "map": ["map"], "list_of_lists": ["list", "list"]}[field["shape"]]
        for shape in shapes:
            if node["kind"] != shape:
                self.wrong.append(f"{path}: {node['kind']} for the server, {field['shape']} in the table")
                return
            node = node["items"]
        if field["leaf"] == "object":
            if node["kind"] == "object":
                self.object(field["object"], node["properties"], path)
            elif node["kind"] != "free":
                self.wrong.append(f"{path}: {node['kind']} for the server, an object in the table")
        elif node["kind"] not in self.fits(field["leaf"]):
            self.wrong.append(f"{path}: {node['kind']} for the server, {field['leaf']} in the table")

    @staticmethod
    def fits(leaf):
        return {"text": ["text"], "any_text": ["text"], "boolean": ["boolean"], "int32": ["int32"], "int64": ["int64"],
                "int_or_text": ["int_or_text"], "quantity": ["quantity", "int_or_text"], "item": ["free"]}.get(leaf, [])


def is_forbidden(field):
    return field["untrusted"] == "forbid" and field["trusted"] == "forbid"
