# api-d alone, in a network namespace of its own, without the other daemons: what a client sees of the protocol does not depend
# on them. Sets WORK, SOCKET and DAEMON; everything goes away at exit.
set -u -o pipefail
. "$(dirname "${BASH_SOURCE[0]}")/npm.sh"

WORK=$(mktemp -d "${TMPDIR:-/tmp}/bulkhead-api-XXXXXX")
chmod 755 "$WORK" # api-d's user must get through
SOCKET=$WORK/run/api.sock
DAEMON=
PASSED=no

api_end() {
    local status=$?
    [ $status -ne 0 ] || [ $PASSED = yes ] || status=1
    [ -z "$DAEMON" ] || { kill "$DAEMON" && wait "$DAEMON"; } 2>/dev/null
    [ $status -eq 0 ] || cat "$WORK/api-d.log" >&2
    rm -rf "$WORK"
    exit $status
}
trap api_end EXIT
trap 'exit 130' INT TERM

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

step() {
    echo "- $*"
}

# The last word of a test; without it, it has failed.
passed() {
    PASSED=yes
    exit 0
}

# assert_equal WHAT EXPECTED FOUND
assert_equal() {
    [ "$2" = "$3" ] || fail "$1: expected '$2', found '$3'"
}

# assert_contains WHAT PART WHOLE
assert_contains() {
    case $3 in
    *"$2"*) ;;
    *) fail "$1: '$2' is not in '$3'" ;;
    esac
}

write_config() {
    cat >"$WORK/config.yaml" <<'YAML'
tunnels:
- name: net
  local: {address: 192.0.2.1}
  remote: {address: 192.0.2.2}
  auth: {psk: {secret: demo}}
  policies:
  - {local: 10.1.0.0/24, remote: 10.2.0.0/24}
YAML
}

daemon_wait() {
    for _ in $(seq 100); do
        grep -q ' ready' "$WORK/api-d.log" 2>/dev/null && return
        kill -0 "$DAEMON" 2>/dev/null || break
        sleep 0.05
    done
    fail "api-d did not get ready"
}

daemon_start() {
    [ "$(id -u)" -eq 0 ] || fail "api-d must be started as root"
    [ -e "$WORK/config.yaml" ] || write_config
    unshare --net "$BULKHEAD_BUILD/api-d" --run "$WORK/run" --state "$WORK/state" --config "$WORK/config.yaml" "$@" \
        >>"$WORK/api-d.log" 2>&1 &
    DAEMON=$!
    daemon_wait
}

# Still the same process.
daemon_check() {
    kill -0 "$DAEMON" || fail "api-d has died"
}
