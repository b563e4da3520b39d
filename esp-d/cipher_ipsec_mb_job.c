// CBC and CTR with their MACs, CCM and ChaCha20-Poly1305, by the job API, which interleaves the packets of a burst in
// the lanes of a vector unit.
#include "esp-d/cipher_ipsec_mb.h"

#include <string.h>

#define ESN_HIGH_BYTES 4u

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

static void init_mac(const struct cipher_suite *suite, struct ipsec_mb_job_keys *keys)
{
    IMB_JOB *job = &keys->job;

    job->hash_alg = hash_of(suite->integ);
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

static IMB_CIPHER_MODE mode_of(const struct cipher_suite *suite)
{
    switch (suite->mode) {
    case ENCR_MODE_CHACHA20:
        return IMB_CIPHER_CHACHA20_POLY1305;
    case ENCR_MODE_CCM:
        return IMB_CIPHER_CCM;
    case ENCR_MODE_CTR:
        return IMB_CIPHER_CNTR;
    default:
        return suite->encr == ENCR_3DES ? IMB_CIPHER_DES3 : IMB_CIPHER_CBC;
    }
}

static void init_aead(const struct cipher_suite *suite, IMB_JOB *job)
{
    uint64_t associated_bytes = suite->esn ? 12 : 8;

    job->hash_start_src_offset_in_bytes = job->cipher_start_src_offset_in_bytes;
    if (suite->mode == ENCR_MODE_CCM) {
        job->hash_alg = IMB_AUTH_AES_CCM;
        job->u.CCM.aad_len_in_bytes = associated_bytes;
    } else {
        job->hash_alg = IMB_AUTH_CHACHA20_POLY1305;
        job->u.CHACHA20_POLY1305.aad_len_in_bytes = associated_bytes;
    }
}

static const void *enc_keys_of(const struct cipher_key *key, const struct ipsec_mb_job_keys *keys)
{
    if (key->suite.mode == ENCR_MODE_CHACHA20)
        return key->raw;
    return key->suite.encr == ENCR_3DES ? (const void *)keys->cipher.des.pointer : keys->cipher.aes;
}

void ipsec_mb_job_init(const struct cipher_key *key, struct ipsec_mb_job_keys *keys)
{
    const struct cipher_suite *suite = &key->suite;
    // RFC 4309: CCM's MAC is of the clear text.
    bool seal = key->direction == CIPHER_SEAL, cipher_first = seal != (suite->mode == ENCR_MODE_CCM);
    IMB_JOB *job = &keys->job;

    memset(job, 0, sizeof(*job)); // a spare's room has held another key's
    job->cipher_mode = mode_of(suite);
    job->cipher_direction = seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
    job->chain_order = cipher_first ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
    job->enc_keys = job->dec_keys = enc_keys_of(key, keys);
    job->key_len_in_bytes = suite->key_bytes;
    job->cipher_start_src_offset_in_bytes = CIPHER_HEADER_BYTES + suite->iv_bytes;
    job->iv_len_in_bytes = (uint64_t)suite->salt_bytes + suite->iv_bytes;
    job->auth_tag_output_len_in_bytes = suite->icv_bytes;
    if (suite->aead)
        init_aead(suite, job);
    else
        init_mac(suite, keys);
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

// CBC takes the IV from the packet, the others a nonce of salt and IV (RFC 4309 4, RFC 7634 2), behind which CTR's
// block counter starts at 1 (RFC 3686 4).
static const uint8_t *iv_of(const struct cipher_op *op, struct ipsec_mb_slot *slot)
{
    const struct cipher_suite *suite = &op->key->suite;
    const uint8_t *iv = op->packet + CIPHER_HEADER_BYTES;

    if (suite->mode == ENCR_MODE_CBC)
        return iv;
    memcpy(slot->nonce, op->key->raw + suite->key_bytes, suite->salt_bytes);
    memcpy(slot->nonce + suite->salt_bytes, iv, 8);
    return slot->nonce;
}

static void fill_aead(IMB_JOB *job, const struct cipher_op *op, struct ipsec_mb_slot *slot)
{
    const uint8_t *associated = cipher_associated(op, slot->associated).p;

    job->msg_len_to_hash_in_bytes = job->msg_len_to_cipher_in_bytes;
    if (op->key->suite.mode == ENCR_MODE_CCM)
        job->u.CCM.aad = associated;
    else
        job->u.CHACHA20_POLY1305.aad = associated;
}

static void fill(IMB_JOB *job, struct cipher_op *op, const struct ipsec_mb_job_keys *keys, struct ipsec_mb_slot *slot)
{
    const struct cipher_suite *suite = &op->key->suite;
    uint32_t start = CIPHER_HEADER_BYTES + suite->iv_bytes;

    *job = keys->job;
    job->src = op->packet;
    job->dst = op->packet + start;
    job->iv = iv_of(op, slot);
    job->msg_len_to_cipher_in_bytes = op->bytes - start - suite->icv_bytes;
    job->auth_tag_output = slot->icv;
    job->user_data = op;
    job->user_data2 = slot;
    if (suite->aead) {
        fill_aead(job, op, slot);
        return;
    }
    // RFC 4303 2.8: from the SPI on.
    job->msg_len_to_hash_in_bytes = op->bytes - suite->icv_bytes;
    if (suite->esn) {
        append_high(op, slot->received);
        job->msg_len_to_hash_in_bytes += ESN_HIGH_BYTES;
    }
}

static void finish(const IMB_JOB *job)
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

void ipsec_mb_job_burst(struct cipher_engine *engine, struct cipher_op *ops, unsigned n,
                        const struct ipsec_mb_keys *keys, struct ipsec_mb_slot *slots)
{
    IMB_JOB *job;

    for (unsigned i = 0; i < n; i++) {
        fill(IMB_GET_NEXT_JOB(engine->mgr), &ops[i], &keys->job, &slots[i]);
        job = IMB_SUBMIT_JOB_NOCHECK(engine->mgr); // open.c and seal.c know what lengths there can be
        for (; job; job = IMB_GET_COMPLETED_JOB(engine->mgr))
            finish(job);
    }
}

void ipsec_mb_job_flush(struct cipher_engine *engine)
{
    IMB_JOB *job;

    while ((job = IMB_FLUSH_JOB(engine->mgr)))
        finish(job);
}

bool ipsec_mb_job_chacha(struct cipher_engine *engine, const struct cipher_key *key,
                         const struct ipsec_mb_job_keys *keys, const struct cipher_aead *a)
{
    IMB_JOB *job = IMB_GET_NEXT_JOB(engine->mgr);
    uint8_t icv[16];

    *job = keys->job;
    job->src = job->dst = a->text;
    job->cipher_start_src_offset_in_bytes = job->hash_start_src_offset_in_bytes = 0;
    job->msg_len_to_cipher_in_bytes = job->msg_len_to_hash_in_bytes = a->text_bytes;
    job->iv = a->nonce;
    job->u.CHACHA20_POLY1305.aad = a->associated.p;
    job->u.CHACHA20_POLY1305.aad_len_in_bytes = a->associated.n;
    job->auth_tag_output = key->direction == CIPHER_SEAL ? a->icv : icv;
    job = IMB_SUBMIT_JOB(engine->mgr);
    if (!job)
        job = IMB_FLUSH_JOB(engine->mgr);
    return job && job->status == IMB_STATUS_COMPLETED &&
           (key->direction == CIPHER_SEAL || bytes_equal_secret(bytes_of(icv, 16), bytes_of(a->icv, 16)));
}
