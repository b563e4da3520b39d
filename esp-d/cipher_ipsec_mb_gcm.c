// GCM, each packet by itself: no queue, and nothing to fill but the arguments of a call.
#include "esp-d/cipher_ipsec_mb.h"

#include <string.h>

static aes_gcm_enc_dec_t call_of(const IMB_MGR *mgr, const struct cipher_key *key)
{
    bool seal = key->direction == CIPHER_SEAL;

    if (key->suite.key_bytes == 32)
        return seal ? mgr->gcm256_enc : mgr->gcm256_dec;
    if (key->suite.key_bytes == 16)
        return seal ? mgr->gcm128_enc : mgr->gcm128_dec;
    return seal ? mgr->gcm192_enc : mgr->gcm192_dec;
}

bool ipsec_mb_gcm_run(struct cipher_engine *engine, const struct cipher_key *key, const struct gcm_key_data *gcm,
                      const struct cipher_aead *a)
{
    bool seal = key->direction == CIPHER_SEAL;
    uint8_t icv[16], n = key->suite.icv_bytes;

    call_of(engine->mgr, key)(gcm, &engine->context, a->text, a->text, a->text_bytes, a->nonce, a->associated.p,
                              a->associated.n, seal ? a->icv : icv, n);
    return seal || bytes_equal_secret(bytes_of(icv, n), bytes_of(a->icv, n));
}

// RFC 4106 4: a salt of 4 bytes, an IV of 8.
void ipsec_mb_gcm_burst(struct cipher_engine *engine, struct cipher_op *ops, unsigned n, const struct gcm_key_data *gcm)
{
    const struct cipher_key *key = ops[0].key;
    const uint32_t start = CIPHER_HEADER_BYTES + 8, around = start + key->suite.icv_bytes;
    uint8_t nonce[CIPHER_NONCE_BYTES], extended[CIPHER_ASSOCIATED_BYTES_MAX];

    memcpy(nonce, key->raw + key->suite.key_bytes, 4);
    for (unsigned i = 0; i < n; i++) {
        struct cipher_op *op = &ops[i];
        struct cipher_aead a = {nonce, cipher_associated(op, extended), op->packet + start, op->bytes - around,
                                op->packet + op->bytes - key->suite.icv_bytes};

        memcpy(nonce + 4, op->packet + CIPHER_HEADER_BYTES, 8);
        op->ok = ipsec_mb_gcm_run(engine, key, gcm, &a);
    }
}
