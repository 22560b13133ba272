#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# quickstart.sh SEAKEEPERD: plays the sample of examples/quickstart and checks what README promises of it.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
here=$(cd "$(dirname "$0")" && pwd)
"$here/../../examples/quickstart-data/play" "$1" "$scratch/sample" >"$scratch/said" 2>&1 || { cat "$scratch/said"; exit 1; }

fail() { cat "$scratch/said"; echo "quickstart: $*" >&2; exit 1; }
shows() { grep -Eq -- "$1" "$scratch/said" || fail "nothing like: $1"; }
shows '^    test +untrusted +its trigger asks for untrusted'
shows '^    gate +trusted +trusted: '
shows '^    publish +trusted +trusted: '
shows '^    backport +not matched +branch: "master" is none of REL\*'
shows '^WOULD POST on demo/harbour change [0-9]+: Verified\+1$'
shows '^WOULD POST on demo/harbour change [0-9]+: Verified-1$'
shows '^    \| tide.txt: not a time: noon'
shows '^    \| high water at 14:30'
shows '^    \| would publish [0-9a-f]{40}'
twice=$(sed -n '/^WOULD POST/,/^LOGS/s/.*\(Seakeeper-Workload: .*\)/\1/p' "$scratch/said" | sort | uniq -d)
[ -z "$twice" ] || fail "reported twice: $twice"
