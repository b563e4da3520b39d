#!/bin/bash
# ctest: timeout 600
# ctest: processors 2
# A Linux kernel's own ESP as the peer (user-mode-linux with charon in it, one boot for all): protocol 50 over IPv4 and IPv6,
# extended sequence numbers, tunnel and transport mode, AEAD and CBC suites, begun by either side; rekeys by either side under
# a stream of pings; and ESP in UDP when this side wants that. The kernel itself says what it holds (ip xfrm state).
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1
. "$(dirname "$0")/../scenario/lib/kernel_peer.sh" || exit 1
PSK="correct horse battery staple"
SWAN_LIBIPSEC=no
SWAN_VICI=$KERNEL_PEER_VICI
TUNNEL_START=START_MODE_PASSIVE

# configure ENCAPSULATION FAMILY MODE SUITE: both sides
configure() {
    local a=$WAN_A b=$WAN_B
    [ "$2" = 4 ] || a=$WAN6_A b=$WAN6_B
    local WAN_A=$a WAN_B=$b
    if [ "$3" = transport ]; then
        SWAN_ESP=$4 SWAN_CHILDREN=$(SWAN_ESP=$4 strongswan_child net "$b" "$a" "mode = transport") strongswan_config B
    else
        SWAN_ESP=$4 strongswan_config B
    fi
    WAN_A="\"$a\"" WAN_B="\"$b\""
    TUNNEL_EXTRA="  encapsulation: $1"
    TUNNEL_POLICIES=""
    [ "$3" = tunnel ] || TUNNEL_POLICIES="  - {local: \"$a\", remote: \"$b\"}"
    [ "$3" = tunnel ] || TUNNEL_EXTRA+=$'\n  mode: SA_MODE_TRANSPORT'
    TUNNEL_ESP="[$4]" gateway_config A
}

bring_up() { # WHO-BEGINS
    bhctl_on A apply -f "$WORK/A/config.yaml" >"$WORK/apply.log" 2>&1 || fail "apply: $(cat "$WORK/apply.log")"
    strongswan_load B
    if [ "$1" = bulkhead ]; then
        bhctl_on A tunnels up net >"$WORK/up.log" 2>&1 || fail "tunnels up: $(tail -n 3 "$WORK/up.log")"
    else
        swanctl_on B --initiate --child net --timeout 15 >"$WORK/up.log" 2>&1 || fail "strongSwan: $(tail -n 3 "$WORK/up.log")"
    fi
    tunnel_wait A UP
}

# The kernel's SAs, one a line: "esp 0xc1... transport esn rfc4106(gcm(aes)) espinudp"
kernel_sas() {
    kernel_peer_run "ip xfrm state" | awk '
        /^src/ {if (line) print line; line = ""}
        /proto esp/ {line = "esp"; for (i = 1; i < NF; i++) if ($i == "mode") line = line " " $(i + 1)}
        / flag .*esn/ {line = line " esn"}
        /^\t(aead|enc|auth-trunc) / {line = line " " $2}
        /encap type/ {line = line " " $3}
        END {if (line) print line}'
}

# ping from the peer, of what it protects
peer_pings() { # FROM-ADDRESS TO-ADDRESS
    kernel_peer_run "ping -n -q -c 3 -i 0.2 -W 2 -I $1 $2" >"$WORK/peer-ping.log" || fail "ping from the kernel: $(cat "$WORK/peer-ping.log")"
}

# transfer FROM-NAMESPACE ADDRESS-OF-PEER ADDRESS: TCP each way between that namespace and the peer
transfer() {
    local megabytes=2 digest
    digest=$(python3 "$SCENARIO_LIB/send.py" digest $megabytes)
    rm -f "$WORK/received"
    kernel_peer_run "nohup python3 $SCENARIO_LIB/receive.py $2 7000 $WORK/received >/dev/null 2>&1 &"
    wait_for 10 "the receiver in the kernel peer" kernel_peer_run "ss -Hltn 'sport = 7000' | grep -q 7000"
    in_ns "$1" timeout 60 python3 "$SCENARIO_LIB/send.py" "$2" 7000 $megabytes || fail "sending to the kernel peer"
    wait_for 20 "what arrives in the kernel peer" test -s "$WORK/received"
    assert_equal "bytes and digest that arrived in the kernel peer" "$digest" "$(cat "$WORK/received")"
    rm -f "$WORK/received"
    spawn receive "$1" python3 "$SCENARIO_LIB/receive.py" "$3" 7000 "$WORK/received"
    wait_for 5 "the receiver to listen" in_ns "$1" sh -c "ss -Hltn 'sport = 7000' | grep -q 7000"
    kernel_peer_run "timeout 60 python3 $SCENARIO_LIB/send.py $3 7000 $megabytes" || fail "sending from the kernel peer"
    wait_for 20 "the receiver to end" is_gone receive
    assert_equal "bytes and digest that arrived" "$digest" "$(cat "$WORK/received")"
}

