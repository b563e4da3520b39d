"""A name server for scenarios: name_server.py ADDRESS ZONE-FILE LOG. A line of the zone is "NAME TTL ADDRESS ..."; the file is
read for each question. "NAME TTL servfail" and "NAME TTL silent" are faults, names that are not there are answered NXDOMAIN."""
import socket
import struct
import sys


def read_zone(path):
    zone = {}
    for line in open(path):
        words = line.split()
        if words:
            zone[words[0].lower()] = (int(words[1]), words[2:])
    return zone


def read_name(packet):
    at, labels = 12, []
    while packet[at]:
        labels.append(packet[at + 1 : at + 1 + packet[at]].decode("latin-1"))
        at += 1 + packet[at]
    return ".".join(labels).lower(), at + 1


def answer(packet, zone):
    name, end = read_name(packet)
    kind = struct.unpack_from("!H", packet, end)[0]
    question = packet[12 : end + 4]
    ttl, words = zone.get(name, (0, None))
    code = 3 if words is None else 2 if words == ["servfail"] else 0
    if words == ["silent"]:
        return name, kind, None
    records = b""
    count = 0
    for word in words or []:
        family = socket.AF_INET6 if ":" in word else socket.AF_INET
        if code or kind != (28 if ":" in word else 1):
            continue
        data = socket.inet_pton(family, word)
        records += b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data
        count += 1
    head = packet[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, count, 0, 0)
    return name, kind, head + question + records


def main():
    address, zone_path, log_path = sys.argv[1:4]
    server = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, 53))
    while True:
        packet, peer = server.recvfrom(4096)
        name, kind, reply = answer(packet, read_zone(zone_path))
        with open(log_path, "a") as log:
            print(peer[0], name, kind, file=log)
        if reply:
            server.sendto(reply, peer)


main()
