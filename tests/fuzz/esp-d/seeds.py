#!/usr/bin/python3
"""Writes the seed corpora of this folder: tests/fuzz/esp-d/seeds.py (needs Debian's python3-scapy)."""
import os
import struct

from scapy.all import (ICMP, IP, TCP, UDP, ICMPv6EchoRequest, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
                       IPv6ExtHdrHopByHop, Raw, raw)

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")
V4 = {"src": "10.1.0.2", "dst": "10.2.0.2"}
V6 = {"src": "fd00:1::2", "dst": "fd00:2::2"}
PACKETS = {
    "udp4": IP(**V4) / UDP(sport=7, dport=9) / Raw(b"payload"),
    "tcp4": IP(**V4) / TCP(sport=7, dport=9, options=[("MSS", 1348)]) / Raw(b"payload" * 40),
    "icmp4": IP(**V4) / ICMP() / Raw(b"ping"),
    "fragment4": IP(frag=3, proto=17, **V4) / Raw(b"payload"),
    "discarded4": IP(src="10.1.0.2", dst="10.2.255.1") / UDP(sport=7, dport=9),
    "udp6": IPv6(**V6) / UDP(sport=7, dport=9) / Raw(b"payload"),
    "tcp6": IPv6(**V6) / TCP(sport=7, dport=9) / Raw(b"payload" * 40),
    "icmp6": IPv6(**V6) / ICMPv6EchoRequest(),
    "options6": IPv6(**V6) / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / UDP(sport=7, dport=9),
    "fragment6": IPv6(**V6) / IPv6ExtHdrFragment(offset=5, nh=17) / Raw(b"payload"),
    "noroute4": IP(src="10.9.0.2", dst="10.2.0.2") / UDP(),
}


def put(target, name, data):
    os.makedirs(os.path.join(HERE, target), exist_ok=True)
    with open(os.path.join(HERE, target, name), "wb") as f:
        f.write(data)


def trailer(inner, align):
    pad = -(len(inner) + 2) % align
    return inner + bytes(range(1, pad + 1)) + bytes([pad, 4 if inner[0] >> 4 == 4 else 41])


def vnet(flags=0, gso=0, size=0, start=0, offset=0):
    return struct.pack("=BBHHHH", flags, gso, 0, size, start, offset)


def cut(whole, step=40):
    """Into fragments, as the kernel does."""
    if IP in whole:
        return whole.fragment(step)
    data = raw(whole.payload)
    return [IPv6(**V6) / IPv6ExtHdrFragment(nh=17, offset=at // 8, m=int(at + step < len(data)), id=7) /
            Raw(data[at:at + step]) for at in range(0, len(data), step)]


def main():
    any4 = struct.pack(">BBHH", 4, 0, 0, 65535) + bytes(4) + b"\xff" * 4
    any6 = struct.pack(">BBHH", 16, 0, 0, 65535) + bytes(16) + b"\xff" * 16
    for name, packet in PACKETS.items():
        inner = raw(packet)
        for suite in range(7):
            put("esp", f"{name}-{suite}", bytes([1 | suite << 1, 0]) + trailer(inner, 16))
        put("esp", f"{name}-long", bytes([1 | 5 << 1 | 128, 0]) + trailer(inner, 16))
        upper = inner[20:] if inner[0] >> 4 == 4 else inner[40:]
        put("esp", f"{name}-transport", bytes([1 | 1 << 1 | 64, 0]) + trailer(upper, 16)[:-1] +
            bytes([inner[9] if inner[0] >> 4 == 4 else inner[6]]))
        put("inner", name, vnet() + inner)
        one = any4 if inner[0] >> 4 == 4 else any6
        put("selector", name, one + one + inner)
    put("esp", "ike", bytes([0, 0]) + bytes(4) + b"\x11" * 60)
    put("esp", "keepalive", bytes([0, 0, 0xff]))
    put("esp", "runt", bytes([0, 0, 1, 2, 3]))
    put("esp", "merged", bytes([16, 40]) + (struct.pack(">II", 0x1001, 1) + b"\x22" * 32) * 3)
    for name, whole in (("udp4", IP(**V4) / UDP() / Raw(b"x" * 90)), ("udp6", IPv6(**V6) / UDP() / Raw(b"x" * 90))):
        pieces = [raw(p) for p in cut(whole)]
        put("datagram", name, b"".join(struct.pack(">H", len(p)) + p for p in pieces))
        put("datagram", name + "-turned", b"".join(struct.pack(">H", len(p)) + p for p in pieces[::-1]))
    put("inner", "tso4", vnet(1, 1, 50, 20, 16) + raw(PACKETS["tcp4"]))
    put("inner", "tso6", vnet(1, 4, 51, 40, 16) + raw(PACKETS["tcp6"]))
    put("inner", "uso4", vnet(1, 5, 3, 20, 6) + raw(PACKETS["udp4"]))
    put("inner", "checksum4", vnet(1, 0, 0, 20, 6) + raw(PACKETS["udp4"]))
    put("coalesce", "row", bytes([1, 0, 200, 0, 0, 0, 0, 0]) * 20)
    put("coalesce", "two", bytes([1, 0, 200, 0, 0, 0, 0, 0, 2, 0, 100, 0, 0, 0, 0, 0]) * 20)
    put("coalesce", "push", bytes([1, 0, 200, 0, 0, 0, 0, 0]) * 4 + bytes([1, 0x98, 9, 0, 0, 0, 0, 0]))
    put("coalesce", "flip", bytes([0x81, 0, 200, 0, 9, 1, 0, 0, 1, 0, 200, 0, 0, 0, 0, 0]) * 4)
    ports = struct.pack(">BBHH", 4, 17, 1, 10) + bytes(4) + b"\xff" * 4
    put("selector", "ports4", ports + ports + raw(PACKETS["udp4"]))


main()
