#!/bin/bash
# Two esp-d's alone, joined by hand in the place of two ike-d's: every suite, both families inside and outside, both cipher
# backends, transfers that must arrive whole both ways, and nothing in clear on the WAN.
. "$(dirname "$0")/lib/scenario.sh" || exit 1
PAIR=$BULKHEAD_BUILD/tests/esp-pair

# esp_start SIDE BACKEND
esp_start() {
    local other=B
    [ "$1" = A ] || other=A
    spawn "esp-$1" "gw$1" env BULKHEAD_ESP_CIPHER="$2" "$BULKHEAD_BUILD/esp-d" --run "$WORK/run-$1" --state "$WORK/state-$1"
    wait_for 5 "esp-d of $1 to be ready" grep -q ' ready' "$WORK/esp-$1.log"
    ip_in "gw$1" link set bulkhead0 up
    lan=LAN_$other lan6=LAN6_$other
    ip_in "gw$1" route replace "${!lan}" dev bulkhead0
    ip_in "gw$1" -6 route replace "${!lan6}" dev bulkhead0
}

# esp_restart BACKEND-A BACKEND-B SUITE OUTER-FAMILY
esp_restart() {
    terminate esp-A
    terminate esp-B
    rm -f "$WORK/esp-A.log" "$WORK/esp-B.log"
    esp_start A "$1"
    esp_start B "$2"
    "$PAIR" "$WORK/run-A" "$WORK/run-B" "$3" "$4" >"$WORK/pair.log" 2>&1 || fail "joining: $(cat "$WORK/pair.log")"
}

traffic() {
    ping_both_ways
    tcp_transfer lanA lanB $HOST_B 20
    tcp_transfer lanB lanA $HOST6_A 20
}

topology_up
capture_start wan gwA wan "" 128
while read -r a b suite outer; do
    step "$suite, $a to $b, IPv$outer outside"
    esp_restart "$a" "$b" "$suite" "$outer"
    traffic
done <<X
ipsec-mb ipsec-mb aes256gcm16 4
ipsec-mb openssl aes128gcm16 6
openssl ipsec-mb aes256-sha256 4
ipsec-mb ipsec-mb aes128-sha1 6
ipsec-mb openssl aes256ctr-aesxcbc 4
openssl ipsec-mb aes192ccm12 6
ipsec-mb ipsec-mb chacha20poly1305 4
ipsec-mb openssl aes128gcm8-esn 4
openssl ipsec-mb aes256-sha512-esn 6
X

step "large frames on all links: what does not fit ESP is cut or refused, and everything else arrives"
for link in "lanA eth0" "gwA lan" "gwA wan" "gwB wan" "gwB lan" "lanB eth0"; do
    # shellcheck disable=SC2086
    set -- $link
    ip_in "$1" link set "$2" mtu 9000
done
for host in $HOST_B $HOST6_B; do # IPv6's sender cuts them itself, once it has heard of the TUN's size and then of ESP's
    wait_for 5 "a large packet from $host" in_ns lanA ping -n -q -c 1 -W 2 -M dont -s 8900 "$host"
done
in_ns lanA ping -n -c 1 -W 2 -M do -s 8900 $HOST_B >"$WORK/large.log" 2>&1 && fail "a packet of 8928 bytes passes whole"
assert_match "what the sender is told" 'mtu = 1500' "$(cat "$WORK/large.log")"
traffic

step "segments that the WAN does not take together go one by one"
in_ns gwA ethtool -K wan tx off gso off >/dev/null 2>&1
in_ns gwB ethtool -K wan tx off gso off gro off >/dev/null 2>&1
traffic

step "on the WAN there was ESP in UDP, and nothing in clear"
capture_stop wan
assert_at_least "datagrams of port 4500" 1000 "$(capture_count wan 'udp port 4500')"
assert_no_clear_packet wan

step "a killed esp-d leaves the TUN, and the routes keep what they protect off the WAN"
capture_start dead gwA wan
terminate esp-A KILL
can_ping lanA $HOST_B >/dev/null 2>&1 && fail "a ping came through without esp-d"
capture_stop dead
ip_in gwA link show bulkhead0 >/dev/null || fail "the TUN is gone"
assert_no_clear_packet dead
passed
