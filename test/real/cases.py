# SPDX-License-Identifier: Apache-2.0
"""Cases of the real suite: functions that raise when what they show is not so."""
import json
import time
import traceback


def run_all(cases, on_failure=lambda: ""):
    """Runs each, prints one JSON line a case; the exit status."""
    failed = 0
    for case in cases:
        start, name = time.monotonic(), (case.__doc__ or case.__name__).strip()
        result = {"case": name, "ok": True}
        try:
            note = case()
            result["note"] = f"{note + ', ' if note else ''}{time.monotonic() - start:.1f} s"
        except Exception:
            failed += 1
            result.update(ok=False, why=traceback.format_exc() + on_failure())
        print(json.dumps(result), flush=True)
    return failed > 0


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def equal(found, wanted, what):
    if found != wanted:
        raise AssertionError(f"{what}: found {found!r}, wanted {wanted!r}")
