# SPDX-License-Identifier: Apache-2.0
"""The Workflows that come with Argo's module (read there, nothing of them is kept), on the real Argo and on `seakeeperd run --class none`.

By hand: test/stack/enter python3 test/real/argo_examples.py [NAME...]. With no name every one is tried. The table in docs/parity.md is written;
with names only their rows of it.
SEAKEEPER_PARITY_KEEP=FOLDER keeps both statuses of each; what Argo came to there is taken from it the next time.
Images are replaced by those of the test stack where these have the same programs; other images are not run. One that says something
random is compared by how it ends only, and so is one that does not end in time."""
import collections
import concurrent.futures
import copy
import json
import os
import pathlib
import re
import sys
import tempfile

import yaml

import modules
import parity_stack as on
from parity_compare import differences, dumped

TABLE = on.ROOT / "docs/parity.md"
BEGIN, END = "<!-- made by test/real/argo_examples.py -->", "<!-- end -->"
LONGEST, LONGEST_THERE = 300, 900  # seconds; a pod takes longer there, and those with `parallelism` wait for each other
TOOLS = "localhost/seakeeper-tools:1"
# Of an image, by the begin of its name, one that has the same programs.
LOCAL = {"busybox": on.IMAGE, "alpine:": on.IMAGE, "alpine": on.IMAGE, "python:": TOOLS, "debian:": TOOLS, "argoproj/argosay:": on.IMAGE, "{{": TOOLS}
ARGOSAY = """case "$1" in
"") echo "hello argo" ;;
echo) if [ $# -eq 3 ]; then mkdir -p "$(dirname "$3")"; echo "$2" > "$3"; else echo "$2"; fi ;;
cat) shift; cat "$@" ;;
sleep) sleep "$2" ;;
exit) exit "${2:-0}" ;;
assert_contains) grep -q "$3" "$2" ;;
*) echo "argosay: $1?" >&2; exit 1 ;;
esac"""
RANDOM = re.compile(r"random|RANDOM|shuf|\bdate\b|now\(\)|uuid|creationTimestamp|startedAt|finishedAt|duration}}", re.I)


MODULES = re.compile(r"import (?!sys|os|time)")  # of Python, which the stack's image has in its minimal form


class NoImage(Exception):
    pass


def containers_of(value):
    """Every container of a manifest, wherever it stands."""
    if isinstance(value, list):
        return [one for item in value for one in containers_of(item)]
    if not isinstance(value, dict):
        return []
    own = [value] if on.is_container(value) else []
    return own + [one for item in value.values() for one in containers_of(item)]


def localized(document):
    """The same with local images, as root of its container like those images are; raises NoImage."""
    made = copy.deepcopy(document)
    made["spec"].pop("artifactRepositoryRef", None)  # the store is the test stack's
    for container in containers_of(made["spec"]):
        image = container["image"].strip()
        local = next((LOCAL[begin] for begin in LOCAL if image.startswith(begin)), None)
        if local is None or local == TOOLS and MODULES.search(json.dumps(container)):
            raise NoImage(image)
        if image.startswith("argoproj/argosay:") and not container.get("command"):
            container["command"] = ["sh", "-c", ARGOSAY, "argosay"]
        container["image"] = local
        container["command"] = ["python3" if word == "python" else word for word in container.get("command") or []]
        if not container["command"]:
            del container["command"]
        # As root of an image's container has it: folders that the executor, another user here, loads (minio-go makes them 0700) can be read.
        container["securityContext"] = {"runAsUser": 0, "runAsNonRoot": False, "capabilities": {"add": ["DAC_OVERRIDE"]}}
    return made


def documents(folder):
    """(name, document) of every Workflow of the folder, and the WorkflowTemplates."""
    workflows, templates = {}, []
    for file in sorted(folder.rglob("*.yaml")):
        found = [one for one in yaml.safe_load_all(file.read_text()) if one]
        for i, one in enumerate(found):
            if one.get("kind") == "Workflow":
                workflows[f"{file.relative_to(folder)}{f' ({i + 1})' if len(found) > 1 else ''}"] = one
            elif one.get("kind") == "WorkflowTemplate":
                templates.append(one)
    return workflows, templates


def reasons(mine):
    found = re.findall(r"\[([a-z-]+)\]\s*$", mine["message"], re.M)
    return ", ".join(sorted(set(found))) or mine["message"].splitlines()[0][:120]


