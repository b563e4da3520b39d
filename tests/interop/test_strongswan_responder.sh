#!/bin/bash
# Bulkhead initiates from gwA, strongSwan answers in gwB: suites, traffic both ways, delete from either side.
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1
. "$(dirname "$0")/suites.sh" || exit 1

topology_up
strongswan_config B
strongswan_start B
TUNNEL_START=START_MODE_PASSIVE gateway_config A
gateway_start A
gateway_secret A "$PSK"

try_suite() {
    step "strongSwan as responder, $1 ($2, $3)"
    SWAN_IKE=$2 SWAN_ESP=$3 strongswan_config B
    strongswan_load B
    TUNNEL_IKE="[$2]" TUNNEL_ESP="[$3]" TUNNEL_START=START_MODE_UP gateway_config A
    bhctl_on A apply -f "$WORK/A/config.yaml" || fail "apply"
    tunnel_wait A UP
    wait_for 5 "strongSwan to have the child" strongswan_is_up B
    assert_suite A "$2" "$3"
    assert_traffic
    TUNNEL_START=START_MODE_PASSIVE TUNNEL_IKE="[$2]" TUNNEL_ESP="[$3]" gateway_config A
    bhctl_on A apply -f "$WORK/A/config.yaml" || fail "apply"
    bhctl_on A tunnels down net || fail "tunnels down"
    wait_for 10 "strongSwan to have no SA" strongswan_has_no_sa B
}
each_suite try_suite

step "Bulkhead deletes"
gateway_config A
bhctl_on A apply -f "$WORK/A/config.yaml" || fail "apply"
strongswan_config B
strongswan_load B
tunnel_wait A UP
bhctl_on A tunnels down net || fail "tunnels down"
wait_for 10 "strongSwan to have no SA" strongswan_has_no_sa B
assert_match "charon's log" 'received DELETE for IKE_SA' "$(tail -n 60 "$WORK/charon-B.log")"
tunnel_wait A DOWN
bhctl_on A tunnels up net || fail "tunnels up"
tunnel_wait A UP
assert_traffic

step "strongSwan deletes the child, Bulkhead brings it back"
old=$(bhctl_on A -o json tunnels show net | json tunnel.sas.0.spiIn)
swanctl_on B --terminate --child net --timeout 5 >/dev/null || fail "swanctl --terminate --child"
has_new_child() {
    local spi
    spi=$(bhctl_on A -o json tunnels show net | json tunnel.sas.0.spiIn)
    [ -n "$spi" ] && [ "$spi" != "$old" ]
}
wait_for 30 "a new child" has_new_child
tunnel_wait A UP
assert_traffic

step "strongSwan deletes the IKE SA, Bulkhead brings it back"
old=$(bhctl_on A -o json tunnels show net | json tunnel.peer.initiatorSpi)
swanctl_on B --terminate --ike gw --timeout 5 >/dev/null || fail "swanctl --terminate --ike"
has_new_peer() {
    local spi
    spi=$(bhctl_on A -o json tunnels show net | json tunnel.peer.initiatorSpi)
    [ -n "$spi" ] && [ "$spi" != "$old" ]
}
wait_for 30 "a new IKE SA" has_new_peer
tunnel_wait A UP
wait_for 5 "strongSwan to have the child" strongswan_is_up B
assert_traffic
passed
