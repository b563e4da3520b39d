"""What a stranger on the way can do to a gateway: sends it IKE and ESP datagrams, made up or seen before, with any source.

hostile.py noise SOURCE DESTINATION                      runts, keepalives, other versions, wrong lengths, fragments
hostile.py mutate FILE.pcap SOURCE DESTINATION COUNT     IKE messages of SOURCE to DESTINATION, each changed somewhere
hostile.py repeat FILE.pcap SOURCE DESTINATION           all IKE messages again, as they were
hostile.py esp-repeat FILE.pcap SOURCE DESTINATION       all ESP packets again, in order and backwards
hostile.py esp-garbage FILE.pcap SOURCE DESTINATION COUNT  ESP of SPIs that are in use, with other contents
hostile.py flood FILE.pcap PEER DESTINATION COUNT PER-SECOND  IKE_SA_INITs of 198.18.0.0/15, every tenth of PEER

Prints how many datagrams it sent. The mark lets them past the firewall of the gateway that it runs on.
"""
import random
import socket
import struct
import sys
import time

SO_MARK, MARK_OWN = 36, 0x20000000
MTU = 1500
NON_ESP_MARKER = bytes(4)
IKE_SA_INIT, IKE_AUTH, INFORMATIONAL = 34, 35, 37


class Link:
    """Writes IPv4 packets, in fragments where they are too long."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_MARK, MARK_OWN)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        self.sent = 0

    def fragment(self, source, destination, offset, more, data):
        flags = offset // 8 | (0x2000 if more else 0)
        header = struct.pack(
            "!BBHHHBBH4s4s", 0x45, 0, 20 + len(data), self.sent & 0xFFFF, flags, 64, socket.IPPROTO_UDP, 0,
            socket.inet_aton(source), socket.inet_aton(destination),
        )  # fmt: skip
        self.socket.sendto(header + data, (destination, 0))

    def udp(self, source, source_port, destination, port, payload):
        data = struct.pack("!HHHH", source_port, port, 8 + len(payload), 0) + payload
        self.sent += 1
        step = (MTU - 20) & ~7
        for offset in range(0, len(data), step):
            self.fragment(source, destination, offset, offset + step < len(data), data[offset : offset + step])


def datagrams(path, source, destination):
    """(source port, destination port, payload) of each whole UDP datagram in a capture of Ethernet frames."""
    with open(path, "rb") as file:
        order = "<" if file.read(24)[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
        while len(record := file.read(16)) == 16:
            frame = file.read(struct.unpack(order + "IIII", record)[2])
            if frame[12:14] != b"\x08\x00" or frame[23] != socket.IPPROTO_UDP or frame[20] & 0x3F or frame[21]:
                continue
            if frame[26:30] != socket.inet_aton(source) or frame[30:34] != socket.inet_aton(destination):
                continue
            udp = frame[14 + (frame[14] & 15) * 4 :]
            source_port, port, length = struct.unpack("!HHH", udp[:6])
            if len(udp) >= length:
                yield source_port, port, udp[8:length]


def ike_messages(path, source, destination):
    """(source port, port, marker, message)"""
    for source_port, port, payload in datagrams(path, source, destination):
        marker = NON_ESP_MARKER if port == 4500 else b""
        if payload.startswith(marker) and len(payload) >= len(marker) + 28:
            yield source_port, port, marker, payload[len(marker) :]


def esp_packets(path, source, destination):
    for source_port, port, payload in datagrams(path, source, destination):
        if port == 4500 and len(payload) > 20 and not payload.startswith(NON_ESP_MARKER):
            yield source_port, port, payload


def header(exchange=IKE_SA_INIT, version=0x20, flags=8, length=28, next_payload=0, spis=None, message_id=0):
    spis = spis or struct.pack("!QQ", random.getrandbits(64) | 1, 0)
    return spis + struct.pack("!BBBBII", next_payload, version, exchange, flags, message_id, length)


def noise(link, source, destination):
    for port in (500, 4500):
        marker = NON_ESP_MARKER if port == 4500 else b""
        send = lambda payload: link.udp(source, port, destination, port, payload)  # noqa: E731
        for size in list(range(0, 33)) + [1399, 1400, 1500, 9000]:
            send(random.randbytes(size))
            send(bytes(size))
            send(b"\xff" * size)
        for _ in range(100):
            send(b"\xff")  # a NAT keepalive
        for version in (0x10, 0x11, 0x30, 0x3F, 0xF0, 0x00, 0x2F):
            for flags in (0, 8, 32, 40, 255):
                send(marker + header(version=version, flags=flags))
        for length in (0, 1, 27, 29, 1 << 16, 1 << 31, (1 << 32) - 1):
            send(marker + header(length=length))
        for exchange in range(256):
            send(marker + header(exchange=exchange, spis=random.randbytes(16)))
        for next_payload in range(256):  # chains that point to themselves, or past the end
            body = bytes([next_payload, 0]) + struct.pack("!H", random.choice((0, 3, 4, 5, 8, 0xFFFF))) + bytes(4)
            send(marker + header(next_payload=next_payload, length=28 + len(body)) + body)
        for size in (20000, 32768, 32769, 60000, 65000):
            send(marker + header(length=size, next_payload=33) + random.randbytes(size - 28))
        for _ in range(50):  # fragments without an end, and ends without a beginning
            link.sent += 1
            link.fragment(source, destination, random.choice((0, 1480)), True, random.randbytes(1480))
            link.fragment(source, destination, random.choice((1480, 8000)), False, random.randbytes(64))


def change(message):
    """One message with something wrong in it."""
    data = bytearray(message)
    kind = random.randrange(7)
    if kind == 0:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    elif kind == 1:
        del data[random.randrange(28, len(data)) :]
    elif kind == 2:
        data += random.randbytes(random.randrange(1, 64))
    elif kind == 3:
        at = random.randrange(28, len(data) - 3)
        data[at : at + 4] = random.choice((b"\xff\xff\xff\xff", bytes(4), b"\x00\x80\x00\x04"))
    elif kind == 4:
        data[random.randrange(16, 20)] = random.randrange(256)
    elif kind == 5:  # the next message ids, and those before
        data[20:24] = struct.pack("!I", random.choice((0, 1, 2, 3, 4, 5, 1000, 0xFFFFFFFF)))
    else:  # its contents, in clear
        data[16] = random.choice((33, 39, 41, 42, 44, 45, 48, 53, 200))
    if random.randrange(4):
        data[24:28] = struct.pack("!I", len(data))
    return bytes(data)


def mutate(link, path, source, destination, count):
    messages = list(ike_messages(path, source, destination))
    for i in range(int(count)):
        source_port, port, marker, message = messages[i % len(messages)]
        changed = change(message)
        if changed != message:
            link.udp(source, source_port, destination, port, marker + changed)


def repeat(link, path, source, destination):
    for source_port, port, marker, message in list(ike_messages(path, source, destination)):
        link.udp(source, source_port, destination, port, marker + message)


def esp_repeat(link, path, source, destination):
    packets = list(esp_packets(path, source, destination))
    for source_port, port, payload in packets + packets[::-1]:
        link.udp(source, source_port, destination, port, payload)


def esp_garbage(link, path, source, destination, count):
    packets = list(esp_packets(path, source, destination))
    for i in range(int(count)):
        source_port, port, payload = packets[i % len(packets)]
        spi, rest = payload[:4], bytearray(payload[4:])
        rest[:4] = struct.pack("!I", random.choice((0, 1, 2, 10**6, 2**31, 2**32 - 1, random.getrandbits(32))))
        if i % 3 == 0:
            rest = rest[: random.randrange(len(rest))]
        elif i % 3 == 1:
            rest[random.randrange(4, len(rest))] ^= 0x40
        else:
            rest[4:] = random.randbytes(random.choice((0, 8, 9, 24, 100, 1400)))
        link.udp(source, source_port, destination, port, spi + bytes(rest))


def flood(link, path, peer, destination, count, per_second):
    first = next(m for _, _, _, m in ike_messages(path, peer, destination) if m[18] == IKE_SA_INIT)
    began = time.monotonic()
    for i in range(int(count)):
        source = peer if i % 10 == 9 else socket.inet_ntoa(struct.pack("!I", 0xC6120000 | random.getrandbits(17)))
        message = random.randbytes(7) + b"\x01" + first[8:]
        link.udp(source, 500, destination, 500, message)
        ahead = i / int(per_second) - (time.monotonic() - began)
        if ahead > 0.005:
            time.sleep(ahead)


random.seed(20)
wire = Link()
{
    "noise": noise,
    "mutate": mutate,
    "repeat": repeat,
    "esp-repeat": esp_repeat,
    "esp-garbage": esp_garbage,
    "flood": flood,
}[sys.argv[1]](wire, *sys.argv[2:])
print(wire.sent)
