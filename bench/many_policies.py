#!/usr/bin/env python3
"""A configuration with many tunnels of many policies between two gateways, and last of all the tunnel "net" of their LANs.

usage: many_policies.py TUNNELS POLICIES_EACH SIDE OWN_ADDRESS PEER_ADDRESS START_MODE ESP_PROPOSAL
SIDE is a or b; tunnel i joins POLICIES_EACH prefixes of 10.64.0.0/10 (/32, /31 and /30 by turns) with a /24 of 10.128.0.0/9,
in one CHILD_SA: so many policies has each gateway.
"""
import sys


def prefix(number):
    """The networks of one number do not overlap those of another."""
    at = number * 4
    return f"10.{64 + (at >> 16)}.{(at >> 8) & 255}.{at & 255}/{32 - number % 3}"


def tunnel(name, side, own, peer, start, esp, local, remote):
    identity = {"a": f"a{name}.test", "b": f"b{name}.test"}
    other = "b" if side == "a" else "a"
    print(f"""- name: {name}
  local: {{address: {own}, id: {identity[side]}}}
  remote: {{address: {peer}, id: {identity[other]}}}
  auth: {{psk: {{secret: net}}}}
  start: {start}
  ike_proposals: [aes256-sha256-x25519]
  esp_proposals: [{esp}]
  policies:
  - {{locals: [{local}], remotes: [{remote}]}}""")


def main():
    count, each = int(sys.argv[1]), int(sys.argv[2])
    side, own, peer, start, esp = sys.argv[3:8]
    print("tunnels:")
    for i in range(count):
        ends = {"a": ", ".join(prefix(i * each + j) for j in range(each)), "b": f"10.{128 + (i >> 8)}.{i & 255}.0/24"}
        tunnel(f"t{i}", side, own, peer, start, esp, ends[side], ends["b" if side == "a" else "a"])
    lan = {"a": "10.1.0.0/24", "b": "10.2.0.0/24"}
    tunnel("net", side, own, peer, start, esp, lan[side], lan["b" if side == "a" else "a"])


main()
