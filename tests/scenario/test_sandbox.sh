#!/bin/bash
# Each daemon runs as the role table says, in every thread, and what a taken daemon would try fails: first in a process that
# takes on a role's uid, Landlock and filter layer by layer, then inside the running daemons themselves, which are made to do
# the system call and die of it. Then the launcher: a second one is refused, and its own sudden death leaves no orphans.
. "${BULKHEAD_SOURCE:-$(dirname "$0")/../..}/tests/scenario/lib/scenario.sh" || exit 1
NAMESPACES="gwA"
PROBE=$BULKHEAD_BUILD/tests/sandbox_probe
RUN=$WORK/A/run
STATE=$WORK/A/state

topology_namespace gwA
ip_in gwA link add wan type veth peer name far
ip_in gwA addr add $WAN_A/24 dev wan
ip_in gwA link set wan up
ip_in gwA link set far up

# Every daemon runs and has told the launcher so.
all_ready() {
    local daemon pid
    for daemon in $DAEMONS; do
        pid=$(daemon_pid A "$daemon")
        [ -n "$pid" ] && grep -q "daemon_ready name=$daemon pid=$pid" "$WORK/bulkhead-A.log" || return 1
    done
}

start_gateway() { # [OPTIONS-OF-RUN...]
    mkdir -p "$STATE" "$RUN"
    chmod 755 "$WORK/A" "$STATE" "$RUN"
    TUNNEL_START=START_MODE_PASSIVE gateway_config A
    spawn bulkhead-A gwA "$BULKHEAD_BUILD/bulkhead" run --config "$WORK/A/config.yaml" --state "$STATE" --run "$RUN" "$@"
    wait_for 20 "all daemons" all_ready
}

step "the gateway starts in the sandbox"
start_gateway
grep -q "bulkhead: ready" "$WORK/bulkhead-A.log" || fail "the launcher does not say that it is ready"

step "every thread of every daemon is what the role table says"
status_of() { # FILE KEY
    sed -n "s/^$2:[[:space:]]*//p" "$1"
}
declare -A ROLE_UID=() SEEN_UID=()
printf '%-16s %-7s %-16s %-6s %-17s %-10s %s\n' daemon thread name uid CapEff NoNewPrivs Seccomp
threads=0
while read -r daemon uid caps; do
    ROLE_UID[$daemon]=$uid
    [ -z "${SEEN_UID[$uid]:-}" ] || fail "$daemon and ${SEEN_UID[$uid]} have one uid"
    SEEN_UID[$uid]=$daemon
    pid=$(daemon_pid A "$daemon")
    for task in /proc/"$pid"/task/*; do
        file=$task/status
        printf '%-16s %-7s %-16s %-6s %-17s %-10s %s\n' "$daemon" "${task##*/}" "$(status_of "$file" Name)" \
            "$(status_of "$file" Uid | cut -f1)" "$(status_of "$file" CapEff)" "$(status_of "$file" NoNewPrivs)" \
            "$(status_of "$file" Seccomp)"
        assert_equal "uids of $daemon" "$uid $uid $uid $uid" "$(status_of "$file" Uid | tr '\t' ' ')"
        assert_equal "gids of $daemon" "$uid $uid $uid $uid" "$(status_of "$file" Gid | tr '\t' ' ')"
        assert_equal "groups of $daemon" "" "$(status_of "$file" Groups | tr -d ' ')"
        for set in CapEff CapPrm CapBnd; do
            assert_equal "$set of $daemon" "$caps" "$(status_of "$file" $set)"
        done
        for set in CapInh CapAmb; do
            assert_equal "$set of $daemon" 0000000000000000 "$(status_of "$file" $set)"
        done
        assert_equal "NoNewPrivs of $daemon" 1 "$(status_of "$file" NoNewPrivs)"
        assert_equal "Seccomp mode of $daemon" 2 "$(status_of "$file" Seccomp)"
        threads=$((threads + 1))
    done
    limit=$(awk '/^Max core file size/ {print $5, $6}' "/proc/$pid/limits")
    assert_equal "core file limit of $daemon" "0 0" "$limit"
done < <("$PROBE" roles)
assert_at_least "threads looked at" 8 $threads

