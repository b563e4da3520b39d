#!/bin/bash
# Selectors with strongSwan in both roles: one pair a CHILD_SA, several in one, narrowing, protocols and ports, on demand,
# and modes that do not fit.
#
#     lanA 10.1.0.2, 10.1.0.130 (lower and upper half of its LAN) ... lanB 10.2.0.2, 10.2.0.130
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1
. "$(dirname "$0")/suites.sh" || exit 1

LOW_A=10.1.0.0/25 HIGH_A=10.1.0.128/25 LOW_B=10.2.0.0/25 HIGH_B=10.2.0.128/25
ONE_PER_CHILD="  selectors: one_per_child"
HALVES="  - {name: halves, locals: [$LOW_A, $HIGH_A], remotes: [$LOW_B, $HIGH_B]}"

topology_up
ip_in lanA addr add 10.1.0.130/24 dev eth0
ip_in lanB addr add 10.2.0.130/24 dev eth0
ip_in gwB addr add 10.2.0.129/24 dev lan # user-space ESP wants an address of its own in each selector

# gateway NAME=VALUE...: configures and applies A
gateway() {
    local TUNNEL_POLICIES="" TUNNEL_EXTRA="" TUNNEL_START=START_MODE_UP
    local "$@"
    gateway_config A
    bhctl_on A apply -f "$WORK/A/config.yaml" >/dev/null || fail "apply"
}
shown() { bhctl_on A -o json tunnels show net | json "$1"; }
# children_up N: so many of the tunnel's children stand
children_up() {
    [ "$(bhctl_on A -o json tunnels show net |
        python3 -c 'import json, sys; print(sum(c.get("state") == "CHILD_STATE_UP" for c in json.load(sys.stdin)["tunnel"]["children"]))')" = "$1" ]
}
installed() { swanctl_on B --list-sas 2>/dev/null | grep -c INSTALLED; }
has_installed() { [ "$(installed)" = "$1" ]; }
initiate() { swanctl_on B --initiate --child "$1" --timeout 10 >"$WORK/initiate.log" 2>&1; }
# A new configuration of strongSwan, with nothing left of the old one.
strongswan_anew() {
    gateway TUNNEL_START=START_MODE_PASSIVE
    wait_for 10 "strongSwan to have no SA" strongswan_has_no_sa B
    strongswan_config B
    strongswan_load B
}
ping_from() { in_ns lanA ping -n -q -c 2 -i 0.2 -W 2 -I "$1" "$2" >/dev/null || fail "no answer from $2 to $1"; }
ping_halves() {
    for from in 10.1.0.2 10.1.0.130; do
        for to in 10.2.0.2 10.2.0.130; do
            ping_from $from $to
        done
    done
}

TUNNEL_START=START_MODE_PASSIVE gateway_config A
gateway_start A
gateway_secret A "$PSK"
SWAN_CHILDREN="$(strongswan_child ll $LOW_B $LOW_A)
$(strongswan_child lh $LOW_B $HIGH_A)
$(strongswan_child hl $HIGH_B $LOW_A)
$(strongswan_child hh $HIGH_B $HIGH_A)"
strongswan_config B
strongswan_start B

step "one pair a child, Bulkhead initiates"
gateway TUNNEL_POLICIES="$HALVES" TUNNEL_EXTRA="$ONE_PER_CHILD"
tunnel_wait A UP
assert_equal "strongSwan's children" 4 "$(installed)"
children_up 4 || fail "not all children are up: $(bhctl_on A tunnels show net)"
ping_halves
assert_match "what is shown" 'children: +4 of 4 up' "$(bhctl_on A tunnels show net)"

step "one of them is refused, the others stand"
SWAN_CHILDREN="$(strongswan_child ll $LOW_B $LOW_A)
$(strongswan_child hh $HIGH_B $HIGH_A)" strongswan_anew
gateway TUNNEL_POLICIES="$HALVES" TUNNEL_EXTRA="$ONE_PER_CHILD"
tunnel_wait A PARTIAL
wait_for 10 "two children" children_up 2
assert_equal "the refused one's reason" TS_UNACCEPTABLE "$(shown tunnel.children.1.failure.notify)"
ping_from 10.1.0.2 10.2.0.2
ping_from 10.1.0.130 10.2.0.130

step "one pair a child, strongSwan initiates"
strongswan_anew
gateway TUNNEL_POLICIES="$HALVES" TUNNEL_EXTRA="$ONE_PER_CHILD" TUNNEL_START=START_MODE_PASSIVE
for child in ll lh hl hh; do
    initiate $child || fail "strongSwan can't make $child: $(tail -n 3 "$WORK/initiate.log")"
done
children_up 4 || fail "not all children are up: $(bhctl_on A tunnels show net)"
tunnel_is A UP || fail "the tunnel is $(tunnel_state A)"
ping_halves

step "... against a shared one here"
strongswan_anew
gateway TUNNEL_POLICIES="$HALVES" TUNNEL_START=START_MODE_PASSIVE
for child in ll lh hl hh; do
    initiate $child || fail "strongSwan can't make $child: $(tail -n 3 "$WORK/initiate.log")"
done
assert_equal "a second child of ours" "" "$(shown tunnel.children.1.state)"
assert_equal "pairs that are carried" 4 "$(shown tunnel.children.0.pairsUp)"
sleep 1
assert_equal "strongSwan's children" 4 "$(installed)"
ping_halves

