#include "lib/crypto/algorithm.h"

#include <stddef.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

// clang-format off
// id, Key Length, name, mode, AEAD, key, salt, IV, ICV and block bytes, instead
static const struct encr_algorithm encr_table[] = {
    {ENCR_3DES, 0, "3des", ENCR_MODE_CBC, false, 24, 0, 8, 0, 8, "aes256"},
    {ENCR_AES_CBC, 128, "aes128", ENCR_MODE_CBC, false, 16, 0, 16, 0, 16, NULL},
    {ENCR_AES_CBC, 192, "aes192", ENCR_MODE_CBC, false, 24, 0, 16, 0, 16, NULL},
    {ENCR_AES_CBC, 256, "aes256", ENCR_MODE_CBC, false, 32, 0, 16, 0, 16, NULL},
    {ENCR_AES_CTR, 128, "aes128ctr", ENCR_MODE_CTR, false, 16, 4, 8, 0, 1, NULL},
    {ENCR_AES_CTR, 192, "aes192ctr", ENCR_MODE_CTR, false, 24, 4, 8, 0, 1, NULL},
    {ENCR_AES_CTR, 256, "aes256ctr", ENCR_MODE_CTR, false, 32, 4, 8, 0, 1, NULL},
    {ENCR_AES_CCM_8, 128, "aes128ccm8", ENCR_MODE_CCM, true, 16, 3, 8, 8, 1, NULL},
    {ENCR_AES_CCM_8, 192, "aes192ccm8", ENCR_MODE_CCM, true, 24, 3, 8, 8, 1, NULL},
    {ENCR_AES_CCM_8, 256, "aes256ccm8", ENCR_MODE_CCM, true, 32, 3, 8, 8, 1, NULL},
    {ENCR_AES_CCM_12, 128, "aes128ccm12", ENCR_MODE_CCM, true, 16, 3, 8, 12, 1, NULL},
    {ENCR_AES_CCM_12, 192, "aes192ccm12", ENCR_MODE_CCM, true, 24, 3, 8, 12, 1, NULL},
    {ENCR_AES_CCM_12, 256, "aes256ccm12", ENCR_MODE_CCM, true, 32, 3, 8, 12, 1, NULL},
    {ENCR_AES_CCM_16, 128, "aes128ccm16", ENCR_MODE_CCM, true, 16, 3, 8, 16, 1, NULL},
    {ENCR_AES_CCM_16, 192, "aes192ccm16", ENCR_MODE_CCM, true, 24, 3, 8, 16, 1, NULL},
    {ENCR_AES_CCM_16, 256, "aes256ccm16", ENCR_MODE_CCM, true, 32, 3, 8, 16, 1, NULL},
    {ENCR_AES_GCM_8, 128, "aes128gcm8", ENCR_MODE_GCM, true, 16, 4, 8, 8, 1, NULL},
    {ENCR_AES_GCM_8, 192, "aes192gcm8", ENCR_MODE_GCM, true, 24, 4, 8, 8, 1, NULL},
    {ENCR_AES_GCM_8, 256, "aes256gcm8", ENCR_MODE_GCM, true, 32, 4, 8, 8, 1, NULL},
    {ENCR_AES_GCM_12, 128, "aes128gcm12", ENCR_MODE_GCM, true, 16, 4, 8, 12, 1, NULL},
    {ENCR_AES_GCM_12, 192, "aes192gcm12", ENCR_MODE_GCM, true, 24, 4, 8, 12, 1, NULL},
    {ENCR_AES_GCM_12, 256, "aes256gcm12", ENCR_MODE_GCM, true, 32, 4, 8, 12, 1, NULL},
    {ENCR_AES_GCM_16, 128, "aes128gcm16", ENCR_MODE_GCM, true, 16, 4, 8, 16, 1, NULL},
    {ENCR_AES_GCM_16, 192, "aes192gcm16", ENCR_MODE_GCM, true, 24, 4, 8, 16, 1, NULL},
    {ENCR_AES_GCM_16, 256, "aes256gcm16", ENCR_MODE_GCM, true, 32, 4, 8, 16, 1, NULL},
    {ENCR_CHACHA20_POLY1305, 0, "chacha20poly1305", ENCR_MODE_CHACHA20, true, 32, 4, 8, 16, 1, NULL},
};

