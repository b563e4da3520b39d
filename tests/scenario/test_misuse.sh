#!/bin/bash
# ctest: processors 2
# Two gateways with a tunnel by certificates. Then a taken ike-d towards pki-d: with its uid and on its socket somebody asks for what ike-d never asks for. Each is refused,
# logged and limited, and nobody but pki-d can read the store. Then the search for private keys and pre-shared keys, known
# because they were made outside or exported: in memory pki-d alone has them (1 s after they passed through), no file does,
# and neither does what a crash leaves behind.
. "$(dirname "$0")/lib/scenario.sh" || exit 1
PROBE=$BULKHEAD_BUILD/tests/sandbox_probe
CLIENT=$BULKHEAD_BUILD/tests/pki_client
RUN=$WORK/A/run
STATE=$WORK/A/state
KEYS=$WORK/charon-keys # a folder that in_files leaves out
PSK="A-recognisable-PSK-4711"
PASSPHRASE="0123456789-recognisable-passphrase"
KINDS="rsa ec ed"
declare -A KEY_OF=([own]=rsa-2048 [gwb]=ec-p256)

topology_up
# tunnel NAME ID AUTH: lines of the configuration, a tunnel that nobody brings up
tunnel() {
    echo "- {name: $1, start: START_MODE_PASSIVE, local: {id: $2}, remote: {address: $WAN_B, id: $1.peer.example},"
    echo "   auth: $3, policies: [{local: $LAN_A, remote: 10.9.$((++TUNNELS)).0/24}]}"
}
TUNNELS=0
mkdir -p "$KEYS"
TUNNEL_LOCAL_ID=own.gw.example TUNNEL_AUTH='{certificate: {certificate: own}}' gateway_config A
TUNNEL_LOCAL_ID=gwb.gw.example TUNNEL_AUTH='{certificate: {certificate: gwb}}' gateway_config B
{
    tunnel secret gw.example '{psk: {secret: net}}'
    for kind in $KINDS; do tunnel $kind $kind.gw.example "{certificate: {certificate: $kind, authorities: [outside]}}"; done
} >>"$WORK/A/config.yaml"
for side in A B; do gateway_start $side --log-level debug; done

pki_on() { # SIDE ARGUMENTS...
    local side=$1
    shift
    bhctl_on "$side" pki "$@" >>"$WORK/pki.log" 2>&1 || fail "bhctl pki $*: $(tail -3 "$WORK/pki.log")"
}
pki() { pki_on A "$@"; }
# openssl_key KIND: of that algorithm
openssl_key() {
    case $1 in
    rsa) openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 ;;
    ec) openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 ;;
    ed) openssl genpkey -algorithm ED25519 ;;
    esac
}

step "keys from outside, with a passphrase and without, keys made here, and a pre-shared key"
printf '%s' "$PASSPHRASE" >"$KEYS/passphrase"
{
    openssl_key ec >"$KEYS/outside.key"
    openssl req -x509 -new -key "$KEYS/outside.key" -subj /CN=outside -days 30 -out "$KEYS/outside.pem" \
        -addext keyUsage=critical,keyCertSign,cRLSign
    for kind in $KINDS spare; do
        openssl_key ${kind/spare/rsa} >"$KEYS/$kind.key"
        openssl req -new -key "$KEYS/$kind.key" -subj /CN=$kind -addext "subjectAltName=DNS:$kind.gw.example" \
            -out "$KEYS/$kind.csr"
        openssl x509 -req -in "$KEYS/$kind.csr" -CA "$KEYS/outside.pem" -CAkey "$KEYS/outside.key" -days 20 \
            -copy_extensions copyall -out "$KEYS/$kind.pem"
    done
    for kind in rsa spare; do
        openssl pkcs12 -export -inkey "$KEYS/$kind.key" -in "$KEYS/$kind.pem" -passout "file:$KEYS/passphrase" \
            -out "$KEYS/$kind.p12"
    done
} 2>"$KEYS/openssl.log" || fail "openssl: $(tail -3 "$KEYS/openssl.log")"
pki ca import outside -f "$KEYS/outside.pem"
pki cert import rsa -f "$KEYS/rsa.p12" --passphrase-file "$KEYS/passphrase"
pki cert import ec -f "$KEYS/ec.pem" --key-file "$KEYS/ec.key"
pki cert import ed -f "$KEYS/ed.pem" --key-file "$KEYS/ed.key"
pki ca create ca --key ec-p256
for name in own gwb; do
    pki cert issue $name --ca ca --purpose site --key ${KEY_OF[$name]} --san dns:$name.gw.example
    pki cert export $name --format pkcs12 --passphrase-file "$KEYS/passphrase" --to "$KEYS/$name.p12"
    openssl pkcs12 -legacy -in "$KEYS/$name.p12" -passin "file:$KEYS/passphrase" -nodes -nocerts 2>/dev/null |
        openssl pkey >"$KEYS/$name.key" || fail "openssl can't read the export"
