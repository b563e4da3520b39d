"""Many random policies, and packets that show what the kernel makes of them.

policy_probe.py policies COUNT SEED            prints them, a line each as fw_client takes it
policy_probe.py probe FILE SEED FLOWS PREFIX   sends that many packets each way through gateway A and compares what
                                               becomes of each with a search through the policies in their order

The last line says how many packets took which way; the exit status is 1 when one took another than its policy says.
"""
import collections
import ctypes
import ipaddress
import os
import random
import select
import socket
import struct
import sys
import time

from tun_relay import libc, open_tun, CLONE_NEWNET

TUN = "bulkhead0"
TCP, UDP, ICMP, ICMPV6 = 6, 17, 1, 58
NUMBERS = {"tcp": TCP, "udp": UDP, "icmp": ICMP, "ipv6-icmp": ICMPV6}
SO_MARK, MARK_OWN, IPV6_HDRINCL = 36, 0x20000000, 36
OWN_WORD = b"probe"
Policy = collections.namedtuple("Policy", "action local remote protocol local_ports remote_ports")
Flow = collections.namedtuple("Flow", "local remote protocol local_port remote_port inbound")

# Networks of each side, so few that policies overlap now and then.
WORLD = {4: ("10.64.0.0/10", "10.128.0.0/9", 24), 6: ("fd64::/32", "fd80::/32", 64)}
NETWORKS = 64


def address(dice, family, remote):
    world = ipaddress.ip_network(WORLD[family][remote])
    host_bits = world.max_prefixlen - WORLD[family][2]
    return world.network_address + (dice.randrange(NETWORKS) << host_bits) + dice.randrange(200)


def prefix(dice, family, remote, longer):
    return str(ipaddress.ip_network((address(dice, family, remote), WORLD[family][2] + longer), strict=False))


def policies(count, seed):
    """Seven forms in ten are of few masks, the others are ranges and odd prefixes."""
    dice = random.Random(seed)
    for _ in range(count):
        family = dice.choice((4, 4, 6))
        icmp, form = "icmp" if family == 4 else "ipv6-icmp", dice.randrange(10)
        # the wider a form, the rarer it protects or discards what narrower ones come for later
        local, remote = prefix(dice, family, 0, 0 if form < 4 else 8), prefix(dice, family, 1, 0 if form < 2 else 8)
        rest = ["", "tcp", "tcp - 80", "udp 1024-2047 -", "", "", icmp + " 8 8", "udp 53 -", "tcp 5-9 -", ""][form]
        if form == 8:
            first = address(dice, family, 1)
            remote = f"{first}-{first + 5}"
        if form == 9:
            local = prefix(dice, family, 0, dice.randrange(9))
        print(dice.choice(("protect", "protect", "bypass", "discard")), local, remote, rest)


def ends(text):
    if "-" in text:
        first, last = text.split("-")
        return ipaddress.ip_address(first), ipaddress.ip_address(last)
    network = ipaddress.ip_network(text)
    return network[0], network[-1]


def ports(text, protocol):
    if text == "-":
        return 0, 65535
    first, last = (text.split("-") * 2)[:2]
    if protocol in (ICMP, ICMPV6):
        return int(first) << 8, int(first) << 8 | 255
    return int(first), int(last)


def read_policies(path):
    with open(path, encoding="ascii") as lines:
        for line in lines:
            action, local, remote, *rest = line.split()
            protocol = NUMBERS[rest[0]] if rest else 0
            local_ports, remote_ports = rest[1:] or ("-", "-")
            yield Policy(action, ends(local), ends(remote), protocol, ports(local_ports, protocol),
                         ports(remote_ports, protocol))


def contains(interval, value):
    return interval[0] <= value <= interval[1]


def matches(policy, flow):
    return (policy.local[0].version == flow.local.version and policy.protocol in (0, flow.protocol)
            and contains(policy.local, flow.local) and contains(policy.remote, flow.remote)
            and contains(policy.local_ports, flow.local_port) and contains(policy.remote_ports, flow.remote_port))


def expected(found, flow):
    """Where the packet should be seen."""
    action = next((policy.action for policy in found if matches(policy, flow)), "bypass")
    if action == "protect":
        return "nowhere" if flow.inbound else "tunnel"
    return "clear" if action == "bypass" else "nowhere"


