# What every scenario sources first:
#
#     . "$BULKHEAD_SOURCE/tests/scenario/lib/scenario.sh"
#     topology_up
#     ...
#     passed
#
# Everything a run makes carries its own prefix and lies in its own folder ($WORK), and goes away with it, also on failure.
# Only processes inside the run's own network namespaces are ever killed.
set -u -o pipefail
SCENARIO_LIB=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
: "${BULKHEAD_SOURCE:=$(readlink -f "$SCENARIO_LIB/../../..")}"
: "${BULKHEAD_BUILD:=$BULKHEAD_SOURCE/build}"
BHCTL=$BULKHEAD_BUILD/bhctl
PREFIX=bh$$
WORK=$(mktemp -d "${TMPDIR:-/tmp}/bulkhead-XXXXXX")
chmod 755 "$WORK" # the daemons' users must get through
SCENARIO_PASSED=no
SCENARIO_BEGAN=$SECONDS

. "$SCENARIO_LIB/assert.sh"
. "$SCENARIO_LIB/process.sh"
. "$SCENARIO_LIB/topology.sh"
. "$SCENARIO_LIB/capture.sh"
. "$SCENARIO_LIB/gateway.sh"
. "$SCENARIO_LIB/strongswan.sh"
. "$SCENARIO_LIB/certificates.sh"
. "$SCENARIO_LIB/traffic.sh"

scenario_end() {
    local status=$?
    trap '' INT TERM PIPE
    [ $status -ne 0 ] || [ $SCENARIO_PASSED = yes ] || status=1
    [ $status -eq 0 ] || print_counters 2>/dev/null
    topology_down
    [ $status -eq 0 ] || print_logs 2>/dev/null
    if [ $status -eq 0 ] || [ -z "${BULKHEAD_KEEP:-}" ]; then
        rm -rf "$WORK"
    else
        echo "kept: $WORK"
    fi
    exit $status
}
trap scenario_end EXIT
trap 'exit 130' INT TERM

# The last word of a scenario; without it, it has failed.
passed() {
    SCENARIO_PASSED=yes
    echo "passed after $((SECONDS - SCENARIO_BEGAN)) s"
    exit 0
}

[ "$(id -u)" -eq 0 ] || fail "network namespaces need root"
