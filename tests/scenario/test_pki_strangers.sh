#!/bin/bash
# ctest: timeout 600
# Strangers agree with what pki-d makes: openssl (verify, crl, ocsp, pkcs12) and certtool (GnuTLS) read certificates of every
# kind of key, chains, CRLs, OCSP answers and PKCS#12 files; what openssl made is signed, imported and issued from. A backup
# comes back on another gateway, whole or not at all.
. "$(dirname "$0")/lib/scenario.sh" || exit 1
HTTP=$WAN_A:8080
PASSPHRASE=0123456789
KEYS="rsa-2048 ec-p256 ec-p384 ec-p521 ed25519"
[ -z "${BULKHEAD_LONG:-}" ] || KEYS+=" rsa-3072 rsa-4096"

pki() { bhctl_on A pki "$@"; }

must() { "$@" >"$WORK/must.log" 2>&1 || fail "$*: $(tail -n 3 "$WORK/must.log")"; }

# refuses PATTERN COMMAND...: it fails, with these words
refuses() {
    local pattern=$1
    shift
    if "$@" >"$WORK/refuses.log" 2>&1; then fail "not refused: $*"; fi
    assert_match "the refusal of $*" "$pattern" "$(cat "$WORK/refuses.log")"
}

# issue NAME OPTIONS...: and its chain in $WORK/NAME.pem
issue() {
    must pki cert issue "$@"
    pem "$1"
}

pem() {
    rm -f "$WORK/$1.pem"
    must pki cert export "$1" --to "$WORK/$1.pem"
}

# strangers_agree CA CERTIFICATE PURPOSE: the whole path
strangers_agree() {
    must openssl verify -x509_strict -purpose "$3" -CAfile "$WORK/$1.pem" -untrusted "$WORK/$2.pem" "$WORK/$2.pem"
    must certtool --verify --load-ca-certificate "$WORK/$1.pem" --infile "$WORK/$2.pem"
    must certtool --verify-chain --infile "$WORK/$2.pem"
}

for side in A B; do
    mkdir -p "$WORK/$side"
    echo "tunnels: []" >"$WORK/$side/config.yaml"
done
topology_up
gateway_start A --pki-http $HTTP

