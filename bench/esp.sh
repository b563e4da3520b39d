#!/usr/bin/env bash
# ESP in numbers: TCP, UDP and latency through Bulkhead, strongSwan's user-space ESP, wireguard-go, OpenVPN and nothing, in the
# same topology, in the same run. Medians go into BUILD_FOLDER/bench.json.
#
# usage: esp.sh [BUILD_FOLDER]
#     ONLY="tcp1.aes256gcm latency"   only measurements whose names contain one of these words
#     ROUNDS=5 SECONDS_EACH=3         rounds, and seconds of each TCP run
#     QUICK=1                         one short round, into BUILD_FOLDER/bench-quick.json: to try something
#     REALTIME=1                      gateways and loads go before everything else on this machine (SCHED_RR): for tries on a
#                                     busy one; other numbers than on a quiet one, but they can be compared
#     GATEWAY_OPTIONS="--workers 2"   of `bulkhead run`
#     OTHER=FOLDER                    compares with another build of Bulkhead (OTHER_OPTIONS: its options) in place of peers
set -u
here=$(dirname "$(readlink -f "$0")")
build=$(readlink -f "${1:-${here%/*}/build}")
export PYTHONDONTWRITEBYTECODE=1
if [ -n "${OTHER:-}" ] || { [ -n "${QUICK:-}" ] && [ "$QUICK" != 0 ]; }; then
    export RESULTS=${RESULTS:-$build/bench-quick.json}
fi
exec python3 "$here/esp.py" "$build"
