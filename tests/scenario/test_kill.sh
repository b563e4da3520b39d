#!/bin/bash
# ctest: serial
# ctest: timeout 1200
# Each daemon in turn dies by SIGKILL under load: the others stay alive, nothing leaves in clear, the traffic goes on without
# all but esp-d, and after esp-d's death its SAs are replaced. Over the deaths of esp-d a capture shows no
# (SPI, sequence number) twice.
. "$(dirname "$0")/lib/scenario.sh" || exit 1
KILLS=${BULKHEAD_KILLS:-${BULKHEAD_LONG:+50}}
KILLS=${KILLS:-4}
ROLES=$DAEMONS

topology_up
for side in A B; do
    TUNNEL_LIVENESS=3s gateway_config $side
    gateway_start $side
    gateway_secret $side "a key that both have"
done
tunnel_wait A UP 30
tunnel_wait B UP 30
ping_both_ways
capture_start clear gwB wan "$CLEAR_FILTER"
iperf_server lanB

# iperf_start SECONDS: JSON a line into $WORK/iperf.json, one interval 0.5 s
iperf_start() {
    rm -f "$WORK/iperf.log"
    spawn iperf lanA iperf3 -C cubic -c $HOST_B -t "$1" -i 0.5 -b "${2:-200M}" --forceflush
}

# stalled_intervals: how many intervals of the run carried nothing at all
stalled_intervals() {
    grep -cE '^\[ *[0-9]+\] .* sec +0\.00 Bytes ' "$WORK/iperf.log"
}

# kill_daemon SIDE ROLE: SIGKILL, then waits for the new one; every other daemon must be the same process as before
kill_daemon() {
    local side=$1 role=$2 old before after other
    old=$(daemon_pid "$side" "$role")
    before=$(for other in $ROLES; do [ "$other" = "$role" ] || echo "$other $(daemon_pid "$side" "$other")"; done)
    [ -n "$old" ] || fail "gateway $side has no $role"
    kill -KILL "$old"
    wait_for 15 "a new $role" daemon_is_new "$side" "$role" "$old"
    after=$(for other in $ROLES; do [ "$other" = "$role" ] || echo "$other $(daemon_pid "$side" "$other")"; done)
    assert_equal "the other daemons after the death of $role" "$before" "$after"
}

for role in pki-d api-d fw-d ike-d; do
    step "$role dies, the traffic goes on"
    iperf_start 4
    sleep 1
    kill_daemon A $role
    wait_for 15 "the end of iperf3" is_gone iperf
    assert_equal "intervals of 0.5 s without traffic" 0 "$(stalled_intervals)"
    wait_for 20 "the API" bhctl_on A tunnels list
    tunnel_wait A UP 30
    ping_both_ways
    assert_match "the launcher's report" "$role.*(SIGKILL|Killed|signal.*9)" "$(cat "$WORK/bulkhead-A.log")"
done

step "verifier, importer and courier die, the traffic goes on"
iperf_start 4
sleep 0.5
for role in verifier importer courier; do kill_daemon A $role; done
wait_for 15 "the end of iperf3" is_gone iperf
assert_equal "intervals of 0.5 s without traffic" 0 "$(stalled_intervals)"
wait_for 15 "all daemons" gateway_is_complete A

step "ike-d's new life knows the tunnel, and either side can bring it down and up"
bhctl_on A tunnels down net || fail "tunnels down"
bhctl_on A tunnels up net || fail "tunnels up"
tunnel_wait A UP
ping_both_ways

step "esp-d dies $KILLS times"
capture_start esp gwB wan "udp port 4500" 64
for ((n = 1; n <= KILLS; n++)); do
    spawn flood-$n lanA ping -n -q -i 0.005 -c 100000 $HOST_B
    sleep 0.3
    old=$(bhctl_on A -o json tunnels show net | json tunnel.sas.0.spiIn)
    kill_daemon A esp-d
    has_new_child() {
        local spi
        spi=$(bhctl_on A -o json tunnels show net | json tunnel.sas.0.spiIn)
        [ -n "$spi" ] && [ "$spi" != "$old" ]
    }
    wait_for 30 "a new child after death $n of esp-d" has_new_child
    wait_for 10 "traffic after death $n of esp-d" can_ping lanA $HOST_B
    terminate flood-$n INT
done
ping_both_ways
capture_stop esp
capture_stop clear
assert_no_clear_packet clear

step "no (SPI, sequence number) was sent twice"
read -r packets spis repeated < <(python3 "$SCENARIO_LIB/esp_numbers.py" "$WORK/esp.pcap")
echo "    $packets ESP packets of $spis SAs, $repeated repeated"
assert_at_least "ESP packets in the capture" $((KILLS * 50)) "$packets"
assert_at_least "SAs in the capture" $((KILLS * 2)) "$spis"
assert_equal "repeated (SPI, sequence number)" 0 "$repeated"
passed
