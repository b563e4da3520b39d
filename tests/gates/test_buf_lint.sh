#!/bin/bash
# The schema follows buf's STANDARD rules (proto/buf.yaml).
set -u
: "${BULKHEAD_SOURCE:=$(readlink -f "$(dirname "$0")/../..")}"
. "$BULKHEAD_SOURCE/tests/api/npm.sh"
npm_install || exit 1
cd "$BULKHEAD_SOURCE/proto" || exit 1
# Both schemas must be seen: a lint of nothing passes too.
files=$(buf ls-files | wc -l)
[ "$files" -eq "$(find bulkhead -name '*.proto' | wc -l)" ] && [ "$files" -gt 10 ] || {
    echo "buf sees $files files"
    exit 1
}
buf lint || exit 1
echo "$files files"
