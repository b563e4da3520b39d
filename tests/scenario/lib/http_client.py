"""Asks the courier in ways that curl does not: http_client.py HOST PORT KIND. Prints what a scenario looks at."""
import socket
import sys
import time

HOST, PORT, KIND = sys.argv[1], int(sys.argv[2]), sys.argv[3]
REQUEST = b"GET /crl/ca.crl HTTP/1.1\r\nHost: x\r\n\r\n"


def connect():
    return socket.create_connection((HOST, PORT), timeout=20)


def read_all(connection):
    data = b""
    try:
        while True:
            part = connection.recv(65536)
            if not part:
                return data
            data += part
    except OSError:
        return data


def is_open(connection):
    connection.settimeout(0.3)
    try:
        return connection.recv(1) != b""
    except socket.timeout:
        return True
    except OSError:
        return False


def many():
    """How many of 40 connections stay open, and whether another source would still be served."""
    connections = [connect() for _ in range(40)]
    time.sleep(0.5)
    print(sum(is_open(c) for c in connections))


def pipeline():
    """Answers to three requests in one segment and a fourth in pieces, in order."""
    with connect() as connection:
        last = b"GET /foo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        connection.sendall(REQUEST * 3 + last[:10])
        time.sleep(0.2)
        connection.sendall(last[10:])
        data = read_all(connection)
    print(data.count(b"HTTP/1.1 200 OK"), data.count(b"HTTP/1.1 404"), len(data) > 300000)


def slowloris():
    """Seconds until a client is cut off that sends its headers byte by byte."""
    began = time.monotonic()
    with connect() as connection:
        try:
            for byte in REQUEST[:-4] + b"\r\nA: " + b"a" * 1000:
                connection.sendall(bytes([byte]))
                time.sleep(0.1)
        except OSError:
            pass
    print(int(time.monotonic() - began))


def slow_reader():
    """Seconds until a client is cut off that takes nothing of many answers."""
    began = time.monotonic()
    with connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        try:
            for _ in range(2000):
                connection.sendall(REQUEST)
                time.sleep(0.02)
        except OSError:
            pass
    print(int(time.monotonic() - began))


def garbage():
    """What comes back on bytes that are no HTTP."""
    with connect() as connection:
        connection.sendall(bytes(range(256)))
        print(read_all(connection).split(b"\r\n")[0].decode())


def greedy():
    """How many of 300 different questions are answered, and how many refused."""
    head = b"POST /ocsp HTTP/1.1\r\nHost: x\r\nContent-Type: application/ocsp-request\r\nContent-Length: 6\r\n%s\r\n"
    with connect() as connection:
        for i in range(300):
            connection.sendall(head % (b"Connection: close\r\n" if i == 299 else b"") + bytes([0x30, 4, 2, 2, 1 + i // 256, i % 256]))
        data = read_all(connection)
    print(data.count(b"HTTP/1.1 200"), data.count(b"HTTP/1.1 429"))


KINDS = {"many": many, "pipeline": pipeline, "slowloris": slowloris, "slow_reader": slow_reader, "garbage": garbage, "greedy": greedy}
KINDS[KIND]()
