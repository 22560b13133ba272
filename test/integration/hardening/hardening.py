#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hardening.py PROBE PROBE_ARCHIVE SEAKEEPERD BUILDTYPE: what the compiler and linker were told is in the files (readelf).

The probe has every flag of a release build in any build; seakeeperd has those of the linker always and those of the compiler where its
build type is an optimised one. Debian's start files carry no CET note, so the linker drops it from the whole: the objects have it."""
import platform
import subprocess
import sys


def readelf(*arguments):
    return subprocess.run(["readelf", "-W", *arguments], capture_output=True, text=True, check=True).stdout


def linked(file):
    """What the linker gives: the name of each property, and whether the file has it."""
    segments, dynamic, symbols = readelf("-l", file), readelf("-d", file), readelf("--dyn-syms", file)
    stack = next(line for line in segments.splitlines() if "GNU_STACK" in line)
    return {"read-only relocations (RELRO)": "GNU_RELRO" in segments, "bound at start (NOW)": "BIND_NOW" in dynamic and "NOW" in dynamic,
            "position independent (PIE)": "Elf file type is DYN" in segments and " PIE" in dynamic, "stack not executable": " RWE " not in stack,
            "stack protector": "__stack_chk_fail" in symbols}


def compiled(file):
    return {"checked library calls (_FORTIFY_SOURCE)": "_chk@" in readelf("--dyn-syms", file).replace("__stack_chk_fail@", "")}


def main(probe, archive, seakeeperd, buildtype):
    found = {f"probe: {name}": has for name, has in {**linked(probe), **compiled(probe)}.items()}
    if platform.machine() == "x86_64":
        notes = readelf("-n", archive)
        found.update({"probe: indirect branches marked (IBT)": "IBT" in notes, "probe: shadow stack (SHSTK)": "SHSTK" in notes})
    properties = linked(seakeeperd)
    if buildtype in ("release", "debugoptimized", "minsize"):
        properties.update(compiled(seakeeperd))
    found.update({f"seakeeperd: {name}": has for name, has in properties.items()})
    for name, has in found.items():
        print(f"{name}: {'yes' if has else 'NO'}")
    return 0 if all(found.values()) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
