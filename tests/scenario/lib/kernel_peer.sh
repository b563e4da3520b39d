# A peer whose ESP is a Linux kernel's own: user-mode-linux, a kernel in a process, on this machine's own files, with charon
# in it. It stands in the place of gwB and lanB, its interface is the other end of gwA's `wan`, and its ESP is xfrm's, with
# protocol 50, extended sequence numbers and transport mode. Sourced after scenario.sh: swanctl_on B is its charon from then on.
KERNEL_PEER=$WORK/kernel
KERNEL_PEER_VICI=unix:///run/charon.vici

# kernel_peer_start: after topology_up; boots it, and joins it to gwA
kernel_peer_start() {
    ip_in gwA link del wan
    ip_in gwA tuntap add wan mode tap
    ip_in gwA addr add $WAN_A/24 dev wan
    ip_in gwA addr add $WAN6_A/64 dev wan nodad
    ip_in gwA link set wan up
    ip_in gwA route add default via $WAN_B
    ip_in gwA -6 route add default via $WAN6_B
    mkdir -p "$KERNEL_PEER"
    mkfifo "$KERNEL_PEER/console"
    # the console stays open for as long as this shell lives
    exec {KERNEL_PEER_CONSOLE}<>"$KERNEL_PEER/console"
    spawn kernel gwA sh -c "exec linux.uml mem=256M root=/dev/root rootfstype=hostfs rootflags=/ ro \
        init=$SCENARIO_LIB/kernel_peer_init.sh INIT=$SCENARIO_LIB/kernel_peer_init.sh SHARE=$WORK \
        con=null con0=fd:0,fd:1 quiet umid=$PREFIX uml_dir=$KERNEL_PEER vec0:transport=tap,ifname=wan <$KERNEL_PEER/console"
    wait_for 60 "the kernel peer to boot" test -e "$KERNEL_PEER/ready"
    kernel_peer_run "ip link set lo up; ip link set vec0 up
        ip addr add $WAN_B/24 dev vec0; ip addr add $WAN6_B/64 dev vec0 nodad
        ip addr add $HOST_B/32 dev lo; ip addr add $HOST6_B/128 dev lo nodad
        ip route add default via $WAN_A; ip -6 route add default via $WAN6_A" || fail "the kernel peer's network"
    wait_for 10 "the kernel peer on the wire" in_ns gwA ping -n -q -c 1 -W 1 $WAN_B
    wait_for 10 "the kernel peer on the wire, IPv6" in_ns gwA ping -n -q -c 1 -W 1 $WAN6_B
}

# kernel_peer_run COMMANDS: inside it; prints what they print, and returns their exit code
kernel_peer_run() {
    local out=$KERNEL_PEER/out.$EPOCHREALTIME
    printf '%s %s\n' "$out" "${1//$'\n'/;}" >&"$KERNEL_PEER_CONSOLE"
    wait_for 60 "the kernel peer's answer" test -e "$out"
    sed '$d' "$out"
    return "$(tail -n 1 "$out")"
}

kernel_peer_stop() {
    printf '%s echo o >/proc/sysrq-trigger\n' "$KERNEL_PEER/out.end" >&"$KERNEL_PEER_CONSOLE"
    wait_for 10 "the end of the kernel peer" is_gone kernel
}

# kernel_peer_charon: with what strongswan_config B wrote
kernel_peer_charon() {
    kernel_peer_run "STRONGSWAN_CONF=$WORK/charon-B/strongswan.conf nohup $CHARON >/dev/null 2>&1 &" ||
        fail "charon in the kernel peer"
    wait_for 20 "charon in the kernel peer" swanctl_on B --stats
}

swanctl_on() {
    local side=$1
    shift
    [ "$side" = B ] || fail "the kernel peer is B"
    kernel_peer_run "swanctl $* --uri $KERNEL_PEER_VICI"
}
