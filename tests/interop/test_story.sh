#!/bin/bash
# ctest: timeout 240
# The tutorials' story, every step of the gateway through bhctl: an authority of ten years whose CRL the gateway serves, a
# server's certificate, an employee's for one year, handed out as PKCS#12; the employee's Linux takes it apart with openssl,
# and strongSwan connects with it; then it is revoked, and the next connection fails, on both sides with its reason.
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1

# Names and values of the RouterOS configuration that this stands for.
SERVER=vpn.interface31.lab
EMPLOYEE=SmirnovaMV
PASSPHRASE=0123456789
SUBJECT=(--country RU --state 31 --locality BEL --organization "Interface LLC")
PORT=80

client=$WORK/client
install -d -m 700 "$client"

# employee_config: strongSwan on the employee's machine, with the three files of its home
employee_config() {
    local folder=$WORK/charon-B
    strongswan_config B
    mkdir -p "$folder"/{x509,x509ca,private}
    cp "$client/ca.pem" "$folder/x509ca/"
    cp "$client/cert.pem" "$folder/x509/"
    cp "$client/key.pem" "$folder/private/"
    cat >"$folder/swanctl.conf" <<X
connections {
  gw {
    version = 2
    local_addrs = $WAN_B
    remote_addrs = $WAN_A
    proposals = aes256-sha256-modp2048
    local {
      auth = pubkey
      certs = cert.pem
    }
    remote {
      auth = pubkey
      id = $SERVER
      cacerts = ca.pem
    }
    children {
$(strongswan_child net "$LAN_B" "$LAN_A")
    }
  }
}
X
}

connect() { swanctl_on B --initiate --child net --timeout 20 >"$WORK/connect.log" 2>&1; }
disconnect() {
    swanctl_on B --terminate --ike gw --timeout 10 >/dev/null 2>&1
    wait_for 10 "strongSwan to have no SA" strongswan_has_no_sa B
}
serial_of() { bhctl_on A -o json pki cert show "$1" | json certificate.serial; }
text_of() { openssl x509 -in "$1" -noout -text; }

topology_up
TUNNEL_START=START_MODE_PASSIVE TUNNEL_LOCAL_ID=$SERVER TUNNEL_REMOTE_ID='"dn:CN=*,O=Interface LLC,L=BEL,ST=31,C=RU"' \
    TUNNEL_AUTH="{certificate: {certificate: $SERVER, authorities: [ca]}}" TUNNEL_IKE="[aes256-sha256-modp2048]" \
    TUNNEL_POLICIES="  - {local: $LAN_A, remote: $LAN_B}" gateway_config A
gateway_start A --pki-http "$WAN_A:$PORT"

step "an authority of ten years, with a CRL host"
out=$(bhctl_on A pki ca create ca --common-name ca "${SUBJECT[@]}" --key rsa-2048 --days 3650 --crl-host "$WAN_A") ||
    fail "pki ca create"
assert_match "pki ca create" '^ca: serial [0-9a-f]{20,}, valid until .* \(3650 days\)$' "$out"
assert_match "pki ca list" '^ca +(-|ca) +.*CN=ca.* rsa-2048 +valid ' "$(bhctl_on A pki ca list)"

step "the server's certificate, with its name"
out=$(bhctl_on A pki cert issue "$SERVER" --ca ca --purpose tls-server --common-name "$SERVER" "${SUBJECT[@]}" \
    --san "dns:$SERVER" --key rsa-2048 --days 3650) || fail "pki cert issue $SERVER"
assert_match "what clients will not take about it" 'error: apple: validity-too-long: ' "$out"
bhctl_on A pki cert issue refused --ca ca --purpose server --san "dns:$SERVER" --days 3650 --for ios >"$WORK/refused" 2>&1 &&
    fail "a certificate that iOS would not take was issued"
assert_match "why it was refused" 'Apple.*825 days.*validity-too-long' "$(cat "$WORK/refused")"
assert_match "what Windows says" '^nothing found$' "$(bhctl_on A pki lint "$SERVER" --for windows --dial "$SERVER")"

step "the employee's certificate, for one year"
bhctl_on A pki cert issue "$EMPLOYEE" --ca ca --purpose tls-client --common-name "$EMPLOYEE" "${SUBJECT[@]}" --days 365 ||
    fail "pki cert issue $EMPLOYEE"
