#!/usr/bin/env bash
# The fast path is fast by its batches: under a bulk stream a read of the TUN and a send carry dozens of packets on average,
# and so do a receive and a write on the other side. Read from esp-d's own counters.
#
#   lanA ==> gwA (reads, sends) ====WAN==== gwB (receives, writes) ==> lanB
#
# ctest: processors 2
. "$BULKHEAD_SOURCE/tests/scenario/lib/scenario.sh" || exit 1

# mean SIDE BATCHES PACKETS: packets a batch of the worker that had the most of them; its others are acknowledgements
mean() {
    bhctl_on "$1" -o json system status | python3 -c '
import json, sys
batches, packets = sys.argv[1:]
workers = json.load(sys.stdin)["workers"]
busiest = max(workers, key=lambda w: int(w.get(packets, 0)))
print(int(busiest.get(packets, 0)) // max(1, int(busiest.get(batches, 0))))' "$2" "$3"
}

assert_mean() { # SIDE BATCHES PACKETS
    local mean
    mean=$(mean "$@")
    [ "$mean" -gt 30 ] || fail "gateway $1: $mean $3 in one of the $2"
    step "gateway $1: $mean $3 in one of the $2"
}

topology_up
for side in A B; do
    gateway_config $side
    gateway_start $side
    gateway_secret $side "correct horse battery staple"
done
tunnel_wait A UP
tunnel_wait B UP
iperf_server lanB
in_ns lanA iperf3 -c $HOST_B -C cubic -t 3 >"$WORK/iperf.log" || fail "iperf3: $(cat "$WORK/iperf.log")"
assert_mean A tunReads packetsRead
assert_mean A sends packetsSent
assert_mean B receives packetsReceived
assert_mean B tunWrites packetsWritten
assert_match "what bhctl prints" "A SEND" "$(bhctl_on A system status)"
passed
