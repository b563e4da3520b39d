#!/bin/bash
# Two Bulkheads: policies in their order, within a tunnel and across tunnels, through SPD and firewall alike; protocols,
# ports and ICMP types; policies with CHILD_SAs of their own and shared ones in one tunnel; transport mode.
. "$(dirname "$0")/lib/scenario.sh" || exit 1

# config SIDE TUNNELS: the file, with the peer of tunnel "net" filled in
config() {
    mkdir -p "$WORK/$1"
    echo "tunnels:
$2" >"$WORK/$1/config.yaml"
}
apply() { bhctl_on "$1" apply -f "$WORK/$1/config.yaml" >/dev/null || fail "gateway $1 does not take its configuration"; }
shown() { bhctl_on "$1" -o json tunnels show "${3:-net}" | json "$2"; }
# dropped SIDE REASON: the counter
dropped() {
    bhctl_on "$1" system status | awk -v reason="$2" '$1 == reason {n = $2} END {print n + 0}'
}

# ordered SIDE LOCAL REMOTE OWN-ADDRESS PEER START
ordered() {
    local port=remote_ports
    [ "$1" = A ] || port=local_ports
    config "$1" "- name: net
  local: {address: $4}
  remote: {address: $5}
  auth: {psk: {secret: net}}
  start: $6
  policies:
  - {name: clear, local: $2, remote: $3, protocol: udp, $port: 7201-7210, action: bypass}
  - {name: echo, local: $2, remote: $3, protocol: icmp, icmp_type: 8, selectors: one_per_child}
  - {name: reply, local: $2, remote: $3, protocol: icmp, icmp_type: 0, selectors: one_per_child}
  - {local: $2, remote: $3, protocol: tcp}
  - {local: $2, remote: $3, protocol: udp, $port: 7300-7400}
  - {name: rest, local: $2, remote: $3, action: discard}
- name: wide
  remote: {address: 192.0.2.77}
  auth: {psk: {secret: net}}
  start: passive
  policies:
  - {local: 10.0.0.0/8, remote: 10.0.0.0/8}"
}

topology_up
ordered A $LAN_A $LAN_B $WAN_A $WAN_B up
ordered B $LAN_B $LAN_A $WAN_B $WAN_A passive
for side in A B; do
    gateway_start $side
    gateway_secret $side "a key that both have"
done
tunnel_wait A UP
capture_start wan gwB wan "$CLEAR_FILTER"

step "shared and own children in one tunnel"
assert_equal "the shared child" CHILD_STATE_UP "$(shown A tunnel.children.2.state)"
assert_equal "the policy of an own child" echo "$(shown A tunnel.children.0.policy)"
assert_equal "the third ESP SA" 3 "$(bhctl_on A -o json tunnels show net | grep -c '"spiIn"')"
assert_match "what the echo child carries" "$LAN_A\[icmp/8\] === $LAN_B\[icmp/8\]" "$(shown A tunnel.children.0.selectors)"

step "what is protected goes through the tunnel"
ping_lan lanA $HOST_B
ping_lan lanB $HOST_A
tcp_transfer lanA lanB $HOST_B 1
assert_no_clear_packet wan

step "what is bypassed before goes past it"
in_ns lanA python3 "$SCENARIO_LIB/udp_source.py" send $HOST_B 7205 7205
wait_for 3 "a datagram in clear" eval '[ "$(capture_count wan "udp port 7205")" = 1 ]'

step "what is discarded after goes nowhere, and not by the wider tunnel either"
in_ns lanA python3 "$SCENARIO_LIB/udp_source.py" send $HOST_B 7211 7211
in_ns lanA python3 "$SCENARIO_LIB/icmp.py" $HOST_B 13 0 3
wait_for 5 "four packets discarded" eval '[ "$(dropped A firewall_discard)" = 4 ]'
assert_equal "clear packets but the one that is bypassed" 1 "$(capture_count wan)"

step "the second tunnel has what the first leaves"
in_ns lanA python3 "$SCENARIO_LIB/udp_source.py" send 10.9.0.1 7205 7205
wait_for 5 "a packet without an SA" eval '[ "$(dropped A no_sa)" -ge 1 ]'
assert_equal "packets to it in clear" 0 "$(capture_count wan 'host 10.9.0.1')"

step "in clear from outside: an ICMP type that is protected is dropped, and so is the rest"
before=$(dropped A firewall_spoofed)
in_ns gwB python3 "$SCENARIO_LIB/raw_udp.py" $HOST_B $HOST_A 5
sleep 0.5
assert_equal "datagrams that the discarding policy dropped, spoofed ones" "$((4 + 5)) $before" "$(dropped A firewall_discard) $(dropped A firewall_spoofed)"
capture_stop wan
passed
