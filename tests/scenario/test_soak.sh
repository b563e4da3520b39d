#!/bin/bash
# ctest: processors 2
# ctest: timeout 600
# A minute at full speed, half an hour with BULKHEAD_LONG: TCP both ways, one family each, and numbered UDP packets beside it,
# while all CHILD_SAs are replaced every 5 s and the IKE SA every 20 s. What is lost is what sockets, queues and devices counted
# themselves; memory stays flat, no descriptor is left open, and at the end there is one SA pair at each side, with nobody's
# life begun anew.
#
#   lanA == TCP/IPv4, UDP ==> gwA ====WAN==== gwB ==> lanB
#   lanA <= TCP/IPv6 ======== gwA ====WAN==== gwB <== lanB
. "$(dirname "$0")/lib/scenario.sh" || exit 1
SOAK_S=${BULKHEAD_SOAK_S:-${BULKHEAD_LONG:+1800}}
SOAK_S=${SOAK_S:-60}
SAMPLES=12
UDP_PACKETS_PER_S=2000
GROWTH_MAX_KB=1024 # of a daemon, in the second half of the run
ROLES="ike-d esp-d pki-d fw-d api-d courier"

# of all gateways' daemons and launchers: "A/esp-d PID"
daemons() {
    local side role
    for side in A B; do
        for role in $ROLES; do
            echo "$side/$role $(daemon_pid $side "$role")"
        done
        echo "$side/launcher ${PROCESS_PID[bulkhead-$side]}"
    done
}

# sample FILE: "A/esp-d PID RSS-KB DESCRIPTORS" a line
sample() {
    local name pid
    while read -r name pid; do
        echo "$name $pid $(awk '/^VmRSS/ {print $2}' "/proc/$pid/status") $(ls "/proc/$pid/fd" | wc -l)"
    done < <(daemons) >"$1"
}

# What devices, queues and sockets between the LANs have counted as lost for want of room.
counted_losses() {
    local namespace
    for namespace in $NAMESPACES; do
        ip_in "$namespace" -j -s link
        in_ns "$namespace" nstat -asz -j UdpRcvbufErrors UdpSndbufErrors Udp6RcvbufErrors Udp6SndbufErrors
    done | python3 -c '
import json, sys
total, text, decoder = 0, sys.stdin.read(), json.JSONDecoder()
while text := text.lstrip():
    value, end = decoder.raw_decode(text)
    text = text[end:]
    if isinstance(value, list):
        total += sum(link["stats64"][way]["dropped"] for link in value for way in ("rx", "tx"))
    else:
        total += sum(value["kernel"].values())
with open("/proc/net/softnet_stat", encoding="ascii") as stat:
    total += sum(int(line.split()[1], 16) for line in stat)
print(total)'
}

# drops SIDE [-v] REASON...: "reason packets" a line, of those reasons; with "-v", of all others of packets
drops() {
    local side=$1
    shift
    bhctl_on "$side" -o json system status | python3 -c '
import json, sys
reasons = set(sys.argv[1:])
others = "-v" in reasons
for d in json.load(sys.stdin)["drops"]:
    reason = d["reason"]
    if int(d["packets"]) and ((reason not in reasons and not reason.startswith("ike_")) if others else reason in reasons):
        print(reason, d["packets"])' "$@"
}

sum_of() {
    awk '{n += $2} END {print n + 0}'
}

# sa_count SIDE
sa_count() {
    bhctl_on "$1" -o json sas list | python3 -c 'import json, sys; print(len(json.load(sys.stdin).get("sas", [])))'
}

has_sas() { # SIDE COUNT
    [ "$(sa_count "$1")" = "$2" ]
}

# esp-d's own reasons for want of room.
ROOM="send_busy tun_write"
# Not packets of the streams: keepalives, and what asks for the path's MTU.
NO_LOSS="keepalive dummy"

topology_up
for side in A B; do
    TUNNEL_START=$([ $side = A ] && echo START_MODE_UP || echo START_MODE_PASSIVE) \
        TUNNEL_EXTRA="  child_lifetime: {rekey: 5s, jitter: 10}
  ike_lifetime: {rekey: 20s, jitter: 10}" gateway_config $side
    gateway_start $side
    gateway_secret $side "correct horse battery staple"
