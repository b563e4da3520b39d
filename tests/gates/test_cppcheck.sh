#!/bin/bash
# ctest: processors 2
# ctest: timeout 1200
# cppcheck finds nothing. Results are kept a file, so a second run is quick.
set -u -o pipefail
. "$(dirname "$0")/sources.sh" || exit 1
cd "$BULKHEAD_SOURCE" || exit 1
mkdir -p "$BULKHEAD_BUILD/cppcheck"
program_files '*.c' >"$BULKHEAD_BUILD/cppcheck.files"
# cppcheck reads no system headers, but must know the macros of this one.
queue=$(find /usr/include -path '*/sys/queue.h' | head -n 1)
cppcheck --quiet --include="$queue" -j 2 --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 -D_GNU_SOURCE \
    -I. --cppcheck-build-dir="$BULKHEAD_BUILD/cppcheck" --file-list="$BULKHEAD_BUILD/cppcheck.files" || exit 1
echo "$(wc -l <"$BULKHEAD_BUILD/cppcheck.files") files are clean"
