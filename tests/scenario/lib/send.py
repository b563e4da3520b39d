"""send.py ADDRESS PORT MEGABYTES sends a known stream; send.py digest MEGABYTES prints what must arrive: bytes and SHA-256."""
import hashlib
import socket
import sys


def blocks(megabytes):
    for number in range(megabytes * 16):
        yield number.to_bytes(8, "big") * 8192


def main():
    if sys.argv[1] == "digest":
        digest = hashlib.sha256()
        size = 0
        for block in blocks(int(sys.argv[2])):
            digest.update(block)
            size += len(block)
        print(size, digest.hexdigest())
        return
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=10) as connection:
        connection.settimeout(60)
        for block in blocks(int(sys.argv[3])):
            connection.sendall(block)


main()
