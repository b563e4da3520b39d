#!/usr/bin/env python3
"""Asks a gateway's API about its certificates, and says how long answers take.

usage: pki_calls.py API_SOCKET AUTHORITY PREFIX COUNT ROUNDS
Certificates are named PREFIX-1 ... PREFIX-COUNT. Prints a line for each kind of question: its name and the median in
milliseconds, over one connection each, with all that the API does.
"""
import http.client
import json
import random
import socket
import statistics
import sys
import time


class Api(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("gateway")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self.path)


def ask(path, method, message):
    api = Api(path)
    began = time.monotonic()
    api.request("POST", f"/bulkhead.v1.CertificateService/{method}", json.dumps(message),
                {"Content-Type": "application/json", "Connect-Protocol-Version": "1"})
    answer = api.getresponse()
    body = json.loads(answer.read())
    took = time.monotonic() - began
    api.close()
    if answer.status != 200:
        sys.exit(f"{method} {message}: {body}")
    return took * 1000, body


def main():
    path, authority, prefix, count, rounds = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])

    def name():
        return f"{prefix}-{random.randint(1, count)}"

    def serial():
        return ask(path, "GetCertificate", {"name": name()})[1]["certificate"]["serial"]

    questions = {
        "page": lambda: ("ListCertificates", {"pageToken": name()}),
        "page-of-authority": lambda: ("ListCertificates", {"pageToken": name(), "issuer": authority}),
        "page-of-valid": lambda: ("ListCertificates", {"pageToken": name(), "state": "CERTIFICATE_STATE_VALID"}),
        "authorities": lambda: ("ListCertificates", {"authorities": True}),
        "revoked": lambda: ("ListCertificates", {"state": "CERTIFICATE_STATE_REVOKED"}),
        "expiring": lambda: ("ListCertificates", {"expiresWithinDays": 30}),
        "search": lambda: ("ListCertificates", {"contains": name()}),
        "search-in-vain": lambda: ("ListCertificates", {"contains": "no such thing"}),
        "by-name": lambda: ("GetCertificate", {"name": name()}),
        "by-serial": lambda: ("GetCertificate", {"name": f"serial:{serial()}"}),
    }
    for kind, question in questions.items():
        print(kind, round(statistics.median(ask(path, *question())[0] for _ in range(rounds)), 2))


main()
