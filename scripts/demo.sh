#!/bin/bash
# The demonstration: two gateways in network namespaces, a tunnel between them, 1 GB of TCP through it, ping both ways for both
# families, and a look at the WAN for anything in clear.
BULKHEAD_SOURCE=$(dirname "$(dirname "$(readlink -f "$0")")")
BEGAN=$SECONDS
. "$BULKHEAD_SOURCE/tests/scenario/lib/scenario.sh"
MEGABYTES=1024
PSK=$(head -c 24 /dev/urandom | base64)

step "lanA - gwA == gwB - lanB, each a network namespace"
topology_up
for side in A B; do
    gateway_config $side
    gateway_start $side
    printf '%s' "$PSK" | bhctl_on $side secrets set net
done
capture_start clear gwB wan "$CLEAR_FILTER"
step "waiting for the tunnel"
tunnel_wait A UP 30
tunnel_wait B UP 30

step "ping, both ways, IPv4 and IPv6"
sent=0 received=0
for pair in "lanA $HOST_B" "lanB $HOST_A" "lanA $HOST6_B" "lanB $HOST6_A"; do
    # shellcheck disable=SC2086
    set -- $pair
    out=$(in_ns "$1" ping -n -q -c 20 -i 0.02 -W 2 "$2")
    counts=$(sed -n 's/^\([0-9]*\) packets transmitted, \([0-9]*\) received.*/\1 \2/p' <<<"$out")
    sent=$((sent + ${counts% *}))
    received=$((received + ${counts#* }))
    echo "    $1 -> $2: ${counts#* } of ${counts% *} came back"
done
loss=$(((sent - received) * 100 / sent))

step "$MEGABYTES MB of TCP from lanA to lanB"
iperf_server lanB
in_ns lanA iperf3 -J -c $HOST_B -n ${MEGABYTES}M >"$WORK/iperf.json" 2>&1 || fail "iperf3: $(tail -n 3 "$WORK/iperf.json")"
bytes=$(json end.sum_received.bytes <"$WORK/iperf.json")
echo "    $((bytes / 1000000)) MB at $(json end.sum_received.bits_per_second <"$WORK/iperf.json" |
    awk '{printf "%.0f", $1 / 1e6}') Mb/s"

capture_stop clear
assert_no_clear_packet clear
step "no packet in clear was on the WAN; what gateway A says:"
bhctl_on A tunnels list
bhctl_on A sas list
assert_at_least "bytes that arrived" $((1000 * 1000 * 1000)) "$bytes"
assert_equal "ping loss" 0 "$loss"

for side in A B; do
    gateway_stop $side
done
SCENARIO_PASSED=yes
topology_down
echo "demo: ok, $bytes bytes, $loss% ping loss, $((SECONDS - BEGAN)) s"
exit 0
