#!/usr/bin/python3
"""esp-d's packets before strangers, by esp-packet (tests/unit/esp-d/packet_tool.c).

usage: esp_strangers.py scapy ESP_PACKET [long]     scapy opens what esp-d seals, esp-d opens what scapy seals
       esp_strangers.py capture ESP_PACKET FOLDER   packets of every suite that Wireshark knows, and its key table
       esp_strangers.py decoded FOLDER < FIELDS     is what tshark made of them right?

Both modes, both families outside and inside, extended sequence numbers and short ones, both cipher backends.
"""
import hashlib
import hmac
import os
import struct
import subprocess
import sys
import warnings

warnings.filterwarnings("ignore")
from cryptography.hazmat.primitives.ciphers import algorithms  # noqa: E402
from cryptography.hazmat.primitives.cmac import CMAC  # noqa: E402
from scapy.all import IP, TCP, UDP, IPv6, Raw, RawPcapWriter, raw  # noqa: E402
from scapy.layers.ipsec import ESP, SecurityAssociation  # noqa: E402

SPI = 0x1001  # world.h
KEY = bytes((101 + i * 3 + 1) & 0xFF for i in range(72))
HIGH = 5  # half of an extended sequence number
SIZES = (0, 1, 15, 16, 17, 250, 1400)

