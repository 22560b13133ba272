# SPDX-License-Identifier: Apache-2.0
"""The manual says what the program says: pages, options, examples and exit codes."""
import pathlib
import re
import sys
import unittest

import recordings

BINARY = recordings.Seakeeperd(sys.argv.pop())
PAGES = recordings.ROOT / "docs/man"


def commands():
    text = BINARY.run("--help").stdout
    return re.findall(r"^  ([a-z][a-z-]+) ", text[text.index("Subcommands:"):], re.MULTILINE)


def options_of(help_text):
    return set(re.findall(r"^ +(?:-h,)?(--[a-z-]+)", help_text, re.MULTILINE))


def page_of(command):
    return (PAGES / f"seakeeperd-{command}.1").read_text().replace("\\-", "-")


class Manual(unittest.TestCase):
    def test_every_command_teaches(self):
        self.assertTrue({"serve", "check", "decide", "explain", "replay", "record"} <= set(commands()))
        for command in commands():
            with self.subTest(command=command):
                text = BINARY.run(command, "--help").stdout
                self.assertRegex(text, r"Examples?: seakeeperd " + command)
                self.assertGreater(text.index("Usage:"), 60)  # the purpose stands first

    def test_every_command_has_a_page_with_exactly_its_options(self):
        for command in commands():
            with self.subTest(command=command):
                text = page_of(command)
                listed = text[text.index(".SH OPTIONS"):text.index(".SH EXIT STATUS")]
                written = set(re.findall(r"\\fB(--[a-z-]+)\\fR", listed))
                self.assertEqual(written, options_of(BINARY.run(command, "--help").stdout))

    def test_pages_name_exit_codes_and_examples(self):
        pages = sorted(PAGES.glob("*.1"))
        self.assertEqual(len(pages), len(commands()) + 1)
        for page in pages:
            with self.subTest(page=page.name):
                text = page.read_text().replace("\\-", "-")
                section = text[text.index(".SH EXIT STATUS"):text.index(".SH EXAMPLES")]
                self.assertEqual(re.findall(r"^\.B (\d)$", section, re.MULTILINE), ["0", "1", "2", "3"])
                for name in re.findall(r"^\.BR (\S+) \(1\)", text, re.MULTILINE):
                    self.assertTrue((PAGES / f"{name}.1").exists(), name)

    def test_wrong_use_is_two(self):
        for arguments in [(), ("nonsense",), ("decide",), ("explain",), ("replay", "--from", "a", "--to", "b"),
                          ("check", "--nonsense"), ("record", "--out", "x")]:
            with self.subTest(arguments=arguments):
                BINARY.run(*arguments, expect=2)

    def test_no_colour_and_no_progress_in_a_pipe(self):
        done = BINARY.run("check", recordings.ROOT / "test/data/check/tree", expect=1)
        self.assertNotIn("\x1b", done.stdout + done.stderr)
        self.assertNotIn("\r", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