step "what each daemon was started with"
# Descriptors beyond standard input, output and error: kinds by daemon, as what they do needs them.
allowed_descriptors() {
    case $1 in
    esp-d) echo 'socket|anon_inode:\[event(poll|fd)\]|pipe|/dev/net/tun' ;;
    # It watches /etc/resolv.conf; libuv's sockets keep a descriptor for when there are no more.
    courier) echo 'socket|anon_inode:\[event(poll|fd)\]|anon_inode:inotify|pipe|/dev/null' ;;
    pki-d) echo "socket|anon_inode:\\[event(poll|fd)\\]|pipe|$STATE/pki-d/store\.db(-wal|-shm)?" ;;
    *) echo 'socket|anon_inode:\[event(poll|fd)\]|pipe' ;;
    esac
}
for daemon in $DAEMONS; do
    pid=$(daemon_pid A "$daemon")
    for fd in /proc/"$pid"/fd/*; do
        target=$(readlink "$fd")
        number=${fd##*/}
        [ "$number" -gt 2 ] || continue
        assert_match "descriptor $number of $daemon" "^($(allowed_descriptors "$daemon"))(:\\[[0-9]+\\])?$" "$target"
        # O_CLOEXEC is 02000000.
        flags=$(awk '/^flags:/ {print $2}' "/proc/$pid/fdinfo/$number")
        assert_equal "close-on-exec of descriptor $number of $daemon" $((02000000)) $((0$flags & 02000000))
    done
    assert_equal "standard input of $daemon" /dev/null "$(readlink "/proc/$pid/fd/0")"
    assert_equal "working folder of $daemon" / "$(readlink "/proc/$pid/cwd")"
    assert_equal "variables of $daemon" "BULKHEAD_LAUNCHER NOTIFY_SOCKET PATH" \
        "$(tr '\0' '\n' <"/proc/$pid/environ" | sed 's/=.*//' | sort | paste -sd ' ')"
done

step "what lies in RUN and STATE belongs to whom it should"
declare -A CALLERS=([ike-d]=api-d [esp-d]="ike-d api-d" [pki-d]="ike-d api-d verifier importer" [fw-d]=api-d
    [verifier]="ike-d api-d courier" [importer]=api-d [courier]="ike-d api-d")
expected_modes() {
    local daemon caller uid
    echo "755 0 0 $RUN"
    echo "755 0 0 $STATE"
    echo "644 0 0 $RUN/bulkhead.pid"
    echo "600 0 0 $RUN/notify.sock"
    # Who may connect is the owner.
    for daemon in $DAEMONS; do
        for caller in ${CALLERS[$daemon]:-}; do
            uid=${ROLE_UID[$caller]}
            echo "600 $uid $uid $RUN/$daemon/$caller.sock"
        done
    done
    for daemon in $DAEMONS; do
        uid=${ROLE_UID[$daemon]}
        echo "755 0 0 $RUN/$daemon"
        echo "700 $uid $uid $STATE/$daemon"
    done
    for file in master.key store.db store.db-wal; do echo "600 ${ROLE_UID[pki-d]} ${ROLE_UID[pki-d]} $STATE/pki-d/$file"; done
    for file in config.run config.yaml; do echo "600 ${ROLE_UID[api-d]} ${ROLE_UID[api-d]} $STATE/api-d/$file"; done
}
modes=$(find "$RUN" "$STATE" ! -path "$RUN/api.sock" -printf '%m %U %G %p\n' | sort -k 4)
assert_equal "modes and owners" "$(expected_modes | sort -k 4)" "$modes"
assert_match "api.sock" '^660 0$' "$(stat -c '%a %u' "$RUN/api.sock")"
grep -E "^(Name|Uid|CapEff|CapBnd|NoNewPrivs)" "/proc/${PROCESS_PID[bulkhead-A]}/status" | tr '\n' ' '
echo

# expect WANTED PROBE-ARGUMENTS...: runs the probe inside the gateway's namespace; WANTED is an extended regex
expect() {
    local wanted=$1 outcome
    shift
    outcome=$(in_ns gwA "$PROBE" "$@" 2>"$WORK/probe.err") || fail "probe $*: $(cat "$WORK/probe.err")"
    printf '  %-64s %s\n' "$(sed "s|$WORK/||g" <<<"$*")" "$outcome"
    [[ $outcome =~ ^($wanted)$ ]] || fail "probe $*: $outcome, not $wanted"
}

