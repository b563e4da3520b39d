#!/bin/bash
# Seven wrong configurations against strongSwan, each in the role in which it shows: `bhctl tunnels explain` names the cause,
# the first difference, and the change for either side that would cure it. With a last word when all is right.
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1
. "$(dirname "$0")/suites.sh" || exit 1

topology_up
SWAN_VENDOR_ID=yes strongswan_config B
strongswan_start B
TUNNEL_START=START_MODE_PASSIVE gateway_config A
gateway_start A
gateway_secret A "$PSK"

cause_is() {
    [ "$(bhctl_on A -o json tunnels explain net | json tunnel.failure.cause)" = "FAILURE_CAUSE_$1" ]
}

# Into EXPLAINED and the test's log.
explain() {
    explains "" || fail "explain"
    show
}

show() {
    sed 's/^/    | /' <<<"$EXPLAINED"
}

# explains WORDS: into EXPLAINED, too
explains() {
    EXPLAINED=$(bhctl_on A tunnels explain net) && grep -qF -- "$1" <<<"$EXPLAINED"
}

says() {
    for words in "$@"; do
        grep -qF -- "$words" <<<"$EXPLAINED" || fail "the explanation does not say \"$words\""
    done
}

# A tunnel that differs from the one before in something, and so knows nothing of its failure.
ROUND=30
apply() {
    ROUND=$((ROUND + 1))
    TUNNEL_LIVENESS=${ROUND}s gateway_config A
    bhctl_on A apply -f "$WORK/A/config.yaml" >/dev/null || fail "apply"
}

# strongswan_asks CAUSE: it calls, Bulkhead finds that cause
strongswan_asks() {
    strongswan_load B
    TUNNEL_START=START_MODE_PASSIVE apply
    swanctl_on B --initiate --child net --timeout 5 >"$WORK/initiate.log" 2>&1 && fail "strongSwan came up"
    wait_for 10 "the cause $1" cause_is "$1"
    explain
}

# bulkhead_asks CAUSE
bulkhead_asks() {
    strongswan_load B
    TUNNEL_START=START_MODE_UP apply
    wait_for 20 "the cause $1" cause_is "$1"
    wait_for 20 "the pause before the next attempt" explains "next try in"
    show
}

# Nothing of each other is left.
rest() {
    TUNNEL_IKE='' TUNNEL_ESP='' TUNNEL_START=START_MODE_PASSIVE apply
    swanctl_on B --terminate --ike gw --force --timeout 2 >/dev/null 2>&1
    wait_for 15 "strongSwan to have no SA" strongswan_has_no_sa B
}

step "1. the proposal, strongSwan asks"
SWAN_IKE=aes128-sha256-modp2048 strongswan_config B
TUNNEL_IKE="[aes256gcm16-prfsha384-ecp384]" strongswan_asks NO_COMMON_PROPOSAL
says "encryption: aes256gcm16 here, aes128 at the peer" "ike_proposals: [aes128-sha256-modp2048]" \
    "connections.NAME.proposals = aes256gcm16-prfsha384-ecp384" "in words of strongSwan"
rest

step "1. the proposal, Bulkhead asks and strongSwan does not say what it has"
TUNNEL_IKE="[aes256gcm16-prfsha384-ecp384]" bulkhead_asks NO_COMMON_PROPOSAL
says "connections.NAME.proposals = aes256gcm16-prfsha384-ecp384" "(it did not say)" "next try in"
rest

step "2. the group, strongSwan asks"
SWAN_IKE=aes256gcm16-prfsha384-modp2048 strongswan_config B
TUNNEL_IKE="[aes256gcm16-prfsha384-ecp384]" strongswan_asks NO_COMMON_GROUP
says "group: ecp384 here, modp2048 at the peer" "ike_proposals: [aes256gcm16-prfsha384-modp2048]"
rest

step "3. the key, strongSwan asks"
SWAN_PSK="not the same" strongswan_config B
strongswan_asks WRONG_PSK
says "has another pre-shared key" "bhctl secrets set net < FILE" "secrets.ike-NAME.secret" "IKE_SA_INIT"
rest

step "3. the key, Bulkhead asks: strongSwan refuses, and says no more"
bulkhead_asks AUTHENTICATION_REFUSED
says "local.id ipv4:192.0.2.1" "bhctl secrets set net < FILE" "connections.NAME.remote.id = 192.0.2.1" "answered by"
rest

