# Saying what goes on, and failing with words.

# step TEXT: what is tried now
step() {
    STEP=$*
    printf '[%3d s] %s\n' $((SECONDS - SCENARIO_BEGAN)) "$STEP"
}
STEP="set-up"

# fail TEXT: ends the scenario
fail() {
    printf 'FAILED while "%s": %s\n' "$STEP" "$*" >&2
    exit 1
}

# assert_equal WHAT EXPECTED ACTUAL
assert_equal() {
    [ "$2" = "$3" ] || fail "$1: expected \"$2\", got \"$3\""
}

# assert_match WHAT EXTENDED_REGEX TEXT
assert_match() {
    grep -qE -- "$2" <<<"$3" || fail "$1: expected a match of \"$2\" in:
$3"
}

# assert_no_match WHAT EXTENDED_REGEX TEXT
assert_no_match() {
    ! grep -qE -- "$2" <<<"$3" || fail "$1: did not expect a match of \"$2\" in:
$3"
}

# assert_at_least WHAT MINIMUM NUMBER
assert_at_least() {
    [ "$3" -ge "$2" ] || fail "$1: expected at least $2, got $3"
}

PROCESSORS=$(nproc)

# wait_for SECONDS WHAT COMMAND...: until it succeeds. Where more wants to run than there are processors, everything takes that
# much longer.
wait_for() {
    local load seconds deadline what=$2
    read -r load _ </proc/loadavg
    seconds=$(($1 * (1 + ${load%.*} / PROCESSORS)))
    deadline=$(($(date +%s%N) + seconds * 1000000000))
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ "$(date +%s%N)" -lt $deadline ] || fail "waited in vain for: $what"
        sleep 0.1
    done
}

# json PATH: one value of the JSON on standard input, "tunnels.0.state"; empty when it is not there
json() {
    python3 -c '
import json, sys
value = json.load(sys.stdin)
for step in sys.argv[1].split("."):
    try:
        value = value[int(step)] if isinstance(value, list) else value[step]
    except (KeyError, IndexError):
        value = ""
        break
print(value if not isinstance(value, (dict, list)) else json.dumps(value))' "$1"
}
