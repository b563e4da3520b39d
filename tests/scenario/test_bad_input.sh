#!/bin/bash
# Mistakes in the configuration: each gives file:line:column: path: what is wrong, what would be right; and what runs stays as
# it is.
. "$(dirname "$0")/lib/scenario.sh" || exit 1

topology_up
for side in A B; do
    gateway_config $side
    gateway_start $side
    gateway_secret $side "a key that both have"
done
tunnel_wait A UP
cp "$WORK/A/config.yaml" "$WORK/good.yaml"
before=$(bhctl_on A -o json sas list | json sas.0.spiIn)

# refused WHAT REGEX SED-EXPRESSION...: applies the good file so changed; must be refused with that line, changing nothing
refused() {
    local what=$1 regex=$2 out
    shift 2
    step "$what"
    sed -E "$@" "$WORK/good.yaml" >"$WORK/bad.yaml"
    ! cmp -s "$WORK/good.yaml" "$WORK/bad.yaml" || fail "the edit changed nothing"
    out=$(bhctl_on A apply -f "$WORK/bad.yaml" 2>&1) && fail "it was taken"
    echo "    $out"
    assert_match "the error" "bad.yaml:[0-9]+:[0-9]+: $regex" "$out"
    assert_equal "the SA" "$before" "$(bhctl_on A -o json sas list | json sas.0.spiIn)"
}

refused "an unknown key" 'tunnels\[0\]: unknown key "colour"; there is name, local' 's/^  auth:/  colour: blue\n&/'
refused "a key that is almost right" 'tunnels\[0\]: unknown key "policy"; .*policies' 's/^  policies:/  policy:/'
refused "a bad prefix" 'tunnels\[0\]\.policies\[0\]\.local: "10\.1\.0\.0/33" is not a prefix.*write' 's|10\.1\.0\.0/24|10.1.0.0/33|'
refused "host bits in a prefix" 'tunnels\[0\]\.policies\[0\]\.local: .*write 10\.1\.0\.0/24' 's|10\.1\.0\.0/24|10.1.0.9/24|'
refused "families that differ" 'tunnels\[0\]\.policies\[1\]\.remote: 10\.9\.0\.0/24 is IPv4, but' 's|"fd00:2::/64"|10.9.0.0/24|'
refused "a proposal typo" 'tunnels\[0\]\.ike_proposals\[0\]: .*"aes265gcm16" is not .*"aes256gcm16"' \
    's/^  policies:/  ike_proposals: [aes265gcm16-prfsha384-ecp384]\n&/'
refused "a bad address" 'tunnels\[0\]\.remote\.address: "192\.0\.2\.300" is neither an address, a prefix nor a name; write' \
    's/remote: \{address: 192\.0\.2\.2/remote: {address: 192.0.2.300/'
refused "a tunnel without a name" 'tunnels\[0\]\.name: is required' 's/^- name: net/- {}/;2q'
refused "an unknown start mode" 'tunnels\[0\]\.start: "upp" is none of up, on_demand, passive' 's/START_MODE_UP/upp/'
refused "a file that is no YAML" '.*YAML' 's/^  auth:.*/  auth: {psk: {secret: net}/'

step "two tunnels that claim the same pair"
{
    cat "$WORK/good.yaml"
    sed '1d; s/name: net/name: other/' "$WORK/good.yaml"
} >"$WORK/bad.yaml"
out=$(bhctl_on A apply -f "$WORK/bad.yaml" 2>&1) && fail "it was taken"
echo "    $out"
assert_match "the error" 'bad.yaml:[0-9]+:[0-9]+: tunnels\[1\]\.policies\[0\]' "$out"
assert_match "the error names the other tunnel" 'net' "$out"

step "several mistakes at once are all told"
sed -E 's|10\.1\.0\.0/24|10.1.0.0/33|; s/address: 192\.0\.2\.2/address: 192.0.2.300/' "$WORK/good.yaml" >"$WORK/bad.yaml"
out=$(bhctl_on A apply -f "$WORK/bad.yaml" 2>&1) && fail "it was taken"
assert_equal "lines" 2 "$(grep -c 'bad.yaml:' <<<"$out")"

