"""Who is seen at the other end?

udp_source.py listen ADDRESS PORT COUNT        prints "ADDRESS PORT" of each datagram's sender
udp_source.py send ADDRESS PORT SOURCE-PORT [MARK]
"""
import socket
import sys

SO_MARK = 36
verb, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
if verb == "listen":
    s.bind((address, port))
    print("listening", flush=True)
    for _ in range(int(sys.argv[4])):
        data, peer = s.recvfrom(100)
        print(peer[0], peer[1], flush=True)
else:
    if len(sys.argv) > 5:
        s.setsockopt(socket.SOL_SOCKET, SO_MARK, int(sys.argv[5], 0))
    s.bind(("", int(sys.argv[4])))
    s.sendto(b"who am I", (address, port))
