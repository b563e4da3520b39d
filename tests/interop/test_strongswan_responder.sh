#!/bin/bash
# Bulkhead initiates from gwA, strongSwan answers in gwB: suites, traffic both ways, delete from either side.
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1
. "$(dirname "$0")/suites.sh" || exit 1
. "$(dirname "$0")/strongswan_pair.sh" || exit 1

pair_start

try_suite() {
    step "strongSwan as responder, $1 ($2, $3)"
    SWAN_IKE=$2 SWAN_ESP=$3 load
    TUNNEL_IKE="[$2]" TUNNEL_ESP="[$3]" TUNNEL_START=START_MODE_UP apply
    tunnel_wait A UP
    wait_for 5 "strongSwan to have the child" strongswan_is_up B
    assert_suite A "$2" "$3"
    assert_traffic
    TUNNEL_START=START_MODE_PASSIVE TUNNEL_IKE="[$2]" TUNNEL_ESP="[$3]" apply
    down
}
each_suite try_suite 1

step "Bulkhead deletes"
apply
load
tunnel_wait A UP
down
assert_match "charon's log" 'received DELETE for IKE_SA' "$(tail -n 60 "$WORK/charon-B.log")"
tunnel_wait A DOWN
bhctl_on A tunnels up net || fail "tunnels up"
tunnel_wait A UP
assert_traffic

step "strongSwan deletes the child, Bulkhead brings it back"
old=$(shown sas.0.spiIn)
swanctl_on B --terminate --child net --timeout 5 >/dev/null || fail "swanctl --terminate --child"
has_new_child() {
    local spi
    spi=$(shown sas.0.spiIn)
    [ -n "$spi" ] && [ "$spi" != "$old" ]
}
wait_for 30 "a new child" has_new_child
tunnel_wait A UP
assert_traffic

step "strongSwan deletes the IKE SA, Bulkhead brings it back"
old=$(shown peer.initiatorSpi)
swanctl_on B --terminate --ike gw --timeout 5 >/dev/null || fail "swanctl --terminate --ike"
has_new_peer() {
    local spi
    spi=$(shown peer.initiatorSpi)
    [ -n "$spi" ] && [ "$spi" != "$old" ]
}
wait_for 30 "a new IKE SA" has_new_peer
tunnel_wait A UP
wait_for 5 "strongSwan to have the child" strongswan_is_up B
assert_traffic
passed
