#!/bin/bash
# ctest: timeout 120
# A flood of IKE_SA_INIT requests from forged addresses (RFC 7296 2.6): memory stays flat, the gateway sends no more than it
# gets, and a peer that is configured comes up meanwhile. bench/ike.sh measures the same at 50,000 a second.
. "$(dirname "$0")/lib/scenario.sh" || exit 1

rss() { awk '/^VmRSS:/ {print $2}' "/proc/$(daemon_pid B ike-d)/status"; }

topology_up
in_ns gwA sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.wan.rp_filter=0
TUNNEL_START=START_MODE_PASSIVE gateway_config B
TUNNEL_START=START_MODE_UP gateway_config A
gateway_start B --release-on-exit
gateway_secret B "correct horse battery staple"
gateway_start A --release-on-exit

step "forged requests, 10,000 a second"
before=$(rss)
received=$(ip_in gwB -s -j link show wan | json 0.stats64.rx.bytes)
sent=$(ip_in gwB -s -j link show wan | json 0.stats64.tx.bytes)
spawn flood gwA "$BULKHEAD_BUILD/tests/flood" $WAN_B 10000 8 198.18.0.0
sleep 2

step "a configured peer comes up meanwhile"
gateway_secret A "correct horse battery staple"
tunnel_wait A UP 20
is_running flood || echo "        (the flood was over by then)"
wait_for 60 "the end of the flood" is_gone flood
ping_both_ways 4

step "memory is flat, and no more was sent than received"
received=$(($(ip_in gwB -s -j link show wan | json 0.stats64.rx.bytes) - received))
sent=$(($(ip_in gwB -s -j link show wan | json 0.stats64.tx.bytes) - sent))
[ $sent -lt $received ] || fail "$received bytes came in, $sent went out"
[ $(($(rss) - before)) -lt 8192 ] || fail "ike-d had $before kB, and has $(rss) kB"
passed
