# SPDX-License-Identifier: Apache-2.0
"""The policy beside the servers it protects: every field that they know is decided, every type is theirs, and what Pod Security refuses is
refused before. With SEAKEEPER_EVIDENCE=FILE the table of fixtures is written there (docs/policy-evidence.md)."""
import collections
import json
import os
import pathlib
import subprocess
import sys

import modules
import policy_fixtures as fixtures
import yaml
from cases import check, equal, run_all
from policy_schemas import KUBERNETES, Comparison, Crd, OpenApi

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "test/stack"), str(ROOT / "test/differential")]
import differential  # noqa: E402
from differential import Probe  # noqa: E402
from seakeeper_stack import common, summary  # noqa: E402
from seakeeper_stack.kube import Kube  # noqa: E402

PROBE = os.environ.get("SEAKEEPER_POLICY_PROBE", str(ROOT / "build/debug/test/real/policy_probe"))
kube = Kube.of_kubeconfig(summary.stack()["kubernetes"]["admin_kubeconfig"])
probe = Probe(PROBE)
tables = json.loads(subprocess.run([PROBE, "tables"], capture_output=True, check=True, text=True).stdout)
rows = []


def kubernetes_fields():
    """every field of PodSpec and Container that the API server knows is decided by name"""
    server = OpenApi(json.loads(kube.text("/openapi/v3/api/v1")))
    comparison = Comparison(tables, server)
    for kind, name in KUBERNETES.items():
        comparison.object(name, server.schemas[f"io.k8s.api.core.v1.{kind}"]["properties"], kind)
    wrong = [w for w in comparison.wrong if not argo_has_it(w)]
    check(not wrong, "\n".join(wrong))
    check(comparison.fields > 250, f"only {comparison.fields} fields seen")
    return f"{comparison.fields} fields"


def argo_has_it(wrong):
    """Containers of Argo have fields more than those of Kubernetes."""
    return wrong.startswith(("PodSpec.initContainers.mirrorVolumeMounts:", "PodSpec.containers.dependencies:"))


def argo_types():
    """every field of Argo's full CRD is decided by name, and those that are let through have its types"""
    crd = kube.get("apiextensions.k8s.io/v1", "customresourcedefinitions", None, "workflows.argoproj.io")
    root = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
    check("properties" in root["spec"], "the stack runs on the minimal CRDs")
    comparison = Comparison(tables, Crd())
    comparison.object("workflow", {k: v for k, v in root.items() if k != "metadata"} | {"metadata": {"type": "object"}}, "Workflow")
    check(not comparison.wrong, "\n".join(comparison.wrong))
    check(comparison.fields > 500, f"only {comparison.fields} fields seen")
    return f"{comparison.fields} fields"


def namespace(level):
    name = f"psa-{level}"
    kube.apply("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {
        "pod-security.kubernetes.io/enforce": level, "pod-security.kubernetes.io/enforce-version": "v1.34"}}})
    account = kube.where("v1", "serviceaccounts", name, "default")
    common.wait_for(f"the account of {name}", lambda: kube.raw("GET", account)[0] == 200, 30)
    return name


def dry_run(pod, where):
    """Whether the API server takes a pod, and what it says. Other reasons than Pod Security to refuse one are mistakes of the test."""
    body = {**pod, "metadata": {k: v.replace("_", "-") if k == "name" else v for k, v in pod["metadata"].items() if k != "namespace"}}
    status, text = kube.raw("POST", f"/api/v1/namespaces/{where}/pods?dryRun=All", body)
    said = json.loads(text).get("message", "")
    check(status == 201 or (status == 403 and "violates PodSecurity" in said), f"{body['metadata']}: {status} {said}")
    return status == 201, said


def judged(pod, way, name):
    """The answer for a fixture, and whether a finding points at the field that offends."""
    text = yaml.safe_dump(json.loads(json.dumps(fixtures.wrap(pod, way))), sort_keys=False)  # no two places share an object
    answer = probe.judge(text, "untrusted", images=[], site={})
    lines, offending = text.splitlines(), fixtures.about(name) if name else None
    if "fault" in answer:
        line = lines[int(answer["fault"].split(":")[1]) - 1]
        key = line.split(":")[0].strip()
        if offending and not offending.search(line) and key in pod["spec"]:  # refused for another field first: look at the rest too
            return judged({**pod, "spec": {k: v for k, v in pod["spec"].items() if k != key}}, way, name)
        return answer, bool(offending and offending.search(line)), answer["fault"].rsplit("[", 1)[-1].rstrip("]")
    pointed = [f for f in answer["findings"] if offending and offending.search(f["path"])]
    for finding in pointed:
        last = [part for part in finding["path"].split("/") if not part.isdigit()][-1]
        check(last in lines[finding["line"] - 1] or finding["path"].split("/")[-1].isdigit(), f"{finding['text']} is not at {last}")
    rule = (pointed or answer["findings"] or [{"rule": ""}])[0]["rule"]
    return answer, bool(pointed), rule


