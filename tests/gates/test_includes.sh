#!/bin/bash
# lib/core <- lib/net, lib/crypto <- lib/ipc <- lib/priv, lib/daemon <- the daemons; no daemon includes another's headers.
set -u -o pipefail
. "$BULKHEAD_SOURCE/tests/gates/sources.sh"
cd "$BULKHEAD_SOURCE" || exit 1
program_files '*.c' '*.h' | python3 tests/gates/include_order.py
