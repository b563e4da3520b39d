#!/bin/bash
# Where the first configuration of a run comes from: the file, what was applied last, or neither.
. "$(dirname "$(readlink -f "$0")")/daemon.sh"

remote() { # of the first tunnel that runs
    curl --silent --max-time 5 --unix-socket "$SOCKET" -H 'Content-Type: application/json' -d '{}' \
        http://localhost/bulkhead.v1.ConfigService/GetConfig | grep -o '"remote":{"address":"[^"]*"' | cut -d'"' -f6
}

# write_remote ADDRESS: a configuration with that peer
write_remote() {
    write_config
    sed -i "s/192\.0\.2\.2/$1/" "$WORK/config.yaml"
}

start() {
    : >"$WORK/api-d.log"
    daemon_start "$@"
}

stop() { # SIGNAL
    kill "-$1" "$DAEMON"
    wait "$DAEMON" 2>/dev/null
    DAEMON=
}

# refused PART: api-d must not start, and say so
refused() {
    : >"$WORK/api-d.log"
    if unshare --net "$BULKHEAD_BUILD/api-d" --run "$WORK/run" --state "$WORK/state" --config "$WORK/config.yaml" \
        >>"$WORK/api-d.log" 2>&1; then
        fail "it ended without an error"
    fi
    assert_contains "the log" "$1" "$(cat "$WORK/api-d.log")"
}

step "a file that is wrong, and nothing before it: each mistake is told, and no start"
write_remote 192.0.2.2.2
sed -i 's/10\.2\.0\.0\/24/10.2.0.0\/33/' "$WORK/config.yaml"
refused "$WORK/config.yaml:4:21: tunnels[0].remote.address: "
assert_contains "the second mistake" "$WORK/config.yaml:7:" "$(cat "$WORK/api-d.log")"

step "a file that is not there"
rm "$WORK/config.yaml"
refused config_unreadable

step "a file that is right, for root alone to read"
write_remote 192.0.2.3
chmod 600 "$WORK/config.yaml"
start
assert_equal "remote" 192.0.2.3 "$(remote)"
stop TERM

step "a file that has changed"
write_remote 192.0.2.4
start
assert_equal "remote" 192.0.2.4 "$(remote)"
stop TERM

step "a file that is wrong: what was applied last runs on"
write_remote 192.0.2.5.5
start
assert_contains "the log" "$WORK/config.yaml:4:" "$(cat "$WORK/api-d.log")"
assert_equal "remote" 192.0.2.4 "$(remote)"
stop TERM

step "started again by the same launcher after its death: what was applied meanwhile stays"
write_remote 192.0.2.6
export BULKHEAD_LAUNCHER=$$
start
assert_equal "remote" 192.0.2.6 "$(remote)"
sed 's/192\.0\.2\.6/192.0.2.7/' "$WORK/config.yaml" >"$WORK/applied" # as ApplyConfig stores it
stop KILL
cat "$WORK/applied" >"$WORK/state/api-d/config.yaml"
start
assert_equal "remote" 192.0.2.7 "$(remote)"
stop TERM
unset BULKHEAD_LAUNCHER

step "a new run takes the file"
start
assert_equal "remote" 192.0.2.6 "$(remote)"
stop TERM

step "no file named"
daemon_start_without() {
    unshare --net "$BULKHEAD_BUILD/api-d" --run "$WORK/run" --state "$1" >>"$WORK/api-d.log" 2>&1 &
    DAEMON=$!
    daemon_wait
}
: >"$WORK/api-d.log"
daemon_start_without "$WORK/state"
assert_equal "remote" 192.0.2.6 "$(remote)"
stop TERM
: >"$WORK/api-d.log"
daemon_start_without "$WORK/fresh"
assert_equal "remote" "" "$(remote)"
stop TERM
passed
