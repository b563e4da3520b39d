#!/usr/bin/env bash
# Two whole gateways in network namespaces, a tunnel between them, and real traffic through it; the picture of the network
# stands in tests/scenario/lib/topology.sh. Run as root. Leaves nothing behind, also when it fails.
#
# usage: demo.sh [BUILD_FOLDER]      MEGABYTES=1100
set -u
began=$SECONDS
BULKHEAD_SOURCE=$(dirname "$(dirname "$(readlink -f "$0")")")
BULKHEAD_BUILD=$(readlink -f "${1:-$BULKHEAD_SOURCE/build}")
export BULKHEAD_SOURCE BULKHEAD_BUILD
. "$BULKHEAD_SOURCE/tests/scenario/lib/scenario.sh"

sent=0 received=0
ping_through() { # FROM TO-ADDRESS: counts into sent and received
    local out
    # all at once: ping waits for late answers as long as its interval is
    out=$(in_ns "$1" ping -n -q -i 2 -c 50 -l 50 -W 2 "$2")
    printf '%s -> %-10s %s\n' "$1" "$2" "$(sed -n '/transmitted/p' <<<"$out")"
    sent=$((sent + $(sed -n 's/^\([0-9]*\) packets transmitted.*/\1/p' <<<"$out")))
    received=$((received + $(sed -n 's/.*, \([0-9]*\) received.*/\1/p' <<<"$out")))
}

iperf_number() { # KEY: of what arrived
    python3 -c 'import json, sys; print(int(json.load(open(sys.argv[1]))["end"]["sum_received"][sys.argv[2]]))' \
        "$WORK/iperf.json" "$1"
}

step 'network: lanA - gwA == gwB - lanB'
topology_up
capture_start clear gwA wan "$CLEAR_FILTER"
capture_start esp gwA wan 'udp port 4500 and less 250' # the pings' packets: a proof that the capture works

step 'two gateways, default proposals, one secret'
TUNNEL_START=up gateway_config A
TUNNEL_START=passive gateway_config B
psk=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')
for side in A B; do
    gateway_start $side --release-on-exit
    gateway_secret $side "$psk"
done
tunnel_wait A UP 30
tunnel_wait B UP 30

step 'ping through the tunnel, both ways, IPv4 and IPv6'
ping_through lanA $HOST_B
ping_through lanB $HOST_A
ping_through lanA $HOST6_B
ping_through lanB $HOST6_A
[ "$received" -gt 0 ] || fail 'no ping came through'
loss=$(((sent - received) * 100 / sent))
[ "$received" -eq "$sent" ] || fail "ping: $received of $sent came back"

step 'TCP from lanA to lanB'
iperf_server lanB
in_ns lanA iperf3 -c $HOST_B -C cubic -n "${MEGABYTES:-1100}M" -J >"$WORK/iperf.json" || fail 'iperf3 failed'
bytes=$(iperf_number bytes)
[ "$bytes" -ge 1000000000 ] || fail "only $bytes bytes arrived"
printf '%s bytes, %s Mb/s\n' "$bytes" "$(($(iperf_number bits_per_second) / 1000000))"

step 'bhctl tunnels list'
bhctl_on A tunnels list || fail 'no list of tunnels'
step 'bhctl sas list'
bhctl_on A sas list || fail 'no list of SAs'

step 'the WAN'
capture_stop clear
capture_stop esp
[ "$(capture_count esp)" -gt 0 ] || fail 'no ESP was captured: the capture proves nothing'
assert_no_clear_packet clear
gateway_stop A
gateway_stop B
SCENARIO_PASSED=yes
printf '\ndemo: ok, %s bytes, %s%% ping loss, %s s\n' "$bytes" "$loss" "$((SECONDS - began))"
