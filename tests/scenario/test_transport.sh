#!/bin/bash
# Transport mode between the two gateways' own addresses, each family once: pings, TCP and UDP both ways, the mode in the
# API, only ESP and IKE on the WAN, and what else the gateways do goes on as before.
. "$(dirname "$0")/lib/scenario.sh" || exit 1

# transport_config SIDE OWN PEER
transport_config() {
    mkdir -p "$WORK/$1"
    cat >"$WORK/$1/config.yaml" <<X
tunnels:
- name: net
  local: {address: "$2"}
  remote: {address: "$3"}
  auth: {psk: {secret: net}}
  start: START_MODE_UP
  mode: SA_MODE_TRANSPORT
  policies:
  - {local: "$2", remote: "$3"}
X
}

# bring_up ADDRESS-A ADDRESS-B
bring_up() {
    local side
    transport_config A "$1" "$2"
    transport_config B "$2" "$1"
    for side in A B; do
        gateway_start $side
        gateway_secret $side "a key that both have"
    done
    tunnel_wait A UP
    tunnel_wait B UP
}

# check_traffic ADDRESS-A ADDRESS-B
check_traffic() {
    ping_lan gwA "$2"
    ping_lan gwB "$1"
    # larger than the TUN takes at once: the datagram goes into ESP whole, and ESP in fragments
    in_ns gwA ping -n -c 2 -i 0.2 -W 2 -s 4000 "$2" >"$WORK/large.log" 2>&1 || fail "large pings: $(cat "$WORK/large.log")"
    tcp_transfer gwA gwB "$2" 20
    tcp_transfer gwB gwA "$1" 20
}

topology_up
for family in 4 6; do
    [ $family = 4 ] && a=$WAN_A b=$WAN_B || a=$WAN6_A b=$WAN6_B
    step "$a to $b"
    bring_up $a $b
    capture_start "wan$family" gwA wan "" 128
    check_traffic $a $b

    step "the API says transport"
    sas=$(bhctl_on A sas list)
    grep -q ' transport ' <<<"$sas" || fail "no SA in transport mode: $sas"
    echo "$sas" | sed 's/^/    /'
    assert_equal "mode" transport "$(bhctl_on B -o json sas list | json sas.0.mode)"

    step "on the WAN there was nothing but ESP and IKE between the two"
    capture_stop "wan$family"
    # ESP's payload is the TCP segment itself: no IP header inside
    assert_at_least "ESP in UDP" 100 "$(capture_count "wan$family" 'udp port 4500')"
    # of ESP's own fragments the first alone shows its port
    clear="(not ip or ip[6:2] & 0x1fff = 0) and (not ip6 or ip6[6] != 44) and host $a and host $b and not port 500 and not port 4500 and not arp"
    clear="$clear and not (icmp6 and (ip6[40] >= 133 and ip6[40] <= 137))"
    seen=$(capture_count "wan$family" "$clear")
    # fragments have no port: there must be none, or be of port 4500's datagrams
    [ "$seen" = 0 ] || fail "packets in clear: $(tcpdump -nr "$WORK/wan$family.pcap" "$clear" 2>/dev/null)"

    step "the WAN's other traffic is left alone"
    ping_lan lanA $WAN_B
    assert_equal "drops by selectors" 0 "$(bhctl_on A -o json sas list | json sas.0.counters.selectorDrops)"
    for side in A B; do
        gateway_stop $side
    done
done
passed
