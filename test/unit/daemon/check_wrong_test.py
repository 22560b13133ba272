# SPDX-License-Identifier: Apache-2.0
"""seakeeperd check on a folder of wrong definitions: one finding each, word for word. Arguments: the program, the folder.
With SEAKEEPER_WRITE_GOLDEN=1 the expected findings are written."""
import os
import pathlib
import re
import subprocess
import sys

program, folder = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])
FINDING = re.compile(r"^(?P<file>[\w-]+\.yaml):(?P<line>\d+):(?P<column>\d+): found .+ accepted (is|are) .+ \[[a-z-]+\]$")

done = subprocess.run([program, "check", "."], cwd=folder, capture_output=True, text=True, timeout=60)
lines = [line.removeprefix("./") for line in done.stdout.splitlines()]
files = sorted(folder.glob("*.yaml"))
assert len(files) == 30, f"{len(files)} files"
assert done.returncode == 1, f"exit code {done.returncode}\n{done.stdout}{done.stderr}"
assert len(lines) == 30, f"{len(lines)} findings\n{done.stdout}"

wrong = 0
for file, found in zip(files, lines):
    golden = file.with_suffix(".expected")
    shape = FINDING.match(found)
    assert shape and shape["file"] == file.name, f"not a finding about {file.name}: {found}"
    assert int(shape["line"]) <= file.read_text().count("\n"), found
    if os.environ.get("SEAKEEPER_WRITE_GOLDEN"):
        golden.write_text(found + "\n")
    if golden.read_text() != found + "\n":
        wrong += 1
        print(f"{file.name}:\n  wanted {golden.read_text()}  found  {found}")
print(f"30 findings, {wrong} other than expected")
sys.exit(wrong > 0)
