#!/bin/bash
# ctest: processors 2
# ctest: timeout 1800
# ThreadSanitizer watches the tests in which threads of esp-d meet; with BULKHEAD_LONG=1 all unit tests, for longer.
set -u -o pipefail
. "$(dirname "$0")/sources.sh" || exit 1
cd "$BULKHEAD_SOURCE" || exit 1
tree=$BULKHEAD_BUILD/tsan
tests=(child cipher_pool datagram_ring exactly_once fragment hostile_esp replay worker workers)
targets=("${tests[@]/#/unit_esp-d_}")
[ -z "${BULKHEAD_LONG:-}" ] || targets=(all)
cmake -S . -B "$tree" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_COMPILER=clang -DBULKHEAD_SANITIZE=thread \
    >"$tree.log" 2>&1 && cmake --build "$tree" --target "${targets[@]}" >"$tree.log" 2>&1 || {
    tail -n 30 "$tree.log"
    exit 1
}
pattern="^unit_esp-d_($(IFS='|' && echo "${tests[*]}"))\$"
[ -z "${BULKHEAD_LONG:-}" ] || pattern='^unit_'
ctest --test-dir "$tree" -R "$pattern" --output-on-failure --timeout 900