done
pki_on B cert import gwb -f "$KEYS/gwb.p12" --passphrase-file "$KEYS/passphrase"
gateway_secret A "$PSK"
exported=$SECONDS

step "the gateways authenticate each other with what they have"
tunnel_wait A UP
tunnel_wait B UP
ping_both_ways

# Its socket is ours while ike-d sleeps.
ike=$(daemon_pid A ike-d)
kill -STOP "$ike"

# misuse WANTED ARGUMENTS...: what pki_client prints, in one line
misuse() {
    local wanted=$1 outcome
    shift
    outcome=$("$CLIENT" "$RUN" "$@" 2>&1 | paste -sd ' ')
    printf '  %-56s %s\n' "$*" "$outcome"
    [[ $outcome =~ ^($wanted)$ ]] || fail "$*: $outcome, not $wanted"
}

step "what ike-d may ask, it gets"
misuse "OK 1" psk secret gw.example 1
for kind in $KINDS; do misuse "OK 2" sign $kind $kind.gw.example 2; done
misuse "OK 2" sign net own.gw.example 2

step "in the name of another, for tunnels that are not, and of bytes that are no message: nothing"
for kind in $KINDS net; do
    misuse "PERMISSION_DENIED 3" sign $kind other.example 3
    misuse "PERMISSION_DENIED 1" sign $kind $kind.gw.example.evil 1
done
misuse "PERMISSION_DENIED 1" sign rsa ec.gw.example 1
misuse "PERMISSION_DENIED 1" sign rsa "dn:CN=rsa" 1
misuse "PERMISSION_DENIED 1" psk secret other.example 1
misuse "NOT_FOUND 1" sign nobody gw.example 1
misuse "NOT_FOUND 1" sign secret gw.example 1
misuse "NOT_FOUND 1" psk rsa rsa.gw.example 1
misuse "NOT_FOUND 1" sign ca ca 1
for kind in $KINDS; do misuse "INVALID_ARGUMENT 1" raw $kind $kind.gw.example 1; done
for bytes in 0 1 20 27 32769 60000; do
    misuse "INVALID_ARGUMENT 1" sign rsa rsa.gw.example 1 $bytes
    misuse "INVALID_ARGUMENT 1" psk secret gw.example 1 $bytes
done
refusals() { grep -c "sign_refused" "$WORK/bulkhead-A.log"; }
assert_at_least "refusals in the log" 20 "$(refusals)"
grep -q 'sign_refused tunnel=rsa reason="not the identity' "$WORK/bulkhead-A.log" || fail "the log does not say why"

step "what belongs to others costs the connection"
methods=0
while read -r method; do
    misuse "UNAVAILABLE 1" ask "$method"
    methods=$((methods + 1))
done < <("$BULKHEAD_BUILD/bulkhead" roles | awk -F' *[|] *' '$2 ~ /^[0-9]+$/ && $5 == "pki-d" && $4 !~ /ike-d/ {print $3}')
assert_at_least "methods tried" 20 $methods
violations=$(grep -c 'pki-d: edge_violation peer=ike-d reason="method not for its role"' "$WORK/bulkhead-A.log")
assert_equal "violations in the log" $methods "$violations"

