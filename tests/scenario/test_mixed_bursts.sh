#!/bin/bash
# The kernel merges datagrams by 5-tuple and length alone (UDP_GRO): IKE in the middle of an ESP burst that a worker gets, and
# ESP behind an IKE message that the control socket gets, reach their owners, over both families. The ESP is true: taken on its
# way from gateway A, which a rule at gateway B keeps off meanwhile, and sent later by the side of IKE requests.
#
#   lanA ---- gwA (take, send) ---- WAN ---- gwB (ike-d counts requests of no IKE SA) ---- lanB (counts pings)
. "$(dirname "$0")/lib/scenario.sh" || exit 1
# IKE in the middle, first, last, several times, and last and shorter; and none.
BURSTS="EEEIEEE IEEEEEEE EEEEEEEI IEEIEi EEEEEE"
ESP_PACKETS=29
IKE_MESSAGES=6
RECEIVES=13 # three by a worker, and the control socket hands over the ten packets of two others one by one

# drops SIDE REASON
drops() {
    bhctl_on "$1" -o json system status | python3 -c '
import json, sys
print(sum(int(d["packets"]) for d in json.load(sys.stdin)["drops"] if d["reason"] == sys.argv[1]))' "$2"
}

other_drops() {
    bhctl_on "$1" -o json system status | python3 -c '
import json, sys
print([(d["reason"], d["packets"]) for d in json.load(sys.stdin)["drops"]
       if d["reason"] in ("replay", "integrity", "unknown_spi", "length", "runt", "handover", "ike_queue")])'
}

# receives SIDE: datagrams that its workers took, and the ESP packets in them
receives() {
    bhctl_on "$1" -o json system status | python3 -c '
import json, sys
workers = json.load(sys.stdin)["workers"]
print(*(sum(int(w.get(name, 0)) for w in workers) for name in ("receives", "packetsReceived")))'
}

pings_arrived() { # NAMESPACE: echo requests
    in_ns "$1" nstat -asz IcmpInEchos Icmp6InEchos | awk '/Echos/ {n += $2} END {print n}'
}

have_arrived() { # NAMESPACE COUNT
    [ "$(pings_arrived "$1")" -ge "$2" ]
}

ike_has_counted() { # SIDE COUNT
    [ "$(drops "$1" ike_unknown_spi)" -ge "$2" ]
}

keep_off() { # in gwB: the peer's ESP with pings of 200 bytes
    in_ns gwB nft -f - <<'X' || fail "nft"
table inet hold {
    chain in {
        type filter hook prerouting priority -400
        udp sport 4500 udp dport 4500 udp length > 200 drop
    }
}
X
}

mix() { # OUTER-FAMILY DESTINATION
    local ikes arrived before after
    before=$(other_drops B)
    ikes=$(drops B ike_unknown_spi)
    arrived=$(pings_arrived lanB)
    spawn take gwA python3 "$SCENARIO_LIB/mixed_burst.py" take wan $ESP_PACKETS "$WORK/packets"
    wait_for 10 "the capture" grep -q ready "$WORK/take.log"
    keep_off
    spawn pings lanA ping -n -q -i 0.02 -s 200 $HOST_B
    wait_for 20 "$ESP_PACKETS ESP packets" is_gone take
    terminate pings INT
    in_ns gwB nft delete table inet hold
    assert_equal "pings that came through meanwhile" "$arrived" "$(pings_arrived lanB)"
    read -r receives_before packets_before < <(receives B)
    # shellcheck disable=SC2086
    assert_equal "ESP packets sent" $ESP_PACKETS \
        "$(in_ns gwA python3 "$SCENARIO_LIB/mixed_burst.py" send "$WORK/packets" "$2" 4500 $BURSTS)"
    wait_for 10 "all pings in lanB" have_arrived lanB $((arrived + ESP_PACKETS))
    wait_for 10 "all IKE messages in ike-d of B" ike_has_counted B $((ikes + IKE_MESSAGES))
    read -r receives_after packets_after < <(receives B)
    echo "    IPv$1: $((packets_after - packets_before)) ESP packets in $((receives_after - receives_before)) receives," \
        "$(($(pings_arrived lanB) - arrived)) pings in lanB, $(($(drops B ike_unknown_spi) - ikes)) IKE messages in ike-d"
    assert_equal "receives of the workers" $RECEIVES $((receives_after - receives_before))
    assert_equal "pings in lanB, in all" $((arrived + ESP_PACKETS)) "$(pings_arrived lanB)"
    assert_equal "IKE messages in ike-d of B, in all" $((ikes + IKE_MESSAGES)) "$(drops B ike_unknown_spi)"
    after=$(other_drops B)
    assert_equal "other drops" "$before" "$after"
}

topology_up
for family in 4 6; do
    step "IKE in ESP bursts, and ESP in IKE bursts, over IPv$family"
    for side in A B; do
        (
            [ $family = 4 ] || WAN_A="\"$WAN6_A\"" WAN_B="\"$WAN6_B\""
            gateway_config $side
        )
        gateway_start $side
        gateway_secret $side "correct horse battery staple"
    done
    tunnel_wait A UP
    tunnel_wait B UP
    ping_both_ways 4
    [ $family = 4 ] && mix 4 $WAN_B || mix 6 $WAN6_B
    ping_both_ways 4
    for side in A B; do
        gateway_stop $side
    done
    rm -f "$WORK/take.log"
done
passed
