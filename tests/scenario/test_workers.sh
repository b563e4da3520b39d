#!/bin/bash
# esp-d has one worker a core, or as many as it is told: each with a queue of the TUN and sockets of its own. Of several SAs
# all of them carry packets, both ways, and a flood of IKE on port 4500 reaches none of them.
#
#   lanA ==> gwA (2 workers) ====WAN==== gwB (3 workers) ==> lanB, with an address in each of 16 networks
. "$BULKHEAD_SOURCE/tests/scenario/lib/scenario.sh" || exit 1
NETWORKS=16
IKE_DATAGRAMS=3000

# workers SIDE FIELD: what each worker's counter says, on one line
workers() {
    bhctl_on "$1" -o json system status | python3 -c '
import json, sys
print(*[worker.get(sys.argv[1], 0) for worker in json.load(sys.stdin)["workers"]])' "$2"
}

# all_carry SIDE: every worker has read, sent, received and written something
all_carry() {
    local field n
    for field in packetsRead packetsSent packetsReceived packetsWritten; do
        for n in $(workers "$1" $field); do
            [ "$n" -gt 0 ] || return 1
        done
    done
}

# queues SIDE: of the TUN, that esp-d has open
queues() {
    local fd n=0
    for fd in /proc/"$(daemon_pid "$1" esp-d)"/fd/*; do
        [ "$(readlink "$fd")" != /dev/net/tun ] || n=$((n + 1))
    done
    echo $n
}

# policies LOCAL|REMOTE: one for each network of lanB, on the side where these are local or remote
policies() {
    local i
    for ((i = 0; i < NETWORKS; i++)); do
        if [ "$1" = local ]; then
            echo "  - {local: 10.2.0.$((16 * i))/28, remote: $LAN_A}"
        else
            echo "  - {local: $LAN_A, remote: 10.2.0.$((16 * i))/28}"
        fi
    done
}

children() { bhctl_on A -o json sas list | python3 -c 'import json, sys; print(len(json.load(sys.stdin).get("sas", [])))'; }
has_children() { [ "$(children)" -ge $NETWORKS ]; }

step "a number of workers that there can't be is refused"
refusal=$("$BULKHEAD_BUILD/bulkhead" run --workers 65 2>&1) && fail "it runs"
assert_match "the refusal" "^bulkhead: --workers: invalid value: 65" "$refusal"

topology_up
for ((i = 1; i < NETWORKS; i++)); do
    ip_in lanB addr add "10.2.0.$((16 * i + 2))/32" dev eth0
done
TUNNEL_EXTRA="  selectors: SELECTOR_MODE_ONE_PER_CHILD" TUNNEL_POLICIES=$(policies remote) gateway_config A
TUNNEL_EXTRA="  selectors: SELECTOR_MODE_ONE_PER_CHILD" TUNNEL_POLICIES=$(policies local) \
    TUNNEL_START=START_MODE_PASSIVE gateway_config B
gateway_start A --workers 2
gateway_start B --workers 3
for side in A B; do
    gateway_secret $side "correct horse battery staple"
done
wait_for 30 "a CHILD_SA each policy" has_children
assert_equal "queues of A's TUN" 2 "$(queues A)"
assert_equal "queues of B's TUN" 3 "$(queues B)"

step "flows of $NETWORKS SAs reach all workers of both gateways"
cat >"$WORK/echo.py" <<'X'
import select, socket, sys
sockets = []
for i in range(int(sys.argv[1])):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((f"10.2.0.{16 * i + 2}", 7001))
    sockets.append(s)
while True:
    for s in select.select(sockets, [], [])[0]:
        data, sender = s.recvfrom(100)
        s.sendto(data, sender)
X
cat >"$WORK/ask.py" <<'X'
import socket, sys
for flow in range(20 * int(sys.argv[1])):
    address = f"10.2.0.{16 * (flow % int(sys.argv[1])) + 2}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(5)
        for attempt in range(3):
            s.sendto(b"hello", (address, 7001))
            try:
                s.recv(100)
                break
            except TimeoutError:
                if attempt == 2:
                    sys.exit(f"{address} does not answer")
X
spawn echo lanB python3 "$WORK/echo.py" $NETWORKS
wait_for 5 "the echo to listen" in_ns lanB sh -c "ss -Hlun 'sport = 7001' | grep -q 10.2.0.242"
in_ns lanA python3 "$WORK/ask.py" $NETWORKS || fail "not all came back"
for side in A B; do
    echo "$side: sent $(workers $side packetsSent), received $(workers $side packetsReceived)"
    all_carry $side || fail "a worker of $side carries nothing"
done

step "IKE on port 4500 reaches none of them"
before=$(workers B receives)
in_ns gwA python3 - "$WAN_B" $IKE_DATAGRAMS <<'X'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, 36, 0x20000000)  # SO_MARK: as the gateway's own, or its policies would stop it
for i in range(int(sys.argv[2])):
    s.sendto(bytes(4) + i.to_bytes(8, "big") + bytes(20), (sys.argv[1], 4500))
X
seen() { [ "$(in_ns gwB nstat -asz UdpInDatagrams | awk '/UdpIn/ {print $2}')" -ge $IKE_DATAGRAMS ]; }
wait_for 10 "$IKE_DATAGRAMS datagrams to be read" seen
assert_equal "receives of B's workers" "$before" "$(workers B receives)"
in_ns lanA python3 "$WORK/ask.py" $NETWORKS || fail "not all came back"
passed
