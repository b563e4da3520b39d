#!/bin/bash
# The API of a whole gateway, by connect-node: secrets, tunnels, SAs with counters, configurations, events, time-outs.
. "$BULKHEAD_SOURCE/tests/scenario/lib/scenario.sh" || exit 1
. "$BULKHEAD_SOURCE/tests/api/npm.sh"

npm_install || fail "can't install the npm packages"
connect_client gateway.mjs || fail "can't make the client"

topology_up
for side in A B; do
    gateway_config $side
    gateway_start $side
done
gateway_secret B "a key that both have"

step "connect-node"
cp "$WORK/A/config.yaml" "$WORK/second.yaml"
cat >>"$WORK/second.yaml" <<'YAML'
- name: second
  remote: {address: 192.0.2.99}
  auth: {psk: {secret: absent}}
  start: START_MODE_PASSIVE
  policies:
  - {local: 10.1.0.0/24, remote: 10.77.0.0/24}
YAML
node "$WORK/gateway.mjs" before "$WORK/A/run/api.sock" || fail "connect-node"
ping_both_ways
node "$WORK/gateway.mjs" after "$WORK/A/run/api.sock" "$WORK/second.yaml" || fail "connect-node"

step "certificates"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$WORK/branch.key" -subj "/CN=branch.example" \
    -out "$WORK/branch.csr" 2>/dev/null || fail "openssl req"
node "$WORK/gateway.mjs" certificates "$WORK/A/run/api.sock" "$WORK/branch.csr" || fail "connect-node"
bhctl_on A pki cert export ca --to "$WORK/ca.pem" || fail "pki cert export"
openssl verify -CAfile "$WORK/ca.pem" "$WORK/branch.csr.pem" >/dev/null || fail "openssl verify"
openssl verify -crl_check -CRLfile "$WORK/branch.csr.crl" -CAfile "$WORK/ca.pem" "$WORK/branch.csr.pem" >"$WORK/verify.log" 2>&1
assert_match "openssl verify with the CRL" 'certificate revoked' "$(cat "$WORK/verify.log")"
key="a passphrase that is found nowhere"
found=$(python3 "$BULKHEAD_SOURCE/tests/api/memory_count.py" "$(daemon_pid A api-d)" "$key" "$(printf '%s' "$key" | base64)" "$WORK/A/config.yaml")
assert_equal "times in memory" "0 0" "${found% *}"

step "the secret has passed through api-d and is not there any more"
key="a key that both have"
found=$(python3 "$BULKHEAD_SOURCE/tests/api/memory_count.py" "$(daemon_pid A api-d)" "$key" "$(printf '%s' "$key" | base64)" "$WORK/A/config.yaml")
assert_equal "times in memory" "0 0" "${found% *}"
[ "${found##* }" -gt 0 ] || fail "the search in memory finds nothing at all"
passed
