#!/bin/bash
# The protocol's edges by plain curl: statuses, headers, GET, keep-alive, chunked and large bodies, who may connect.
. "$(dirname "$(readlink -f "$0")")/daemon.sh"

daemon_start
JSON='Content-Type: application/json'
V1=http://localhost/bulkhead.v1

# ask OPTION... URL: "STATUS BODY"
ask() {
    curl --silent --max-time 20 --unix-socket "$SOCKET" --write-out '\n%{http_code}' "$@" >"$WORK/answer" || fail "curl $*: $?"
    echo "$(tail -n 1 "$WORK/answer") $(head -n -1 "$WORK/answer")"
}

for http in --http1.1 --http2-prior-knowledge; do
    step "statuses with $http"
    assert_equal "POST" '200 {"version":"0.1.0"}' "$(ask $http -H "$JSON" -d '{}' $V1.SystemService/GetVersion)"
    assert_equal "GET" '200 {"version":"0.1.0"}' \
        "$(ask $http "$V1.SystemService/GetVersion?connect=v1&encoding=json&message=%7B%7D")"
    assert_equal "GET, base64" '200 {"version":"0.1.0"}' \
        "$(ask $http "$V1.SystemService/GetVersion?connect=v1&encoding=json&base64=1&message=e30")"
    assert_contains "unknown path" '404 {"code":"unimplemented"' "$(ask $http -H "$JSON" -d '{}' $V1.SystemService/GetNothing)"
    assert_contains "wrong verb" '405 {"code":' "$(ask $http -X PUT -H "$JSON" -d '{}' $V1.SystemService/GetVersion)"
    assert_contains "GET with effects" '405 {"code":' "$(ask $http "$V1.ConfigService/ApplyConfig?encoding=json&message=%7B%7D")"
    assert_contains "wrong content type" '415 {"code":' "$(ask $http -H 'Content-Type: text/plain' -d '{}' $V1.SystemService/GetVersion)"
    assert_contains "compressed" '501 {"code":"unimplemented"' \
        "$(ask $http -H "$JSON" -H 'Content-Encoding: gzip' -d '{}' $V1.SystemService/GetVersion)"
    assert_contains "no JSON" '400 {"code":"invalid_argument"' "$(ask $http -H "$JSON" -d '{' $V1.SystemService/GetVersion)"
    assert_contains "unknown field" '400 {"code":"invalid_argument"' "$(ask $http -H "$JSON" -d '{"a":1}' $V1.SystemService/GetVersion)"
    assert_contains "unavailable" '503 {"code":"unavailable"' "$(ask $http -H "$JSON" -d '{}' $V1.TunnelService/ListTunnels)"
    assert_contains "time is up" '504 {"code":"deadline_exceeded"' \
        "$(ask $http -H "$JSON" -H 'Connect-Timeout-Ms: 0' -d '{}' $V1.SystemService/GetVersion)"
    assert_contains "chunked" '200 {' "$(ask $http -H "$JSON" -H 'Transfer-Encoding: chunked' -d '{}' $V1.SystemService/GetVersion)"

    step "bodies with $http"
    head -c $((21 * 1024 * 1024)) /dev/zero >"$WORK/large"
    assert_contains "too large" '429 {"code":"resource_exhausted"' \
        "$(ask $http -H "$JSON" --data-binary "@$WORK/large" $V1.SystemService/GetVersion)"
    head -c $((19 * 1024 * 1024)) /dev/zero >"$WORK/large"
    assert_contains "large, not JSON" '400 {"code":"invalid_argument"' \
        "$(ask $http -H "$JSON" --data-binary "@$WORK/large" $V1.SystemService/GetVersion)"
done

step "one connection serves many calls"
urls=()
for _ in $(seq 50); do urls+=("$V1.SystemService/GetVersion"); done
connects=$(curl --silent --unix-socket "$SOCKET" -H "$JSON" -d '{}' --write-out '%{num_connects}\n' --output /dev/null "${urls[@]}" |
    awk '{n += $1} END {print n}')
