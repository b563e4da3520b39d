#!/bin/bash
# The courier between strangers: alone first, asked by a program in the place of the other daemons (courier_client.c), with web
# and name servers beyond the WAN that are wrong in every way; then in a gateway whose tunnel protects everything.
#
#     gwA: courier 192.0.2.1, port 80 ========= WAN ========= gwB: 203.0.113.10 (web 8080, names 53), 192.0.2.2 (a neighbour)
. "$(dirname "$0")/lib/scenario.sh" || exit 1
WEB=203.0.113.10
PUBLIC=http://$WEB:8080
EVERYTHING="  - {local: 0.0.0.0/0, remote: 0.0.0.0/0}"

# as ROLE ARGUMENTS...: the client in that place
as() { in_ns gwA timeout 60 "$BULKHEAD_BUILD/tests/courier_client" "$WORK/run" "$@"; }

configure() {
    as api-d configure $PUBLIC/ok/1 $PUBLIC/ok/2 $PUBLIC/redirect/1 $PUBLIC/big $PUBLIC/chunked $PUBLIC/slow $PUBLIC/error \
        $PUBLIC/cut http://127.0.0.1:8080/ok 'http://[::1]:8080/ok' 'http://[::ffff:127.0.0.1]:8080/ok' \
        http://169.254.169.254/latest http://10.1.0.2:8080/ok http://192.0.2.1:8080/ok http://192.0.2.2:8080/ok \
        http://192.0.2.2:8080/ok/own http://10.2.0.1:8080/ok http://127.0.0.1:8080/ok/own \
        http://loop.example:8080/ok http://meta.example/ok http://mixed.example:8080/ok/3 http://rebind.example:8080/ok/4 \
        http://rebind.example:8080/ok/5 http://nobody.example/ok http://failing.example/ok \
        own http://192.0.2.2:8080/ok/own http://127.0.0.1:8080/ok/own serve ca
}

# same WHAT IS SHOULD-BE
same() { assert_equal "$1" "$3" "$2"; }

hits() { grep -c "$1" "$WORK/web.log" 2>/dev/null || true; }

# expect ROLE QUESTION PATTERN
expect() {
    local answer
    answer=$(as "$1" <<<"$2") || fail "no answer to: $2"
    assert_match "$2" "$3" "$answer"
}

topology_up
for address in $WEB 203.0.113.11; do
    ip_in gwB addr add $address/32 dev lo
done
echo "nameserver $WEB" >"$WORK/resolv.conf"
cat >"$WORK/zone" <<END
loop.example 5 127.0.0.1
meta.example 5 169.254.169.254
mixed.example 5 127.0.0.1 $WEB
rebind.example 0 $WEB
two.example 300 192.0.2.2 2001:db8::2
failing.example 5 servfail
gwb.example 5 192.0.2.2
END
spawn names gwB python3 "$SCENARIO_LIB/name_server.py" $WEB "$WORK/zone" "$WORK/questions"
spawn web gwB python3 "$SCENARIO_LIB/http_server.py" 0.0.0.0 8080 "$WORK/web.log"
spawn inside gwA python3 "$SCENARIO_LIB/http_server.py" 0.0.0.0 8080 "$WORK/inside.log"
mkdir -p "$WORK/run" "$WORK/state"
# shellcheck disable=SC2016
spawn courier gwA unshare -m --propagation private sh -c 'mount --bind "$0" /etc/resolv.conf; exec "$@"' \
    "$WORK/resolv.conf" "$BULKHEAD_BUILD/courier" --run "$WORK/run" --state "$WORK/state" --seccomp trap --pki-http :80
wait_for 10 "the courier" grep -q ready "$WORK/courier.log"
wait_for 10 "the web server" in_ns gwA curl -so /dev/null http://192.0.2.2:8080/error

configure || fail "the courier takes no configuration"

