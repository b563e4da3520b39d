#!/usr/bin/env python3
"""ESP in numbers: Bulkhead beside its peers and the plain path. esp.sh says how it is used.

All paths stand at the same time, each in namespaces of its own, and only one is measured at a time: in each round every
load runs over every path, one path after the other, so that whatever else the machine does hits them alike. What counts
is the median of the rounds.
"""
import os
import statistics
import subprocess
import sys
import time

import load
import result
from path import Failure, Path, machine_cpu_s

GCM, CBC, CHACHA = "aes256gcm16", "aes256-sha256", "chacha20poly1305"
OURS, SWAN = f"bulkhead {GCM}", f"strongswan {GCM}"
SWAN_PEER = "strongswan-libipsec"

# load -> how it is run
LOADS = {
    "tcp1": lambda path, settings: load.tcp(path, settings, 1),
    "tcp4": lambda path, settings: load.tcp(path, settings, 4),
    "udp1400.lossfree": lambda path, settings: load.lossfree(path, settings, 1400),
    "udp512.lossfree": lambda path, settings: load.lossfree(path, settings, 512),
    "udp64.lossfree": lambda path, settings: load.lossfree(path, settings, 64),
    "udp1400.flood": lambda path, settings: load.flood(path, settings, 1400),
    "udp512.flood": lambda path, settings: load.flood(path, settings, 512),
    "udp64.flood": lambda path, settings: load.flood(path, settings, 64),
    "latency.idle": lambda path, settings: load.latency(path, settings, False),
    "latency.loaded": lambda path, settings: load.latency(path, settings, True),
}


class Row:
    """One measurement of bench.json: a number of a load over our path beside the same over the peer's."""

    def __init__(self, name, kind, field, paths, peer, unit, better, without=None):
        self.name, self.kind, self.field, self.peer, self.unit, self.better = name, kind, field, peer, unit, better
        self.ours, self.theirs = paths
        self.without = without  # a path whose number is taken off both

    def paths(self):
        return [p for p in (self.ours, self.theirs, self.without) if p]


def tcp_rows():
    rows = []
    for name, suite in (("aes256gcm", GCM), ("aes256cbc-sha256", CBC), ("chacha20poly1305", CHACHA)):
        rows.append(Row(f"esp.tcp1.{name}", "tcp1", "mbps", (f"bulkhead {suite}", f"strongswan {suite}"), SWAN_PEER,
                        "Mb/s", "more"))
    for name, path in (("null-cipher", "null"), ("wireguard-go", "wireguard"), ("openvpn", "openvpn"),
                       ("plain-no-offload", "plain-no-offload"), ("plain", "plain")):
        rows.append(Row(f"esp.tcp1.{name}", "tcp1", "mbps", (OURS, path), name, "Mb/s", "more"))
    for name, path, peer in (("aes256gcm", SWAN, SWAN_PEER), ("wireguard-go", "wireguard", "wireguard-go"),
                             ("openvpn", "openvpn", "openvpn"), ("plain", "plain", "plain")):
        rows.append(Row(f"esp.tcp4.{name}", "tcp4", "mbps", (OURS, path), peer, "Mb/s", "more"))
    for name, field in (("esp.cpu-per-gb", "machine_s_per_gb"), ("esp.cpu-per-gb.gateways", "gateways_s_per_gb")):
        rows.append(Row(name, "tcp1", field, (OURS, SWAN), SWAN_PEER, "s/Gb", "less"))
    return rows


def udp_rows():
    rows = []
    for size in (1400, 512, 64):
        for kind in ("lossfree", "flood"):
            load_name = f"udp{size}.{kind}"
            rows.append(Row(f"esp.{load_name}", load_name, "pps", (OURS, SWAN), SWAN_PEER, "packets/s", "more"))
            rows.append(Row(f"esp.{load_name}.plain", load_name, "pps", (OURS, "plain"), "plain", "packets/s", "more"))
    for path, peer in (("wireguard", "wireguard-go"), ("openvpn", "openvpn")):
        rows.append(Row(f"esp.udp1400.lossfree.{peer}", "udp1400.lossfree", "pps", (OURS, path), peer, "packets/s", "more"))
    return rows


def latency_rows():
    rows = []
    for kind in ("idle", "loaded"):
        for name, field in (("", "p50"), (".p99", "p99")):
            rows.append(Row(f"esp.latency.{kind}{name}", f"latency.{kind}", field, (OURS, SWAN), SWAN_PEER,
                            "us added" if not name else "us", "less", "plain" if not name else None))
    return rows


def other_rows():
    """Beside another build of ourselves."""
    rows = []
    for kind, field, unit in (("tcp1", "mbps", "Mb/s"), ("tcp4", "mbps", "Mb/s"), ("udp1400.lossfree", "pps", "packets/s"),
                              ("udp64.lossfree", "pps", "packets/s"), ("udp1400.flood", "pps", "packets/s")):
        for suite in (GCM, CBC, CHACHA) if kind == "tcp1" else (GCM,):
            rows.append(Row(f"other.{kind}.{suite}", kind, field, (f"bulkhead {suite}", f"other {suite}"), "other-build", unit,
                            "more"))
    return rows


