#!/bin/bash
# ctest: timeout 300
# Who the peer is, and how both prove it, with strongSwan in both roles: identities by pattern, several addresses of one
# peer, two keys during a change, post-quantum keys (RFC 8784), IKE SAs without a CHILD_SA (RFC 6023), several tunnels
# between the same two gateways, a second IKE SA of the same peer.
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1
. "$(dirname "$0")/suites.sh" || exit 1
. "$(dirname "$0")/strongswan_pair.sh" || exit 1

export SWAN_CHARON="  make_before_break = yes"
pair_start

has_event() { bhctl_on A -o json events list 2>/dev/null | grep -q "$1"; }

# both_roles WHAT: Bulkhead, then strongSwan initiates with the variables of the caller
both_roles() {
    step "$1, Bulkhead initiates"
    load
    TUNNEL_START=up apply
    tunnel_wait A UP
    "${2:-true}"
    ping_both_ways 4
    down
    step "$1, strongSwan initiates"
    TUNNEL_START=passive apply
    must_initiate
    tunnel_wait A UP
    "${2:-true}"
    ping_both_ways 4
    down
}

SWAN_LOCAL_ID=one.branch.example SWAN_REMOTE_ID=hub.example TUNNEL_LOCAL_ID=hub.example \
    TUNNEL_REMOTE_ID='"*.branch.example"' both_roles "an identity by pattern"
SWAN_LOCAL_ID=anna@office.example TUNNEL_REMOTE_ID=any thorough both_roles "any identity"

step "an identity that does not fit the pattern is refused"
SWAN_LOCAL_ID=branch.example TUNNEL_START=passive TUNNEL_REMOTE_ID='"*.branch.example"' apply
SWAN_LOCAL_ID=branch.example load
initiate && fail "strongSwan came in by a wrong identity"
assert_match "charon's log" 'AUTHENTICATION_FAILED' "$(cat "$WORK/initiate.log")"

step "a peer from a prefix"
load
TUNNEL_START=passive TUNNEL_REMOTE=192.0.2.0/28 TUNNEL_REMOTE_ID=any apply
must_initiate
tunnel_wait A UP
ping_both_ways 4
down

step "the first address has no route, the second answers"
ip_in gwA route add unreachable 198.51.100.0/24
TUNNEL_START=up TUNNEL_REMOTE=198.51.100.1 TUNNEL_OTHERS="[$WAN_B]" apply
tunnel_wait A UP 5
assert_equal "where the peer is" "$WAN_B:4500" "$(shown peer.remote)"
down
if [ -n "${BULKHEAD_LONG:-}" ]; then
    step "the first address is silent, the second answers"
    TUNNEL_START=up TUNNEL_REMOTE=192.0.2.77 TUNNEL_OTHERS="[$WAN_B]" apply
    tunnel_wait A UP 25
    down
fi

step "two keys: the peer has the old one, then the new one"
gateway_secret A "the new key of both" fresh
export TUNNEL_AUTH="{psk: {secret: fresh, other_secret: net}}"
both_roles "the old key, while the new one is configured"
SWAN_PSK="the new key of both" both_roles "the new key, with the old one still valid"
wait_for 5 "the event that tells which key is in use" has_event secret_in_use
export TUNNEL_AUTH="{psk: {secret: fresh}}"
SWAN_PSK="the new key of both" thorough both_roles "the new key alone"
unset TUNNEL_AUTH

PPK_SECRETS='  ppk-1 {
    id = "far.future"
    secret = "a key against quantum computers, long enough"
  }'
gateway_secret A "a key against quantum computers, long enough" quantum
uses_ppk() { swanctl_on B --list-sas --raw | grep -q 'ppk=yes' || swanctl_on B --list-sas | grep -qi ppk; }
assert_ppk() { uses_ppk || fail "strongSwan's IKE SA has no PPK: $(swanctl_on B --list-sas)"; }
assert_no_ppk() { ! uses_ppk || fail "strongSwan's IKE SA has a PPK"; }
export TUNNEL_AUTH='{psk: {secret: net}, ppk: {id: far.future, secret: quantum}}'
SWAN_SECRETS=$PPK_SECRETS SWAN_EXTRA="    ppk_id = far.future
    ppk_required = yes" both_roles "a post-quantum key on which both insist" assert_ppk
export TUNNEL_AUTH='{psk: {secret: net}, ppk: {id: far.future, secret: quantum, required: false}}'
SWAN_SECRETS=$PPK_SECRETS SWAN_EXTRA="    ppk_id = far.future" thorough both_roles "a post-quantum key, if the other has it" assert_ppk
both_roles "a post-quantum key that the peer does not have, nor needs" assert_no_ppk

