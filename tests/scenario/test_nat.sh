#!/bin/bash
# The operator's own NAT: a masquerade (also fully-random) on the WAN interface and a stateful forward chain in another table.
# What the tunnel carries arrives with its own source addresses; what it does not carry is still masqueraded.
. "$(dirname "$0")/lib/scenario.sh" || exit 1

operator_rules() { # SIDE MASQUERADE
    in_ns "gw$1" nft -f - <<X || fail "the operator's rules"
add table inet operator
delete table inet operator
table inet operator {
    chain forward {
        type filter hook forward priority filter; policy drop;
        ct state established,related accept
        iifname "lan" accept
        iifname "bulkhead0" accept
    }
    chain postrouting {
        type nat hook postrouting priority srcnat;
        oifname "wan" masquerade $2
    }
}
X
}

# sources_seen TO-NAMESPACE FROM-NAMESPACE ADDRESS FILTER: which source addresses arrive
sources_seen() {
    capture_start "arrivals-$1" "$1" eth0 "$4"
    ping_lan "$2" "$3"
    capture_stop "arrivals-$1"
    tcpdump -nr "$WORK/arrivals-$1.pcap" 2>/dev/null | awk '/echo request/ {print $3}' | sort -u
}

topology_up
operator_rules A ""
operator_rules B "fully-random"
for side in A B; do
    gateway_config $side
    gateway_start $side
    gateway_secret $side "a key that both have"
done
tunnel_wait A UP
tunnel_wait B UP
ping_both_ways

step "own source addresses arrive, both ways, both families"
seen=$(sources_seen lanB lanA $HOST_B "icmp")
assert_equal "sources that lanB sees" $HOST_A "$seen"
echo "    lanB sees echo requests from: $seen"
seen=$(sources_seen lanA lanB $HOST_A "icmp")
assert_equal "sources that lanA sees" $HOST_B "$seen"
echo "    lanA sees echo requests from: $seen"
assert_equal "sources that lanB sees" $HOST6_A "$(sources_seen lanB lanA $HOST6_B "icmp6")"
assert_equal "sources that lanA sees" $HOST6_B "$(sources_seen lanA lanB $HOST6_A "icmp6")"
tcp_transfer lanA lanB $HOST_B 20
tcp_transfer lanB lanA $HOST_A 20

step "what the tunnel does not carry is still masqueraded"
capture_start wan gwB wan icmp
ping_lan lanA $WAN_B
capture_stop wan
assert_equal "sources on the WAN" $WAN_A "$(tcpdump -nr "$WORK/wan.pcap" 2>/dev/null | awk '/echo request/ {print $3}' | sort -u)"

step "rules that come back while the tunnel is up change nothing"
operator_rules A "fully-random"
assert_equal "sources that lanB sees" $HOST_A "$(sources_seen lanB lanA $HOST_B "icmp")"
tcp_transfer lanA lanB $HOST_B 5

step "IKE's own ports were not rewritten"
capture_start ports gwB wan "udp port 4500"
ping_lan lanA $HOST_B
capture_stop ports
assert_equal "source ports of gwA" "192.0.2.1.4500" \
    "$(tcpdump -nr "$WORK/ports.pcap" src $WAN_A 2>/dev/null | awk '{print $3}' | sort -u)"
passed
