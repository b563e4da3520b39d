#!/usr/bin/env bash
# Two whole gateways in network namespaces, a tunnel between them, real traffic through it:
#
#   lanA 10.1.0.2 -- 10.1.0.1 gwA 192.0.2.1 == WAN == 192.0.2.2 gwB 10.2.0.1 -- 10.2.0.2 lanB
#        fd00:1::2 - fd00:1::1                                     fd00:2::1 - fd00:2::2
#
# usage: demo.sh [BUILD_FOLDER]      Run as root. Leaves nothing behind, also when it fails.
set -euo pipefail

build=$(readlink -f "${1:-build}")
began=$SECONDS
work=$(mktemp -d /tmp/bulkhead-demo.XXXXXX)
tag=bhd$$
gwA=$tag-gwA gwB=$tag-gwB lanA=$tag-lanA lanB=$tag-lanB
children=()

say() { printf '\n== %s\n' "$*"; }
fail() {
    printf 'demo: failed: %s\n' "$*" >&2
    for log in "$work"/*.log; do
        [ -f "$log" ] && { printf -- '--- %s\n' "$(basename "$log")"; tail -n 30 "$log"; } >&2
    done
    exit 1
}
inside() { ip netns exec "$@"; }
ctl() { "$build/bhctl" --socket "$work/$1/run/api.sock" "${@:2}"; }

cleanup() {
    for ((i = ${#children[@]} - 1; i >= 0; i--)); do
        kill "${children[$i]}" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    for n in $lanA $lanB $gwA $gwB; do ip netns del "$n" 2>/dev/null || true; done
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

link() { # NS1 IF1 NS2 IF2
    ip -n "$1" link add "$2" type veth peer name "$4" netns "$3"
    ip -n "$1" link set "$2" up
    ip -n "$3" link set "$4" up
}
address() { # NS IF ADDRESS...
    local a
    for a in "${@:3}"; do
        case $a in
        *:*) ip -n "$1" addr add "$a" dev "$2" nodad ;;
        *) ip -n "$1" addr add "$a" dev "$2" ;;
        esac
    done
}

make_network() {
    local n
    for n in $gwA $gwB $lanA $lanB; do
        ip netns add "$n"
        ip -n "$n" link set lo up
    done
    for n in $gwA $gwB; do
        inside "$n" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    done
    link $gwA wan $gwB wan
    link $lanA eth0 $gwA lan
    link $lanB eth0 $gwB lan
    address $gwA wan 192.0.2.1/24 2001:db8::1/64
    address $gwB wan 192.0.2.2/24 2001:db8::2/64
    address $gwA lan 10.1.0.1/24 fd00:1::1/64
    address $gwB lan 10.2.0.1/24 fd00:2::1/64
    address $lanA eth0 10.1.0.2/24 fd00:1::2/64
    address $lanB eth0 10.2.0.2/24 fd00:2::2/64
    ip -n $lanA route add default via 10.1.0.1
    ip -n $lanB route add default via 10.2.0.1
    ip -n $lanA -6 route add default via fd00:1::1
    ip -n $lanB -6 route add default via fd00:2::1
    # without a tunnel the gateways would pass the traffic on in clear: that must not happen
    ip -n $gwA route add 10.2.0.0/24 via 192.0.2.2
    ip -n $gwB route add 10.1.0.0/24 via 192.0.2.1
    ip -n $gwA -6 route add fd00:2::/64 via 2001:db8::2
    ip -n $gwB -6 route add fd00:1::/64 via 2001:db8::1
}

configure() { # SIDE LOCAL_ADDRESS REMOTE_ADDRESS LOCAL_N REMOTE_N START
    mkdir -p "$work/$1"
    chmod 755 "$work" "$work/$1"
    cat > "$work/$1/config.yaml" <<YAML
tunnels:
- name: demo
  local: {address: $2}
  remote: {address: $3}
  auth: {psk: {secret: demo}}
  start: $6
  policies:
  - {local: 10.$4.0.0/24, remote: 10.$5.0.0/24}
  - {local: "fd00:$4::/64", remote: "fd00:$5::/64"}
YAML
}

start_gateway() { # SIDE NS
    inside "$2" "$build/bulkhead" run --config "$work/$1/config.yaml" --state "$work/$1/state" --run "$work/$1/run" \
        --release-on-exit > "$work/$1.log" 2>&1 &
    children+=($!)
}

wait_for() { # SECONDS WHAT COMMAND...
    local until=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" > /dev/null 2>&1; do
        [ $SECONDS -lt $until ] || fail "$what"
        sleep 0.2
    done
}

tunnel_is_up() { ctl "$1" tunnels list -o json | grep -q '"TUNNEL_STATE_UP"'; }

watch_wan() {
    inside $gwA tcpdump -i wan -nn -p -U -w "$work/clear.pcap" \
        'net 10.0.0.0/8 or ip6 net fd00::/16' > "$work/tcpdump-clear.log" 2>&1 &
    children+=($!)
    inside $gwA tcpdump -i wan -nn -p -U -c 20 -w "$work/esp.pcap" 'udp port 4500' > "$work/tcpdump-esp.log" 2>&1 &
    children+=($!)
    wait_for 10 "tcpdump does not start" grep -q 'listening on' "$work/tcpdump-clear.log"
    wait_for 10 "tcpdump does not start" grep -q 'listening on' "$work/tcpdump-esp.log"
}

packets_in() { tcpdump -nn -r "$1" 2> /dev/null | wc -l; }

sent=0 received=0
ping_through() { # NS TARGET
    local out
    out=$(inside "$1" ping -n -q -i 0.02 -c 50 -W 2 "$2") || true
    printf '%s\n' "$out" | sed -n '/transmitted/p'
    sent=$((sent + $(sed -n 's/^\([0-9]*\) packets transmitted.*/\1/p' <<< "$out")))
    received=$((received + $(sed -n 's/.*, \([0-9]*\) received.*/\1/p' <<< "$out")))
}

