#!/bin/bash
# The group bulkhead-admin, where the system has it, may use the API; others still may not. api-d sees an /etc/group of its own.
. "$(dirname "$(readlink -f "$0")")/daemon.sh"

write_config
grep -v '^bulkhead-admin:' /etc/group >"$WORK/group"
echo 'bulkhead-admin:x:59399:' >>"$WORK/group"
unshare --net --mount sh -c 'mount --bind "$0" /etc/group && exec "$@"' "$WORK/group" \
    "$BULKHEAD_BUILD/api-d" --run "$WORK/run" --state "$WORK/state" --config "$WORK/config.yaml" >>"$WORK/api-d.log" 2>&1 &
DAEMON=$!
daemon_wait

# version SETPRIV-OPTION...: status of GetVersion for that user
version() {
    setpriv "$@" curl --silent --max-time 5 --unix-socket "$SOCKET" --output /dev/null --write-out '%{http_code}' \
        -H 'Content-Type: application/json' -d '{}' http://localhost/bulkhead.v1.SystemService/GetVersion
}

step "the socket is root's and the group's"
assert_equal "owner, group, mode" "0 59399 660" "$(stat -c '%u %g %a' "$SOCKET")"
step "a member by its first group"
assert_equal "status" 200 "$(version --reuid 65534 --regid 59399 --clear-groups)"
step "a member by another group"
assert_equal "status" 200 "$(version --reuid 65534 --regid 65534 --groups 4,59399,20)"
step "others"
assert_equal "status" 000 "$(version --reuid 65534 --regid 65534 --clear-groups)"
chmod 666 "$SOCKET" # as if the mode were wrong: api-d asks the kernel, too
assert_equal "status" 403 "$(version --reuid 65534 --regid 65534 --groups 4,20)"
assert_equal "status" 200 "$(version --reuid 0 --regid 0 --clear-groups)"
daemon_check
passed
