#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The published schemas are sound, and the example files follow them."""
import json
import pathlib
import sys

import jsonschema
import yaml

EXAMPLES = {"docs/schema/site.json": ["examples/site.yaml"],
            "docs/schema/seakeeper.json": ["examples/quickstart-data/*/seakeeper.yaml"]}


def main():
    found = 0
    for name in sorted(str(path) for path in pathlib.Path("docs/schema").glob("*.json")):
        schema = json.loads(pathlib.Path(name).read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        for example in (path for pattern in EXAMPLES.get(name, []) for path in sorted(pathlib.Path().glob(pattern))):
            for error in jsonschema.Draft202012Validator(schema).iter_errors(yaml.safe_load(example.read_text())):
                print(f"{example}:1: schemas: {'/'.join(map(str, error.path))}: {error.message}")
                found += 1
    return found > 0


if __name__ == "__main__":
    sys.exit(main())
