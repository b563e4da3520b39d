#!/bin/bash
# ctest: timeout 3600
# The algorithm table with strongSwan: the tunnel comes up with one suite after another, begun by either side, carries a
# ping, and both name the suite alike. The short form has each algorithm at least once; BULKHEAD_LONG=1 pairs each cipher,
# PRF, integrity algorithm and group with each of the next kind.
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1
. "$(dirname "$0")/suites.sh" || exit 1
. "$(dirname "$0")/algorithms.sh" || exit 1

# IKE and ESP beside each other: every cipher is in one column at least, every PRF, integrity algorithm and group in the
# first.
SHORT="
3des-md5-modp1024 aes128ccm8
aes128-sha1-modp1536 aes128ctr-sha1
aes192ccm8-prfsha256-ecp256 aes256ctr-sha512
aes192-aesxcbc-modp2048 aes256ccm8
aes256-aescmac-modp3072 aes128ccm16
aes128ctr-sha256-modp4096 aes192ccm16
aes192ctr-sha384-modp6144 aes256ccm16
aes256ctr-sha512-modp8192 aes128gcm8
aes128ccm12-prfaesxcbc-ecp256 aes192gcm8
aes192ccm12-prfaescmac-ecp384 aes192gcm12
aes256ccm12-prfmd5-ecp521 aes256gcm12
aes256gcm8-prfsha1-x25519 chacha20poly1305
aes128gcm12-prfsha384-x448 aes192-aesxcbc
aes192gcm16-prfsha512-x25519 3des-md5
chacha20poly1305-prfsha256-x25519 aes256-aescmac
"

# each kind with each of the next; what is not being paired goes round
long_suites() {
    local encr integ prf group n=0
    local groups=(ecp256 x25519 ecp384 modp2048) integs=($INTEGS)
    for encr in 3des $ENCR_AES $ENCR_CTR; do
        for integ in $INTEGS; do
            echo "$encr-$integ-${groups[n % 4]} $encr-$integ"
            n=$((n + 1))
        done
    done
    for encr in $ENCR_AEAD; do
        for prf in $PRFS; do
            echo "$encr-$prf-${groups[n % 4]} $encr"
            n=$((n + 1))
        done
    done
    for group in $GROUPS_ALL; do
        for prf in $PRFS; do
            integ=${integs[n % 7]}
            echo "aes256gcm16-$prf-$group aes256gcm16"
            # a PRF that goes with the integrity algorithm is not named
            [ "$prf" = "prf$integ" ] && echo "aes128-$integ-$group aes128-$integ" ||
                echo "aes128-$integ-$prf-$group aes128-$integ"
            n=$((n + 1))
        done
    done
}

bulkhead_begins() {
    bhctl_on A tunnels up net >"$WORK/up.log" 2>&1 || fail "tunnels up: $(tail -n 3 "$WORK/up.log")"
}

strongswan_begins() {
    swanctl_on B --initiate --child net --timeout 15 >"$WORK/up.log" 2>&1 ||
        fail "strongSwan can't bring the child up: $(tail -n 3 "$WORK/up.log")"
}

# assert_swanctl IKE ESP
assert_swanctl() {
    local sas
    sas=$(swanctl_on B --list-sas)
    grep -qF "  $(swanctl_suite "$1")" <<<"$sas" || fail "swanctl does not name $(swanctl_suite "$1"): $sas"
    grep -qP "ESP:\Q$(swanctl_suite "$2")\E$" <<<"$sas" || fail "swanctl does not name $(swanctl_suite "$2"): $sas"
}

# try_suite WHO-BEGINS IKE ESP
try_suite() {
    step "$2, $3 ($1)"
    SWAN_IKE=$2 SWAN_ESP=$3 strongswan_config B
    strongswan_load B
    TUNNEL_IKE="[$2]" TUNNEL_ESP="[$3]" gateway_config A
    bhctl_on A apply -f "$WORK/A/config.yaml" 2>"$WORK/apply.log" >&2 || fail "apply: $(cat "$WORK/apply.log")"
    "$1"
    tunnel_wait A UP
    wait_for 5 "strongSwan to have the child" strongswan_is_up B
    assert_suite A "$2" "$3"
    assert_swanctl "$2" "$3"
    ping_lan lanA $HOST_B 2
    swanctl_on B --terminate --ike gw --timeout 5 >/dev/null || fail "swanctl --terminate"
    tunnel_wait A WAITING
}

topology_up
export TUNNEL_START=START_MODE_PASSIVE
strongswan_config B
strongswan_start B
gateway_config A
gateway_start A
gateway_secret A "$PSK"

n=0
who=(bulkhead_begins strongswan_begins)
while read -r ike esp <&3; do
    [ -n "$ike" ] || continue
    try_suite "${who[n % 2]}" "$ike" "$esp"
    [ -z "${BULKHEAD_LONG:-}" ] || try_suite "${who[(n + 1) % 2]}" "$ike" "$esp"
    n=$((n + 1))
done 3<<<"$(if [ -n "${BULKHEAD_LONG:-}" ]; then long_suites; else echo "$SHORT"; fi)"
step "$n suites"
passed
