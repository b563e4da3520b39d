#!/bin/bash
# ESP before strangers: scapy opens what esp-d seals and seals what esp-d opens, with every algorithm that scapy has, in
# both modes, both families, with extended sequence numbers and without; tshark, with the keys, sees inside and checks the
# ICVs of every algorithm that it has.
. "$(dirname "$0")/lib/scenario.sh" || exit 1
STRANGERS=$(dirname "$0")/esp_strangers.py
PACKET=$BULKHEAD_BUILD/tests/esp-packet

step "scapy, both ways, with both backends"
/usr/bin/python3 "$STRANGERS" scapy "$PACKET" ${BULKHEAD_LONG:+long} >"$WORK/scapy" || fail "scapy and esp-d differ"
assert_match "what scapy saw" '^61 suites, 952 cases' "$(cat "$WORK/scapy")"
cat "$WORK/scapy"

step "tshark decodes with the keys"
/usr/bin/python3 "$STRANGERS" capture "$PACKET" "$WORK" || fail "no capture"
keys=()
while read -r line; do
    keys+=(-o "uat:esp_sa:$line")
done <"$WORK/esp_sa"
tshark -r "$WORK/esp.pcap" -o esp.enable_encryption_decode:TRUE -o esp.enable_authentication_check:TRUE "${keys[@]}" \
    -T fields -e esp.icv_good -e esp.icv_bad -e ip.len -e ipv6.plen -e udp.length >"$WORK/fields" 2>"$WORK/tshark.log" ||
    fail "tshark: $(cat "$WORK/tshark.log")"
/usr/bin/python3 "$STRANGERS" decoded "$WORK" <"$WORK/fields" || fail "tshark saw something else"
passed
