#!/bin/bash
# Two gateways with certificates of two authorities: long chains in IKE fragments, names, a name that a certificate does not have,
# a post-quantum key beside certificates, reauthentication, and a certificate that is renewed and one that is revoked meanwhile.
. "$(dirname "$0")/lib/scenario.sh" || exit 1

topology_up
TUNNEL_START=passive gateway_config A
TUNNEL_START=passive gateway_config B
gateway_start A
gateway_start B
pki() { # SIDE ARGUMENTS...
    local side=$1
    shift
    bhctl_on "$side" pki "$@" >"$WORK/pki.log" 2>&1 || fail "bhctl pki $*: $(cat "$WORK/pki.log")"
}

step "authorities, and three below the one of B"
pki A ca create ca-a --organization A
pki B ca create ca-b --organization B --path-length 3
pki B ca create b1 --ca ca-b --organization B --key rsa-2048 --path-length 2
pki B ca create b2 --ca b1 --organization B --key rsa-2048 --path-length 1
pki B ca create b3 --ca b2 --organization B --key rsa-2048
pki A cert issue a --ca ca-a --purpose site --key ec-p384 --san dns:a.example,email:a@example.com --organization A
pki B cert issue b --ca b3 --purpose site --key rsa-2048 --san dns:b.example --organization B
bhctl_on A pki cert export ca-a >"$WORK/a.pem" || fail "export"
bhctl_on B pki cert export ca-b >"$WORK/b.pem" || fail "export"
pki A ca import ca-b -f "$WORK/b.pem"
pki B ca import ca-a -f "$WORK/a.pem"

# configure SIDE CERTIFICATE AUTHORITY [FURTHER-AUTH]
configure() {
    TUNNEL_AUTH="{certificate: {certificate: $2, authorities: [$3]${4:-}}${5:-}}" gateway_config "$1"
    bhctl_on "$1" apply -f "$WORK/$1/config.yaml" >"$WORK/apply.log" 2>&1 || fail "apply: $(cat "$WORK/apply.log")"
}
call() { bhctl_on A tunnels up net >"$WORK/up.log" 2>&1; }
down() {
    bhctl_on A tunnels down net >/dev/null 2>&1
    wait_for 10 "B to wait" tunnel_is B WAITING
}
field() { bhctl_on "$1" -o json tunnels show net | json "tunnel.peer.$2"; }
cause() { tunnel_failure "$1" cause; }
failed_because() { [ "$(cause "$1")" = "FAILURE_CAUSE_$2" ]; }

export TUNNEL_START=passive
step "a certificate with three issuers in between"
configure A a ca-b
configure B b ca-a ", rsa_padding: pss"
call || fail "$(cat "$WORK/up.log")"
ping_both_ways 4
assert_equal "what A calls itself" fqdn:a.example "$(field B remoteId)"
assert_equal "what B calls itself" fqdn:b.example "$(field A remoteId)"
assert_equal "B's certificate" "CN=b,O=B" "$(field A certificate.subject)"
assert_equal "its issuer" "CN=b3,O=B" "$(field A certificate.issuer)"
assert_match "explain" "both proved it by certificates" "$(bhctl_on A tunnels explain net)"
down

step "names: an e-mail address, and a distinguished name by a pattern"
TUNNEL_LOCAL_ID="email:a@example.com" TUNNEL_REMOTE_ID="'dn:CN=*,O=B'" configure A a ca-b
TUNNEL_LOCAL_ID="'CN=b,O=B'" TUNNEL_REMOTE_ID="'*@example.com'" configure B b ca-a
call || fail "$(cat "$WORK/up.log")"
assert_equal "what B calls itself" "dn:CN=b,O=B" "$(field A remoteId)"
assert_equal "what A calls itself" email:a@example.com "$(field B remoteId)"
down

step "a name that the certificate does not have"
TUNNEL_LOCAL_ID="fqdn:somebody.else" configure B b ca-a
configure A a ca-b
call && fail "there is a tunnel"
failed_because A CERTIFICATE_IDENTITY || fail "the cause is $(cause A)"
assert_match "the message" "somebody\.else" "$(cat "$WORK/up.log")"
wait_for 5 "B to have heard of it" tunnel_is B WAITING
TUNNEL_LOCAL_ID="fqdn:somebody.else" configure A a ca-b
configure B b ca-a
call && fail "there is a tunnel"
wait_for 5 "the failure there" failed_because B CERTIFICATE_IDENTITY
assert_equal "the cause here" FAILURE_CAUSE_AUTHENTICATION_REFUSED "$(cause A)"
down

step "with a post-quantum key"
gateway_secret A "quantum" quantum
gateway_secret B "quantum" quantum
configure A a ca-b "" ", ppk: {id: q, secret: quantum}"
configure B b ca-a "" ", ppk: {id: q, secret: quantum}"
call || fail "$(cat "$WORK/up.log")"
assert_match "the extensions" ppk "$(field A extensions)"
ping_both_ways 4
down

step "made anew with authentication, by a renewed certificate"
TUNNEL_EXTRA="  reauthentication: 10s" configure A a ca-b
configure B b ca-a
call || fail "$(cat "$WORK/up.log")"
first=$(field A initiatorSpi) serial=$(field B certificate.serial)
pki A cert renew a
is_anew() { [ "$(field A initiatorSpi)" != "$first" ] && [ "$(field B certificate.serial)" != "$serial" ]; }
wait_for 20 "a new IKE SA" is_anew
ping_both_ways 4
down

step "revoked: the next connection is refused"
configure A a ca-b
call || fail "$(cat "$WORK/up.log")"
pki B cert revoke b --reason key-compromise
ping_both_ways 4
down
call && fail "there is a tunnel"
wait_for 5 "B to know that its certificate is of no use" failed_because B CERTIFICATE_MISSING
assert_match "the message" "revoked" "$(tunnel_failure B message)"
passed
