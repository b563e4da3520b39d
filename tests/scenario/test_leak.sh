#!/bin/bash
# ctest: timeout 900
# Both LANs talk to each other without a pause, in both families, by ping, UDP and TCP, while whatever may happen to a
# gateway happens to gateway A: new configurations, tunnels down, deaths of daemons, an operator who deletes the TUN, rules
# and routes, an orderly stop, a crash of everything. Not one packet of the protected pairs may be in clear on the WAN.
. "$(dirname "$0")/lib/scenario.sh" || exit 1
ROUNDS=${BULKHEAD_LEAK_ROUNDS:-1}
leaks=0 seen=0

traffic_start() {
    local from to to6
    for from in lanA lanB; do
        [ $from = lanA ] && to=$HOST_B to6=$HOST6_B || to=$HOST_A to6=$HOST6_A
        spawn "ping-$from" $from ping -n -q -i 0.005 $to
        spawn "ping6-$from" $from ping -n -q -i 0.005 $to6
        spawn "talk-$from" $from python3 "$SCENARIO_LIB/talk.py" $to $to6
    done
}

# count_leaks WHAT: of the step that ends here
count_leaks() {
    local total
    sleep 0.5
    total=$(capture_count clear)
    printf '        %-60s %d packets in clear\n' "$1" $((total - seen))
    leaks=$((leaks + total - seen))
    seen=$total
}

# is_back: all that a working tunnel needs, as the LANs see it
is_back() {
    can_ping lanA $HOST_B && can_ping lanA $HOST6_B && can_ping lanB $HOST_A
}

# tried WHAT [SECONDS]: the tunnel must work again
tried() {
    wait_for "${2:-30}" "traffic after: $1" is_back
    count_leaks "$1"
}

# config_more N: the usual policies behind, before and between others; the maps' shapes differ from one to the next
config_more() {
    local n=$1 ports=""
    ((n % 3 != 1)) || ports=", protocol: tcp, remote_ports: \"$((1000 + n))\""
    ((n % 3 != 2)) || ports=", protocol: udp"
    {
        sed '/^  policies:/q' "$WORK/A/base.yaml"
        ((n % 2)) || echo "  - {local: $LAN_A, remote: 10.9.$n.0/24$ports}"
        sed '1,/^  policies:/d' "$WORK/A/base.yaml"
        ((n % 4)) || echo "  - {local: 10.8.$n.0/24, remote: $LAN_B$ports}"
    } >"$WORK/A/more.yaml"
}

apply_many() {
    local n
    for ((n = 0; n < 24; n++)); do
        config_more $n
        bhctl_on A apply -f "$WORK/A/more.yaml" >"$WORK/apply.out" 2>&1 || fail "apply $n: $(cat "$WORK/apply.out")"
        sleep 0.1
    done
    bhctl_on A apply -f "$WORK/A/base.yaml" >"$WORK/apply.out" 2>&1 || fail "apply: $(cat "$WORK/apply.out")"
}

# kill_role ROLE: and wait for its successor
kill_role() {
    local old
    old=$(daemon_pid A "$1")
    kill -KILL "$old"
    wait_for 15 "a new $1" daemon_is_new A "$1" "$old"
}

# Everything at once, as when the kernel's OOM killer or an operator goes too far.
kill_all() {
    local launcher=${PROCESS_PID[bulkhead-A]} pids
    pids=$(pgrep -P "$launcher")
    kill -KILL "$launcher"
    # shellcheck disable=SC2086
    kill -KILL $pids
    wait "$launcher" 2>/dev/null
    unset "PROCESS_PID[bulkhead-A]"
}

# delete_steering: what an operator can take away from the routing
delete_steering() {
    local family
    for family in -4 -6; do
        ip_in gwA $family rule del pref "$(ip_in gwA $family rule | sed -n 's/^\([0-9]*\):.*lookup 4500.*/\1/p' | head -n 1)"
        ip_in gwA $family route flush table 4500
    done
}

# operator_table HOOK RULE...: an operator's chain that comes after ours
operator_table() {
    printf 'table inet operator {\nchain c { %s\n%s\n}\n}\n' "type $1;" "$2" | in_ns gwA nft -f - || fail "an operator's table"
}

# overwritten HOOK: an operator marks all packets for purposes of his own, and so takes our mark away
overwritten() {
    operator_table "$1" "meta mark set 5"
    in_ns gwA ping -n -q -c 20 -i 0.01 -W 1 -I 10.1.0.1 $HOST_B >/dev/null
    sleep 0.5
    in_ns gwA nft delete table inet operator
    tried "$1: mark overwritten"
}

