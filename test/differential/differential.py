# SPDX-License-Identifier: Apache-2.0
"""Accepted by the policy implies accepted by the second opinion. `run(...)` for suites; by hand:

    python3 test/differential/differential.py --count 100000 --seed 1 build/debug/test/real/policy_probe SCHEMA

SCHEMA is api/jsonschema/schema.json of the module github.com/argoproj/argo-workflows/v4. Prints every disagreement with what it takes to see
it again, and totals.
"""
import argparse
import collections
import json
import random
import subprocess
import sys
import threading
import time

import checker
import simulate
from mutate import Mutator, Schema
from seeds import IMAGE, SEEDS
from ways import WAYS

EVENT = ("revision", "change", "patchset", "project", "ref", "branch", "url", "event")
LISTS = {"images": [IMAGE, "localhost/"], "config_maps": ["config"], "secrets": ["deploy-key"], "storage_classes": ["fast"],
         "artifact_hosts": ["files.example"]}


def site_of(trust):
    return {**LISTS, "trusted": trust == "trusted", "deadline": 3600, "parallelism": 8, **({} if trust == "trusted" else {"secrets": []})}


class Probe:
    """The policy as a program that answers lines."""

    def __init__(self, program):
        self.process = subprocess.Popen([program, "judge"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lock = threading.Lock()

    def judge(self, definition, trust="untrusted", **more):
        text = definition if isinstance(definition, str) else json.dumps(definition)
        asked = {"definition": text, "class": trust, **LISTS, "site": {"parameters": foreign_parameters(definition)}, **more}
        with self.lock:
            self.process.stdin.write(json.dumps(asked) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the probe ended with {self.process.wait()} at {text}")
        return json.loads(answer)


def foreign_parameters(definition):
    """Values for what the definition leaves open and no event gives."""
    try:
        declared = definition["spec"]["arguments"]["parameters"]
        return {p["name"]: simulate.FOREIGN for p in declared if "value" not in p and "default" not in p and p["name"] not in EVENT}
    except (TypeError, KeyError):
        return {}


def rule_of(answer):
    if "fault" in answer:
        return answer["fault"].rsplit("[", 1)[-1].rstrip("]")
    return answer["findings"][0]["rule"]


def disagreements(workflow, trust, lot):
    return checker.problems(workflow, site_of(trust)) + simulate.play(workflow, lot, trust == "trusted")


def run(program, schema, count, seed, say=print):
    """Judges `count` mutated definitions; (accepted ones as the Workflows sent, disagreements, refusals by rule)."""
    probe, lot = Probe(program), random.Random(seed)
    mutator, accepted, wrong, refused = Mutator(Schema(schema), lot), [], [], collections.Counter()
    for number in range(count):
        definition, trust = mutator.make(), lot.choice(("untrusted", "trusted"))
        answer = probe.judge(definition, trust)
        if "workflow" not in answer:
            refused["unbound" if "unbound" in answer else rule_of(answer)] += 1
            continue
        accepted.append(answer["workflow"])
        found = disagreements(answer["workflow"], trust, lot)
        if found:
            wrong.append((number, trust, found, definition))
            say(f"{number} ({trust}): {found[:3]}\n  {json.dumps(definition)}")
    return accepted, wrong, refused


def teeth(program, schema, count, seed):
    """Of definitions that the policy refuses by a rule of values or fields: how many there were, and how many the second opinion refuses if
    they are bound all the same."""
    probe, lot = Probe(program), random.Random(seed)
    mutator, refused, bitten = Mutator(Schema(schema), lot), 0, 0
    for _ in range(count):
        definition, trust = mutator.make(), lot.choice(("untrusted", "trusted"))
        answer = probe.judge(definition, trust, unpoliced=True)
        if answer["findings"] and "workflow" in answer:
            refused += 1
            bitten += bool(disagreements(answer["workflow"], trust, lot))
    return refused, bitten


def seeds(program):
    """Seeds that one of both refuses as they are: nothing that is made of them would be judged for what it is."""
    probe, lot = Probe(program), random.Random(1)
    for number, definition in enumerate(SEEDS):
        for trust in ("untrusted", "trusted"):
            answer = probe.judge(definition, trust)
            if "workflow" not in answer or disagreements(answer["workflow"], trust, lot):
                yield number, trust, answer


def ways(program):
    """(how many ways of text from outside into a program were tried, what the policy or the second opinion lets through of them)."""
    probe, lot, through, tried = Probe(program), random.Random(1), [], 0
    for name, definition, is_trusted_only in WAYS:
        for trust in ("trusted",) if is_trusted_only else ("untrusted", "trusted"):
            tried += 1
            answer = probe.judge(definition, trust, unpoliced=True)
            if not any(finding["rule"] == "interpolation" for finding in answer.get("findings", [])):
                through.append(f"{name} ({trust}): the policy says {answer}")
            elif not [one for one in simulate.play(answer["workflow"], lot, trust == "trusted", plays=20) if " in " in one]:
                through.append(f"{name} ({trust}): the second opinion")
    return tried, through


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("probe")
    parser.add_argument("schema")
    options = parser.parse_args()
    start = time.monotonic()
    accepted, wrong, refused = run(options.probe, options.schema, options.count, options.seed)
    print(f"seed {options.seed}: {options.count} mutated Workflows, {len(accepted)} accepted, {len(wrong)} of them refused by the checker, "
          f"{time.monotonic() - start:.0f} s")
    print(", ".join(f"{rule} {n}" for rule, n in refused.most_common()))
    return len(wrong) > 0


if __name__ == "__main__":
    sys.exit(main())
