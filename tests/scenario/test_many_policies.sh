#!/bin/bash
# fw-d with thousands of policies that overlap: the kernel decides about each packet, in both directions, as a search through
# the list in its order does, after a restart of fw-d, too; and 100,000 policies are in force within seconds.
# ctest: timeout 180
. "${BULKHEAD_SOURCE:-$(dirname "$0")/../..}/tests/scenario/lib/scenario.sh" || exit 1
. "$SCENARIO_LIB/firewall.sh"

probe() { # FILE SEED
    in_ns gwA python3 "$SCENARIO_LIB/policy_probe.py" probe "$1" "$2" "${FLOWS:-1000}" "$PREFIX" >"$WORK/probe" ||
        fail "packets on wrong ways: $(tail -n 5 "$WORK/probe")"
    tail -n 1 "$WORK/probe"
    for way in "in clear" "in nowhere" "out clear" "out nowhere" "out tunnel"; do
        assert_match "packets of each kind" "'$way': [0-9]{2}" "$(tail -n 1 "$WORK/probe")"
    done
}

# timed MOST-SECONDS GENERATION WHAT < policies
timed() {
    local began
    began=$(date +%s%N)
    fw_configure A "$2" >/dev/null || fail "$3: $(tail -n 1 "$WORK/fw-A.log")"
    echo "$3: $((($(date +%s%N) - began) / 1000000)) ms"
    [ $((($(date +%s%N) - began) / 1000000000)) -lt "$1" ] || fail "$3 took $1 s or more"
}

topology_up
ip_in gwA tuntap add dev $TUN mode tun
for way in "10.64.0.0/10 via $HOST_A" "-6 fd64::/32 via $HOST6_A"; do
    # shellcheck disable=SC2086
    case $way in
    -6*) ip_in gwA -6 route add ${way#-6 } ;;
    *) ip_in gwA route add $way ;;
    esac
done
fw_start A

for count in 100 6000; do
    step "$count policies at random"
    python3 "$SCENARIO_LIB/policy_probe.py" policies $count $count >"$WORK/policies"
    fw_configure A $count <"$WORK/policies" || fail "$(tail -n 1 "$WORK/fw-A.log")"
    grep -o 'layers=.*' "$WORK/fw-A.log" | tail -n 1
    probe "$WORK/policies" 1
done
assert_at_least "maps that are asked by hash" 4 "$(in_ns gwA nft list maps | grep -cE 'map v[46]_layer[0-9]+_m')"

step "a new fw-d takes them over in their order"
terminate fw-A KILL
fw_start A
assert_match "its log" "table_adopted policies=[0-9]{4} " "$(cat "$WORK/fw-A.log")"
probe "$WORK/policies" 2

step "100,000 policies"
python3 - >"$WORK/tunnels" <<'X'
for i in range(100000):
    at = i * 4
    print(f"protect 10.{64 + (at >> 16)}.{at >> 8 & 255}.{at & 255}/{32 - i % 3} 10.{128 + i // 2560}.{i // 10 & 255}.0/24")
X
python3 - >"$WORK/network" <<'X'
for i in range(99999):
    at = i * 4
    print(f"protect 10.{64 + (at >> 16)}.{at >> 8 & 255}.{at & 255}/30 10.128.0.0/16")
print("discard 10.64.0.0/10 0.0.0.0/0")
X
timed 4 6001 "10,000 policies" < <(head -n 10000 "$WORK/tunnels")
timed 15 6002 "100,000 policies of 10,000 networks" <"$WORK/tunnels"
timed 15 6003 "100,000 policies of one network" <"$WORK/network"
fw_configure A 6004 <"$WORK/policies" >/dev/null
probe "$WORK/policies" 3
passed
