"""receive.py ADDRESS PORT FILE: takes one TCP stream and writes its size and SHA-256 into FILE."""
import hashlib
import socket
import sys


def main():
    family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
    with socket.create_server((sys.argv[1], int(sys.argv[2])), family=family) as server:
        server.settimeout(30)
        connection, _ = server.accept()
        connection.settimeout(60)
        digest = hashlib.sha256()
        size = 0
        while block := connection.recv(1 << 20):
            digest.update(block)
            size += len(block)
    with open(sys.argv[3], "w", encoding="ascii") as out:
        print(size, digest.hexdigest(), file=out)


main()
