# SPDX-License-Identifier: Apache-2.0
"""seakeeperd decide: the pure core as a filter."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import recordings

BINARY = recordings.Seakeeperd(sys.argv.pop())


class Decide(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.scratch.name)
        self.addCleanup(self.scratch.cleanup)

    def unpacked(self):
        """The quickstart's bare repositories as a site."""
        site = self.folder / "site"
        (site / "repositories").mkdir(parents=True)
        subprocess.run([recordings.ROOT / "examples/quickstart-data/unpack", site / "repositories"], check=True)
        return site

    def test_a_real_recording_is_decided_as_the_quickstart_shows(self):
        lines = BINARY.lines("decide", "--site", self.unpacked(), "--events", recordings.STREAM)
        matched = [(line["type"], line["trigger"], line["class"]) for line in lines if line["outcome"] == "matched"]
        self.assertEqual(matched, [("patchset-created", "test", "untrusted"), ("patchset-created", "test", "untrusted"),
                                   ("comment-added", "test", "untrusted"), ("comment-added", "gate", "trusted"),
                                   ("change-merged", "publish", "trusted")])
        branch = [line for line in lines if line.get("trigger") == "backport" and line["type"] == "patchset-created"]
        self.assertTrue(all(line["outcome"] == "not-matched" and line["why"].startswith("branch:") for line in branch))
        for line in lines:
            if line["outcome"] == "matched":
                self.assertEqual(line["record"]["eventKey"], line["event"])
                self.assertEqual({"event", "facts", "options", "circumstances", "configuration", "definition"},
                                 {each["what"] for each in line["record"]["inputs"]})

    def test_ten_thousand_events_twice_are_the_same_bytes(self):
        site = recordings.site(self.folder)
        events = self.folder / "events.jsonl"
        events.write_text("\n".join(recordings.many(10_000)) + "\n")
        first = BINARY.run("decide", "--site", site, "--events", events).stdout
        second = BINARY.run("decide", "--site", site, "--events", "-", input=events.read_text()).stdout
        self.assertEqual(first, second)
        lines = [json.loads(line) for line in first.splitlines()]
        self.assertEqual(len(lines), 40_000)  # four triggers
        self.assertEqual({line["outcome"] for line in lines}, {"matched", "not-matched"})
        digests = [line["digest"] for line in lines if line["outcome"] == "matched"]
        self.assertGreater(len(digests), 4_000)
        self.assertEqual(len(set(digests)), len(digests))

    def test_facts_may_stand_in_a_folder(self):
        site = recordings.site(self.folder)
        bare, facts = self.folder / "bare.jsonl", self.folder / "facts"
        facts.mkdir()
        kept = []
        for row in recordings.rows():
            if "line" in row:
                kept.append(json.dumps(row))
            elif not (facts / f"{row['event']}.json").exists():
                (facts / f"{row['event']}.json").write_text(json.dumps(row["facts"], indent=1))
        bare.write_text("\n".join(kept))
        arguments = ("decide", "--matched", "--site", site, "--events", bare)
        without = [line["class"] for line in BINARY.lines(*arguments) if "class" in line]
        classes = [line["class"] for line in BINARY.lines(*arguments, "--facts", facts) if "class" in line]
        self.assertEqual(set(without), {"denied"})
        self.assertEqual(sorted(classes), ["trusted", "trusted", "untrusted", "untrusted", "untrusted"])

    def test_one_project_alone(self):
        project = recordings.site(self.folder) / "projects" / recordings.PROJECT
        lines = BINARY.lines("decide", "--matched", "--site", project, "--project", recordings.PROJECT,
                             "--events", recordings.STREAM)
        self.assertEqual(sum(line["outcome"] == "matched" for line in lines), 5)

    def test_wrong_use_says_what_is_wrong(self):
        site = recordings.site(self.folder)
        for arguments, words in [
                (("--site", self.folder / "nowhere", "--events", recordings.STREAM), "no such file"),
                (("--site", site, "--events", self.folder / "nothing"), "no such file"),
                (("--site", site), "--events is required"),
                (("--site", site, "--events", recordings.STREAM, "--facts", self.folder / "no"), "no such folder")]:
            done = BINARY.run("decide", *arguments, expect=2)
            self.assertIn(words, done.stderr + done.stdout)
        broken = self.folder / "broken.jsonl"
        broken.write_text('{"type":"x"}\n{"lines":1}\n')
        self.assertIn(f"{broken}:2:1: ", BINARY.run("decide", "--site", site, "--events", broken, expect=2).stderr)

    def test_a_broken_configuration_refuses_its_project_and_says_where(self):
        site = recordings.site(self.folder)
        (site / "projects" / recordings.PROJECT / "seakeeper.yaml").write_text("triggers: [\n")
        lines = BINARY.lines("decide", "--site", site, "--events", recordings.STREAM)
        refused = [line for line in lines if line["subject"].startswith(recordings.PROJECT)]
        self.assertEqual({line["outcome"] for line in refused}, {"refused"})
        self.assertIn("demo/harbour:seakeeper.yaml:", refused[0]["why"])


if __name__ == "__main__":
    unittest.main()
