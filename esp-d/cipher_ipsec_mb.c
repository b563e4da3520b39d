// intel-ipsec-mb: GCM by its direct calls, CBC with HMAC by its job API, which interleaves the packets of a burst.
#include "esp-d/cipher.h"

#include <assert.h>
#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>
#include <stdlib.h>
#include <string.h>

#include "esp-d/esp_limits.h"
#include "lib/core/secret.h"
#include "lib/crypto/algorithm.h"

#define AES_ROUND_KEYS_BYTES (15 * 16)
#define HMAC_BLOCK_MAX       128
#define HMAC_STATE_BYTES     64
#define KEY_ALIGN            64
#define ESN_HIGH_BYTES       4u

static_assert(ESP_BURST_PKTS <= IMB_MAX_JOBS, "a burst fits the job queue");

struct cipher_engine {
    IMB_MGR *mgr;
    uint8_t icv[ESP_BURST_PKTS][64];                        // as computed
    uint8_t received[ESP_BURST_PKTS][CIPHER_ICV_BYTES_MAX]; // as it came, where the high half of an ESN took its place
};

struct cbc_key {
    uint8_t encrypt[AES_ROUND_KEYS_BYTES] __attribute__((aligned(16)));
    uint8_t decrypt[AES_ROUND_KEYS_BYTES] __attribute__((aligned(16)));
    uint8_t inner[HMAC_STATE_BYTES] __attribute__((aligned(16))); // digest state behind the key's first block
    uint8_t outer[HMAC_STATE_BYTES] __attribute__((aligned(16)));
    IMB_HASH_ALG hash;
};

struct key {
    struct cipher_key head;
    void *block; // what secret_alloc gave; this struct lies in it, aligned
    uint8_t salt[4];
    union {
        struct gcm_key_data gcm;
        struct cbc_key cbc;
    };
};

#define KEY_BLOCK_BYTES (sizeof(struct key) + KEY_ALIGN)

static const struct key *key_of(const struct cipher_op *op)
{
    return (const struct key *)op->key;
}

static void engine_free(struct cipher_engine *engine)
{
    if (!engine)
        return;
    if (engine->mgr)
        free_mb_mgr(engine->mgr);
    free(engine);
}

static struct cipher_engine *engine_new(void)
{
    struct cipher_engine *engine = calloc(1, sizeof(*engine));
    IMB_ARCH arch;

    if (!engine)
        return NULL;
    engine->mgr = alloc_mb_mgr(0);
    if (!engine->mgr)
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

static void one_block(IMB_MGR *mgr, IMB_HASH_ALG hash, const uint8_t *block, uint8_t *state)
{
    switch (hash) {
    case IMB_AUTH_HMAC_SHA_1:
        IMB_SHA1_ONE_BLOCK(mgr, block, state);
        break;
    case IMB_AUTH_HMAC_SHA_256:
        IMB_SHA256_ONE_BLOCK(mgr, block, state);
        break;
    case IMB_AUTH_HMAC_SHA_384:
        IMB_SHA384_ONE_BLOCK(mgr, block, state);
        break;
    default:
        IMB_SHA512_ONE_BLOCK(mgr, block, state);
    }
}

// RFC 2104: the key, padded with zeros to a block, xor 0x36 and xor 0x5c. ESP's keys are never longer than a block.
static void hmac_expand(IMB_MGR *mgr, struct cbc_key *cbc, struct bytes key)
{
    size_t block_bytes = cbc->hash == IMB_AUTH_HMAC_SHA_1 || cbc->hash == IMB_AUTH_HMAC_SHA_256 ? 64 : 128;
    uint8_t inner[HMAC_BLOCK_MAX], outer[HMAC_BLOCK_MAX];

    for (size_t i = 0; i < block_bytes; i++) {
        uint8_t b = i < key.n ? key.p[i] : 0;

        inner[i] = b ^ 0x36;
        outer[i] = b ^ 0x5c;
    }
    one_block(mgr, cbc->hash, inner, cbc->inner);
    one_block(mgr, cbc->hash, outer, cbc->outer);
    secret_wipe(inner, sizeof(inner));
    secret_wipe(outer, sizeof(outer));
}

static bool hash_of(uint16_t integ, IMB_HASH_ALG *ret_hash)
{
    switch (integ) {
    case INTEG_HMAC_SHA1_96:
        *ret_hash = IMB_AUTH_HMAC_SHA_1;
        return true;
    case INTEG_HMAC_SHA2_256_128:
        *ret_hash = IMB_AUTH_HMAC_SHA_256;
        return true;
    case INTEG_HMAC_SHA2_384_192:
        *ret_hash = IMB_AUTH_HMAC_SHA_384;
        return true;
    case INTEG_HMAC_SHA2_512_256:
        *ret_hash = IMB_AUTH_HMAC_SHA_512;
        return true;
    default:
        return false;
    }
}

static bool expand_cbc(IMB_MGR *mgr, struct key *key, const struct cipher_suite *suite, const struct bytes keys[2])
{
    struct cbc_key *cbc = &key->cbc;

    if (!hash_of(suite->integ, &cbc->hash))
        return false;
    if (suite->key_bytes == 16)
        IMB_AES_KEYEXP_128(mgr, keys[0].p, cbc->encrypt, cbc->decrypt);
    else if (suite->key_bytes == 24)
        IMB_AES_KEYEXP_192(mgr, keys[0].p, cbc->encrypt, cbc->decrypt);
    else
        IMB_AES_KEYEXP_256(mgr, keys[0].p, cbc->encrypt, cbc->decrypt);
    hmac_expand(mgr, cbc, keys[1]);
    return true;
}

static void expand_gcm(IMB_MGR *mgr, struct key *key, const struct cipher_suite *suite, struct bytes encr_key)
{
    memcpy(key->salt, encr_key.p + suite->key_bytes, sizeof(key->salt));
    if (suite->key_bytes == 16)
        IMB_AES128_GCM_PRE(mgr, encr_key.p, &key->gcm);
    else if (suite->key_bytes == 24)
        IMB_AES192_GCM_PRE(mgr, encr_key.p, &key->gcm);
    else
        IMB_AES256_GCM_PRE(mgr, encr_key.p, &key->gcm);
}

static struct cipher_key *key_new(struct cipher_engine *engine, const struct cipher_suite *suite,
                                  enum cipher_direction direction, struct bytes encr_key, struct bytes integ_key)
{
    void *block = secret_alloc(KEY_BLOCK_BYTES);
    struct key *key;

