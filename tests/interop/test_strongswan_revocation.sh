#!/bin/bash
# Revocation, with peers of an authority that OpenSSL is: strongSwan's certificates are revoked by OCSP (`openssl ocsp` as the
# responder) and by a CRL at a URL, both fetched by the courier, under the policies strict, if_available and off, both roles,
# each with its named reason; and strongSwan asks our own OCSP responder and CRL about ours, strictly.
# ctest: timeout 300
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1

OURS=fqdn:a.example THEIRS=fqdn:b.example
OCSP=http://$WAN_B:8888/ CRL=http://$WAN_B:8080/foreign.crl NOBODY=http://$WAN_B:8999/silent.crl

topology_up
mkdir -p "$WORK/ca" "$WORK/www"
step "certificates"
foreign_ca foreign "/C=DE/O=Foreign/CN=foreign root"
foreign_ca silent "/C=DE/O=Silent/CN=silent root"
for name in good ocsp-revoked crl-revoked; do
    foreign_certificate "$name" ec-p256 foreign
done
foreign_certificate unknown ec-p256 silent
foreign_certificate responder ec-p256 foreign DNS:responder OCSPSigning

TUNNEL_START=passive gateway_config A
gateway_start A --pki-http "$WAN_A:80"
pki() { bhctl_on A pki "$@" >"$WORK/pki.log" 2>&1 || fail "bhctl pki $*: $(cat "$WORK/pki.log")"; }
pki ca create ours --organization Ours --country DE --crl-host "$WAN_A" --ocsp-url "http://$WAN_A/ocsp"
pki cert issue gw --ca ours --purpose site --key ec-p256 --san dns:a.example
pki ca import foreign -f "$WORK/ca/foreign.pem" --ocsp-url "$OCSP" --crl-url "$CRL"
pki ca import silent -f "$WORK/ca/silent.pem" --crl-url "$NOBODY"
bhctl_on A pki cert export ours >"$WORK/ca/ours.pem" || fail "export of our authority"

# configure POLICY
configure() {
    TUNNEL_START=passive TUNNEL_REMOTE_ID=$THEIRS \
        TUNNEL_AUTH="{certificate: {certificate: gw, authorities: [foreign, silent], revocation: $1}}" gateway_config A
    echo "certificate_checks: {own_network_urls: [\"$OCSP\", \"$CRL\", \"$NOBODY\"]}" >>"$WORK/A/config.yaml"
    bhctl_on A apply -f "$WORK/A/config.yaml" >"$WORK/apply.log" 2>&1 || fail "apply: $(cat "$WORK/apply.log")"
}

# peer CERTIFICATE: strongSwan's own
peer() {
    strongswan_credentials B "$1" ours
    SWAN_LOCAL_AUTH=pubkey SWAN_REMOTE_AUTH=pubkey SWAN_LOCAL_ID=$THEIRS SWAN_REMOTE_ID=$OURS strongswan_config B
}
load() {
    peer "$1"
    sed -i 's/^\( *\)auth = pubkey$/&\n\1revocation = '"${SWAN_REVOCATION:-relaxed}"'/' "$WORK/charon-B/swanctl.conf"
    swanctl_on B --load-all --clear --file "$WORK/charon-B/swanctl.conf" >"$WORK/charon-B/load.log" 2>&1 ||
        fail "strongSwan does not take its configuration: $(tail -n 3 "$WORK/charon-B/load.log")"
}
end() {
    swanctl_on B --terminate --ike gw --timeout 5 >/dev/null 2>&1
    wait_for 10 "no IKE SA" tunnel_is A WAITING
}
we_call() { bhctl_on A tunnels up net >"$WORK/up.log" 2>&1; }
they_call() { swanctl_on B --initiate --child net --timeout 10 >"$WORK/initiate.log" 2>&1; }
verifier_says() { grep "peer_verified" "$WORK/bulkhead-A.log" | tail -n 1; }

