#!/usr/bin/env bash
# Certificates in numbers: what a signature and the verification of a peer's chain cost a gateway that is called, beside charon
# with the same keys; issuing; lists and look-ups among 100,000. Results are medians, printed as a table and kept in
# BUILD_FOLDER/bench.json.
#
# usage: pki.sh [BUILD_FOLDER]
#     PARTS="authenticate list"   ROUNDS=3 HANDSHAKES=200 KEYS="rsa-2048 ec-p256" ISSUED=10000 STORED=100000
#
# A charon makes HANDSHAKES IKE SAs, with a certificate and an identity each. For Bulkhead, pki.sign is what pki-d spends on
# one (its own chain, the AUTH signature, what the tunnel trusts, who is revoked), pki.verify what the verifier spends (chain,
# identity, usage, AUTH signature). charon is one process: its signature is what a handshake costs more when it alone
# authenticates with a certificate, its verification what it costs more when the peer alone does, than with a pre-shared key on
# both sides. CPU as the scheduler counts it; the results say how often that goes into a second of one processor.
set -u
here=$(dirname "$(readlink -f "$0")")
export BULKHEAD_SOURCE=${here%/*}
export BULKHEAD_BUILD=${1:-$BULKHEAD_SOURCE/build}
: "${PARTS:=authenticate list}" "${ROUNDS:=3}" "${HANDSHAKES:=200}" "${KEYS:=rsa-2048 ec-p256}"
: "${ISSUED:=10000}" "${STORED:=100000}"
# shellcheck source=tests/scenario/lib/scenario.sh
. "$BULKHEAD_SOURCE/tests/scenario/lib/scenario.sh"
RESULTS=$BULKHEAD_BUILD/bench.json
PSK="correct horse battery staple 2026"
# As in ike.sh.
export SWAN_LOG=-1 SWAN_CHARON="  install_routes = no
  cookie_threshold = 1000000
  cookie_threshold_ip = 1000000
  block_threshold = 1000000
  ikesa_table_size = 1024
  ikesa_table_segments = 16"

result() { "$here/result.py" "$RESULTS" add "$@" || fail "no result for $1"; }

per_second() { awk "BEGIN {printf \"%.1f\", ($1 > 0) ? 1000000 / $1 : 0}"; } # MICROSECONDS

difference() { awk "BEGIN {printf \"%.1f\", $1 - $2}"; }

# ---- authentication

# make_certificates KEY: an authority, a certificate of that kind for b.test, and one for each initiator, which share a key
make_certificates() {
    local i
    rm -rf "$WORK/ca"
    foreign_ca ca "/C=DE/O=Bench/CN=Bench CA"
    foreign_certificate b "$1" ca DNS:b.test
    foreign_key "$1" "$WORK/ca/a.key"
    for ((i = 0; i < HANDSHAKES; i++)); do
        cp "$WORK/ca/a.key" "$WORK/ca/a$i.key"
        foreign_sign "a$i" "/C=DE/O=Bench/CN=a$i.test" ca "basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth,clientAuth
subjectAltName=DNS:a$i.test"
    done
}

give_addresses() {
    local i
    for ((i = 0; i < HANDSHAKES; i++)); do
        echo "addr add 10.64.$((i >> 8)).$((i & 255))/32 dev lo"
    done | ip_in gwA -batch - || fail "no addresses in gwA"
    ip_in gwB addr add 10.128.0.1/32 dev lo
}

# shake_hands INITIATOR_AUTH RESPONDER_AUTH PID...: sets answer
shake_hands() {
    local own=$1 peer=$2
    shift 2
    strongswan_config A
    strongswan_start A
    answer=$(BENCH_CERTIFICATES=$WORK/ca BENCH_LOCAL_AUTH=$own BENCH_REMOTE_AUTH=$peer \
        "$here/handshakes.py" "$WORK/charon-A/vici" "$HANDSHAKES" 16 $WAN_A $WAN_B "$PSK" "$@") ||
        fail "not all handshakes: $answer"
    [ "$(json children <<<"$answer")" = "$HANDSHAKES" ] || fail "not all children: $answer"
    strongswan_stop A
}

# Sets sign, verify, whole: microseconds of CPU.
with_bulkhead() {
    local pids=() role
    mkdir -p "$WORK/B"
    echo "tunnels: []" >"$WORK/B/config.yaml"
    gateway_start B --release-on-exit --log-level error
    openssl pkcs12 -export -in "$WORK/ca/b.pem" -inkey "$WORK/ca/b.key" -passout pass:0123456789 -out "$WORK/b.p12"
    bhctl_on B pki ca import ca -f "$WORK/ca/ca.pem" >/dev/null || fail "no authority"
    echo 0123456789 | bhctl_on B pki cert import b -f "$WORK/b.p12" --passphrase-file - >/dev/null || fail "no certificate"
    "$here/many_tunnels.py" "$HANDSHAKES" b $WAN_B $WAN_A START_MODE_PASSIVE |
        sed 's/auth: .*/auth: {certificate: {certificate: b, authorities: [ca]}}/' >"$WORK/B/many.yaml"
    bhctl_on B --timeout 60 apply -f "$WORK/B/many.yaml" >"$WORK/B/apply.log" || fail "B does not take its tunnels"
    for role in $DAEMONS; do pids+=("$(daemon_pid B "$role")"); done
    shake_hands pubkey pubkey "${pids[@]}"
    whole=$(json cpu_us <<<"$answer")
    sign=$(json "cpu_us_of.$(daemon_pid B pki-d)" <<<"$answer")
    verify=$(json "cpu_us_of.$(daemon_pid B verifier)" <<<"$answer")
    gateway_stop B
    rm -rf "$WORK/B/state" "$WORK/B/run"
}

