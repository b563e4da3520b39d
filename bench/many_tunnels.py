#!/usr/bin/env python3
"""A configuration with many tunnels between two gateways: they differ in the identity of one side and in a /32 on each.

usage: many_tunnels.py COUNT SIDE OWN_ADDRESS PEER_ADDRESS START_MODE
SIDE is a or b; tunnel i joins a<i>.test with b.test, 10.64.0.0/10 + i with 10.128.0.0/10 + i.
"""
import sys

NET = {"a": 64, "b": 128}


def host(side, i):
    return f"10.{NET[side] + (i >> 16)}.{(i >> 8) & 255}.{i & 255}"


def main():
    count, side, own, peer, start = int(sys.argv[1]), *sys.argv[2:6]
    other = "b" if side == "a" else "a"
    print("tunnels:" if count else "tunnels: []")
    for i in range(count):
        name = {"a": f"a{i}.test", "b": "b.test"}
        print(f"""- name: t{i}
  local: {{address: {own}, id: {name[side]}}}
  remote: {{address: {peer}, id: {name[other]}}}
  auth: {{psk: {{secret: net}}}}
  start: {start}
  ike_proposals: [aes256-sha256-x25519]
  esp_proposals: [aes256gcm16]
  policies:
  - {{local: {host(side, i)}/32, remote: {host(other, i)}/32}}""")


main()
