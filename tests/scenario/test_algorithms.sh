#!/bin/bash
# Two Bulkheads: extended sequence numbers (RFC 4303 2.2.1) as either side wants them, each kind of ESP cipher with them,
# other gateways' names in proposals, what is told of weak algorithms, and what becomes of those that fail their self-test.
. "$(dirname "$0")/lib/scenario.sh" || exit 1

# apply SIDE IKE ESP START: what `bhctl apply` says on standard error is in $WORK/apply-SIDE.log
apply() {
    TUNNEL_IKE="[\"$2\"]" TUNNEL_ESP="[\"$3\"]" TUNNEL_START=$4 gateway_config "$1"
    bhctl_on "$1" apply -f "$WORK/$1/config.yaml" >/dev/null 2>"$WORK/apply-$1.log" ||
        fail "apply: $(cat "$WORK/apply-$1.log")"
}

# try IKE ESP-OF-A ESP-OF-B SUITE ESN: A begins; the suite and ESN (True, False) that both must name
try() {
    local side
    step "$2 to $3"
    apply B "$1" "$3" START_MODE_PASSIVE
    apply A "$1" "$2" START_MODE_UP
    tunnel_wait A UP
    tunnel_wait B UP
    for side in A B; do
        sas=$(bhctl_on $side -o json sas list)
        assert_equal "the ESP suite" "$4" "$(json sas.0.suite <<<"$sas")"
        assert_equal "ESN" "$5" "$(json sas.0.esn <<<"$sas")"
    done
    ping_both_ways
}

# weak_events SIDE: how many weak_algorithm events there are
weak_events() {
    bhctl_on "$1" -o json events list | grep -c '"weak_algorithm"'
}

topology_up
for side in A B; do
    TUNNEL_START=START_MODE_PASSIVE gateway_config $side
    gateway_start $side
    gateway_secret $side "a key that both have"
done

IKE=aes256gcm16-prfsha256-x25519
try $IKE aes256gcm16-esn aes256gcm16-esn aes256gcm16-esn True
try $IKE aes256gcm16-esn-noesn aes256gcm16 aes256gcm16 False
try $IKE aes128ctr-aesxcbc-esn aes128ctr-aesxcbc-esn aes128ctr-aesxcbc-esn True
try $IKE aes192ccm12-esn aes192ccm12-esn aes192ccm12-esn True
try $IKE chacha20poly1305-esn chacha20poly1305-esn chacha20poly1305-esn True

step "one side insists on ESN: both say so"
apply B $IKE aes256gcm16-esn START_MODE_PASSIVE
apply A $IKE aes256gcm16 START_MODE_UP
wait_for 10 "A's failure" tunnel_failed_with A NO_PROPOSAL_CHOSEN
assert_match "B's failure" 'no common ESN: local esn, remote noesn' "$(tunnel_failure B message)"

step "names of RouterOS at one end, what charon logs at the other"
apply B AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048 AES_GCM_16_128/NO_EXT_SEQ START_MODE_PASSIVE
apply A aes-256-cbc-sha256-dh14 aes-128-gcm-none START_MODE_UP
tunnel_wait A UP
assert_equal "the IKE suite" aes256-sha256-modp2048 "$(bhctl_on A -o json tunnels show net | json tunnel.peer.suite)"
ping_both_ways 4
assert_equal "events of weak algorithms" 0 "$(weak_events A)"

step "weak algorithms work, and are told: at apply, as events when they are configured and used"
try 3des-md5-modp1024 3des-md5 3des-md5 3des-md5 False
assert_match "apply's warnings" 'config.yaml:[0-9]+:[0-9]+: tunnels\[0\]\.ike_proposals\[0\]: .* 3des \(use aes256\), md5 \(use sha256\), modp1024 \(use modp2048\)' "$(cat "$WORK/apply-A.log")"
assert_match "apply's warnings" 'tunnels\[0\]\.esp_proposals\[0\]: ' "$(cat "$WORK/apply-A.log")"
for side in A B; do # one for the configuration, one for each kind of SA
    assert_equal "events of weak algorithms of $side" 3 "$(weak_events $side)"
done

step "algorithms that fail their self-test: run by the other backend, or not offered any more"
gateway_stop A
BULKHEAD_ESP_CIPHER_FAULTS=ipsec-mb:aes256gcm16,ipsec-mb:chacha20poly1305,openssl:chacha20poly1305 gateway_start A
bhctl_on A system status >"$WORK/status"
assert_match "what A disabled" $'\ndisabled: +chacha20poly1305\n' "$(cat "$WORK/status")"
assert_match "what failed" $'\nfailed in ipsec-mb: +aes256gcm16 chacha20poly1305\n' "$(cat "$WORK/status")"
assert_match "what runs instead" $'\nby openssl: .*aes256gcm16' "$(cat "$WORK/status")"
assert_equal "events of failed algorithms" 3 "$(bhctl_on A -o json events list | grep -c '"cipher_failed"')"
try $IKE aes256gcm16 aes256gcm16 aes256gcm16 False
try $IKE 'chacha20poly1305", "aes128gcm16' 'chacha20poly1305", "aes128gcm16' aes128gcm16 False
apply B $IKE chacha20poly1305 START_MODE_PASSIVE
apply A $IKE chacha20poly1305 START_MODE_UP
wait_for 10 "A's failure" tunnel_failed_with A INTERNAL
assert_match "A's failure" 'self-test' "$(tunnel_failure A message)"
apply A $IKE chacha20poly1305 START_MODE_PASSIVE
apply B $IKE chacha20poly1305 START_MODE_UP
wait_for 10 "B's failure" tunnel_failed_with B NO_PROPOSAL_CHOSEN
passed
