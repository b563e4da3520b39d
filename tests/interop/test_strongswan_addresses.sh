#!/bin/bash
# Further addresses of MOBIKE (RFC 4555 3.4, 3.6) with strongSwan in both roles: what Bulkhead tells it at the start, and
# when its addresses change; and either side is found at an address that it has told when the first one dies.
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1
. "$(dirname "$0")/suites.sh" || exit 1
OTHER_A=192.0.2.11 OTHER_B=192.0.2.22

shown() { bhctl_on A -o json tunnels show net | json "$1"; }
# charon_was_told ADDRESS
charon_was_told() { grep -q "got additional MOBIKE peer address: $1\$" "$WORK/charon-B.log"; }
# pass_traffic_again SECONDS
pass_traffic_again() {
    # kernel-libipsec can't move an SA: charon replaces the child right across the exchange
    wait_for "$1" "the traffic to go on" in_ns lanA ping -n -q -c 3 -i 0.2 -W 1 $HOST_B
    wait_for 5 "the traffic to go on the other way" in_ns lanB ping -n -q -c 3 -i 0.2 -W 1 $HOST_A
}
# address_dies SIDE ADDRESS: nothing arrives there any more
address_dies() {
    in_ns gw"$1" nft -f - <<X
table ip gone {
  chain input { type filter hook input priority 0; ip daddr $2 drop; }
}
X
}

topology_up
in_ns gwB sysctl -qw net.ipv4.conf.wan.promote_secondaries=1
ip_in gwA addr add $OTHER_A/24 dev wan
ip_in gwB addr add $OTHER_B/24 dev wan
ip_in gwB -6 addr del $WAN6_B/64 dev wan
export TUNNEL_LOCAL=any TUNNEL_LOCAL_ID=a.example TUNNEL_REMOTE_ID=b.example SWAN_LOCAL_ID=b.example SWAN_REMOTE_ID=a.example
export TUNNEL_LIVENESS=2s TUNNEL_POLICIES="  - {local: $LAN_A, remote: $LAN_B}"
export SWAN_LOCAL_TS=$LAN_B SWAN_REMOTE_TS=$LAN_A SWAN_LOG_IKE=2
gateway_config A
WAN_A=%any strongswan_config B
strongswan_start B
gateway_start A
gateway_secret A "$PSK"

step "Bulkhead calls, and tells where else it is"
tunnel_wait A UP
ping_both_ways 4
assert_match "IKE_AUTH" 'parsed IKE_AUTH request.* N.MOBIKE_SUP. N.ADD_4_ADDR. N.ADD_6_ADDR. ' "$(cat "$WORK/charon-B.log") "
charon_was_told $OTHER_A || fail "charon does not know $OTHER_A"
charon_was_told $WAN6_A || fail "charon does not know $WAN6_A"
! charon_was_told 10.1.0.1 || fail "charon was told an address that the tunnel protects"
! charon_was_told fd00:1::1 || fail "charon was told a private address"

step "an address comes, and another one goes"
ip_in gwA addr add 192.0.2.12/24 dev wan
wait_for 5 "charon to know 192.0.2.12" charon_was_told 192.0.2.12
ip_in gwA addr del 192.0.2.12/24 dev wan
ip_in gwA -6 addr del $WAN6_A/64 dev wan
told_last() { grep 'parsed INFORMATIONAL request.*ADD_' "$WORK/charon-B.log" | tail -n 1 | grep -qF '[ N(ADD_4_ADDR) ]'; }
wait_for 5 "charon to know of one address alone" told_last
ping_both_ways 4

step "strongSwan's first address dies"
address_dies B $WAN_B
pass_traffic_again 60
assert_match "the peer's address" "^$OTHER_B:4500$" "$(shown tunnel.peer.remote)"
assert_match "the address of the child" "^$OTHER_B:4500$" "$(shown tunnel.sas.0.remote)"
in_ns gwB nft delete table ip gone
bhctl_on A tunnels down net || fail "tunnels down"
wait_for 10 "strongSwan to have no SA" strongswan_has_no_sa B

step "strongSwan calls; Bulkhead's first address dies while it looks for a way itself"
TUNNEL_REMOTE=any TUNNEL_START=START_MODE_PASSIVE gateway_config A
bhctl_on A apply -f "$WORK/A/config.yaml" >/dev/null || fail "apply"
bhctl_on A tunnels up net >"$WORK/up.log" 2>&1 # lifts the hold
WAN_B=%any strongswan_config B
strongswan_load B
swanctl_on B --initiate --child net --timeout 20 >"$WORK/initiate.log" 2>&1 || fail "$(tail -n 3 "$WORK/initiate.log")"
tunnel_wait A UP
assert_match "IKE_AUTH" 'parsed IKE_AUTH response.* N.MOBIKE_SUP. N.ADD_4_ADDR. ' "$(cat "$WORK/initiate.log")"
address_dies A $WAN_A
ip_in gwB addr del $WAN_B/24 dev wan
ip_in gwB route replace default via $OTHER_A
pass_traffic_again 30
assert_match "our address" "^$OTHER_A:4500$" "$(shown tunnel.peer.local)"
passed
