#!/bin/bash
# strongSwan is killed: Bulkhead notices by itself, keeps the traffic off the WAN, and is back when strongSwan is.
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1
. "$(dirname "$0")/suites.sh" || exit 1

topology_up
strongswan_config B
strongswan_start B
TUNNEL_LIVENESS=2s gateway_config A
gateway_start A
gateway_secret A "$PSK"
tunnel_wait A UP
assert_traffic

step "charon is killed"
capture_start clear gwB wan "$CLEAR_FILTER"
strongswan_stop B KILL
is_not_up() { ! tunnel_is A UP; }
wait_for 120 "Bulkhead to notice" is_not_up
step "Bulkhead has noticed: $(tunnel_state A)"
assert_match "tunnels show" '(TIMEOUT|UNREACHABLE)' "$(bhctl_on A tunnels show net)"
for try in 1 2 3; do
    ! can_ping lanA $HOST_B >/dev/null 2>&1 || fail "a ping came through without a peer"
done

step "charon is back"
ip_in gwB link del ipsec0 2>/dev/null
strongswan_start B
tunnel_wait A UP 90
wait_for 5 "strongSwan to have the child" strongswan_is_up B
capture_stop clear
assert_no_clear_packet clear
assert_traffic
passed
