#!/bin/bash
# ctest: serial
# Two gateways replace child and IKE SAs by time and by packets, both sides with the same lifetimes, under a stream of 1,000
# packets a second each way: none is lost, and one pair is left.
. "$BULKHEAD_SOURCE/tests/scenario/lib/scenario.sh" || exit 1
SECRET="correct horse battery staple"

count_events() { # SIDE MESSAGE
    grep -c "$2" "$WORK/bulkhead-$1.log"
}
stream() { # SECONDS
    in_ns lanA iperf3 -c $HOST_B -u -b 800k -l 100 --bidir -t "$1" -J >"$WORK/stream.json" || fail "iperf3"
    python3 - "$WORK/stream.json" <<'X' || fail "packets were lost"
import json, sys
udp = [stream["udp"] for stream in json.load(open(sys.argv[1]))["end"]["streams"]]
total = sum(stream["packets"] for stream in udp)
lost = sum(stream["lost_packets"] for stream in udp)
print(f"{total} packets, {lost} lost")
sys.exit(0 if len(udp) == 2 and total > 4000 and lost == 0 else 1)
X
}

# run NAME LIFETIMES SECONDS LEAST-CHILDREN LEAST-IKE-SAS
run() {
    local side
    step "$1"
    for side in A B; do
        TUNNEL_START=$([ $side = A ] && echo START_MODE_UP || echo START_MODE_PASSIVE) \
            TUNNEL_EXTRA=$2 gateway_config $side
        gateway_start $side
        gateway_secret $side "$SECRET"
    done
    tunnel_wait A UP
    stream "$3"
    local children ikes
    children=$(count_events A sa_installed)
    ikes=$(count_events A ike_sa_rekeyed)
    echo "$children CHILD_SAs, $ikes rekeys of the IKE SA"
    [ "$children" -ge "$4" ] && [ "$ikes" -ge "$5" ] || fail "too few rekeys"
    for side in A B; do
        gateway_stop $side
        rm -f "$WORK/bulkhead-$side.log"
    done
}

topology_up
iperf_server lanB
run "by time" "  child_lifetime: {rekey: 2s, jitter: 30}
  ike_lifetime: {rekey: 5s, jitter: 30}" 11 4 2
run "by packets, at both ends at once" "  child_lifetime: {rekey: 1h, rekey_packets: 1500, jitter: 0}" 6 3 0
passed