step "every kind of key: an authority and a server, in openssl's and GnuTLS' eyes"
for key in $KEYS; do
    must pki ca create "ca-$key" --common-name "Authority $key" --organization Example --country DE --key "$key" \
        --crl-url "http://$HTTP/crl/ca-$key.crl" --ocsp-url "http://$HTTP/ocsp"
    pem "ca-$key"
    issue "gw-$key" --ca "ca-$key" --purpose server --san dns:vpn.example --san ip:192.0.2.1 --key "$key"
    strangers_agree "ca-$key" "gw-$key" sslserver
    text=$(openssl x509 -in "$WORK/gw-$key.pem" -noout -text -nameopt RFC2253)
    for pattern in "CA:FALSE" "Digital Signature" "TLS Web Server Authentication, ipsec Internet Key Exchange" \
        "DNS:vpn.example, IP Address:192.0.2.1" "OCSP - URI:http://$HTTP/ocsp" "URI:http://$HTTP/crl/ca-$key.crl" \
        "Issuer: CN=Authority $key,O=Example,C=DE"; do
        assert_match "the certificate of gw-$key" "$pattern" "$text"
    done
    must openssl x509 -in "$WORK/gw-$key.pem" -noout -checkhost vpn.example -checkip 192.0.2.1
    serial=$(openssl x509 -in "$WORK/gw-$key.pem" -noout -serial)
    assert_at_least "hex digits of the serial" 24 $((${#serial} - 7))
done

step "an authority below another one, people and sites"
must pki ca create sub --ca ca-rsa-2048 --key ec-p256
issue anna --ca sub --purpose client --san email:anna@example.com
issue branch --ca sub --purpose site --san dns:branch.example
strangers_agree ca-rsa-2048 anna sslclient
strangers_agree ca-rsa-2048 branch sslserver
assert_equal "certificates in the chain" 3 "$(grep -c BEGIN "$WORK/anna.pem")"
refuses "path length 0" pki ca create below --ca sub
refuses "expires in [0-9]+ days" pki cert issue long --ca sub --purpose client --days 9000
refuses "is there already" pki cert issue anna --ca sub --purpose client
refuses "no authority of that name" pki cert issue nobody --ca nowhere --purpose client

step "a request from outside, signed here"
openssl req -new -newkey rsa:2048 -nodes -keyout "$WORK/csr.key" -out "$WORK/csr.pem" -subj "/C=DE/O=Branch/CN=csr.example" \
    -addext "subjectAltName=DNS:csr.example" 2>/dev/null || fail "no request"
must pki cert sign csr -f "$WORK/csr.pem" --ca sub --purpose site --to "$WORK/csr-chain.pem"
must openssl verify -x509_strict -CAfile "$WORK/ca-rsa-2048.pem" -untrusted "$WORK/csr-chain.pem" "$WORK/csr-chain.pem"
assert_equal "its subject" "CN=csr.example,O=Branch,C=DE" \
    "$(openssl x509 -in "$WORK/csr-chain.pem" -noout -subject -nameopt RFC2253 | sed 's/^subject=//')"
assert_equal "its key" "$(openssl pkey -in "$WORK/csr.key" -pubout)" \
    "$(openssl x509 -in "$WORK/csr-chain.pem" -noout -pubkey)"
refuses "elsewhere|not stored" pki cert export csr --format pkcs12 --passphrase-file <(echo $PASSPHRASE) --to "$WORK/csr.p12"

step "PKCS#12 in the old and the modern form"
echo $PASSPHRASE >"$WORK/pass"
must pki cert export anna --format pkcs12 --passphrase-file "$WORK/pass" --to "$WORK/old.p12"
must pki cert export anna --format pkcs12 --modern --passphrase-file "$WORK/pass" --to "$WORK/new.p12"
info=$(openssl pkcs12 -in "$WORK/old.p12" -passin pass:$PASSPHRASE -info -nokeys 2>&1)
assert_match "the old form" "MAC: sha1, .*pbeWithSHA1And3-KeyTripleDES-CBC" "$(tr '\n' ' ' <<<"$info")"
assert_equal "certificates in it" 3 "$(grep -c BEGIN <<<"$info")"
assert_match "the modern form" "MAC: sha256, .*PBES2, PBKDF2, AES-256-CBC, .*hmacWithSHA256" \
    "$(openssl pkcs12 -in "$WORK/new.p12" -passin pass:$PASSPHRASE -info -nokeys 2>&1 | tr '\n' ' ')"
for form in old new; do
    openssl pkcs12 -in "$WORK/$form.p12" -passin pass:$PASSPHRASE -nocerts -nodes -out "$WORK/$form.key" 2>/dev/null ||
        fail "no key in $form.p12"
    assert_equal "the key in $form.p12" "$(openssl x509 -in "$WORK/anna.pem" -noout -pubkey)" \
        "$(openssl pkey -in "$WORK/$form.key" -pubout)"
    must certtool --p12-info --inder --infile "$WORK/$form.p12" --password $PASSPHRASE
    assert_at_least "certificates that GnuTLS finds in $form.p12" 3 "$(grep -c 'BEGIN CERT' "$WORK/must.log")"
    refuses "invalid password|mac verify|Mac verify" openssl pkcs12 -in "$WORK/$form.p12" -passin pass:wrong -noout
done
refuses "at least 8" pki cert export anna --format pkcs12 --passphrase-file <(echo short12) --to "$WORK/short.p12"

step "CRL and OCSP: good, revoked, unknown"
# ocsp CA NAME: what openssl says of our responder's answer
ocsp() {
    in_ns gwB openssl ocsp -issuer "$WORK/$1.pem" -CAfile "$WORK/$1.pem" -cert "$WORK/$2.pem" -url "http://$HTTP/ocsp" \
        -nonce 2>&1
}
crl() { # CA: fetched from where its certificates say
    in_ns gwB curl -sS --max-time 10 "http://$HTTP/crl/$1.crl" -o "$WORK/$1.der" || fail "no CRL of $1"
    openssl crl -inform DER -in "$WORK/$1.der" -out "$WORK/$1.crl" || fail "the CRL of $1 is none"
    must openssl crl -in "$WORK/$1.crl" -CAfile "$WORK/$1.pem" -noout -verify
}
for key in $KEYS; do
    ca=ca-$key gw=gw-$key
    assert_match "OCSP before, $key" "Response verify OK.*$gw.pem: good" "$(ocsp "$ca" "$gw" | tr '\n' ' ')"
    crl "$ca"
    must openssl verify -crl_check -CAfile "$WORK/$ca.pem" -CRLfile "$WORK/$ca.crl" "$WORK/$gw.pem"
done
for key in $KEYS; do must pki cert revoke "gw-$key" --reason key-compromise; done
is_revoked() { ocsp "$ca" "$gw" | grep -q "$gw.pem: revoked"; }
is_listed() {
    crl "$ca"
    openssl crl -in "$WORK/$ca.crl" -noout -text | grep -q "Key Compromise"
}
for key in $KEYS; do
    ca=ca-$key gw=gw-$key
    wait_for 5 "OCSP to say that $gw is revoked" is_revoked
    assert_match "OCSP after, $key" "Response verify OK.*revoked.*Reason: keyCompromise" "$(ocsp "$ca" "$gw" | tr '\n' ' ')"
    wait_for 5 "the CRL to list $gw" is_listed
    refuses "certificate revoked" openssl verify -crl_check -CAfile "$WORK/$ca.pem" -CRLfile "$WORK/$ca.crl" "$WORK/$gw.pem"
    refuses "revoked" certtool --verify --load-ca-certificate "$WORK/$ca.pem" --load-crl "$WORK/$ca.crl" \
        --infile "$WORK/$gw.pem"
    assert_match "what certtool says of the CRL" "Revoked certificates \(1\)" \
        "$(certtool --crl-info --infile "$WORK/$ca.crl" 2>&1)"
done
refuses "is revoked already" pki cert revoke gw-ec-p256
assert_match "OCSP of a serial never given" "unknown" \
    "$(in_ns gwB openssl ocsp -issuer "$WORK/ca-ec-p256.pem" -CAfile "$WORK/ca-ec-p256.pem" -serial 0x1234567890 \
        -url "http://$HTTP/ocsp" 2>&1 | tr '\n' ' ')"

step "renewal, with and without a new key"
serial() { openssl x509 -in "$WORK/$1.pem" -noout -serial; }
key_of() { openssl x509 -in "$WORK/$1.pem" -noout -pubkey; }
before=$(serial branch) key=$(key_of branch)
must pki cert renew branch
pem branch
assert_equal "the key after renewal" "$key" "$(key_of branch)"
[ "$(serial branch)" != "$before" ] || fail "the serial is the same after renewal"
strangers_agree ca-rsa-2048 branch sslserver
middle=$(serial branch)
must pki cert renew branch --new-key --revoke-old
pem branch
[ "$(key_of branch)" != "$key" ] || fail "the key is the same after renewal with a new one"
strangers_agree ca-rsa-2048 branch sslserver
must pki crl show sub --format pem --to "$WORK/sub.crl"
assert_match "the one before" "Superseded" \
    "$(openssl crl -in "$WORK/sub.crl" -noout -text | grep -A 4 "Serial Number: ${middle#serial=}")"
refuses "make another authority" pki cert renew sub --new-key
pki cert renew sub >/dev/null || fail "no renewal of an authority"
pem sub
strangers_agree ca-rsa-2048 branch sslserver

step "an authority from outside, with its key: it goes on issuing"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 800 -keyout "$WORK/out.key" -out "$WORK/out.pem" \
    -subj "/C=AT/O=Elsewhere/CN=Outside CA" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign,cRLSign \
    2>/dev/null || fail "no authority of openssl's"
openssl pkcs12 -export -in "$WORK/out.pem" -inkey "$WORK/out.key" -passout pass:$PASSPHRASE -out "$WORK/out.p12"
must pki ca import outside -f "$WORK/out.p12" --passphrase-file "$WORK/pass"
issue of-outside --ca outside --purpose server --san dns:other.example
strangers_agree out of-outside sslserver
must pki crl show outside --format pem --to "$WORK/outside.crl"
must openssl crl -in "$WORK/outside.crl" -CAfile "$WORK/out.pem" -noout -verify
must pki cert revoke of-outside
assert_match "OCSP of an imported authority's" "of-outside.pem: revoked" "$(cp "$WORK/out.pem" "$WORK/outside.pem" &&
    ocsp outside of-outside)"
must pki cert export outside --format pkcs12 --passphrase-file "$WORK/pass" --to "$WORK/back.p12"
assert_equal "the key that came in and went out" "$(openssl pkey -in "$WORK/out.key" -pubout)" \
    "$(openssl pkcs12 -in "$WORK/back.p12" -passin pass:$PASSPHRASE -nocerts -nodes 2>/dev/null | openssl pkey -pubout)"

step "deletion leaves the record"
must pki cert delete gw-ec-p256
assert_match "OCSP of a deleted certificate" "revoked" "$(ocsp ca-ec-p256 gw-ec-p256)"
refuses "has issued certificates that are valid" pki cert delete sub

step "backup and restore on another gateway"
echo "twelve or more" >"$WORK/backup-pass"
printf 'a secret value' | must bhctl_on A secrets set psk
must pki backup --passphrase-file "$WORK/backup-pass" --to "$WORK/A.backup"
for plain in "a secret value" "BEGIN" "SQLite" "Authority"; do
    grep -qa "$plain" "$WORK/A.backup" && fail "\"$plain\" stands in the backup in clear"
done
gateway_start B
echo "wrong passphrase" >"$WORK/wrong-pass"
python3 - "$WORK/A.backup" "$WORK/damaged" <<'PY'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[len(data) // 2] ^= 1
open(sys.argv[2], "wb").write(data)
PY
printf 'of B' | must bhctl_on B secrets set own
restore() { bhctl_on B pki restore "$@"; }
refuses "wrong, or the file is damaged" restore -f "$WORK/A.backup" --passphrase-file "$WORK/wrong-pass" --replace
refuses "wrong, or the file is damaged" restore -f "$WORK/damaged" --passphrase-file "$WORK/backup-pass" --replace
refuses "no backup" restore -f "$WORK/out.pem" --passphrase-file "$WORK/backup-pass" --replace
refuses "replace" restore -f "$WORK/A.backup" --passphrase-file "$WORK/backup-pass"
assert_match "B's secrets after refusals" "own" "$(bhctl_on B secrets list)"
must restore -f "$WORK/A.backup" --passphrase-file "$WORK/backup-pass" --replace
assert_match "B's secrets" "psk" "$(bhctl_on B secrets list)"
assert_equal "B's certificates" "$(pki cert list)" "$(bhctl_on B pki cert list)"
must bhctl_on B pki cert export anna --format pkcs12 --passphrase-file "$WORK/pass" --to "$WORK/B.p12"
assert_equal "anna's key on B" "$(openssl pkey -in "$WORK/old.key" -pubout)" \
    "$(openssl pkcs12 -in "$WORK/B.p12" -passin pass:$PASSPHRASE -nocerts -nodes 2>/dev/null | openssl pkey -pubout)"
must bhctl_on B pki cert issue new-on-b --ca ca-ec-p256 --purpose client
must bhctl_on B pki cert revoke anna
must restore -f "$WORK/A.backup" --passphrase-file "$WORK/backup-pass" --replace
assert_match "anna on B after the restore of an older backup" "revoked" "$(bhctl_on B pki cert list | grep anna)"

step "the audit log holds all of it, and can't be changed"
for operation in create-authority issue sign-request import renew revoke export delete backup; do
    assert_match "the audit log" "uid 0 +$operation" "$(pki audit --limit 1000)"
done
assert_match "B's audit log" "restore" "$(bhctl_on B pki audit)"
gateway_stop B
gateway_stop A
for side in A B; do
    store=$WORK/$side/state/pki-d/store.db
    assert_equal "integrity of $side's store" ok "$(sqlite3 "$store" "PRAGMA integrity_check")"
    refuses "append-only" sqlite3 "$store" "DELETE FROM audit"
    refuses "append-only" sqlite3 "$store" "UPDATE audit SET actor = 'nobody'"
done
passed
