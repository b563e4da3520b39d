# The network of the scenarios, each box a network namespace:
#
#     lanA ------------------ gwA ========= WAN ========= gwB ------------------ lanB
#     10.1.0.2        10.1.0.1   192.0.2.1     192.0.2.2   10.2.0.1        10.2.0.2
#     fd00:1::2      fd00:1::1   2001:db8::1 2001:db8::2   fd00:2::1      fd00:2::2
#
# Each gateway's default route leads over the WAN, so what nobody protects does leave in clear, and would be seen there.
NAMESPACES="lanA gwA gwB lanB"
WAN_A=192.0.2.1 WAN_B=192.0.2.2 WAN6_A=2001:db8::1 WAN6_B=2001:db8::2
HOST_A=10.1.0.2 HOST_B=10.2.0.2 HOST6_A=fd00:1::2 HOST6_B=fd00:2::2
LAN_A=10.1.0.0/24 LAN_B=10.2.0.0/24 LAN6_A=fd00:1::/64 LAN6_B=fd00:2::/64
# What must never be on the WAN.
CLEAR_FILTER="net 10.1.0.0/24 or net 10.2.0.0/24 or net fd00:1::/64 or net fd00:2::/64"

namespace_path() { echo "/run/netns/$PREFIX-$1"; }

# in_ns NAMESPACE COMMAND...
in_ns() {
    local namespace=$1
    shift
    nsenter --net="$(namespace_path "$namespace")" -- "$@"
}

# ip_in NAMESPACE ARGUMENTS-OF-IP...
ip_in() {
    local namespace=$1
    shift
    ip -n "$PREFIX-$namespace" "$@"
}

topology_namespace() {
    ip netns add "$PREFIX-$1"
    in_ns "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0 \
        net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0
    ip_in "$1" link set lo up
}

# link NAMESPACE INTERFACE ADDRESS4 ADDRESS6 NAMESPACE INTERFACE ADDRESS4 ADDRESS6
topology_link() {
    ip_in "$1" link add "$2" type veth peer name "$6" netns "$PREFIX-$5"
    ip_in "$1" addr add "$3" dev "$2"
    ip_in "$5" addr add "$7" dev "$6"
    ip_in "$1" addr add "$4" dev "$2" nodad
    ip_in "$5" addr add "$8" dev "$6" nodad
    ip_in "$1" link set "$2" up
    ip_in "$5" link set "$6" up
    local end
    for end in "$1 $2" "$5 $6"; do
        # shellcheck disable=SC2086
        set -- $end
        in_ns "$1" ethtool -K "$2" tso on gso on gro on tx on sg on rx-udp-gro-forwarding on >/dev/null 2>&1
    done
}

# All of $NAMESPACES; what is no LAN forwards packets. Both gateways have their LANs.
topology_lans_up() {
    local name
    for name in $NAMESPACES; do
        topology_namespace "$name" || fail "can't make the namespace $name"
        [[ $name == lan* ]] || in_ns "$name" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    done
    topology_link lanA eth0 10.1.0.2/24 fd00:1::2/64 gwA lan 10.1.0.1/24 fd00:1::1/64
    topology_link lanB eth0 10.2.0.2/24 fd00:2::2/64 gwB lan 10.2.0.1/24 fd00:2::1/64
    ip_in lanA route add default via 10.1.0.1
    ip_in lanA -6 route add default via fd00:1::1
    ip_in lanB route add default via 10.2.0.1
    ip_in lanB -6 route add default via fd00:2::1
}

topology_up() {
    topology_lans_up
    topology_link gwA wan 192.0.2.1/24 2001:db8::1/64 gwB wan 192.0.2.2/24 2001:db8::2/64
    ip_in gwA route add default via $WAN_B
    ip_in gwA -6 route add default via $WAN6_B
    ip_in gwB route add default via $WAN_A
    ip_in gwB -6 route add default via $WAN6_A
    topology_settle
}

# The first packets to a neighbour may be lost or late while its address is asked for: that is over before anything is counted.
topology_settle() {
    local pair
    for pair in "lanA 10.1.0.1" "lanA fd00:1::1" "lanB 10.2.0.1" "lanB fd00:2::1" "gwA $WAN_B" "gwA $WAN6_B"; do
        # shellcheck disable=SC2086
        wait_for 10 "the neighbours of the network: $pair" can_ping $pair
    done
}

# Ends whatever runs in the run's namespaces, then removes them.
topology_down() {
    local name pids try
    for name in $NAMESPACES; do
        [ -e "$(namespace_path "$name")" ] || continue
        for try in TERM TERM KILL; do
            pids=$(ip netns pids "$PREFIX-$name" 2>/dev/null)
            [ -n "$pids" ] || break
            # shellcheck disable=SC2086
            kill -$try $pids 2>/dev/null
            sleep 0.3
        done
        ip netns del "$PREFIX-$name"
    done
}