    (void)direction; // both are expanded
    if (!block)
        return NULL;
    key = (struct key *)(((uintptr_t)block + KEY_ALIGN - 1) & ~(uintptr_t)(KEY_ALIGN - 1));
    key->block = block;
    if (suite->aead) {
        expand_gcm(engine->mgr, key, suite, encr_key);
    } else if (!expand_cbc(engine->mgr, key, suite, (const struct bytes[2]){encr_key, integ_key})) {
        secret_free(block, KEY_BLOCK_BYTES);
        return NULL;
    }
    return &key->head;
}

static void key_free(struct cipher_key *key)
{
    secret_free(((struct key *)key)->block, KEY_BLOCK_BYTES);
}

// RFC 4106 4: salt and IV; the direct calls append the block counter themselves.
static void gcm_nonce(const struct cipher_op *op, uint8_t nonce[12])
{
    memcpy(nonce, key_of(op)->salt, 4);
    memcpy(nonce + 4, op->packet + CIPHER_HEADER_BYTES, 8);
}

// RFC 4106 5, RFC 4303 2.2.1: what the ICV covers besides the encrypted part. Returns its bytes.
static uint32_t associate(const struct cipher_op *op, uint8_t data[12])
{
    uint32_t high = htobe32(op->sequence_high);

    memcpy(data, op->packet, 8);
    if (!op->key->suite.esn)
        return 8;
    memcpy(data + 8, data + 4, 4);
    memcpy(data + 4, &high, 4);
    return 12;
}

static void gcm_seal(IMB_MGR *mgr, struct cipher_op *op)
{
    const struct key *key = key_of(op);
    uint32_t start = CIPHER_HEADER_BYTES + 8, n = op->bytes - start - 16;
    uint8_t nonce[12], data[12], *p = op->packet + start;
    struct gcm_context_data context;
    uint32_t data_n = associate(op, data);

    gcm_nonce(op, nonce);
    if (key->head.suite.key_bytes == 32)
        IMB_AES256_GCM_ENC(mgr, &key->gcm, &context, p, p, n, nonce, data, data_n, p + n, 16);
    else if (key->head.suite.key_bytes == 16)
        IMB_AES128_GCM_ENC(mgr, &key->gcm, &context, p, p, n, nonce, data, data_n, p + n, 16);
    else
        IMB_AES192_GCM_ENC(mgr, &key->gcm, &context, p, p, n, nonce, data, data_n, p + n, 16);
    op->ok = true;
}

static void gcm_open(IMB_MGR *mgr, struct cipher_op *op)
{
    const struct key *key = key_of(op);
    uint32_t start = CIPHER_HEADER_BYTES + 8, n = op->bytes - start - 16;
    uint8_t nonce[12], icv[16], data[12], *p = op->packet + start;
    struct gcm_context_data context;
    uint32_t data_n = associate(op, data);

    gcm_nonce(op, nonce);
    if (key->head.suite.key_bytes == 32)
        IMB_AES256_GCM_DEC(mgr, &key->gcm, &context, p, p, n, nonce, data, data_n, icv, 16);
    else if (key->head.suite.key_bytes == 16)
        IMB_AES128_GCM_DEC(mgr, &key->gcm, &context, p, p, n, nonce, data, data_n, icv, 16);
    else
        IMB_AES192_GCM_DEC(mgr, &key->gcm, &context, p, p, n, nonce, data, data_n, icv, 16);
    op->ok = bytes_equal_secret(bytes_of(icv, 16), bytes_of(p + n, 16));
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

static void fill_job(IMB_JOB *job, struct cipher_op *op, enum cipher_direction direction, uint8_t *icv)
{
    const struct key *key = key_of(op);
    const struct cipher_suite *suite = &key->head.suite;
    uint32_t start = CIPHER_HEADER_BYTES + suite->iv_bytes;
    bool seal = direction == CIPHER_SEAL;

    memset(job, 0, sizeof(*job));
    job->cipher_mode = IMB_CIPHER_CBC;
    job->cipher_direction = seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
    job->chain_order = seal ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
    job->hash_alg = key->cbc.hash;
    job->enc_keys = key->cbc.encrypt;
    job->dec_keys = key->cbc.decrypt;
    job->key_len_in_bytes = suite->key_bytes;
    job->src = op->packet;
    job->dst = op->packet + start;
    job->cipher_start_src_offset_in_bytes = start;
    job->msg_len_to_cipher_in_bytes = op->bytes - start - suite->icv_bytes;
    // RFC 4303 2.8: from the SPI on.
    job->msg_len_to_hash_in_bytes = op->bytes - suite->icv_bytes + (suite->esn ? ESN_HIGH_BYTES : 0);
    job->iv = op->packet + CIPHER_HEADER_BYTES;
    job->iv_len_in_bytes = suite->iv_bytes;
    job->auth_tag_output = icv;
    job->auth_tag_output_len_in_bytes = suite->icv_bytes;
    job->u.HMAC._hashed_auth_key_xor_ipad = key->cbc.inner;
    job->u.HMAC._hashed_auth_key_xor_opad = key->cbc.outer;
    job->user_data = op;
}

static void finish_job(struct cipher_engine *engine, const IMB_JOB *job)
{
    struct cipher_op *op = job->user_data;
    uint8_t icv_bytes = op->key->suite.icv_bytes, *place = op->packet + op->bytes - icv_bytes;
    size_t slot = (size_t)(job->auth_tag_output - engine->icv[0]) / sizeof(engine->icv[0]);

    op->ok = job->status == IMB_STATUS_COMPLETED;
    if (op->ok && job->cipher_direction == IMB_DIR_ENCRYPT)
        memcpy(place, job->auth_tag_output, icv_bytes);
    else if (op->ok)
        op->ok = bytes_equal_secret(bytes_of(job->auth_tag_output, icv_bytes),
                                    bytes_of(op->key->suite.esn ? engine->received[slot] : place, icv_bytes));
}

static void submit(struct cipher_engine *engine, struct cipher_op *op, enum cipher_direction direction, unsigned slot)
{
    IMB_JOB *job = IMB_GET_NEXT_JOB(engine->mgr);

    if (op->key->suite.esn)
        append_high(op, engine->received[slot]);
    fill_job(job, op, direction, engine->icv[slot]);
    job = IMB_SUBMIT_JOB(engine->mgr);
    for (; job; job = IMB_GET_COMPLETED_JOB(engine->mgr))
        finish_job(engine, job);
}

static void flush(struct cipher_engine *engine)
{
    IMB_JOB *job;

    while ((job = IMB_FLUSH_JOB(engine->mgr)))
        finish_job(engine, job);
}

static void seal(struct cipher_engine *engine, struct cipher_op *ops, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        ops[i].ok = false;
        if (ops[i].key->suite.aead)
            gcm_seal(engine->mgr, &ops[i]);
        else
            submit(engine, &ops[i], CIPHER_SEAL, i % ESP_BURST_PKTS);
    }
    flush(engine);
}

static void open_burst(struct cipher_engine *engine, struct cipher_op *ops, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        ops[i].ok = false;
        if (ops[i].key->suite.aead)
            gcm_open(engine->mgr, &ops[i]);
        else
            submit(engine, &ops[i], CIPHER_OPEN, i % ESP_BURST_PKTS);
    }
    flush(engine);
}

const struct cipher_backend cipher_ipsec_mb = {
    .name = "ipsec-mb",
    .engine_new = engine_new,
    .engine_free = engine_free,
    .key_new = key_new,
    .key_free = key_free,
    .seal = seal,
    .open = open_burst,
};