# comes_in WHAT WARNING: both roles; the verifier's warning, or none
comes_in() {
    step "$1"
    they_call || fail "$(tail -n 3 "$WORK/initiate.log"; verifier_says)"
    tunnel_wait A UP
    assert_match "what the verifier says" "verdict=1 .*reason=\"$2" "$(verifier_says)"
    end
    we_call || fail "$(cat "$WORK/up.log")"
    assert_match "what the verifier says" "verdict=1 .*reason=\"$2" "$(verifier_says)"
    end
}

# stays_out WHAT CAUSE REASON: both roles
stays_out() {
    step "$1"
    they_call && fail "it came in"
    assert_match "what strongSwan was told" AUTHENTICATION_FAILED "$(cat "$WORK/initiate.log")"
    assert_match "the reason, called" "$3" "$(tunnel_failure A message)"
    assert_equal "its name" "$2" "$(tunnel_failure A cause)"
    we_call && fail "it was let in"
    assert_match "the reason, calling" "$3" "$(tunnel_failure A message)"
    assert_equal "its name" "$2" "$(tunnel_failure A cause)"
    end
}

# Connecting to see whether somebody listens would leave `openssl ocsp` waiting for a request for ever.
listens() { in_ns gwB ss -Hltn "sport = :$1" | grep -q .; }

foreign_revoke crl-revoked foreign
foreign_crl foreign
openssl crl -in "$WORK/ca/foreign.crl" -outform DER -out "$WORK/www/foreign.crl"
foreign_revoke ocsp-revoked foreign # the responder knows, the CRL does not
spawn ocsp gwB openssl ocsp -index "$WORK/ca/foreign/index.txt" -port 8888 -ndays 1 -CA "$WORK/ca/foreign.pem" \
    -rsigner "$WORK/ca/responder.pem" -rkey "$WORK/ca/responder.key"
wait_for 30 "the responder" listens 8888

configure REVOCATION_POLICY_STRICT
SWAN_PLUGINS="revocation curl" peer good
SWAN_PLUGINS="revocation curl" strongswan_start B
SWAN_PLUGINS="revocation curl"
comes_in "OCSP says good, and we are strict" ""
load ocsp-revoked
stays_out "revoked, by OCSP" FAILURE_CAUSE_CERTIFICATE_REVOKED "CN=ocsp-revoked.* was revoked at "
terminate ocsp KILL
# http.server by itself would look for its own name first, for 10 s.
spawn www gwB python3 -c 'import http.server, os, socketserver, sys
os.chdir(sys.argv[1])
socketserver.TCPServer((sys.argv[2], 8080), http.server.SimpleHTTPRequestHandler).serve_forever()' "$WORK/www" "$WAN_B"
wait_for 30 "the web server" listens 8080
load crl-revoked
stays_out "revoked, by a CRL, without a responder" FAILURE_CAUSE_CERTIFICATE_REVOKED "CN=crl-revoked.* was revoked at "

load unknown
stays_out "nobody answers, and we are strict" FAILURE_CAUSE_REVOCATION_UNKNOWN \
    "whether CN=unknown.* is revoked can't be found out .*8999/silent.crl"
configure REVOCATION_POLICY_IF_AVAILABLE
comes_in "nobody answers, and we take what there is" "whether CN=unknown.* can't be found out: $NOBODY"
load crl-revoked
stays_out "revoked, and we take what there is" FAILURE_CAUSE_CERTIFICATE_REVOKED "CN=crl-revoked.* was revoked at "
configure REVOCATION_POLICY_OFF
comes_in "revoked, and we don't ask" '"'

step "strongSwan asks our responder, strictly"
SWAN_REVOCATION=strict load good
they_call || fail "$(tail -n 5 "$WORK/initiate.log")"
tunnel_wait A UP
assert_match "whom it asked" "requesting ocsp status from 'http://$WAN_A/ocsp'" "$(cat "$WORK/charon-B.log")"
assert_match "what it heard" 'certificate status is good' "$(cat "$WORK/charon-B.log")"
end
passed
