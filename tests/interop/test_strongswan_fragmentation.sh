#!/bin/bash
# IKE fragmentation (RFC 7383) with strongSwan in both roles on a path of 1280 bytes that loses IP fragments: IKE_AUTH
# carries 120 selectors, 4 KB. Then a path that takes no IKE message over 600 bytes; and a peer that can't.
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1
. "$(dirname "$0")/suites.sh" || exit 1

MANY=120
TUNNEL_POLICIES="  - {local: $LAN_A, remote: $LAN_B}
  - {local: \"$LAN6_A\", remote: \"$LAN6_B\"}"
SWAN_LOCAL_TS="$LAN_B, $LAN6_B"
for ((i = 0; i < MANY; i++)); do
    TUNNEL_POLICIES+="
  - {local: \"$LAN6_A\", remote: \"fd00:2:$((2 * i)):1::/64\"}"
    SWAN_LOCAL_TS+=", fd00:2:$((2 * i)):1::/64"
done
export TUNNEL_POLICIES SWAN_LOCAL_TS

# rules SIDE [RULE...]: what that side loses as it arrives, before the kernel puts IP fragments together
rules() {
    local side=$1
    shift
    in_ns "gw$side" nft -f - <<X || fail "rules of gw$side"
add table netdev path
delete table netdev path
table netdev path {
    chain in {
        type filter hook ingress device wan priority 0; policy accept;
        ip frag-off & 0x3fff != 0 counter drop
        $*
    }
}
X
}
lost() { # SIDE: packets that the rules of that side have dropped
    in_ns "gw$1" nft list table netdev path | awk '/counter packets/ {for (i = 1; i < NF; i++) if ($i == "packets") n += $(i + 1)} END {print n + 0}'
}
# fragments NAME SOURCE: SKF messages of that address in the capture
fragments() { capture_count "$1" "src $2 and udp port 4500 and udp[28] == 53"; }
longest() { # NAME: IP packet of IKE, in bytes
    tshark -r "$WORK/$1.pcap" -Y isakmp -T fields -e ip.len 2>/dev/null | sort -n | tail -n 1
}
initiate() {
    swanctl_on B --initiate --child net --timeout 20 >"$WORK/initiate.log" 2>&1 ||
        fail "strongSwan can't bring the child up: $(tail -n 3 "$WORK/initiate.log")"
}
gateway_configure() {
    gateway_config A
    [ $# -eq 0 ] || sed -i "s/^  start:/  $1\n&/" "$WORK/A/config.yaml"
    bhctl_on A apply -f "$WORK/A/config.yaml" || fail "apply"
}
assert_divided() { # NAME
    assert_at_least "fragments of Bulkhead" 4 "$(fragments "$1" $WAN_A)"
    assert_at_least "fragments of strongSwan" 4 "$(fragments "$1" $WAN_B)"
    [ "$(longest "$1")" -le 1280 ] || fail "an IKE packet of $(longest "$1") bytes"
    assert_equal "IP fragments that were lost" "0 0" "$(lost A) $(lost B)"
    echo "    $(fragments "$1" $WAN_A) and $(fragments "$1" $WAN_B) fragments, the longest packet has $(longest "$1") bytes"
}

topology_up
for side in A B; do
    ip_in gw$side link set wan mtu 1280
    rules $side
done
# kernel-libipsec wants an address of its own in each local selector
for ((i = 0; i < MANY; i++)); do
    echo "addr add fd00:2:$((2 * i)):1::1/64 dev lo nodad"
done >"$WORK/addresses"
in_ns gwB ip -batch "$WORK/addresses" || fail "addresses of gwB"
strongswan_config B
strongswan_start B
TUNNEL_START=START_MODE_PASSIVE gateway_config A
gateway_start A
gateway_secret A "$PSK"

step "strongSwan as initiator, 1280 bytes"
capture_start divided gwB wan udp 1600
initiate
tunnel_wait A UP
capture_stop divided
assert_divided divided
ping_both_ways
swanctl_on B --terminate --ike gw --timeout 5 >/dev/null || fail "swanctl --terminate"

step "Bulkhead as initiator, 1280 bytes"
capture_start divided gwB wan udp 1600
gateway_configure
tunnel_wait A UP
capture_stop divided
assert_divided divided
ping_both_ways
bhctl_on A tunnels down net || fail "tunnels down"
wait_for 10 "strongSwan to have no SA" strongswan_has_no_sa B

step "what Bulkhead sends over 600 bytes is lost: it divides anew"
rules B "ip protocol udp udp length > 580 counter drop"
bhctl_on A tunnels up net || fail "tunnels up"
tunnel_wait A UP
assert_at_least "packets that were too long" 4 "$(lost B)"
assert_match "the log" 'fragments_shrunk' "$(cat "$WORK/bulkhead-A.log")"
wait_for 5 "strongSwan to have the child" strongswan_is_up B
bhctl_on A tunnels down net || fail "tunnels down"
wait_for 10 "strongSwan to have no SA" strongswan_has_no_sa B
rules B

step "not agreed: IKE_AUTH comes in IP fragments, which this path now takes"
in_ns gwA nft delete table netdev path
in_ns gwB nft delete table netdev path
capture_start whole gwB wan "udp or (ip[6:2] & 0x3fff != 0)" 1600
gateway_configure "fragmentation: false"
tunnel_wait A UP
capture_stop whole
assert_equal "SKF messages" "0 0" "$(fragments whole $WAN_A) $(fragments whole $WAN_B)"
assert_at_least "IP fragments" 4 "$(capture_count whole 'ip[6:2] & 0x3fff != 0')"
ping_both_ways
passed
