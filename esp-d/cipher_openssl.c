// OpenSSL: the portable backend, and the reference in tests. A worker's contexts keep the key that they held last,
// until it rests: no key outlives its SA in them.
#include "esp-d/cipher.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto/mac.h"

struct cipher_engine {
    EVP_CIPHER_CTX *cipher;
    struct mac *mac;        // NULL: none now
    uint64_t cipher_key_id; // 0: none
    uint64_t mac_key_id;
};

static void engine_free(struct cipher_engine *engine)
{
    if (!engine)
        return;
    EVP_CIPHER_CTX_free(engine->cipher);
    mac_free(engine->mac);
    free(engine);
}

static struct cipher_engine *engine_new(void)
{
    struct cipher_engine *engine = calloc(1, sizeof(*engine));

    if (!engine)
        return NULL;
    engine->cipher = EVP_CIPHER_CTX_new();
    if (!engine->cipher) {
        engine_free(engine);
        return NULL;
    }
    return engine;
}

static void engine_rest(struct cipher_engine *engine)
{
    EVP_CIPHER_CTX_reset(engine->cipher);
    engine->cipher_key_id = 0;
    mac_free(engine->mac);
    engine->mac = NULL;
    engine->mac_key_id = 0;
}

static bool supports(const struct cipher_suite *suite)
{
    (void)suite; // all that lib/crypto's table has
    return true;
}

static const EVP_CIPHER *aes_of(enum encr_mode mode, unsigned size)
{
    switch (mode) {
    case ENCR_MODE_CTR:
        return size == 0 ? EVP_aes_128_ctr() : size == 1 ? EVP_aes_192_ctr() : EVP_aes_256_ctr();
    case ENCR_MODE_GCM:
        return size == 0 ? EVP_aes_128_gcm() : size == 1 ? EVP_aes_192_gcm() : EVP_aes_256_gcm();
    case ENCR_MODE_CCM:
        return size == 0 ? EVP_aes_128_ccm() : size == 1 ? EVP_aes_192_ccm() : EVP_aes_256_ccm();
    default:
        return size == 0 ? EVP_aes_128_cbc() : size == 1 ? EVP_aes_192_cbc() : EVP_aes_256_cbc();
    }
}

static const EVP_CIPHER *algorithm_of(const struct cipher_suite *suite)
{
    if (suite->mode == ENCR_MODE_CHACHA20)
        return EVP_chacha20_poly1305();
    if (suite->encr == ENCR_3DES)
        return EVP_des_ede3_cbc();
    return aes_of(suite->mode, (suite->key_bytes - 16u) / 8);
}

// The key, when another one was there. CCM wants to know first how long nonce and tag are (RFC 4309 3).
static bool set_key(struct cipher_engine *engine, const struct cipher_key *key, bool sealing)
{
    EVP_CIPHER_CTX *c = engine->cipher;

    if (engine->cipher_key_id == key->id)
        return true;
    engine->cipher_key_id = 0;
    if (!EVP_CipherInit_ex(c, algorithm_of(&key->suite), NULL, NULL, NULL, sealing))
        return false;
    if (key->suite.mode == ENCR_MODE_CCM &&
        (EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, key->suite.salt_bytes + key->suite.iv_bytes, NULL) <= 0 ||
         EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, key->suite.icv_bytes, NULL) <= 0))
        return false;
    if (!EVP_CipherInit_ex(c, NULL, NULL, key->raw, NULL, sealing))
        return false;
    if (key->suite.mode == ENCR_MODE_CBC)
        EVP_CIPHER_CTX_set_padding(c, 0);
    engine->cipher_key_id = key->id;
    return true;
}

// CCM must know the length of the text before the data that goes with it.
static bool associate(struct cipher_engine *engine, enum encr_mode mode, const struct cipher_aead *a)
{
    int done;

    if (mode == ENCR_MODE_CCM && EVP_CipherUpdate(engine->cipher, NULL, &done, NULL, (int)a->text_bytes) <= 0)
        return false;
    return !a->associated.n || EVP_CipherUpdate(engine->cipher, NULL, &done, a->associated.p, (int)a->associated.n) > 0;
}

static bool run_aead(struct cipher_engine *engine, struct cipher_key *key, const struct cipher_aead *a)
{
    const struct cipher_suite *suite = &key->suite;
    bool sealing = key->direction == CIPHER_SEAL;
    EVP_CIPHER_CTX *c = engine->cipher;
    int done = 0;

    if (!set_key(engine, key, sealing) || !EVP_CipherInit_ex(c, NULL, NULL, NULL, a->nonce, sealing))
        return false;
    if (!sealing && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, suite->icv_bytes, a->icv) <= 0)
        return false;
    if (!associate(engine, suite->mode, a) ||
        (a->text_bytes && EVP_CipherUpdate(c, a->text, &done, a->text, (int)a->text_bytes) <= 0))
        return false;
    // CCM has looked at the tag by now, and has no end of its own.
    if (suite->mode != ENCR_MODE_CCM && EVP_CipherFinal_ex(c, a->text + done, &done) <= 0)
        return false;
    return !sealing || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, suite->icv_bytes, a->icv) > 0;
}