step "4. the identity, strongSwan asks"
SWAN_LOCAL_ID=b.example strongswan_config B
strongswan_asks UNKNOWN_IDENTITY
says "> remote.id ipv4:192.0.2.2" "> local.id fqdn:b.example" "it calls itself fqdn:b.example" \
    "remote: {id: \"fqdn:b.example\"}" "connections.NAME.local.id = 192.0.2.2"
grep -q RouterOS <<<"$EXPLAINED" && fail "the peer is known to be strongSwan"
rest

step "5. the selector, strongSwan asks"
SWAN_LOCAL_TS=10.2.0.0/24 SWAN_REMOTE_TS=10.77.0.0/24 strongswan_config B
strongswan_asks NO_COMMON_SELECTOR
says "10.77.0.0/24 === 10.2.0.0/24" "local side: 10.1.0.0/24 here, 10.77.0.0/24 at the peer" \
    "policies: [{local: \"10.77.0.0/24\", remote: \"10.2.0.0/24\"}]" "children.CHILD.remote_ts = 10.1.0.0/24"
rest

step "5. the selector, Bulkhead asks"
bulkhead_asks NO_COMMON_SELECTOR
says "children.CHILD.local_ts = 10.2.0.0/24" "IKE_AUTH" "both proved it"
rest

step "6. PFS, which shows at the first rekey alone: strongSwan rekeys"
SWAN_ESP=aes256gcm16-modp2048 strongswan_config B
strongswan_load B
TUNNEL_ESP="[aes256gcm16]" TUNNEL_START=START_MODE_UP apply
tunnel_wait A UP
bhctl_on A -o json tunnels explain net | json tunnel.failure.cause | grep -q . && fail "a failure before the rekey"
swanctl_on B --rekey --child net >/dev/null || fail "rekey"
wait_for 10 "the cause PFS_MISMATCH" cause_is PFS_MISMATCH
explain
says "group: none here, modp2048 at the peer" "esp_proposals: [aes256gcm16-modp2048]" \
    "children.CHILD.esp_proposals = aes256gcm16" "It is up" "its last rekey failed"
rest

step "6. PFS, Bulkhead rekeys and strongSwan refuses"
TUNNEL_EXTRA="  child_lifetime: {rekey: 3s, hard: 60s, jitter: 0}" TUNNEL_ESP="[aes256gcm16]" TUNNEL_START=START_MODE_UP apply
tunnel_wait A UP
wait_for 15 "the cause PFS_MISMATCH" cause_is PFS_MISMATCH
explain
says "ours is none" "[aes256gcm16-GROUP]" "children.CHILD.esp_proposals = aes256gcm16" "refused by:     the peer"
rest

# Its user-space ESP makes a route for each selector, which would lead IKE itself astray.
strongswan_stop B
HOSTS_CHARON="  plugins {
    kernel-libipsec { allow_peer_ts = yes }
    kernel-netlink { fwmark = !0x42 }
    socket-default { fwmark = 0x42 }
  }"
HOSTS="  - {local: $WAN_A, remote: $WAN_B, protocol: icmp}"
SWAN_VENDOR_ID=yes SWAN_CHARON=$HOSTS_CHARON SWAN_LOCAL_TS="$WAN_B/32" SWAN_REMOTE_TS="$WAN_A/32" strongswan_config B
strongswan_start B

step "7. transport mode here, tunnel mode there: Bulkhead asks"
TUNNEL_EXTRA="  mode: SA_MODE_TRANSPORT" TUNNEL_POLICIES=$HOSTS bulkhead_asks MODE_MISMATCH
says "mode: transport here, tunnel at the peer" "      mode: tunnel" "children.CHILD.mode = transport"
rest

step "7. the same, strongSwan asks"
TUNNEL_EXTRA="  mode: SA_MODE_TRANSPORT" TUNNEL_POLICIES=$HOSTS strongswan_asks MODE_MISMATCH
says "mode: transport here, tunnel at the peer" "      mode: tunnel" "children.CHILD.mode = transport"
rest
strongswan_stop B
SWAN_VENDOR_ID=yes strongswan_config B
strongswan_start B

step "and with all of it right, it comes up and says so"
TUNNEL_START=START_MODE_UP apply
tunnel_wait A UP
explain
says "It is up, with 192.0.2.2:4500 (strongSwan)" "both proved it"
grep -q "^Cause" <<<"$EXPLAINED" && fail "a cause of nothing"
passed
