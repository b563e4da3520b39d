#!/bin/bash
# The key log against a decoder that nobody here wrote: tshark opens every IKE message of a whole life, from IKE_SA_INIT to
# DELETE, rekeys and fragments among them, and finds nothing malformed.
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1
. "$(dirname "$0")/suites.sh" || exit 1

topology_up
strongswan_config B
strongswan_start B
TUNNEL_START=START_MODE_PASSIVE gateway_config A
gateway_start A
gateway_secret A "$PSK"

# keylog_start: lines go into the table of a Wireshark profile
PROFILE=$WORK/home/.config/wireshark
TABLE=$PROFILE/ikev2_decryption_table
mkdir -p "$PROFILE"
keylog_start() {
    spawn keylog gwA sh -c "exec '$BHCTL' --socket '$WORK/A/run/api.sock' tunnels keylog net 5m >>'$TABLE'"
    wait_for 5 "the warning event" event_is_there key_log_on
}
keylog_lines() { grep -c . "$TABLE"; }
has_lines() { [ "$(keylog_lines)" -ge "$1" ]; }
event_is_there() { bhctl_on A -o json events list net | grep -q "\"$1\""; }
shown() { bhctl_on A -o json tunnels show net | json "$1"; }
is_other() { [ -n "$(shown "$1")" ] && [ "$(shown "$1")" != "$2" ]; }

tshark_on() { # CAPTURE OPTIONS...
    local name=$1
    shift
    HOME=$WORK/home XDG_CONFIG_HOME=$WORK/home/.config tshark -r "$WORK/$name.pcap" "$@" 2>/dev/null
}

# assert_decoded CAPTURE: nothing malformed, and every encrypted payload was opened
assert_decoded() {
    local text
    assert_equal "malformed messages" "" "$(tshark_on "$1" -Y '_ws.malformed || _ws.expert.severity == "Error"')"
    text=$(tshark_on "$1" -Y 'isakmp && !udpencap.nat_keepalive' -V)
    local sealed
    sealed=$(grep -c 'Initialization Vector:' <<<"$text")
    [ "$sealed" -ge 4 ] || fail "only $sealed encrypted payloads in the capture"
    assert_equal "payloads that were opened" "$sealed" "$(grep -cE 'Decrypted Data( |:)' <<<"$text")"
    grep -q 'Integrity Checksum Data.*\[incorrect' <<<"$text" && fail "an integrity check that tshark does not agree with"
    DECODED=$text
}
says() {
    for words in "$@"; do
        grep -qF -- "$words" <<<"$DECODED" || fail "tshark does not show \"$words\""
    done
}

step "a whole life, aes256gcm16: set up, both rekeys, the end"
keylog_start
capture_start life gwB wan "udp port 500 or udp port 4500" 0
TUNNEL_START=START_MODE_UP gateway_config A
bhctl_on A apply -f "$WORK/A/config.yaml" >/dev/null || fail "apply"
tunnel_wait A UP
wait_for 5 "a line" has_lines 1
spi=$(shown tunnel.sas.0.spiIn)
swanctl_on B --rekey --child net >/dev/null || fail "rekey of the child"
wait_for 10 "another child" is_other tunnel.sas.0.spiIn "$spi"
spi=$(shown tunnel.peer.initiatorSpi)
swanctl_on B --rekey --ike gw >/dev/null || fail "rekey of the IKE SA"
wait_for 10 "another IKE SA" is_other tunnel.peer.initiatorSpi "$spi"
wait_for 5 "its line" has_lines 2
swanctl_on B --rekey --child net >/dev/null || fail "rekey of the child"
sleep 0.5
bhctl_on A tunnels down net >/dev/null || fail "down"
wait_for 10 "strongSwan to have no SA" strongswan_has_no_sa B
capture_stop life
assert_decoded life
says "Exchange type: IKE_SA_INIT" "Exchange type: IKE_AUTH" "Exchange type: CREATE_CHILD_SA" "Exchange type: INFORMATIONAL" \
    "Payload: Identification - Initiator" "Payload: Identification - Responder" "Payload: Authentication" \
    "Payload: Traffic Selector - Initiator" "Payload: Traffic Selector - Responder" "REKEY_SA" "Payload: Delete" \
    "Payload: Key Exchange" "Payload: Nonce" "Payload: Security Association"

step "without the table there is nothing to be read"
mv "$TABLE" "$TABLE.away"
grep -qE 'Decrypted Data( |:)|^ +Payload: Identification' <<<"$(tshark_on life -V)" && fail "tshark reads it without keys"
mv "$TABLE.away" "$TABLE"

step "aes128-sha256 in fragments: ninety policies make IKE_AUTH long"
lines=$(keylog_lines)
for i in $(seq 90); do
    policies+="  - {local: 10.1.0.$i, remote: $LAN_B}"$'\n'
done
SWAN_IKE=aes128-sha256-x25519 SWAN_LOCAL_TS=$LAN_B SWAN_REMOTE_TS=$LAN_A strongswan_config B
strongswan_load B
capture_start fragments gwB wan "udp port 500 or udp port 4500" 0
TUNNEL_IKE="[aes128-sha256-x25519]" TUNNEL_POLICIES=$policies gateway_config A
bhctl_on A apply -f "$WORK/A/config.yaml" >/dev/null || fail "apply"
tunnel_wait A UP
wait_for 5 "a line" has_lines $((lines + 1))
bhctl_on A tunnels down net >/dev/null || fail "down"
wait_for 10 "strongSwan to have no SA" strongswan_has_no_sa B
capture_stop fragments
assert_decoded fragments
says "Encrypted and Authenticated Fragment" "Fragment Number: 2" "10.1.0.90" "Exchange type: INFORMATIONAL"

step "Ctrl-C switches it off, and the keys were in no log"
terminate keylog INT
wait_for 5 "the event" event_is_there key_log_off
while IFS=, read -r _ _ key _; do
    assert_equal "the length of a key" 1 "$([ ${#key} -ge 32 ] && echo 1)"
    grep -rlF -- "$key" "$WORK"/*.log && fail "a key in a log"
done <"$TABLE"
bhctl_on A tunnels keylog net 2h 2>"$WORK/refused.log" && fail "two hours were taken"
grep -q "1s to 1h" "$WORK/refused.log" || fail "two hours: $(cat "$WORK/refused.log")"
passed
