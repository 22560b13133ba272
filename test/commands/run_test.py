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

    def explain(self, name, *more):
        done = subprocess.run([PROGRAM, "explain", "--state", str(self.state), name, *more], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def explained(self, name):
        return json.loads(self.explain(name, "--json"))

    def test_explain_tells_the_tree_of_a_run_that_has_ended(self):
        self.assertEqual(self.run_file(EXAMPLES / "steps.yaml", "--name", "named").returncode, 0)
        made = self.explained("named")
        self.assertEqual((made["run"], made["standing"], made["phase"]), ("named", "ended", "Succeeded"))
        (root,) = made["nodes"]
        self.assertEqual((root["name"], root["type"], root["phase"]), ("named", "Steps", "Succeeded"))
        by_name = {node["displayName"]: node for node in root["nodes"]}
        self.assertIn("evaluated false", by_name["never"]["message"])
        self.assertNotIn("seconds", by_name["never"])
        for node in root["nodes"]:
            if node["type"] == "Pod":
                self.assertTrue(pathlib.Path(made["folder"], node["log"]).is_file(), node)
                self.assertGreater(node["seconds"], 0)
                self.assertLessEqual(made["startedAt"], node["startedAt"])
                self.assertLessEqual(node["finishedAt"], made["finishedAt"])
        lines = self.explain("named").splitlines()
        self.assertRegex(lines[0], r"^run named: Succeeded, \d+\.\ds$")
        self.assertTrue(any(re.fullmatch(r"  Succeeded   greet  \d+\.\ds", line) for line in lines), lines)
        self.assertTrue(any(line.startswith("  Skipped     never  when ") for line in lines), lines)

    def test_explain_puts_attempts_below_their_step_and_says_why_they_failed(self):
        path = self.state / "tries.yaml"
        path.write_text(json.dumps({"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"name": "tries"}, "spec": {
            "entrypoint": "main", "templates": [
                {"name": "main", "steps": [[{"name": "a", "template": "bad"}]]},
                {"name": "bad", "retryStrategy": {"limit": 1}, "container": {"image": "none", "command": ["false"]}}]}}))
        self.assertEqual(self.run_file(path).returncode, 1)
        (root,) = self.explained("tries")["nodes"]
        (step,) = root["nodes"]
        self.assertEqual([(one["displayName"], one["phase"], one["message"]) for one in step["nodes"]],
                         [(f"a({i})", "Failed", "main: Error (exit code 1)") for i in range(2)])

    def test_explain_tells_a_run_that_goes_on_and_one_that_was_killed(self):
        process = self.start_long("86413.5")
        self.assertTrue(wait_for(lambda: {one["phase"] for one in self.explained("long")["nodes"][0].get("nodes", [])} == {"Running"}))
        first, second = self.explained("long"), self.explained("long")
        self.assertEqual((first["standing"], first["phase"]), ("running", "Running"))
        self.assertEqual([one["displayName"] for one in first["nodes"][0]["nodes"]], ["a", "b", "c"])
        self.assertNotIn("finishedAt", first)
        self.assertGreater(second["seconds"], first["seconds"])
        process.kill()
        process.communicate(timeout=60)
        killed = self.explained("long")
        self.assertEqual((killed["standing"], killed["phase"]), ("killed", "Running"))
        self.assertNotIn("seconds", killed["nodes"][0])
        self.assertIn("its process is gone", self.explain("long"))
        self.assertEqual(self.run_file(EXAMPLES / "hello.yaml").returncode, 0)  # ends what may be left
        self.assert_nothing_left("86413.5")

    def test_explain_tells_what_was_refused_and_knows_no_other_names(self):
        self.assertEqual(self.run_file(EXAMPLES / "refused.yaml", "--name", "no").returncode, 1)
        self.assertIn("this machine cannot run it", self.explained("no")["message"])
        for name in ("nobody", "../no", "no/../no"):
            done = subprocess.run([PROGRAM, "explain", "--state", str(self.state), name], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 2, done.stdout + done.stderr)  # no store there either

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
