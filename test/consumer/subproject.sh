#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The tree as a Meson subproject of a stranger's project.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)

mkdir -p "$scratch/subprojects"
ln -s "$tree" "$scratch/subprojects/seakeeper"
cp "$here/policy.cpp" "$scratch/"
cat >"$scratch/meson.build" <<'MESON'
project('stranger', 'cpp', default_options: ['cpp_std=c++20'])
executable('policy', 'policy.cpp', dependencies: dependency('seakeeper-policy', fallback: ['seakeeper', 'seakeeper_policy_dep']))
MESON
# Without optimisation, and with ccache the second time for nothing: what is tried is that it builds and links.
export CCACHE_BASEDIR="$scratch" CCACHE_NOHASHDIR=true
meson setup -Dbuildtype=plain -Dcpp_args=-O0 "$scratch/build" "$scratch" >"$scratch/log" || { tail -20 "$scratch/log"; exit 1; }
ninja -C "$scratch/build" --quiet policy
"$scratch/build/policy"
