#!/bin/bash
# Authentication with certificates against strongSwan, both roles: all kinds of keys and signatures (RFC 7427, and methods 1,
# 9 and 10 without it), issuers in between, identities and patterns; and what is wrong with a certificate, each with its name
# here and the right notify there. Ours are of our own authority, the peer's of one that OpenSSL is.
# ctest: timeout 900
. "$(dirname "$0")/../scenario/lib/scenario.sh" || exit 1

ALL=${BULKHEAD_LONG:-}
KINDS="rsa-2048 ec-p256 ec-p384 ed25519"
OURS=fqdn:a.example THEIRS=fqdn:b.example

topology_up
mkdir -p "$WORK/ca"
step "certificates"
foreign_ca foreign "/C=DE/O=Foreign/CN=foreign root"
foreign_ca middle "/C=DE/O=Foreign/CN=foreign middle" foreign
foreign_ca stranger "/C=DE/O=Stranger/CN=stranger"
for kind in $KINDS; do
    foreign_certificate "$kind" "$kind" foreign
done
foreign_certificate chained ec-p256 middle
TUNNEL_START=passive gateway_config A
gateway_start A
pki() { bhctl_on A pki "$@" >"$WORK/pki.log" 2>&1 || fail "bhctl pki $*: $(cat "$WORK/pki.log")"; }
pki ca create ours --organization Ours --country DE
for kind in $KINDS; do
    pki cert issue "our-$kind" --ca ours --purpose site --key "$kind" --san dns:a.example
done
pki ca import foreign -f "$WORK/ca/foreign.pem"
bhctl_on A pki cert export ours >"$WORK/ca/ours.pem" || fail "export of our authority"

# configure CERTIFICATE [LINES]: the tunnel with one of ours, its peer's from the foreign authority
configure() {
    TUNNEL_START=passive TUNNEL_REMOTE_ID=${REMOTE_ID-$THEIRS} \
        TUNNEL_AUTH="{certificate: {certificate: $1, authorities: [foreign]${AUTH_EXTRA:-}}}" gateway_config A
    [ -z "${2:-}" ] || printf '%s\n' "$2" >>"$WORK/A/config.yaml"
    bhctl_on A apply -f "$WORK/A/config.yaml" >"$WORK/apply.log" 2>&1 || fail "apply: $(cat "$WORK/apply.log")"
}

# peer CERTIFICATE [AUTHORITIES...]: strongSwan's own, and whom it trusts
peer() {
    local own=$1
    shift
    strongswan_credentials B "$own" "${@:-ours}"
    SWAN_LOCAL_AUTH=${PEER_AUTH:-pubkey} SWAN_REMOTE_AUTH=pubkey SWAN_LOCAL_ID=${PEER_ID:-$THEIRS} \
        SWAN_REMOTE_ID=${PEER_REMOTE_ID:-$OURS} strongswan_config B
}
load() {
    peer "$@"
    swanctl_on B --load-all --clear --file "$WORK/charon-B/swanctl.conf" >"$WORK/charon-B/load.log" 2>&1 ||
        fail "strongSwan does not take its configuration: $(tail -n 3 "$WORK/charon-B/load.log")"
}
end() {
    swanctl_on B --terminate --ike gw --timeout 5 >/dev/null 2>&1
    wait_for 10 "no IKE SA" tunnel_is A WAITING
}
we_call() { bhctl_on A tunnels up net >"$WORK/up.log" 2>&1; }
they_call() { swanctl_on B --initiate --child net --timeout 10 >"$WORK/initiate.log" 2>&1; }
peer_field() { bhctl_on A -o json tunnels show net | json "tunnel.peer.$1"; }
charon_says() { tail -n +"$1" "$WORK/charon-B.log"; }
mark() { wc -l <"$WORK/charon-B.log"; }

