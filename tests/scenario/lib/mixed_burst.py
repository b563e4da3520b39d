"""Takes ESP packets on their way and sends them again in bursts that also hold IKE messages, as one datagram of the kernel's.

mixed_burst.py take INTERFACE COUNT FILE             ESP packets of UDP port 4500 that leave there, all of one length, a line each
mixed_burst.py send FILE DESTINATION PORT KINDS...   each of KINDS is a send with UDP_SEGMENT, a letter a segment: "EEEIE"; E is
                                                     the next packet of FILE, I an IKE request of no IKE SA, as long as it, and a
                                                     small i one that is shorter (the last of a send alone)

Prints how many ESP packets were taken, or sent.
"""
import random
import socket
import struct
import sys

ETH_P_ALL, PACKET_OUTGOING = 3, 4
UDP_SEGMENT, SO_MARK, MARK_OWN = 103, 36, 0x20000000
NON_ESP_MARKER = bytes(4)
INFORMATIONAL, ENCRYPTED, INITIATOR = 37, 46, 8
SHORT_BYTES = 100


def esp_of(frame):
    """The ESP packet of an Ethernet frame, or None."""
    kind = struct.unpack("!H", frame[12:14])[0]
    if kind == 0x0800 and frame[23] == socket.IPPROTO_UDP:
        udp = frame[14 + (frame[14] & 15) * 4 :]
    elif kind == 0x86DD and frame[20] == socket.IPPROTO_UDP:
        udp = frame[54:]
    else:
        return None
    source, destination, length = struct.unpack("!HHH", udp[:6])
    esp = udp[8:length]
    return esp if (source, destination) == (4500, 4500) and len(esp) > 1 and esp[:4] != NON_ESP_MARKER else None


def take(interface, count, path):
    """The packets of one length: what the kernel sent merged, or is of something else, is left out."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)) as s, open(path, "w") as out:
        s.bind((interface, 0))
        s.settimeout(20)
        print("ready", flush=True)
        taken = []
        by_length = {}
        while len(taken) < count:
            frame, address = s.recvfrom(65536)
            esp = esp_of(frame) if address[2] == PACKET_OUTGOING else None
            if esp:
                taken = by_length.setdefault(len(esp), [])
                taken.append(esp)
        print(*(esp.hex() for esp in taken), sep="\n", file=out)
    print(len(taken))


def ike(length):
    """With its marker so long."""
    body = random.randbytes(length - 4 - 28)
    spis = struct.pack("!QQ", random.getrandbits(64) | 1, random.getrandbits(64) | 1)
    return NON_ESP_MARKER + spis + struct.pack("!BBBBII", ENCRYPTED, 0x20, INFORMATIONAL, INITIATOR, 0, length - 4) + body


def send(path, destination, port, kinds):
    with open(path) as file:
        packets = [bytes.fromhex(line) for line in file]
    family = socket.AF_INET6 if ":" in destination else socket.AF_INET
    step, sent = len(packets[0]), 0
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, SO_MARK, MARK_OWN)
        s.setsockopt(socket.SOL_UDP, UDP_SEGMENT, step)
        s.connect((destination, port))
        for kind in kinds:
            segments = []
            for letter in kind:
                if letter == "E":
                    segments.append(packets[sent])
                    sent += 1
                else:
                    segments.append(ike(step if letter == "I" else SHORT_BYTES))
            s.send(b"".join(segments))
    print(sent)


if sys.argv[1] == "take":
    take(sys.argv[2], int(sys.argv[3]), sys.argv[4])
else:
    send(sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5:])
