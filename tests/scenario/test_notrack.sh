#!/bin/bash
# Policies with `notrack`: their packets pass both ways untracked, what comes before them in the order and all others stay
# tracked, an operator's stateful chain drops them until it has the rule that the documentation names, and it ends with the
# next configuration. BULKHEAD_LONG: what it saves of the CPU.
. "$(dirname "$0")/lib/scenario.sh" || exit 1

# policies SIDE NOTRACK: TCP to the port of "no_transfer" is tracked, all else of the pair as said
policies() {
    local lan=$LAN_A lan6=$LAN6_A far=$LAN_B far6=$LAN6_B ports=remote_ports
    [ "$1" = A ] || lan=$LAN_B lan6=$LAN6_B far=$LAN_A far6=$LAN6_A ports=local_ports
    TUNNEL_POLICIES="  - {local: $lan, remote: $far, protocol: udp, $ports: 7400}
  - {local: $lan, remote: $far, notrack: $2}
  - {local: \"$lan6\", remote: \"$far6\", notrack: $2}" gateway_config "$1"
}

apply() { bhctl_on A apply -f "$WORK/A/config.yaml" >/dev/null || fail "gateway A does not take its configuration"; }

# An operator's counters of forwarded packets, and his stateful chain. forward RULE
operator_rules() {
    in_ns gwA nft -f - <<X || fail "the operator's rules"
table inet operator
delete table inet operator
table inet operator {
    counter tracked {
    }
    counter untracked {
    }
    chain count {
        type filter hook forward priority filter - 1;
        ct state untracked counter name untracked accept
        counter name tracked
    }
    chain nat { type nat hook postrouting priority srcnat; oifname { "wan", "lan", "bulkhead0" } masquerade; }
    chain forward {
        type filter hook forward priority filter; policy $1;
        $2
        ct state established,related accept
        ct state invalid drop
        iifname "lan" ct state new accept
        ip protocol icmp accept
    }
}
X
}

counted() { in_ns gwA nft -j list counter inet operator "$1" | json nftables.1.counter.packets; }
entries() { in_ns gwA conntrack -L 2>/dev/null | grep -cE "src=(10\.[12]\.0\.|fd00:[12]:)"; }

topology_up
for side in A B; do
    policies $side false
    gateway_start $side
    gateway_secret $side "a key that both have"
done
tunnel_wait A UP

step "tracked at first"
operator_rules accept ""
ping_both_ways
tcp_transfer lanA lanB $HOST_B 2
assert_equal "untracked packets" 0 "$(counted untracked)"
assert_at_least "tracked packets" 20 "$(counted tracked)"

step "with notrack nothing of the pair is tracked, in both directions and families"
policies A true
apply
operator_rules accept ""
in_ns gwA conntrack -F 2>/dev/null
ping_both_ways
tcp_transfer lanA lanB $HOST_B 2
tcp_transfer lanB lanA $HOST_A 2
in_ns gwA ping -n -q -c 2 -i 0.1 -W 1 -I 10.1.0.1 $HOST_B >/dev/null || fail "the gateway itself can't reach lanB"
assert_equal "tracked packets" 0 "$(counted tracked)"
assert_at_least "untracked packets" 20 "$(counted untracked)"
assert_equal "connections" 0 "$(entries)"

step "but for the policy before it, and what is not protected"
in_ns lanA python3 "$SCENARIO_LIB/udp_source.py" send $HOST_B 7400 7400
in_ns lanA ping -n -q -c 1 -W 1 $WAN_B >/dev/null 2>&1
assert_equal "connections" 2 "$(entries)"
assert_at_least "tracked packets" 2 "$(counted tracked)"

step "an operator's stateful chain drops it, and one rule mends that"
operator_rules drop ""
in_ns lanA timeout 3 python3 "$SCENARIO_LIB/send.py" $HOST_B 7000 1 >/dev/null 2>&1 && fail "it should be dropped"
operator_rules drop "meta mark & 0x50000000 != 0 accept"
tcp_transfer lanA lanB $HOST_B 2
tcp_transfer lanB lanA $HOST_A 2

step "without notrack again all is tracked"
policies A false
apply
operator_rules accept ""
ping_both_ways
tcp_transfer lanA lanB $HOST_B 2
assert_equal "untracked packets" 0 "$(counted untracked)"
[ -n "${BULKHEAD_LONG:-}" ] || passed

# busy_ticks: of all cores since the start
busy_ticks() { awk '/^cpu / {print $2 + $3 + $4 + $7 + $8}' /proc/stat; }

step "what it saves: CPU of the machine for a bulk stream"
in_ns gwA nft delete table inet operator
iperf_server lanB
for round in 1 2 3 4 5; do
    for notrack in true false; do
        for side in A B; do
            policies $side $notrack
            bhctl_on $side apply -f "$WORK/$side/config.yaml" >/dev/null || fail "the configuration"
        done
        sleep 0.5
        before=$(busy_ticks)
        in_ns lanA iperf3 -c $HOST_B -n 2G -J >"$WORK/iperf.json" || fail "iperf3"
        printf 'round %s notrack %-5s %5s ticks for 2 GB, %s Mb/s\n' $round $notrack $(($(busy_ticks) - before)) \
            "$(python3 -c 'import json, sys; print(round(json.load(open(sys.argv[1]))["end"]["sum_received"]["bits_per_second"] / 1e6))' "$WORK/iperf.json")"
    done
done
passed