step "what is fetched, and what is not"
expect verifier "$PUBLIC/ok/1" '^100000 0$'
expect verifier "$PUBLIC/ok/1 60" '^100000 [0-9]+$'
same "requests for a document that is kept" "$(hits ok/1)" 1
expect verifier "$PUBLIC/other" '^refused 2 not a URL of a configured authority'
expect verifier "$PUBLIC/redirect/1" '^refused 7 .*redirects, which is not followed'
expect verifier "$PUBLIC/big" '^refused 7 .*over 4 MiB'
expect verifier "$PUBLIC/chunked" '^refused 7 .*over 4 MiB'
expect verifier "$PUBLIC/cut" '^refused 7 .*closed in the middle'
expect verifier "$PUBLIC/error" '^refused 7 .*an error \(HTTP status 500\)'
before=$(hits error)
expect verifier "$PUBLIC/error" '^refused 7 .*an error \(HTTP status 500\)'
same "requests for a document that failed just now" "$(hits error)" "$before"
expect verifier "$PUBLIC/slow" '^refused 7 .*no answer within 10 s'

step "nothing leads inside"
while read -r url why; do
    expect verifier "$url" "^refused 7 .*$why"
done <<END
http://127.0.0.1:8080/ok a loopback address
http://[::1]:8080/ok a loopback address
http://[::ffff:127.0.0.1]:8080/ok a loopback address
http://169.254.169.254/latest a link-local address
http://10.1.0.2:8080/ok a private address
http://10.2.0.1:8080/ok a private address
http://192.0.2.1:8080/ok an address of this host
http://192.0.2.2:8080/ok in a network of this host
http://127.0.0.1:8080/ok/own a loopback address
http://loop.example:8080/ok a loopback address
http://meta.example/ok a link-local address
http://nobody.example/ok there is no such name
http://failing.example/ok no name server has an answer
END
expect verifier "http://mixed.example:8080/ok/3" '^100000 0$'
expect verifier "http://192.0.2.2:8080/ok/own" '^100000 0$'
expect verifier "http://rebind.example:8080/ok/4" '^100000 0$'
sed -i 's/^rebind.*/rebind.example 0 127.0.0.1/' "$WORK/zone"
sleep 6 # no name is asked for more often than every 5 s
expect verifier "http://rebind.example:8080/ok/5" '^refused 7 .*a loopback address'
[ ! -s "$WORK/inside.log" ] || fail "asked this host: $(cat "$WORK/inside.log")"

step "names"
expect ike-d "two.example" '^(300|29[0-9]) (192\.0\.2\.2 2001:db8::2|2001:db8::2 192\.0\.2\.2)$'
expect ike-d "nobody.example" '^refused 2 there is no such name'
expect ike-d "failing.example" "^refused 7 no name server has an answer"
expect ike-d "192.0.2.300" '^refused 7 this is no name'
asked=$(grep -c two.example "$WORK/questions")
expect ike-d "two.example" '192\.0\.2\.2'
same "questions for a name that is known" "$(grep -c two.example "$WORK/questions")" "$asked"

step "the public"
spawn verifier gwA "$BULKHEAD_BUILD/tests/courier_client" "$WORK/run" verifier wait
odd() { in_ns gwB python3 "$SCENARIO_LIB/http_client.py" 192.0.2.1 80 "$1"; }
for kind in slowloris slow_reader; do
    odd $kind >"$WORK/$kind" &
    SLOW="${SLOW:-} $!"
done
public() { in_ns gwB curl -s --max-time 5 -o "$WORK/body" -w '%{http_code} %{content_type}' "$@"; }
at() { echo "http://192.0.2.1$1"; }
wait_for 10 "a CRL" sh -c "nsenter --net=$(namespace_path gwB) curl -sfo /dev/null $(at /crl/ca.crl)"
same "a CRL" "$(public "$(at /crl/ca.crl)")" "200 application/pkix-crl"
same "its size" "$(stat -c %s "$WORK/body")" 100000
same "a CRL over IPv6" "$(public 'http://[2001:db8::1]/crl/ca.crl')" "200 application/pkix-crl"
tag=$(in_ns gwB curl -sI "$(at /crl/ca.crl)" | sed -n 's/^ETag: //p' | tr -d '\r')
same "one that the client has" "$(public -H "If-None-Match: $tag" "$(at /crl/ca.crl)" | cut -c1-3)" 304
same "another authority's" "$(public "$(at /crl/other.crl)" | cut -c1-3)" 404
same "a path out of the folder" "$(public --path-as-is "$(at /crl/../../etc/passwd.crl)" | cut -c1-3)" 404
same "another page" "$(public "$(at /)" | cut -c1-3)" 404
same "DELETE" "$(public -X DELETE "$(at /crl/ca.crl)" | cut -c1-3)" 405
printf '\060\003\002\001\001' >"$WORK/question"
same "OCSP by POST" "$(public -H 'Content-Type: application/ocsp-request' --data-binary @"$WORK/question" "$(at /ocsp)")" \
    "200 application/ocsp-response"
