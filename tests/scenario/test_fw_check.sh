#!/bin/bash
# bhctl fw: what stands, and which of an operator's chains and settings are in the way. Each finding's cure is one line; when
# it is run, what did not pass before passes, and the finding is gone.
. "$(dirname "$0")/lib/scenario.sh" || exit 1

operator_rules() { # RULES
    in_ns gwA nft -f - <<X || fail "the operator's rules"
table inet operator
delete table inet operator
table inet operator {
$1
}
X
}

check() { bhctl_on A fw check >"$WORK/check"; }
kinds() { bhctl_on A -o json fw check | python3 -c '
import json, sys
print(*(f["kind"].replace("FIREWALL_FINDING_KIND_", "") for f in json.load(sys.stdin).get("findings", [])))'; }

# found KIND WHERE: exactly this is found; cured: its line is run as it is printed, and then nothing is found
found() {
    check && fail "nothing found"
    assert_equal "what is found" "$1" "$(kinds)"
    assert_match "where" "^$2" "$(cat "$WORK/check")"
}
cured() {
    in_ns gwA sh -c "$(sed -n 's/^  cure: *//p' "$WORK/check")" || fail "the cure: $(cat "$WORK/check")"
    wait_for 3 "nothing to be found any more" check
}
is_up() { can_ping lanA $HOST_B && can_ping lanB $HOST_A; } >/dev/null

topology_up
TUNNEL_START=START_MODE_PASSIVE gateway_config A
gateway_config B
for side in A B; do
    gateway_start $side
    gateway_secret $side "a key that both have"
done
tunnel_wait A UP

step "what stands"
ping_both_ways
bhctl_on A fw status >"$WORK/status"
for line in "^table: +owned" "^policies: +2" "^map: +v4_layer0_[abc]" "^map: +v6_layer0_[abc]" "^steered +[1-9]" "^blocked +0"; do
    assert_match "the status" "$line" "$(cat "$WORK/status")"
done
check || fail "found: $(cat "$WORK/check")"
assert_match "the check" "nothing found" "$(cat "$WORK/check")"

step "what each tunnel's policies matched"
counted() { bhctl_on A -o json fw counters | python3 -c '
import json, sys
print(*(int(c.get("packets", 0)) for c in json.load(sys.stdin)["counters"] if c["tunnel"] == "net"))'; }
before=$(counted)
assert_at_least "packets" 1 "$before"
ping_lan lanA $HOST_B 10
assert_equal "packets with ten more" $((before + 10)) "$(counted)"
assert_match "the table" "^net +$((before + 10)) " "$(bhctl_on A fw counters)"
assert_match "an element, as nft shows it" 'counter packets [1-9][0-9]* bytes [0-9]+ comment "net"' \
    "$(in_ns gwA nft list table inet bulkhead)"

step "a forward chain that drops by default"
operator_rules '
    chain forward {
        type filter hook forward priority filter; policy drop;
        ct state established,related accept
        iifname "lan" oifname "wan" accept
    }'
can_ping lanA $HOST_B >/dev/null && fail "it should not pass"
found FORWARD_DROPS "chain forward of table inet operator"
cured
ping_both_ways

step "one that rejects at its end, and an own rule for the tunnels by their interface"
operator_rules '
    chain filter_FORWARD {
        type filter hook forward priority filter + 10; policy accept;
        ct state { established, related } accept
        ct state invalid drop
        iifname "lan" ip daddr 203.0.113.0/24 accept
        counter reject with icmpx admin-prohibited
    }'
can_ping lanA $HOST_B >/dev/null && fail "it should not pass"
found FORWARD_DROPS "chain filter_FORWARD of table inet operator"
in_ns gwA nft insert rule inet operator filter_FORWARD 'oifname "bulkhead0" accept'
in_ns gwA nft insert rule inet operator filter_FORWARD 'iifname "bulkhead*" accept'
check || fail "found: $(cat "$WORK/check")"
ping_both_ways

step "with notrack it says why rules on established connections do not help"
operator_rules '
    chain forward {
        type filter hook forward priority filter; policy drop;
        ct state established,related accept
    }'
TUNNEL_START=START_MODE_PASSIVE TUNNEL_POLICIES="  - {local: $LAN_A, remote: $LAN_B, notrack: true}
  - {local: \"$LAN6_A\", remote: \"$LAN6_B\"}" gateway_config A
bhctl_on A apply -f "$WORK/A/config.yaml" >/dev/null || fail "the configuration"
found FORWARD_DROPS "chain forward of table inet operator"
assert_match "the problem" "untracked" "$(cat "$WORK/check")"
assert_match "the status" "^untracked: +1" "$(bhctl_on A fw status)"
cured
wait_for 20 "the tunnel to carry again" is_up

step "an input chain that drops by default: a peer that calls first is not heard"
operator_rules '
    chain input {
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        iifname "lo" accept
        tcp dport { 22, 443 } accept
    }'
found INPUT_DROPS "chain input of table inet operator"
in_ns gwA conntrack -F 2>/dev/null
bhctl_on B tunnels down net >/dev/null
bhctl_on B tunnels up net --timeout 2 >/dev/null 2>&1 && fail "gateway B should not come through"
cured
wait_for 20 "gateway B to come through" bhctl_on B tunnels up net >/dev/null
wait_for 20 "the tunnel to carry again" is_up
operator_rules '
    set allowed { type inet_service; elements = { 500, 4500 }; }
    chain input { type filter hook input priority filter; policy drop; udp dport @allowed accept; }'
check || fail "found: $(cat "$WORK/check")"

step "a NAT chain that is as early as ours"
operator_rules 'chain early { type nat hook postrouting priority -199; oifname "wan" masquerade; }'
found NAT_TOO_EARLY "chain early of table inet operator"
assert_match "the cure" "for example srcnat" "$(cat "$WORK/check")"
operator_rules 'chain nat { type nat hook postrouting priority srcnat; oifname "wan" masquerade; }'
check || fail "found: $(cat "$WORK/check")"

step "settings of the host"
in_ns gwA sysctl -qw net.ipv4.ip_forward=0
wait_for 3 "the finding" eval '[ "$(kinds)" = FORWARDING_OFF ]'
found FORWARDING_OFF "net.ipv4.ip_forward"
cured
in_ns gwA sysctl -qw net.ipv4.conf.all.rp_filter=1
wait_for 3 "the finding" eval '[ "$(kinds)" = STRICT_SOURCE ]'
found STRICT_SOURCE "net.ipv4.conf.all.rp_filter"
cured
wait_for 20 "the tunnel to carry again" is_up

step "counters of 900 tunnels come page by page"
python3 - >"$WORK/A/many.yaml" <<X
print("tunnels:")
for i in range(900):
    print(f"""- name: t{i:03}
  remote: {{address: $WAN_B, id: t{i}.test}}
  auth: {{psk: {{secret: net}}}}
  start: passive
  policies: [{{local: 10.1.0.0/24, remote: 10.{100 + i // 256}.{i % 256}.0/24}}]""")
X
bhctl_on A apply -f "$WORK/A/many.yaml" >/dev/null || fail "the configuration"
in_ns lanA python3 "$SCENARIO_LIB/udp_source.py" send 10.103.99.1 7300 7300 # of the 868th
bhctl_on A -o json fw counters | python3 -c '
import json, sys
counters = json.load(sys.stdin)["counters"]
print([c["tunnel"] for c in counters] == [f"t{i:03}" for i in range(900)])
print([c["tunnel"] for c in counters if int(c.get("packets", 0))])' >"$WORK/counters"
assert_equal "names in order, and who has counted" "True ['t867']" "$(paste -sd' ' "$WORK/counters")"
passed
