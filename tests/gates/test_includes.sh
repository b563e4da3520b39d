#!/bin/bash
# lib/core <- lib/net, lib/crypto <- lib/ipc <- lib/priv, lib/daemon <- the daemons; no daemon includes another's headers.
set -u -o pipefail
. "$(dirname "$0")/sources.sh" || exit 1
cd "$BULKHEAD_SOURCE" || exit 1
program_files '*.c' '*.h' | python3 tests/gates/include_order.py
