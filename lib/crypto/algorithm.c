#include "lib/crypto/algorithm.h"

#include <stddef.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static const struct encr_algorithm encr_table[] = {
    {.id = ENCR_AES_CBC,
     .key_bits = 128,
     .name = "aes128",
     .aead = false,
     .key_bytes = 16,
     .salt_bytes = 0,
     .iv_bytes = 16,
     .icv_bytes = 0,
     .block_bytes = 16},
    {.id = ENCR_AES_CBC,
     .key_bits = 256,
     .name = "aes256",
     .aead = false,
     .key_bytes = 32,
     .salt_bytes = 0,
     .iv_bytes = 16,
     .icv_bytes = 0,
     .block_bytes = 16},
    {.id = ENCR_AES_GCM_16,
     .key_bits = 128,
     .name = "aes128gcm16",
     .aead = true,
     .key_bytes = 16,
     .salt_bytes = 4,
     .iv_bytes = 8,
     .icv_bytes = 16,
     .block_bytes = 1},
    {.id = ENCR_AES_GCM_16,
     .key_bits = 256,
     .name = "aes256gcm16",
     .aead = true,
     .key_bytes = 32,
     .salt_bytes = 4,
     .iv_bytes = 8,
     .icv_bytes = 16,
     .block_bytes = 1},
};

// RFC 2404, RFC 4868: the ICV is the digest's first half (SHA-1: 96 bits), the key as long as the digest.
static const struct integ_algorithm integ_table[] = {
    {.id = INTEG_HMAC_SHA1_96, .name = "sha1", .key_bytes = 20, .icv_bytes = 12, .digest = "SHA1"},
    {.id = INTEG_HMAC_SHA2_256_128, .name = "sha256", .key_bytes = 32, .icv_bytes = 16, .digest = "SHA256"},
    {.id = INTEG_HMAC_SHA2_384_192, .name = "sha384", .key_bytes = 48, .icv_bytes = 24, .digest = "SHA384"},
    {.id = INTEG_HMAC_SHA2_512_256, .name = "sha512", .key_bytes = 64, .icv_bytes = 32, .digest = "SHA512"},
};

static const struct prf_algorithm prf_table[] = {
    {.id = PRF_HMAC_SHA1, .name = "prfsha1", .key_bytes = 20, .digest = "SHA1"},
    {.id = PRF_HMAC_SHA2_256, .name = "prfsha256", .key_bytes = 32, .digest = "SHA256"},
    {.id = PRF_HMAC_SHA2_384, .name = "prfsha384", .key_bytes = 48, .digest = "SHA384"},
    {.id = PRF_HMAC_SHA2_512, .name = "prfsha512", .key_bytes = 64, .digest = "SHA512"},
};

static const struct ke_algorithm ke_table[] = {
    {.id = KE_MODP2048, .name = "modp2048", .public_bytes = 256, .shared_bytes = 256},
    {.id = KE_MODP3072, .name = "modp3072", .public_bytes = 384, .shared_bytes = 384},
    {.id = KE_MODP4096, .name = "modp4096", .public_bytes = 512, .shared_bytes = 512},
    {.id = KE_ECP256, .name = "ecp256", .public_bytes = 64, .shared_bytes = 32},
    {.id = KE_ECP384, .name = "ecp384", .public_bytes = 96, .shared_bytes = 48},
    {.id = KE_ECP521, .name = "ecp521", .public_bytes = 132, .shared_bytes = 66},
    {.id = KE_CURVE25519, .name = "x25519", .public_bytes = 32, .shared_bytes = 32},
};

const struct encr_algorithm *encr_find(uint16_t id, uint16_t key_bits)
{
    for (size_t i = 0; i < COUNT_OF(encr_table); i++)
        if (encr_table[i].id == id && encr_table[i].key_bits == key_bits)
            return &encr_table[i];
    return NULL;
}

const struct integ_algorithm *integ_find(uint16_t id)
{
    for (size_t i = 0; i < COUNT_OF(integ_table); i++)
        if (integ_table[i].id == id)
            return &integ_table[i];
    return NULL;
}

const struct prf_algorithm *prf_find(uint16_t id)
{
    for (size_t i = 0; i < COUNT_OF(prf_table); i++)
        if (prf_table[i].id == id)
            return &prf_table[i];
    return NULL;
}

const struct ke_algorithm *ke_find(uint16_t id)
{
    for (size_t i = 0; i < COUNT_OF(ke_table); i++)
        if (ke_table[i].id == id)
            return &ke_table[i];
    return NULL;
}
