#!/bin/bash
# ctest: processors 2
# A stranger on the way of a tunnel that stands: noise, changed and repeated IKE messages and ESP packets with the peer's
# address, and a flood of IKE_SA_INITs. Nobody dies, nothing changes, nothing reaches the LAN twice, and the peer gets in.
. "$(dirname "$0")/lib/scenario.sh" || exit 1

# hostile FROM-NAMESPACE MODE ARGUMENTS...: returns how many datagrams were sent
hostile() {
    local namespace=$1
    shift
    in_ns "$namespace" python3 "$SCENARIO_LIB/hostile.py" "$@" || fail "hostile.py $1"
}

udp_arrived() { # NAMESPACE: UDP datagrams that sockets got
    in_ns "$1" awk '/^Udp: [0-9]/ {print $2}' /proc/net/snmp
}

rss_kb() { # SIDE ROLE
    awk '/^VmRSS/ {print $2}' "/proc/$(daemon_pid "$1" "$2")/status"
}

pids() { # SIDE
    local role
    for role in $DAEMONS; do
        printf '%s ' "$role=$(daemon_pid "$1" $role)"
    done
}

sa_spis() { # SIDE: of the tunnel net
    bhctl_on "$1" -o json sas list | python3 -c '
import json, sys
print(sorted((sa["spiIn"], sa["spiOut"]) for sa in json.load(sys.stdin)["sas"] if sa.get("tunnel", "net") == "net"))'
}

drops() { # SIDE REASON
    bhctl_on "$1" -o json system status | python3 -c '
import json, sys
print(sum(int(d["packets"]) for d in json.load(sys.stdin)["drops"] if d["reason"] == sys.argv[1]))' "$2"
}

# unharmed WHAT: everything is as it was at the start
unharmed() {
    local side
    for side in A B; do
        assert_equal "the daemons of $side after $1" "${PIDS[$side]}" "$(pids $side)"
        assert_equal "the SA of $side after $1" "${SPIS[$side]}" "$(sa_spis $side)"
    done
    ping_lan lanA $HOST_B 1
    ping_lan lanB $HOST_A 1
}

# arrives NAMESPACE COMMAND...: what it sends must mostly get to sockets there
arrives() {
    local namespace=$1 before sent
    shift
    before=$(udp_arrived "$namespace")
    sent=$("$@") || exit 1
    sleep 0.5
    echo "    $sent sent, $(($(udp_arrived "$namespace") - before)) came to sockets"
    assert_at_least "datagrams of the attack" 100 "$sent"
    assert_at_least "datagrams that came to sockets" $((sent * 8 / 10)) $(($(udp_arrived "$namespace") - before))
}

topology_up
# Answers to addresses that nobody has must not go round between the gateways.
ip_in gwB route add blackhole 198.18.0.0/15
TUNNEL_START=START_MODE_PASSIVE gateway_config A
# A second tunnel takes peers from anywhere, so that strangers' requests are worth an answer.
cat >>"$WORK/A/config.yaml" <<X1
- name: anywhere
  local: {address: $WAN_A}
  remote: {address: any, id: "fqdn:somebody.example"}
  auth: {psk: {secret: anywhere}}
  start: START_MODE_PASSIVE
  policies:
  - {local: $LAN_A, remote: 10.9.0.0/24}
X1
gateway_config B
capture_start ike gwB wan "udp port 500 or udp port 4500" 4096
for side in A B; do
    gateway_start $side
    gateway_secret $side "a key that both have"
done
gateway_secret A "another key" anywhere
tunnel_wait A UP
tunnel_wait B UP
ping_both_ways
capture_stop ike
capture_start wan gwB wan "not arp" 128
before_kb=()
declare -A PIDS SPIS
for side in A B; do
    PIDS[$side]=$(pids $side)
    SPIS[$side]=$(sa_spis $side)
done
assert_match "the SA" '[0-9a-f]{8}' "${SPIS[A]}"
assert_no_match "the daemons" '= ' "${PIDS[A]}"