def random_flow(dice, found, inbound):
    """Within a policy, or close to it."""
    policy = dice.choice(found)
    near = [side[0] + dice.randrange(int(side[1]) - int(side[0]) + 1) + dice.choice((0, 0, 0, 1))
            for side in (policy.local, policy.remote)]
    protocol = policy.protocol or dice.choice((TCP, UDP))
    local_port, remote_port = (dice.choice((low, high, (high + 1) & 65535)) for low, high in policy[4:])
    if protocol in (ICMP, ICMPV6):
        protocol = ICMP if near[0].version == 4 else ICMPV6
        local_port = remote_port = dice.choice((8, 128)) << 8
    elif dice.randrange(8) == 0:
        protocol = dice.choice((TCP, UDP))
    return Flow(*near, protocol, local_port, remote_port, inbound)


def transport(protocol, source_port, destination_port, number):
    data = OWN_WORD + struct.pack("!I", number)
    if protocol == UDP:
        return struct.pack("!HHHH", source_port, destination_port, 8 + len(data), 0) + data
    if protocol == TCP:
        return struct.pack("!HHIIBBHHH", source_port, destination_port, 1, 0, 0x50, 2, 512, 0, 0) + data
    return struct.pack("!BBHI", source_port >> 8, source_port & 255, 0, 0) + data


def packet(flow, number):
    source, destination = (flow.remote, flow.local) if flow.inbound else (flow.local, flow.remote)
    own = (flow.remote_port, flow.local_port) if flow.inbound else (flow.local_port, flow.remote_port)
    body = transport(flow.protocol, *own, number)
    if source.version == 4:
        return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, flow.protocol, 0, source.packed,
                           destination.packed) + body
    return struct.pack("!IHBB16s16s", 6 << 28, len(body), flow.protocol, 64, source.packed, destination.packed) + body


def enter(prefix_of_names, name):
    with open(f"/run/netns/{prefix_of_names}-{name}", encoding="ascii") as namespace:
        if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), name)


def sender(prefix_of_names, name):
    enter(prefix_of_names, name)
    sockets = {4: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW),
               6: socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)}
    sockets[6].setsockopt(socket.IPPROTO_IPV6, IPV6_HDRINCL, 1)
    return sockets


def sniffer(interface):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
    s.bind((interface, 3))
    return s


class Watch:
    """Where in gateway A the packets come out."""

    def __init__(self, prefix_of_names):
        self.tun = open_tun(f"/run/netns/{prefix_of_names}-gwA", TUN)
        self.out = {s: name for name, s in (("wan", sniffer("wan")), ("lan", sniffer("lan")))}
        self.seen = {}

    def note(self, data, where):
        at = data.find(OWN_WORD)
        if at >= 0:
            self.seen[struct.unpack_from("!I", data, at + len(OWN_WORD))[0]] = where

    def take(self, wait):
        readable = select.select([self.tun, *self.out], [], [], wait)[0]
        for source in readable:
            if source == self.tun:
                self.note(os.read(self.tun, 65536), "tunnel")
                continue
            data, origin = source.recvfrom(65536)
            if origin[2] == socket.PACKET_OUTGOING:
                self.note(data, "clear")
        return bool(readable)


def probe(path, seed, count, prefix_of_names):
    dice, found = random.Random(seed), list(read_policies(path))
    flows = [random_flow(dice, found, number % 2 == 1) for number in range(count)]
    watch = Watch(prefix_of_names)
    senders = [sender(prefix_of_names, name) for name in ("lanA", "gwB")]
    for s in senders[1].values():  # gateway B has policies of its own, or none
        s.setsockopt(socket.SOL_SOCKET, SO_MARK, MARK_OWN)
    for number, flow in enumerate(flows):
        to = flow.local if flow.inbound else flow.remote
        senders[flow.inbound][to.version].sendto(packet(flow, number), (str(to), 0))
        while watch.take(0):
            pass
    end = time.monotonic() + 1
    while time.monotonic() < end:
        watch.take(0.1)
    ways, wrong = collections.Counter(), 0
    for number, flow in enumerate(flows):
        way, right = watch.seen.get(number, "nowhere"), expected(found, flow)
        ways[("in " if flow.inbound else "out ") + way] += 1
        if way != right:
            wrong += 1
            print(f"{flow}: {way}, not {right}")
    print(f"{count} packets, {wrong} wrong: {dict(sorted(ways.items()))}")
    sys.exit(wrong > 0)


if sys.argv[1] == "policies":
    policies(int(sys.argv[2]), int(sys.argv[3]))
else:
    probe(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
