#!/bin/bash
# NATs between Bulkhead (gwA) and strongSwan (gwB): in front of one, of the other, of both, and two in a row; with rekeys,
# keepalives, and a NAT that forgets. Each router masquerades or not, as a step wants it:
#
#     gwA -------- innerA -------- outerA ======== outerB -------- gwB
#     10.9.1.2     .1   10.9.3.2   .1  192.0.2.1   192.0.2.2  .1   10.9.2.2
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1
. "$(dirname "$0")/suites.sh" || exit 1
NAMESPACES="lanA gwA innerA outerA outerB gwB lanB"
INSIDE_A=10.9.1.2 INSIDE_B=10.9.2.2 OUTSIDE_A=192.0.2.1 OUTSIDE_B=192.0.2.2

routed_topology_up() {
    local name
    topology_lans_up
    topology_link gwA wan 10.9.1.2/24 fd00:9:1::2/64 innerA in 10.9.1.1/24 fd00:9:1::1/64
    topology_link innerA out 10.9.3.2/24 fd00:9:3::2/64 outerA in 10.9.3.1/24 fd00:9:3::1/64
    topology_link outerA out $OUTSIDE_A/24 2001:db8::1/64 outerB out $OUTSIDE_B/24 2001:db8::2/64
    topology_link gwB wan 10.9.2.2/24 fd00:9:2::2/64 outerB in 10.9.2.1/24 fd00:9:2::1/64
    ip_in gwA route add default via 10.9.1.1
    ip_in gwB route add default via 10.9.2.1
    ip_in innerA route add default via 10.9.3.1
    ip_in outerA route add 10.9.1.0/24 via 10.9.3.2
    ip_in outerA route add default via $OUTSIDE_B
    ip_in outerB route add default via $OUTSIDE_A
    for name in "gwA $INSIDE_B" "gwB $INSIDE_A" "lanA 10.1.0.1" "lanB 10.2.0.1"; do
        # shellcheck disable=SC2086
        wait_for 10 "the network: $name" can_ping $name
    done
}

# nat ROUTER [RULE...]: masquerades what leaves it, with the rule in front; the NAT begins with no mappings
nat() {
    local router=$1
    shift
    in_ns "$router" nft -f - <<X || fail "NAT of $router"
add table ip nat
delete table ip nat
table ip nat {
    chain in { type nat hook prerouting priority dstnat; ${FORWARD:+iifname "out" udp dport { 500, 4500 \} dnat to $FORWARD} ; }
    chain out { type nat hook postrouting priority srcnat; ${*:-} oifname "out" masquerade; }
}
X
    in_ns "$router" conntrack -F >/dev/null 2>&1
}
no_nat() {
    in_ns "$1" nft -f - <<X
add table ip nat
delete table ip nat
X
    in_ns "$1" conntrack -F >/dev/null 2>&1
}

export TUNNEL_LIVENESS=2s
# configure A-CALLS B-CALLS [LINE]: which address each side calls the other by; "any": it is called
configure() {
    local start=START_MODE_UP
    [ "$1" != any ] || start=START_MODE_PASSIVE
    TUNNEL_REMOTE=$1 TUNNEL_START=$start TUNNEL_LOCAL_ID=a.example TUNNEL_REMOTE_ID=b.example WAN_A=$INSIDE_A \
        gateway_config A
    [ -z "${3:-}" ] || sed -i "s/^  start:/  $3\n&/" "$WORK/A/config.yaml"
    bhctl_on A apply -f "$WORK/A/config.yaml" || fail "apply"
    WAN_B=$INSIDE_B WAN_A=$2 SWAN_LOCAL_ID=b.example SWAN_REMOTE_ID=a.example strongswan_config B
    strongswan_load B
}
initiate() {
    swanctl_on B --initiate --child net --timeout 20 >"$WORK/initiate.log" 2>&1 ||
        fail "strongSwan can't bring the child up: $(tail -n 3 "$WORK/initiate.log")"
}
shown() { bhctl_on A -o json tunnels show net | json "$1"; }
assert_nat() { # WHAT BULKHEAD'S-SIDE PEER'S-SIDE
    [ -z "$2" ] || assert_equal "$1: NAT of this side" "$2" "$(shown tunnel.peer.localNat)"
    [ -z "$3" ] || assert_equal "$1: NAT of the peer's side" "$3" "$(shown tunnel.peer.remoteNat)"
}
is_rekeyed() { # OLD-SPI
    local spi
    spi=$(shown tunnel.sas.0.spiIn)
    [ -n "$spi" ] && [ "$spi" != "$1" ] && [ -z "$(shown tunnel.sas.1.spiIn)" ]
}
rekey() {
    local old
    old=$(shown tunnel.sas.0.spiIn)
    swanctl_on B --rekey --child net >/dev/null || fail "swanctl --rekey --child"
    wait_for 10 "one new child" is_rekeyed "$old"
    old=$(shown tunnel.peer.initiatorSpi)
    swanctl_on B --rekey --ike gw >/dev/null || fail "swanctl --rekey --ike"
    wait_for 10 "the new IKE SA" is_new "$old"
}
is_new() { [ "$(shown tunnel.peer.initiatorSpi)" != "$1" ]; }
down() {
    bhctl_on A tunnels down net >/dev/null || fail "tunnels down"
    wait_for 10 "strongSwan to have no SA" strongswan_has_no_sa B
    bhctl_on A tunnels up net >"$WORK/up.log" 2>&1 # lifts the hold; fails where the peer calls
}