// RFC 4106 4, RFC 4309 4, RFC 7634 2: salt and IV make the nonce.
static bool run_packet(struct cipher_engine *engine, const struct cipher_op *op)
{
    const struct cipher_suite *suite = &op->key->suite;
    uint32_t start = CIPHER_HEADER_BYTES + suite->iv_bytes, n = op->bytes - start - suite->icv_bytes;
    uint8_t nonce[CIPHER_NONCE_BYTES], extended[CIPHER_ASSOCIATED_BYTES_MAX];
    struct cipher_aead a = {nonce, cipher_associated(op, extended), op->packet + start, n, op->packet + start + n};

    memcpy(nonce, op->key->raw + suite->key_bytes, suite->salt_bytes);
    memcpy(nonce + suite->salt_bytes, op->packet + CIPHER_HEADER_BYTES, suite->iv_bytes);
    return run_aead(engine, op->key, &a);
}

// CBC takes its IV from the packet; CTR a nonce of salt and IV, with a block counter that starts at 1 (RFC 3686 4).
static bool set_iv(struct cipher_engine *engine, const struct cipher_op *op, bool sealing)
{
    const struct cipher_suite *suite = &op->key->suite;
    uint8_t iv[CIPHER_IV_BYTES_MAX] = {[15] = 1};

    memcpy(iv, op->key->raw + suite->key_bytes, suite->salt_bytes);
    memcpy(iv + suite->salt_bytes, op->packet + CIPHER_HEADER_BYTES, suite->iv_bytes);
    return EVP_CipherInit_ex(engine->cipher, NULL, NULL, NULL, iv, sealing);
}

static bool run_plain(struct cipher_engine *engine, const struct cipher_op *op, bool sealing)
{
    const struct cipher_suite *suite = &op->key->suite;
    uint32_t start = CIPHER_HEADER_BYTES + suite->iv_bytes, n = op->bytes - start - suite->icv_bytes;
    uint8_t *p = op->packet + start;
    int done;

    return set_key(engine, op->key, sealing) && set_iv(engine, op, sealing) &&
           EVP_CipherUpdate(engine->cipher, p, &done, p, (int)n) > 0 &&
           EVP_CipherFinal_ex(engine->cipher, p + done, &done) > 0;
}

static bool set_mac(struct cipher_engine *engine, const struct cipher_key *key)
{
    const struct cipher_suite *suite = &key->suite;

    if (engine->mac_key_id == key->id)
        return !mac_restart(engine->mac);
    engine->mac_key_id = 0;
    mac_free(engine->mac);
    engine->mac = mac_new(suite->mac, suite->digest,
                          bytes_of(key->raw + suite->key_bytes + suite->salt_bytes, suite->integ_key_bytes));
    if (!engine->mac)
        return false;
    engine->mac_key_id = key->id;
    return true;
}

// RFC 4303 2.8: over all before the ICV, with ESN the high half of the number behind it.
static bool run_mac(struct cipher_engine *engine, const struct cipher_op *op, uint8_t icv[CIPHER_ICV_BYTES_MAX])
{
    const struct cipher_suite *suite = &op->key->suite;
    uint32_t high = htobe32(op->sequence_high);

    return set_mac(engine, op->key) && !mac_add(engine->mac, bytes_of(op->packet, op->bytes - suite->icv_bytes)) &&
           (!suite->esn || !mac_add(engine->mac, bytes_of((const uint8_t *)&high, sizeof(high)))) &&
           !mac_finish(engine->mac, icv, suite->icv_bytes);
}

static bool seal_plain(struct cipher_engine *engine, struct cipher_op *op)
{
    uint8_t icv[CIPHER_ICV_BYTES_MAX], icv_bytes = op->key->suite.icv_bytes;

    if (!run_plain(engine, op, true) || !run_mac(engine, op, icv))
        return false;
    memcpy(op->packet + op->bytes - icv_bytes, icv, icv_bytes);
    return true;
}

static bool open_plain(struct cipher_engine *engine, struct cipher_op *op)
{
    uint8_t icv[CIPHER_ICV_BYTES_MAX], icv_bytes = op->key->suite.icv_bytes;

    if (!run_mac(engine, op, icv))
        return false;
    if (!bytes_equal_secret(bytes_of(icv, icv_bytes), bytes_of(op->packet + op->bytes - icv_bytes, icv_bytes)))
        return false;
    return run_plain(engine, op, false);
}

static void seal(struct cipher_engine *engine, struct cipher_op *ops, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        ops[i].ok = ops[i].key->suite.aead ? run_packet(engine, &ops[i]) : seal_plain(engine, &ops[i]);
}

static void open_burst(struct cipher_engine *engine, struct cipher_op *ops, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        ops[i].ok = ops[i].key->suite.aead ? run_packet(engine, &ops[i]) : open_plain(engine, &ops[i]);
}

const struct cipher_backend cipher_openssl = {
    .name = "openssl",
    .is_checked = true,
    .supports = supports,
    .engine_new = engine_new,
    .engine_free = engine_free,
    .engine_rest = engine_rest,
    .seal = seal,
    .open = open_burst,
    .run_aead = run_aead,
};
