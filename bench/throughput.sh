#!/bin/bash
# TCP and UDP through a tunnel between two gateways on this machine, one stream, a line a suite. SECONDS_EACH=10.
BULKHEAD_SOURCE=$(dirname "$(dirname "$(readlink -f "$0")")")
. "$BULKHEAD_SOURCE/tests/scenario/lib/scenario.sh"
: "${SECONDS_EACH:=5}"

topology_up
for side in A B; do
    gateway_config $side
    gateway_start $side
    gateway_secret $side "a key that both have"
done
iperf_server lanB

# mbits ARGUMENTS-OF-IPERF3...: what arrived, Mb/s
mbits() {
    in_ns lanA iperf3 -J -c $HOST_B -t "$SECONDS_EACH" "$@" >"$WORK/iperf.json" 2>&1 || fail "$(tail -n 3 "$WORK/iperf.json")"
    python3 -c '
import json, sys
end = json.load(open(sys.argv[1]))["end"]
total = end.get("sum_received") or end["sum"]
print(round(total["bits_per_second"] / 1e6))' "$WORK/iperf.json"
}

printf '%-14s %16s %16s\n' suite 'TCP Mb/s' 'UDP 1350 B Mb/s'
for suite in aes256gcm16 aes128gcm16 aes256-sha256; do
    for side in A B; do
        TUNNEL_ESP="[$suite]" gateway_config $side
        bhctl_on $side apply -f "$WORK/$side/config.yaml" >/dev/null || fail "apply"
    done
    tunnel_wait A UP 30
    tunnel_wait B UP 30
    wait_for 10 "the tunnel to carry packets" can_ping lanA $HOST_B
    printf '%-14s %16s %16s\n' "$suite" "$(mbits)" "$(mbits -u -b 2G -l 1350)"
done
passed