step "noise on both ports, from a stranger and from the peer's address"
arrives gwA hostile gwB noise 198.18.0.1 $WAN_A
arrives gwA hostile gwB noise $WAN_B $WAN_A
unharmed "noise"

step "changed IKE messages, from the peer's address"
arrives gwA hostile gwB mutate "$WORK/ike.pcap" $WAN_B $WAN_A 4000
arrives gwB hostile gwA mutate "$WORK/ike.pcap" $WAN_A $WAN_B 4000
unharmed "changed IKE messages"

step "repeated IKE messages: IKE_SA_INIT, IKE_AUTH and what followed"
for try in 1 2 3; do
    assert_at_least "requests" 2 "$(hostile gwB repeat "$WORK/ike.pcap" $WAN_B $WAN_A)"
    assert_at_least "answers" 2 "$(hostile gwA repeat "$WORK/ike.pcap" $WAN_A $WAN_B)"
done
unharmed "repeated IKE messages"

step "repeated ESP packets"
capture_start lan lanA eth0 "icmp and icmp[icmptype] = icmp-echo"
capture_start esp gwB wan "udp port 4500" 2048
for ((n = 0; n < 20; n++)); do # one at a time: what is sent in one burst is one packet to tcpdump
    ping_lan lanB $HOST_A 1
done
capture_stop esp
before=$(drops A replay)
sent=$(hostile gwB esp-repeat "$WORK/esp.pcap" $WAN_B $WAN_A)
sleep 0.5
echo "    $sent repeated, dropped by the replay window: $(($(drops A replay) - before))"
assert_at_least "repeated packets" 40 "$sent"
assert_equal "packets that the replay window dropped" "$sent" $(($(drops A replay) - before))

step "ESP packets of SPIs in use with other contents"
arrives gwA hostile gwB esp-garbage "$WORK/esp.pcap" $WAN_B $WAN_A 3000
capture_stop lan
assert_equal "echo requests that came to lanA" 20 "$(capture_count lan)"
unharmed "ESP packets"

step "10,000 IKE_SA_INITs with forged sources: cookies, and no memory"
hostile gwB flood "$WORK/ike.pcap" $WAN_B $WAN_A 1000 2000 >/dev/null # what is allocated once
for role in ike-d esp-d; do
    before_kb[${#before_kb[@]}]=$(rss_kb A $role)
done
arrives gwA hostile gwB flood "$WORK/ike.pcap" $WAN_B $WAN_A 10000 5000
i=0
for role in ike-d esp-d; do
    echo "    $role: ${before_kb[i]} kB before, $(rss_kb A $role) kB after"
    assert_at_least "memory of $role that was not taken" 0 $((before_kb[i] + 8192 - $(rss_kb A $role)))
    i=$((i + 1))
done
unharmed "the flood"

step "the peer gets in while it goes on"
spawn flood gwB python3 "$SCENARIO_LIB/hostile.py" flood "$WORK/ike.pcap" $WAN_B $WAN_A 40000 2500
sleep 1
bhctl_on B tunnels down net || fail "down"
tunnel_wait B DOWN
began=$SECONDS
bhctl_on B tunnels up net || fail "up: $(tunnel_failure B message)"
tunnel_wait A UP 10
is_running flood || fail "the flood was over before the peer came"
echo "    in after $((SECONDS - began)) s"
ping_both_ways
terminate flood
capture_stop wan
cookies=$(capture_count wan "src $WAN_A and udp src port 500 and udp[24] = 41 and udp[42:2] = 16390")
echo "    $cookies cookies were asked for"
assert_at_least "requests for a cookie" 8000 "$cookies"
assert_at_least "cookies that the peer showed" 1 \
    "$(capture_count wan "src $WAN_B and udp dst port 500 and udp[24] = 41 and udp[42:2] = 16390")"
for side in A B; do
    assert_equal "the daemons of $side" "${PIDS[$side]}" "$(pids $side)"
done
assert_no_clear_packet wan
passed
