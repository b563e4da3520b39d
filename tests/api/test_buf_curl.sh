#!/bin/bash
# buf's Connect client (binary messages) over HTTP/1.1 and HTTP/2, and `buf lint` of the schema it reads.
. "$(dirname "$(readlink -f "$0")")/daemon.sh"

npm_install || fail "can't install the npm packages"
daemon_start

# call METHOD JSON [OPTION...]: prints the answer
call() {
    local method=$1 json=$2
    shift 2
    buf curl --protocol connect --schema "$BULKHEAD_SOURCE/proto" --unix-socket "$SOCKET" -d "$json" "$@" \
        "http://localhost/bulkhead.v1.$method" 2>&1
}

for http in "" --http2-prior-knowledge; do
    step "HTTP ${http:-1.1}"
    assert_contains "GetVersion" '"version":' "$(call SystemService/GetVersion '{}' $http)"
    assert_contains "GetConfig" '"secret":' "$(call ConfigService/GetConfig '{}' $http | tr -d ' \n')"
    status=$(call SystemService/GetStatus '{}' $http | tr -d ' \n')
    assert_contains "GetStatus" '{"role":"api-d","connected":true}' "$status"
    assert_contains "GetStatus" '{"role":"ike-d"}' "$status"

    out=$(call TunnelService/ListTunnels '{}' $http) && fail "ListTunnels without ike-d: $out"
    assert_contains "ListTunnels without ike-d" '"code": "unavailable"' "$out"
    out=$(call TunnelService/GetTunnel '{"name":"nobody"}' $http) && fail "GetTunnel of nobody: $out"
    assert_contains "GetTunnel of nobody" '"code": "not_found"' "$out"
    out=$(call SecretService/SetSecret '{"name":"a b","value":"eA=="}' $http) && fail "SetSecret with a bad name: $out"
    assert_contains "SetSecret with a bad name" '"code": "invalid_argument"' "$out"
    out=$(call ConfigService/ApplyConfig '{"yaml":"tunnels:\n- name: x\n  colour: blue\n","file":"my.yaml"}' $http) &&
        fail "ApplyConfig with an unknown key: $out"
    assert_contains "ApplyConfig with an unknown key" 'my.yaml:3:' "$out"
    assert_contains "ApplyConfig with an unknown key" 'tunnels[0]' "$out"
    out=$(call ConfigService/ApplyConfig '{"yaml":"tunnels: []"}' $http) && fail "ApplyConfig without daemons: $out"
    assert_contains "ApplyConfig without daemons" 'nothing was changed' "$out"
    daemon_check
done

step "a large configuration is taken whole"
python3 - "$WORK/large.json" <<'PY'
import json, sys
comment = '  # ' + 'x' * 4200 + '\n'
policies = ''.join(f'{comment}  - {{local: 10.{i // 250}.{i % 250}.0/24, remote: 11.{i // 250}.{i % 250}.0/24}}\n' for i in range(1000))
text = 'tunnels:\n- name: net\n  remote: {address: 192.0.2.2}\n  auth: {psk: {secret: s}}\n  policies:\n'
json.dump({'yaml': text + policies}, open(sys.argv[1], 'w'))
PY
for http in "" --http2-prior-knowledge; do
    out=$(call ConfigService/ApplyConfig "@$WORK/large.json" $http) && fail "ApplyConfig without daemons: $out"
    assert_contains "ApplyConfig of 4 MiB" 'nothing was changed' "$out"
done
daemon_check
passed
