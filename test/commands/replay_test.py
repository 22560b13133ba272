# SPDX-License-Identifier: Apache-2.0
"""seakeeperd replay, explain and record on recorded events and on a real store."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import recordings

BINARY = recordings.Seakeeperd(sys.argv.pop())


class Folder(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)


class Replay(Folder):
    def proposed(self, before, after):
        old = recordings.site(self.folder / "old")
        new = self.folder / "new"
        shutil.copytree(old, new)
        file = new / "projects" / recordings.PROJECT / "seakeeper.yaml"
        text = file.read_text()
        self.assertIn(before, text)
        file.write_text(text.replace(before, after))
        return old, new

    def differences(self, old, new, expect=1):
        made = json.loads(BINARY.run("replay", "--json", "--events", recordings.STREAM, "--from", old, "--to", new,
                                     expect=expect).stdout)
        return made, {(each["trigger"], each["difference"]): each["events"] for each in made["differences"]}

    def test_the_same_configuration_makes_no_difference(self):
        old = recordings.site(self.folder / "old")
        made, differences = self.differences(old, old, expect=0)
        self.assertEqual(differences, {})
        self.assertEqual(made["events"], made["unaffected"])
        self.assertGreater(made["events"], 10)

    def test_each_kind_of_difference_is_told(self):
        for before, after, wanted in [
                ('branch: ["REL*"]', 'branch: ["REL*", master]', {("backport", "starts"): 2}),
                ("events: [patchset-created, {comment: recheck}]", "events: [patchset-created]",
                 {("test", "no longer starts"): 1}),
                ("failure: -1}", "failure: -2}", {("test", "report changes"): 3}),
                ("  publish: # what", "  released: # what", {("publish", "no longer starts"): 1, ("released", "starts"): 1}),
                ("workflow: workflows/publish.yaml\n    trust: trusted", "workflow: workflows/publish.yaml\n    trust: untrusted",
                 {("publish", "class changes"): 1}),
                ("workflow: workflows/publish.yaml", "workflow: workflows/test.yaml", {("publish", "runs something else"): 1})]:
            with self.subTest(after=after):
                old, new = self.proposed(before, after)
                made, differences = self.differences(old, new)
                self.assertEqual(differences, wanted)
                for each in made["differences"]:
                    self.assertEqual(each["projects"], [recordings.PROJECT])
                    self.assertNotEqual(each["examples"][0]["from"], each["examples"][0]["to"])
                shutil.rmtree(self.folder / "old")
                shutil.rmtree(self.folder / "new")

    def test_a_definition_that_breaks_is_seen_before_it_is_used(self):
        old = recordings.site(self.folder / "old")
        new = self.folder / "new"
        shutil.copytree(old, new)
        file = new / "projects" / recordings.PROJECT / "workflows/publish.yaml"
        file.write_text(file.read_text().replace("entrypoint: publish", "entrypoint: publish\n  arguments: {parameters: [{name: where}]}"))
        made, differences = self.differences(old, new)
        self.assertEqual(differences, {("publish", "no longer starts"): 1})
        self.assertIn("where", made["differences"][0]["examples"][0]["to"])

    def test_a_wrong_configuration_says_which_project_it_stops(self):
        old, new = self.proposed("triggers:", "trigers:")
        made, _ = self.differences(old, new)
        self.assertEqual(list(made["refusedNow"]), [recordings.PROJECT])
        text = BINARY.run("replay", "--events", recordings.STREAM, "--from", old, "--to", new, expect=1).stdout
        self.assertIn("is refused now: nothing of it runs", text)


class Store(Folder):
    """A store that the service itself wrote, in shadow mode."""

    def lived(self):
        repositories = self.folder / "repositories"
        repositories.mkdir()
        subprocess.run([recordings.ROOT / "examples/quickstart-data/unpack", repositories], check=True)
        BINARY.run("serve", "--shadow", "--events", recordings.STREAM, "--repositories", repositories, "--state", "state",
                   "--log-level", "error", cwd=self.folder)
        return self.folder / "state"

    def test_a_change_is_explained_from_event_to_decision(self):
        state = self.lived()
        made = json.loads(BINARY.run("explain", "--state", state, "--json", "demo/harbour~1").stdout)
        kinds = [event["type"] for event in made["events"]]
        self.assertEqual(kinds[0], "patchset-created")
        self.assertEqual(kinds[-1], "change-merged")
        for event in made["events"]:
            self.assertEqual([each["trigger"] for each in event["triggers"]], ["test", "gate", "publish", "backport"], event)
            self.assertEqual(event["gap"], "")
            for decision in event["decisions"]:
                self.assertTrue(decision["isRecomputed"], decision["difference"])
        decided = [(event["type"], decision["record"]["trigger"], decision["record"]["runsAs"])
                   for event in made["events"] for decision in event["decisions"]]
        self.assertIn(("comment-added", "gate", "trusted"), decided)
        gate = next(decision for event in made["events"] for decision in event["decisions"]
                    if decision["record"]["trigger"] == "gate")
        self.assertEqual([each["condition"] for each in gate["conditions"]], [f"C{n}" for n in range(1, 13)])
        self.assertTrue(any("GET /changes/" in fact["source"] for each in gate["conditions"] for fact in each["facts"]))
        self.assertIn("metadata.namespace", gate["forced"])

    def test_why_nothing_ran_is_said(self):
        state = self.lived()
        text = BINARY.run("explain", "--state", state, "1,1").stdout
        self.assertIn('backport         did not match: branch: "master" is none of REL*  (demo/harbour:seakeeper.yaml:', text)
        self.assertIn("ship it", text)
        BINARY.run("explain", "--state", state, "99", expect=1)
        BINARY.run("explain", "--state", state, "!", expect=2)
        BINARY.run("explain", "--state", self.folder / "none", "1", expect=2)

    def test_a_store_is_replayed_and_recorded_again(self):
        state = self.lived()
        old = recordings.site(self.folder / "old")
        made = json.loads(BINARY.run("replay", "--json", "--state", state, "--from", old, "--to", old).stdout)
        self.assertGreater(made["events"], 10)
        self.assertEqual(made["untold"], 0)
        rows = BINARY.run("record", "--state", state, "--out", "-").stdout
        again = self.folder / "again.jsonl"
        again.write_text(rows)
        classes = lambda events: [(line["event"], line["trigger"], line["class"]) for line in BINARY.lines(
            "decide", "--matched", "--site", old, "--events", events) if "class" in line]
        self.assertEqual(classes(again), classes(recordings.STREAM))
        last = BINARY.run("record", "--state", state, "--last", "3", "--out", "-").stdout.splitlines()
        self.assertEqual(sum('"line"' in row for row in last), 3)


if __name__ == "__main__":
    unittest.main()
