#!/bin/bash
# A strongSwan that Bulkhead knows by DNS name, in both roles: called where the name leads, again where it leads later, and
# expected from there. A tunnel that stands is left alone when the name changes.
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1
. "$(dirname "$0")/suites.sh" || exit 1
OTHER_B=192.0.2.22

remote() { bhctl_on A -o json tunnels show net | json tunnel.peer.remote; }
leads_to() { echo "gwb.example 5 $*" >"$WORK/zone"; }
calls() { swanctl_on B --initiate --child net --timeout 20 >"$WORK/initiate.log" 2>&1; }
resolved() { grep "peer_resolved" "$WORK/bulkhead-A.log" | tail -n 1 | grep -q "address=$1 "; }

topology_up
ip_in gwB addr add $OTHER_B/24 dev wan
echo "nameserver $WAN_B" >"$WORK/resolv.conf"
leads_to $WAN_B
spawn names gwB python3 "$SCENARIO_LIB/name_server.py" $WAN_B "$WORK/zone" "$WORK/questions"
export TUNNEL_REMOTE=gwb.example TUNNEL_LOCAL_ID=a.example TUNNEL_REMOTE_ID=b.example
export SWAN_LOCAL_ID=b.example SWAN_REMOTE_ID=a.example
export TUNNEL_POLICIES="  - {local: $LAN_A, remote: $LAN_B}" SWAN_LOCAL_TS=$LAN_B SWAN_REMOTE_TS=$LAN_A
gateway_config A
WAN_B=%any strongswan_config B
strongswan_start B
GATEWAY_RESOLV_CONF=$WORK/resolv.conf gateway_start A
gateway_secret A "$PSK"

step "Bulkhead calls a name"
tunnel_wait A UP
ping_both_ways 4
assert_match "the peer's address" "^$WAN_B:" "$(remote)"

step "the name leads elsewhere: the tunnel stays, the next one goes there"
leads_to $OTHER_B
wait_for 15 "the new address" resolved $OTHER_B
tunnel_is A UP || fail "the tunnel went down"
assert_match "the peer's address" "^$WAN_B:" "$(remote)"
bhctl_on A tunnels down net || fail "tunnels down"
wait_for 10 "strongSwan to have no SA" strongswan_has_no_sa B
bhctl_on A tunnels up net || fail "tunnels up"
assert_match "the peer's address" "^$OTHER_B:" "$(remote)"
ping_both_ways 4

step "strongSwan calls from where the name leads, and from elsewhere"
TUNNEL_START=START_MODE_PASSIVE gateway_config A
bhctl_on A apply -f "$WORK/A/config.yaml" >/dev/null || fail "apply"
wait_for 10 "strongSwan to have no SA" strongswan_has_no_sa B
WAN_B=$OTHER_B strongswan_config B
strongswan_load B
wait_for 20 "strongSwan's call" calls # the name of a tunnel that is new must be resolved first
tunnel_wait A UP
assert_match "the peer's address" "^$OTHER_B:" "$(remote)"
ping_both_ways 4
swanctl_on B --terminate --ike gw >/dev/null 2>&1
WAN_B=192.0.2.2 strongswan_config B
strongswan_load B
swanctl_on B --initiate --child net --timeout 5 >"$WORK/initiate.log" 2>&1 && fail "a call from elsewhere was taken"
passed
