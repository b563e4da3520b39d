"""talk.py PEER4 PEER6: talks without end to the other LAN over UDP and TCP in both families, and answers it.

A connection that breaks is made again; what can't be sent now is tried again a little later.
"""
import selectors
import socket
import sys
import threading
import time

PORT = 7000


def send_datagrams(peer, family):
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        size = 0
        while True:
            size = (size + 317) % 1300
            try:
                s.sendto(bytes(64 + size), (peer, PORT))
            except OSError:
                pass  # ICMP errors come back here
            time.sleep(0.002)


def send_stream(peer, family):
    while True:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as s:
                s.settimeout(0.5)
                s.connect((peer, PORT))
                while True:
                    s.sendall(bytes(30000))  # more than one segment: a super-packet
                    time.sleep(0.01)
        except OSError:
            time.sleep(0.02)


def answer():
    ready = selectors.DefaultSelector()
    server = socket.create_server(("::", PORT), family=socket.AF_INET6, dualstack_ipv6=True)
    server.setblocking(False)
    ready.register(server, selectors.EVENT_READ)
    while True:
        for key, _ in ready.select():
            if key.fileobj is server:
                connection, _ = server.accept()
                connection.setblocking(False)
                ready.register(connection, selectors.EVENT_READ)
                continue
            try:
                is_open = key.fileobj.recv(1 << 16)
            except BlockingIOError:
                continue
            except OSError:
                is_open = b""
            if not is_open:
                ready.unregister(key.fileobj)
                key.fileobj.close()


threading.Thread(target=answer, daemon=True).start()
for family, address in ((socket.AF_INET, sys.argv[1]), (socket.AF_INET6, sys.argv[2])):
    for talk in (send_datagrams, send_stream):
        threading.Thread(target=talk, args=(address, family), daemon=True).start()
threading.Event().wait()
