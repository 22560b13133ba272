# SPDX-License-Identifier: Apache-2.0
"""seakeeperd check: a tree of mistakes, every finding right, none missing, none superfluous."""
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unittest

import jsonschema

import recordings

BINARY = recordings.Seakeeperd(sys.argv.pop())
DATA = recordings.ROOT / "test/data/check"
TREE = DATA / "tree"


def published_schema():
    """The SARIF 2.1.0 schema as the npm package @microsoft/jest-sarif carries it, kept between runs; None without npm."""
    kept = recordings.ROOT / "build/sarif-2.1.0-rtm.5.json"
    if not kept.exists():
        with tempfile.TemporaryDirectory() as folder:
            try:
                subprocess.run(["npm", "pack", "--silent", "@microsoft/jest-sarif@1.0.0-beta.0"], cwd=folder, check=True,
                               capture_output=True, timeout=60)
            except (OSError, subprocess.SubprocessError):
                return None
            package = next(pathlib.Path(folder).glob("*.tgz"))
            with tarfile.open(package) as archive:
                kept.parent.mkdir(exist_ok=True)
                kept.write_bytes(archive.extractfile("package/lib/schemas/sarif-2.1.0-rtm.5.json").read())
    return json.loads(kept.read_text())


class Check(unittest.TestCase):
    maxDiff = None

    def test_every_finding_is_the_expected_one(self):
        done = BINARY.run("check", TREE, expect=1)
        if os.environ.get("SEAKEEPER_WRITE_EXPECTED"):
            (DATA / "expected.txt").write_text(done.stdout)
        self.assertEqual(done.stdout.splitlines(), (DATA / "expected.txt").read_text().splitlines())

    def test_every_finding_points_into_its_file(self):
        for finding in json.loads(BINARY.run("check", "--format", "json", TREE, expect=1).stdout)["findings"]:
            project, name = finding["path"].split(":")
            lines = (TREE / "projects" / project / name).read_text().splitlines()
            self.assertLessEqual(finding["line"], len(lines), finding)
            self.assertLessEqual(finding["column"], len(lines[finding["line"] - 1]) + 1, finding)
            self.assertRegex(finding["text"], "accepted (is|are) |write what must not match under `not:`")

    def test_text_json_and_sarif_say_the_same(self):
        text = BINARY.run("check", TREE, expect=1).stdout.splitlines()
        found = json.loads(BINARY.run("check", "--format", "json", TREE, expect=1).stdout)["findings"]
        self.assertEqual(text, [f"{each['path']}:{each['line']}:{each['column']}: "
                                f"{'warning: ' if each['severity'] == 'warning' else ''}{each['text']} [{each['rule']}]"
                                for each in found])
        results = json.loads(BINARY.run("check", "--format", "sarif", TREE, expect=1).stdout)["runs"][0]["results"]
        self.assertEqual([(each["rule"], each["line"], each["text"]) for each in found],
                         [(each["ruleId"], each["locations"][0]["physicalLocation"]["region"]["startLine"],
                           each["message"]["text"]) for each in results])

    def test_columns_count_code_points_as_sarif_says(self):
        """What stands at a column, counted as Python counts: in characters, after ones of two and of four bytes."""
        (run,) = json.loads(BINARY.run("check", "--format", "sarif", TREE, expect=1).stdout)["runs"]
        self.assertEqual(run["columnKind"], "unicodeCodePoints")
        regions = [(each["locations"][0]["physicalLocation"], each) for each in run["results"] if "sizes" in each["message"]["text"]]
        places = {}
        for place, each in regions:
            project, name = place["artifactLocation"]["uri"].replace("%3A", ":").split(":")
            line = (TREE / "projects" / project / name).read_text().splitlines()[place["region"]["startLine"] - 1]
            places[name] = line[place["region"]["startColumn"] - 1:]
        self.assertEqual(places, {"workflows/steps.yaml": '"{{steps.make.outputs.parameters.sizes}}"}]',
                                  "workflows/tasks.yaml": '"{{tasks.make.outputs.parameters.sizes}}"}]'})

    def test_sarif_follows_the_published_schema(self):
        schema = published_schema()
        if schema is None:
            self.skipTest("no npm here, or it does not reach its registry")
        validator = jsonschema.Draft7Validator(schema)
        for path, code in [(TREE, 1), (TREE / "projects/a/good", 0)]:
            log = json.loads(BINARY.run("check", "--format", "sarif", path, expect=code).stdout)
            self.assertEqual([error.message for error in validator.iter_errors(log)], [])
        log["runs"][0]["results"] = [{"level": "fatal"}]
        self.assertTrue(list(validator.iter_errors(log)))  # the schema does refuse

    def test_a_good_project_alone_has_no_findings(self):
        # `lint` narrows a parent's trigger, which is not known here, and is no whole trigger by itself.
        done = BINARY.run("check", TREE / "projects/a/good", expect=0)
        self.assertEqual(done.stdout, "")

    def test_warnings_count_only_where_asked(self):
        alone = TREE / "projects/a/warn"
        config = TREE / "site.yaml"
        done = BINARY.run("check", "--config", config, alone, expect=0)
        self.assertEqual(done.stdout.count("warning: "), len(done.stdout.splitlines()))
        BINARY.run("check", "--strict", "--config", config, alone, expect=1)

    def test_a_revision_of_a_repository(self):
        with tempfile.TemporaryDirectory() as folder:
            work, bare = pathlib.Path(folder, "work"), pathlib.Path(folder, "app.git")
            git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=x"]
            subprocess.run([*git, "init", "-q", "--bare", bare], check=True)
            subprocess.run([*git, "init", "-q", work], check=True)
            for name, ref in [("good", "refs/meta/config"), ("missing", "refs/changes/07/7/2")]:
                subprocess.run(["cp", "-r", *(TREE / "projects/a" / name).iterdir(), work], check=True)
                subprocess.run([*git, "-C", work, "add", "-A"], check=True)
                subprocess.run([*git, "-C", work, "commit", "-qm", name], check=True)
                subprocess.run([*git, "-C", work, "push", "-q", bare, f"HEAD:{ref}"], check=True)
            BINARY.run("check", "--revision", "refs/meta/config", bare, expect=0)
            proposed = BINARY.run("check", "--revision", "refs/changes/07/7/2", bare, expect=1).stdout
            self.assertIn("seakeeper.yaml:2:3: trigger no-file: found workflow workflows/none.yaml", proposed)
            nothing = BINARY.run("check", "--revision", "refs/heads/none", bare, expect=2)
            self.assertIn("it has no revision", nothing.stderr)

    def test_files_by_themselves(self):
        file = TREE / "projects/a/policy/workflows/test.yaml"
        done = BINARY.run("check", file, expect=1)
        self.assertTrue(all(line.startswith(str(file)) for line in done.stdout.splitlines()))
        BINARY.run("check", TREE / "nothing.yaml", expect=2)


if __name__ == "__main__":
    unittest.main()
