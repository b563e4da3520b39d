"""esp_numbers.py FILE.pcap: prints how many ESP-in-UDP packets there are, of how many SPIs, and how many (SPI, sequence) repeat.

Reads a pcap of Ethernet frames itself, since a long capture has millions of packets.
"""
import struct
import sys

UDP = 17


def frames(path):
    with open(path, "rb") as file:
        header = file.read(24)
        order = "<" if header[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
        while len(record := file.read(16)) == 16:
            size = struct.unpack(order + "IIII", record)[2]
            yield file.read(size)


def payload(frame):
    """The UDP payload of port 4500, or None."""
    kind = frame[12:14]
    if kind == b"\x08\x00":
        if frame[23] != UDP:
            return None
        start = 14 + (frame[14] & 15) * 4
    elif kind == b"\x86\xdd":
        if frame[20] != UDP:
            return None
        start = 54
    else:
        return None
    return frame[start + 8:] if b"\x11\x94" in (frame[start:start + 2], frame[start + 2:start + 4]) else None


def main():
    seen = set()
    spis = set()
    packets = repeated = 0
    for frame in frames(sys.argv[1]):
        data = payload(frame)
        if data is None or len(data) < 8 or data[:4] == b"\0\0\0\0":
            continue  # the non-ESP marker: IKE
        packets += 1
        spis.add(data[:4])
        repeated += data[:8] in seen
        seen.add(data[:8])
    print(packets, len(spis), repeated)


main()
