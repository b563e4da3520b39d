#!/usr/bin/env bash
# IKE in numbers: what a handshake costs a responder, beside charon in the same run; memory of many tunnels; a flood.
# Results are medians, printed as a table and kept in BUILD_FOLDER/bench.json.
#
# usage: ike.sh [BUILD_FOLDER]
#     PARTS="handshakes tunnels flood"   ROUNDS=5 HANDSHAKES=1000 TUNNELS=10000 FLOOD_PPS=50000
#
# CPU is that of all processes of a side (for Bulkhead all daemons and their launcher), as the scheduler counts it. RSS is
# that of the five daemons of one gateway, both gateways looked at, the larger one counts; less what the same gateway has
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
DAEMONS="ike-d esp-d pki-d fw-d api-d"
# charon for many connections. Its limits for half-open IKE SAs know no "off" (0 is not).
export SWAN_LOG=-1 SWAN_CHARON="  install_routes = no
  cookie_threshold = 1000000
  cookie_threshold_ip = 1000000
  block_threshold = 1000000
  ikesa_table_size = 1024
  ikesa_table_segments = 16"

result() { "$here/result.py" "$RESULTS" add "$@"; }

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
    bhctl_on "$1" --timeout 20 -o json tunnels list | grep -c '"TUNNEL_STATE_UP"'
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

begin_initiator() {
    strongswan_config A
    strongswan_start A
}

# shake_hands RESPONDER_PID...: sets done, seconds, cpu_us, rss_bytes
shake_hands() {
    local answer
    answer=$("$here/handshakes.py" "$WORK/charon-A/vici" "$HANDSHAKES" 16 $WAN_A $WAN_B "$PSK" "$@") ||
        fail "not all handshakes: $answer"
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
        SWAN_LOCAL_TS=10.128.0.0/10 SWAN_REMOTE_TS=10.64.0.0/10 strongswan_config B
    strongswan_start B
    begin_initiator
    shake_hands "$(charon_pid B)"
    strongswan_stop A
    strongswan_stop B
}

part_handshakes() {
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

topology_up
for part in $PARTS; do
    "part_$part"
done
"$here/result.py" "$RESULTS" table ike.
passed