def failing(level, name, pod, where, counts):
    """A fixture that must fail: refused in every way at its own field, or what it lacks is what binding gives to every pod."""
    taken, said = dry_run(pod, where)
    check(not taken, f"{name} must fail and the server takes it")
    outcome = {}
    for way in fixtures.WAYS:
        answer, is_pointed, rule = judged(pod, way, name)
        if answer.get("findings") or "fault" in answer:
            check(is_pointed, f"{level} {name} as {way}: no finding points at what offends: {json.dumps(answer)[:1500]}")
            outcome[way] = rule
            continue
        check("workflow" in answer, f"{name} as {way}: {answer}")
        for made in fixtures.pods(answer["workflow"], way):
            good, why = dry_run(made, where)
            check(good, f"{level} {name} as {way}: accepted, and what we send is refused by the server: {why}")
        outcome[way] = "supplied"
    counts["refused" if "supplied" not in outcome.values() else "supplied"] += 1
    check(len({v == "supplied" for v in outcome.values()}) == 1, f"{name}: refused in one way and not in another: {outcome}")
    rows.append((level, "fail", name, outcome))


def passing(level, name, pod, where, counts):
    """A fixture that must pass: whatever we refuse of it, we refuse by a rule of ours."""
    taken, said = dry_run(pod, where)
    check(taken, f"{name} must pass: {said}")
    outcome = {}
    for way in fixtures.WAYS:
        answer, _, rule = judged(pod, way, None)
        if "workflow" in answer:
            outcome[way] = "accepted"
            for made in fixtures.pods(answer["workflow"], way):
                check(dry_run(made, namespace("restricted"))[0], f"{name} as {way}: what we send is refused by the server")
        else:
            check(rule in tables["rules"], f"{name} as {way}: refused by no rule: {answer}")
            outcome[way] = rule
    counts["accepted" if set(outcome.values()) == {"accepted"} else "refused"] += 1
    rows.append((level, "pass", name, outcome))


def run_fixtures(level):
    folder, where, counts = modules.pod_security() / level / "v1.34", namespace(level), collections.Counter()
    for kind, judge in (("fail", failing), ("pass", passing)):
        files = sorted((folder / kind).glob("*.yaml"))
        check(len(files) > 10, f"{folder}/{kind} has {len(files)} fixtures")
        for file in files:
            counts[kind] += 1
            part = collections.Counter()
            judge(level, file.stem, yaml.safe_load(file.read_text()), where, part)
            counts.update({f"{kind}: {key}": n for key, n in part.items()})
    return ", ".join(f"{key} {n}" for key, n in counts.items())


def restricted_fixtures():
    """Kubernetes' fixtures of level restricted, four ways each: what must fail is refused at its own field, as the server refuses it"""
    return run_fixtures("restricted")


def baseline_fixtures():
    """Kubernetes' fixtures of level baseline, four ways each"""
    return run_fixtures("baseline")


def second_opinion():
    """mutated Workflows that the policy accepts are accepted by a checker that knows nothing of it, which refuses most of what it refuses"""
    schema, count = modules.argo() / "api/jsonschema/schema.json", int(os.environ.get("SEAKEEPER_DIFFERENTIAL", "1500"))
    refused_seeds = list(differential.seeds(PROBE))
    check(not refused_seeds, f"seeds are refused: {refused_seeds[:3]}")
    tried, through = differential.ways(PROBE)
    check(not through, f"text from outside in a program: {through[:3]}")
    accepted, wrong, _ = differential.run(PROBE, schema, count, 3, say=lambda text: None)
    check(not wrong, json.dumps(wrong[:3]))
    check(len(accepted) > count // 10, f"only {len(accepted)} of {count} accepted")
    refused, bitten = differential.teeth(PROBE, schema, count, 4)
    check(bitten * 2 > refused, f"the checker refuses {bitten} of {refused} that the policy refuses")
    return f"{tried} ways of text from outside; {count} mutated, {len(accepted)} accepted; of {refused} refused it refuses {bitten} too"


def evidence(file):
    lines = ["| level | fixture | Kubernetes | as " + " | as ".join(fixtures.WAYS) + " |", "|---|---|---|---|---|---|---|"]
    lines += [f"| {level} | {name} | {kind} | " + " | ".join(outcome[way] for way in fixtures.WAYS) + " |" for level, kind, name, outcome in rows]
    pathlib.Path(file).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    failed = run_all([kubernetes_fields, argo_types, restricted_fixtures, baseline_fixtures, second_opinion])
    if os.environ.get("SEAKEEPER_EVIDENCE"):
        evidence(os.environ["SEAKEEPER_EVIDENCE"])
    sys.exit(failed)
