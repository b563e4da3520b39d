#!/bin/bash
# Peers that no tunnel is for: ike-scan gets proper answers in IKEv2 and IKEv1, a strongSwan with an identity that nobody
# expects is refused, and `bhctl peers unknown` says who they were, what they offered, and what would be needed.
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1
. "$(dirname "$0")/suites.sh" || exit 1

topology_up
strongswan_config B
strongswan_start B
TUNNEL_START=START_MODE_PASSIVE TUNNEL_REMOTE=192.0.2.77 gateway_config A
gateway_start A
gateway_secret A "$PSK"

scan() { # OPTIONS...: from gwB, once
    in_ns gwB timeout 20 ike-scan --sport=0 --retry=1 --timeout=2000 "$@" "$WAN_A" >"$WORK/scan.log" 2>&1 ||
        fail "ike-scan: $(cat "$WORK/scan.log")"
    sed 's/^/    | /' "$WORK/scan.log"
}
unknown() { bhctl_on A -o json peers unknown; }
is_known_as() { unknown | grep -q "UNKNOWN_PEER_REASON_$1"; }

step "ike-scan in IKEv2, with no tunnel for its address"
scan --ikev2
grep -q "NO_PROPOSAL_CHOSEN\|NO-PROPOSAL-CHOSEN" "$WORK/scan.log" || fail "no NO_PROPOSAL_CHOSEN"
is_known_as NO_TUNNEL || fail "it is not noted: $(unknown)"
assert_match "its offer" '3des' "$(unknown | json peers.0.offer)"
assert_match "what would be needed" "remote: {address: $WAN_B}" "$(unknown | json peers.0.message)"
bhctl_on A events list | grep -q "unknown_peer.*$WAN_B" || fail "no event"

step "ike-scan in IKEv1"
scan
grep -q "INVALID-MAJOR-VERSION" "$WORK/scan.log" || fail "no INVALID-MAJOR-VERSION"
is_known_as IKEV1 || fail "it is not noted: $(unknown)"
bhctl_on A system status | grep -q ike_old_version || fail "it is not counted"

step "and where a tunnel names that address, it says so, too"
TUNNEL_START=START_MODE_PASSIVE gateway_config A
bhctl_on A apply -f "$WORK/A/config.yaml" >/dev/null || fail "apply"
scan
bhctl_on A tunnels explain net >"$WORK/explain.log"
sed 's/^/    | /' "$WORK/explain.log"
grep -q "peer-is-ikev1" "$WORK/explain.log" || fail "the cause is not told"
grep -q "exchange-mode=ike2" "$WORK/explain.log" || fail "the cure is not told"

step "ike-scan in IKEv2 with what the tunnel takes: a whole IKE_SA_INIT answer"
TUNNEL_IKE="[3des-sha1-modp1024, aes256gcm16-prfsha384-ecp384]" TUNNEL_START=START_MODE_PASSIVE gateway_config A
bhctl_on A apply -f "$WORK/A/config.yaml" >/dev/null || fail "apply"
scan --ikev2
grep -q "Handshake returned" "$WORK/scan.log" || fail "no handshake"

step "a peer whose identity no tunnel expects, where tunnels take peers from anywhere"
TUNNEL_REMOTE=any TUNNEL_REMOTE_ID=somebody.example TUNNEL_START=START_MODE_PASSIVE gateway_config A
bhctl_on A apply -f "$WORK/A/config.yaml" >/dev/null || fail "apply"
swanctl_on B --initiate --child net --timeout 5 >/dev/null 2>&1 && fail "strongSwan came up"
wait_for 5 "the identity" is_known_as UNKNOWN_IDENTITY
bhctl_on A peers unknown | sed 's/^/    | /'
assert_match "what would be needed" "remote: {id: .*ipv4:$WAN_B" "$(bhctl_on A peers unknown)"
passed
