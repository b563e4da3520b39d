#!/bin/bash
# strongSwan initiates from gwB, Bulkhead waits in gwA: suites, traffic both ways, delete from either side.
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1
. "$(dirname "$0")/suites.sh" || exit 1
. "$(dirname "$0")/strongswan_pair.sh" || exit 1

export TUNNEL_START=START_MODE_PASSIVE
pair_start

try_suite() {
    step "strongSwan as initiator, $1 ($2, $3)"
    SWAN_IKE=$2 SWAN_ESP=$3 load
    TUNNEL_IKE="[$2]" TUNNEL_ESP="[$3]" apply
    must_initiate
    tunnel_wait A UP
    assert_suite A "$2" "$3"
    assert_equal "Bulkhead's role" PEER_ROLE_RESPONDER "$(shown peer.role)"
    assert_traffic
    swanctl_on B --terminate --ike gw --timeout 5 >/dev/null || fail "swanctl --terminate"
    tunnel_wait A WAITING
}
each_suite try_suite 0

apply
load

step "strongSwan's first KE is of another group (INVALID_KE_PAYLOAD)"
SWAN_IKE=aes256gcm16-prfsha384-modp4096-ecp384 load
capture_start ke gwB wan "udp" 1600
must_initiate
capture_stop ke
tunnel_wait A UP
assert_match "the notifies on the wire" '^17$' "$(ike_notifies ke)"
assert_traffic

step "strongSwan deletes the child, and asks for it again"
swanctl_on B --terminate --child net --timeout 5 >/dev/null || fail "swanctl --terminate --child"
has_no_child() {
    [ -z "$(shown sas.0.spiIn)" ]
}
wait_for 10 "Bulkhead to have no child" has_no_child
must_initiate
tunnel_wait A UP
assert_traffic

step "Bulkhead deletes: down means down, until up"
bhctl_on A tunnels down net || fail "tunnels down"
wait_for 10 "strongSwan to have no SA" strongswan_has_no_sa B
initiate && fail "a tunnel that is down came up"
bhctl_on A tunnels up net || fail "tunnels up"
tunnel_wait A UP
wait_for 5 "strongSwan to have the child" strongswan_is_up B
assert_traffic
passed
