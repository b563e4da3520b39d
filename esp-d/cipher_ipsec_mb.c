// intel-ipsec-mb: GCM by its direct calls, all else by its job API, which interleaves the packets of a burst.
#include "esp-d/cipher_ipsec_mb.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "esp-d/esp_limits.h"

#define ESN_HIGH_BYTES 4u
#define NONCE_BYTES    12u

static_assert(ESP_BURST_PKTS <= IMB_MAX_JOBS, "a burst fits the job queue");

// What a job looks at while it is under way.
struct ipsec_mb_slot {
    uint8_t icv[64];                        // as computed
    uint8_t received[CIPHER_ICV_BYTES_MAX]; // as it came, where the high half of an ESN took its place
    uint8_t nonce[16];
    uint8_t associated[16];
};

static void engine_free(struct cipher_engine *engine)
{
    if (!engine)
        return;
    if (engine->mgr)
        free_mb_mgr(engine->mgr);
    free(engine->slot);
    free(engine);
}

static struct cipher_engine *engine_new(void)
{
    struct cipher_engine *engine = calloc(1, sizeof(*engine));
    IMB_ARCH arch;

    if (!engine)
        return NULL;
    engine->slot = calloc(ESP_BURST_PKTS, sizeof(*engine->slot));
    engine->mgr = alloc_mb_mgr(0);
    if (!engine->mgr || !engine->slot)
        goto fail;
    init_mb_mgr_auto(engine->mgr, &arch);
    if (imb_get_errno(engine->mgr) || !(engine->mgr->features & IMB_FEATURE_AESNI) ||
        !(engine->mgr->features & IMB_FEATURE_SELF_TEST_PASS))
        goto fail;
    return engine;
fail:
    engine_free(engine);
    return NULL;
}

// The library has no CCM with keys of 192 bits.
static bool supports(const struct cipher_suite *suite)
{
    return suite->mode != ENCR_MODE_CCM || suite->key_bytes != 24;
}

// RFC 3686 4, RFC 4106 4, RFC 4309 4, RFC 7634 2: salt and IV.
static void put_nonce(const struct cipher_op *op, uint8_t *nonce)
{
    const struct cipher_suite *suite = &op->key->suite;

    memcpy(nonce, op->key->raw + suite->key_bytes, suite->salt_bytes);
    memcpy(nonce + suite->salt_bytes, op->packet + CIPHER_HEADER_BYTES, suite->iv_bytes);
}

// RFC 4106 5, RFC 4303 2.2.1: what an AEAD's ICV covers besides the encrypted part. Returns its bytes.
static uint32_t put_associated(const struct cipher_op *op, uint8_t *data)
{
    uint32_t high = htobe32(op->sequence_high);

    memcpy(data, op->packet, 8);
    if (!op->key->suite.esn)
        return 8;
    memcpy(data + 8, data + 4, 4);
    memcpy(data + 4, &high, 4);
    return 12;
}

// GCM's sizes never vary, and this is the path that has to be fast.
static void put_gcm_nonce(const struct cipher_op *op, uint8_t *nonce)
{
    memcpy(nonce, op->key->raw + op->key->suite.key_bytes, 4);
    memcpy(nonce + 4, op->packet + CIPHER_HEADER_BYTES, 8);
}

static void gcm_seal(struct cipher_engine *engine, struct cipher_op *op, const struct gcm_key_data *gcm)
{
    const struct cipher_suite *suite = &op->key->suite;
    uint32_t start = CIPHER_HEADER_BYTES + 8, n = op->bytes - start - suite->icv_bytes;
    uint32_t data_n = suite->esn ? 12 : CIPHER_HEADER_BYTES;
    uint8_t nonce[NONCE_BYTES], extended[12], *p = op->packet + start;
    const uint8_t *data = suite->esn ? extended : op->packet;
    struct gcm_context_data context;

    put_gcm_nonce(op, nonce);
    if (suite->esn)
        put_associated(op, extended);
    if (suite->key_bytes == 32)
        IMB_AES256_GCM_ENC(engine->mgr, gcm, &context, p, p, n, nonce, data, data_n, p + n, suite->icv_bytes);
    else if (suite->key_bytes == 16)
        IMB_AES128_GCM_ENC(engine->mgr, gcm, &context, p, p, n, nonce, data, data_n, p + n, suite->icv_bytes);
    else
        IMB_AES192_GCM_ENC(engine->mgr, gcm, &context, p, p, n, nonce, data, data_n, p + n, suite->icv_bytes);
    op->ok = true;
}

