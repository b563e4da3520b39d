#!/bin/bash
# Two Bulkheads: over IPv6 outside, with no local address configured; on demand, by the first packet; a peer that calls from
# anywhere; both initiating at once (five times with BULKHEAD_LONG=1); several tunnels, of which one changes.
. "$BULKHEAD_SOURCE/tests/scenario/lib/scenario.sh" || exit 1

# config SIDE LINES: one tunnel "net" with the LANs' policies
config() {
    local far=$LAN_B far6=$LAN6_B lan=$LAN_A lan6=$LAN6_A
    [ "$1" = A ] || { far=$LAN_A far6=$LAN6_A lan=$LAN_B lan6=$LAN6_B; }
    mkdir -p "$WORK/$1"
    cat >"$WORK/$1/config.yaml" <<X
tunnels:
- name: net
  auth: {psk: {secret: net}}
$2
  policies:
  - {local: $lan, remote: $far}
  - {local: "$lan6", remote: "$far6"}
X
}
apply() {
    bhctl_on "$1" apply -f "$WORK/$1/config.yaml" >/dev/null || fail "gateway $1 does not take its configuration"
}
shown() { bhctl_on "$1" -o json tunnels show "${3:-net}" | json "$2"; }

topology_up
config A "  remote: {address: \"$WAN6_B\"}"
config B "  remote: {address: \"$WAN6_A\"}
  start: passive"
for side in A B; do
    gateway_start $side
    gateway_secret $side "a key that both have"
done

step "over IPv6, the local address is the route's"
tunnel_wait A UP
assert_equal "the local end" "[$WAN6_A]:4500" "$(shown A tunnel.peer.local)"
assert_equal "the peer's identity" "ipv6:$WAN6_B" "$(shown A tunnel.peer.remoteId)"
wait_for 5 "the LANs' own neighbours" can_ping lanA $HOST6_B
ping_both_ways

step "on demand: nothing until a packet asks"
config A "  remote: {address: $WAN_B}
  start: on_demand"
config B "  remote: {address: $WAN_A}
  start: passive"
apply A
apply B
tunnel_wait A WAITING
tunnel_wait B WAITING
in_ns lanA ping -n -q -c 20 -i 0.2 -W 1 $HOST_B >/dev/null
tunnel_wait A UP 5
ping_both_ways

step "a peer from anywhere"
config A "  remote: {address: $WAN_B}
  local: {id: \"fqdn:a.example\"}"
config B "  remote: {address: any, id: \"fqdn:a.example\"}
  start: passive"
apply B
apply A
tunnel_wait A UP
tunnel_wait B UP
assert_equal "where the peer is" "$WAN_A:4500" "$(shown B tunnel.peer.remote)"
ping_both_ways

step "both initiate at once"
is_joined() {
    [ "$(shown A tunnel.peer.initiatorSpi)" = "$(shown B tunnel.peer.initiatorSpi)" ] &&
        [ -z "$(shown A tunnel.sas.1.spiIn)$(shown B tunnel.sas.1.spiIn)" ] &&
        [ "$(shown A tunnel.sas.0.spiIn)" = "$(shown B tunnel.sas.0.spiOut)" ]
}
is_settled() {
    local before
    before=$(shown A tunnel.sas.0.spiIn)
    [ -n "$before" ] && is_joined && sleep 1 && is_joined && [ "$before" = "$(shown A tunnel.sas.0.spiIn)" ]
}
for ((n = 0; n < ${BULKHEAD_LONG:+2}+3; n++)); do
    config A "  remote: {address: $WAN_B}
  liveness: {interval: $((20 + n))s}"
    config B "  remote: {address: $WAN_A}
  liveness: {interval: $((20 + n))s}"
    apply A &
    other=$!
    apply B
    wait $other || fail "apply"
    tunnel_wait A UP
    tunnel_wait B UP
    wait_for 10 "one and the same SA on both sides, that stays" is_settled
    ping_both_ways
done

step "held down, until up"
bhctl_on B tunnels down net >/dev/null || fail "tunnels down"
tunnel_wait B DOWN
is_refused() { [ "$(shown A tunnel.failure.notify)" = TEMPORARY_FAILURE ]; }
wait_for 15 "A to be refused" is_refused
! can_ping lanA $HOST_B >/dev/null 2>&1 || fail "a ping came through a tunnel that is down"
bhctl_on B tunnels up net >/dev/null || fail "tunnels up"
tunnel_wait A UP
ping_both_ways
passed