step "a post-quantum key that the peer lacks"
load
TUNNEL_AUTH='{psk: {secret: net}, ppk: {id: far.future, secret: quantum}}' TUNNEL_START=up apply
wait_for 10 "the refusal" tunnel_failed_with A AUTHENTICATION_FAILED
assert_match "why" 'post-quantum' "$(tunnel_failure A message)"
unset TUNNEL_AUTH
TUNNEL_START=passive apply
wait_for 10 "strongSwan to have no SA" strongswan_has_no_sa B

step "no CHILD_SA in IKE_AUTH, then one with PFS"
capture_start childless gwB wan "udp" 1600
SWAN_ESP=aes256gcm16-ecp384 load
TUNNEL_START=up TUNNEL_ESP="[aes256gcm16-ecp384]" TUNNEL_EXTRA="  childless: force" apply
tunnel_wait A UP
capture_stop childless
assert_equal "the ESP suite" aes256gcm16-ecp384 "$(shown sas.0.suite)"
assert_match "the notifies on the wire" '^16418$' "$(ike_notifies childless)"
ping_both_ways 4
down
step "strongSwan begins without a CHILD_SA"
SWAN_EXTRA="    childless = force" SWAN_ESP=aes256gcm16-ecp384 load
TUNNEL_START=passive TUNNEL_ESP="[aes256gcm16-ecp384]" apply
must_initiate
tunnel_wait A UP
assert_equal "the ESP suite" aes256gcm16-ecp384 "$(shown sas.0.suite)"
ping_both_ways 4
down
step "strongSwan may not begin without a CHILD_SA"
TUNNEL_START=passive TUNNEL_EXTRA="  childless: never" apply
initiate && fail "an IKE SA without CHILD_SA came up"
assert_match "charon's log" 'childless' "$(cat "$WORK/initiate.log" "$WORK/charon-B.log")"

step "two tunnels between the same two gateways, told apart by an identity"
SECOND='  second {
    version = 2
    local_addrs = '$WAN_B'
    remote_addrs = '$WAN_A'
    proposals = aes256gcm16-prfsha384-ecp384
    local {
      auth = psk
      id = second.example
    }
    remote {
      auth = psk
      id = '$WAN_A'
    }
    children {
      more {
        local_ts = 10.2.0.0/24
        remote_ts = 10.1.9.0/24
        esp_proposals = aes256gcm16
      }
    }
  }'
SWAN_SECRETS="  ike-2 {
    id-a = second.example
    id-b = $WAN_A
    secret = \"$PSK\"
  }" strongswan_config B
python3 - "$WORK/charon-B/swanctl.conf" "$SECOND" <<'P'
import sys
text = open(sys.argv[1]).read()
open(sys.argv[1], "w").write(text.replace("connections {\n", "connections {\n" + sys.argv[2] + "\n", 1))
P
strongswan_load B
more() {
    cat <<YAML
- name: more
  local: {address: $WAN_A}
  remote: {address: $WAN_B, id: second.example}
  auth: {psk: {secret: net}}
  start: $1
  policies:
  - {local: 10.1.9.0/24, remote: 10.2.0.0/24}
YAML
}
both_stand() {
    [ "$(swanctl_on B --list-sas | grep -c ESTABLISHED)" = 2 ] && [ "$(swanctl_on B --list-sas | grep -c INSTALLED)" = 2 ] &&
        tunnel_is A UP net && tunnel_is A UP more
}
for start in up passive; do
    TUNNEL_START=$start gateway_config A
    more $start >>"$WORK/A/config.yaml"
    bhctl_on A apply -f "$WORK/A/config.yaml" >/dev/null || fail "apply"
    if [ $start = passive ]; then
        must_initiate net
        must_initiate more
    fi
    wait_for 10 "two IKE SAs with a CHILD_SA each ($start)" both_stand
    ping_both_ways 4
    bhctl_on A tunnels down more >/dev/null
    down
done

step "a second IKE SA of the same peer is refused while the first is alive"
load
TUNNEL_START=passive TUNNEL_EXTRA="  unique: reject" apply
must_initiate
tunnel_wait A UP
before=$(shown peer.initiatorSpi)
swanctl_on B --rekey --ike gw --reauth >/dev/null 2>&1 # makes the new one first
wait_for 10 "the event of the refusal" has_event second_ike_sa_refused
assert_equal "the IKE SA that stands" "$before" "$(shown peer.initiatorSpi)"
ping_both_ways 4
passed
