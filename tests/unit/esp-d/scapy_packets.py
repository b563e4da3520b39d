#!/usr/bin/python3
"""Writes scapy_packets.txt: ESP packets made by an encoder that is not ours, for test_scapy.c.

A line: suite, sequence number, ESP packet, inner packet (hex). Keys are world.h's for side 1; run it with Debian's
python3-scapy when a suite is added:  tests/unit/esp-d/scapy_packets.py > tests/unit/esp-d/scapy_packets.txt
"""
import hashlib
import hmac
import struct

from scapy.all import IP, TCP, UDP, IPv6, Raw, raw
from scapy.layers.ipsec import ESP, SecurityAssociation

SUITES = [  # name, cipher, key bytes with salt, ICV bytes of an AEAD, integrity, its key bytes; "-esn": long numbers
    ("aes128gcm16", "AES-GCM", 20, 16, None, 0),
    ("aes256gcm16", "AES-GCM", 36, 16, None, 0),
    ("aes128-sha1", "AES-CBC", 16, None, "HMAC-SHA1-96", 20),
    ("aes128-sha256", "AES-CBC", 16, None, "SHA2-256-128", 32),
    ("aes256-sha256", "AES-CBC", 32, None, "SHA2-256-128", 32),
    ("aes256-sha384", "AES-CBC", 32, None, "SHA2-384-192", 48),
    ("aes256-sha512", "AES-CBC", 32, None, "SHA2-512-256", 64),
    ("aes192gcm8", "AES-GCM", 28, 8, None, 0),
    ("aes256gcm12", "AES-GCM", 36, 12, None, 0),
    ("aes128ccm8", "AES-CCM", 19, 8, None, 0),
    ("aes192ccm12", "AES-CCM", 27, 12, None, 0),
    ("aes256ccm16", "AES-CCM", 35, 16, None, 0),
    ("chacha20poly1305", "CHACHA20-POLY1305", 36, 16, None, 0),
    ("aes192-md5", "AES-CBC", 24, None, "HMAC-MD5-96", 16),
    ("aes128ctr-aescmac", "AES-CTR", 20, None, "AES-CMAC-96", 16),
    ("aes192ctr-sha256", "AES-CTR", 28, None, "SHA2-256-128", 32),
    ("3des-sha1", "3DES", 24, None, "HMAC-SHA1-96", 20),
    ("aes256gcm16-esn", "AES-GCM", 36, 16, None, 0),
    ("aes192ccm16-esn", "AES-CCM", 27, 16, None, 0),
    ("aes256ccm8-esn", "AES-CCM", 35, 8, None, 0),
    ("chacha20poly1305-esn", "CHACHA20-POLY1305", 36, 16, None, 0),
    ("aes128-sha1-esn", "AES-CBC", 16, None, "HMAC-SHA1-96", 20),
]
HIGH = 5  # half of an extended sequence number
KEY = bytes((101 + i * 3 + 1) & 0xFF for i in range(72))


def inner_packets():
    for size in (0, 1, 2, 15, 16, 17, 250):
        yield IP(src="10.1.0.2", dst="10.2.0.2") / UDP(sport=7, dport=9) / Raw((bytes(range(256)) * 6)[:size])
        yield IPv6(src="fd00:1::2", dst="fd00:2::2") / TCP(sport=7, dport=9) / Raw(b"x" * size)


def extended_icv(esp, key):
    """scapy's ICV knows no extended numbers with HMAC (RFC 4303 2.2.1): made again, with the high half behind."""
    return esp[:-12] + hmac.new(key, esp[:-12] + struct.pack(">L", HIGH), hashlib.sha1).digest()[:12]


def transport():
    sa = SecurityAssociation(ESP, spi=0x1001, crypt_algo="AES-GCM", crypt_key=KEY[:36])
    for sequence, packet in enumerate(inner_packets(), 1):
        inner = raw(packet)
        esp = raw(sa.encrypt(type(packet)(inner), seq_num=sequence, iv=struct.pack(">Q", sequence))[ESP])
        print("transport", sequence, esp.hex(), inner.hex())


def main():
    for name, cipher, key_bytes, icv_bytes, integrity, integrity_bytes in SUITES:
        esn = name.endswith("-esn")
        sa = SecurityAssociation(ESP, spi=0x1001, crypt_algo=cipher, crypt_key=KEY[:key_bytes],
                                 crypt_icv_size=icv_bytes, auth_algo=integrity,
                                 auth_key=KEY[8:8 + integrity_bytes] if integrity else None,
                                 tunnel_header=IP(src="192.0.2.1", dst="192.0.2.2"), esn_en=esn, esn=HIGH if esn else 0)
        for low, packet in enumerate(inner_packets(), 0 if esn else 1):
            inner = raw(packet)
            whole = type(packet)(inner)
            sequence = (HIGH << 32 | low) if esn else low
            iv = None if "CBC" in cipher or cipher == "3DES" else struct.pack(">Q", sequence)
            sa.seq_num = low
            esp = raw(sa.encrypt(whole, seq_num=low, iv=iv)[ESP])
            if cipher == "AES-GCM":  # a short ICV is the long one's beginning (RFC 4106 6), which scapy does not cut
                esp = esp[:len(esp) - (16 - icv_bytes)]
            if esn and integrity:
                esp = extended_icv(esp, KEY[8:8 + integrity_bytes])
            print(name, sequence, esp.hex(), inner.hex())
    transport()


main()
