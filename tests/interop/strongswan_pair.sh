# Bulkhead in gwA and strongSwan in gwB, with the tunnel "net" between them, which changes from case to case.

# pair_start: both run, and neither calls.
pair_start() {
    topology_up
    strongswan_config B
    strongswan_start B
    TUNNEL_START=START_MODE_PASSIVE gateway_config A
    gateway_start A
    gateway_secret A "$PSK"
}

# apply: gateway_config's variables, on A
apply() {
    gateway_config A
    bhctl_on A apply -f "$WORK/A/config.yaml" >/dev/null || fail "Bulkhead does not take its configuration"
}

# load: strongswan_config's variables, on B
load() {
    strongswan_config B
    strongswan_load B
}

# initiate [CHILD]: strongSwan calls; false when nothing comes up
initiate() {
    swanctl_on B --initiate --child "${1:-net}" --timeout 20 >"$WORK/initiate.log" 2>&1
}
must_initiate() { initiate "$@" || fail "strongSwan can't bring it up: $(tail -n 3 "$WORK/initiate.log")"; }

# down: on A, and strongSwan knows it
down() {
    bhctl_on A tunnels down net >/dev/null || fail "tunnels down"
    wait_for 10 "strongSwan to have no SA" strongswan_has_no_sa B
}

# shown FIELD [TUNNEL]: as A tells it, "peer.remote"
shown() { bhctl_on A -o json tunnels show "${2:-net}" | json "tunnel.$1"; }

# thorough COMMAND...: only in the long run
thorough() { [ -z "${BULKHEAD_LONG:-}" ] || "$@"; }
