#!/usr/bin/env python3
"""Keeps the results of benchmarks in one JSON file, and prints them as a table.

usage: result.py FILE add NAME BULKHEAD PEER PEER_VALUE UNIT ROUNDS less|more     values of all rounds, "1.2 1.3 1.1"
       result.py FILE table [PREFIX]
The median counts. ratio says how many times better Bulkhead is: less or more of the unit is better. PEER is what the
value is compared with; "limit" is one that was set beforehand.
"""
import json
import os
import statistics
import sys


def load(path):
    try:
        with open(path) as f:
            return json.load(f)
    except FileNotFoundError:
        return []


def store(path, results):
    with open(path + ".new", "w") as f:
        json.dump(results, f, indent=1)
        f.write("\n")
    os.replace(path + ".new", path)


def median(text):
    return round(statistics.median(float(value) for value in text.split()), 4)


def add(path, name, ours, peer, theirs, unit, rounds, better):
    ours, theirs = median(ours), median(theirs)
    ratio = round((theirs / ours if better == "less" else ours / theirs), 2) if ours and theirs else 0
    result = {"name": name, "bulkhead": ours, "peer": peer, "peer_value": theirs, "ratio": ratio, "unit": unit,
              "rounds": int(rounds)}
    store(path, [r for r in load(path) if (r["name"], r["peer"]) != (name, peer)] + [result])


def table(path, prefix=""):
    print(f"{'':38} {'Bulkhead':>10} {'':>20} {'':>10} {'unit':<10} {'times better':>12} {'rounds':>6}")
    for r in load(path):
        if r["name"].startswith(prefix):
            print(f"{r['name']:38} {r['bulkhead']:>10g} {r['peer']:>20} {r['peer_value']:>10g} {r['unit']:<10} "
                  f"{r['ratio']:>12} {r['rounds']:>6}")


if __name__ == "__main__":
    {"add": add, "table": table}[sys.argv[2]](sys.argv[1], *sys.argv[3:])