step "a wrong uid gets no edge"
for daemon in "${!CALLERS[@]}"; do
    for caller in ${CALLERS[$daemon]}; do
        expect EACCES as 65534 uid connect "$RUN/$daemon/$caller.sock"
        expect refused as 0 uid connect "$RUN/$daemon/$caller.sock"
    done
done
expect EACCES as ike-d all connect "$RUN/fw-d/api-d.sock"
expect EACCES as ike-d all connect "$RUN/pki-d/api-d.sock"
expect EACCES as ike-d all connect "$RUN/pki-d/verifier.sock"
expect EACCES as esp-d all connect "$RUN/fw-d/api-d.sock"
expect EACCES as esp-d all connect "$RUN/pki-d/ike-d.sock"
expect EACCES as fw-d all connect "$RUN/pki-d/ike-d.sock"
expect EACCES as verifier all connect "$RUN/pki-d/importer.sock"
expect EACCES as importer all connect "$RUN/verifier/api-d.sock"
expect EACCES as courier all connect "$RUN/pki-d/verifier.sock"
expect EACCES as courier all connect "$RUN/api.sock"
expect EACCES as pki-d uid connect "$RUN/esp-d/ike-d.sock"
expect SIGSYS as pki-d all connect "$RUN/esp-d/ike-d.sock"
wait_for 5 "the strangers in the log" grep -q edge_stranger "$WORK/bulkhead-A.log"

step "ike-d's uid alone, with Landlock, with its filter"
secret=$(find "$STATE/pki-d" -type f | head -n 1)
[ -n "$secret" ] || fail "pki-d keeps nothing in $STATE/pki-d"
sibling=$(daemon_pid A pki-d)
expect EACCES as ike-d uid read "$secret"
expect EACCES as ike-d landlock read "$secret"
expect SIGSYS as ike-d all read "$secret"
expect EACCES as ike-d landlock read /etc/passwd
expect "EPERM|EBUSY" as ike-d uid tun bulkhead0
expect EPERM as ike-d uid tun another0
expect EACCES as ike-d landlock tun bulkhead0
expect SIGSYS as ike-d all tun bulkhead0
expect SIGSYS as ike-d all inet
expect EPERM as ike-d uid raw
expect SIGSYS as ike-d all raw
expect EPERM as ike-d uid ptrace "$sibling"
expect SIGSYS as ike-d all ptrace "$sibling"
expect EPERM as ike-d uid kill "$sibling"
expect SIGSYS as ike-d all kill "$sibling"
expect EACCES as ike-d landlock execve /bin/true
expect SIGSYS as ike-d all execve /bin/true
expect SIGSYS as pki-d all inet
assert_equal "pki-d after all that" "$sibling" "$(daemon_pid A pki-d)"

# A daemon made to do the system call itself. When it dies of it, its next life is waited for.
inside() { # WANTED DAEMON ATTEMPT [ARG]
    local wanted=$1 daemon=$2 pid
    shift 2
    pid=$(daemon_pid A "$daemon")
    expect "$wanted" inside "$pid" "$@"
    case $wanted in
    SIGSYS)
        wait_for 20 "a new $daemon" daemon_is_new A "$daemon" "$pid"
        wait_for 20 "all daemons again" all_ready
        wait_for 5 "the report of its death" grep -q "daemon_died name=$daemon pid=$pid signal=SIGSYS" \
            "$WORK/bulkhead-A.log"
        ;;
    *) assert_equal "$daemon after that" "$pid" "$(daemon_pid A "$daemon")" ;;
    esac
}

step "inside the running daemons"
for daemon in ike-d esp-d pki-d fw-d api-d; do
    other=pki-d
    [ $daemon != pki-d ] || other=ike-d
    inside SIGSYS $daemon inet
    inside SIGSYS $daemon execve /bin/true
    inside SIGSYS $daemon ptrace "$(daemon_pid A $other)"
    inside SIGSYS $daemon kill "$(daemon_pid A $other)"
    inside SIGSYS $daemon tun bulkhead0
    inside SIGSYS $daemon raw
