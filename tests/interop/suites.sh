# The suites that both interop roles go through: NAME IKE-PROPOSAL ESP-PROPOSAL, in swanctl's notation.
SUITES="
aes-gcm aes256gcm16-prfsha384-ecp384 aes256gcm16
aes-gcm-128 aes128gcm16-prfsha256-x25519 aes128gcm16
aes-cbc-sha2-256 aes256-sha256-modp2048 aes256-sha256
aes-cbc-sha1 aes128-sha1-modp3072 aes128-sha1
aes-cbc-sha2-384 aes256-sha384-ecp521 aes256-sha384
aes-cbc-sha2-512 aes256-sha512-ecp256 aes256-sha512
aes-gcm-modp4096 aes128gcm16-prfsha512-modp4096 aes128gcm16
"
PSK="correct horse battery staple"

# each_suite FUNCTION ROLE: calls it with NAME IKE ESP, of every other suite, from number ROLE (0 or 1) on: both roles have
# half of them each. BULKHEAD_LONG=1: of all suites.
each_suite() {
    local name ike esp n=0
    while read -r name ike esp; do
        [ -n "$name" ] || continue
        [ -z "${BULKHEAD_LONG:-}" ] && ((n++ % 2 != $2)) || "$1" "$name" "$ike" "$esp"
    done <<<"$SUITES"
}

# assert_traffic: both ways, both families, ping and TCP, nothing in clear
assert_traffic() {
    capture_start clear gwB wan "$CLEAR_FILTER"
    ping_both_ways
    tcp_transfer lanA lanB $HOST_B 4
    tcp_transfer lanB lanA $HOST_A 4
    tcp_transfer lanA lanB $HOST6_B 2
    capture_stop clear
    assert_no_clear_packet clear
}

# assert_suite SIDE IKE ESP: what the gateway says it negotiated is what was asked for
assert_suite() {
    local show
    show=$(bhctl_on "$1" -o json tunnels show net)
    assert_equal "the IKE suite" "$2" "$(json tunnel.peer.suite <<<"$show")"
    assert_equal "the ESP suite" "$3" "$(json tunnel.sas.0.suite <<<"$show")"
}