def judged(document, real, mine):
    """(what, why): same, refused or differs."""
    phase = {True: real.get("phase"), False: "no end"}[real.get("phase") in on.ENDS]
    if "invalid spec" in real.get("message", ""):
        return ("same", "invalid") if mine["phase"] != "Succeeded" else ("differs", real["message"])
    if phase == "no end" or mine["phase"] not in on.ENDS:
        return ("same", "no end") if phase == "no end" and mine["phase"] not in on.ENDS else ("differs", f"{phase}, here {mine['phase']}")
    if RANDOM.search(json.dumps(document)):
        is_error = [status["phase"] == "Error" for status in (real, mine)]
        return ("same", "random; by phase") if is_error[0] == is_error[1] else ("differs", f"{phase}, here {mine['phase']}")
    found = differences(real, mine, document)
    return ("differs", "\n".join(found)) if found else ("same", phase)


def here(item):
    (name, document), folder = item
    path = folder / f"{short(name)}.yaml"
    path.write_text(json.dumps(document))
    return on.here(path, short(name), ("--templates", str(folder / "templates")), LONGEST)


def short(name):
    return re.sub(r"[^a-z0-9-]+", "-", name.removesuffix(".yaml").lower()).strip("-")[-50:].strip("-")


def tried(workflows, folder):
    """(what, why) by name."""
    outcome, local = {}, {}
    for name, document in workflows.items():
        try:
            local[name] = localized(document)
        except NoImage as image:
            outcome[name] = ("refused", f"needs-image ({image})")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:  # most of them sleep
        mine = dict(zip(local, pool.map(here, [(item, folder) for item in local.items()])))
    for name, status in mine.items():
        if status.get("refused"):
            outcome[name] = ("refused", reasons(status))
    on.namespace()
    real = {short(name): kept(name) for name in local if name not in outcome}
    left = {short(name): local[name] for name in local if name not in outcome and not real[short(name)]}
    real.update(on.really(left, LONGEST_THERE))
    for name in local:
        if name not in outcome:
            outcome[name] = judged(local[name], real[short(name)], mine[name])
            if outcome[name][0] == "differs" and "'deadline'" in outcome[name][1]:  # a busy machine may let one pass: once more, alone
                real.update(on.really({short(name): local[name]}, LONGEST_THERE))
                outcome[name] = judged(local[name], real[short(name)], mine[name])
            keep(name, real[short(name)], mine[name])
    return outcome


def kept(name):
    file = pathlib.Path(os.environ.get("SEAKEEPER_PARITY_KEEP", "/nonexistent"), f"{short(name)}.argo.json")
    return json.loads(file.read_text()) if file.exists() else None


def keep(name, real, mine):
    if folder := os.environ.get("SEAKEEPER_PARITY_KEEP"):
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        for what, status in (("argo", real), ("run", mine)):
            pathlib.Path(folder, f"{short(name)}.{what}.json").write_text(dumped(status))


def table(outcome, before):
    """With the rows of `before` that were not tried now."""
    rows = dict(re.findall(r"^\| (.+?) \| ((?:same|refused|differs): .*?) \|$", before, re.M))
    rows.update({name.removesuffix(".yaml"): f"{what}: {why.splitlines()[0]}" for name, (what, why) in outcome.items()})
    counts = collections.Counter(row.partition(":")[0] for row in rows.values())
    lines = [f"{len(rows)} Workflows: " + ", ".join(f"{counts[what]} {what}" for what in ("same", "refused", "differs")) + ".", "",
             "| example | outcome |", "|---|---|"]
    return "\n".join(lines + [f"| {name} | {row} |" for name, row in sorted(rows.items(), key=lambda row: row[0] + ".yaml")])


def main(names):
    workflows, templates = documents(modules.argo() / "examples")
    chosen = {name: document for name, document in workflows.items() if not names or name.removesuffix(".yaml") in names}
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        (folder / "templates").mkdir()
        for i, one in enumerate(templates):
            try:
                on.EXTRA_TEMPLATES.append(localized(one))
            except NoImage:
                continue  # what refers to it is refused
            (folder / "templates" / f"{i}.yaml").write_text(json.dumps(on.EXTRA_TEMPLATES[-1]))
        outcome = tried(chosen, folder)
    for name, (what, why) in sorted(outcome.items()):
        print(f"{what:8} {name}: {why}")
    before, _, rest = TABLE.read_text().partition(BEGIN)
    made, _, rest = rest.partition(END)
    TABLE.write_text(f"{before}{BEGIN}\n{table(outcome, made if names else '')}\n{END}{rest}")
    return any(what == "differs" for what, _ in outcome.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
