#!/usr/bin/env python3
"""Writes bench.md, a table, and bench.svg, bars, of the results that the benchmarks left in a JSON file.

usage: chart.py BENCH_JSON FOLDER [README]
README gets a short table between its lines "<!-- bench -->" and "<!-- end of bench -->".
"""
import html
import json
import os
import sys

WIDTH, LEFT, RIGHT, BAR, GAP, HEAD = 860, 290, 110, 20, 7, 44
OURS, PEERS, INK, PALE = "#1f6feb", "#9aa4b2", "#1c2128", "#57606a"
TITLES = {"charon": "strongSwan", "strongswan-libipsec": "strongSwan (kernel-libipsec)", "limit": "set as a limit",
          "null-cipher": "itself without a cipher", "plain": "the plain path", "one-policy": "itself with one policy",
          "plain-no-offload": "the plain path, offloads off"}

# What the chart shows: title, unit, divisor, then bars: label, name of the row, which of its two values.
PANELS = [
    ("TCP, one stream", "Mb/s", 1, [
        ("Bulkhead, AES-256-GCM", "esp.tcp1.aes256gcm", "bulkhead"),
        ("Bulkhead, AES-256-CBC, SHA2-256", "esp.tcp1.aes256cbc-sha256", "bulkhead"),
        ("Bulkhead, ChaCha20-Poly1305", "esp.tcp1.chacha20poly1305", "bulkhead"),
        ("strongSwan, AES-256-GCM", "esp.tcp1.aes256gcm", "peer_value"),
        ("strongSwan, AES-256-CBC, SHA2-256", "esp.tcp1.aes256cbc-sha256", "peer_value"),
        ("strongSwan, ChaCha20-Poly1305", "esp.tcp1.chacha20poly1305", "peer_value"),
        ("wireguard-go", "esp.tcp1.wireguard-go", "peer_value"),
        ("OpenVPN, AES-256-GCM", "esp.tcp1.openvpn", "peer_value"),
        ("no tunnel, offloads off", "esp.tcp1.plain-no-offload", "peer_value")]),
    ("UDP, 1400-byte packets, less than 0.5 % lost", "1000 packets/s", 1000, [
        ("Bulkhead", "esp.udp1400.lossfree", "bulkhead"),
        ("strongSwan", "esp.udp1400.lossfree", "peer_value"),
        ("wireguard-go", "esp.udp1400.lossfree.wireguard-go", "peer_value"),
        ("OpenVPN", "esp.udp1400.lossfree.openvpn", "peer_value"),
        ("no tunnel", "esp.udp1400.lossfree.plain", "peer_value")]),
    ("Round trip: what the tunnel adds (shorter is better)", "microseconds", 1, [
        ("Bulkhead, idle", "esp.latency.idle", "bulkhead"),
        ("strongSwan, idle", "esp.latency.idle", "peer_value"),
        ("Bulkhead, 10,000 packets/s beside", "esp.latency.loaded", "bulkhead"),
        ("strongSwan, 10,000 packets/s beside", "esp.latency.loaded", "peer_value")]),
    ("CPU of the whole machine a Gb (shorter is better)", "ms", 0.001, [
        ("Bulkhead", "esp.cpu-per-gb", "bulkhead"),
        ("strongSwan", "esp.cpu-per-gb", "peer_value")]),
]

