#!/usr/bin/env python3
"""Lets a charon begin many IKE SAs (x25519, one child each), and measures what the responder spends on them.

usage: handshakes.py VICI_SOCKET COUNT WINDOW OWN_ADDRESS PEER_ADDRESS SECRET RESPONDER_PID...
Initiator i is a<i>.test and calls b.test (as many_tunnels.py configures it). Prints JSON: done, children (that stand),
seconds, cpu_us (of the responder's processes together, a handshake), cpu_us_of (each process's), rss_bytes (grown by, a
handshake). With BENCH_CERTIFICATES=FOLDER the initiators have certificates, FOLDER/a<i>.pem with the key FOLDER/a.key, and
trust FOLDER/ca.pem; BENCH_LOCAL_AUTH and BENCH_REMOTE_AUTH (psk) say which side authenticates how, as the initiator sees it.
"""
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../tests/scenario/lib"))
import vici  # noqa: E402

DEADLINE_S = 90
FOLDER = os.environ.get("BENCH_CERTIFICATES", "")
LOCAL_AUTH = os.environ.get("BENCH_LOCAL_AUTH", "psk")
REMOTE_AUTH = os.environ.get("BENCH_REMOTE_AUTH", "psk")


def cpu_ns(pid):
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as f:
            total += int(f.read().split()[0])
    return total


def rss_bytes(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status") as f:
            total += next(int(line.split()[1]) for line in f if line.startswith("VmRSS:")) * 1024
    return total


def host(i):
    return f"10.{64 + (i >> 16)}.{(i >> 8) & 255}.{i & 255}/32"


def text_of(name):
    with open(os.path.join(FOLDER, name)) as f:
        return f.read()


def own_end(i):
    if LOCAL_AUTH != "pubkey":
        return {"auth": LOCAL_AUTH, "id": f"a{i}.test"}
    return {"auth": "pubkey", "id": f"a{i}.test", "certs": [text_of(f"a{i}.pem")]}


def connection(i, own, peer):
    return {
        "version": 2, "local_addrs": [own], "remote_addrs": [peer], "proposals": ["aes256-sha256-x25519"],
        "rekey_time": 0, "dpd_delay": 0, "unique": "never", "mobike": "no",
        "local-1": own_end(i), "remote-1": {"auth": REMOTE_AUTH, "id": "b.test"},
        "children": {f"n{i}": {"local_ts": [host(i)], "remote_ts": ["10.128.0.0/24"],
                               "esp_proposals": ["aes256gcm16"], "rekey_time": 0}},
    }


def established(charon):
    sas = charon.ask("stats")["ikesas"]
    return int(sas["total"]) - int(sas["half-open"])


def installed(charon):
    """CHILD_SAs that stand: charon counts them as installed in its list of SAs."""
    children = 0
    for event in charon.stream("list-sas", "list-sa"):
        for sa in event.values():
            children += sum(child.get("state") == "INSTALLED" for child in sa.get("child-sas", {}).values())
    return children


def run(charon, count, window):
    began, sent, done = time.monotonic(), 0, 0
    while done < count and time.monotonic() - began < DEADLINE_S:
        done = established(charon)
        while sent < count and sent - done < window:
            charon.ask("initiate", child=f"n{sent}", ike=f"c{sent}", timeout=-1)
            sent += 1
        time.sleep(0.002)
    return done, time.monotonic() - began


def main():
    path, count, window, own, peer, secret = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:7]
    pids = [int(pid) for pid in sys.argv[7:]]
    charon = vici.Charon(path)
    charon.ask("load-shared", id="all", type="IKE", data=secret)
    if FOLDER:
        charon.ask("load-cert", type="X509", flag="CA", data=text_of("ca.pem"))
        charon.ask("load-key", type="any", data=text_of("a.key"))
    for i in range(count):
        charon.ask("load-conn", **{f"c{i}": connection(i, own, peer)})
    time.sleep(0.5)
    cpu, rss = {pid: cpu_ns(pid) for pid in pids}, rss_bytes(pids)
    done, seconds = run(charon, count, window)
    time.sleep(0.5)  # the last one's ends
    each = {pid: round((cpu_ns(pid) - cpu[pid]) / 1000 / max(done, 1), 1) for pid in pids}
    rss = rss_bytes(pids) - rss
    print(json.dumps({"done": done, "children": installed(charon), "seconds": round(seconds, 3),
                      "cpu_us": round(sum(each.values()), 1), "cpu_us_of": each,
                      "rss_bytes": round(rss / max(done, 1))}))
    sys.exit(done < count)


main()
