"""Checks the order of layers: who may include whom, and that includes start at the root and the own header comes first.

Reads file names on standard input, prints each offence, exits with 1 when there is one.
"""
import os
import re
import sys

LIB = {
    "lib/core": [],
    "lib/net": ["lib/core"],
    "lib/crypto": ["lib/core", "lib/net"],
    "lib/ipc": ["lib/core", "lib/net", "lib/crypto"],
    "lib/schema": ["lib/core", "lib/net", "lib/crypto"],
    "lib/pki": ["lib/core"],
    "lib/priv": ["lib/core", "lib/net", "lib/crypto", "lib/ipc"],
    "lib/daemon": ["lib/core", "lib/net", "lib/crypto", "lib/ipc", "lib/priv"],
}
IKE = {
    "ike-d/wire": [],
    "ike-d/nego": ["ike-d/wire"],
    "ike-d/key": ["ike-d/wire", "ike-d/nego"],
    "ike-d/sa": ["ike-d/wire", "ike-d/nego", "ike-d/key"],
    "ike-d/exch": ["ike-d/wire", "ike-d/nego", "ike-d/key", "ike-d/sa"],
    "ike-d/link": ["ike-d/wire", "ike-d/nego", "ike-d/key", "ike-d/sa", "ike-d/exch"],
}
PROGRAMS = ["ike-d", "esp-d", "pki-d", "fw-d", "api-d", "ctl", "launcher"]
# Second processes, in the folder of the daemon that they belong to, and whose headers they share beside their own.
SECOND = {"pki-d/verifier": [], "pki-d/importer": ["pki-d/verifier"], "api-d/courier": []}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def layer(path):
    """lib/core, ike-d/wire, or a program's folder; None for generated and system headers."""
    parts = path.split("/")
    if parts[0] == "lib" and len(parts) > 2:
        return "/".join(parts[:2])
    if parts[0] == "ike-d" and len(parts) > 2:
        return "/".join(parts[:2])
    if "/".join(parts[:2]) in SECOND:
        return "/".join(parts[:2])
    return parts[0] if parts[0] in PROGRAMS else None


def is_allowed(source, target):
    if source == target:
        return True
    if source in LIB:
        return target in LIB[source]
    if target in LIB:
        return True
    if source in SECOND:
        return target in SECOND[source]
    if source in IKE:
        # limits and the like, at the folder's root, are data for all layers
        return target in IKE[source] or target == "ike-d"
    if source == "ike-d":
        return target in IKE
    return False


def check(path):
    source = layer(path)
    if source is None:
        return
    own = path[:-1] + "h"
    first = True
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        kind, name = match.groups()
        if path.endswith(".c") and os.path.exists(own) and first and name != own:
            yield number, f"the file's own header \"{own}\" must come first"
        first = False
        if kind == "<" or name.startswith("bulkhead/") or name.startswith("google/"):
            continue
        if not os.path.exists(name):
            yield number, f"\"{name}\" is not a path from the root"
            continue
        target = layer(name)
        if target is None or not is_allowed(source, target):
            yield number, f"{source} may not include \"{name}\""


def main():
    offences = files = 0
    for path in sys.stdin.read().split():
        files += 1
        for number, text in check(path):
            print(f"{path}:{number}: {text}")
            offences += 1
    print(f"{files} files, {offences} offences against the order of layers")
    return 1 if offences or not files else 0


if __name__ == "__main__":
    sys.exit(main())
