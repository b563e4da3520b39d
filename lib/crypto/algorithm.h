// The one table of algorithms: IANA transform ids (RFC 7296 3.3.2), names of proposals, sizes.
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

enum { ENCR_AES_CBC = 12, ENCR_AES_GCM_16 = 20 };
enum { PRF_HMAC_SHA1 = 2, PRF_HMAC_SHA2_256 = 5, PRF_HMAC_SHA2_384 = 6, PRF_HMAC_SHA2_512 = 7 };
enum {
    INTEG_NONE = 0,
    INTEG_HMAC_SHA1_96 = 2,
    INTEG_HMAC_SHA2_256_128 = 12,
    INTEG_HMAC_SHA2_384_192 = 13,
    INTEG_HMAC_SHA2_512_256 = 14,
};
enum {
    KE_NONE = 0,
    KE_MODP2048 = 14,
    KE_MODP3072 = 15,
    KE_MODP4096 = 16,
    KE_ECP256 = 19,
    KE_ECP384 = 20,
    KE_ECP521 = 21,
    KE_CURVE25519 = 31,
};

struct encr_algorithm {
    uint16_t id;
    uint16_t key_bits; // as the Key Length attribute says
    const char *name;  // "aes256gcm16"
    bool aead;
    uint8_t key_bytes;   // without the salt
    uint8_t salt_bytes;  // taken from the key material behind the key (RFC 4106 8.1, RFC 5282)
    uint8_t iv_bytes;    // in the packet
    uint8_t icv_bytes;   // AEAD alone
    uint8_t block_bytes; // padding: CBC 16; AEAD 1 (ESP still aligns to 4)
};
struct integ_algorithm {
    uint16_t id;
    const char *name; // "sha256"
    uint8_t key_bytes;
    uint8_t icv_bytes;
    const char *digest; // OpenSSL's name
};
struct prf_algorithm {
    uint16_t id;
    const char *name;  // "prfsha256"
    uint8_t key_bytes; // preferred key and output size (RFC 7296 2.13)
    const char *digest;
};
struct ke_algorithm {
    uint16_t id;
    const char *name;      // "ecp384", "modp2048", "x25519" (also "curve25519")
    uint16_t public_bytes; // of the KE payload's data
    uint16_t shared_bytes;
};

// NULL when Bulkhead does not have it.
const struct encr_algorithm *encr_find(uint16_t id, uint16_t key_bits);
const struct integ_algorithm *integ_find(uint16_t id);
const struct prf_algorithm *prf_find(uint16_t id);
const struct ke_algorithm *ke_find(uint16_t id);
// The name in proposal notation for any id that IANA has, also those that Bulkhead does not implement ("aes256gcm16",
// "3des", "prfmd5", "sha1", "modp1024", "noesn"); else its type and number ("encr-1234"). Into out; returns out.
char *transform_format(enum transform_type type, uint16_t id, uint16_t key_bits, char *out, unsigned out_size);

#endif