# assert_wire CAPTURE none|udp: ESP went that way alone, and nothing in clear
assert_wire() {
    local bare udp
    bare=$(capture_count "$1" "ip proto 50 or ip6 proto 50")
    udp=$(capture_count "$1" "udp port 4500 and not ((ip and udp[8:4] = 0) or (ip6 and ip6[48:4] = 0))")
    [ "$2" = none ] || set -- "$1" "$2" "$bare" "$udp"
    [ "$2" = udp ] || set -- "$1" "$2" "$udp" "$bare"
    assert_equal "ESP of the other encapsulation" 0 "$3"
    assert_at_least "ESP" 12 "$4"
    assert_no_clear_packet "$1"
}

# try WHO-BEGINS ENCAPSULATION FAMILY MODE SUITE EXPECTED-ENCAPSULATION EXPECTED-IN-THE-KERNEL
try() {
    step "$1 begins, encapsulation $2, IPv$3, $4 mode, $5"
    configure "$2" "$3" "$4" "$5"
    capture_start wan gwA wan "" 128
    bring_up "$1"
    assert_equal "encapsulation" "$6" "$(bhctl_on A -o json sas list | json sas.0.encapsulation)"
    assert_equal "mode" "$4" "$(bhctl_on A -o json sas list | json sas.0.mode)"
    assert_equal "the kernel's SAs" "$(printf 'esp %s\nesp %s' "$4 $7" "$4 $7")" "$(kernel_sas)"
    if [ "$4" = tunnel ]; then
        ping_lan lanA $HOST_B
        ping_lan lanA $HOST6_B
        peer_pings $HOST_B $HOST_A
    else
        [ "$3" = 4 ] && ping_lan gwA $WAN_B || ping_lan gwA $WAN6_B
        [ "$3" = 4 ] && peer_pings $WAN_B $WAN_A || peer_pings $WAN6_B $WAN6_A
    fi
    ${8:-:}
    capture_stop wan
    assert_wire wan "$6"
    echo "    kernel: $(kernel_sas | sort -u); Bulkhead: $(bhctl_on A -o json sas list | json sas.0.encapsulationReason)"
    swanctl_on B --terminate --ike gw --timeout 5 >/dev/null || fail "swanctl --terminate"
    tunnel_wait A WAITING
}

transfers() {
    transfer lanA $HOST_B $HOST_A
}

transfers_transport() {
    transfer gwA $WAN_B $WAN_A
}

# Rekeys by either side while pings run: none is lost.
rekeys() {
    local pings=60
    spawn pings lanA ping -n -q -c $pings -i 0.05 -W 5 $HOST_B
    swanctl_on B --rekey --child net >/dev/null || fail "swanctl --rekey"
    sleep 0.5
    bhctl_on A tunnels rekey net >"$WORK/rekey.log" 2>&1 || fail "tunnels rekey: $(cat "$WORK/rekey.log")"
    wait_for 20 "the pings" is_gone pings
    assert_match "pings during rekeys" "$pings packets transmitted, $pings received" "$(cat "$WORK/pings.log")"
}

topology_up
kernel_peer_start
configure off 4 tunnel aes256gcm16
kernel_peer_charon
gateway_start A
gateway_secret A "$PSK"
step "the peer runs $(kernel_peer_run 'uname -r')"
GCM="rfc4106(gcm(aes))"
try bulkhead off 4 tunnel aes256gcm16 none "$GCM" rekeys
try strongswan off 4 tunnel aes256gcm16-esn none "esn $GCM" transfers
try bulkhead off 6 tunnel aes256-sha256-esn none "esn hmac(sha256) cbc(aes)" transfers
try strongswan off 6 tunnel chacha20poly1305-esn none "esn rfc7539esp(chacha20,poly1305)"
try bulkhead off 4 transport aes128gcm16-esn none "esn $GCM" transfers_transport
try strongswan off 6 transport aes256-sha256 none "hmac(sha256) cbc(aes)"
try bulkhead auto 4 tunnel aes256gcm16 udp "$GCM espinudp"
try strongswan auto 4 tunnel aes256-sha512-esn udp "esn hmac(sha512) cbc(aes) espinudp"
kernel_peer_stop
passed