# What the README shows of it: words, name of the row.
SHORT = [
    ("TCP, one stream, AES-256-GCM", "esp.tcp1.aes256gcm"),
    ("TCP, one stream, AES-256-CBC with SHA2-256", "esp.tcp1.aes256cbc-sha256"),
    ("TCP, one stream, ChaCha20-Poly1305", "esp.tcp1.chacha20poly1305"),
    ("TCP, one stream", "esp.tcp1.wireguard-go"),
    ("TCP, one stream", "esp.tcp1.openvpn"),
    ("TCP, one stream", "esp.tcp1.plain-no-offload"),
    ("TCP, four streams", "esp.tcp4.aes256gcm"),
    ("UDP, 1400 bytes, loss-free", "esp.udp1400.lossfree"),
    ("UDP, 64 bytes, loss-free", "esp.udp64.lossfree"),
    ("round trip, what the tunnel adds", "esp.latency.idle"),
    ("CPU of the whole machine", "esp.cpu-per-gb"),
    ("100,000 policies and 10,000 SAs", "esp.policies.100k"),
    ("IKE: CPU a handshake", "ike.handshake-cpu"),
]


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def text(x, y, words, size=13, colour=INK, anchor="start", weight="normal"):
    return (f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{html.escape(words)}</text>')


def panel(rows, y, title, unit, divisor, bars):
    """The lines of one panel from height y on, and where it ends; none when nothing of it was measured."""
    found = [(label, rows[name][field] / divisor) for label, name, field in bars if name in rows]
    if not found:
        return [], y
    lines = [text(16, y + 22, title, 15, weight="bold"), text(WIDTH - 16, y + 22, unit, 12, PALE, "end")]
    y += HEAD - 10
    longest = max(max(value for _, value in found), 1e-9)
    for label, value in found:
        length = max((WIDTH - LEFT - RIGHT) * value / longest, 1)
        colour = OURS if label.startswith("Bulkhead") else PEERS
        lines += [text(LEFT - 10, y + 15, label, anchor="end"),
                  f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2" fill="{colour}"/>',
                  text(LEFT + length + 8, y + 15, number(value))]
        y += BAR + GAP
    return lines, y + 14


def svg(rows):
    lines, y = [], 6
    for title, unit, divisor, bars in PANELS:
        more, y = panel(rows, y, title, unit, divisor, bars)
        lines += more
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" '
            'font-family="DejaVu Sans, Helvetica, Arial, sans-serif">')
    return "\n".join([head, f'<rect width="{WIDTH}" height="{y}" fill="#ffffff"/>', *lines, "</svg>"]) + "\n"


def machine():
    with open("/proc/cpuinfo") as f:
        models = [line.split(":", 1)[1].strip() for line in f if line.startswith("model name")]
    return f"{len(models)} cores ({models[0] if models else os.uname().machine}), kernel {os.uname().release.split('-')[0]}"


def table(results):
    lines = ["| measurement | Bulkhead | beside | its value | unit | times better | rounds |", "|---|---:|---|---:|---|---:|---:|"]
    for r in results:
        lines.append(f"| `{r['name']}` | {number(r['bulkhead'])} | {TITLES.get(r['peer'], r['peer'])} | "
                     f"{number(r['peer_value'])} | {r['unit']} | {r['ratio']:g} | {r['rounds']} |")
    return "\n".join(lines)


def page(results):
    return f"""# What it costs, measured

`make bench` wrote this: medians, everything on one machine of {machine()}, which carries both hosts,
both gateways and whatever stands between them. What counts is how the numbers of one run compare, not how high they are. `bench/README.md` says
how each of them is measured.

![Bars: Bulkhead and its peers](bench.svg)

{table(results)}
"""


def short(rows):
    lines = ["| | Bulkhead | beside | its value | unit | times better |", "|---|---:|---|---:|---|---:|"]
    for words, name in SHORT:
        if name in rows:
            r = rows[name]
            lines.append(f"| {words} | {number(r['bulkhead'])} | {TITLES.get(r['peer'], r['peer'])} | "
                         f"{number(r['peer_value'])} | {r['unit']} | {r['ratio']:g} |")
    return "\n".join(lines)


def renew(readme, content):
    with open(readme) as f:
        before, mark, rest = f.read().partition("<!-- bench -->\n")
    _, end, after = rest.partition("<!-- end of bench -->")
    if not mark or not end:
        sys.exit(f"chart.py: {readme} has no lines <!-- bench --> and <!-- end of bench -->")
    with open(readme, "w") as f:
        f.write(before + mark + content + "\n" + end + after)


def main():
    with open(sys.argv[1]) as f:
        results = json.load(f)
    rows = {r["name"]: r for r in results}
    if len(sys.argv) > 3:
        renew(sys.argv[3], short(rows))
    for name, content in (("bench.svg", svg(rows)), ("bench.md", page(results))):
        with open(os.path.join(sys.argv[2], name), "w") as f:
            f.write(content)


main()
