#!/usr/bin/python3
"""Prints the table of esp-d/cipher_known.c: what every algorithm makes of the test packet. Of an AEAD the first 8 bytes
of its ICV, of a cipher the last 8 bytes of the encrypted part, of an integrity algorithm its ICV over the packet as it is.

The modes are built here from AES's single block, so that neither the C libraries' nor anybody's CCM, XCBC or CMAC judges
itself; GCM, ChaCha20-Poly1305 and 3DES come from Debian's python3-cryptography.
"""
import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

MATERIAL = bytes((i * 7 + 1) & 0xFF for i in range(128))
PACKET = bytes(range(256)) * 2
TEXT = 256


def block(key, data):
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(data)


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def cbc_mac(key, data, last=None):
    state = bytes(16)
    for i in range(0, len(data), 16):
        piece = data[i:i + 16]
        if last and i + 16 >= len(data):
            piece = xor(piece, last)
        state = block(key, xor(state, piece))
    return state


def padded(data):
    return data + b"\x80" + bytes(-(len(data) + 1) % 16)


def xcbc(key, data):  # RFC 3566 4
    k1, k2, k3 = (block(key, bytes([n]) * 16) for n in (1, 2, 3))
    whole = data and len(data) % 16 == 0
    return cbc_mac(k1, data if whole else padded(data), k2 if whole else k3)


def double(value):
    n = int.from_bytes(value, "big") << 1
    return ((n & (1 << 128) - 1) ^ (0x87 if n >> 128 else 0)).to_bytes(16, "big")


def cmac(key, data):  # RFC 4493 2.4
    k1 = double(block(key, bytes(16)))
    whole = data and len(data) % 16 == 0
    return cbc_mac(key, data if whole else padded(data), k1 if whole else double(k1))


def ctr(key, first, data):
    out = b""
    for i in range(0, len(data), 16):
        out += xor(data[i:i + 16], block(key, (first + i // 16).to_bytes(16, "big")))
    return out


def ccm_icv(key, nonce, associated, text, n):  # RFC 3610 2.2-2.3, L = 4
    flags = 0x40 | (n - 2) // 2 << 3 | 3
    head = bytes([flags]) + nonce + len(text).to_bytes(4, "big") + len(associated).to_bytes(2, "big") + associated
    head += bytes(-len(head) % 16)
    mac = cbc_mac(key, head + text + bytes(-len(text) % 16))
    return xor(mac, block(key, b"\x03" + nonce + bytes(4)))[:n]


def aead_icv(mode, key_bytes, n):
    salt_bytes = 3 if mode == "ccm" else 4
    key, salt = MATERIAL[:key_bytes], MATERIAL[key_bytes:key_bytes + salt_bytes]
    nonce, text = salt + PACKET[8:16], PACKET[16:16 + TEXT]
    if mode == "ccm":
        return ccm_icv(key, nonce, PACKET[:8], text, n)
    if mode == "gcm":
        return AESGCM(key).encrypt(nonce, text, PACKET[:8])[TEXT:TEXT + n]
    return ChaCha20Poly1305(key).encrypt(nonce, text, PACKET[:8])[TEXT:]


def encrypt(mode, key_bytes):
    key = MATERIAL[:key_bytes]
    if mode == "ctr":
        counter = MATERIAL[key_bytes:key_bytes + 4] + PACKET[8:16] + bytes([0, 0, 0, 1])
        return ctr(key, int.from_bytes(counter, "big"), PACKET[16:16 + TEXT])
    iv_bytes = 8 if mode == "3des" else 16
    algorithm = algorithms.TripleDES(key) if mode == "3des" else algorithms.AES(key)
    iv, text = PACKET[8:8 + iv_bytes], PACKET[8 + iv_bytes:8 + iv_bytes + TEXT]
    return Cipher(algorithm, modes.CBC(iv)).encryptor().update(text)


def mac(name, data):
    keys = {"md5": 16, "sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}
    if name in keys:
        return hmac.new(MATERIAL[64:64 + keys[name]], data, getattr(hashlib, name)).digest()
    return {"aesxcbc": xcbc, "aescmac": cmac}[name](MATERIAL[64:80], data)


def row(encr, key_bits, integ, known):
    print('    {%s, %d, %s, "%s"},' % (encr, key_bits, integ, known.hex()))


def main():
    for mode in ("gcm", "ccm"):
        for n in (8, 12, 16):
            for bits in (128, 192, 256):
                row("ENCR_AES_%s_%d" % (mode.upper(), n), bits, 0, aead_icv(mode, bits // 8, n)[:8])
    row("ENCR_CHACHA20_POLY1305", 0, 0, aead_icv("chacha20", 32, 16)[:8])
    for mode in ("cbc", "ctr"):
        for bits in (128, 192, 256):
            row("ENCR_AES_" + mode.upper(), bits, 0, encrypt(mode, bits // 8)[-8:])
    row("ENCR_3DES", 0, 0, encrypt("3des", 24)[-8:])
    for name, integ, n in (("md5", "HMAC_MD5_96", 12), ("sha1", "HMAC_SHA1_96", 12), ("sha256", "HMAC_SHA2_256_128", 16),
                           ("sha384", "HMAC_SHA2_384_192", 24), ("sha512", "HMAC_SHA2_512_256", 32),
                           ("aesxcbc", "AES_XCBC_96", 12), ("aescmac", "AES_CMAC_96", 12)):
        row("0", 0, "INTEG_" + integ, mac(name, PACKET[:8 + 16 + TEXT])[:n])


main()
