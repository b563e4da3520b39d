#!/bin/bash
# Where secrets are while a tunnel stands and afterwards: a pre-shared key that went in by every way the API has, and the keys
# of one IKE SA and its child, which a strongSwan on the other side tells. Nothing of it on disk in clear, in logs of level
# debug or on command lines; in memory only in the process that works with it.
. "$(dirname "$0")/lib/scenario.sh" || exit 1
PSK="A-recognisable-PSK-4711"
OTHER="Another-recognisable-secret-0815"

# found LABEL: the processes that have it, by the latest search
found() {
    sed -n "s/^$1 //p" "$WORK/found"
}

# search LINES-FILE: prints who has what, keeps it for `found`
search() {
    local daemon processes=()
    for daemon in $DAEMONS; do
        processes+=("$daemon=$(daemon_pid A $daemon)")
    done
    processes+=("bulkhead=${PROCESS_PID[bulkhead-A]}")
    python3 "$SCENARIO_LIB/find_secrets.py" "${processes[@]}" <"$1" >"$WORK/found" || fail "the search"
    sed 's/^/    /' "$WORK/found"
}

# forms LABEL VALUE: lines of its bytes and its base64 text
forms() {
    echo "$1 $(printf '%s' "$2" | od -An -v -tx1 | tr -d ' \n')"
    echo "$1-base64 $(printf '%s' "$2" | base64 | tr -d '\n' | od -An -v -tx1 | tr -d ' \n')"
}

# in_files HEX...: names of files below RUN, STATE and of logs that hold these bytes
in_files() {
    python3 -c '
import os, stat, sys
root, *secrets = sys.argv[1:]
for folder, _, names in os.walk(root):
    for name in names:
        path = os.path.join(folder, name)
        if "charon" in path or not stat.S_ISREG(os.stat(path).st_mode):
            continue
        data = open(path, "rb").read()
        for secret in secrets:
            if bytes.fromhex(secret) in data or secret.encode() in data.lower():
                print(path)' "$WORK" "$@"
}

topology_up
gateway_config A
gateway_start A --log-level debug
# swan_config IKE ESP: strongSwan, telling its keys
swan_config() {
    SWAN_PSK=$PSK SWAN_IKE=$1 SWAN_ESP=$2 strongswan_config B
    sed -i 's|^      enc = 1$|      chd = 4|; s|^      ike = 1$|      ike = 4|' "$WORK/charon-B/strongswan.conf"
}
swan_config aes256gcm16-prfsha384-ecp384 aes256gcm16
strongswan_start B
gateway_secret A "$PSK"
tunnel_wait A UP
ping_both_ways
forms psk "$PSK" >"$WORK/charon-psk"
step "who knows the pre-shared key"
search "$WORK/charon-psk"
for form in psk psk-base64; do
    assert_match "who has $form" '^(nobody|pki-d)$' "$(found $form)"
done

# keys_while_up CIPHERS: who knows what while the tunnel stands
keys_while_up() {
    local label
    step "who knows the keys of the SAs: $1"
    python3 "$SCENARIO_LIB/find_secrets.py" --charon "$WORK/charon-B.log" >"$WORK/charon-keys"
    search "$WORK/charon-keys"
    for label in Sk_d_secret Sk_ei_secret Sk_er_secret encryption_initiator_key encryption_responder_key SKEYSEED \
        shared_Diffie_Hellman_secret Sk_pi_secret Sk_pr_secret 'prf(secret,_keypad)'; do
        [ -n "$(found "$label")" ] || fail "strongSwan does not tell $label"
    done
    for label in $(cut -d' ' -f1 "$WORK/found"); do
        case $label in
        Sk_[dea]*) assert_equal "who has $label" ike-d "$(found "$label")" ;;
        encryption_*) assert_equal "who has the child's $label" esp-d "$(found "$label")" ;;
        integrity_*) assert_match "who has the child's $label" '^(esp-d|nobody)$' "$(found "$label")" ;;
        *) assert_equal "who still has $label, of no use any more" nobody "$(found "$label")" ;;
        esac
    done
}

