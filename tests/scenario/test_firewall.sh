#!/bin/bash
# fw-d alone, in the kernel as it is: what it protects goes into the TUN and nowhere else, an operator's NAT and filters in
# other tables do not touch it, and nothing leaves in clear when things break. The two TUNs are joined by a relay, so that
# traffic arrives without any IPsec.
# ctest: timeout 300
. "${BULKHEAD_SOURCE:-$(dirname "$0")/../..}/tests/scenario/lib/scenario.sh" || exit 1
. "$SCENARIO_LIB/firewall.sh"

OWN_MARK=0x20000000

policies_of() { # SIDE
    if [ "$1" = A ]; then
        echo "protect $LAN_A $LAN_B"
        echo "protect $LAN6_A $LAN6_B"
    else
        echo "protect $LAN_B $LAN_A"
        echo "protect $LAN6_B $LAN6_A"
    fi
}

relay_start() {
    spawn relay gwA python3 "$SCENARIO_LIB/tun_relay.py" "$(namespace_path gwA)" "$(namespace_path gwB)" $TUN
    wait_for 5 "the relay" grep -q ready "$WORK/relay.log"
}

# An operator's own table: masquerade on the WAN, and a forward chain that drops by default. $1: "", random, fully-random
operator_rules() {
    in_ns gwA nft -f - <<X || fail "the operator's rules"
table inet operator
delete table inet operator
table inet operator {
    chain srcnat { type nat hook postrouting priority srcnat; oifname { "wan", "lan", "$TUN" } masquerade $1; }
    chain dstnat { type nat hook prerouting priority dstnat; udp dport 7001 redirect to :9; }
    chain forward {
        type filter hook forward priority filter; policy drop;
        ct state established,related accept
        iifname "lan" accept
        meta mark & 0x40000000 != 0 accept
    }
}
X
}

# source_seen FROM TO-NAMESPACE TO-ADDRESS PORT SOURCE-PORT: "ADDRESS PORT" as the other end sees it
source_seen() {
    rm -f "$WORK/listen.log"
    spawn listen "$2" timeout 10 python3 "$SCENARIO_LIB/udp_source.py" listen "$3" "$4" 1
    wait_for 5 "the listener" grep -q listening "$WORK/listen.log"
    in_ns "$1" python3 "$SCENARIO_LIB/udp_source.py" send "$3" "$4" "$5" "${6:-0}"
    wait_for 5 "a datagram of $1 in $2" grep -qE '^[0-9a-f]+[.:]' "$WORK/listen.log"
    tail -n 1 "$WORK/listen.log"
    terminate listen
}

# What a release must leave as it was before.
host_state() {
    in_ns gwA nft list ruleset
    ip_in gwA rule
    ip_in gwA -6 rule
    ip_in gwA route show table all | sed 's/ expires [0-9]*sec//'
    ip_in gwA -6 route show table all | sed 's/ expires [0-9]*sec//'
    ip_in gwA link
}

# Link-local addresses and their routes come by themselves a little after their interface.
is_quiet() {
    ! ip_in gwA -6 addr | grep -q tentative && host_state >"$WORK/before" && sleep 0.5 && is_as_before
}

is_as_before() {
    host_state >"$WORK/after"
    diff "$WORK/before" "$WORK/after" >"$WORK/difference"
}

is_routed() {
    local family
    for family in -4 -6; do
        ip_in gwA $family rule | grep -q 'lookup 4500' || return 1
        ip_in gwA $family route show table 4500 | grep -q "default dev $TUN" || return 1
        ip_in gwA $family route show table 4500 | grep -q 'unreachable default' || return 1
    done
}

clear_pings() { # nothing may come back, nothing may be seen
    in_ns lanA ping -n -q -c 20 -i 0.01 -W 1 $HOST_B
    in_ns lanA ping -n -q -c 20 -i 0.01 -W 1 $HOST6_B
} >/dev/null 2>&1

topology_up
operator_rules ""

step "before: no policy, so the operator's masquerade translates and the traffic is in clear"
ip_in gwB route add 10.1.0.0/24 via $WAN_A
assert_equal "the source that lanB sees" "$WAN_A 7100" "$(source_seen lanA lanB $HOST_B 7100 7100)"
wait_for 10 "a quiet host" is_quiet

step "both gateways protect LAN to LAN"
relay_start
fw_start A
fw_start B
policies_of A | fw_configure A 1
policies_of B | fw_configure B 1
assert_match "rules" "fwmark 0x10000000/0x10000000 lookup 4500" "$(ip_in gwA rule)"
assert_match "IPv6 rules" "fwmark 0x10000000/0x10000000 lookup 4500" "$(ip_in gwA -6 rule)"
assert_match "routes" "unreachable default .*metric 4294967295" "$(ip_in gwA route show table 4500)"
assert_match "IPv6 routes" "unreachable default .*metric 4294967295" "$(ip_in gwA -6 route show table 4500)"
assert_no_match "addresses of the TUN" inet "$(ip_in gwA addr show dev $TUN)"
assert_equal "rp_filter" 0 "$(in_ns gwA cat /proc/sys/net/ipv4/conf/$TUN/rp_filter)"

