#!/bin/bash
# A path that is narrower than its ends: the router in the middle has a link of 1400 bytes. Over IPv4 nothing is lost before
# that is known; then packets are made to fit: TCP by its segment size, others by ICMP or in fragments of the inner packet.
# Who has not seen our packets can't lower it. Over IPv4 and IPv6.
#
#     gwA -------- router --(1400)-- gwB
. "$(dirname "$0")/lib/scenario.sh" || exit 1
NAMESPACES="lanA gwA router gwB lanB"
NARROW=1400

routed_topology_up() {
    local name
    topology_lans_up
    topology_link gwA wan 192.0.2.1/24 2001:db8:1::1/64 router near 192.0.2.254/24 2001:db8:1::fe/64
    topology_link gwB wan 198.51.100.1/24 2001:db8:2::1/64 router far 198.51.100.254/24 2001:db8:2::fe/64
    ip_in router link set far mtu $NARROW
    ip_in gwB link set wan mtu $NARROW
    ip_in gwA route add default via 192.0.2.254
    ip_in gwA -6 route add default via 2001:db8:1::fe
    ip_in gwB route add default via 198.51.100.254
    ip_in gwB -6 route add default via 2001:db8:2::fe
    for name in "gwA 198.51.100.1" "gwA 2001:db8:2::1" "lanA 10.1.0.1" "lanA fd00:1::1" "lanB 10.2.0.1" "lanB fd00:2::1"; do
        # shellcheck disable=SC2086
        wait_for 10 "the network: $name" can_ping $name
    done
}

