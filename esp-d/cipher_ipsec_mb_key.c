#include "esp-d/cipher_ipsec_mb.h"

#include <string.h>

#include "lib/core/secret.h"

#define HMAC_BLOCK_MAX 128

static void one_block(IMB_MGR *mgr, uint16_t integ, const uint8_t *block, uint8_t *state)
{
    switch (integ) {
    case INTEG_HMAC_MD5_96:
        IMB_MD5_ONE_BLOCK(mgr, block, state);
        break;
    case INTEG_HMAC_SHA1_96:
        IMB_SHA1_ONE_BLOCK(mgr, block, state);
        break;
    case INTEG_HMAC_SHA2_256_128:
        IMB_SHA256_ONE_BLOCK(mgr, block, state);
        break;
    case INTEG_HMAC_SHA2_384_192:
        IMB_SHA384_ONE_BLOCK(mgr, block, state);
        break;
    default:
        IMB_SHA512_ONE_BLOCK(mgr, block, state);
    }
}

// RFC 2104: the key, padded with zeros to a block, xor 0x36 and xor 0x5c. ESP's keys are never longer than a block.
static void expand_hmac(IMB_MGR *mgr, struct ipsec_mb_job_keys *keys, uint16_t integ, struct bytes key)
{
    bool wide = integ == INTEG_HMAC_SHA2_384_192 || integ == INTEG_HMAC_SHA2_512_256;
    uint8_t inner[HMAC_BLOCK_MAX], outer[HMAC_BLOCK_MAX];

    for (size_t i = 0; i < (wide ? 128 : 64); i++) {
        uint8_t b = i < key.n ? key.p[i] : 0;

        inner[i] = b ^ 0x36;
        outer[i] = b ^ 0x5c;
    }
    one_block(mgr, integ, inner, keys->mac.hmac.inner);
    one_block(mgr, integ, outer, keys->mac.hmac.outer);
    secret_wipe(inner, sizeof(inner));
    secret_wipe(outer, sizeof(outer));
}

static void expand_mac(IMB_MGR *mgr, struct ipsec_mb_job_keys *keys, const struct cipher_key *key)
{
    const struct cipher_suite *suite = &key->suite;
    struct bytes raw = bytes_of(key->raw + suite->key_bytes + suite->salt_bytes, suite->integ_key_bytes);
    uint8_t unused[AES_ROUND_KEYS_BYTES] __attribute__((aligned(16)));

    if (suite->mac == MAC_HMAC) {
        expand_hmac(mgr, keys, suite->integ, raw);
    } else if (suite->mac == MAC_XCBC) {
        IMB_AES_XCBC_KEYEXP(mgr, raw.p, keys->mac.chained.round_keys, keys->mac.chained.whole, keys->mac.chained.part);
    } else {
        IMB_AES_KEYEXP_128(mgr, raw.p, keys->mac.chained.round_keys, unused);
        IMB_AES_CMAC_SUBKEY_GEN_128(mgr, keys->mac.chained.round_keys, keys->mac.chained.whole, keys->mac.chained.part);
        secret_wipe(unused, sizeof(unused));
    }
}

static void expand_aes(IMB_MGR *mgr, const struct cipher_key *key, uint8_t *round_keys)
{
    uint8_t unused[AES_ROUND_KEYS_BYTES] __attribute__((aligned(16)));
    bool inverse = key->suite.mode == ENCR_MODE_CBC && key->direction == CIPHER_OPEN;
    uint8_t *forward = inverse ? unused : round_keys, *backward = inverse ? round_keys : unused;

    if (key->suite.key_bytes == 16)
        IMB_AES_KEYEXP_128(mgr, key->raw, forward, backward);
    else if (key->suite.key_bytes == 24)
        IMB_AES_KEYEXP_192(mgr, key->raw, forward, backward);
    else
        IMB_AES_KEYEXP_256(mgr, key->raw, forward, backward);
    secret_wipe(unused, sizeof(unused));
}

static void expand_des(IMB_MGR *mgr, const struct cipher_key *key, struct ipsec_mb_job_keys *keys)
{
    for (unsigned i = 0; i < 3; i++) {
        IMB_DES_KEYSCHED(mgr, keys->cipher.des.schedule[i], key->raw + 8 * i);
        keys->cipher.des.pointer[i] = keys->cipher.des.schedule[i];
    }
}

static void expand_gcm(IMB_MGR *mgr, const struct cipher_key *key, struct gcm_key_data *gcm)
{
    if (key->suite.key_bytes == 16)
        IMB_AES128_GCM_PRE(mgr, key->raw, gcm);
    else if (key->suite.key_bytes == 24)
        IMB_AES192_GCM_PRE(mgr, key->raw, gcm);
    else
        IMB_AES256_GCM_PRE(mgr, key->raw, gcm);
}

void ipsec_mb_expand_into(struct cipher_engine *engine, const struct cipher_key *key, struct ipsec_mb_keys *keys)
{
    if (key->suite.mode == ENCR_MODE_GCM)
        expand_gcm(engine->mgr, key, &keys->gcm);
    else if (key->suite.encr == ENCR_3DES)
        expand_des(engine->mgr, key, &keys->job);
    else if (key->suite.mode != ENCR_MODE_CHACHA20)
        expand_aes(engine->mgr, key, keys->job.cipher.aes);
    if (!key->suite.aead)
        expand_mac(engine->mgr, &keys->job, key);
    if (key->suite.mode != ENCR_MODE_GCM)
        ipsec_mb_job_init(key, &keys->job);
}

void *ipsec_mb_expand(struct cipher_engine *engine, const struct cipher_key *key)
{
    struct ipsec_mb_keys *keys = ipsec_mb_pool_take();

    if (keys)
        ipsec_mb_expand_into(engine, key, keys);
    return keys;
}

void ipsec_mb_expanded_free(void *expanded)
{
    ipsec_mb_pool_give(expanded);
}