done
# One each of what no daemon may; a death needs no repetition in all of them, which have the same base.
inside SIGSYS verifier inet
inside SIGSYS verifier kill "$(daemon_pid A pki-d)"
inside SIGSYS verifier execve /bin/true
inside SIGSYS importer inet
inside SIGSYS importer ptrace "$(daemon_pid A pki-d)"
inside SIGSYS importer raw
inside done courier inet
inside SIGSYS courier unix_datagram
inside SIGSYS courier raw
inside SIGSYS courier tun bulkhead0
inside SIGSYS esp-d detach_reuseport
inside SIGSYS esp-d fork
inside SIGSYS ike-d detach_reuseport
inside SIGSYS ike-d io_uring
inside SIGSYS pki-d unix
inside SIGSYS pki-d executable
inside SIGSYS fw-d generic_netlink
inside SIGSYS fw-d namespace
inside SIGSYS api-d unix_datagram
inside SIGSYS api-d dumpable
for daemon in $DAEMONS; do
    inside ENOSYS $daemon clone3
done
# Files: those who have a use for some are bounded by Landlock, the others have no such call.
inside EACCES pki-d read /etc/passwd
inside EACCES pki-d read "$STATE/api-d"
inside EACCES api-d read /etc/passwd
inside EACCES api-d read "$secret"
inside SIGSYS ike-d read /etc/passwd
inside SIGSYS ike-d read "$secret"
inside SIGSYS verifier read /etc/passwd
inside SIGSYS importer read "$secret"
inside SIGSYS courier read "$secret"
inside SIGSYS esp-d read /dev/net/tun
inside SIGSYS fw-d read /etc/passwd

step "a second gateway with the same folder is refused in one line"
second=$("$BULKHEAD_BUILD/bulkhead" run --state "$STATE" --run "$RUN" 2>&1) && fail "it runs"
assert_match "the refusal" "^bulkhead: a gateway runs already" "$second"
assert_equal "lines" 1 "$(wc -l <<<"$second")"

step "who is not root is told so in one line"
refusal=$(setpriv --reuid=65534 --clear-groups "$BULKHEAD_BUILD/bulkhead" run 2>&1) && fail "it runs"
assert_match "the refusal" "^bulkhead: must be run as root" "$refusal"
assert_equal "lines" 1 "$(wc -l <<<"$refusal")"

step "the launcher's sudden death leaves no orphans"
pids=$(for daemon in $DAEMONS; do daemon_pid A "$daemon"; done)
assert_equal "daemons" 8 "$(wc -w <<<"$pids")"
none_lives() {
    local pid
    for pid in $pids; do
        [ ! -d "/proc/$pid" ] || return 1
    done
}
terminate bulkhead-A KILL
wait_for 5 "the end of the daemons" none_lives

step "it starts again over what the dead one left, and stops in order"
: >"$WORK/bulkhead-A.log"
start_gateway
pids=$(for daemon in $DAEMONS; do daemon_pid A "$daemon"; done)
in_ns gwA "$BULKHEAD_BUILD/bulkhead" stop --run "$RUN" || fail "stop fails"
none_lives || fail "stop returned before the daemons were gone"
[ -n "$(ip_in gwA link show dev bulkhead0 2>/dev/null)" ] || fail "the TUN went with an orderly stop"
in_ns gwA "$BULKHEAD_BUILD/bulkhead" stop --run "$RUN" 2>/dev/null && fail "a second stop finds something to stop"

nothing_stands() {
    in_ns gwA nft list tables | grep -q bulkhead && fail "the table is still there"
    ip_in gwA link show dev bulkhead0 >/dev/null 2>&1 && fail "the TUN is still there"
    ip_in gwA rule | grep -q 4500 && fail "the rule is still there"
    ip_in gwA -6 rule | grep -q 4500 && fail "the IPv6 rule is still there"
    [ -z "$(ip_in gwA route show table 4500 2>/dev/null)" ] || fail "the route table is not empty"
    [ -z "$(ip_in gwA -6 route show table 4500 2>/dev/null)" ] || fail "the IPv6 route table is not empty"
}

step "stop --release removes what was left standing"
in_ns gwA nft list tables 2>/dev/null | grep -q bulkhead || fail "the table went with an orderly stop"
in_ns gwA "$BULKHEAD_BUILD/bulkhead" stop --release --run "$RUN" >"$WORK/release.log" 2>&1 || fail "$(cat "$WORK/release.log")"
nothing_stands

step "run --release-on-exit does so by itself"
: >"$WORK/bulkhead-A.log"
start_gateway --release-on-exit
in_ns gwA nft list tables | grep -q bulkhead || fail "there is no table"
ip_in gwA link show dev bulkhead0 >/dev/null || fail "there is no TUN"
terminate bulkhead-A TERM 15
nothing_stands
passed