# echo_of BYTES HOW ADDRESS: an echo request of so many bytes from lanA, IP header included, comes back; HOW: do, dont
echo_of() {
    local headers=28
    [[ $3 == *:* ]] && headers=48
    in_ns lanA ping -n -c 2 -i 0.2 -W 2 -M "$2" -s $(($1 - headers)) "$3" >"$WORK/ping.log" 2>&1
}
must_pass() { echo_of "$@" || fail "an echo of $1 bytes ($2) is lost: $(cat "$WORK/ping.log")"; }
# forget: what lanA's kernel learned of path MTUs
forget() {
    ip_in lanA route flush cache
    ip_in lanA -6 route flush cache
}
learned() { grep -q "path_mtu remote=$1 bytes=$NARROW" "$WORK/bulkhead-A.log"; }
told() { ip_in lanA route get "$1" | grep -o 'mtu [0-9]*'; } # ADDRESS: the size that ICMP told lanA for it
# segment_size ADDRESS: what a listener in lanB hears of lanA's segment size
segment_size() {
    capture_start syn lanB eth0 "tcp or (ip6 and ip6[6] == 6)"
    in_ns lanA python3 -c "import socket,sys; s = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET); s.settimeout(2); s.connect_ex((sys.argv[1], 9))" "$1"
    capture_stop syn
    tcpdump -nr "$WORK/syn.pcap" 2>/dev/null | grep -F 'Flags [S]' | grep -o 'mss [0-9]*' | sort -u
}
# whole_packets_only NAME: the outer packets of the capture are no fragments
whole_packets_only() {
    assert_equal "outer fragments" 0 "$(capture_count "$1" 'ip[6:2] & 0x3fff != 0 or (ip6 and ip6[6] == 44)')"
}
# forge MTU: ICMP from the router about a packet that nobody sent
forge() {
    in_ns router python3 - "$1" "$WAN_A" "$WAN_B" <<'X' || fail "forging"
import socket, struct, sys
mtu, source, far = int(sys.argv[1]), sys.argv[2], sys.argv[3]
esp = struct.pack(">HHHH", 4500, 4500, 1480, 0) + struct.pack(">II", 0xdeadbeef, 5) + bytes(16)
if ":" in source:
    quoted = struct.pack(">IHBB", 0x60000000, 1460, 17, 64) + b"".join(socket.inet_pton(socket.AF_INET6, a) for a in (source, far)) + esp
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    s.setsockopt(socket.SOL_SOCKET, 36, 7)
    s.sendto(struct.pack(">BBHI", 2, 0, 0, mtu) + quoted, (source, 0))
else:
    quoted = struct.pack(">BBHHHBBH", 0x45, 0, 1500, 0, 0x4000, 64, 17, 0) + b"".join(map(socket.inet_aton, (source, far))) + esp
    body = struct.pack(">BBHHH", 3, 4, 0, 0, mtu) + quoted
    total = sum(struct.unpack(">%dH" % (len(body) // 2), body))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    s.setsockopt(socket.SOL_SOCKET, 36, 7)
    s.sendto(body[:2] + struct.pack(">H", ~total & 0xffff) + body[4:], (source, 0))
X
}

# The router's ICMP errors are lost, as many an operator has it, or not.
router_is_silent() {
    in_ns router nft -f - <<'X' || fail "rules of the router"
table inet silent {
    chain out {
        type filter hook output priority filter;
        icmp type destination-unreachable icmp code frag-needed ip saddr 192.0.2.254 meta mark != 7 drop
        icmpv6 type packet-too-big meta mark != 7 drop
    }
}
X
}
router_speaks() { in_ns router nft delete table inet silent; }
# WIDE and FITS: bytes of the largest packets inside, before and after the path is known
check_path() { # OUTER-FAMILY WIDE FITS
    local wide=$2 fits=$3
    step "IPv$1 outside: the router says nothing of its link, and forged ICMP errors tell nothing of it"
    assert_equal "MSS of an unknown path" "mss $((wide - 40))" "$(segment_size $HOST_B)"
    [ "$1" = 6 ] || must_pass "$wide" do $HOST_B
    forge 1280
    sleep 0.3
    assert_equal "MSS of an unknown path" "mss $((wide - 40))" "$(segment_size $HOST_B)"
    [ "$1" = 6 ] || must_pass "$wide" do $HOST_B
    forget
    step "IPv$1 outside: the router's answer is learned from"
    router_speaks
    bhctl_on A tunnels down net >/dev/null && bhctl_on A tunnels up net >/dev/null || fail "the tunnel does not come up again"
    tunnel_wait A UP
    (for _ in {1..40}; do in_ns lanA ping -n -c 1 -W 1 $HOST_B && learned "$WAN_B" && break; sleep 0.2; done) >/dev/null 2>&1
    learned "$WAN_B" || fail "the path's MTU was not learned"
    capture_start narrow router far
    echo_of $((fits + 1)) do $HOST_B && fail "a packet of $((fits + 1)) bytes passes"
    assert_equal "size that lanA was told" "mtu $fits" "$(told $HOST_B)"
    must_pass "$fits" do $HOST_B
    must_pass 3000 dont $HOST_B
    echo_of $((fits + 1)) do $HOST6_B && fail "an IPv6 packet of $((fits + 1)) bytes passes"
    must_pass "$fits" do $HOST6_B
    assert_equal "MSS over IPv4" "mss $((fits - 40))" "$(segment_size $HOST_B)"
    assert_equal "MSS over IPv6" "mss $((fits - 60))" "$(segment_size $HOST6_B)"
    tcp_transfer lanA lanB $HOST_B 4
    capture_stop narrow
    whole_packets_only narrow
    echo "    $fits bytes fit, and $(capture_count narrow "host $WAN_B") packets passed the narrow link whole"
}

routed_topology_up
export TUNNEL_ESP="[aes256gcm16]"
for family in 4 6; do
    if [ $family = 4 ]; then
        WAN_A=192.0.2.1 WAN_B=198.51.100.1 sizes="1438 1338"
    else
        WAN_A=2001:db8:1::1 WAN_B=2001:db8:2::1 sizes="1418 1318"
    fi
    for side in A B; do
        rm -rf "${WORK:?}/$side"
        gateway_config $side
        gateway_start $side --release-on-exit
        gateway_secret $side "the narrow path"
    done
    tunnel_wait A UP
    router_is_silent
    # shellcheck disable=SC2086
    check_path $family $sizes
    gateway_stop A
    gateway_stop B
    forget
done
step "IPv6 in IPv6 on a path of 1280 bytes: 1280 bytes have to pass, in fragments outside"
ip_in router link set far mtu 1280
ip_in gwB link set wan mtu 1280
for side in A B; do
    gateway_config $side
    gateway_start $side --release-on-exit
    gateway_secret $side "the narrow path"
done
tunnel_wait A UP
NARROW=1280
(for _ in {1..40}; do in_ns lanA ping -n -c 1 -W 1 -s 1232 $HOST6_B && learned "$WAN_B" && break; sleep 0.2; done) >/dev/null 2>&1
must_pass 1280 do $HOST6_B
echo_of 1281 do $HOST6_B && fail "a packet of 1281 bytes passes"
assert_equal "size that lanA was told" "mtu 1280" "$(told $HOST6_B)"
passed
