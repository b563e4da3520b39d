#!/bin/bash
# What can't be: a wrong key, no common proposal, unacceptable selectors, in both roles. Each has its notify on the wire and a
# line in `bhctl tunnels show` that says which side offered what.
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1
. "$(dirname "$0")/suites.sh" || exit 1

topology_up
strongswan_config B
strongswan_start B
TUNNEL_START=START_MODE_PASSIVE gateway_config A
gateway_start A
gateway_secret A "$PSK"

# The lines that charon wrote since the last call.
CHARON_READ=0
charon_news() {
    local all
    all=$(wc -l <"$WORK/charon-B.log")
    tail -n +$((CHARON_READ + 1)) "$WORK/charon-B.log"
    CHARON_READ=$all
}
charon_says() {
    tail -n +$((CHARON_READ + 1)) "$WORK/charon-B.log" | grep -qE "$1"
}
forget_charon() { CHARON_READ=$(wc -l <"$WORK/charon-B.log"); }

# bulkhead_asks NOTIFY CHARON-REGEX: Bulkhead initiates and must be refused by strongSwan
bulkhead_asks() {
    forget_charon
    strongswan_load B
    TUNNEL_START=START_MODE_UP gateway_config A
    bhctl_on A apply -f "$WORK/A/config.yaml" || fail "apply"
    wait_for 20 "the failure $1" tunnel_failed_with A "$1"
    assert_equal "who refused" remote "$(tunnel_failure A side)"
    wait_for 5 "charon to say $2" charon_says "$2"
    bhctl_on A tunnels show net | sed 's/^/    | /'
    rest
}

# strongswan_asks NOTIFY CHARON-REGEX: strongSwan initiates and must be refused by Bulkhead
strongswan_asks() {
    forget_charon
    strongswan_load B
    TUNNEL_START=START_MODE_PASSIVE gateway_config A
    bhctl_on A apply -f "$WORK/A/config.yaml" || fail "apply"
    swanctl_on B --initiate --child net --timeout 5 >"$WORK/initiate.log" 2>&1 && fail "strongSwan came up"
    wait_for 5 "charon to say $2" charon_says "$2"
    wait_for 5 "the failure $1" tunnel_failed_with A "$1"
    assert_equal "who refused" local "$(tunnel_failure A side)"
    bhctl_on A tunnels show net | sed 's/^/    | /'
    rest
}

# Both sides with nothing of each other. The failure to come is not the one before: another tunnel state in between.
rest() {
    SHOWN=$(bhctl_on A tunnels show net)
    TUNNEL_START=START_MODE_PASSIVE gateway_config A
    bhctl_on A apply -f "$WORK/A/config.yaml" || fail "apply"
    swanctl_on B --terminate --ike gw --force --timeout 2 >/dev/null 2>&1
    wait_for 15 "strongSwan to have no SA" strongswan_has_no_sa B
}

step "strongSwan has another key, Bulkhead asks"
SWAN_PSK="not the same" strongswan_config B
bulkhead_asks AUTHENTICATION_FAILED 'generating IKE_AUTH response .*N\(AUTH_FAILED\)'

step "strongSwan has another key, strongSwan asks"
SWAN_PSK="not the same" strongswan_config B
strongswan_asks AUTHENTICATION_FAILED 'parsed IKE_AUTH response .*N\(AUTH_FAILED\)'

step "no common IKE proposal, Bulkhead asks"
SWAN_IKE=aes128-sha256-modp2048 strongswan_config B
capture_start asks gwB wan "udp port 500" 1600
TUNNEL_IKE="[aes256gcm16-prfsha384-ecp384]" bulkhead_asks NO_PROPOSAL_CHOSEN 'generating IKE_SA_INIT response .*N\(NO_PROP\)'
capture_stop asks
assert_match "notifies on the wire" '^14$' "$(ike_notifies asks)"
assert_match "tunnels show" 'aes256gcm16-prfsha384-ecp384' "$SHOWN"

step "no common IKE proposal, strongSwan asks"
SWAN_IKE=aes128-sha256-modp2048 strongswan_config B
capture_start asked gwB wan "udp port 500" 1600
TUNNEL_IKE="[aes256gcm16-prfsha384-ecp384]" strongswan_asks NO_PROPOSAL_CHOSEN 'parsed IKE_SA_INIT response .*N\(NO_PROP\)'
capture_stop asked
assert_match "notifies on the wire" '^14$' "$(ike_notifies asked)"
assert_match "our offer in tunnels show" 'aes256gcm16-prfsha384-ecp384' "$SHOWN"
assert_match "their offer in tunnels show" 'aes128-sha256-modp2048' "$SHOWN"

step "no common ESP proposal, Bulkhead asks"
SWAN_ESP=aes128-sha1 strongswan_config B
TUNNEL_ESP="[aes256gcm16]" bulkhead_asks NO_PROPOSAL_CHOSEN 'generating IKE_AUTH response .*N\(NO_PROP\)'
assert_match "tunnels show" 'aes256gcm16' "$SHOWN"

step "no common ESP proposal, strongSwan asks"
SWAN_ESP=aes128-sha1 strongswan_config B
TUNNEL_ESP="[aes256gcm16]" strongswan_asks NO_PROPOSAL_CHOSEN 'parsed IKE_AUTH response .*N\(NO_PROP\)'
assert_match "our offer in tunnels show" 'aes256gcm16' "$SHOWN"
assert_match "their offer in tunnels show" 'aes128-sha1' "$SHOWN"

step "unacceptable selectors, Bulkhead asks"
SWAN_LOCAL_TS=10.2.0.0/24 SWAN_REMOTE_TS=10.77.0.0/24 strongswan_config B
bulkhead_asks TS_UNACCEPTABLE 'generating IKE_AUTH response .*N\(TS_UNACCEPT\)'
assert_match "our selectors in tunnels show" '10\.1\.0\.0/24' "$SHOWN"

step "unacceptable selectors, strongSwan asks"
SWAN_LOCAL_TS=10.2.0.0/24 SWAN_REMOTE_TS=10.77.0.0/24 strongswan_config B
strongswan_asks TS_UNACCEPTABLE 'parsed IKE_AUTH response .*N\(TS_UNACCEPT\)'
assert_match "our selectors in tunnels show" '10\.1\.0\.0/24' "$SHOWN"
assert_match "their selectors in tunnels show" '10\.77\.0\.0/24' "$SHOWN"

step "and with all of it right, it comes up"
strongswan_config B
strongswan_load B
gateway_config A
bhctl_on A apply -f "$WORK/A/config.yaml" || fail "apply"
tunnel_wait A UP
assert_traffic
passed
