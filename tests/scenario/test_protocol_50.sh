#!/bin/bash
# ESP as IP protocol 50, without UDP: two gateways that meet over IPv4 and over IPv6, traffic both ways of both families,
# classes and congestion marks across the tunnel, an operator's masquerade beside it, and on the WAN nothing
# but IKE and protocol 50. With `auto` a gateway follows a peer that wants it so, and is in UDP otherwise.
# ctest: timeout 600
. "$(dirname "$0")/lib/scenario.sh" || exit 1

# bring_up ENCAPSULATION-A ENCAPSULATION-B [FAMILY]: both gateways over the WAN's addresses of that family, tunnel UP
bring_up() {
    local side
    [ "${3:-4}" = 4 ] || local WAN_A="\"$WAN6_A\"" WAN_B="\"$WAN6_B\""
    TUNNEL_EXTRA="  encapsulation: $1${LINES_EXTRA:-}" gateway_config A
    TUNNEL_EXTRA="  encapsulation: $2${LINES_EXTRA:-}" gateway_config B
    for side in A B; do
        gateway_start $side
        gateway_secret $side "a key that both have"
    done
    tunnel_wait A UP
    tunnel_wait B UP
}

bring_down() {
    gateway_stop A
    gateway_stop B
}

# assert_encapsulation SIDE WHAT WHY
assert_encapsulation() {
    assert_equal "encapsulation of $1" "$2" "$(bhctl_on "$1" -o json sas list | json sas.0.encapsulation)"
    assert_equal "why $1 does so" "$3" "$(bhctl_on "$1" -o json sas list | json sas.0.encapsulationReason)"
}

# assert_bare CAPTURE: ESP was there, none of it in UDP, and nothing in clear
assert_bare() {
    local marked="(ip and udp[8:4] = 0) or (ip6 and ip6[48:4] = 0)" # what begins so is IKE (RFC 3948 2.2)
    assert_at_least "packets of protocol 50" "${2:-100}" "$(capture_count "$1" 'ip proto 50 or ip6 proto 50')"
    assert_equal "ESP in UDP" 0 "$(capture_count "$1" "udp port 4500 and not ($marked)")"
    assert_no_clear_packet "$1"
}

# assert_class FROM TO ADDRESS CLASS [OUTSIDE]: as it was sent, so it is at the other end, and outside unless it says else
assert_class() {
    capture_start "class-$1" gwB wan "ip proto 50"
    capture_start "class-$2" "$2" eth0 "icmp[0] = 8"
    in_ns "$1" ping -n -q -c 2 -i 0.2 -W 2 -Q "$4" "$3" >"$WORK/class.log" 2>&1 || fail "pings of class $4: $(cat "$WORK/class.log")"
    capture_stop "class-$2"
    capture_stop "class-$1"
    assert_equal "pings of class $4 at $2" 2 "$(capture_count "class-$2" "ip[1] = $4")"
    assert_at_least "ESP of class ${5:-$4}" 2 "$(capture_count "class-$1" "ip[1] = ${5:-$4}")"
}

topology_up
in_ns gwA nft -f - <<X || fail "the operator's rules"
table inet operator {
    chain postrouting {
        type nat hook postrouting priority srcnat;
        oifname "wan" masquerade fully-random
    }
}
X