step "traffic passes in both families, with its own addresses, past masquerade in all its forms"
capture_start wan gwA wan
for how in "" random fully-random; do
    operator_rules "$how"
    ping_both_ways
    # the connection of the first step was tracked with its translation: it must have been forgotten
    assert_equal "the source that lanB sees ($how)" "$HOST_A 7100" "$(source_seen lanA lanB $HOST_B 7100 7100)"
    assert_equal "the source that lanA sees ($how)" "$HOST_B 7101" "$(source_seen lanB lanA $HOST_A 7101 7101)"
    assert_equal "the IPv6 source that lanB sees ($how)" "$HOST6_A 7102" "$(source_seen lanA lanB $HOST6_B 7102 7102)"
done
assert_equal "a port that the operator redirects" "$HOST_A 7103" "$(source_seen lanA lanB $HOST_B 7001 7103)"
assert_equal "the same out of the tunnel" "$HOST_B 7104" "$(source_seen lanB lanA $HOST_A 7001 7104)"
in_ns gwA ping -n -q -c 2 -i 0.1 -W 1 -I 10.1.0.1 $HOST_B >/dev/null || fail "the gateway itself can't reach lanB"
tcp_transfer lanA lanB $HOST_B 20
assert_at_least "packets steered" 100 "$(fw_count A steered)"

step "our own ports keep their number behind masquerade fully-random, others don't"
assert_equal "port 4500" "$WAN_A 4500" "$(source_seen gwA gwB $WAN_B 7104 4500 $OWN_MARK)"
assert_no_match "an unmarked port" "$WAN_A 4500\$" "$(source_seen gwA gwB $WAN_B 7105 4500)"

step "a protected pair that arrives in clear is dropped and counted"
in_ns gwB python3 "$SCENARIO_LIB/raw_udp.py" $HOST_B $HOST_A 5
in_ns gwB python3 "$SCENARIO_LIB/raw_udp.py" $HOST6_B $HOST6_A 5
wait_for 3 "10 spoofed packets counted" test "$(fw_count A spoof_drops)" = 10
capture_stop wan
assert_equal "clear packets on the WAN, but for the 10 that were put there" 10 "$(capture_count wan "$CLEAR_FILTER")"

step "the order of policies holds: discard, bypass and protocols before a wider protect"
{
    echo "discard $LAN_A 10.2.0.0/24 udp - 7200"
    echo "bypass $LAN_A 10.2.0.0/24 udp - 7201-7210"
    policies_of A
} | fw_configure A 2
assert_equal "the source of what is bypassed" "$WAN_A" "$(source_seen lanA lanB $HOST_B 7205 7205 | cut -d' ' -f1)"
assert_equal "the source of what is protected" "$HOST_A 7211" "$(source_seen lanA lanB $HOST_B 7211 7211)"
in_ns lanA python3 "$SCENARIO_LIB/udp_source.py" send $HOST_B 7200 7200
assert_equal "packets discarded" 1 "$(fw_count A discard_drops)"
assert_equal "counters go on" 10 "$(fw_count A spoof_drops)"

step "connected networks are left alone by a policy for everything"
echo "protect $LAN_A 0.0.0.0/0" | fw_configure A 3
in_ns lanA ping -n -q -c 1 -W 1 10.1.0.1 >/dev/null || fail "lanA can't reach its gateway"
in_ns lanA ping -n -q -c 1 -W 1 $WAN_B >/dev/null || fail "lanA can't reach the gateway's WAN network"
ip_in gwA addr add 10.9.0.1/24 dev lan
ip_in lanA addr add 10.9.0.2/24 dev eth0
wait_for 4 "a new network to be left alone" in_ns lanA ping -n -q -c 1 -W 1 -I 10.1.0.2 10.9.0.1
ip_in gwA addr del 10.9.0.1/24 dev lan
ip_in lanA addr del 10.9.0.2/24 dev eth0

step "what comes out of a tunnel for everything is the operator's to translate"
echo "protect 0.0.0.0/0 $LAN_B" | fw_configure A 3
echo "protect $LAN_B 0.0.0.0/0" | fw_configure B 3
assert_equal "the source that lanA sees" 10.1.0.1 "$(source_seen lanB lanA $HOST_A 7300 7300 | cut -d' ' -f1)"
ping_lan lanB $HOST_A
policies_of B | fw_configure B 4