# good WHAT METHOD-OF-CHARON METHOD-OF-OURS: both roles, with the methods that charon's log has to name
good() {
    local line
    step "$1, Bulkhead calls"
    line=$(mark)
    we_call || fail "$(cat "$WORK/up.log")"
    tunnel_wait A UP
    ping_both_ways 4
    assert_match "how charon proves itself" "\(myself\) with $2" "$(charon_says "$line")"
    assert_match "how we prove ourselves" "authentication of 'a.example' with $3" "$(charon_says "$line")"
    end
    step "$1, strongSwan calls"
    line=$(mark)
    they_call || fail "$(tail -n 5 "$WORK/initiate.log")"
    tunnel_wait A UP
    ping_both_ways 4
    assert_match "how charon proves itself" "\(myself\) with $2" "$(charon_says "$line")"
    assert_match "how we prove ourselves" "authentication of 'a.example' with $3" "$(charon_says "$line")"
    end
}

charon() { # SETTINGS CERTIFICATE: a new charon
    [ -z "${CHARON_RUNS:-}" ] || strongswan_stop B
    CHARON_RUNS=yes
    SWAN_CHARON=$1 peer "$2"
    SWAN_CHARON=$1 strongswan_start B
}

charon "" rsa-2048
configure our-rsa-2048
good "RSA" RSA_EMSA_PKCS1_SHA2_ RSA_EMSA_PKCS1_SHA2_
for curve in 256 384; do
    load "ec-p$curve"
    configure "our-ec-p$curve"
    good "ECDSA P-$curve" "ECDSA_WITH_SHA$curve" "ECDSA_WITH_SHA$curve"
done
load ed25519
configure our-ed25519
good "Ed25519" ED25519 ED25519

for kind in ${ALL:+$KINDS}; do # each with each
    for own in $KINDS; do
        load "$kind"
        configure "our-$own"
        good "$kind and our $own" "" ""
    done
done

step "issuers in between"
load chained ours middle
configure our-ed25519
good "an issuer in between" ECDSA ED25519

step "a peer that does not ask for our certificate" # Apple's never do
line=$(mark)
SWAN_EXTRA="    send_certreq = no" load ec-p256
they_call || fail "$(tail -n 5 "$WORK/initiate.log")"
charon_says "$line" | grep -q 'generating IKE_AUTH request 1 .*CERTREQ' && fail "it asks for it"
assert_match "what it got" 'parsed IKE_AUTH response 1 \[ IDr CERT AUTH' "$(charon_says "$line")"
end

step "names and patterns"
PEER_ID="C=DE, O=Foreign, CN=ec-p256" load ec-p256
REMOTE_ID='"dn:CN=*,O=Foreign,C=DE"' configure our-ec-p256
we_call || fail "$(cat "$WORK/up.log")"
assert_equal "the peer's name" "dn:CN=ec-p256,O=Foreign,C=DE" "$(peer_field remoteId)"
end
REMOTE_ID="" configure our-ec-p256
they_call || fail "$(tail -n 5 "$WORK/initiate.log")"
assert_equal "our name" "$OURS" "$(peer_field localId)"
end

# refused WHAT CAUSE TEXT: the peer's certificate is refused by us, when strongSwan calls
refused() {
    local line
    fresh_tunnel
    step "$1, strongSwan calls"
    line=$(mark)
    they_call && fail "strongSwan has a tunnel"
    wait_for 10 "the failure $2" failed_because "$2"
    assert_match "the message" "$3" "$(tunnel_failure A message)"
    assert_equal "the notify" AUTHENTICATION_FAILED "$(tunnel_failure A notify)"
    assert_equal "the side" local "$(tunnel_failure A side)"
    assert_match "what charon got" "received AUTHENTICATION_FAILED notify" "$(charon_says "$line")"
}

# ... and when we call; the first time, and with BULKHEAD_LONG
refused_both_ways() {
    refused "$@"
    [ -z "${CALLED:-}" ] || [ -n "$ALL" ] || return 0
    CALLED=yes
    step "$1, Bulkhead calls"
    fresh_tunnel
    we_call && fail "there is a tunnel"
    assert_match "what bhctl says" "$3" "$(cat "$WORK/up.log")"
    failed_because "$2" || fail "the cause is $(tunnel_failure A cause)"
    assert_equal "the side" local "$(tunnel_failure A side)"
    wait_for 5 "charon to have no SA" strongswan_has_no_sa B
}

# One that is new has no failure.
fresh_tunnel() {
    FRESH=$((${FRESH:-60} + 1))
    configure our-ec-p256 "  liveness: {interval: ${FRESH}s}"
}
failed_because() { [ "$(tunnel_failure A cause)" = "FAILURE_CAUSE_$1" ]; }

