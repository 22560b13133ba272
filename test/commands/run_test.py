# SPDX-License-Identifier: Apache-2.0
"""`seakeeperd run`: the examples end as their headers say; nothing is left behind, however it ends."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = os.path.realpath(sys.argv.pop())
ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples/workflows"
LONG = """apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: long}
spec:
  entrypoint: main
  templates:
  - name: main
    dag:
      tasks: [{name: a, template: nap}, {name: b, template: nap}, {name: c, template: nap}]
  - name: nap
    sidecars: [{name: side, image: debian, command: [sleep, "%(mark)s"]}]
    container: {image: debian, command: [sleep, "%(mark)s"]}
    outputs: {parameters: [{name: o, valueFrom: {path: /tmp/o, default: none}}]}
"""


def processes_with(mark):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if mark in (entry / "cmdline").read_text(errors="replace"):
                    found.append(entry.name)
            except OSError:
                continue
    return found


def wait_for(what, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.1)
    return False


class Run(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.state = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def run_file(self, path, *more, state=None):
        return subprocess.run([PROGRAM, "run", "--state", str(state or self.state), "--images", "ignored", *more, str(path)],
                              capture_output=True, text=True, timeout=120)

    def status(self):
        (found,) = self.state.glob("runs/*/status.json")
        return json.loads(found.read_text())

    def test_examples_end_as_their_headers_say(self):
        files = sorted(EXAMPLES.glob("*.yaml"))
        self.assertGreaterEqual(len(files), 7)
        for path in files:
            ends = re.search(r"^# Ends: (.*)$", path.read_text(), re.MULTILINE).group(1)
            with self.subTest(path=path.name):
                done = self.run_file(path, state=self.state / path.stem)
                if ends.startswith("refused"):
                    self.assertEqual(done.returncode, 1)
                    self.assertRegex(done.stderr, re.escape(str(path)) + r":\d+:\d+: .*\[" + ends.split(": ")[1] + r"\]")
                else:
                    self.assertEqual(done.returncode, 0 if ends == "Succeeded" else 1, done.stdout + done.stderr)
                    self.assertRegex(done.stdout, rf"(?m)^{ends} ")

    def test_parameters_results_and_logs(self):
        done = self.run_file(EXAMPLES / "steps.yaml", "-p", "who=you", "--name", "named")
        self.assertEqual(done.returncode, 0, done.stderr)
        status = self.status()
        results = {node["displayName"]: node.get("outputs", {}).get("result") for node in status["nodes"].values()}
        self.assertEqual(results["greet"], "hello you")
        self.assertIn("named[1].never", [node["name"] for node in status["nodes"].values() if node["phase"] == "Skipped"])
        logs = "".join(path.read_text() for path in self.state.glob("runs/named/logs/*.log"))
        self.assertIn("hello you!", logs)
        self.assertIn("is ignored", logs)  # the image
        self.assertEqual(self.run_file(EXAMPLES / "steps.yaml", "-p", "nobody=x").returncode, 2)

    def test_artifacts_and_global_outputs(self):
        done = self.run_file(EXAMPLES / "ci.yaml", "--keep")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("output package-size = ", done.stdout)
        self.assertTrue(list(self.state.glob("runs/*/artifacts/*/source/main.c")))
        self.assertFalse(list(self.state.glob("runs/*/scratch")))

    def test_classes_refuse_as_the_service_would(self):
        done = self.run_file(EXAMPLES / "refused.yaml", "--class", "untrusted")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"refused\.yaml:\d+:\d+: found .*\[config")
        self.assertFalse(list(self.state.glob("runs/*")))

    def start_long(self, mark):
        path = self.state / "long.yaml"
        path.write_text(LONG % {"mark": mark})
        self.assertEqual(processes_with(mark), [])
        process = subprocess.Popen([PROGRAM, "run", "--state", str(self.state), "--images", "ignored", str(path)],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertTrue(wait_for(lambda: len(processes_with(mark)) >= 6), "it did not start")
        return process

    def assert_nothing_left(self, mark):
        self.assertTrue(wait_for(lambda: not processes_with(mark), 20), processes_with(mark))
        self.assertNotIn(str(self.state), pathlib.Path("/proc/self/mountinfo").read_text())

    def test_interrupt_ends_everything(self):
        process = self.start_long("86411.5")
        process.send_signal(signal.SIGINT)
        out = process.communicate(timeout=60)[0]
        self.assertEqual(process.returncode, 1, out)
        self.assert_nothing_left("86411.5")
        self.assertFalse(list(self.state.glob("runs/*/scratch")))

    def test_killed_outright_leaves_nothing_for_long(self):
        process = self.start_long("86412.5")
        process.kill()
        process.communicate(timeout=60)
        # A sandbox that was being made is ended, and files are removed, by the next run.
        self.assertEqual(self.run_file(EXAMPLES / "hello.yaml").returncode, 0)
        self.assert_nothing_left("86412.5")
        self.assertFalse(list(self.state.glob("runs/*/scratch")))


if __name__ == "__main__":
    unittest.main()
