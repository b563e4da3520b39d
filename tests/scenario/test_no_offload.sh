#!/bin/bash
# A WAN whose device computes no checksums (`ethtool -K wan tx off`): everything passes as before. Newer kernels cut datagrams
# there themselves, so that a second run takes UDP_SEGMENT away, as an older kernel would: then each packet is a datagram of its
# own, and none is lost.
. "$(dirname "$0")/lib/scenario.sh" || exit 1

# worker_sum SIDE FIELD
worker_sum() {
    bhctl_on "$1" -o json system status | python3 -c '
import json, sys
print(sum(int(w.get(sys.argv[1], 0)) for w in json.load(sys.stdin)["workers"]))' "$2"
}

lost() { # SIDE: packets that were not sent
    bhctl_on "$1" -o json system status | python3 -c '
import json, sys
print(sum(int(d["packets"]) for d in json.load(sys.stdin)["drops"] if d["reason"] in ("send", "send_busy", "seal")))'
}

# udp FROM TO ADDRESS: each of a paced stream's packets arrives
udp() {
    local sent received
    rm -f "$WORK/sink.log"
    spawn sink "$2" "$BULKHEAD_BUILD/bench/udp_sink" "$3" 6000
    wait_for 5 "the sink to listen" grep -q ready "$WORK/sink.log"
    sent=$(in_ns "$1" "$BULKHEAD_BUILD/bench/udp_source" "$3" 6000 1000 2000 2 | json sent)
    sleep 0.5
    terminate sink INT
    received=$(tail -n 1 "$WORK/sink.log" | json received)
    assert_at_least "packets sent" 500 "$sent"
    assert_equal "packets that arrived in $2" "$sent" "$received"
}

traffic() {
    ping_both_ways
    tcp_transfer lanA lanB $HOST_B 20
    tcp_transfer lanB lanA $HOST_A 20
    tcp_transfer lanA lanB $HOST6_B 20
    tcp_transfer lanB lanA $HOST6_A 20
    udp lanA lanB $HOST_B
    udp lanB lanA $HOST_A
}

topology_up
for side in A B; do
    in_ns gw$side ethtool -K wan tx off >/dev/null 2>&1
    assert_match "the device of gateway $side" 'tx-checksumming: off' "$(in_ns gw$side ethtool -k wan)"
done
# The launcher gives daemons no such variable: esp-d's own place has a script that does.
without_udp_segment() { # FOLDER
    local program
    mkdir "$1"
    for program in bulkhead ${DAEMONS/esp-d /}; do
        cp "$BULKHEAD_BUILD/$program" "$1/"
    done
    printf '#!/bin/sh\nLD_PRELOAD=%s exec %s "$@"\n' "$BULKHEAD_BUILD/tests/no_udp_segment.so" \
        "$BULKHEAD_BUILD/esp-d" >"$1/esp-d"
    chmod 755 "$1" "$1/esp-d"
}

# run OUTER-FAMILY BUILD
run() {
    local side
    for side in A B; do
        (
            [ "$1" = 4 ] || WAN_A="\"$WAN6_A\"" WAN_B="\"$WAN6_B\""
            gateway_config $side
        )
        BULKHEAD_BUILD=$2 gateway_start $side
        gateway_secret $side "correct horse battery staple"
    done
    tunnel_wait A UP
    tunnel_wait B UP
    traffic
    for side in A B; do
        sends=$(worker_sum $side sends) packets=$(worker_sum $side packetsSent)
        echo "    gateway $side: $packets packets in $sends sends, $(worker_sum $side tunReads) reads of the TUN"
        assert_at_least "packets of gateway $side" 20000 "$packets"
        [ "$2" = "$BULKHEAD_BUILD" ] || assert_equal "sends of gateway $side" "$packets" "$sends"
        assert_equal "packets that gateway $side could not send" 0 "$(lost $side)"
    done
    for side in A B; do
        gateway_stop $side
    done
}

step "TCP and UDP both ways, both families, over a device without checksums"
run 4 "$BULKHEAD_BUILD"
step "the same over IPv6, without UDP_SEGMENT"
without_udp_segment "$WORK/build"
run 6 "$WORK/build"
passed
