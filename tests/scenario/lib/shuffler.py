"""A bad network between two interfaces: passes Ethernet frames on both ways, and of UDP datagrams some twice and some late.

shuffler.py INTERFACE INTERFACE COPIES LATE     percent of datagrams that go twice, and that wait for others to pass

"ready" when it passes frames on; at SIGINT how many "datagrams copies late" there were. Nothing is ever lost.
"""
import random
import select
import signal
import socket
import sys
import time

ETH_P_ALL, PACKET_OUTGOING = 3, 4
LATE_S = 0.003
BUFFER_BYTES = 32 << 20
SO_RCVBUFFORCE, SO_SNDBUFFORCE = 33, 32


def open_interface(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    s.bind((name, 0))
    for option in (SO_RCVBUFFORCE, SO_SNDBUFFORCE):
        s.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
    return s


def is_udp(frame):
    return (frame[12:14] == b"\x08\x00" and frame[23] == socket.IPPROTO_UDP) or (
        frame[12:14] == b"\x86\xdd" and frame[20] == socket.IPPROTO_UDP
    )


def main():
    sockets = [open_interface(name) for name in sys.argv[1:3]]
    copies, late = int(sys.argv[3]), int(sys.argv[4])
    counts = {"datagrams": 0, "copies": 0, "late": 0}
    waiting = []  # (time, socket, frame)

    def stop(_number, _stack):
        print(*counts.values(), flush=True)
        sys.exit(0)

    signal.signal(signal.SIGINT, stop)
    print("ready", flush=True)
    while True:
        timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        for s in select.select(sockets, [], [], timeout)[0]:
            frame, address = s.recvfrom(65536)
            if address[2] == PACKET_OUTGOING:
                continue
            to = sockets[1 - sockets.index(s)]
            if not is_udp(frame):
                to.send(frame)
                continue
            counts["datagrams"] += 1
            if random.randrange(100) < late:
                counts["late"] += 1
                waiting.append((time.monotonic() + LATE_S, to, frame))
            else:
                to.send(frame)
            if random.randrange(100) < copies:
                counts["copies"] += 1
                to.send(frame)
        while waiting and waiting[0][0] <= time.monotonic():
            _, to, frame = waiting.pop(0)
            to.send(frame)


main()
