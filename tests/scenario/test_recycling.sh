#!/bin/bash
# Verifier and importer end by themselves: the verifier after 1,000 certificates, the importer after one file. Whoever calls
# them notices nothing: of 1,200 questions in a row and 8 imports at once each is answered.
. "$(dirname "$0")/lib/scenario.sh" || exit 1

IMPORTS=8

topology_up
mkdir -p "$WORK/ca"
TUNNEL_START=passive gateway_config A
gateway_start A
foreign_ca foreign "/C=DE/O=Foreign/CN=foreign root"

# api METHOD TIMES: the request from stdin, so often over one connection; prints how many were answered well
api() {
    python3 -c '
import http.client, socket, sys
path, method, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
body = sys.stdin.read()
class Unix(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
connection = Unix("localhost")
good = 0
for _ in range(times):
    connection.request("POST", "/bulkhead.v1." + method, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status == 200:
        good += 1
    else:
        print(text.decode(), file=sys.stderr)
print(good)' "$WORK/A/run/api.sock" "$@"
}
base64_of() { base64 -w 0 "$1"; }

step "1,200 certificates"
old=$(daemon_pid A verifier)
assert_equal "questions that were answered" 1200 \
    "$(api CertificateService/LintCertificate 1200 <<<"{\"data\": \"$(base64_of "$WORK/ca/foreign.pem")\"}")"
daemon_is_new A verifier "$old" || fail "the verifier is still the same"
assert_match "what the launcher says" 'daemon_recycled name=verifier' "$(cat "$WORK/bulkhead-A.log")"

step "$IMPORTS imports at once, each with a key and a passphrase"
for ((i = 0; i < IMPORTS; i++)); do
    foreign_certificate "p$i" ec-p256 foreign
    openssl pkcs12 -export -in "$WORK/ca/p$i.pem" -inkey "$WORK/ca/p$i.key" -passout "pass:passphrase $i" -out "$WORK/ca/p$i.p12"
done
old=$(daemon_pid A importer)
for ((i = 0; i < IMPORTS; i++)); do
    printf 'passphrase %s' "$i" >"$WORK/ca/p$i.pass"
    bhctl_on A pki cert import "p$i" -f "$WORK/ca/p$i.p12" --passphrase-file "$WORK/ca/p$i.pass" >"$WORK/import-$i.log" 2>&1 &
    imports[i]=$!
done
for ((i = 0; i < IMPORTS; i++)); do
    wait "${imports[i]}" || fail "import $i: $(cat "$WORK/import-$i.log")"
done
daemon_is_new A importer "$old" || fail "the importer is still the same"
assert_equal "what is stored" $IMPORTS "$(bhctl_on A pki cert list | grep -c '^p[0-9] ')"
bhctl_on A pki cert import wrong -f "$WORK/ca/p0.p12" --passphrase-file "$WORK/ca/p1.pass" >"$WORK/import.log" 2>&1 &&
    fail "a wrong passphrase opens it"
assert_match "a wrong passphrase" 'passphrase is wrong' "$(cat "$WORK/import.log")"
head -c 100 "$WORK/ca/p0.p12" >"$WORK/ca/half.p12"
bhctl_on A pki cert import wrong -f "$WORK/ca/half.p12" --passphrase-file "$WORK/ca/p0.pass" >"$WORK/import.log" 2>&1 &&
    fail "half a file is taken"
assert_match "half a file" 'damaged' "$(cat "$WORK/import.log")"

step "that was planned"
grep -E '^<[0-4]>.*(verifier|importer)' "$WORK/bulkhead-A.log" && fail "the log complains"

if [ -n "${BULKHEAD_LONG:-}" ]; then
    step "a key that asks for 2,147,483,647 rounds of key derivation"
    python3 - "$WORK/ca/slow.key" <<'X'
import sys
def tlv(tag, *parts):
    body = b"".join(parts)
    return bytes([tag, 0x82]) + len(body).to_bytes(2, "big") + body
def oid(text):
    return bytes.fromhex(text)
rounds = tlv(0x30, oid("06092a864886f70d01050c"), tlv(0x30, tlv(4, b"saltsalt"), bytes.fromhex("02047fffffff"),
             tlv(0x30, oid("06082a864886f70d0209"), b"\5\0")))
cipher = tlv(0x30, oid("060960864801650304012a"), tlv(4, b"0" * 16))
open(sys.argv[1], "wb").write(tlv(0x30, tlv(0x30, oid("06092a864886f70d01050d"), tlv(0x30, rounds, cipher)), tlv(4, b"1" * 128)))
X
    old=$(daemon_pid A importer)
    bhctl_on A pki cert import slow -f "$WORK/ca/p0.pem" --key-file "$WORK/ca/slow.key" --passphrase-file "$WORK/ca/p0.pass" \
        >"$WORK/import.log" 2>&1 && fail "it was opened"
    wait_for 120 "the end of that importer" daemon_is_new A importer "$old"
    foreign_certificate next ec-p256 foreign
    openssl pkcs12 -export -in "$WORK/ca/next.pem" -inkey "$WORK/ca/next.key" -passout "pass:passphrase 0" -out "$WORK/ca/next.p12"
    bhctl_on A pki cert import next -f "$WORK/ca/next.p12" --passphrase-file "$WORK/ca/p0.pass" >"$WORK/import.log" 2>&1 ||
        fail "the next import: $(cat "$WORK/import.log")"
fi
passed
