# SPDX-License-Identifier: Apache-2.0
"""The guides' commands, executed as written: what a ```text block shows is what the ```sh block before it prints.

A line `...` stands for any lines, `...` within a line for any text. Each guide runs in an empty folder beside `examples`.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import recordings

BINARY = pathlib.Path(sys.argv.pop()).resolve()
GUIDES = sorted((recordings.ROOT / "docs/guide").glob("*.md"))
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def pattern_of(text):
    lines = text.splitlines()
    parts = [r"(?:.*\n)*?" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + r"\n" for line in lines]
    return "".join(parts)


class Guide(unittest.TestCase):
    def run_guide(self, guide):
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            (folder / "examples").symlink_to(recordings.ROOT / "examples")
            (folder / "bin").mkdir()
            (folder / "bin/seakeeperd").symlink_to(BINARY)
            environment = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
            printed, shown = None, 0
            for kind, text in BLOCK.findall(guide.read_text()):
                if kind == "sh":
                    done = subprocess.run(["bash", "-eu", "-c", text], cwd=folder, env=environment, text=True,
                                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                    self.assertEqual(done.returncode, 0, f"{guide.name}: {text}\n{done.stdout}")
                    printed = done.stdout
                else:
                    self.assertIsNotNone(printed, f"{guide.name}: an output without a command before it")
                    self.assertRegex(printed, re.compile(r"\A" + pattern_of(text) + r"\Z"),
                                     f"{guide.name}: shown is\n{text}\nprinted was\n{printed}")
                    printed, shown = None, shown + 1
            self.assertGreater(shown, 2, f"{guide.name} shows no outputs")


def case(guide):
    return lambda self: self.run_guide(guide)


for each in GUIDES:
    setattr(Guide, "test_" + each.stem.replace("-", "_"), case(each))


if __name__ == "__main__":
    assert len(GUIDES) >= 3
    unittest.main()
