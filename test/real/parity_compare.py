# SPDX-License-Identifier: Apache-2.0
"""Two statuses of one Workflow: nodes, types, phases, kinds of messages, values, the graph of nodes and the order that it asks for."""
import json
import re

LEAVES = ("Pod", "Suspend")
KINDS = [(r"withParam value", "withParam"), (r"Pod was active|[Ss]tep exceeded", "deadline"),
         (r"invalid character|unexpected end of JSON", "not JSON"), (r"Maximum recursion", "recursion"),
         (r"failed to evaluate expression", "expression"), (r"wait: Error \(exit code 64\)", "outputs"), (r"invalid spec", "invalid"), (r"Invalid 'when'|Failed to evaluate 'when'", "when")]


def kind(message):
    return next((name for pattern, name in KINDS if re.search(pattern, message)), message.rstrip(": "))


def values(side):
    """Parameters' values and artifacts' names of inputs or outputs."""
    side = side or {}
    return {"parameters": sorted((p["name"], p["value"]) for p in side.get("parameters") or [] if "value" in p),
            "artifacts": sorted(a["name"] for a in side.get("artifacts") or [] if not a["name"].endswith("-logs")),  # kept elsewhere here
            "result": side.get("result"), "exitCode": side.get("exitCode")}


def shape(status):
    nodes = {}
    for node in status.get("nodes", {}).values():
        nodes[node["name"]] = {"type": node["type"], "phase": node["phase"], "message": kind(node.get("message", "")),
                               "inputs": values(node.get("inputs")), "outputs": values(node.get("outputs")),
                               "children": names_of(status, node.get("children", []))}
    late = {name for name, node in nodes.items() if node["message"] == "deadline"}
    for name, node in nodes.items():  # Argo has the code of a pod that was ended, or has not; a retry has its last attempt's
        if name in late or (node["type"] == "Retry" and late.intersection(node["children"])):
            node["outputs"]["exitCode"] = None
    return nodes


def names_of(status, ids):
    return sorted(status["nodes"][one]["name"] for one in ids if one in status["nodes"])


def precedes(status):
    """Pairs of leaves, (first, then): the second's start waits for the first's end, by the graph of nodes or as attempts of one step."""
    nodes = status.get("nodes", {})
    pairs = set()
    for node in nodes.values():
        attempts = [one for one in node.get("children", []) if one in nodes and re.fullmatch(re.escape(node["name"]) + r"\(\d+\)", nodes[one]["name"])]
        if node["type"] == "Retry":
            pairs |= {(a, b) for a in attempts for b in attempts if int(number(nodes[a])) < int(number(nodes[b]))}
        if node["type"] in LEAVES:
            pairs |= {(node["id"], other) for other in below(nodes, node["id"]) if nodes[other]["type"] in LEAVES}
    return {(nodes[a]["name"], nodes[b]["name"]) for a, b in pairs if ".hooks." not in nodes[b]["name"]}


def number(node):
    return node["name"].rsplit("(", 1)[1].rstrip(")")


def below(nodes, start):
    found, open_ = set(), list(nodes[start].get("children", []))
    while open_:
        one = open_.pop()
        if one in nodes and one not in found and ".hooks." not in nodes[one]["name"]:
            found.add(one)
            open_ += nodes[one].get("children", [])
    return found


def disorder(status, pairs):
    """Those of the pairs of which the second began before the first ended."""
    times = {node["name"]: (node.get("startedAt"), node.get("finishedAt")) for node in status.get("nodes", {}).values()}
    return sorted(f"{then} began before {first} ended" for first, then in pairs
                  if first in times and then in times and None not in (times[first][1], times[then][0]) and times[then][0] < times[first][1])


def crowding(status, limits):
    """Where more pods ran at once than a limit lets: `limits` by the name of a steps or DAG template, "" for the whole."""
    nodes, found = status.get("nodes", {}), []
    for template, most in limits.items():
        owners = {i for i, node in nodes.items() if node.get("templateName") == template and node["type"] in ("Steps", "DAG")}
        pods = [n for n in nodes.values() if n["type"] == "Pod" and n.get("startedAt") and n.get("finishedAt")]
        for owner in owners if template else [None]:
            mine = [n for n in pods if owner is None or n.get("boundaryID") == owner]
            for one in mine:
                at_once = sum(n["startedAt"] <= one["startedAt"] < n["finishedAt"] for n in mine)
                if at_once > most:
                    found.append(f"{at_once} pods at once where {template or 'all'} may have {most}")
    return sorted(set(found))


def limits_of(manifest):
    spec = manifest.get("spec", {})
    limits = {t["name"]: t["parallelism"] for t in spec.get("templates", []) if "parallelism" in t}
    return {**limits, **({"": spec["parallelism"]} if "parallelism" in spec else {})}


def differences(real, mine, manifest):
    """In words; none when both came to the same."""
    if "invalid spec" in real.get("message", ""):
        return [] if mine["phase"] != "Succeeded" else ["the real Argo refuses it: " + real["message"]]
    if mine.get("refused"):
        return ["run refuses it: " + mine["message"]]
    a, b, found = shape(real), shape(mine), []
    for name in sorted(a.keys() | b.keys()):
        if name not in a or name not in b:
            found.append(f"node {name} is only {'in run' if name in b else 'on Argo'}: {a.get(name) or b.get(name)}")
            continue
        found += [f"{name}: {key} {a[name][key]!r} is {b[name][key]!r} here" for key in a[name] if a[name][key] != b[name][key]]
    for key in ("phase", "message"):
        if kind(real.get(key) or "") != kind(mine.get(key) or ""):
            found.append(f"{key}: {real.get(key)!r} is {mine.get(key)!r} here")
    if values(real.get("outputs")) != values(mine.get("outputs")):
        found.append(f"outputs of the whole: {values(real.get('outputs'))} are {values(mine.get('outputs'))} here")
    return found + disorder(mine, {pair for pair in precedes(real) if not disorder(real, {pair})}) + crowding(mine, limits_of(manifest))


def dumped(status):
    return json.dumps(status, indent=1, sort_keys=True)
