#!/usr/bin/env bash
# One TCP stream from lanA to lanB over the bare WAN, through Bulkhead and through strongSwan's user-space ESP, in the same
# run on the same machine: what counts is the ratio. Medians of RUNS runs of SECONDS_EACH seconds.
#
# usage: throughput.sh [BUILD_FOLDER]     RUNS=3 SECONDS_EACH=5 SUITES="aes256gcm16 aes256-sha256"
set -u
here=$(dirname "$(readlink -f "$0")")
export BULKHEAD_SOURCE=${here%/*}
export BULKHEAD_BUILD=${1:-$BULKHEAD_SOURCE/build}
: "${RUNS:=3}" "${SECONDS_EACH:=5}" "${SUITES:=aes256gcm16 aes256-sha256}"
# shellcheck source=tests/scenario/lib/scenario.sh
. "$BULKHEAD_SOURCE/tests/scenario/lib/scenario.sh"

median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

# Mb/s that arrived, one run
tcp_mbps() {
    in_ns lanA iperf3 -c $HOST_B -C cubic -t "$SECONDS_EACH" -J |
        python3 -c 'import json, sys; print(round(json.load(sys.stdin)["end"]["sum_received"]["bits_per_second"] / 1e6))'
}

measure() { # NAME: prints and keeps the median
    local run
    result=$(for ((run = 0; run < RUNS; run++)); do tcp_mbps; done | median)
    printf '%-36s %8s Mb/s %7.3f of bare\n' "$1" "$result" "$(awk "BEGIN {print $result / ${bare:-$result}}")"
}

bulkhead_path() { # SUITE
    local side
    for side in A B; do
        TUNNEL_ESP="[$1]" gateway_config $side
        gateway_start $side --release-on-exit
        gateway_secret $side "correct horse battery staple"
    done
    tunnel_wait A UP
    tunnel_wait B UP
    measure "Bulkhead, $1"
    bulkhead=$result
    gateway_stop A
    gateway_stop B
}

strongswan_path() { # SUITE
    local side
    for side in A B; do
        SWAN_ESP=$1 strongswan_config $side
        strongswan_start $side
    done
    swanctl_on A --initiate --child net --timeout 10 >/dev/null || fail "strongSwan does not come up"
    measure "strongSwan user space, $1"
    printf '%-36s %8.2f\n' "  Bulkhead / strongSwan" "$(awk "BEGIN {print $bulkhead / $result}")"
    strongswan_stop A
    strongswan_stop B
}

topology_up
iperf_server lanB
measure "bare veth, routed"
bare=$result
for suite in $SUITES; do
    bulkhead_path "$suite"
    strongswan_path "$suite"
done
passed
