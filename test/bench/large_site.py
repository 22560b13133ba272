# SPDX-License-Identifier: Apache-2.0
"""A large site on disk: bare repositories with a refs/meta/config each, as one commit of loose objects, and a recording
of uploads to all of them. Enough for `seakeeperd serve --shadow --events --repositories`."""
import hashlib
import pathlib
import subprocess
import zlib

ROOT = "All-Projects"
INHERITED = """triggers:
  test:
    events: [patchset-created, {comment: recheck}, {vote: {label: Code-Review, value: 1}}]
    branch: ["^(master|main|wmf/.*)$", "REL1_*"]
    not: {author: {email: ["*@bots.example", "l10n-bot@example.org"]}}
    workflow: workflows/test.yaml
  experimental:
    events: [{comment: [check experimental, check php, check coverage]}]
    workflow: workflows/test.yaml
"""


def own(i):
    """Three triggers of a project's own, of which an upload to master meets one."""
    return f"""triggers:
  unit:
    events: [patchset-created]
    branch: [master, "REL1_{39 + i % 8}"]
    workflow: workflows/unit.yaml
  postmerge:
    events: [change-merged]
    branch: master
    topic: "^(?:bump|fix)-{i % 50}-.*$"
    workflow: workflows/unit.yaml
  publish:
    events: [{{ref-updated: created}}]
    ref: "^refs/tags/v[0-9.]+$"
    workflow: workflows/unit.yaml
"""


def workflow(i):
    """About 2 KB in three templates, as definitions of one job are."""
    steps = "".join(f"""    - name: step{n}
      inputs: {{parameters: [{{name: what}}]}}
      container:
        image: registry.example/ci/php:{i % 9}
        command: [sh, -ec]
        args: ['git fetch "$SEAKEEPER_URL" "$SEAKEEPER_REF" && git checkout FETCH_HEAD && composer {n} # project {i}']
        resources: {{limits: {{cpu: "1", memory: 1Gi}}, requests: {{cpu: 500m, memory: 512Mi}}}}
""" for n in ("install", "test"))
    return f"""apiVersion: argoproj.io/v1alpha1
kind: Workflow
spec:
  entrypoint: main
  templates:
    - name: main
      dag:
        tasks:
          - {{name: install, template: stepinstall, arguments: {{parameters: [{{name: what, value: install}}]}}}}
          - {{name: test, template: steptest, depends: install, arguments: {{parameters: [{{name: what, value: test}}]}}}}
{steps}"""


def write_object(repository, kind, data):
    data = f"{kind} {len(data)}".encode() + b"\0" + data
    name = hashlib.sha1(data).hexdigest()
    path = repository / "objects" / name[:2] / name[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(data, 1))
    return name


def tree(repository, entries):
    """`entries` are (mode, name, object), in git's order."""
    return write_object(repository, "tree", b"".join(f"{mode} {name}".encode() + b"\0" + bytes.fromhex(sha) for mode, name, sha in entries))


def write_repository(path, configuration, workflows):
    """The commit of its refs/meta/config."""
    for folder in ("objects/info", "objects/pack", "refs/heads", "refs/meta"):
        (path / folder).mkdir(parents=True)
    (path / "HEAD").write_text("ref: refs/heads/master\n")
    (path / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
    files = [("100644", name, write_object(path, "blob", text.encode())) for name, text in sorted(workflows.items())]
    root = tree(path, [("100644", "seakeeper.yaml", write_object(path, "blob", configuration.encode())),
                       ("40000", "workflows", tree(path, files))])
    who = "Owner <owner@example.org> 1700000000 +0000"
    commit = write_object(path, "commit", f"tree {root}\nauthor {who}\ncommitter {who}\n\nSet CI\n".encode())
    (path / "refs/meta/config").write_text(commit + "\n")
    return commit


def make(folder, projects, events, recording_maker):
    """Repositories in folder/repositories, the recording as folder/recording.jsonl."""
    folder = pathlib.Path(folder)
    repositories = folder / "repositories"
    tips = [(ROOT, write_repository(repositories / ROOT, INHERITED, {"test.yaml": workflow(0)}))]
    for i in range(projects):
        name = f"group{i % 40}/extensions/project-{i}"
        tips.append((name, write_repository(repositories / name, own(i), {"unit.yaml": workflow(i)})))
    subprocess.run([str(recording_maker), str(folder / "recording.jsonl"), str(events)], check=True, text=True,
                   input="".join(f"{name} {tip}\n" for name, tip in tips))
