#!/bin/bash
# strongSwan rekeys the child and the IKE SA, with and without PFS: Bulkhead answers, and the traffic goes on.
. "$BULKHEAD_SOURCE/tests/scenario/lib/scenario.sh" || exit 1
. "$BULKHEAD_SOURCE/tests/interop/suites.sh"

topology_up
SWAN_ESP=aes256gcm16 strongswan_config B
strongswan_start B
TUNNEL_ESP="[aes256gcm16, aes256gcm16-x25519]" gateway_config A
gateway_start A
gateway_secret A "$PSK"
tunnel_wait A UP
wait_for 5 "strongSwan to have the child" strongswan_is_up B
assert_traffic

shown() { bhctl_on A -o json tunnels show net | json "$1"; }
one_new_child() { # OLD-SPI
    local spi
    spi=$(shown tunnel.sas.0.spiIn)
    [ -n "$spi" ] && [ "$spi" != "$1" ] && [ "$(shown tunnel.sas.0.state)" = SA_STATE_ESTABLISHED ] &&
        [ -z "$(shown tunnel.sas.1.spiIn)" ]
}
new_peer() { # OLD-SPI
    local spi
    spi=$(shown tunnel.peer.initiatorSpi)
    [ -n "$spi" ] && [ "$spi" != "$1" ]
}

step "strongSwan rekeys the child"
old=$(shown tunnel.sas.0.spiIn)
swanctl_on B --rekey --child net >/dev/null || fail "swanctl --rekey --child"
wait_for 10 "one new child" one_new_child "$old"
assert_traffic

step "strongSwan rekeys the IKE SA"
old=$(shown tunnel.peer.initiatorSpi)
child=$(shown tunnel.sas.0.spiIn)
swanctl_on B --rekey --ike gw >/dev/null || fail "swanctl --rekey --ike"
wait_for 10 "the new IKE SA" new_peer "$old"
assert_equal "the child" "$child" "$(shown tunnel.sas.0.spiIn)"
assert_traffic

step "and rekeys the child on the new IKE SA"
swanctl_on B --rekey --child net >/dev/null || fail "swanctl --rekey --child"
wait_for 10 "one new child" one_new_child "$child"
assert_traffic

step "with PFS"
SWAN_ESP=aes256gcm16-x25519 strongswan_config B
strongswan_load B
old=$(shown tunnel.sas.0.spiIn)
swanctl_on B --terminate --ike gw --timeout 5 >/dev/null || fail "swanctl --terminate --ike"
wait_for 30 "a new child" one_new_child "$old"
wait_for 5 "strongSwan to have the child" strongswan_is_up B
old=$(shown tunnel.sas.0.spiIn)
swanctl_on B --rekey --child net >/dev/null || fail "swanctl --rekey --child"
wait_for 10 "one new child" one_new_child "$old"
assert_equal "the suite" aes256gcm16-x25519 "$(shown tunnel.sas.0.suite)"
assert_traffic

step "the tunnel goes down and up on what is there now"
bhctl_on A tunnels down net || fail "tunnels down"
wait_for 10 "strongSwan to have no SA" strongswan_has_no_sa B
bhctl_on A tunnels up net || fail "tunnels up"
tunnel_wait A UP
assert_traffic
passed
