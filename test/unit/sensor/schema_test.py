#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/schema/seakeeper.json accepts the good examples and refuses each trigger of the bad ones."""
import json
import pathlib
import sys

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[3]
DATA = ROOT / "test/data/sensor"
# What only the reader of YAML sees, and what JSON Schema cannot say.
BEYOND_SCHEMA = {"duplicate-key.yaml": {"a"}, "anchor.yaml": {"a", "b"}, "report.yaml": {"c"}}


def as_json(value):
    """Keys as text: PyYAML reads `on` as true."""
    if isinstance(value, dict):
        return {str(key): as_json(member) for key, member in value.items()}
    return [as_json(item) for item in value] if isinstance(value, list) else value


def main():
    schema = json.loads((ROOT / "docs/schema/seakeeper.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    failures, checked = [], 0
    for path in sorted(DATA.glob("good/*.yaml")):
        checked += 1
        for error in validator.iter_errors(as_json(yaml.safe_load(path.read_text()))):
            failures.append(f"{path.name}: refused: {list(error.absolute_path)}: {error.message}")
    for path in sorted(DATA.glob("bad/*.yaml")):
        try:
            document = as_json(yaml.safe_load(path.read_text()))
        except yaml.YAMLError:
            continue
        triggers = document.get("triggers") if isinstance(document, dict) else None
        rows = [(name, {"triggers": {name: entry}}) for name, entry in triggers.items()] \
            if isinstance(triggers, dict) else [("file", document)]
        for name, row in rows:
            checked += 1
            beyond = name in BEYOND_SCHEMA.get(path.name, ())
            if validator.is_valid(row) != beyond:
                failures.append(f"{path.name}: {name}: {'refused' if beyond else 'accepted'}")
    print("\n".join(failures + [f"{checked} checked, {len(failures)} wrong"]))
    return 1 if failures or checked < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