step "on demand: a packet brings up its own child alone"
strongswan_anew
gateway TUNNEL_POLICIES="$HALVES" TUNNEL_EXTRA="$ONE_PER_CHILD" TUNNEL_START=START_MODE_ON_DEMAND
tunnel_wait A WAITING
in_ns lanA ping -n -q -c 8 -i 0.2 -W 1 -I 10.1.0.130 10.2.0.2 >/dev/null
tunnel_wait A UP
assert_equal "the child that was asked for" CHILD_STATE_UP "$(shown tunnel.children.2.state)"
assert_equal "strongSwan's children" 1 "$(installed)"
in_ns lanA ping -n -q -c 8 -i 0.2 -W 1 -I 10.1.0.2 10.2.0.130 >/dev/null
wait_for 5 "the second child" has_installed 2
ping_from 10.1.0.130 10.2.0.2
unset SWAN_CHILDREN

step "several pairs in one child, narrowed by strongSwan"
SWAN_LOCAL_TS="$LOW_B, fd00:2::/64" SWAN_REMOTE_TS="$LAN_A, fd00:1::/64" strongswan_anew
gateway TUNNEL_POLICIES=""
tunnel_wait A UP
assert_match "what was agreed upon" "$LOW_B" "$(shown tunnel.sas.0.remoteSelectors)"
assert_no_match "what was agreed upon" "$LAN_B" "$(shown tunnel.sas.0.remoteSelectors)"
ping_from 10.1.0.2 10.2.0.2
ping_lan lanA $HOST6_B

step "narrowed here"
strongswan_anew
gateway TUNNEL_POLICIES="  - {local: $LOW_A, remote: $HIGH_B}" TUNNEL_START=START_MODE_PASSIVE
initiate net || fail "strongSwan can't make net: $(tail -n 3 "$WORK/initiate.log")"
assert_match "what strongSwan has" "remote +$LOW_A" "$(swanctl_on B --list-sas)"
assert_match "what strongSwan has" "local +$HIGH_B" "$(swanctl_on B --list-sas)"
ping_from 10.1.0.2 10.2.0.130

step "protocols and ports, one pair each"
SWAN_CHILDREN="$(strongswan_child web "$LAN_B[tcp/7000]" "$LAN_A[tcp]")
$(strongswan_child ping "$LAN_B[icmp]" "$LAN_A[icmp]")
$(strongswan_child range "$LAN_B[udp/5000-6000]" "$LAN_A[udp]")" strongswan_anew
gateway TUNNEL_EXTRA="$ONE_PER_CHILD" TUNNEL_POLICIES="  - {name: web, local: $LAN_A, remote: $LAN_B, protocol: tcp, remote_ports: 7000}
  - {name: ping, local: $LAN_A, remote: $LAN_B, protocol: icmp}
  - {name: range, local: $LAN_A, remote: $LAN_B, protocol: udp, remote_ports: 5000-6000}"
tunnel_wait A UP
assert_equal "strongSwan's children" 3 "$(installed)"
assert_match "strongSwan's selectors" "local +$LAN_B\[tcp/(7000|[a-z0-9-]+)\]" "$(swanctl_on B --list-sas)"
assert_match "strongSwan's selectors" "local +$LAN_B\[udp/5000-6000\]" "$(swanctl_on B --list-sas)"
ping_from 10.1.0.2 10.2.0.2
tcp_transfer lanA lanB $HOST_B 1

step "an ICMP type"
SWAN_LOCAL_TS="$LAN_B[icmp/8]" SWAN_REMOTE_TS="$LAN_A[icmp/8]" strongswan_anew
gateway TUNNEL_POLICIES="  - {local: $LAN_A, remote: $LAN_B, protocol: icmp, icmp_type: 8}"
tunnel_wait A UP
assert_match "what was agreed upon" 'icmp/8' "$(shown tunnel.sas.0.remoteSelectors)"

# Its user-space ESP makes a route for each selector, which would lead IKE itself astray.
gateway TUNNEL_START=START_MODE_PASSIVE
strongswan_stop B
SWAN_CHARON="  plugins {
    kernel-libipsec { allow_peer_ts = yes }
    kernel-netlink { fwmark = !0x42 }
    socket-default { fwmark = 0x42 }
  }"
SWAN_LOCAL_TS="$WAN_B/32" SWAN_REMOTE_TS="$WAN_A/32" strongswan_config B
strongswan_start B
HOSTS="  - {local: $WAN_A, remote: $WAN_B, protocol: icmp}"

step "transport mode here, tunnel mode there"
gateway TUNNEL_EXTRA="  mode: transport" TUNNEL_POLICIES="$HOSTS"
wait_for 10 "the failure" tunnel_failed_with A USE_TRANSPORT_MODE
assert_match "what is explained" 'in transport mode, the peer wants tunnel mode' "$(tunnel_failure A message)"
wait_for 10 "strongSwan to have no child" has_installed 0

step "tunnel mode here, transport mode there"
SWAN_CHILDREN="$(strongswan_child net "$WAN_B/32[icmp]" "$WAN_A/32[icmp]" '        mode = transport')" strongswan_anew
gateway TUNNEL_START=START_MODE_PASSIVE TUNNEL_POLICIES="$HOSTS"
initiate net || fail "strongSwan can't make net: $(tail -n 3 "$WORK/initiate.log")"
assert_match "the mode" 'INSTALLED, TUNNEL' "$(swanctl_on B --list-sas)"
passed
