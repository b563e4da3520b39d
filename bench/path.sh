#!/usr/bin/env bash
# Brings up one path from lanA to lanB in namespaces of its own, and keeps it until its standard input ends.
#
# usage: path.sh KIND [SUITE]     BULKHEAD_BUILD, GATEWAY_OPTIONS (of bulkhead run)
#     plain               routed in clear, offloads on
#     plain-no-offload    the same, with all offloads of all six ends off
#     bulkhead SUITE      two Bulkheads, "aes256gcm16"
#     strongswan SUITE    two charons with user-space ESP (kernel-libipsec), no log
#     wireguard           two wireguard-go
#     openvpn             two OpenVPNs, AES-256-GCM, in user space
#     policies COUNT      two Bulkheads with so many policies, ten a tunnel; the one of the two LANs is the last of them
# When it stands it prints one line of JSON: prefix of the namespaces, pids of the gateways' processes.
#
# All paths have the same topology (tests/scenario/lib/topology.sh), the same addresses and the same offloads. MTUs are each
# program's own: what is sent over them (1400-byte packets, or TCP that finds out) fits all.
set -u
here=$(dirname "$(readlink -f "$0")")
export BULKHEAD_SOURCE=${here%/*}
# shellcheck source=tests/scenario/lib/scenario.sh
. "$BULKHEAD_SOURCE/tests/scenario/lib/scenario.sh"
kind=$1 suite=${2:-}
pids=""

can_ping_through() { can_ping lanA $HOST_B; }

path_plain() { :; }

path_plain_no_offload() {
    local end
    for end in "lanA eth0" "lanB eth0" "gwA lan" "gwA wan" "gwB lan" "gwB wan"; do
        # shellcheck disable=SC2086
        set -- $end
        in_ns "$1" ethtool -K "$2" tso off gso off gro off tx off >/dev/null 2>&1 || fail "offloads of $1 $2 stay on"
    done
}

bulkhead_start() { # SIDE: with its configuration
    # shellcheck disable=SC2086
    gateway_start "$1" --release-on-exit --log-level error ${GATEWAY_OPTIONS:-}
    gateway_secret "$1" "correct horse battery staple"
}

bulkhead_pids() {
    local side role
    for side in A B; do
        pids+=" ${PROCESS_PID[bulkhead-$side]}"
        for role in $DAEMONS; do
            pids+=" $(daemon_pid $side $role)"
        done
    done
}

path_bulkhead() {
    local side
    for side in A B; do
        TUNNEL_ESP="[$suite]" gateway_config $side
        bulkhead_start $side
    done
    for side in A B; do
        tunnel_wait $side UP
    done
    bulkhead_pids
}

tunnels_are_up() { # COUNT
    [ "$(bhctl_on A --timeout 20 tunnels list | awk '$2 == "up"' | wc -l)" = "$1" ]
}

path_policies() {
    local side tunnels=$(((suite - 1) / 10)) configuration
    configuration="$here/many_policies.py $tunnels 10"
    for side in B A; do
        mkdir -p "$WORK/$side"
        echo "tunnels: []" >"$WORK/$side/config.yaml"
        bulkhead_start $side
    done
    $configuration b $WAN_B $WAN_A START_MODE_PASSIVE aes256gcm16 >"$WORK/B/many.yaml"
    $configuration a $WAN_A $WAN_B START_MODE_UP aes256gcm16 >"$WORK/A/many.yaml"
    for side in B A; do
        bhctl_on $side --timeout 110 apply -f "$WORK/$side/many.yaml" >"$WORK/$side/apply.log" ||
            fail "gateway $side does not take $suite policies"
    done
    wait_for 300 "all $((tunnels + 1)) tunnels to be up" tunnels_are_up $((tunnels + 1))
    [ $tunnels -eq 0 ] || sleep 5 # what the last of them still cause
    bulkhead_pids
}

path_strongswan() {
    local side
    for side in A B; do
        SWAN_PLUGINS=${SWAN_PLUGINS-aesni} SWAN_LOG=-1 SWAN_ESP=$suite strongswan_config $side
        strongswan_start $side
        pids+=" ${PROCESS_PID[charon-$side]}"
    done
    swanctl_on A --initiate --child net --timeout 10 >"$WORK/initiate.log" || fail "strongSwan does not come up"
}

# wireguard_end SIDE PEER_SIDE PEER_WAN PEER_LAN: its control socket lies in /run/wireguard, so each has a /run of its own
wireguard_end() {
    local name=wireguard-$1 pid
    spawn "$name" "gw$1" unshare -m --propagation private sh -c \
        "mount -t tmpfs tmpfs /run && mkdir /run/wireguard && WG_PROCESS_FOREGROUND=1 LOG_LEVEL=error exec wireguard-go -f wg0"
    pid=${PROCESS_PID[$name]}
    pids+=" $pid"
    wait_for 10 "wireguard-go of gateway $1" ip_in "gw$1" link show wg0
    wait_for 10 "wireguard-go's socket" test -S "/proc/$pid/root/run/wireguard/wg0.sock"
    nsenter --net="$(namespace_path "gw$1")" --mount="/proc/$pid/ns/mnt" wg set wg0 listen-port 51820 \
        private-key "$WORK/wg$1.key" peer "$(cat "$WORK/wg$2.pub")" endpoint "$3:51820" allowed-ips "$4" ||
        fail "wireguard-go does not take its configuration"
    ip_in "gw$1" link set wg0 mtu 1420 up
    ip_in "gw$1" route replace "$4" dev wg0
}

path_wireguard() {
    local side
    for side in A B; do
        (umask 077 && wg genkey >"$WORK/wg$side.key") && wg pubkey <"$WORK/wg$side.key" >"$WORK/wg$side.pub" ||
            fail "no keys for WireGuard"
    done
    wireguard_end A B $WAN_B $LAN_B
    wireguard_end B A $WAN_A $LAN_A
}

openvpn_certificate() { # SIDE
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=gw$1" \
        -keyout "$WORK/ov$1.key" -out "$WORK/ov$1.crt" 2>/dev/null || fail "no certificate for OpenVPN"
}

# openvpn_end SIDE ROLE OWN_WAN PEER_WAN OWN_INNER PEER_INNER PEER_LAN
openvpn_end() {
    local peer=A
    [ "$1" = B ] || peer=B
    spawn "openvpn-$1" "gw$1" openvpn --dev tun0 --dev-type tun --proto udp4 --local "$3" --remote "$4" --port 1194 \
        --ifconfig "$5" "$6" --route "${7%/*}" 255.255.255.0 "--$2" --dh none \
        --cert "$WORK/ov$1.crt" --key "$WORK/ov$1.key" --peer-fingerprint \
        "$(openssl x509 -noout -fingerprint -sha256 -in "$WORK/ov$peer.crt" | sed 's/.*=//')" \
        --data-ciphers AES-256-GCM --cipher AES-256-GCM --disable-dco --verb 3 --ping 5 --ping-restart 30 --reneg-sec 0 \
        --sndbuf 1048576 --rcvbuf 1048576 --txqueuelen 1000
    pids+=" ${PROCESS_PID[openvpn-$1]}"
}

openvpn_is_up() { grep -q 'Initialization Sequence Completed' "$WORK/openvpn-$1.log"; }

path_openvpn() {
    openvpn_certificate A
    openvpn_certificate B
    openvpn_end B tls-server $WAN_B $WAN_A 10.9.0.2 10.9.0.1 $LAN_A
    openvpn_end A tls-client $WAN_A $WAN_B 10.9.0.1 10.9.0.2 $LAN_B
    wait_for 15 "OpenVPN A" openvpn_is_up A
    wait_for 15 "OpenVPN B" openvpn_is_up B
}

STEP="$kind $suite comes up"
topology_up
"path_${kind//-/_}"
wait_for 10 "a first ping through $kind" can_ping_through
iperf_server lanB
# shellcheck disable=SC2086
printf '{"prefix": "%s", "work": "%s", "pids": [%s]}\n' "$PREFIX" "$WORK" "$(echo $pids | tr ' ' ,)"
while read -r _; do :; done
SCENARIO_PASSED=yes
exec 2>/dev/null # who does not end at once is killed, and that is nobody's business any more
exit 0