step "a flood is limited, and the others are served meanwhile"
sleep 1 # what was refused so far has used up this second's lines
before=$(refusals)
"$CLIENT" "$RUN" sign ec ec.gw.example 20000 >"$WORK/flood" &
flood=$!
began=$(date +%s%N)
bhctl_on A secrets list >/dev/null || fail "secrets list"
took_ms=$((($(date +%s%N) - began) / 1000000))
wait $flood || fail "the flood"
sed 's/^/    /' "$WORK/flood"
echo "    bhctl secrets list took $took_ms ms"
[ $took_ms -lt 2000 ] || fail "an operator waited $took_ms ms"
signed=$(sed -n 's/^OK //p' "$WORK/flood")
limited=$(sed -n 's/^RESOURCE_EXHAUSTED //p' "$WORK/flood")
assert_equal "answers to the flood" 20000 $((signed + limited))
# 200 at once, then 20 a second.
[ "$signed" -le 1000 ] || fail "$signed signatures were made"
lines=$(($(refusals) - before))
assert_at_least "log lines" 1 $lines
[ $lines -le 60 ] || fail "$lines log lines"
misuse "NOT_FOUND 20000" psk nobody gw.example 20000
misuse "(OK [0-9]+ )?RESOURCE_EXHAUSTED [0-9]+|OK [0-9]+" sign ec ec.gw.example 50
misuse "OK 1" sign rsa rsa.gw.example 1 # one tunnel's limit is not another's

