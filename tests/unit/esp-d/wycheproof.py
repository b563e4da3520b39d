#!/usr/bin/python3
"""Writes wycheproof.txt: those vectors of Project Wycheproof that have ESP's sizes of nonce and ICV, a line each.

usage: wycheproof.py FOLDER > tests/unit/esp-d/wycheproof.txt

FOLDER has aes_gcm_test.json and chacha20_poly1305_test.json, as in the source package of Debian's nss
(nss/gtests/common/wycheproof/source_vectors).
"""
import json
import os
import sys

FILES = {"gcm": "aes_gcm_test.json", "chacha20poly1305": "chacha20_poly1305_test.json"}
FIELDS = ("key", "iv", "aad", "msg", "ct", "tag")

print("# Project Wycheproof's test vectors (Copyright Google LLC, Apache License 2.0), by wycheproof.py: nonces of 96 bits")
print("# and tags of 128. algorithm, number there, result, %s; -: empty" % ", ".join(FIELDS))
for name, file in FILES.items():
    with open(os.path.join(sys.argv[1], file), encoding="utf-8") as f:
        data = json.load(f)
    print("# %s: generator version %s" % (file, data["generatorVersion"]))
    for group in data["testGroups"]:
        if group["ivSize"] != 96 or group["tagSize"] != 128:
            continue
        for test in group["tests"]:
            print(name, test["tcId"], test["result"], *[test[f] or "-" for f in FIELDS])
