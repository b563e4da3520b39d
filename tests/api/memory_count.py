"""How often each text stands in the memory that a process can write to: PID TEXT..."""
import re
import sys

pid, *texts = sys.argv[1:]
memory = b''
with open(f'/proc/{pid}/maps') as maps, open(f'/proc/{pid}/mem', 'rb') as mem:
    for line in maps:
        area = re.match(r'([0-9a-f]+)-([0-9a-f]+) rw', line)
        if not area:
            continue
        start, end = int(area[1], 16), int(area[2], 16)
        mem.seek(start)
        try:
            memory += mem.read(end - start)
        except OSError:  # not mapped to anything
            pass
print(' '.join(str(memory.count(text.encode())) for text in texts))
