#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs into a scratch folder and compiles programs outside the tree with pkg-config alone.
# The policy library must not bring SSH, TLS, git or SQLite along.
set -eu
build=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
here=$(cd "$(dirname "$0")" && pwd)

DESTDIR="$scratch" meson install -C "$build" --no-rebuild --quiet >/dev/null
pc=$(dirname "$(find "$scratch" -name seakeeper.pc)")
export PKG_CONFIG_PATH="$pc"
prefix=$(pkg-config --variable=prefix seakeeper)
flags() { pkg-config --define-variable=prefix="$scratch$prefix" --cflags --libs "$@"; }
lib=$(dirname "$(find "$scratch" -name libseakeeper.so)")
export LD_LIBRARY_PATH="$lib"

g++ -std=c++20 "$here/policy.cpp" -o "$scratch/policy" $(flags seakeeper-policy)
"$scratch/policy"
if ldd "$lib/libseakeeper-policy.so" | grep -E 'libssh|libssl|libgit2|libsqlite'; then
    echo "libseakeeper-policy.so brings a library that policy does not need" >&2
    exit 1
fi
g++ -std=c++20 "$here/../../examples/01-route-events.cpp" -o "$scratch/route" $(flags seakeeper)
"$scratch/route" "$here/../data/event/recorded/3.10.2/change_merged.jsonl" | grep -q matched
