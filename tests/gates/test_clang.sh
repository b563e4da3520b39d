#!/bin/bash
# ctest: processors 2
# ctest: timeout 1200
# clang compiles everything without a warning (gcc did, or this test would not run).
set -u -o pipefail
. "$(dirname "$0")/sources.sh" || exit 1
cd "$BULKHEAD_SOURCE" || exit 1
tree=$BULKHEAD_BUILD/clang
cmake -S . -B "$tree" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_COMPILER=clang >"$tree.log" 2>&1 || {
    cat "$tree.log"
    exit 1
}
cmake --build "$tree" >"$tree.log" 2>&1 || {
    grep -A 12 -E '(error|warning):' "$tree.log" | head -n 60
    exit 1
}
echo "no warning from $(clang --version | head -n 1)"