[ "$(id -u)" = 0 ] || { echo 'demo: must be run as root: it makes network namespaces' >&2; exit 1; }
for program in bulkhead bhctl; do
    [ -x "$build/$program" ] || { echo "demo: $build/$program is missing: run make first" >&2; exit 1; }
done

say 'network: lanA - gwA == gwB - lanB'
make_network
configure A 192.0.2.1 192.0.2.2 1 2 up
configure B 192.0.2.2 192.0.2.1 2 1 passive
watch_wan

say 'gateways'
start_gateway A $gwA
start_gateway B $gwB
for side in A B; do
    wait_for 20 "gateway $side does not start" ctl $side version
done
head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' > "$work/psk"
for side in A B; do
    ctl $side secrets set demo < "$work/psk" || fail "the secret is not taken by gateway $side"
done
rm -f "$work/psk"
for side in A B; do
    wait_for 30 "the tunnel does not come up on gateway $side" tunnel_is_up $side
done

say 'ping through the tunnel, both ways, IPv4 and IPv6'
ping_through $lanA 10.2.0.2
ping_through $lanB 10.1.0.2
ping_through $lanA fd00:2::2
ping_through $lanB fd00:1::2
[ "$sent" -gt 0 ] && [ "$received" -gt 0 ] || fail 'no ping came through'
loss=$(((sent - received) * 100 / sent))
[ "$received" = "$sent" ] || fail "ping loss: $received of $sent came back"

say 'TCP from lanA to lanB'
inside $lanB iperf3 -s -1 > "$work/iperf-server.log" 2>&1 &
children+=($!)
wait_for 10 'iperf3 does not listen' inside $lanB sh -c 'ss -ltn | grep -q :5201'
inside $lanA iperf3 -c 10.2.0.2 -C cubic -n 1100M -J > "$work/iperf.json" 2> "$work/iperf.log" || fail 'iperf3 failed'
number() { # SECTION KEY
    grep -A 12 "\"$1\"" "$work/iperf.json" | sed -n "s/.*\"$2\":[[:space:]]*\([0-9]*\).*/\1/p" | head -n 1
}
bytes=$(number sum_received bytes)
[ "${bytes:-0}" -ge 1000000000 ] || fail "only ${bytes:-0} bytes arrived"
printf '%s bytes, %s Mb/s\n' "$bytes" "$(($(number sum_received bits_per_second) / 1000000))"

say 'bhctl tunnels list'
ctl A tunnels list
say 'bhctl sas list'
ctl A sas list

clear_packets=$(packets_in "$work/clear.pcap")
esp_packets=$(packets_in "$work/esp.pcap")
say "on the WAN: $clear_packets clear packets"
[ "$esp_packets" -gt 0 ] || fail 'no ESP was captured: the capture proves nothing'
[ "$clear_packets" = 0 ] || fail "$clear_packets clear packets on the WAN"

cleanup
trap - EXIT
printf '\ndemo: ok, %s bytes, %s%% ping loss, %s s\n' "$bytes" "$loss" "$((SECONDS - began))"
