"""Sends UDP datagrams with any source address, past the policies of the own host.

raw_udp.py SOURCE DESTINATION COUNT [SOURCE-PORT]
"""
import ipaddress
import socket
import struct
import sys

SO_MARK, MARK_OWN = 36, 0x20000000
IPPROTO_RAW, IPV6_HDRINCL = 255, 36

source, destination, count = ipaddress.ip_address(sys.argv[1]), ipaddress.ip_address(sys.argv[2]), int(sys.argv[3])
port = int(sys.argv[4]) if len(sys.argv) > 4 else 7777
payload = b"spoofed"
udp = struct.pack("!HHHH", port, 7777, 8 + len(payload), 0) + payload
if source.version == 4:
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, source.packed, destination.packed)
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, IPPROTO_RAW)
else:
    header = struct.pack("!IHBB16s16s", 6 << 28, len(udp), 17, 64, source.packed, destination.packed)
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, IPPROTO_RAW)
    s.setsockopt(socket.IPPROTO_IPV6, IPV6_HDRINCL, 1)
s.setsockopt(socket.SOL_SOCKET, SO_MARK, MARK_OWN)
for _ in range(count):
    s.sendto(header + udp, (str(destination), 0))