routed_topology_up
WAN_A=$INSIDE_A gateway_config A
gateway_start A
gateway_secret A "$PSK"
WAN_B=$INSIDE_B WAN_A=%any SWAN_LOCAL_ID=b.example SWAN_REMOTE_ID=a.example strongswan_config B
strongswan_start B

step "a NAT in front of Bulkhead, which calls"
nat outerA
capture_start keepalives outerA out "udp port 4500 and udp[4:2] == 9"
configure $INSIDE_B %any
tunnel_wait A UP
quiet_since=$SECONDS
assert_nat "in front of Bulkhead" True ""
wait_for 5 "strongSwan to have the child" strongswan_is_up B
ping_both_ways
rekey
ping_both_ways

step "the NAT forgets and takes another port: Bulkhead's liveness check shows it to strongSwan"
nat outerA "ip protocol udp oifname \"out\" masquerade to :20000-20100;"
wait_for 15 "traffic by the new mapping" can_ping lanA $HOST_B
in_ns outerA conntrack -L 2>/dev/null | grep -q 'dport=20' || fail "the NAT did not change the port"
ping_lan lanB $HOST_A

step "keepalives, from Bulkhead's side"
while [ "$(capture_count keepalives)" -eq 0 ] && [ $((SECONDS - quiet_since)) -lt 45 ]; do
    sleep 1
done
capture_stop keepalives
assert_at_least "keepalives of Bulkhead" 1 "$(capture_count keepalives "src $OUTSIDE_A")"
ping_lan lanB $HOST_A
no_nat outerA
down

step "a NAT in front of strongSwan, which calls"
nat outerB
capture_start keepalives gwA wan "udp port 4500 and udp[4:2] == 9"
configure any $INSIDE_A
initiate
tunnel_wait A UP
assert_nat "in front of strongSwan" False True
ping_both_ways
rekey
ping_both_ways

step "the NAT forgets and takes another port: Bulkhead follows"
nat outerB "ip protocol udp oifname \"out\" masquerade to :20000-20100;"
ping_lan lanB $HOST_A
in_ns outerB conntrack -L 2>/dev/null | grep -q 'dport=20' || fail "the NAT did not change the port"
ping_lan lanA $HOST_B
capture_stop keepalives
assert_equal "keepalives of Bulkhead without a NAT" 0 "$(capture_count keepalives "src $INSIDE_A")"
down

step "NATs in front of both, ports 500 and 4500 forwarded to Bulkhead"
FORWARD=$INSIDE_A nat outerA
nat outerB
configure any $OUTSIDE_A
initiate
tunnel_wait A UP
assert_nat "in front of both" True True
ping_both_ways
rekey
ping_both_ways
down

step "two NATs in a row in front of Bulkhead, one in front of strongSwan, forwarded to it"
nat innerA
nat outerA
FORWARD=$INSIDE_B nat outerB
configure $OUTSIDE_B %any
tunnel_wait A UP
assert_nat "two in a row" True True
wait_for 5 "strongSwan to have the child" strongswan_is_up B
ping_both_ways
rekey
tcp_transfer lanA lanB $HOST_B 4

step "encapsulation: off can not be had without IP protocol 50, and says so"
configure $OUTSIDE_B %any "encapsulation: ENCAPSULATION_OFF"
wait_for 15 "the failure" tunnel_failed_with A ENCAPSULATION
tunnel_failure A message
passed
