#!/usr/bin/env python3
"""A configuration with many tunnels between two gateways: they differ in one side's identity and in its /32.

usage: many_tunnels.py COUNT SIDE OWN_ADDRESS PEER_ADDRESS START_MODE
SIDE is a or b; tunnel i joins a<i>.test with b.test, 10.64.0.0/10 + i with 10.128.0.0/24.
"""
import sys

def network(side, i):
    return "10.128.0.0/24" if side == "b" else f"10.{64 + (i >> 16)}.{(i >> 8) & 255}.{i & 255}/32"


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
  - {{local: {network(side, i)}, remote: {network(other, i)}}}""")


main()
