#!/bin/bash
# ctest: timeout 300
# IKE SAs that are authenticated anew (RFC 4478) with strongSwan in both roles, under pings: by our plan, by its own, by our
# AUTH_LIFETIME, the new one first or the old one first. And both sides that start at once.
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1
. "$(dirname "$0")/suites.sh" || exit 1
. "$(dirname "$0")/strongswan_pair.sh" || exit 1

export SWAN_CHARON="  make_before_break = yes"
pair_start

ike_spi() { shown peer.initiatorSpi; }
charon_ike_sas() { swanctl_on B --list-sas | grep -c '^gw: #[0-9]*, ESTABLISHED'; }
has_one_sa() {
    [ "$(charon_ike_sas)" = 1 ] && [ "$(swanctl_on B --list-sas | grep -c INSTALLED)" = 1 ] &&
        [ -n "$(shown sas.0.spiIn)" ] &&
        [ -z "$(shown sas.1.spiIn)" ]
}
is_another() { [ -n "$(ike_spi)" ] && [ "$(ike_spi)" != "$1" ]; }

# watch_reauthentication WHAT: waits for another IKE SA under pings, of which not more than one may be lost
watch_reauthentication() {
    local before lost
    before=$(ike_spi)
    spawn ping lanA ping -n -i 0.02 -W 1 $HOST_B
    wait_for 30 "another IKE SA" is_another "$before"
    wait_for 25 "one IKE SA and one pair of SAs" has_one_sa
    sleep 0.5
    terminate ping INT
    lost=$(grep -oP '\d+(?= packets transmitted)|\d+(?= received)' "$WORK/ping.log" | tail -n 2 | paste -sd- | bc)
    rm -f "$WORK/ping.log"
    [ "$lost" -le 1 ] || fail "$1: $lost pings were lost"
    assert_equal "the tunnel's state" TUNNEL_STATE_UP "$(tunnel_state A)"
    ping_both_ways 4
}

step "Bulkhead initiates, and authenticates anew in time"
TUNNEL_START=up TUNNEL_EXTRA="  reauthentication: 10s" apply
tunnel_wait A UP
ping_both_ways 4
watch_reauthentication "our plan"
down

step "strongSwan initiates, and authenticates anew, the new one first"
SWAN_EXTRA="    reauth_time = 8s
    over_time = 3s" load
TUNNEL_START=passive apply
must_initiate
tunnel_wait A UP
watch_reauthentication "its plan"
down

if [ -n "${BULKHEAD_LONG:-}" ]; then
    # With pre-shared keys it does so whoever began; it sends AUTH_LIFETIME to clients with EAP alone.
    step "strongSwan has answered, and authenticates anew itself"
    SWAN_EXTRA="    reauth_time = 12s
    over_time = 3s" load
    TUNNEL_START=up apply
    tunnel_wait A UP
    watch_reauthentication "its plan as responder"
    down

    step "strongSwan initiates, and obeys our AUTH_LIFETIME"
    # without over_time it deletes the old one in the very second in which it begins the new one
    SWAN_EXTRA="    over_time = 3s" load
    TUNNEL_START=passive TUNNEL_EXTRA="  reauthentication: 15s" apply
    must_initiate
    tunnel_wait A UP
    assert_match "the answer" 'AUTH_LFT' "$(cat "$WORK/initiate.log")"
    watch_reauthentication "our AUTH_LIFETIME"
    down

    step "strongSwan authenticates anew, the old one goes first"
    strongswan_stop B
    SWAN_CHARON="" SWAN_EXTRA="    reauth_time = 8s
    over_time = 3s" strongswan_config B
    strongswan_start B
    TUNNEL_START=passive apply
    must_initiate
    tunnel_wait A UP
    before=$(ike_spi)
    wait_for 20 "another IKE SA" is_another "$before"
    wait_for 10 "one IKE SA and one pair of SAs" has_one_sa
    ping_both_ways 4
    down
fi

step "both start at once"
load
TUNNEL_START=up apply
tunnel_wait A UP
down
for ((n = 0; n < ${BULKHEAD_LONG:+5}+1; n++)); do
    bhctl_on A tunnels up net >/dev/null &
    other=$!
    swanctl_on B --initiate --child net --timeout 10 >"$WORK/initiate.log" 2>&1
    wait $other || fail "tunnels up"
    wait_for 20 "one IKE SA and one pair of SAs" has_one_sa
    sleep 1
    has_one_sa || fail "not one IKE SA and one pair of SAs: $(swanctl_on B --list-sas)"
    ping_both_ways 4
    down
done
passed