# charon_cpu INITIATOR_AUTH RESPONDER_AUTH: microseconds of the responder
charon_cpu() {
    SWAN_IKE=aes256-sha256-x25519 SWAN_PSK=$PSK SWAN_LOCAL_ID=b.test SWAN_REMOTE_ID=%any SWAN_LOCAL_AUTH=$2 \
        SWAN_REMOTE_AUTH=$1 SWAN_LOCAL_TS=10.128.0.0/24 SWAN_REMOTE_TS=10.64.0.0/10 strongswan_config B
    strongswan_credentials B b ca
    strongswan_start B
    shake_hands "$1" "$2" "${PROCESS_PID[charon-B]}"
    strongswan_stop B
    cpu=$(json cpu_us <<<"$answer")
}

with_charon() {
    local plain
    charon_cpu psk psk
    plain=$cpu
    charon_cpu psk pubkey
    sign=$(difference "$cpu" "$plain")
    charon_cpu pubkey psk
    verify=$(difference "$cpu" "$plain")
    charon_cpu pubkey pubkey
    whole=$cpu
}

part_authenticate() {
    local key round name suffix
    give_addresses
    for key in $KEYS; do
        make_certificates "$key"
        declare -A own=() peer=()
        for ((round = 1; round <= ROUNDS; round++)); do
            step "round $round: $HANDSHAKES handshakes with certificates, $key"
            with_bulkhead
            own[sign]+=" $(per_second "$sign")" own[verify]+=" $(per_second "$verify")" own[whole]+=" $whole"
            echo "        Bulkhead: signature $sign us, verification $verify us, the whole handshake $whole us"
            with_charon
            peer[sign]+=" $(per_second "$sign")" peer[verify]+=" $(per_second "$verify")" peer[whole]+=" $whole"
            echo "        charon:   signature $sign us, verification $verify us, the whole handshake $whole us"
        done
        suffix=.$key
        [ "$key" != rsa-2048 ] || suffix=
        for name in sign verify; do
            result "pki.$name$suffix" "${own[$name]}" charon "${peer[$name]}" "1/s" "$ROUNDS" more
        done
        result "pki.handshake-cpu$suffix" "${own[whole]}" charon "${peer[whole]}" us "$ROUNDS" less
    done
}

# ---- many certificates

