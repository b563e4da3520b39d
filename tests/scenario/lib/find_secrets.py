"""Where secrets stand in memory: find_secrets.py NAME=PID... < LINES "LABEL HEX", one secret each.

Prints a line each: the label and the names of the processes in whose readable memory any 16 bytes of it stand (of a long
one a few of them; a whole secret when it is shorter), or "nobody".

    find_secrets.py --charon LOG

prints such lines from a log of strongSwan's charon that tells its keys (levels 4 of ike and chd), the latest of each kind.
"""
import re
import sys

CHUNK_BYTES = 16
ZERO_BYTES = 4096
CHUNKS_MAX = 4 # of a long one, spread over it
# Of what charon tells; hashes, seeds and MACs go over the wire anyway.
SECRET = re.compile(r'shared_Diffie_Hellman|SKEYSEED|Sk_|SK_p|secret$|prf\(secret,|encryption_|integrity_')


def without_zeros(area):
    """Most of what is mapped was never written."""
    blocks = (area[i:i + ZERO_BYTES] for i in range(0, len(area), ZERO_BYTES))
    return b''.join(block for block in blocks if block.count(0) != len(block))


def memory_of(pid):
    areas = []
    with open(f'/proc/{pid}/maps') as maps, open(f'/proc/{pid}/mem', 'rb') as mem:
        for line in maps:
            area = re.match(r'([0-9a-f]+)-([0-9a-f]+) r(.).{2} \S+ \S+ (\S+)\s*(.*)', line)
            if not area or area[5] in ('[vvar]', '[vvar_vclock]', '[vsyscall]'):
                continue
            if area[3] == '-' and area[4] != '0':  # a program's or library's own, as it lies on disk
                continue
            mem.seek(int(area[1], 16))
            try:
                areas.append(without_zeros(mem.read(int(area[2], 16) - int(area[1], 16))))
            except OSError:  # mapped to nothing
                pass
    return b'\0'.join(areas)


def chunks_of(secret):
    if len(secret) < CHUNK_BYTES:
        return [secret]
    chunks = [secret[i:i + CHUNK_BYTES] for i in range(0, len(secret) - CHUNK_BYTES + 1, CHUNK_BYTES)]
    return chunks[::-(-len(chunks) // CHUNKS_MAX)]


def read_charon(log):
    secrets, label = {}, None
    for line in open(log, errors='replace'):
        head = re.search(r'\[(?:IKE|CHD)\] (.*?) => (\d+) bytes @ ', line)
        row = re.search(r'\[(?:IKE|CHD)\] +\d+: ((?:[0-9A-F]{2} ){1,16})', line)
        if head:
            label = head[1].replace(' ', '_')
            secrets[label] = ''
        elif row and label:
            secrets[label] += row[1].replace(' ', '').lower()
        else:
            label = None
    for name, value in secrets.items():
        if SECRET.match(name):
            print(name, value)


def find(processes):
    memory = {name: memory_of(pid) for name, pid in processes}
    for line in sys.stdin:
        label, value = line.split()
        chunks = chunks_of(bytes.fromhex(value))
        found = [name for name in memory if any(chunk in memory[name] for chunk in chunks)]
        print(label, ' '.join(found) or 'nobody')


if sys.argv[1] == '--charon':
    read_charon(sys.argv[2])
else:
    find([argument.split('=') for argument in sys.argv[1:]])
