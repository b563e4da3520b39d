#!/bin/bash
# MOBIKE (RFC 4555) with strongSwan in both roles: who has called gets another address while traffic flows, and the old
# one goes. The IKE SA and the CHILD_SA stay; how long the traffic stood still is printed and bounded.
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1
. "$(dirname "$0")/suites.sh" || exit 1
OUTAGE_MAX_MS=5000

# new_address SIDE OLD NEW: the new one first, as when a host moves from one network to another
new_address() {
    ip_in "gw$1" addr add "$3/24" dev wan
    ip_in "gw$1" addr del "$2/24" dev wan
    # the route over the WAN went with the address that it was made with
    ip_in "gw$1" route replace default via "$4"
}

# traffic_start FROM TO: a ping each 20 ms
traffic_start() {
    rm -f "$WORK/ping.log"
    spawn ping "$1" ping -D -n -i 0.02 "$2"
    sleep 0.5
}
# The longest time between two answers, in ms.
traffic_stop() {
    terminate ping INT
    awk -F'[][]' '/bytes from/ {if (last && $2 - last > most) most = $2 - last; last = $2} END {printf "%d\n", most * 1000}' \
        "$WORK/ping.log"
}
is_flowing() { # COUNT-BEFORE
    [ "$(grep -c 'bytes from' "$WORK/ping.log")" -gt $(($1 + 20)) ]
}
shown() { bhctl_on A -o json tunnels show net | json "$1"; }
has_one_child() {
    [ -n "$(shown tunnel.sas.0.spiIn)" ] && [ -z "$(shown tunnel.sas.1.spiIn)" ]
}
initiate() {
    swanctl_on B --initiate --child net --timeout 20 >"$WORK/initiate.log" 2>&1 ||
        fail "strongSwan can't bring the child up: $(tail -n 3 "$WORK/initiate.log")"
}

# try WHAT SIDE OLD NEW GATEWAY FROM TO FIELD: moves, and looks at what stayed; FIELD shows the new address
try() {
    local what=$1 side=$2 old=$3 new=$4 via=$5 from=$6 to=$7 field=$8
    local ike before outage
    step "$what: from $old to $new, under traffic"
    ike=$(shown tunnel.peer.initiatorSpi)
    capture_start clear gwB wan "$CLEAR_FILTER"
    traffic_start "$from" "$to"
    new_address "$side" "$old" "$new" "$via"
    sleep 0.2
    before=$(grep -c 'bytes from' "$WORK/ping.log")
    wait_for 20 "the traffic to go on" is_flowing "$before"
    outage=$(traffic_stop)
    capture_stop clear
    assert_no_clear_packet clear
    assert_match "the address that is shown" "^$new:4500$" "$(shown "tunnel.peer.$field")"
    assert_match "the address of the child" "^$new:4500$" "$(shown "tunnel.sas.0.$field")"
    assert_equal "the IKE SA" "$ike" "$(shown tunnel.peer.initiatorSpi)"
    # kernel-libipsec can't move an SA: charon replaces the child by a rekey, right across the exchange
    wait_for 10 "one child" has_one_child
    echo "    $from -> $to stood still for $outage ms"
    [ "$outage" -le $OUTAGE_MAX_MS ] || fail "an outage of $outage ms"
    ping_both_ways
}

topology_up
for side in A B; do
    in_ns gw$side sysctl -qw net.ipv4.conf.wan.promote_secondaries=1
done
export TUNNEL_LOCAL=any TUNNEL_LOCAL_ID=a.example TUNNEL_REMOTE_ID=b.example SWAN_LOCAL_ID=b.example SWAN_REMOTE_ID=a.example
export TUNNEL_LIVENESS=5s
gateway_config A
WAN_A=%any strongswan_config B
strongswan_start B
gateway_start A
gateway_secret A "$PSK"

step "Bulkhead calls"
tunnel_wait A UP
wait_for 5 "strongSwan to have the child" strongswan_is_up B
assert_match "what both can" mobike "$(shown tunnel.peer.extensions)"
ping_both_ways
try "Bulkhead moves" A 192.0.2.1 192.0.2.77 $WAN_B lanA $HOST_B local
try "Bulkhead moves on" A 192.0.2.77 192.0.2.78 $WAN_B lanB $HOST_A local

step "a rekeyed IKE SA moves, too"
old=$(shown tunnel.peer.initiatorSpi)
swanctl_on B --rekey --ike gw >/dev/null || fail "swanctl --rekey --ike"
is_new() { [ "$(shown tunnel.peer.initiatorSpi)" != "$old" ]; }
wait_for 10 "the new IKE SA" is_new
try "Bulkhead moves back" A 192.0.2.78 192.0.2.1 $WAN_B lanA $HOST_B local
bhctl_on A tunnels down net || fail "tunnels down"
wait_for 10 "strongSwan to have no SA" strongswan_has_no_sa B

step "strongSwan calls"
TUNNEL_REMOTE=any TUNNEL_START=START_MODE_PASSIVE gateway_config A
bhctl_on A apply -f "$WORK/A/config.yaml" || fail "apply"
bhctl_on A tunnels up net >"$WORK/up.log" 2>&1 # lifts the hold
WAN_B=%any strongswan_config B
strongswan_load B
initiate
tunnel_wait A UP
try "strongSwan moves" B 192.0.2.2 192.0.2.88 $WAN_A lanA $HOST_B remote
assert_match "Bulkhead's check of the new address" 'parsed INFORMATIONAL request [0-9]+ . N.COOKIE2. .' "$(cat "$WORK/charon-B.log")"
passed