# fill STORE FROM TO: rows as those that were issued have, with names and serials of their own, but without keys
fill() {
    sqlite3 "$1" "
BEGIN;
CREATE TEMP TABLE old AS SELECT * FROM certificate WHERE name GLOB 'c-*';
CREATE UNIQUE INDEX temp.old_name ON old (name);
WITH RECURSIVE n(i) AS (SELECT $2 UNION ALL SELECT i + 1 FROM n WHERE i < $3)
INSERT INTO certificate (name, is_current, authority, is_authority, source, key, serial, not_before, not_after, revoked_at,
    reason, text, sha256)
    SELECT 'c-' || i, 1, authority, 0, source, NULL, randomblob(16), not_before, not_after, revoked_at, reason,
        'c-' || i || char(10) || 'cn=c-' || i, randomblob(32) FROM n JOIN old ON old.name = 'c-' || (1 + i % ($2 - 1));
INSERT INTO document SELECT c.id, d.der, CAST(x'0a' || char(length(c.name)) AS BLOB) || CAST(c.name AS BLOB) ||
    substr(d.info, 3 + length(old.name)), d.subject_der, d.public_key, d.key_identifier
    FROM certificate c JOIN old ON old.name = 'c-' || (1 + substr(c.name, 3) % ($2 - 1)) JOIN document d ON d.id = old.id
    WHERE c.id > (SELECT max(id) FROM old);
INSERT INTO issued SELECT authority, serial, not_after, revoked_at, reason FROM certificate
    WHERE id > (SELECT max(id) FROM old);
COMMIT;" || fail "the store can't be filled"
}

# Keys and certificates of the same kind a second, made by openssl's command line, which keeps no store.
openssl_rate() {
    local i began=$EPOCHREALTIME
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$WORK/root.key" -out "$WORK/root.pem" \
        -subj /CN=root 2>/dev/null
    for ((i = 0; i < 100; i++)); do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$WORK/one.key" -out "$WORK/one.pem" \
            -subj "/CN=c-$i" -CA "$WORK/root.pem" -CAkey "$WORK/root.key" 2>/dev/null
    done
    awk "BEGIN {printf \"%.1f\", 100 / ($EPOCHREALTIME - $began)}"
}

part_list() {
    local run=$WORK/A/run state=$WORK/A/state began seconds slowest kind median
    mkdir -p "$run" "$state"
    chmod 755 "$WORK/A" "$run" "$state"
    step "$ISSUED certificates issued, keys included (EC P-256)"
    "$BULKHEAD_BUILD/pki-d" --run "$run" --state "$state" --log-level error >"$WORK/pki-d.log" 2>&1 </dev/null &
    PROCESS_PID[pki-d]=$!
    "$BULKHEAD_BUILD/tests/ca_client" "$run" authority root || fail "no authority"
    began=$EPOCHREALTIME
    "$BULKHEAD_BUILD/tests/ca_client" "$run" issue root c "$ISSUED" >"$WORK/issued" || fail "not all were issued"
    seconds=$(awk "BEGIN {printf \"%.3f\", $EPOCHREALTIME - $began}")
    terminate pki-d
    echo "        $seconds s"
    result pki.issue "$(awk "BEGIN {printf \"%.1f\", $ISSUED / $seconds}")" "openssl's command" "$(openssl_rate)" "1/s" 1 more
    step "$STORED certificates"
    [ "$STORED" -le "$ISSUED" ] || fill "$state/pki-d/store.db" $((ISSUED + 1)) "$STORED"
    ls -l "$state/pki-d/store.db" | awk '{print "        store.db: " $5 " bytes"}'
    echo "tunnels: []" >"$WORK/A/config.yaml"
    gateway_start A --log-level error
    "$here/pki_calls.py" "$run/api.sock" root c "$STORED" $((ROUNDS * 7)) >"$WORK/calls" || fail "not all calls"
    sed 's/^/        /; s/$/ ms/' "$WORK/calls"
    slowest=$(sort -k2 -n "$WORK/calls" | tail -n 1)
    echo "        the slowest: $slowest ms"
    result pki.list-100k "${slowest#* }" limit 50 ms $((ROUNDS * 7)) less
    gateway_stop A
}

topology_up
for part in $PARTS; do
    "part_$part"
done
"$here/result.py" "$RESULTS" table pki.
passed
