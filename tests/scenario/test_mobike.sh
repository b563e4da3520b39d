#!/bin/bash
# MOBIKE between two gateways, under traffic: the one that called gets another address and loses the old one. Neither the
# IKE SA nor the CHILD_SA is made anew, nothing leaves in clear, and the outage is printed and bounded.
. "$(dirname "$0")/lib/scenario.sh" || exit 1
OUTAGE_MAX_MS=3000
NEW_A=192.0.2.77

shown() { bhctl_on "$1" -o json tunnels show net | json "$2"; }
answers() { grep -c 'bytes from' "$WORK/ping.log"; }
goes_on() { [ "$(answers)" -gt $(($1 + 20)) ]; }

topology_up
in_ns gwA sysctl -qw net.ipv4.conf.wan.promote_secondaries=1
TUNNEL_LOCAL=any TUNNEL_LOCAL_ID=a.example TUNNEL_REMOTE_ID=b.example gateway_config A
TUNNEL_LOCAL_ID=b.example TUNNEL_REMOTE_ID=a.example TUNNEL_REMOTE=any TUNNEL_START=START_MODE_PASSIVE gateway_config B
for side in B A; do
    gateway_start $side
    gateway_secret $side "a key that both have"
done
tunnel_wait A UP
tunnel_wait B UP
ping_both_ways

step "A moves from $WAN_A to $NEW_A"
ike=$(shown A tunnel.peer.initiatorSpi)
child=$(shown A tunnel.sas.0.spiIn)
capture_start clear gwB wan "$CLEAR_FILTER"
spawn ping lanB ping -D -n -i 0.02 $HOST_A
sleep 0.5
ip_in gwA addr add $NEW_A/24 dev wan
ip_in gwA addr del $WAN_A/24 dev wan
ip_in gwA route replace default via $WAN_B
before=$(answers)
wait_for 15 "the traffic to go on" goes_on "$before"
terminate ping INT
capture_stop clear
assert_no_clear_packet clear
outage=$(awk -F'[][]' '/bytes from/ {if (last && $2 - last > most) most = $2 - last; last = $2} END {printf "%d\n", most * 1000}' "$WORK/ping.log")
echo "    the traffic stood still for $outage ms"
[ "$outage" -le $OUTAGE_MAX_MS ] || fail "an outage of $outage ms"
assert_equal "the IKE SA" "$ike" "$(shown A tunnel.peer.initiatorSpi)"
assert_equal "the child" "$child" "$(shown A tunnel.sas.0.spiIn)"
assert_equal "where A is" "$NEW_A:4500" "$(shown A tunnel.peer.local)"
assert_equal "where B sends to" "$NEW_A:4500" "$(shown B tunnel.peer.remote)"
ping_both_ways
tcp_transfer lanA lanB $HOST_B 10

step "a NAT that nobody has is not shown"
for side in A B; do
    assert_equal "NATs that $side sees" "False False" "$(shown $side tunnel.peer.localNat) $(shown $side tunnel.peer.remoteNat)"
    assert_match "what both can" 'fragmentation.*mobike' "$(shown $side tunnel.peer.extensions)"
done
passed
