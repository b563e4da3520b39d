# Traffic between the LANs.

# ping_lan FROM TO-ADDRESS [COUNT]: all must come back. They leave at once: after a first answer, ping waits for the others
# no longer than its interval, and on a busy machine an answer may well take 50 ms.
ping_lan() {
    local out n=${3:-3}
    out=$(in_ns "$1" ping -n -c "$n" -l "$n" -i 2 -W 2 "$2" 2>&1) || fail "ping $1 -> $2: $out"
    grep -q ' 0% packet loss' <<<"$out" || fail "ping $1 -> $2: $out"
}

# echo_replies NAMESPACE: how many answers to pings have arrived there so far, also after their ping had ended
echo_replies() {
    in_ns "$1" nstat -asz IcmpInEchoReps Icmp6InEchoReplies | awk '/Echo/ {n += $2} END {print n}'
}

can_ping() {
    in_ns "$1" ping -n -q -c 1 -W 1 "$2"
}

# ping_both_ways [4|6]: both directions; both families by default
ping_both_ways() {
    if [ "${1:-4}" = 4 ]; then
        ping_lan lanA $HOST_B
        ping_lan lanB $HOST_A
    fi
    if [ "${1:-6}" = 6 ]; then
        ping_lan lanA $HOST6_B
        ping_lan lanB $HOST6_A
    fi
}

# tcp_transfer FROM TO ADDRESS MEGABYTES: they must arrive whole
tcp_transfer() {
    local received
    rm -f "$WORK/received"
    spawn "receive-$2" "$2" python3 "$SCENARIO_LIB/receive.py" "$3" 7000 "$WORK/received"
    wait_for 5 "the receiver to listen" in_ns "$2" sh -c "ss -Hltn 'sport = 7000' | grep -q 7000"
    in_ns "$1" timeout 120 python3 "$SCENARIO_LIB/send.py" "$3" 7000 "$4" || fail "sending from $1 to $3"
    wait_for 20 "the receiver to end" is_gone "receive-$2"
    received=$(cat "$WORK/received")
    assert_equal "bytes and digest that arrived in $2" "$(python3 "$SCENARIO_LIB/send.py" digest "$4")" "$received"
}

# iperf_server NAMESPACE
iperf_server() {
    spawn "iperf3-$1" "$1" iperf3 -s
    wait_for 5 "iperf3 to listen" in_ns "$1" sh -c "ss -Hltn 'sport = 5201' | grep -q 5201"
}
