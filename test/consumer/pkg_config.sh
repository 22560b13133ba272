#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs into a scratch folder and compiles programs outside the tree with pkg-config alone: against
# each module, shared and static. The policy library must not bring SSH, TLS, git or SQLite along.
set -eu
build=$(cd "$1" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
here=$(cd "$(dirname "$0")" && pwd)
examples=$here/../../examples

DESTDIR="$scratch" meson install -C "$build" --no-rebuild --quiet >"$scratch/log" 2>&1 || { tail -20 "$scratch/log" >&2; exit 1; }
for module in seakeeper-policy seakeeper seakeeper-local seakeeper-testing; do
    [ -n "$(find "$scratch" -name $module.pc)" ] || { echo "$module.pc is not installed" >&2; exit 1; }
done
export PKG_CONFIG_PATH="$(dirname "$(find "$scratch" -name seakeeper.pc)")"
prefix=$(pkg-config --variable=prefix seakeeper)
flags() { pkg-config --define-variable=prefix="$scratch$prefix" --cflags --libs "$@"; }
lib=$(dirname "$(find "$scratch" -name libseakeeper.so)")
export LD_LIBRARY_PATH="$lib"
compile() {
    out=$scratch/$1; shift
    g++ -std=c++20 -O0 "$@" -o "$out"
}

compile policy "$here/policy.cpp" $(flags seakeeper-policy)
"$scratch/policy"
if ldd "$lib/libseakeeper-policy.so" "$scratch/policy" | grep -E 'libssh|libssl|libgit2|libsqlite'; then
    echo "libseakeeper-policy.so brings a library that policy does not need" >&2
    exit 1
fi
compile route "$examples/01-route-events.cpp" $(flags seakeeper)
"$scratch/route" "$here/../data/event/recorded/3.10.2/change_merged.jsonl" | grep -q matched
compile tests "$examples/02-test-your-policy.cpp" $(flags seakeeper-testing)
"$scratch/tests" >/dev/null
compile everything "$here/everything.cpp" $(flags seakeeper-local)
"$scratch/everything"

# Static: the same -l flags find archives alone.
mkdir "$scratch/archives"
mv "$lib"/libseakeeper*.so* "$scratch/archives/"
compile policy-static "$here/policy.cpp" $(flags --static seakeeper-policy)
"$scratch/policy-static"
if ldd "$scratch/policy-static" | grep -E 'libseakeeper|libssh|libssl|libgit2|libsqlite'; then
    echo "the static policy program needs a library that it should not" >&2
    exit 1
fi
compile everything-static "$here/everything.cpp" $(flags --static seakeeper-local)
"$scratch/everything-static"
