# A Bulkhead gateway in gwA or gwB: state in $WORK/A/state, edges in $WORK/A/run, its log is $WORK/bulkhead-A.log.

# gateway_config SIDE [LINES...]: writes $WORK/SIDE/config.yaml, a tunnel "net" to the other gateway. Variables change it:
# TUNNEL_IKE, TUNNEL_ESP (lists, "[a, b]"), TUNNEL_START, TUNNEL_LOCAL ("any": the address that the route chooses),
# TUNNEL_REMOTE, TUNNEL_OTHERS (more addresses, "[a, b]"), TUNNEL_AUTH, TUNNEL_POLICIES, TUNNEL_LIVENESS, TUNNEL_EXTRA
# (lines of the tunnel)
gateway_config() {
    local side=$1 lan lan6 far far6 wan peer own=""
    if [ "$side" = A ]; then
        lan=$LAN_A lan6=$LAN6_A far=$LAN_B far6=$LAN6_B wan=$WAN_A peer=$WAN_B
    else
        lan=$LAN_B lan6=$LAN6_B far=$LAN_A far6=$LAN6_A wan=$WAN_B peer=$WAN_A
    fi
    mkdir -p "$WORK/$side"
    {
        echo "tunnels:"
        echo "- name: net"
        [ "${TUNNEL_LOCAL:-}" = any ] || own="address: $wan${TUNNEL_LOCAL_ID:+, }"
        echo "  local: {$own${TUNNEL_LOCAL_ID:+id: $TUNNEL_LOCAL_ID}}"
        echo "  remote: {address: ${TUNNEL_REMOTE:-$peer}${TUNNEL_OTHERS:+, other_addresses: $TUNNEL_OTHERS}${TUNNEL_REMOTE_ID:+, id: $TUNNEL_REMOTE_ID}}"
        echo "  auth: ${TUNNEL_AUTH:-"{psk: {secret: net}}"}"
        echo "  start: ${TUNNEL_START:-START_MODE_UP}"
        [ -z "${TUNNEL_LIVENESS:-}" ] || echo "  liveness: {interval: $TUNNEL_LIVENESS}"
        [ -z "${TUNNEL_IKE:-}" ] || echo "  ike_proposals: $TUNNEL_IKE"
        [ -z "${TUNNEL_ESP:-}" ] || echo "  esp_proposals: $TUNNEL_ESP"
        [ -z "${TUNNEL_EXTRA:-}" ] || echo "$TUNNEL_EXTRA"
        echo "  policies:"
        if [ -n "${TUNNEL_POLICIES:-}" ]; then
            echo "$TUNNEL_POLICIES"
        else
            echo "  - {local: $lan, remote: $far}"
            echo "  - {local: \"$lan6\", remote: \"$far6\"}"
        fi
    } >"$WORK/$side/config.yaml"
}

# All processes of a gateway but its launcher.
DAEMONS="ike-d esp-d pki-d verifier importer fw-d api-d courier"

# gateway_start SIDE [OPTIONS-OF-RUN...]: with $WORK/SIDE/config.yaml; returns when the API answers and all daemons are there.
# With GATEWAY_RESOLV_CONF that file is its /etc/resolv.conf.
gateway_start() {
    local side=$1
    shift
    mkdir -p "$WORK/$side/state" "$WORK/$side/run"
    chmod 755 "$WORK/$side" "$WORK/$side/state" "$WORK/$side/run"
    # shellcheck disable=SC2016
    spawn "bulkhead-$side" "gw$side" unshare -m --propagation private sh -c \
        '[ -z "$0" ] || mount --bind "$0" /etc/resolv.conf; exec "$@"' "${GATEWAY_RESOLV_CONF:-}" \
        "$BULKHEAD_BUILD/bulkhead" run --config "$WORK/$side/config.yaml" \
        --state "$WORK/$side/state" --run "$WORK/$side/run" "$@"
    wait_for 15 "all daemons of gateway $side" gateway_is_complete "$side"
}

# gateway_is_complete SIDE: the API answers, and api-d has found all the others
gateway_is_complete() {
    bhctl_on "$1" -o json system status | python3 -c '
import json, sys
processes = json.load(sys.stdin)["processes"]
sys.exit(not (len(processes) == 8 and all(p.get("connected") for p in processes)))'
}

# Rules, routes and the TUN stay, as after any orderly stop.
gateway_stop() {
    terminate "bulkhead-$1" TERM 15
}

# bhctl_on SIDE ARGUMENTS...
bhctl_on() {
    local side=$1
    shift
    "$BHCTL" --socket "$WORK/$side/run/api.sock" "$@"
}

# gateway_secret SIDE VALUE [NAME]
gateway_secret() {
    printf '%s' "$2" | bhctl_on "$1" secrets set "${3:-net}" || fail "gateway $1 does not take the secret"
}

# tunnel_state SIDE [NAME]: "TUNNEL_STATE_UP"
tunnel_state() {
    bhctl_on "$1" -o json tunnels show "${2:-net}" | json tunnel.state
}

tunnel_is() {
    [ "$(tunnel_state "$1" "${3:-net}")" = "TUNNEL_STATE_$2" ]
}

# tunnel_wait SIDE STATE [SECONDS]
tunnel_wait() {
    wait_for "${3:-20}" "tunnel net of gateway $1 to be $2" tunnel_is "$1" "$2"
}

# tunnel_failure SIDE FIELD: of the last failure, "notify", "side", "message", "localOffer", "remoteOffer"
tunnel_failure() {
    bhctl_on "$1" -o json tunnels show net | json "tunnel.failure.$2"
}

tunnel_failed_with() {
    [ "$(tunnel_failure "$1" notify)" = "$2" ]
}

# daemon_pid SIDE ROLE: of a child of that gateway's launcher; empty when there is none
daemon_pid() {
    pgrep -P "${PROCESS_PID[bulkhead-$1]}" -x "$2" | head -n 1
}

daemon_is_new() { # SIDE ROLE OLD-PID
    local pid
    pid=$(daemon_pid "$1" "$2")
    [ -n "$pid" ] && [ "$pid" != "$3" ]
}

# What the daemons that still run have counted, for a scenario that fails.
print_counters() {
    local side
    for side in A B; do
        [ -S "$WORK/$side/run/api.sock" ] || continue
        printf -- '--- counters of gateway %s\n' "$side"
        bhctl_on "$side" --timeout 3 system status 2>&1
    done
}