assert_equal "connections" 1 "$connects"

step "pipelined calls are answered in order"
answers=$(python3 - "$SOCKET" <<'PY'
import re, socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
one = lambda m: b'POST /bulkhead.v1.%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}' % m
s.sendall(one(b'TunnelService/ListTunnels') + one(b'SystemService/GetVersion') + one(b'Nothing/Nothing'))
s.shutdown(socket.SHUT_WR)
data = b''
while part := s.recv(65536): data += part
print(' '.join(re.findall(r'HTTP/1.1 (\d+)', data.decode())))
PY
)
assert_equal "statuses" "503 200 404" "$answers"

step "a secret is neither stored nor logged nor left in memory"
secret=hush-$RANDOM-$RANDOM-$RANDOM
base64=$(printf '%s' "$secret" | base64)
for http in --http1.1 --http2-prior-knowledge; do
    for _ in 1 2 3; do
        ask $http -H "$JSON" -d "{\"name\":\"demo\",\"value\":\"$base64\"}" $V1.SecretService/SetSecret >/dev/null
        printf "\\x0a\\x04demo\\x12\\x$(printf %02x ${#secret})%s" "$secret" |
            ask $http -H 'Content-Type: application/proto' --data-binary @- $V1.SecretService/SetSecret >/dev/null
    done
done
! grep -rE "$secret|$base64" "$WORK/api-d.log" "$WORK/state" || fail "it is stored or logged"
# Everything that the process can write to; the configuration file's name shows that the search finds what is there.
found=$(python3 "$BULKHEAD_SOURCE/tests/api/memory_count.py" "$DAEMON" "$secret" "$base64" "$WORK/config.yaml")
assert_equal "times that the secret and its base64 text are in memory" "0 0" "${found% *}"
[ "${found##* }" -gt 0 ] || fail "the search in memory finds nothing at all"

step "strangers get no answer"
chmod 666 "$SOCKET" # as if the file's mode were wrong
assert_contains "as nobody" '403 {"code":"permission_denied"' \
    "$(setpriv --reuid 65534 --regid 65534 --clear-groups curl --silent --unix-socket "$SOCKET" --write-out '%{http_code} ' \
        --output - -H "$JSON" -d '{}' $V1.SystemService/GetVersion | sed -E 's/(.*\})([0-9]+) $/\2 \1/')"
chmod 660 "$SOCKET"
setpriv --reuid 65534 --regid 65534 --clear-groups curl --silent --unix-socket "$SOCKET" $V1.SystemService/GetVersion &&
    fail "nobody could connect"

step "connections beyond the limit are closed, the others are served"
python3 - "$SOCKET" <<'PY' || fail "too many connections"
import socket, sys
def connect():
    s = socket.socket(socket.AF_UNIX); s.settimeout(10); s.connect(sys.argv[1])
    return s
def ask(s):
    s.sendall(b'GET /x HTTP/1.1\r\n\r\n')
    try: return s.recv(65536)
    except ConnectionError: return b''
idle = [connect() for _ in range(128)]
assert ask(idle[127]).startswith(b'HTTP/1.1 404')  # all of them have been accepted
extra = [connect() for _ in range(20)]
for s in extra:
    try: assert s.recv(1) == b''
    except ConnectionError: pass
assert ask(idle[0]).startswith(b'HTTP/1.1 404')
for s in idle: s.close()
PY
sleep 0.2
assert_contains "afterwards" '200 {' "$(ask -H "$JSON" -d '{}' $V1.SystemService/GetVersion)"

step "what a client sends never ends the daemon"
for _ in $(seq 30); do
    head -c 3000 /dev/urandom | timeout 2 python3 -c '
import re, socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
s.sendall(sys.stdin.buffer.read())' "$SOCKET"
done
daemon_check
assert_contains "afterwards" '200 {' "$(ask -H "$JSON" -d '{}' $V1.SystemService/GetVersion)"
passed
