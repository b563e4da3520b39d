#!/bin/bash
# Every identity type of RFC 7296 3.5 that pre-shared keys are used with, in both roles; narrowed selectors; a COOKIE; a tunnel
# that the first packet brings up.
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1
. "$(dirname "$0")/suites.sh" || exit 1

topology_up
# charon wants a cookie from whom it has a half-open IKE SA of
SWAN_COOKIE_THRESHOLD=1 strongswan_config B
strongswan_start B
TUNNEL_START=passive gateway_config A
gateway_start A
gateway_secret A "$PSK"

apply() { bhctl_on A apply -f "$WORK/A/config.yaml" >/dev/null || fail "apply"; }
peer_id() { bhctl_on A -o json tunnels show net | json "tunnel.peer.$1"; }
down() {
    bhctl_on A tunnels down net >/dev/null || fail "tunnels down"
    wait_for 10 "strongSwan to have no SA" strongswan_has_no_sa B
}

# try_identities NAME OURS THEIRS SWAN-OURS SWAN-THEIRS: the same two identities in both notations
try_identities() {
    step "identities: $1, Bulkhead initiates"
    SWAN_REMOTE_ID=$4 SWAN_LOCAL_ID=$5 strongswan_config B
    strongswan_load B
    TUNNEL_START=up TUNNEL_LOCAL_ID="'$2'" TUNNEL_REMOTE_ID="'$3'" gateway_config A
    apply
    tunnel_wait A UP
    assert_equal "the local identity" "$2" "$(peer_id localId)"
    assert_equal "the remote identity" "$3" "$(peer_id remoteId)"
    ping_both_ways 4
    down

    step "identities: $1, strongSwan initiates"
    TUNNEL_START=passive TUNNEL_LOCAL_ID="'$2'" TUNNEL_REMOTE_ID="'$3'" gateway_config A
    apply
    swanctl_on B --initiate --child net --timeout 10 >"$WORK/initiate.log" 2>&1 || fail "$(tail -n 3 "$WORK/initiate.log")"
    tunnel_wait A UP
    assert_equal "the remote identity" "$3" "$(peer_id remoteId)"
    ping_both_ways 4
    down
}
try_identities FQDN fqdn:a.example fqdn:b.example fqdn:a.example fqdn:b.example
try_identities e-mail email:a@office.example email:b@office.example email:a@office.example email:b@office.example
try_identities "IPv6 address" ipv6:2001:db8::1 ipv6:2001:db8::2 2001:db8::1 2001:db8::2
try_identities key-id keyid:0a0b0c0d keyid:01020304 @#0a0b0c0d @#01020304

step "strongSwan narrows the selectors"
SWAN_LOCAL_TS="10.2.0.0/25" strongswan_config B
strongswan_load B
TUNNEL_START=up gateway_config A
apply
tunnel_wait A UP
assert_equal "what is left of ours" '["10.2.0.0/25"]' "$(bhctl_on A -o json tunnels show net | json tunnel.sas.0.remoteSelectors)"
ping_both_ways 4
down

step "Bulkhead narrows the selectors"
SWAN_LOCAL_TS="10.2.0.0/16" SWAN_REMOTE_TS="10.0.0.0/8" strongswan_config B
strongswan_load B
TUNNEL_START=passive gateway_config A
apply
swanctl_on B --initiate --child net --timeout 10 >"$WORK/initiate.log" 2>&1 || fail "$(tail -n 3 "$WORK/initiate.log")"
tunnel_wait A UP
assert_equal "what is left of theirs" '["10.2.0.0/24"]' "$(bhctl_on A -o json tunnels show net | json tunnel.sas.0.remoteSelectors)"
assert_match "charon's selectors" '10\.2\.0\.0/24 === 10\.1\.0\.0/24' "$(cat "$WORK/initiate.log")"
ping_both_ways 4
down

step "the first packet brings it up"
strongswan_config B
strongswan_load B
TUNNEL_START=on_demand gateway_config A
apply
tunnel_wait A WAITING
can_ping lanA $HOST_B && fail "a packet crossed before there was a tunnel"
tunnel_wait A UP
ping_both_ways
down

step "strongSwan asks for a cookie"
TUNNEL_START=passive gateway_config A
cat >>"$WORK/A/config.yaml" <<YAML
- name: half-open
  local: {address: $WAN_A}
  remote: {address: $WAN_B, id: somebody.else}
  auth: {psk: {secret: net}}
  start: passive
  policies:
  - {local: 10.1.9.0/24, remote: 10.2.9.0/24}
YAML
apply
in_ns gwA nft 'table inet path { chain out { type filter hook output priority 0; udp dport 4500 drop; }; }'
timeout 3 "$BHCTL" --socket "$WORK/A/run/api.sock" tunnels up half-open && fail "a tunnel came up without IKE_AUTH"
bhctl_on A tunnels down half-open || fail "tunnels down" # charon has answered, and waits
in_ns gwA nft delete table inet path
bhctl_on A tunnels up net || fail "tunnels up"
assert_match "charon's log" 'IKE_SA_INIT response 0 \[ N\(COOKIE\) \]' "$(cat "$WORK/charon-B.log")"
ping_both_ways
passed
