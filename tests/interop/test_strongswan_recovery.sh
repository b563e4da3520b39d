#!/bin/bash
# What becomes of a tunnel that strongSwan closes, by close_action: it is restarted, waits for a packet, or for an operator;
# in the long run the same for a strongSwan that falls silent, by liveness.action. Nothing is in clear meanwhile.
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1
. "$(dirname "$0")/suites.sh" || exit 1
. "$(dirname "$0")/strongswan_pair.sh" || exit 1

pair_start
export TUNNEL_START=START_MODE_UP
ike_spi() { shown peer.initiatorSpi; }
is_another() { tunnel_is A UP && [ "$(ike_spi)" != "$1" ]; }
is_not_up() { ! tunnel_is A UP; }
stays_down() {
    sleep 3
    assert_equal "$1" TUNNEL_STATE_WAITING "$(tunnel_state A)"
}

# up CLOSE-ACTION [LINES]: the tunnel stands, with them
up() {
    TUNNEL_EXTRA="  close_action: $1
${2:-}" apply
    tunnel_wait A UP
    ping_both_ways 4
    ike_before=$(ike_spi)
}

close_it() { swanctl_on B --terminate --ike gw >"$WORK/terminate.log" 2>&1 || fail "swanctl --terminate"; }
fall_silent() {
    in_ns gwB nft -f - <<X
table ip silent {
  chain input { type filter hook input priority 0; iifname wan drop; }
}
X
    wait_for 90 "Bulkhead to notice" is_not_up
}
be_back() {
    in_ns gwB nft delete table ip silent
    swanctl_on B --terminate --ike gw --force >"$WORK/terminate.log" 2>&1 # what it has is gone at the other end
}

restarts() {
    wait_for 20 "the tunnel to come up again by itself" is_another "$ike_before"
    ping_both_ways 4
}
waits_for_a_packet() {
    stays_down "a tunnel that nobody asks for"
    in_ns lanA ping -n -q -c 1 -W 1 $HOST_B >/dev/null 2>&1
    wait_for 20 "the packet to bring it up" is_another "$ike_before"
    ping_both_ways 4
}
waits_for_an_operator() {
    in_ns lanA ping -n -q -c 2 -i 0.2 -W 1 $HOST_B >/dev/null 2>&1
    stays_down "a tunnel that waits for an operator, in spite of packets"
    bhctl_on A tunnels up net >/dev/null || fail "tunnels up"
    wait_for 20 "the operator to bring it up" is_another "$ike_before"
    ping_both_ways 4
}

# after_close ACTION WHAT-FOLLOWS
after_close() {
    step "strongSwan closes it: $1"
    up "$1"
    close_it
    "$2"
    down
    bhctl_on A tunnels up net >/dev/null # lifts the hold
}
# after_silence ACTION WHAT-FOLLOWS
after_silence() {
    step "strongSwan falls silent: $1"
    up RECOVERY_ACTION_CLEAR "  liveness: {interval: 1s, action: $1}"
    fall_silent
    be_back
    "$2"
    down
    bhctl_on A tunnels up net >/dev/null
}

capture_start clear gwB wan "$CLEAR_FILTER"
after_close RECOVERY_ACTION_RESTART restarts
after_close RECOVERY_ACTION_ON_DEMAND waits_for_a_packet
after_close RECOVERY_ACTION_CLEAR waits_for_an_operator
thorough after_silence RECOVERY_ACTION_RESTART restarts
thorough after_silence RECOVERY_ACTION_ON_DEMAND waits_for_a_packet
thorough after_silence RECOVERY_ACTION_CLEAR waits_for_an_operator
capture_stop clear
assert_no_clear_packet clear
passed
