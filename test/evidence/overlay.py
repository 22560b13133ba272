# SPDX-License-Identifier: Apache-2.0
"""Some sources compiled again in another way, and linked before the libraries of a finished build: its tests then run on them."""
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def compile_all(build, sources, jobs):
    """`sources`: path in the tree -> (text to compile, object, further flags)."""
    commands = json.loads((build / "compile_commands.json").read_text())

    def compile_one(item):
        name, (text, target, flags) = item
        found = next(c for c in commands if os.path.normpath(os.path.join(c["directory"], c["file"])) == str(ROOT / name)
                     and "/libseakeeper-policy." in "/" + c["output"])
        words = shlex.split(found["command"])
        words = [*words[:words.index("-MD")], "-w", *flags, "-iquote", str((ROOT / name).parent), "-o", str(target), "-c", str(text)]
        done = subprocess.run(words, cwd=build, capture_output=True, text=True)
        return name, done.returncode, done.stderr

    failed = False
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for name, code, errors in pool.map(compile_one, sources.items()):
            if code:
                failed = True
                print(f"{name} does not compile:\n" + "\n".join(line for line in errors.splitlines() if "error" in line)[:3000])
    if failed:
        sys.exit("the sources do not compile")


def link(build, test, objects, target, flags=()):
    """The link command of a test of the build, with `objects` first."""
    listed = subprocess.run(["ninja", "-C", str(build), "-t", "commands", test], capture_output=True, text=True, check=True)
    words = shlex.split(listed.stdout.strip().splitlines()[-1])
    words[words.index("-o") + 1] = str(target)
    first = next(i for i, word in enumerate(words) if word.endswith(".a") or word.startswith("-Wl,--start-group"))
    words[first:first] = [*map(str, objects), *flags]
    # Shared libraries are named relative to the place where the build puts the test.
    words.append(f"-Wl,-rpath,{build / 'libseakeeper'}")
    subprocess.run(words, cwd=build, check=True)
    return target
