"""A web server with faults for scenarios: http_server.py ADDRESS PORT LOG. /ok/...: 100,000 bytes; /redirect/...: to this
host's loopback; /big: 5 MiB, /chunked: the same without a length; /slow: a byte a second; /silent; /error; /cut. Each request
is a line of the log."""
import socket
import sys
import threading
import time

MEBIBYTE = b"x" * (1 << 20)


def chunked(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(5):
        connection.sendall(b"100000\r\n" + MEBIBYTE + b"\r\n")
    connection.sendall(b"0\r\n\r\n")


def slow(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(30):
        connection.sendall(b"x")
        time.sleep(1)


def answer(connection, path):
    if path.startswith("/ok"):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"y" * 100000)
    elif path.startswith("/redirect"):
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:8080/ok/stolen\r\nContent-Length: 0\r\n\r\n")
    elif path == "/big":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5242880\r\n\r\n" + 5 * MEBIBYTE)
    elif path == "/chunked":
        chunked(connection)
    elif path == "/slow":
        slow(connection)
    elif path == "/silent":
        time.sleep(30)
    elif path == "/cut":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegin")
    else:
        connection.sendall(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n")


def serve(connection, log_path):
    with connection:
        try:
            head = connection.recv(65536).decode("latin-1")
            path = head.split(" ")[1]
            with open(log_path, "a") as log:
                print(head.split("\r\n")[0], file=log)
            answer(connection, path)
        except (OSError, IndexError):
            pass


def main():
    address, port, log_path = sys.argv[1:4]
    server = socket.create_server((address, int(port)), backlog=64)
    while True:
        connection, _ = server.accept()
        threading.Thread(target=serve, args=(connection, log_path), daemon=True).start()


main()