assert_match "pki cert list" "^$EMPLOYEE +ca +client +.* valid +[0-9-]+ +36[45]$" "$(bhctl_on A pki cert list)"

step "handed out as PKCS#12"
bhctl_on A pki cert export "$EMPLOYEE" --format pkcs12 --to "$client/$EMPLOYEE.p12" <<<"short" 2>/dev/null &&
    fail "a passphrase of 5 characters was taken"
bhctl_on A pki cert export "$EMPLOYEE" --format pkcs12 --to "$client/$EMPLOYEE.p12" <<<"$PASSPHRASE" || fail "pki cert export"
assert_equal "who may read the file" 600 "$(stat -c %a "$client/$EMPLOYEE.p12")"

step "the employee's Linux takes it apart"
(
    cd "$client" || exit 1
    openssl pkcs12 -in "$EMPLOYEE.p12" -passin "pass:$PASSPHRASE" -cacerts -nokeys -out ca.pem &&
        openssl pkcs12 -in "$EMPLOYEE.p12" -passin "pass:$PASSPHRASE" -clcerts -nokeys -out cert.pem &&
        openssl pkcs12 -in "$EMPLOYEE.p12" -passin "pass:$PASSPHRASE" -nocerts -nodes -out key.pem
) 2>"$WORK/openssl.log" || fail "openssl pkcs12: $(cat "$WORK/openssl.log")"
openssl verify -x509_strict -CAfile "$client/ca.pem" "$client/cert.pem" >/dev/null || fail "openssl verify"
assert_match "the authority" 'CA:TRUE' "$(text_of "$client/ca.pem")"
assert_match "its key usage" 'Certificate Sign, CRL Sign' "$(text_of "$client/ca.pem")"
assert_match "the employee's usage" 'TLS Web Client Authentication' "$(text_of "$client/cert.pem")"
assert_match "where the CRL is" "URI:http://$WAN_A/crl/ca.crl" "$(text_of "$client/cert.pem")"
assert_equal "whose key it is" "$(openssl x509 -in "$client/cert.pem" -noout -pubkey)" \
    "$(openssl pkey -in "$client/key.pem" -pubout)"

step "strongSwan connects with them"
employee_config
strongswan_start B
connect || fail "strongSwan can't connect: $(tail -n 3 "$WORK/connect.log")"
tunnel_wait A UP
ping_both_ways 4
assert_match "who is connected" "CN=$EMPLOYEE" "$(bhctl_on A -o json tunnels show net | json tunnel.peer.remoteId)"
disconnect

step "it is revoked, and does not connect any more"
began=$(date +%s%N)
bhctl_on A pki cert revoke "$EMPLOYEE" --reason cessation-of-operation || fail "pki cert revoke"
connect && fail "a revoked certificate connects"
explained=$(bhctl_on A tunnels explain net)
assert_match "the reason on the gateway" '[Rr]evoked' "$explained"
assert_match "whom it names" "$EMPLOYEE" "$explained"
took_ms=$((($(date +%s%N) - began) / 1000000))
[ $took_ms -lt 5000 ] || fail "took $took_ms ms from the revocation on"
echo "refused, with its reason shown, $took_ms ms after the revocation"
assert_match "what strongSwan was told" 'AUTHENTICATION_FAILED' "$(cat "$WORK/connect.log")"

step "everybody can see it"
crl_names_it() {
    in_ns gwB curl -sf --max-time 5 "http://$WAN_A:$PORT/crl/ca.crl" -o "$WORK/ca.crl" &&
        openssl crl -inform DER -in "$WORK/ca.crl" -noout -text | grep -qi "$(serial_of "$EMPLOYEE")"
}
wait_for 5 "the CRL to name it" crl_names_it
openssl crl -inform DER -in "$WORK/ca.crl" -CAfile "$client/ca.pem" -noout 2>&1 | grep -q 'verify OK' || fail "the CRL's signature"
assert_match "pki crl show" "$(serial_of "$EMPLOYEE") +$EMPLOYEE .*cessation-of-operation" "$(bhctl_on A pki crl show ca)"
assert_match "pki cert show" 'revoked at ' "$(bhctl_on A pki cert show "$EMPLOYEE")"
audit=$(bhctl_on A pki audit)
for operation in create-authority issue export revoke; do
    assert_match "the audit log" "uid 0 +$operation " "$audit"
done
passed
