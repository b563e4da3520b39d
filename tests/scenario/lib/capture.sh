# What is on a wire: tcpdump into $WORK/NAME.pcap.

# capture_start NAME NAMESPACE INTERFACE [FILTER [SNAPLEN]]
capture_start() {
    local name=$1
    rm -f "$WORK/$name.pcap" "$WORK/$name.log"
    spawn "$name" "$2" tcpdump -Z root -n -U --immediate-mode -B 8192 -s "${5:-256}" -i "$3" -w "$WORK/$name.pcap" "${4:-}"
    wait_for 10 "tcpdump to listen" grep -q 'listening on' "$WORK/$name.log"
}

capture_stop() {
    sleep 0.3 # the last packets are still on their way to the file
    terminate "$1" INT
}

# capture_count NAME [FILTER]: how many packets, by a pcap filter
capture_count() {
    tcpdump -nr "$WORK/$1.pcap" "${2:-}" 2>/dev/null | wc -l
}

# assert_no_clear_packet NAME: nothing of the LANs was on that wire
assert_no_clear_packet() {
    local seen
    seen=$(tcpdump -nr "$WORK/$1.pcap" "$CLEAR_FILTER" 2>/dev/null | head -n 5)
    [ -z "$seen" ] || fail "packets in clear on the WAN:
$seen"
}

# ike_notifies NAME: types of notify payloads that tshark sees in clear in the capture, one a line
ike_notifies() {
    tshark -r "$WORK/$1.pcap" -Y isakmp.notify.msgtype -T fields -e isakmp.notify.msgtype 2>/dev/null | tr ',' '\n' | sort -un
}
