#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Figures of the pipeline on the real stack, inside test/stack/enter: from a stream's line to a Workflow that the API server
has, at a steady pace and in a burst. Prints one JSON line for each figure.

    pipeline_figures.py BUILD
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/stack"))
from lab import Lab, Stream  # noqa: E402

PACED = 84
VOTED = 44
BURST = 1001  # the first one makes connections

TRUSTED = {
    "seakeeper.yaml": """triggers:
  gate:
    events: [{vote: {label: Code-Review, value: +2}}]
    branch: [master]
    workflow: workflows/test.yaml
    trust: trusted
""",
    "workflows/test.yaml": """apiVersion: argoproj.io/v1alpha1
kind: Workflow
spec:
  entrypoint: main
  templates:
    - name: main
      container: {image: "localhost/seakeeper-tools:1", command: [sh, -c, make check]}
""",
}


def say(figure, value, unit, goal=None, is_met=None, how=""):
    print(json.dumps({"figure": figure, "value": round(value, 2), "unit": unit, "goal": goal, "met": is_met, "how": how}), flush=True)


class Bench:
    def __init__(self, build):
        self.probe = pathlib.Path(build).resolve() / "test/bench/pipeline_probe"
        self.lab = Lab()
        self.kubectl = [os.environ["SEAKEEPER_KUBECTL"], "--kubeconfig", self.lab.stack["kubernetes"]["admin_kubeconfig"]]
        self.namespace = f"bench-{os.getpid()}"

    def __enter__(self):
        subprocess.run([*self.kubectl, "create", "namespace", self.namespace], check=True, stdout=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        subprocess.run([*self.kubectl, "delete", "namespace", self.namespace, "--wait=false"], stdout=subprocess.DEVNULL)

    def run(self, mode, *more):
        with tempfile.TemporaryDirectory(prefix="seakeeper-bench-") as folder:
            done = subprocess.run([str(self.probe), mode, "--kubeconfig", self.kubectl[2], "--namespace", self.namespace,
                                   "--folder", folder, *more], stdout=subprocess.PIPE, text=True, timeout=600)
        if done.returncode:
            raise SystemExit(f"pipeline_probe {mode} ended with {done.returncode}")
        return json.loads(done.stdout)

    def pace(self, name, goal, words, *more):
        got = self.run("latency", *more)
        say(f"pipeline/{name}/line_to_answer_p50", got["line_to_answer_p50_ms"], "ms",
            how=f"{got['events']} events at {got['per_second']}/s, store synchronous=FULL, {words}; "
                f"p90 {got['line_to_answer_p90_ms']:.1f} ms; until the request leaves p50 {got['line_to_request_p50_ms']:.1f} ms")
        say(f"pipeline/{name}/bare_post_p50", got["bare_post_p50_ms"], "ms",
            how=f"like Workflows by the same client between the events; p90 {got['bare_post_p90_ms']:.1f} ms")
        say(f"pipeline/{name}/ratio_to_bare_post", got["ratio_p50"], "ratio", goal, goal and got["ratio_p50"] <= goal, "same run")

    def burst(self):
        got = self.run("burst", "--events", str(BURST))
        bare = (got["bare_before_per_second"] + got["bare_after_per_second"]) / 2
        say("pipeline/burst/creates", got["creates_per_second"], "/s",
            how=f"{got['events']} events at once, {got['connections']} connections; {got['cpu_ms_each']:.2f} ms of our CPU each")
        say("pipeline/burst/bare_posts", bare, "/s",
            how=f"by the same client, half before ({got['bare_before_per_second']:.0f}/s) and half after "
                f"({got['bare_after_per_second']:.0f}/s); {got['bare_cpu_ms_each']:.2f} ms of our CPU each")
        say("pipeline/burst/ratio_to_bare_posts", got["ratio"], "ratio", 0.9, got["ratio"] >= 0.9, "same run")

    def approved_changes(self, path):
        """Event lines of approvals by a maintainer, as the real Gerrit sent them."""
        project = self.lab.create_project("bench")
        self.lab.push_config(project, TRUSTED)
        stream = Stream(self.lab)
        try:
            changes = [self.lab.rest.must("POST", "/changes/", {"project": project, "branch": "master", "subject": f"Change {i}"},
                                          user="contrib").json["_number"] for i in range(VOTED)]
            for number in changes:
                self.lab.vote(number, "Code-Review", 2)
            self.lab.wait_for("the approvals' events", lambda: len(self.approvals(stream, project)) == VOTED, 60)
            path.write_text("".join(self.approvals(stream, project)))
        finally:
            stream.stop()

    @staticmethod
    def approvals(stream, project):
        events = [(json.loads(line), line.decode()) for _, line in list(stream.lines)]
        return [line for event, line in events if event["type"] == "comment-added" and event["change"]["project"] == project]

    def with_trust(self):
        gerrit = self.lab.gerrit
        with tempfile.TemporaryDirectory(prefix="seakeeper-bench-") as folder:
            lines = pathlib.Path(folder, "lines")
            self.approved_changes(lines)
            self.pace("with_trust_from_gerrit", None, "facts of trusted runs read from a real Gerrit, again at the gate before the request",
                      "--lines", str(lines), "--gerrit-url", gerrit["local_url"].rstrip("/"), "--gerrit-user", "ci-bot",
                      "--password-file", gerrit["people"]["ci-bot"]["password_file"])


def main():
    with Bench(sys.argv[1]) as bench:
        bench.pace("facts_at_hand", 1.25, "facts and definitions at hand", "--events", str(PACED))
        bench.burst()
        bench.with_trust()


if __name__ == "__main__":
    main()