step "a broken intent is refused by name and changes nothing"
policies_of A | fw_configure A 4
before=$(in_ns gwA nft list ruleset | sed 's/packets.*//')
refusal=$(policies_of A | in_ns gwA "$FW_CLIENT" "$WORK/A/run" broken 5) && fail "a broken intent was taken"
assert_match "the refusal" 'policies\[1\].*local: start_ip is over end_ip' "$refusal"
assert_equal "the rules afterwards" "$before" "$(in_ns gwA nft list ruleset | sed 's/packets.*//')"
assert_equal "the generation" 4 "$(fw_count A generation)"

step "others can neither flush nor delete the table"
operator_table=$(in_ns gwA nft list table inet operator)
in_ns gwA nft flush ruleset
in_ns gwA nft delete table inet bulkhead 2>/dev/null && fail "the table could be deleted"
in_ns gwA nft -f - <<<"$operator_table"
ping_both_ways

step "rules and routes that others remove are back within a second"
ip_in gwA rule del priority 4500
ip_in gwA -6 rule del priority 4500
ip_in gwA route flush table 4500
ip_in gwA -6 route flush table 4500
ip_in gwA link set $TUN down
wait_for 1 "the repair" is_routed
ping_both_ways

step "fw-d killed: everything stays and passes; a new one takes the table over"
capture_start wan2 gwA wan
terminate fw-A KILL
ping_both_ways
fw_start A
assert_match "its log" "table_adopted policies=2 " "$(cat "$WORK/fw-A.log")"
ping_both_ways
in_ns gwA nft flush ruleset
in_ns gwA nft -f - <<<"$operator_table"
ping_both_ways
policies_of A | fw_configure A 6
assert_equal "rules of ours" 1 "$(ip_in gwA rule | grep -c 'lookup 4500')"
ping_both_ways

step "the TUN's owner dies, then the TUN itself vanishes: nothing leaves in clear"
terminate relay KILL
clear_pings
ip_in gwA link del $TUN
clear_pings
terminate fw-A KILL
clear_pings
fw_start A
clear_pings
assert_match "a warning" "the TUN does not exist" "$(fw_status A)"
capture_stop wan2
assert_no_clear_packet wan2
rm -f "$WORK/relay.log"
relay_start
wait_for 1 "routes to the new TUN" is_routed
ping_both_ways

step "10,000 policies"
in_ns gwA python3 - >"$WORK/many" <<'X'
for i in range(9998):
    print(f"protect 10.1.0.0/24 10.{100 + i // 250}.{i % 250}.0/24")
X
policies_of A >>"$WORK/many"
began=$(date +%s%N)
fw_configure A 7 <"$WORK/many"
echo "10,000 policies were in force after $((($(date +%s%N) - began) / 1000000)) ms"
ping_both_ways
terminate fw-A
fw_start A
assert_match "its log" "table_adopted policies=10000 " "$(cat "$WORK/fw-A.log")"
policies_of A | fw_configure A 8
ping_both_ways

step "not one packet is lost or in clear while the configuration changes"
capture_start wan3 gwA wan
steered=$(fw_count A steered)
replies=$(($(echo_replies lanA) + $(echo_replies lanB)))
pings=()
for way in "lanA $HOST_B" "lanB $HOST_A" "lanB $HOST6_A"; do
    in_ns "${way% *}" ping -n -q -c 800 -i 0.01 -W 2 "${way#* }" >"$WORK/ping-${#pings[@]}.log" &
    pings+=($!)
done
generation=10
while kill -0 "${pings[@]}" 2>/dev/null; do
    fw_configure A $((generation++)) <"$WORK/many" >/dev/null || fail "generation $generation"
    policies_of A | fw_configure A $((generation++)) >/dev/null || fail "generation $generation"
done
for ping in "${pings[@]}"; do
    wait "$ping"
done
all_replies() { [ "$(($(echo_replies lanA) + $(echo_replies lanB)))" -eq $((replies + 3 * 800)) ]; }
wait_for 5 "the answer to every ping: $(sed -n '/transmitted/p' "$WORK"/ping-?.log)" all_replies
capture_stop wan3
assert_no_clear_packet wan3
assert_equal "packets steered" $((steered + 3 * 800)) "$(fw_count A steered)"
assert_at_least "changes meanwhile" 10 $((generation - 10))

step "release leaves nothing behind"
terminate fw-A
terminate relay
assert_match "what stopping leaves" "table inet bulkhead" "$(in_ns gwA nft list tables)"
fw_release A || fail "release: $(tail -n 3 "$WORK/fw-A.log")"
in_ns gwA nft -f - <<<"flush ruleset"
operator_rules ""
is_as_before || sleep 2
is_as_before || fail "the host is not as it was before: $(cat "$WORK/difference")"
fw_release A || fail "a second release: $(tail -n 3 "$WORK/fw-A.log")"
assert_equal "the source that lanB sees again" "$WAN_A" "$(source_seen lanA lanB $HOST_B 7100 7100 | cut -d' ' -f1)"
passed
