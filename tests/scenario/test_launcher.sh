#!/bin/bash
# The launcher where it can't work: one clear line, the right exit status, and nothing is started.
. "$(dirname "$0")/lib/scenario.sh" || exit 1
NAMESPACES="gwA"
BULKHEAD=$BULKHEAD_BUILD/bulkhead
topology_namespace gwA
RUN=$WORK/run
STATE=$WORK/state
UID_OF_IKE=59302

# refuses STATUS REGEX COMMAND...
refuses() {
    local status=$1 regex=$2 out got
    shift 2
    out=$(in_ns gwA timeout 10 "$@" 2>&1 </dev/null)
    got=$?
    echo "    $out" | sed "s|$WORK|DIR|g" | cut -c 1-150
    assert_equal "exit status of $*" "$status" "$got"
    assert_equal "lines of $*: $out" 1 "$(wc -l <<<"$out")"
    assert_match "the line of $*" "^bulkhead: .*$regex" "$out"
    assert_equal "started in spite of it" "" "$(ip netns pids "$PREFIX-gwA")"
}

step "words that are wrong"
refuses 2 "no command" "$BULKHEAD"
refuses 2 "unknown command fly" "$BULKHEAD" fly
refuses 2 "unrecognized option '--fly'" "$BULKHEAD" run --fly
refuses 2 "option '--run' requires an argument" "$BULKHEAD" run --run
refuses 2 "unexpected argument" "$BULKHEAD" run now
for option in "--uid-base many" "--seccomp maybe" "--log-level loud" "--log-format xml" "--tun a/b" "--tun interface-of-17-b"; do
    # shellcheck disable=SC2086
    refuses 2 "${option%% *}: invalid value" "$BULKHEAD" run $option
done

step "a configuration that can't be read"
refuses 1 "nowhere.yaml: No such file" "$BULKHEAD" run --run "$RUN" --state "$STATE" --config "$WORK/nowhere.yaml"
refuses 1 "Is a directory" "$BULKHEAD" run --run "$RUN" --state "$STATE" --config "$WORK"

step "folders that are no place for a gateway"
refuses 1 "too long for the names of sockets" "$BULKHEAD" run --run "$WORK/$(printf 'x%.0s' {1..90})" --state "$STATE"
touch "$WORK/file"
refuses 1 "Not a directory" "$BULKHEAD" run --run "$WORK/file" --state "$STATE"
refuses 1 "Not a directory" "$BULKHEAD" run --run "$RUN" --state "$WORK/file/state"
refuses 1 "/proc/bulkhead: No such file" "$BULKHEAD" run --run /proc/bulkhead --state "$STATE"
mkdir "$WORK/still"
for option in "--run $WORK/still --state $STATE" "--run $RUN --state $WORK/still"; do
    refuses 1 "Read-only file system" unshare -m sh -c "mount -t tmpfs -o ro tmpfs $WORK/still && exec $BULKHEAD run $option"
done
mkdir -m 777 "$WORK/open"
refuses 1 "writable for everybody" "$BULKHEAD" run --run "$WORK/open" --state "$STATE"
refuses 1 "writable for everybody" "$BULKHEAD" run --run "$RUN" --state "$WORK/open/state"
mkdir -m 755 "$WORK/taken"
chown $UID_OF_IKE "$WORK/taken"
refuses 1 "nor belong to a daemon" "$BULKHEAD" run --run "$WORK/taken/run" --state "$STATE"
mkdir -m 700 "$WORK/closed"
refuses 1 "can't get through $WORK/closed: it needs mode o\+x" "$BULKHEAD" run --run "$RUN" --state "$WORK/closed/state"

step "programs and rights that are missing"
mkdir "$WORK/bin"
cp "$BULKHEAD" "$BULKHEAD_BUILD/fw-d" "$WORK/bin"
refuses 1 "can't find the program pki-d" "$WORK/bin/bulkhead" run --run "$RUN" --state "$STATE"
for capability in net_admin setuid chown fowner; do
    refuses 1 "CAP_${capability^^} is missing" setpriv --bounding-set -$capability "$BULKHEAD" run --run "$RUN" --state "$STATE"
done
refuses 1 "must be run as root" setpriv --reuid=65534 --clear-groups "$BULKHEAD" run --run "$RUN" --state "$STATE"
refuses 1 "nothing runs" "$BULKHEAD" stop --run "$RUN"

step "a daemon can't lead root astray in its own folder"
start() {
    spawn bulkhead-A gwA "$BULKHEAD" run --state "$STATE" --run "$RUN"
    wait_for 15 "the gateway" grep -q 'bulkhead: ready' "$WORK/bulkhead-A.log"
}
start
terminate bulkhead-A TERM 15
echo precious >"$WORK/precious"
mkdir -m 700 "$WORK/valuable"
before=$(stat -c '%a %u %g %i' "$WORK/precious" "$WORK/valuable")
as_ike() { setpriv --reuid=$UID_OF_IKE --regid=$UID_OF_IKE --clear-groups "$@"; }
as_ike ln -sfn "$WORK/precious" "$RUN/ike-d/api-d.sock" 2>/dev/null && fail "ike-d's user can put a link in its socket's place"
# Nor would that help, had an earlier version given it the folder.
chown $UID_OF_IKE "$RUN/ike-d"
as_ike ln -sfn "$WORK/precious" "$RUN/ike-d/api-d.sock" || fail "ln"
as_ike ln -sfn "$WORK/valuable" "$STATE/ike-d/link" || fail "ln"
: >"$WORK/bulkhead-A.log"
start
assert_equal "type of ike-d's socket" socket "$(stat -c %F "$RUN/ike-d/api-d.sock")"
assert_equal "what the links led to" "$before" "$(stat -c '%a %u %g %i' "$WORK/precious" "$WORK/valuable")"
assert_equal "the file" precious "$(cat "$WORK/precious")"
terminate bulkhead-A TERM 15
# As a link its folder is refused, whoever made it.
rm -r "$RUN/ike-d"
ln -s "$WORK/valuable" "$RUN/ike-d"
: >"$WORK/bulkhead-A.log"
spawn bulkhead-A gwA "$BULKHEAD" run --state "$STATE" --run "$RUN"
wait_for 10 "the refusal" grep -q 'ike-d: start_failed step=folders' "$WORK/bulkhead-A.log"
assert_equal "what the link led to" "$before" "$(stat -c '%a %u %g %i' "$WORK/precious" "$WORK/valuable")"
terminate bulkhead-A TERM 15
in_ns gwA "$BULKHEAD" stop --release --run "$RUN" >/dev/null 2>&1 || fail "stop --release"
passed