// id, name, MAC, key and ICV bytes, digest, instead. RFC 2403, RFC 2404, RFC 4868, RFC 3566, RFC 4494: the ICV is the
// tag cut short, the key as long as the digest or the cipher's key.
static const struct integ_algorithm integ_table[] = {
    {INTEG_HMAC_MD5_96, "md5", MAC_HMAC, 16, 12, "MD5", "sha256"},
    {INTEG_HMAC_SHA1_96, "sha1", MAC_HMAC, 20, 12, "SHA1", NULL},
    {INTEG_AES_XCBC_96, "aesxcbc", MAC_XCBC, 16, 12, NULL, NULL},
    {INTEG_AES_CMAC_96, "aescmac", MAC_CMAC, 16, 12, NULL, NULL},
    {INTEG_HMAC_SHA2_256_128, "sha256", MAC_HMAC, 32, 16, "SHA256", NULL},
    {INTEG_HMAC_SHA2_384_192, "sha384", MAC_HMAC, 48, 24, "SHA384", NULL},
    {INTEG_HMAC_SHA2_512_256, "sha512", MAC_HMAC, 64, 32, "SHA512", NULL},
};

// id, name, MAC, key bytes, digest, instead
static const struct prf_algorithm prf_table[] = {
    {PRF_HMAC_MD5, "prfmd5", MAC_HMAC, 16, "MD5", "prfsha256"},
    {PRF_HMAC_SHA1, "prfsha1", MAC_HMAC, 20, "SHA1", NULL},
    {PRF_AES128_XCBC, "prfaesxcbc", MAC_XCBC, 16, NULL, NULL},
    {PRF_AES128_CMAC, "prfaescmac", MAC_CMAC, 16, NULL, NULL},
    {PRF_HMAC_SHA2_256, "prfsha256", MAC_HMAC, 32, "SHA256", NULL},
    {PRF_HMAC_SHA2_384, "prfsha384", MAC_HMAC, 48, "SHA384", NULL},
    {PRF_HMAC_SHA2_512, "prfsha512", MAC_HMAC, 64, "SHA512", NULL},
};

// id, name, public and shared bytes, instead
static const struct ke_algorithm ke_table[] = {
    {KE_MODP1024, "modp1024", 128, 128, "modp2048"},
    {KE_MODP1536, "modp1536", 192, 192, "modp2048"},
    {KE_MODP2048, "modp2048", 256, 256, NULL},
    {KE_MODP3072, "modp3072", 384, 384, NULL},
    {KE_MODP4096, "modp4096", 512, 512, NULL},
    {KE_MODP6144, "modp6144", 768, 768, NULL},
    {KE_MODP8192, "modp8192", 1024, 1024, NULL},
    {KE_ECP256, "ecp256", 64, 32, NULL},
    {KE_ECP384, "ecp384", 96, 48, NULL},
    {KE_ECP521, "ecp521", 132, 66, NULL},
    {KE_CURVE25519, "x25519", 32, 32, NULL},
    {KE_CURVE448, "x448", 56, 56, NULL},
};
// clang-format on

static const struct algorithm esn_table[] = {
    {TRANSFORM_ESN, ESN_NONE, 0, "noesn", NULL},
    {TRANSFORM_ESN, ESN_EXTENDED, 0, "esn", NULL},
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

// Takes the number of a row of one table, or leaves it out of what comes behind.
static bool is_in(unsigned *i, size_t n)
{
    if (*i < n)
        return true;
    *i -= (unsigned)n;
    return false;
}

bool algorithm_at(unsigned i, struct algorithm *ret_algorithm)
{
    if (is_in(&i, COUNT_OF(encr_table))) {
        const struct encr_algorithm *a = &encr_table[i];

        *ret_algorithm = (struct algorithm){TRANSFORM_ENCR, a->id, a->key_bits, a->name, a->instead};
    } else if (is_in(&i, COUNT_OF(integ_table))) {
        *ret_algorithm =
            (struct algorithm){TRANSFORM_INTEG, integ_table[i].id, 0, integ_table[i].name, integ_table[i].instead};
    } else if (is_in(&i, COUNT_OF(prf_table))) {
        *ret_algorithm = (struct algorithm){TRANSFORM_PRF, prf_table[i].id, 0, prf_table[i].name, prf_table[i].instead};
    } else if (is_in(&i, COUNT_OF(ke_table))) {
        *ret_algorithm = (struct algorithm){TRANSFORM_KE, ke_table[i].id, 0, ke_table[i].name, ke_table[i].instead};
    } else if (is_in(&i, COUNT_OF(esn_table))) {
        *ret_algorithm = esn_table[i];
    } else {
        return false;
    }
    return true;
}

const char *algorithm_instead(enum transform_type type, uint16_t id, uint16_t key_bits)
{
    struct algorithm a;

    for (unsigned i = 0; algorithm_at(i, &a); i++)
        if (a.type == type && a.id == id && a.key_bits == key_bits)
            return a.instead;
    return NULL;
}