static void gcm_open(struct cipher_engine *engine, struct cipher_op *op, const struct gcm_key_data *gcm)
{
    const struct cipher_suite *suite = &op->key->suite;
    uint32_t start = CIPHER_HEADER_BYTES + 8, n = op->bytes - start - suite->icv_bytes;
    uint32_t data_n = suite->esn ? 12 : CIPHER_HEADER_BYTES;
    uint8_t nonce[NONCE_BYTES], icv[16], extended[12], *p = op->packet + start;
    const uint8_t *data = suite->esn ? extended : op->packet;
    struct gcm_context_data context;

    put_gcm_nonce(op, nonce);
    if (suite->esn)
        put_associated(op, extended);
    if (suite->key_bytes == 32)
        IMB_AES256_GCM_DEC(engine->mgr, gcm, &context, p, p, n, nonce, data, data_n, icv, suite->icv_bytes);
    else if (suite->key_bytes == 16)
        IMB_AES128_GCM_DEC(engine->mgr, gcm, &context, p, p, n, nonce, data, data_n, icv, suite->icv_bytes);
    else
        IMB_AES192_GCM_DEC(engine->mgr, gcm, &context, p, p, n, nonce, data, data_n, icv, suite->icv_bytes);
    op->ok = bytes_equal_secret(bytes_of(icv, suite->icv_bytes), bytes_of(p + n, suite->icv_bytes));
}

static IMB_HASH_ALG hash_of(uint16_t integ)
{
    switch (integ) {
    case INTEG_HMAC_MD5_96:
        return IMB_AUTH_MD5;
    case INTEG_HMAC_SHA1_96:
        return IMB_AUTH_HMAC_SHA_1;
    case INTEG_HMAC_SHA2_256_128:
        return IMB_AUTH_HMAC_SHA_256;
    case INTEG_HMAC_SHA2_384_192:
        return IMB_AUTH_HMAC_SHA_384;
    case INTEG_HMAC_SHA2_512_256:
        return IMB_AUTH_HMAC_SHA_512;
    case INTEG_AES_XCBC_96:
        return IMB_AUTH_AES_XCBC;
    default:
        return IMB_AUTH_AES_CMAC;
    }
}

// RFC 4303 2.2.1: with ESN and an ICV of its own the high half follows the encrypted part, not to be sent. It stands
// where the ICV comes; an ICV that is there already is put aside.
static void append_high(const struct cipher_op *op, uint8_t *received)
{
    uint8_t icv_bytes = op->key->suite.icv_bytes, *place = op->packet + op->bytes - icv_bytes;
    uint32_t high = htobe32(op->sequence_high);

    memcpy(received, place, icv_bytes);
    memcpy(place, &high, sizeof(high));
}

static void fill_mac(IMB_JOB *job, const struct cipher_op *op, const struct ipsec_mb_job_keys *keys)
{
    const struct cipher_suite *suite = &op->key->suite;

    job->hash_alg = hash_of(suite->integ);
    // RFC 4303 2.8: from the SPI on.
    job->msg_len_to_hash_in_bytes = op->bytes - suite->icv_bytes + (suite->esn ? ESN_HIGH_BYTES : 0);
    if (suite->mac == MAC_HMAC) {
        job->u.HMAC._hashed_auth_key_xor_ipad = keys->mac.hmac.inner;
        job->u.HMAC._hashed_auth_key_xor_opad = keys->mac.hmac.outer;
    } else if (suite->mac == MAC_XCBC) {
        job->u.XCBC._k1_expanded = (const uint32_t *)(const void *)keys->mac.chained.round_keys;
        job->u.XCBC._k2 = keys->mac.chained.whole;
        job->u.XCBC._k3 = keys->mac.chained.part;
    } else {
        job->u.CMAC._key_expanded = keys->mac.chained.round_keys;
        job->u.CMAC._skey1 = keys->mac.chained.whole;
        job->u.CMAC._skey2 = keys->mac.chained.part;
    }
}

// CBC takes the IV from the packet, CTR a nonce behind which the block counter starts at 1 (RFC 3686 4).
static void fill_plain(IMB_JOB *job, const struct cipher_op *op, const struct ipsec_mb_job_keys *keys)
{
    const struct cipher_suite *suite = &op->key->suite;

    job->cipher_mode = suite->mode == ENCR_MODE_CTR ? IMB_CIPHER_CNTR
                       : suite->encr == ENCR_3DES   ? IMB_CIPHER_DES3
                                                    : IMB_CIPHER_CBC;
    job->enc_keys = keys->cipher.aes;
    if (suite->encr == ENCR_3DES)
        job->enc_keys = keys->cipher.des.pointer;
    job->dec_keys = job->enc_keys;
    if (suite->mode == ENCR_MODE_CBC) {
        job->iv = op->packet + CIPHER_HEADER_BYTES;
        job->iv_len_in_bytes = suite->iv_bytes;
    }
    fill_mac(job, op, keys);
}

static void fill_aead(IMB_JOB *job, const struct cipher_op *op, const struct ipsec_mb_job_keys *keys,
                      struct ipsec_mb_slot *slot)
{
    uint32_t data_n = put_associated(op, slot->associated);

