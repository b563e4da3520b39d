#!/bin/bash
# ctest: serial
# ctest: timeout 300
# A stream of 1,000 UDP packets a second each way loses none, while Bulkhead and strongSwan replace child and IKE SA by
# turns and at the same time, with and without PFS. BULKHEAD_LONG=1: for longer.
. "$BULKHEAD_SOURCE/tests/scenario/lib/scenario.sh" || exit 1
. "$BULKHEAD_SOURCE/tests/interop/suites.sh"

# "IKE-SPI CHILD-SPI" when there is one of each, "" while there is another.
pair() {
    bhctl_on A -o json tunnels show net | python3 -c '
import json, sys
tunnel = json.load(sys.stdin)["tunnel"]
if len(tunnel["sas"]) == 1 and tunnel["sas"][0]["state"] == "SA_STATE_ESTABLISHED":
    print(tunnel["peer"]["initiatorSpi"], tunnel["sas"][0]["spiIn"])'
}
# strongSwan has the IKE SA of that SPI and an installed CHILD_SA, and no others.
swan_has_only() { # IKE-SPI
    swanctl_on B --list-sas 2>/dev/null | awk -v spi="$1" '
        /^gw: / { ikes++; found += index($0, spi) > 0 }
        /^  net: .*INSTALLED/ { children++ }
        END { exit !(ikes == 1 && found == 1 && children == 1) }'
}
is_replaced() { # FIELD OLD
    local now
    now=$(pair)
    [ -n "$now" ] && [ "$(cut -d' ' -f"$1" <<<"$now")" != "$2" ] && swan_has_only "${now%% *}"
}

order() { # WHO WHAT
    case $1 in
    bulkhead) bhctl_on A tunnels rekey net "$2" >/dev/null || fail "bhctl tunnels rekey net $2" ;;
    strongswan)
        if [ "$2" = ike ]; then
            swanctl_on B --rekey --ike gw >/dev/null || fail "swanctl --rekey --ike"
        else
            swanctl_on B --rekey --child net >/dev/null || fail "swanctl --rekey --child"
        fi
        ;;
    both)
        order strongswan "$2" &
        local other=$!
        order bulkhead "$2"
        wait "$other" || fail "strongSwan did not begin"
        ;;
    esac
}

rekey() { # WHO WHAT
    local field=2 old
    [ "$2" = child ] || field=1
    old=$(pair | cut -d' ' -f$field)
    order "$1" "$2"
    wait_for 20 "one new $2 SA (begun by $1)" is_replaced $field "$old"
}

stream_start() { # SECONDS
    rm -f "$WORK/stream.log"
    spawn stream lanA iperf3 -c $HOST_B -u -b 800k -l 100 --bidir -t "$1" -J
    sleep 1
}
stream_check() {
    python3 - "$WORK/stream.log" <<'X' || fail "packets were lost: $(grep -B 3 -A 3 '"error"' "$WORK/stream.log")"
import json, sys
report = json.load(open(sys.argv[1]))
udp = [stream["udp"] for stream in report["end"]["streams"]]
total = sum(stream["packets"] for stream in udp)
lost = sum(stream["lost_packets"] for stream in udp)
print(f"{total} packets, {lost} lost")
sys.exit(0 if len(udp) == 2 and total > 4000 and lost == 0 else 1)
X
}

# run NAME ESP SECONDS LEAST: so many rekeys at least, while the stream lasts
run() {
    local n=0
    step "$1"
    SWAN_ESP=$2 strongswan_config B
    strongswan_start B
    TUNNEL_ESP="[$2]" gateway_config A
    gateway_start A
    gateway_secret A "$PSK"
    tunnel_wait A UP
    wait_for 5 "strongSwan to have the child" strongswan_is_up B
    stream_start "$3"
    while is_running stream; do
        rekey bulkhead child
        rekey strongswan child
        rekey bulkhead ike
        rekey strongswan ike
        rekey both child
        rekey both ike
        n=$((n + 6))
    done
    wait_for 10 "the end of iperf3" is_gone stream
    printf '%s rekeys; ' "$n"
    stream_check
    [ "$n" -ge "$4" ] || fail "only $n rekeys"
    gateway_stop A
    strongswan_stop B
}

topology_up
iperf_server lanB
if [ -z "${BULKHEAD_LONG:-}" ]; then
    run "with PFS" aes256gcm16-x25519 12 6
    run "without PFS" aes256gcm16 6 6
else
    run "with PFS" aes256gcm16-x25519 60 20
    run "without PFS" aes256gcm16 60 20
fi
passed