step "the store is unreadable for every uid but its own"
read -ra files < <(find "$STATE/pki-d" -type f | paste -sd ' ')
assert_at_least "files of the store" 3 ${#files[@]}
while read -r role _; do
    [ "$role" != pki-d ] || continue
    for file in "${files[@]}" "$STATE/pki-d"; do
        outcome=$("$PROBE" as "$role" uid read "$file")
        assert_equal "$role reads ${file#"$WORK"/}" EACCES "$outcome"
    done
done < <("$PROBE" roles)
assert_equal "uid 65534 reads the store" EACCES "$("$PROBE" as 65534 uid read "${files[0]}")"
assert_equal "pki-d's own uid" done "$("$PROBE" as pki-d uid read "${files[0]}")"

step "ike-d wakes, and nobody has died"
kill -CONT "$ike"
wait_for 10 "all daemons" gateway_is_complete A
assert_equal "ike-d" "$ike" "$(daemon_pid A ike-d)"
wait_for 5 "the audit log" bash -c "\"$BHCTL\" --socket \"$RUN/api.sock\" pki audit | grep -q 'sign.*rsa'"
assert_match "the audit log" 'ike-d +sign +ec ' "$(bhctl_on A pki audit)"

# numbers KIND KEY-FILE: lines "LABEL HEX" of what is secret in it, as OpenSSL writes it down and as its big numbers lie in
# memory (the least byte first)
numbers() {
    openssl pkey -in "$2" -text -noout 2>/dev/null | python3 -c '
import re, sys
parts = {"privateExponent": "d", "prime1": "p", "prime2": "q", "priv": "secret"}
text = sys.stdin.read()
for name, label in parts.items():
    found = re.search(r"^" + name + r":\n((?: +[0-9a-f:]+\n)+)", text, re.M)
    if found:
        value = bytes.fromhex(re.sub(r"[^0-9a-f]", "", found[1])).lstrip(b"\0")
        print(sys.argv[1] + "-" + label, value.hex())
        print(sys.argv[1] + "-" + label + "-reversed", value[::-1].hex())' "$1"
}
text_forms() { # LABEL VALUE
    echo "$1 $(printf '%s' "$2" | od -An -v -tx1 | tr -d ' \n')"
    echo "$1-base64 $(printf '%s' "$2" | base64 -w 0 | od -An -v -tx1 | tr -d ' \n')"
}

step "who has the keys, 1 s after the last of them passed through"
{
    for kind in $KINDS own gwb spare; do numbers $kind "$KEYS/$kind.key"; done
    text_forms psk "$PSK"
    text_forms passphrase "$PASSPHRASE"
    # the body of a PEM file, line by line
    for kind in ec ed; do sed '/^-/d' "$KEYS/$kind.key" | while read -r line; do
        echo "$kind-pem $(printf '%s' "$line" | od -An -v -tx1 | tr -d ' \n')"
    done; done
} >"$KEYS/secrets"
assert_at_least "secrets to look for" 20 "$(wc -l <"$KEYS/secrets")"
while [ $((SECONDS - exported)) -lt 2 ]; do sleep 0.1; done
# search: who has what, now, at either side
search() {
    local side daemon processes=()
    for side in A B; do
        for daemon in $DAEMONS; do processes+=("$daemon-$side=$(daemon_pid $side $daemon)"); done
        processes+=("bulkhead-$side=${PROCESS_PID[bulkhead-$side]}")
    done
    python3 "$SCENARIO_LIB/find_secrets.py" "${processes[@]}" <"$KEYS/secrets" >"$WORK/found" || fail "the search"
    sed 's/^/    /' "$WORK/found"
    while read -r label who; do
        assert_match "who has $label" '^(nobody|pki-d-A|pki-d-B|pki-d-A pki-d-B)$' "$who"
    done <"$WORK/found"
}
search
# The search can find something at all.
printf '%s' "$PASSPHRASE" | python3 -c 'import sys, time; s = sys.stdin.read(); time.sleep(30)' &
witness=$!
sleep 0.3
assert_equal "who has the passphrase" witness \
    "$(grep '^passphrase ' "$KEYS/secrets" | python3 "$SCENARIO_LIB/find_secrets.py" witness=$witness | cut -d' ' -f2)"
kill $witness

step "once more, 1 s after an export and an import"
pki cert export own --format pkcs12 --modern --passphrase-file "$KEYS/passphrase" --to "$KEYS/own-2.p12"
pki cert import spare -f "$KEYS/spare.p12" --passphrase-file "$KEYS/passphrase"
sleep 1
search

# in_files: names of files below RUN, STATE and of logs that hold any of the secrets
in_files() {
    python3 -c '
import os, stat, sys
secrets = [bytes.fromhex(line.split()[1])[:32] for line in open(sys.argv[1])]
for root in sys.argv[2:]:
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            if "charon" in path or not stat.S_ISREG(os.stat(path).st_mode):
                continue
            data = open(path, "rb").read()
            lower = data.lower()
            if any(secret in data or secret.hex().encode() in lower for secret in secrets):
                print(path)' "$KEYS/secrets" "$@"
}

step "no file has them, nor what a crash leaves behind"
touch "$WORK/mark"
for daemon in pki-d api-d importer; do
    pid=$(daemon_pid A $daemon)
    kill -SEGV "$pid"
    wait_for 15 "a new $daemon" daemon_is_new A $daemon "$pid"
done
wait_for 20 "all daemons" gateway_is_complete A
assert_equal "cores" "" "$(find / "$WORK" "$RUN" "$STATE" /var/crash -maxdepth 1 -name '*core*' -type f -newer "$WORK/mark" 2>/dev/null)"
assert_equal "files that hold a secret" "" "$(in_files "$WORK")"
# Importers that went after their work are no deaths.
recycled=$(grep -c 'daemon_recycled name=importer' "$WORK/bulkhead-A.log")
assert_at_least "importers that were replaced" 5 "$recycled"
assert_equal "daemons that died" 3 "$(grep -c daemon_died "$WORK/bulkhead-A.log")"
for pid in $(ip netns pids "$PREFIX-gwA"); do
    assert_no_match "words and variables of $pid" "$PSK|$PASSPHRASE" "$(cat "/proc/$pid/cmdline" "/proc/$pid/environ" | tr '\0' ' ')"
done
passed