AEADS = [("aes%dgcm%d" % (bits, icv), "AES-GCM", bits // 8 + 4, icv) for bits in (128, 192, 256) for icv in (8, 12, 16)]
AEADS += [("aes%dccm%d" % (bits, icv), "AES-CCM", bits // 8 + 3, icv) for bits in (128, 192, 256) for icv in (8, 12, 16)]
AEADS += [("chacha20poly1305", "CHACHA20-POLY1305", 36, 16)]
CIPHERS = [("aes%d" % bits, "AES-CBC", bits // 8) for bits in (128, 192, 256)]
CIPHERS += [("aes%dctr" % bits, "AES-CTR", bits // 8 + 4) for bits in (128, 192, 256)]
CIPHERS += [("3des", "3DES", 24)]
MACS = {  # name: scapy's, key bytes, ICV bytes, digest
    "md5": ("HMAC-MD5-96", 16, 12, "md5"),
    "sha1": ("HMAC-SHA1-96", 20, 12, "sha1"),
    "sha256": ("SHA2-256-128", 32, 16, "sha256"),
    "sha384": ("SHA2-384-192", 48, 24, "sha384"),
    "sha512": ("SHA2-512-256", 64, 32, "sha512"),
    "aescmac": ("AES-CMAC-96", 16, 12, None),
}
WIRESHARK_CIPHERS = {  # of Debian 12's; newer ones have ChaCha20-Poly1305
    "AES-CBC": "AES-CBC [RFC3602]",
    "AES-CTR": "AES-CTR [RFC3686]",
    "3DES": "TripleDES-CBC [RFC2451]",
    "AES-GCM": "AES-GCM with %d octet ICV [RFC4106]",
}
WIRESHARK_MACS = {
    "md5": "HMAC-MD5-96 [RFC2403]",
    "sha1": "HMAC-SHA-1-96 [RFC2404]",
    "sha256": "HMAC-SHA-256-128 [RFC4868]",
    "sha384": "HMAC-SHA-384-192 [RFC4868]",
    "sha512": "HMAC-SHA-512-256 [RFC4868]",
}


class Suite:
    def __init__(self, name, cipher, key_bytes, icv, mac=None):
        self.name, self.cipher, self.icv, self.mac = name, cipher, icv, mac
        self.key = KEY[:key_bytes]
        self.mac_key = KEY[8:8 + MACS[mac][1]] if mac else None

    def association(self, outer, esn):
        return SecurityAssociation(
            ESP, spi=SPI, crypt_algo=self.cipher, crypt_key=self.key, crypt_icv_size=None if self.mac else self.icv,
            auth_algo=MACS[self.mac][0] if self.mac else None, auth_key=self.mac_key, tunnel_header=outer, esn_en=esn,
            esn=HIGH if esn else 0)

    def icv_of(self, data):
        digest = MACS[self.mac][3]
        if digest:
            return hmac.new(self.mac_key, data, getattr(hashlib, digest)).digest()[:self.icv]
        state = CMAC(algorithms.AES(self.mac_key))
        state.update(data)
        return state.finalize()[:self.icv]

    def has_random_iv(self):
        return self.cipher in ("AES-CBC", "3DES")


def suites():
    for row in AEADS:
        yield Suite(*row)
    for name, cipher, key_bytes in CIPHERS:
        for mac, (_, _, icv, _) in MACS.items():
            yield Suite("%s-%s" % (name, mac), cipher, key_bytes, icv, mac)


class EspD:
    """One esp-packet."""

    def __init__(self, program, backend):
        self.backend = backend
        self.process = subprocess.Popen([program, backend], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def say(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        return self.process.stdout.readline().strip()

    def ask(self, *words):
        answer = self.say(*words)
        try:
            return bytes.fromhex(answer)
        except ValueError:
            raise SystemExit("%s: %s: %s" % (self.backend, " ".join(str(w) for w in words[:4]), answer)) from None


def inner_packet(family, size, number):
    ip = IP(src="10.1.0.2", dst="10.2.0.2") if family == 4 else IPv6(src="fd00:1::2", dst="fd00:2::2")
    upper = UDP(sport=7, dport=9) if number % 2 else TCP(sport=7, dport=9)
    return type(ip)(raw(ip / upper / Raw(bytes(i * 7 & 0xFF for i in range(size)))))


def outer_header(family, last=2):
    if family == 4:
        return IP(src="192.0.2.1", dst="192.0.2.%d" % last)
    return IPv6(src="2001:db8::1", dst="2001:db8::%x" % last)


class Case:
    """One suite, mode, family inside and ESN, between scapy and one esp-packet."""

    def __init__(self, esp_d, suite, mode, family, esn):
        self.esp_d, self.suite, self.mode, self.family, self.esn = esp_d, suite, mode, family, esn
        self.name = suite.name + ("-esn" if esn else "-noesn")
        # In tunnel mode the other family outside.
        self.outer = outer_header(10 - family) if mode == "tunnel" else None
        self.association = suite.association(self.outer, esn)

    def fail(self, what, size):
        raise SystemExit("%s, %s, IPv%d, %d bytes: %s (%s)" % (self.name, self.mode, self.family, size, what,
                                                              self.esp_d.backend))

    def scapy_seals(self, inner, low, sequence):
        iv = None if self.suite.has_random_iv() else struct.pack(">Q", sequence)
        esp = raw(self.association.encrypt(inner, seq_num=low, iv=iv)[ESP])
        if self.suite.cipher == "AES-GCM":  # a short ICV is the long one's beginning (RFC 4106 6)
            return esp[:len(esp) - (16 - self.suite.icv)]
        if self.esn and self.suite.mac:  # scapy's ICV has no long numbers with HMAC and CMAC (RFC 4303 2.2.1)
            clear = esp[:-self.suite.icv]
            return clear + self.suite.icv_of(clear + struct.pack(">L", HIGH))
        return esp

    def scapy_opens(self, esp):
        if self.esn and self.suite.mac:
            clear, icv = esp[:-self.suite.icv], esp[-self.suite.icv:]
            if icv != self.suite.icv_of(clear + struct.pack(">L", HIGH)):
                raise ValueError("wrong ICV")
            esp = clear + self.suite.icv_of(clear)
        header = self.outer.copy() if self.outer else inner_packet(self.family, 0, 0).copy()
        header.remove_payload()
        if header.version == 4:
            del header.len, header.chksum
            header.proto = 50
        else:
            del header.plen
            header.nh = 50
        whole = type(header)(raw(header / ESP(esp)))
        return self.association.decrypt(whole)

    def check_same(self, got, inner, size, who):
        header = 20 if self.family == 4 else 40
        start = 0 if self.mode == "tunnel" else header  # in transport mode the header is a new one
        if got[start:] != raw(inner)[start:]:
            self.fail("not what %s sealed" % who, size)
        if got[header - (8 if header == 20 else 32):header] != raw(inner)[header - (8 if header == 20 else 32):header]:
            self.fail("other addresses", size)

    def run(self, size, low):
        sequence = (HIGH << 32 | low) if self.esn else low
        inner = inner_packet(self.family, size, low)
        theirs = self.scapy_seals(inner, low, sequence)
        family = self.outer.version if self.outer else self.family
        forged = theirs[:-1] + bytes([theirs[-1] ^ 1])
        if self.esp_d.say("open", self.name, self.mode, sequence, forged.hex(), family) != "integrity":
            self.fail("took a forged packet", size)
        got = self.esp_d.ask("open", self.name, self.mode, sequence, theirs.hex(), family)
        self.check_same(got, inner, size, "scapy")
        ours = self.esp_d.ask("seal", self.name, self.mode, sequence, raw(inner).hex())
        if self.suite.cipher == "AES-GCM" and self.suite.icv != 16:  # scapy opens none of these
            if ours != theirs:
                self.fail("not what scapy seals", size)
        else:
            self.check_same(raw(self.scapy_opens(ours)), inner, size, "esp-d")


def scapy_matrix(program, long):
    counts = {"cases": 0, "packets": 0, "suites": 0}
    for backend in ("ipsec-mb", "openssl"):
        esp_d = EspD(program, backend)
        for index, suite in enumerate(suites()):
            counts["suites"] += backend == "openssl"
            if backend == "ipsec-mb" and suite.cipher == "AES-CCM" and len(suite.key) == 27:
                continue  # it has none
            for mode, family, esn in ((m, f, e) for m in ("tunnel", "transport") for f in (4, 6) for e in (False, True)):
                case = Case(esp_d, suite, mode, family, esn)
                counts["cases"] += 1
                sizes = SIZES if long else (SIZES[(index + counts["cases"]) % len(SIZES)],)
                for number, size in enumerate(sizes, 1):
                    case.run(size, number)
                    counts["packets"] += 2
    print("%(suites)d suites, %(cases)d cases, %(packets)d packets" % counts)


def capture(program, folder):
    """Outer addresses tell the suites apart, which all have one SPI."""
    esp_d, packets, table, expected = EspD(program, "ipsec-mb"), [], [], []
    known = [s for s in suites() if s.cipher in WIRESHARK_CIPHERS and (not s.mac or s.mac in WIRESHARK_MACS)]
    for number, suite in enumerate(known, 10):
        cipher = WIRESHARK_CIPHERS[suite.cipher]
        for family in (4, 6):
            outer = outer_header(family, number)
            table.append('"IPv%d","%s","%s","0x%08x","%s","0x%s","%s","0x%s"' % (
                family, outer.src, outer.dst, SPI, cipher if suite.mac else cipher % suite.icv, suite.key.hex(),
                WIRESHARK_MACS[suite.mac] if suite.mac else "NULL", suite.mac_key.hex() if suite.mac else ""))
            for sequence, inside in enumerate((4, 6), 1):
                inner = inner_packet(inside, 100 + number, 1)
                esp = esp_d.ask("seal", suite.name, "tunnel", sequence, raw(inner).hex())
                whole = outer.copy() / ESP(esp)
                whole[type(outer)].setfieldval("proto" if family == 4 else "nh", 50)
                packets.append(raw(whole))
                expected.append("%s %d %d" % (suite.name, inside, len(raw(inner))))
    packets.append(packets[-1][:-1] + bytes([packets[-1][-1] ^ 1]))
    expected.append("forged")
    with RawPcapWriter(os.path.join(folder, "esp.pcap"), linktype=101) as writer:
        for packet in packets:
            writer.write(packet)
    for name, lines in (("esp_sa", table), ("expected", expected)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write("".join(line + "\n" for line in lines))


def decoded(folder):
    """A line of fields: good ICV, bad ICV, lengths of IPv4 packets, payload lengths of IPv6 ones, UDP lengths."""
    with open(os.path.join(folder, "expected"), encoding="utf-8") as f:
        expected = [line.split() for line in f]
    lines = [line.rstrip("\n").split("\t") for line in sys.stdin]
    if len(lines) != len(expected):
        raise SystemExit("%d packets decoded, %d expected" % (len(lines), len(expected)))
    for (suite, *inside), (icv_good, icv_bad, v4, v6, udp) in zip(expected, lines):
        if (icv_good, icv_bad) != (("0", "1") if suite == "forged" else ("1", "0")):
            raise SystemExit("%s: ICV good %s, bad %s" % (suite, icv_good, icv_bad))
        if suite == "forged":
            continue
        lengths = v4.split(",") if inside[0] == "4" else [str(int(x) + 40) for x in v6.split(",") if x]
        if inside[1] not in lengths or udp != str(int(inside[1]) - (20 if inside[0] == "4" else 40)):
            raise SystemExit("%s: IPv%s of %s bytes is not seen: %s, %s, %s" % (suite, *inside, v4, v6, udp))
    print("%d packets of %d suites, and a forged one" % (len(lines) - 1, len({e[0] for e in expected}) - 1))


if sys.argv[1] == "scapy":
    scapy_matrix(sys.argv[2], len(sys.argv) > 3)
elif sys.argv[1] == "capture":
    capture(*sys.argv[2:4])
else:
    decoded(sys.argv[2])