FOREIGN_FROM="3 days ago" FOREIGN_UNTIL="1 day ago" foreign_certificate expired ec-p256 foreign
FOREIGN_FROM="1 day" FOREIGN_UNTIL="3 days" foreign_certificate early ec-p256 foreign
foreign_certificate usage ec-p256 foreign DNS:b.example codeSigning
foreign_certificate other-name ec-p256 foreign DNS:c.example
foreign_certificate unknown ec-p256 stranger
foreign_certificate revoked ec-p256 foreign

load expired
refused_both_ways "an expired certificate" CERTIFICATE_EXPIRED expired
load early
refused_both_ways "a certificate of tomorrow" CERTIFICATE_NOT_YET_VALID "valid from"
load usage
refused_both_ways "a certificate for other things" CERTIFICATE_USAGE "usage"
PEER_ID=fqdn:c.example load other-name # charon claims no name that is not in its certificate
refused "a peer with another name" UNKNOWN_IDENTITY "c\.example"
load unknown
refused_both_ways "a certificate of an unknown authority" CERTIFICATE_UNTRUSTED "trust|authorit"

step "revoked by a CRL"
load revoked
we_call || fail "$(cat "$WORK/up.log")"
end
foreign_revoke revoked foreign
foreign_crl foreign
pki crl import foreign -f "$WORK/ca/foreign.crl"
refused_both_ways "a certificate that a CRL has" CERTIFICATE_REVOKED "revoked"

step "charon does not accept ours"
load ec-p256 stranger
they_call && fail "strongSwan has a tunnel"
we_call && fail "there is a tunnel"
assert_equal "the cause" FAILURE_CAUSE_AUTHENTICATION_REFUSED "$(tunnel_failure A cause)"
assert_equal "the side" remote "$(tunnel_failure A side)"
assert_match "the message" "did not accept our certificate our-ec-p256" "$(tunnel_failure A message)"

step "a pre-shared key where a certificate is due, and the other way round"
PEER_AUTH=psk load ec-p256
they_call && fail "strongSwan has a tunnel"
wait_for 10 "the failure" failed_because AUTHENTICATION_METHOD
assert_match "the message" "pre-shared key \(method 2\).*auth\.certificate" "$(tunnel_failure A message)"
load ec-p256
TUNNEL_START=passive TUNNEL_REMOTE_ID=$THEIRS TUNNEL_LOCAL_ID=$OURS gateway_config A
bhctl_on A apply -f "$WORK/A/config.yaml" >/dev/null 2>&1
gateway_secret A "secret"
they_call && fail "strongSwan has a tunnel"
wait_for 10 "the failure" failed_because AUTHENTICATION_METHOD
assert_match "the message" "digital signature.*auth\.psk" "$(tunnel_failure A message)"

step "a certificate that is not there yet"
configure absent
wait_for 5 "the failure, before anybody calls" failed_because CERTIFICATE_MISSING
assert_match "what explain says" 'waits for its certificate.*"absent": there is none of that name' "$(bhctl_on A tunnels explain net)"
we_call && fail "there is a tunnel"
assert_equal "the cause" FAILURE_CAUSE_CERTIFICATE_MISSING "$(tunnel_failure A cause)"
load ec-p256
pki cert issue absent --ca ours --purpose site --key ec-p256 --san dns:a.example
we_call || fail "$(cat "$WORK/up.log")"
assert_match "who the peer is" "subject: +CN=ec-p256,O=Foreign,C=DE" "$(bhctl_on A tunnels show net)"
end

charon "  signature_authentication = no" rsa-2048
configure our-rsa-2048
good "RSA without RFC 7427" "RSA_EMSA_PKCS1_SHA1|RSA signature" "RSA"
for curve in 256 ${ALL:+384}; do
    load "ec-p$curve"
    configure "our-ec-p$curve"
    good "ECDSA P-$curve without RFC 7427" "ECDSA-$curve" "ECDSA-$curve"
done
charon "  rsa_pss = yes" rsa-2048
AUTH_EXTRA=", rsa_padding: pss" configure our-rsa-2048
good "RSA-PSS" RSA_EMSA_PSS RSA_EMSA_PSS
passed
