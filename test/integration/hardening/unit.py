#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""unit.py UNIT_FILE: systemd's own judgement of how far the service is shut in, 0 (best) to 10; skipped without systemd-analyze."""
import re
import shutil
import subprocess
import sys

GOAL = 2.0

if not shutil.which("systemd-analyze"):
    print("systemd-analyze is not installed")
    sys.exit(77)
done = subprocess.run(["systemd-analyze", "security", "--offline=true", sys.argv[1]], capture_output=True, text=True)
level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
print(done.stdout[-200:] + done.stderr)
sys.exit(0 if level and float(level[1]) <= GOAL else 1)