done
tunnel_wait A UP
tunnel_wait B UP
ping_both_ways
iperf_server lanB
spawn iperf3-reverse lanB iperf3 -s -p 5202
spawn sink lanB "$BULKHEAD_BUILD/bench/udp_sink" $HOST_B 6000 0
wait_for 5 "the sink to listen" grep -q ready "$WORK/sink.log"
wait_for 5 "the second iperf3 to listen" in_ns lanB sh -c "ss -Hltn 'sport = 5202' | grep -q 5202"

step "$SOAK_S seconds at full speed"
counted=$(counted_losses)
for side in A B; do
    drops $side -v $ROOM $NO_LOSS >"$WORK/drops-$side"
done
# It ends a moment after the packets, so that these have company to the end.
spawn tcp lanA iperf3 -c $HOST_B -C cubic -t $((SOAK_S + 2)) -i 10
spawn tcp-reverse lanA iperf3 -c $HOST6_B -p 5202 -R -C cubic -t $((SOAK_S + 2)) -i 10
spawn source lanA "$BULKHEAD_BUILD/bench/udp_source" $HOST_B 6000 1000 $UDP_PACKETS_PER_S "$SOAK_S" 0
daemons >"$WORK/daemons"
for ((i = 1; i <= SAMPLES; i++)); do
    sleep $((SOAK_S / SAMPLES))
    sample "$WORK/sample-$i"
done
wait_for 30 "the end of the packets" is_gone source
wait_for 30 "the end of the first stream" is_gone tcp
wait_for 30 "the end of the second stream" is_gone tcp-reverse
sleep 1
terminate sink INT
assert_match "the first stream" 'sender' "$(cat "$WORK/tcp.log")"
assert_match "the second stream" 'receiver' "$(cat "$WORK/tcp-reverse.log")"
grep -hE 'sender|receiver' "$WORK/tcp.log" "$WORK/tcp-reverse.log"

step "what was lost was counted where there was no room"
sent=$(tail -n 1 "$WORK/source.log" | json sent)
received=$(tail -n 1 "$WORK/sink.log" | json received)
counted=$(($(counted_losses) - counted + $(for side in A B; do drops $side $ROOM; done | sum_of)))
echo "    $sent packets sent, $received received, $counted lost in buffers by all streams together"
assert_at_least "packets sent" $((SOAK_S * UDP_PACKETS_PER_S / 20)) "$sent"
[ $((sent - received)) -le "$counted" ] || fail "$((sent - received)) packets lost, of which buffers know $counted"
for side in A B; do
    assert_equal "other drops of gateway $side" "$(cat "$WORK/drops-$side")" "$(drops $side -v $ROOM $NO_LOSS)"
done

step "no daemon began a new life, grew or kept descriptors"
assert_equal "the daemons" "$(cat "$WORK/daemons")" "$(daemons)"
sleep 3
sample "$WORK/sample-end"
python3 - "$WORK" $SAMPLES $GROWTH_MAX_KB <<'X' || fail "a daemon grew"
import sys

work, samples, most = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def read(name):
    with open(f"{work}/sample-{name}", encoding="ascii") as f:
        return {line.split()[0]: [int(n) for n in line.split()[2:]] for line in f}


series = [read(i) for i in range(1, samples + 1)]
end, ok = read("end"), True
for daemon in end:
    rss = [s[daemon][0] for s in series]
    # from the middle on: esp-d's fixed buffers become memory when packets first touch all of them, which takes a while
    growth = max(rss[-3:]) - max(rss[: samples // 2])
    descriptors = end[daemon][1] - series[0][daemon][1]
    bad = growth > most or descriptors > 0
    print(f"    {daemon:10} {' '.join(str(n) for n in rss)} kB, {growth:+} kB, {end[daemon][1]} descriptors"
          f"{', ' + format(descriptors, '+') if descriptors else ''}{'  <--' if bad else ''}")
    ok = ok and not bad
sys.exit(not ok)
X

step "there were as many rekeys as expected, and one pair of SAs is left"
for side in A B; do
    children=$(grep -c sa_installed "$WORK/bulkhead-$side.log")
    ikes=$(grep -c ike_sa_rekeyed "$WORK/bulkhead-$side.log")
    echo "    gateway $side: $children CHILD_SAs, $ikes rekeys of the IKE SA"
    assert_at_least "CHILD_SAs of gateway $side" $((SOAK_S / 6)) "$children"
    assert_at_least "rekeys of the IKE SA of gateway $side" $((SOAK_S / 25)) "$ikes"
    wait_for 30 "one pair of SAs at gateway $side" has_sas $side 1
done
ping_both_ways
passed