def policies_rows():
    """100,000 policies and 10,000 SAs beside one of each: what is left of the throughput."""
    paths = ("policies 100000", "policies 1")
    return [Row("esp.policies.100k", "tcp1", "mbps", paths, "one-policy", "Mb/s", "more"),
            Row("esp.policies.100k.udp1400", "udp1400.lossfree", "pps", paths, "one-policy", "packets/s", "more")]


class Bench:
    """Those of the rows whose names are asked for, over paths that all stand meanwhile."""

    def __init__(self, build, rows):
        self.build, self.env = build, os.environ
        self.quick = self.env.get("QUICK", "0") not in ("", "0")
        self.rounds = int(self.env.get("ROUNDS") or (1 if self.quick else 5))
        self.settings = load.Settings(tcp_s=int(self.env.get("SECONDS_EACH") or (2 if self.quick else 3)),
                                      flood_s=1, trial_s=0.4 if self.quick else 0.7, pings=500 if self.quick else 1500)
        self.rows = self.choose(rows)
        self.paths, self.samples = {}, {}

    def choose(self, rows):
        wanted = self.env.get("ONLY", "").split()
        return [row for row in rows if not wanted or any(word in row.name for word in wanted)]

    def path(self, name):
        kind, _, suite = name.partition(" ")
        build, options, arguments = self.build, self.env.get("GATEWAY_OPTIONS", ""), name.split()
        if kind == "other":
            build, options, arguments = self.env["OTHER"], self.env.get("OTHER_OPTIONS", ""), ["bulkhead", suite]
        if kind == "null":
            build, arguments = os.path.join(self.build, "null"), ["bulkhead", GCM]
        return Path(name, arguments, build, os.path.join(self.build, "bench"), options)

    def begin(self):
        for name in sorted({name for row in self.rows for name in row.paths()}):
            self.paths[name] = self.path(name)
            self.paths[name].begin()
        for path in self.paths.values():
            path.wait_until_up()
            print(f"up: {path.name}", flush=True)

    def end(self):
        for path in self.paths.values():
            path.end()

    def measure(self):
        for path in self.paths.values():
            load.warm_up(path)
        kinds = [kind for kind in LOADS if any(row.kind == kind for row in self.rows)]
        for number in range(1, self.rounds + 1):
            busy = machine_cpu_s()
            time.sleep(0.5)
            busy = (machine_cpu_s() - busy) / 0.5 * 100
            print(f"round {number} of {self.rounds}" + (f" (others keep {busy:.0f} % of a core busy)" if busy > 15 else ""))
            for kind in kinds:
                for name in self.paths:
                    if any(row.kind == kind and name in row.paths() for row in self.rows):
                        self.sample(kind, name)

    def sample(self, kind, name):
        self.paths[name].check()
        got = LOADS[kind](self.paths[name], self.settings)
        self.samples.setdefault((kind, name), []).append(got)
        print(f"    {kind:18} {name:28} " + "  ".join(f"{key} {value:.4g}" if value < 100 else f"{key} {value:.0f}"
                                                     for key, value in got.items()), flush=True)

    def values(self, row, name):
        values = [sample[row.field] for sample in self.samples[row.kind, name]]
        if row.without:
            base = statistics.median(sample[row.field] for sample in self.samples[row.kind, row.without])
            values = [value - base for value in values]
        return " ".join(f"{value:.4f}" for value in values)

    def report(self, file):
        for row in self.rows:
            result.add(file, row.name, self.values(row, row.ours), row.peer, self.values(row, row.theirs), row.unit,
                       self.rounds, row.better)


def groups(build):
    """The rows whose paths stand at the same time: ten thousand tunnels are alone, since they are never quite silent."""
    if os.environ.get("OTHER"):
        return [other_rows()]
    rows = tcp_rows() + udp_rows() + latency_rows()
    if not os.access(os.path.join(build, "null", "bulkhead"), os.X_OK):
        rows = [row for row in rows if "null" not in row.paths()]
        print("no build with the null cipher in", os.path.join(build, "null"))
    return [rows, policies_rows()]


def run(bench, file):
    try:
        bench.begin()
        bench.measure()
        bench.report(file)
    finally:
        bench.end()


def main():
    build = os.path.realpath(sys.argv[1])
    file = os.environ.get("RESULTS") or os.path.join(build, "bench.json")
    if os.environ.get("REALTIME", "0") not in ("", "0"):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))  # inherited by all that is started
    benches = [bench for bench in (Bench(build, rows) for rows in groups(build)) if bench.rows]
    try:
        if not benches:
            raise Failure(f"no measurement is called so: ONLY=\"{os.environ['ONLY']}\"")
        for bench in benches:
            run(bench, file)
    except Failure as failure:
        sys.exit(f"bench: {failure}")
    result.table(file, "other." if os.environ.get("OTHER") else "esp.")


main()