cmp -s "$WORK/question" "$WORK/body" || fail "another answer"
same "OCSP by GET" "$(public "$(at /ocsp/MAMCAQE%3D)")" "200 application/ocsp-response"
same "OCSP by GET below a name" "$(public "$(at /ocsp/ca/MAMCAQE=)")" "200 application/ocsp-response"
same "what is no OCSP request" "$(public "$(at /ocsp/hello)" | cut -c1-3)" 400
same "OCSP of another type" "$(public -d x "$(at /ocsp)" | cut -c1-3)" 415
head -c 20000 /dev/zero >"$WORK/large"
same "a large question" \
    "$(public -H 'Content-Type: application/ocsp-request' -H 'Expect:' --data-binary @"$WORK/large" "$(at /ocsp)" | cut -c1-3)" 413
same "a long URL" "$(public "$(at "/$(head -c 5000 /dev/zero | tr '\0' a)")" | cut -c1-3)" 414
same "requests in one segment" "$(odd pipeline)" "3 1 True"
assert_match "garbage" "^HTTP/1.1 400" "$(odd garbage)"
read -r good refused <<<"$(odd greedy)"
[ "$good" -ge 40 ] && [ "$refused" -ge 20 ] || fail "of 300 questions at once $good were answered, $refused refused"
# shellcheck disable=SC2086
wait $SLOW
for kind in slowloris slow_reader; do
    seconds=$(cat "$WORK/$kind")
    [ "$seconds" -ge 9 ] && [ "$seconds" -le 60 ] || fail "$kind was borne $seconds s"
done
same "connections of one source" "$(odd many)" 16
is_running courier || fail "the courier has ended"
terminate verifier
terminate courier
terminate inside

step "a tunnel that protects everything does not swallow it"
TUNNEL_POLICIES=$EVERYTHING TUNNEL_REMOTE=gwb.example gateway_config A
TUNNEL_POLICIES=$EVERYTHING TUNNEL_START=START_MODE_PASSIVE gateway_config B
GATEWAY_RESOLV_CONF=$WORK/resolv.conf gateway_start A --pki-http :80
gateway_secret A "a secret of this test"
wait_for 15 "the name to be resolved" grep -q "peer_resolved.*192.0.2.2" "$WORK/bulkhead-A.log"
in_ns gwA ping -c 1 -W 1 203.0.113.11 >/dev/null && fail "other packets leave in clear"
same "the public, from an address that is protected" \
    "$(in_ns gwB curl -s --interface 203.0.113.11 --max-time 5 -o /dev/null -w '%{http_code}' "$(at /crl/none.crl)")" 404
terminate names # its address would lead into B's tunnel
gateway_start B
gateway_secret B "a secret of this test"
tunnel_wait A UP 60
in_ns gwA ping -c 1 -W 5 -I 192.0.2.1 203.0.113.11 >/dev/null || true

step "who asks through the tunnel is answered through the tunnel"
capture_start in_clear gwB wan "tcp port 80"
same "a CRL through the tunnel" \
    "$(in_ns gwB curl -s --interface 203.0.113.11 --max-time 5 -o /dev/null -w '%{http_code}' http://10.1.0.1/crl/none.crl)" 404
capture_stop in_clear
assert_equal "packets of it in clear" 0 "$(capture_count in_clear)"

step "the courier dies, and comes back; the tunnel stays"
pid=$(daemon_pid A courier)
kill -KILL "$pid"
wait_for 10 "a new courier" daemon_is_new A courier "$pid"
tunnel_is A UP || fail "the tunnel went down"
wait_for 10 "the public is served again" sh -c "nsenter --net=$(namespace_path gwB) curl -so /dev/null --max-time 2 $(at /)"
passed