    job->hash_start_src_offset_in_bytes = job->cipher_start_src_offset_in_bytes;
    job->msg_len_to_hash_in_bytes = job->msg_len_to_cipher_in_bytes;
    if (op->key->suite.mode == ENCR_MODE_CCM) {
        job->cipher_mode = IMB_CIPHER_CCM;
        job->hash_alg = IMB_AUTH_AES_CCM;
        job->enc_keys = job->dec_keys = keys->cipher.aes;
        job->u.CCM.aad = slot->associated;
        job->u.CCM.aad_len_in_bytes = data_n;
        // RFC 4309: the MAC is of the clear text.
        job->chain_order = job->cipher_direction == IMB_DIR_ENCRYPT ? IMB_ORDER_HASH_CIPHER : IMB_ORDER_CIPHER_HASH;
        return;
    }
    job->cipher_mode = IMB_CIPHER_CHACHA20_POLY1305;
    job->hash_alg = IMB_AUTH_CHACHA20_POLY1305;
    job->enc_keys = job->dec_keys = op->key->raw;
    job->u.CHACHA20_POLY1305.aad = slot->associated;
    job->u.CHACHA20_POLY1305.aad_len_in_bytes = data_n;
}

static void fill_job(IMB_JOB *job, struct cipher_op *op, const struct ipsec_mb_job_keys *keys,
                     struct ipsec_mb_slot *slot)
{
    const struct cipher_suite *suite = &op->key->suite;
    uint32_t start = CIPHER_HEADER_BYTES + suite->iv_bytes;

    memset(job, 0, sizeof(*job));
    job->cipher_direction = op->key->direction == CIPHER_SEAL ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
    job->chain_order = op->key->direction == CIPHER_SEAL ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
    job->key_len_in_bytes = suite->key_bytes;
    job->src = op->packet;
    job->dst = op->packet + start;
    job->cipher_start_src_offset_in_bytes = start;
    job->msg_len_to_cipher_in_bytes = op->bytes - start - suite->icv_bytes;
    put_nonce(op, slot->nonce);
    job->iv = slot->nonce;
    job->iv_len_in_bytes = (uint64_t)suite->salt_bytes + suite->iv_bytes;
    job->auth_tag_output = slot->icv;
    job->auth_tag_output_len_in_bytes = suite->icv_bytes;
    job->user_data = op;
    job->user_data2 = slot;
    if (suite->aead)
        fill_aead(job, op, keys, slot);
    else
        fill_plain(job, op, keys);
}

static void finish_job(const IMB_JOB *job)
{
    const struct ipsec_mb_slot *slot = job->user_data2;
    struct cipher_op *op = job->user_data;
    const struct cipher_suite *suite = &op->key->suite;
    uint8_t *place = op->packet + op->bytes - suite->icv_bytes;
    const uint8_t *received = suite->esn && !suite->aead ? slot->received : place;

    op->ok = job->status == IMB_STATUS_COMPLETED;
    if (op->ok && op->key->direction == CIPHER_SEAL)
        memcpy(place, slot->icv, suite->icv_bytes);
    else if (op->ok)
        op->ok = bytes_equal_secret(bytes_of(slot->icv, suite->icv_bytes), bytes_of(received, suite->icv_bytes));
}

static void submit(struct cipher_engine *engine, struct cipher_op *op, const struct ipsec_mb_keys *keys,
                   struct ipsec_mb_slot *slot)
{
    IMB_JOB *job = IMB_GET_NEXT_JOB(engine->mgr);

    if (op->key->suite.esn && !op->key->suite.aead)
        append_high(op, slot->received);
    fill_job(job, op, &keys->job, slot);
    job = IMB_SUBMIT_JOB(engine->mgr);
    for (; job; job = IMB_GET_COMPLETED_JOB(engine->mgr))
        finish_job(job);
}

static void flush(struct cipher_engine *engine)
{
    IMB_JOB *job;

    while ((job = IMB_FLUSH_JOB(engine->mgr)))
        finish_job(job);
}

static void run(struct cipher_engine *engine, struct cipher_op *ops, unsigned n,
                void (*gcm)(struct cipher_engine *, struct cipher_op *, const struct gcm_key_data *))
{
    for (unsigned i = 0; i < n; i++) {
        const struct ipsec_mb_keys *keys = cipher_key_expand(engine, ops[i].key);

        ops[i].ok = false;
        if (!keys)
            continue;
        if (ops[i].key->suite.mode == ENCR_MODE_GCM)
            gcm(engine, &ops[i], &keys->gcm);
        else
            submit(engine, &ops[i], keys, &engine->slot[i % ESP_BURST_PKTS]);
    }
    flush(engine);
}

static void seal(struct cipher_engine *engine, struct cipher_op *ops, unsigned n)
{
    run(engine, ops, n, gcm_seal);
}

static void open_burst(struct cipher_engine *engine, struct cipher_op *ops, unsigned n)
{
    run(engine, ops, n, gcm_open);
}

const struct cipher_backend cipher_ipsec_mb = {
    .name = "ipsec-mb",
    .is_checked = true,
    .supports = supports,
    .engine_new = engine_new,
    .engine_free = engine_free,
    .expand = ipsec_mb_expand,
    .expanded_free = ipsec_mb_expanded_free,
    .seal = seal,
    .open = open_burst,
};