round() {
    step "configurations come and go"
    apply_many
    tried "25 configurations"

    step "the tunnel goes down and up"
    for _ in 1 2 3; do
        bhctl_on A tunnels down net >/dev/null || fail "tunnels down"
        sleep 0.5
        bhctl_on A tunnels up net >/dev/null || fail "tunnels up"
        sleep 0.5
    done
    tried "down and up, three times"

    step "daemons die"
    for role in ike-d esp-d fw-d api-d pki-d verifier courier fw-d esp-d; do
        kill_role $role
        tried "SIGKILL of $role" 60
    done

    step "an operator takes away what is ours"
    for _ in 1 2 3; do
        ip_in gwA link del bulkhead0
        sleep 0.5
    done
    tried "ip link del bulkhead0, three times" 60
    for _ in 1 2 3 4 5; do
        in_ns gwA nft flush ruleset 2>/dev/null
        in_ns gwA nft delete table inet bulkhead 2>/dev/null
        sleep 0.1
    done
    tried "nft flush ruleset, nft delete table"
    for _ in 1 2 3 4 5; do
        ip_in gwA route flush table 4500
        ip_in gwA -6 route flush table 4500
        sleep 0.2
    done
    tried "ip route flush table 4500"
    for _ in 1 2 3 4 5; do
        delete_steering
        sleep 0.2
    done
    tried "ip rule del and ip route flush"
    ip_in gwA link set bulkhead0 down
    sleep 0.5
    ip_in gwA link set bulkhead0 up
    tried "ip link set bulkhead0 down, up"
    ip_in gwA addr add 10.2.0.77/32 dev wan
    sleep 0.5
    ip_in gwA addr del 10.2.0.77/32 dev wan
    tried "an address of the other LAN comes and goes on the WAN"
    in_ns gwA conntrack -F >/dev/null 2>&1
    tried "conntrack -F"

    step "an operator's rules are in the way of ours"
    overwritten "filter hook prerouting priority 0"
    overwritten "route hook output priority 0"
    overwritten "filter hook forward priority 0"
    overwritten "filter hook postrouting priority -160"
    operator_table "filter hook prerouting priority -150" "meta mark set 0x10000000"
    wait_for 10 "traffic with a mark that looks like ours" is_back
    in_ns gwA nft delete table inet operator
    count_leaks "every packet brings our mark"
    ip_in gwA rule add pref 10 lookup main
    ip_in gwA -6 rule add pref 10 lookup main
    sleep 1
    ip_in gwA rule del pref 10
    ip_in gwA -6 rule del pref 10
    tried "a rule of routing in front of ours"

    step "nobody repairs: the routing is taken away while fw-d stands still"
    kill -STOP "$(daemon_pid A fw-d)"
    delete_steering
    sleep 1
    count_leaks "no rule and no routes"
    kill -CONT "$(daemon_pid A fw-d)"
    tried "and fw-d goes on"

    step "a stop keeps what is protected off the WAN"
    gateway_stop A
    sleep 2
    count_leaks "stopped"
    delete_steering
    sleep 1
    count_leaks "stopped, no rule and no routes"
    ip_in gwA link del bulkhead0
    sleep 1
    count_leaks "stopped, no TUN"
    gateway_start A
    tried "started again" 60

    step "everything crashes"
    kill_all
    sleep 1
    count_leaks "dead"
    gateway_start A
    tried "started again" 60
}

topology_up
for side in A B; do
    TUNNEL_LIVENESS=3s gateway_config $side
    gateway_start $side
    gateway_secret $side "a key that both have"
done
cp "$WORK/A/config.yaml" "$WORK/A/base.yaml"
tunnel_wait A UP 30
tunnel_wait B UP 30
ping_both_ways
capture_start clear gwB wan "$CLEAR_FILTER"

step "the capture sees a packet in clear when there is one: no policy names this pair"
in_ns gwA ping -n -q -c 3 -i 0.05 -W 1 -I $WAN_A $HOST_B >/dev/null 2>&1
sleep 0.5
seen=$(capture_count clear "src $WAN_A")
assert_at_least "packets in clear from the WAN's own address" 3 "$seen"
seen=$(capture_count clear)
traffic_start
for ((n = 1; n <= ROUNDS; n++)); do
    round
done
capture_stop clear
[ $leaks -eq 0 ] || fail "$leaks packets in clear on the WAN:
$(tcpdump -tttt -nr "$WORK/clear.pcap" 2>/dev/null | head -n 40)"
passed
