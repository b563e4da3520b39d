#!/usr/bin/env bash
# IKE in numbers: what a handshake costs a responder, beside charon in the same run; memory of many tunnels; a flood.
# Results are medians, printed as a table and kept in BUILD_FOLDER/bench.json.
#
# usage: ike.sh [BUILD_FOLDER]
#     PARTS="handshakes tunnels flood"   ROUNDS=5 HANDSHAKES=1000 TUNNELS=10000 FLOOD_PPS=50000
#
# CPU is that of all processes of a side (for Bulkhead all daemons and their launcher), as the scheduler counts it. RSS is
# that of all daemons of one gateway, both gateways looked at, the larger one counts; less what the same gateway has
# without a tunnel, by tunnel. Both sides run without a log.
set -u
here=$(dirname "$(readlink -f "$0")")
export BULKHEAD_SOURCE=${here%/*}
export BULKHEAD_BUILD=${1:-$BULKHEAD_SOURCE/build}
: "${PARTS:=handshakes tunnels flood}" "${ROUNDS:=5}" "${HANDSHAKES:=1000}" "${TUNNELS:=10000}" "${FLOOD_PPS:=50000}"
# shellcheck source=tests/scenario/lib/scenario.sh
. "$BULKHEAD_SOURCE/tests/scenario/lib/scenario.sh"
RESULTS=$BULKHEAD_BUILD/bench.json
PSK="correct horse battery staple 2026"
# charon for many connections. Its limits for half-open IKE SAs know no "off" (0 is not).
export SWAN_LOG=-1 SWAN_CHARON="  install_routes = no
  cookie_threshold = 1000000
  cookie_threshold_ip = 1000000
  block_threshold = 1000000
  ikesa_table_size = 1024
  ikesa_table_segments = 16"

result() { "$here/result.py" "$RESULTS" add "$@" || fail "no result for $1"; }

# The processes of gateway SIDE.
gateway_pids() {
    local role
    echo "${PROCESS_PID[bulkhead-$1]}"
    for role in $DAEMONS; do daemon_pid "$1" "$role"; done
}

# The pid of charon is that of the shell that became it.
charon_pid() { echo "${PROCESS_PID[charon-$1]}"; }

# kB of all daemons of gateway SIDE
gateway_rss() {
    local role
    for role in $DAEMONS; do
        awk '/^VmRSS:/ {print $2}' "/proc/$(daemon_pid "$1" "$role")/status"
    done | awk '{n += $1} END {print n}'
}

tunnels_up() { # SIDE: how many
    bhctl_on "$1" --timeout 20 tunnels list | awk '$2 == "up"' | wc -l
}

are_up() { [ "$(tunnels_up "$1")" = "$2" ]; } # SIDE COUNT

# A gateway that knows the key, and has no tunnel yet.
begin_gateway() {
    mkdir -p "$WORK/$1"
    echo "tunnels: []" >"$WORK/$1/config.yaml"
    gateway_start "$1" --release-on-exit --log-level error
    gateway_secret "$1" "$PSK"
}

# give_tunnels SIDE COUNT START_MODE
give_tunnels() {
    local side=a own=$WAN_A peer=$WAN_B
    [ "$1" = A ] || side=b own=$WAN_B peer=$WAN_A
    "$here/many_tunnels.py" "$2" $side $own $peer "$3" >"$WORK/$1/many.yaml"
    bhctl_on "$1" --timeout 60 apply -f "$WORK/$1/many.yaml" >"$WORK/$1/apply.log" || fail "$1 does not take $2 tunnels"
}

# charon's user-space ESP installs a policy only when the gateway has an address within the local selector, and looks
# through all of them: the responder, which is measured, has one for all.
give_addresses() {
    local i
    for ((i = 0; i < HANDSHAKES; i++)); do
        echo "addr add 10.$((64 + (i >> 16))).$(((i >> 8) & 255)).$((i & 255))/32 dev lo"
    done | ip_in gwA -batch - || fail "no addresses in gwA"
    ip_in gwB addr add 10.128.0.1/32 dev lo
}

begin_initiator() {
    strongswan_config A
    strongswan_start A
}

# shake_hands RESPONDER_PID...: sets done, seconds, cpu_us, rss_bytes
shake_hands() {
    local answer
    answer=$("$here/handshakes.py" "$WORK/charon-A/vici" "$HANDSHAKES" 16 $WAN_A $WAN_B "$PSK" "$@") ||
        fail "not all handshakes: $answer"
    [ "$(json children <<<"$answer")" = "$HANDSHAKES" ] || fail "not all children: $answer"
    for name in done seconds cpu_us rss_bytes; do
        declare -g "$name=$(json $name <<<"$answer")"
    done
}

per_second() { awk "BEGIN {printf \"%.1f\", $HANDSHAKES / $seconds}"; }

handshakes_with_bulkhead() {
    begin_gateway B
    give_tunnels B "$HANDSHAKES" START_MODE_PASSIVE
    begin_initiator
    # shellcheck disable=SC2046
    shake_hands $(gateway_pids B)
    strongswan_stop A
    gateway_stop B
}

handshakes_with_charon() {
    SWAN_IKE=aes256-sha256-x25519 SWAN_PSK=$PSK SWAN_LOCAL_ID=b.test SWAN_REMOTE_ID=%any \
        SWAN_LOCAL_TS=10.128.0.0/24 SWAN_REMOTE_TS=10.64.0.0/10 strongswan_config B
    strongswan_start B
    begin_initiator
    shake_hands "$(charon_pid B)"
    strongswan_stop A
    strongswan_stop B
}

part_handshakes() {
    give_addresses
    local round own_cpu="" own_rate="" charon_cpu="" charon_rate=""
    charon_rss=""
    for ((round = 1; round <= ROUNDS; round++)); do
        step "round $round: $HANDSHAKES handshakes with Bulkhead, then with charon"
        handshakes_with_bulkhead
        own_cpu+=" $cpu_us" own_rate+=" $(per_second)"
        echo "        Bulkhead $cpu_us us CPU, $(per_second)/s, $rss_bytes bytes"
        handshakes_with_charon
        charon_cpu+=" $cpu_us" charon_rate+=" $(per_second)" charon_rss+=" $(awk "BEGIN {print $rss_bytes / 1024}")"
        echo "        charon   $cpu_us us CPU, $(per_second)/s, $rss_bytes bytes"
    done
    result ike.handshake-cpu "$own_cpu" charon "$charon_cpu" "us" "$ROUNDS" less
    result ike.handshakes-per-s "$own_rate" charon "$charon_rate" "1/s" "$ROUNDS" more
}

seconds_of() { # COMMAND...: its wall time
    local began=$EPOCHREALTIME
    "$@" >"$WORK/seconds.log" 2>&1 || fail "$*: $(tail -n 1 "$WORK/seconds.log")"
    awk "BEGIN {printf \"%.3f\", $EPOCHREALTIME - $began}"
}

part_tunnels() {
    local side empty_A empty_B grown largest round list=""
    step "$TUNNELS tunnels between two gateways"
    for side in B A; do
        begin_gateway $side
        declare "empty_$side=$(gateway_rss $side)"
    done
    give_tunnels B "$TUNNELS" START_MODE_PASSIVE
    give_tunnels A "$TUNNELS" START_MODE_UP
    echo "        up after $(seconds_of wait_for 180 "all tunnels to be up" are_up A "$TUNNELS") s"
    sleep 2
    largest=0
    for side in A B; do
        empty=empty_$side
        grown=$(awk "BEGIN {printf \"%.2f\", ($(gateway_rss $side) - ${!empty}) / $TUNNELS}")
        echo "        gateway $side: $grown kB a tunnel, in all $(gateway_rss $side) kB"
        largest=$(awk "BEGIN {print ($grown > $largest) ? $grown : $largest}")
    done
    for ((round = 1; round <= ROUNDS; round++)); do
        list+=" $(seconds_of bhctl_on A tunnels list)"
    done
    echo "        bhctl tunnels list:$list s"
    result ike.rss-per-tunnel "$largest" limit 6 kB 1 less
    [ -z "${charon_rss:-}" ] || result ike.rss-per-tunnel.charon "$largest" charon "$charon_rss" kB 1 less
    result ike.tunnels-list "$list" limit 0.2 s "$ROUNDS" less
    gateway_stop A
    gateway_stop B
}

# One tunnel more than there was, while forged requests come in.
legitimate_handshake() { # ROUND
    TUNNEL_IKE="[aes256-sha256-x25519]" gateway_config A
    bhctl_on A apply -f "$WORK/A/config.yaml" >/dev/null || fail "gateway A does not take the tunnel"
    bhctl_on A --timeout 20 tunnels down net >/dev/null
    sleep 0.5
    seconds_of bhctl_on A --timeout 20 tunnels up net
}

part_flood() {
    local round seconds="" before after grown="" side
    step "a flood of $FLOOD_PPS forged IKE_SA_INIT requests a second"
    for side in B A; do begin_gateway $side; done
    TUNNEL_START=START_MODE_PASSIVE TUNNEL_IKE="[aes256-sha256-x25519]" gateway_config B
    bhctl_on B apply -f "$WORK/B/config.yaml" >/dev/null || fail "gateway B does not take the tunnel"
    # from the WAN's other end, and with the way back for answers
    in_ns gwA sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.wan.rp_filter=0
    before=$(gateway_rss B)
    for ((round = 1; round <= ROUNDS; round++)); do
        rm -f "$WORK/flood.log"
        spawn flood gwA "$BULKHEAD_BUILD/tests/flood" $WAN_B "$FLOOD_PPS" 6 198.18.0.0
        sleep 1.5
        seconds+=" $(legitimate_handshake)"
        wait_for 30 "the end of the flood" is_gone flood
        after=$(gateway_rss B)
        grown+=" $((after - before))"
        echo "        $(cat "$WORK/flood.log"); handshake in ${seconds##* } s; $((after - before)) kB more than before"
    done
    result ike.handshake-under-flood "$seconds" limit 1 s "$ROUNDS" less
    result ike.rss-under-flood "$grown" limit 8192 kB "$ROUNDS" less
    gateway_stop A
    gateway_stop B
}

topology_up
for part in $PARTS; do
    "part_$part"
done
"$here/result.py" "$RESULTS" table ike.
passed
