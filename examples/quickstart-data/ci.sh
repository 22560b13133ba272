#!/bin/sh
# The project's own tests: ci.sh style | unit | package
set -eu
case "$1" in
style)
    echo "looking for tabs"
    ! grep -n "$(printf '\t')" tide.txt || { echo "tide.txt: no tabs, please" >&2; exit 3; } ;;
unit)
    echo "high water at $(cat tide.txt)"
    grep -Eqx '[0-2][0-9]:[0-5][0-9]' tide.txt || { echo "tide.txt: not a time: $(cat tide.txt)" >&2; exit 1; } ;;
package)
    tar -cf harbour.tar tide.txt && echo "made harbour.tar of $(wc -c <harbour.tar) bytes" ;;
esac
