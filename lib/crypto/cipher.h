// Sealing and opening one packet: an AEAD (RFC 5282, RFC 4106, RFC 4309, RFC 7634) or encrypt-then-MAC with CBC or CTR
// and an HMAC, XCBC or CMAC (RFC 7296 3.14, RFC 3686). Both have the same layout
//
//     associated data | IV | text | ICV
//
// where the ICV covers everything before it. Knows nothing of payloads; the caller pads the text and chooses the IV.
#ifndef BULKHEAD_CRYPTO_CIPHER_H
#define BULKHEAD_CRYPTO_CIPHER_H

#include "lib/core/bytes.h"
#include "lib/core/secret.h"
#include "lib/crypto/algorithm.h"

// One direction's algorithms and keys. There are many, so that keys take no more room than they need. All zero is an
// empty one.
struct cipher {
    const struct encr_algorithm *encr;
    const struct integ_algorithm *integ; // NULL with an AEAD
    uint8_t *keys;                       // in secret memory: the one for encryption, its salt, the one for integrity
};

// Keys are copied; their sizes must be the algorithms' (encr key_bytes + salt_bytes, integ key_bytes), and integ NULL
// exactly with an AEAD, else -EINVAL. -ENOMEM. On failure the cipher is as it was.
int cipher_init(struct cipher *cipher, const struct encr_algorithm *encr, struct bytes encr_key,
                const struct integ_algorithm *integ, struct bytes integ_key);
// Lets the keys go; it is an empty one then.
void cipher_wipe(struct cipher *cipher);
// With the salt behind it.
struct bytes cipher_encr_key(const struct cipher *cipher);
// Empty with an AEAD.
struct bytes cipher_integ_key(const struct cipher *cipher);

size_t cipher_icv_bytes(const struct cipher *cipher);
// Bytes that the packet needs besides associated data and padded text: IV and ICV.
size_t cipher_overhead_bytes(const struct cipher *cipher);

// Encrypts the text in place and writes the ICV. `packet` has all n bytes of the layout, the first aad_n are associated
// data, the IV is filled in. -EINVAL when the sizes don't fit (text no multiple of the block), -EIO when OpenSSL fails.
int cipher_seal(const struct cipher *cipher, uint8_t *packet, size_t n, size_t aad_n);

// Checks the ICV in constant time, then decrypts into ret_text, which needs packet.n - aad_n bytes and may not overlap
// the packet. Returns the length of the text (padding included), or -EBADMSG: not authentic or sizes that don't fit;
// then ret_text is wiped. -EIO when OpenSSL fails.
int cipher_open(const struct cipher *cipher, struct bytes packet, size_t aad_n, uint8_t *ret_text);

#endif
