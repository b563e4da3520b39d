#!/bin/bash
# A network between the gateways that delivers a tenth of all datagrams twice and a fifth of them late: what goes through the
# tunnel arrives once, both ways, with and without extended sequence numbers, and the copies are counted as replays.
#
#   lanA ---- gwA -wan---left- bad -right---wan- gwB ---- lanB
. "$(dirname "$0")/lib/scenario.sh" || exit 1
NAMESPACES="$NAMESPACES bad"
PACKETS_PER_S=1500
STREAM_S=3
COPIES=10 LATE=20 # percent

# The gateways' WANs end in a box of their own, which passes frames on. What a program passes on has no offloads.
put_between() {
    local side end
    ip_in gwA link del wan
    for end in "A left $WAN_A $WAN6_A $WAN_B" "B right $WAN_B $WAN6_B $WAN_A"; do
        # shellcheck disable=SC2086
        set -- $end
        ip_in "gw$1" link add wan type veth peer name "$2" netns "$PREFIX-bad"
        ip_in "gw$1" addr add "$3/24" dev wan
        ip_in "gw$1" addr add "$4/64" dev wan nodad
        ip_in "gw$1" link set wan up
        ip_in bad link set "$2" up
        ip_in "gw$1" route add default via "$5"
        in_ns "gw$1" ethtool -K wan tx off tso off gso off gro off >/dev/null 2>&1
        in_ns bad ethtool -K "$2" tx off tso off gso off gro off >/dev/null 2>&1
    done
}

shuffler_start() {
    rm -f "$WORK/shuffler.log"
    spawn shuffler bad python3 "$SCENARIO_LIB/shuffler.py" left right "$@"
    wait_for 10 "the bad network" grep -q ready "$WORK/shuffler.log"
}

# drops REASON: of both gateways
drops() {
    local side
    for side in A B; do
        bhctl_on $side -o json system status
    done | python3 -c '
import json, sys
text, decoder, total = sys.stdin.read(), json.JSONDecoder(), 0
while text := text.lstrip():
    value, end = decoder.raw_decode(text)
    text = text[end:]
    total += sum(int(d["packets"]) for d in value["drops"] if d["reason"] == sys.argv[1])
print(total)' "$1"
}

sinks_start() {
    spawn sink-A lanA "$BULKHEAD_BUILD/bench/udp_sink" $HOST_A 6000
    spawn sink-B lanB "$BULKHEAD_BUILD/bench/udp_sink" $HOST_B 6000
    wait_for 5 "the sinks to listen" grep -q ready "$WORK/sink-A.log"
    wait_for 5 "the sinks to listen" grep -q ready "$WORK/sink-B.log"
}

# stream: both ways at once; each packet must arrive, once
stream() {
    local from sent received
    rm -f "$WORK"/sink-*.log "$WORK"/source-*.log
    sinks_start
    spawn source-A lanA "$BULKHEAD_BUILD/bench/udp_source" $HOST_B 6000 300 $PACKETS_PER_S $STREAM_S
    spawn source-B lanB "$BULKHEAD_BUILD/bench/udp_source" $HOST_A 6000 300 $PACKETS_PER_S $STREAM_S
    wait_for 20 "the end of the packets" is_gone source-A
    wait_for 20 "the end of the packets" is_gone source-B
    sleep 0.5
    for from in "A B" "B A"; do
        terminate "sink-${from#* }" INT
        sent=$(tail -n 1 "$WORK/source-${from% *}.log" | json sent)
        received=$(tail -n 1 "$WORK/sink-${from#* }.log" | json received)
        echo "    $from: $sent sent, $received received, $(tail -n 1 "$WORK/sink-${from#* }.log" | json reordered) reordered"
        assert_at_least "packets sent from ${from% *}" 1000 "$sent"
        assert_equal "packets that arrived, $from" "$sent" "$received"
    done
}

topology_up
put_between
shuffler_start 0 0
topology_settle
for side in A B; do
    TUNNEL_START=START_MODE_PASSIVE gateway_config $side
    gateway_start $side
    gateway_secret $side "correct horse battery staple"
done
for suite in aes256gcm16 aes256gcm16-esn; do
    step "$suite over a network that copies and shuffles"
    for side in B A; do
        TUNNEL_ESP="[$suite]" TUNNEL_START=$([ $side = A ] && echo START_MODE_UP || echo START_MODE_PASSIVE) gateway_config $side
        bhctl_on $side apply -f "$WORK/$side/config.yaml" >/dev/null || fail "apply"
    done
    tunnel_wait A UP
    tunnel_wait B UP
    terminate shuffler INT
    shuffler_start $COPIES $LATE
    ping_both_ways
    assert_equal "ESN" "$([ $suite = aes256gcm16 ] && echo False || echo True)" "$(bhctl_on B -o json sas list | json sas.0.esn)"
    replays=$(drops replay)
    stream
    terminate shuffler INT
    read -r datagrams copies late < <(tail -n 1 "$WORK/shuffler.log")
    replays=$(($(drops replay) - replays))
    echo "    the network: $datagrams datagrams, $copies copies, $late late; $replays replays"
    [ "$replays" -le "$copies" ] || fail "more replays than copies"
    # Of the copies some are of IKE, pings and what had begun before.
    assert_at_least "replays, for nearly all copies" $((copies * 9 / 10)) "$replays"
    assert_at_least "late datagrams" 100 "$late"
    assert_equal "packets that were not authentic" 0 "$(drops integrity)"
    shuffler_start 0 0
done
passed
