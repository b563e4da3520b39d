"""Sends ICMP messages of one type, which ping does not: icmp.py ADDRESS TYPE CODE COUNT"""
import socket
import struct
import sys

address, kind, code, count = sys.argv[1], *map(int, sys.argv[2:5])


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
for number in range(count):
    message = struct.pack("!BBHHH", kind, code, 0, 77, number) + bytes(12)
    message = message[:2] + struct.pack("!H", checksum(message)) + message[4:]
    s.sendto(message, (address, 0))