step "a missing secret is told, and the tunnel waits for it"
sed -E 's/secret: net/secret: nowhere/' "$WORK/good.yaml" >"$WORK/later.yaml"
out=$(bhctl_on A apply -f "$WORK/later.yaml" 2>&1) || fail "a missing secret is no reason to refuse: $out"
echo "    $out"
assert_match "the warning" 'later.yaml:[0-9]+:[0-9]+: tunnels\[0\]\.auth\.psk\.secret: .*nowhere' "$out"
tunnel_wait A NEEDS_SECRET
gateway_secret A "a key that both have" nowhere
tunnel_wait A UP
for other in 's/192\.0\.2\.2/192.0.2.99/' 's/START_MODE_UP/passive/'; do # nobody answers, or nobody asks: all the same
    sed -E "s/secret: net/secret: none/; $other" "$WORK/good.yaml" >"$WORK/later.yaml"
    bhctl_on A apply -f "$WORK/later.yaml" >/dev/null 2>&1 || fail "apply"
    tunnel_wait A NEEDS_SECRET 5
    assert_equal "the failure" SECRET_MISSING "$(tunnel_failure A notify)"
    assert_match "the explanation" 'secrets set none' "$(bhctl_on A tunnels explain net)"
done
gateway_secret A "a key that nobody else has" none # or gateway B, which calls, would bring the tunnel up
tunnel_wait A WAITING 5
bhctl_on A secrets delete none || fail "secrets delete"
tunnel_wait A NEEDS_SECRET 5
bhctl_on A apply -f "$WORK/good.yaml" || fail "apply"
wait_for 10 "the tunnel with the other secret" can_ping lanA $HOST_B
wait_for 10 "the tunnel with the other secret" can_ping lanA $HOST6_B
ping_both_ways

step "bad arguments of bhctl"
for arguments in "tunnels show nobody" "tunnels up nobody" "secrets set bad/name" "no-such-noun" "apply -f $WORK/nowhere.yaml"; do
    # shellcheck disable=SC2086
    out=$(bhctl_on A $arguments 2>&1 </dev/null) && fail "bhctl $arguments: succeeded"
    assert_equal "lines of bhctl $arguments: $out" 1 "$(wc -l <<<"$out")"
done
out=$(head -c 2000 /dev/zero | bhctl_on A secrets set net 2>&1) && fail "a secret of 2000 bytes was taken"
"$BHCTL" --socket "$WORK/nowhere.sock" tunnels list >"$WORK/out" 2>&1 && fail "no socket, no error"
assert_equal "lines" 1 "$(wc -l <"$WORK/out")"

step "the launcher and a bad file"
out=$("$BULKHEAD_BUILD/bulkhead" run --config "$WORK/nowhere.yaml" --state "$WORK/s" --run "$WORK/r" 2>&1) && fail "it ran"
assert_match "the error" 'nowhere\.yaml' "$out"

step "noise on the sockets does nobody harm"
pids=$(pgrep -P "${PROCESS_PID[bulkhead-A]}" | sort)
for port in 500 4500; do
    for size in 1 4 27 28 60 1400 9000; do
        head -c $size /dev/urandom | in_ns gwB timeout 1 bash -c "cat >/dev/udp/$WAN_A/$port" 2>/dev/null
    done
done
head -c 100000 /dev/urandom | timeout 2 python3 -c "
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(1)
s.connect('$WORK/A/run/api.sock')
try:
    s.sendall(sys.stdin.buffer.read())
    s.recv(100)
except OSError:
    pass"
sleep 0.5
assert_equal "the daemons" "$pids" "$(pgrep -P "${PROCESS_PID[bulkhead-A]}" | sort)"
ping_both_ways
passed