for family in 4 6; do
    step "off: protocol 50 over IPv$family"
    capture_start "wan$family" gwB wan "" 128
    bring_up off off $family
    assert_encapsulation A none "configured: off"
    assert_encapsulation B none "configured: off"
    ping_both_ways
    tcp_transfer lanA lanB $HOST_B 10
    tcp_transfer lanB lanA $HOST6_A 10
    in_ns lanA ping -n -q -c 2 -i 0.2 -W 2 -s 3000 $HOST_B >"$WORK/large.log" 2>&1 || fail "large pings: $(cat "$WORK/large.log")"
    capture_stop "wan$family"
    assert_bare "wan$family"
    bhctl_on A sas list | sed 's/^/    /'
    [ $family = 4 ] || bring_down
    [ $family = 6 ] || {
        step "classes and congestion marks cross the tunnel"
        assert_class lanA lanB $HOST_B 0xb8
        assert_class lanB lanA $HOST_A 0x22
        step "a class of its own for what is on the WAN; congestion marks cross as before"
        bring_down
        LINES_EXTRA=$'\n  dscp: 10\n  replay_window: 1024' bring_up off off
        assert_class lanA lanB $HOST_B 0xb8 0x28
        assert_class lanA lanB $HOST_B 0x22 0x2a
        step "a router's congestion mark arrives inside"
        in_ns gwB nft -f - <<X || fail "the mark"
table inet router {
    chain input {
        type filter hook prerouting priority raw;
        iifname "wan" ip protocol esp ip ecn set ce
    }
}
X
        capture_start marked lanB eth0 "icmp[0] = 8"
        in_ns lanA ping -n -q -c 2 -i 0.2 -W 2 -Q 0x2 $HOST_B >"$WORK/ecn.log" 2>&1 || fail "marked pings: $(cat "$WORK/ecn.log")"
        capture_stop marked
        in_ns gwB nft delete table inet router
        assert_equal "pings that arrive marked" 2 "$(capture_count marked "ip[1] = 3")"

        step "a stranger's and a short packet of protocol 50 change nothing"
        in_ns gwA python3 - $WAN_B <<'X' || fail "sending raw packets"
import os, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 50)
for n in (0, 1, 7, 8, 100, 1400, 9000):
    s.sendto(os.urandom(n), (sys.argv[1], 0))
X
        ping_both_ways
        bring_down
    }
done

step "auto: UDP, and the reason"
bring_up auto auto
for side in A B; do
    assert_encapsulation $side udp "auto: UDP lets the kernel carry bursts"
done
ping_both_ways
bhctl_on A sas list | sed 's/^/    /'
bring_down

step "auto follows a peer that is off, whoever begins"
capture_start follow gwB wan "" 128
bring_up auto off
assert_encapsulation A none "the peer wants IP protocol 50"
assert_encapsulation B none "configured: off"
ping_both_ways
bring_down
bring_up off auto
assert_encapsulation B none "the peer wants IP protocol 50"
ping_both_ways
bring_down
capture_stop follow
assert_bare follow 20

step "a firewall passes port 500 and protocol 50 alone: auto comes up all the same"
in_ns gwB nft -f - <<'X' || fail "the firewall"
table inet firewall {
    chain input {
        type filter hook input priority filter;
        udp dport 4500 drop
    }
}
X
capture_start round gwB wan "" 128
TUNNEL_EXTRA="  encapsulation: auto" gateway_config A
TUNNEL_START=START_MODE_PASSIVE TUNNEL_EXTRA="  encapsulation: auto" gateway_config B
for side in B A; do
    gateway_start $side
    gateway_secret $side "a key that both have"
done
tunnel_wait A UP 40
assert_encapsulation A none "auto: the peer does not answer on UDP port 4500"
assert_encapsulation B none "the peer wants IP protocol 50"
assert_equal "where the peer is" "$WAN_B:500" "$(bhctl_on A -o json tunnels show net | json tunnel.peer.remote)"
ping_both_ways
tcp_transfer lanA lanB $HOST_B 4
bring_down
capture_stop round
assert_bare round
in_ns gwB nft delete table inet firewall

step "off and force are told that they do not go together"
TUNNEL_EXTRA="  encapsulation: off" gateway_config A
TUNNEL_EXTRA="  encapsulation: force" gateway_config B
for side in A B; do
    gateway_start $side
    gateway_secret $side "a key that both have"
done
wait_for 20 "the reason" tunnel_failed_with A ENCAPSULATION
assert_match "the hint" 'the peer wants ESP in UDP.*Set encapsulation to auto, here or at the peer' "$(tunnel_failure A message)"
echo "    $(tunnel_failure A message)"
passed
