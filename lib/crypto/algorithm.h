// The one table of algorithms: IANA transform ids (RFC 7296 3.3.2), names of proposals, sizes, and which of them are
// old.
#ifndef BULKHEAD_CRYPTO_ALGORITHM_H
#define BULKHEAD_CRYPTO_ALGORITHM_H

#include <stdbool.h>
#include <stdint.h>

enum transform_type { // RFC 7296 3.3.2
    TRANSFORM_ENCR = 1,
    TRANSFORM_PRF = 2,
    TRANSFORM_INTEG = 3,
    TRANSFORM_KE = 4,
    TRANSFORM_ESN = 5,
};

enum {
    ENCR_3DES = 3,
    ENCR_AES_CBC = 12,
    ENCR_AES_CTR = 13,
    ENCR_AES_CCM_8 = 14,
    ENCR_AES_CCM_12 = 15,
    ENCR_AES_CCM_16 = 16,
    ENCR_AES_GCM_8 = 18,
    ENCR_AES_GCM_12 = 19,
    ENCR_AES_GCM_16 = 20,
    ENCR_CHACHA20_POLY1305 = 28,
};
enum {
    PRF_HMAC_MD5 = 1,
    PRF_HMAC_SHA1 = 2,
    PRF_AES128_XCBC = 4,
    PRF_HMAC_SHA2_256 = 5,
    PRF_HMAC_SHA2_384 = 6,
    PRF_HMAC_SHA2_512 = 7,
    PRF_AES128_CMAC = 8,
};
enum {
    INTEG_NONE = 0,
    INTEG_HMAC_MD5_96 = 1,
    INTEG_HMAC_SHA1_96 = 2,
    INTEG_AES_XCBC_96 = 5,
    INTEG_AES_CMAC_96 = 8,
    INTEG_HMAC_SHA2_256_128 = 12,
    INTEG_HMAC_SHA2_384_192 = 13,
    INTEG_HMAC_SHA2_512_256 = 14,
};
enum {
    KE_NONE = 0,
    KE_MODP1024 = 2,
    KE_MODP1536 = 5,
    KE_MODP2048 = 14,
    KE_MODP3072 = 15,
    KE_MODP4096 = 16,
    KE_MODP6144 = 17,
    KE_MODP8192 = 18,
    KE_ECP256 = 19,
    KE_ECP384 = 20,
    KE_ECP521 = 21,
    KE_CURVE25519 = 31,
    KE_CURVE448 = 32,
};
enum { ESN_NONE = 0, ESN_EXTENDED = 1 };

enum encr_mode {
    ENCR_MODE_CBC,      // RFC 3602, RFC 2451
    ENCR_MODE_CTR,      // RFC 3686, RFC 5930
    ENCR_MODE_GCM,      // RFC 4106, RFC 5282
    ENCR_MODE_CCM,      // RFC 4309, RFC 5282
    ENCR_MODE_CHACHA20, // with Poly1305, RFC 7634
};

// How a key and a message become a tag.
enum mac_kind {
    MAC_HMAC, // RFC 2104, with `digest`
    MAC_XCBC, // AES-128, RFC 3566
    MAC_CMAC, // AES-128, RFC 4493
};

struct encr_algorithm {
    uint16_t id;
    uint16_t key_bits; // as the Key Length attribute says; 0: it has none (RFC 7296 3.3.5)
    const char *name;  // "aes256gcm16"
    enum encr_mode mode;
    bool aead;
    uint8_t key_bytes;  // without the salt
    uint8_t salt_bytes; // taken from the key material behind the key (RFC 3686 5.1, RFC 4106 8.1, RFC 5282, RFC 7634 2)
    uint8_t iv_bytes;   // in the packet
    uint8_t icv_bytes;  // AEAD alone
    uint8_t block_bytes; // padding: CBC its block; else 1 (ESP still aligns to 4)
    const char *instead; // an old one: what to use instead; else NULL
};
struct integ_algorithm {
    uint16_t id;
    const char *name; // "sha256"
    enum mac_kind mac;
    uint8_t key_bytes;
    uint8_t icv_bytes;
    const char *digest; // OpenSSL's name; MAC_HMAC alone
    const char *instead;
};
struct prf_algorithm {
    uint16_t id;
    const char *name; // "prfsha256"
    enum mac_kind mac;
    uint8_t key_bytes; // preferred key and output size (RFC 7296 2.13)
    const char *digest;
    const char *instead;
};
struct ke_algorithm {
    uint16_t id;
    const char *name;      // "ecp384", "modp2048", "x25519" (also "curve25519")
    uint16_t public_bytes; // of the KE payload's data
    uint16_t shared_bytes;
    const char *instead;
};

// NULL when Bulkhead does not have it.
const struct encr_algorithm *encr_find(uint16_t id, uint16_t key_bits);
const struct integ_algorithm *integ_find(uint16_t id);
const struct prf_algorithm *prf_find(uint16_t id);
const struct ke_algorithm *ke_find(uint16_t id);

// Any row, as a proposal sees it.
struct algorithm {
    enum transform_type type;
    uint16_t id;
    uint16_t key_bits;
    const char *name;
    const char *instead;
};
// The i-th of all rows, by type and from the smallest to the largest; false behind the last.
bool algorithm_at(unsigned i, struct algorithm *ret_algorithm);
// What to use instead of an old algorithm ("aes256"); NULL for one that is good, or not known.
const char *algorithm_instead(enum transform_type type, uint16_t id, uint16_t key_bits);

// The name in proposal notation for any id that IANA has, also those that Bulkhead does not implement ("aes256gcm16",
// "camellia128", "modp768", "noesn"); else its type and number ("encr-1234"). Into out; returns out.
char *transform_format(enum transform_type type, uint16_t id, uint16_t key_bits, char *out, unsigned out_size);

#endif