keys_when_down() {
    step "when the tunnel is down, nobody knows them any more"
    bhctl_on A tunnels down net || fail "tunnels down"
    wait_for 5 "strongSwan to hear of it" strongswan_has_no_sa B
    sleep 0.5
    search "$WORK/charon-keys"
    assert_equal "keys that are still somewhere" "" "$(grep -v ' nobody$' "$WORK/found")"
}

keys_while_up AES-GCM
keys_when_down
swan_config aes256-sha256-ecp256 aes128-sha256
strongswan_load B
TUNNEL_IKE="[aes256-sha256-ecp256]" TUNNEL_ESP="[aes128-sha256]" gateway_config A
bhctl_on A apply -f "$WORK/A/config.yaml" || fail "apply"
bhctl_on A tunnels up net || fail "tunnels up"
ping_both_ways
keys_while_up "AES-CBC with HMAC-SHA2"
grep -q '^Sk_ai_secret' "$WORK/found" || fail "no integrity key of the IKE SA was looked for"
grep -q '^integrity_initiator_key' "$WORK/found" || fail "no integrity key of the child was looked for"
keys_when_down

step "secrets that were refused, or that nobody took in time, leave nothing behind, either"
set_other() { printf '%s' "$OTHER" | bhctl_on A "$@" >/dev/null 2>&1; }
set_other secrets set bad/name && fail "a bad name was taken"
for _ in $(seq 70); do printf '%s' "$OTHER"; done | bhctl_on A secrets set other >/dev/null 2>&1 && fail "2 KB were taken"
pki=$(daemon_pid A pki-d)
kill -STOP "$pki"
set_other --timeout 1 secrets set late && fail "a stopped pki-d took a secret"
kill -CONT "$pki"
wait_for 5 "the late secret" bash -c "\"$BHCTL\" --socket \"$WORK/A/run/api.sock\" secrets list | grep -q late"
kill -KILL "$pki"
set_other --timeout 1 secrets set never
wait_for 15 "a new pki-d" daemon_is_new A pki-d "$pki"
wait_for 5 "pki-d's answer" bhctl_on A secrets list
body="{\"name\": \"net\", \"value\": \"$(printf '%s' "$OTHER" | base64)\", \"colour\": 1}"
curl -s --unix-socket "$WORK/A/run/api.sock" -H 'Content-Type: application/json' -d "$body" \
    http://localhost/bulkhead.v1.SecretService/SetSecret >"$WORK/charon-answer"
assert_match "the answer to an unknown field" 'invalid_argument' "$(cat "$WORK/charon-answer")"
curl -s --http2-prior-knowledge --unix-socket "$WORK/A/run/api.sock" -H 'Content-Type: application/json' -d "${body%?}" \
    http://localhost/bulkhead.v1.SecretService/SetSecret >"$WORK/charon-answer"
assert_match "the answer to half a body" 'invalid_argument' "$(cat "$WORK/charon-answer")"
curl -s --unix-socket "$WORK/A/run/api.sock" -H 'Content-Type: application/proto' -d "$OTHER" \
    http://localhost/bulkhead.v1.SecretService/SetSecret >/dev/null
wait_for 10 "the wiped connection buffers" bhctl_on A secrets list
forms other "$OTHER" >"$WORK/charon-other"
search "$WORK/charon-other"
for form in other other-base64; do
    assert_match "who has $form" '^(nobody|pki-d)$' "$(found $form)"
done

step "a secret that is replaced or deleted is gone from the disk, as is every key"
gateway_secret A "$OTHER" || fail "secrets set"
bhctl_on A secrets delete late || fail "secrets delete"
hex=$(cat "$WORK"/charon-{psk,other,keys} | cut -d' ' -f2)
# shellcheck disable=SC2086
assert_equal "files that hold a secret" "" "$(in_files $hex)"
grep -q '^<7>' "$WORK/bulkhead-A.log" || fail "the log has no line of level debug"
for pid in $(ip netns pids "$PREFIX-gwA"); do
    for file in cmdline environ; do
        assert_no_match "$file of $pid" "$PSK|$OTHER" "$(tr '\0' ' ' <"/proc/$pid/$file")"
    done
done
passed
