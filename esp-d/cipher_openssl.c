// OpenSSL: the portable backend, and the reference in tests. A worker's contexts keep the key that they held last,
// until it rests: no key outlives its SA in them.
#include "esp-d/cipher.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/secret.h"

struct cipher_engine {
    EVP_CIPHER_CTX *cipher;
    EVP_MAC *hmac;
    EVP_MAC_CTX *mac;
    uint64_t cipher_key_id; // 0: none
    uint64_t mac_key_id;
    bool sealing;
};

struct key {
    struct cipher_key head;
    const EVP_CIPHER *algorithm;
    struct secret_key encr; // with the salt behind it
    struct secret_key integ;
};

static const struct key *key_of(const struct cipher_op *op)
{
    return (const struct key *)op->key;
}

static void engine_free(struct cipher_engine *engine)
{
    if (!engine)
        return;
    EVP_CIPHER_CTX_free(engine->cipher);
    EVP_MAC_CTX_free(engine->mac);
    EVP_MAC_free(engine->hmac);
    free(engine);
}

static struct cipher_engine *engine_new(void)
{
    struct cipher_engine *engine = calloc(1, sizeof(*engine));

    if (!engine)
        return NULL;
    engine->cipher = EVP_CIPHER_CTX_new();
    engine->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    engine->mac = engine->hmac ? EVP_MAC_CTX_new(engine->hmac) : NULL;
    if (!engine->cipher || !engine->mac) {
        engine_free(engine);
        return NULL;
    }
    return engine;
}

static void engine_rest(struct cipher_engine *engine)
{
    EVP_CIPHER_CTX_reset(engine->cipher);
    engine->cipher_key_id = 0;
    EVP_MAC_CTX_free(engine->mac); // there is no call that resets one
    engine->mac = NULL;
    engine->mac_key_id = 0;
}

static const EVP_CIPHER *algorithm_of(const struct cipher_suite *suite)
{
    switch (suite->key_bytes) {
    case 16:
        return suite->aead ? EVP_aes_128_gcm() : EVP_aes_128_cbc();
    case 24:
        return suite->aead ? EVP_aes_192_gcm() : EVP_aes_192_cbc();
    default:
        return suite->aead ? EVP_aes_256_gcm() : EVP_aes_256_cbc();
    }
}

static struct cipher_key *key_new(struct cipher_engine *engine, const struct cipher_suite *suite,
                                  enum cipher_direction direction, struct bytes encr_key, struct bytes integ_key)
{
    struct key *key = secret_alloc(sizeof(*key));

    (void)engine;
    (void)direction;
    if (!key)
        return NULL;
    key->algorithm = algorithm_of(suite);
    if (secret_key_set(&key->encr, encr_key) || secret_key_set(&key->integ, integ_key)) {
        secret_free(key, sizeof(*key));
        return NULL;
    }
    return &key->head;
}

static void key_free(struct cipher_key *key)
{
    secret_free(key, sizeof(struct key));
}

// Sets the key when another one was there, then the nonce or IV.
static bool set_cipher(struct cipher_engine *engine, const struct cipher_op *op, bool sealing)
{
    const struct key *key = key_of(op);
    bool same = engine->cipher_key_id == op->key->id && engine->sealing == sealing;
    uint8_t iv[CIPHER_IV_BYTES_MAX];

    if (!same) {
        engine->cipher_key_id = 0;
        if (!EVP_CipherInit_ex(engine->cipher, key->algorithm, NULL, key->encr.b, NULL, sealing))
            return false;
        if (!op->key->suite.aead)
            EVP_CIPHER_CTX_set_padding(engine->cipher, 0);
        engine->cipher_key_id = op->key->id;
        engine->sealing = sealing;
    }
    memcpy(iv, key->encr.b + op->key->suite.key_bytes, op->key->suite.salt_bytes);
    memcpy(iv + op->key->suite.salt_bytes, op->packet + CIPHER_HEADER_BYTES, op->key->suite.iv_bytes);
    return EVP_CipherInit_ex(engine->cipher, NULL, NULL, NULL, iv, sealing);
}

// RFC 4106 5, RFC 4303 2.2.1: what an AEAD's ICV covers besides the encrypted part.
static bool associate(struct cipher_engine *engine, const struct cipher_op *op)
{
    uint32_t high = htobe32(op->sequence_high);
    uint8_t data[CIPHER_HEADER_BYTES + sizeof(high)];
    int done, n = CIPHER_HEADER_BYTES;

    memcpy(data, op->packet, CIPHER_HEADER_BYTES);
    if (op->key->suite.esn) {
        memcpy(data + 8, data + 4, 4);
        memcpy(data + 4, &high, sizeof(high));
        n = sizeof(data);
    }
    return EVP_CipherUpdate(engine->cipher, NULL, &done, data, n);
}

static bool run_cipher(struct cipher_engine *engine, const struct cipher_op *op, bool sealing)
{
    const struct cipher_suite *suite = &op->key->suite;
    uint32_t start = CIPHER_HEADER_BYTES + suite->iv_bytes, n = op->bytes - start - suite->icv_bytes;
    uint8_t *p = op->packet + start;
    int done;

    if (!set_cipher(engine, op, sealing))
        return false;
    if (suite->aead && !associate(engine, op))
        return false;
    if (suite->aead && !sealing && !EVP_CIPHER_CTX_ctrl(engine->cipher, EVP_CTRL_AEAD_SET_TAG, suite->icv_bytes, p + n))
        return false;
    if (!EVP_CipherUpdate(engine->cipher, p, &done, p, (int)n))
        return false;
    if (EVP_CipherFinal_ex(engine->cipher, p + done, &done) <= 0)
        return false;
    return !suite->aead || !sealing ||
           EVP_CIPHER_CTX_ctrl(engine->cipher, EVP_CTRL_AEAD_GET_TAG, suite->icv_bytes, p + n) > 0;
}

static bool set_mac(struct cipher_engine *engine, const struct key *key)
{
    char digest[32];
    OSSL_PARAM parameters[2];

    if (engine->mac_key_id == key->head.id)
        return EVP_MAC_init(engine->mac, NULL, 0, NULL);
    engine->mac_key_id = 0;
    if (!engine->mac)
        engine->mac = EVP_MAC_CTX_new(engine->hmac);
    if (!engine->mac)
        return false;
    memccpy(digest, key->head.suite.digest, 0, sizeof(digest));
    parameters[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
    parameters[1] = OSSL_PARAM_construct_end();
    if (!EVP_MAC_init(engine->mac, key->integ.b, key->integ.n, parameters))
        return false;
    engine->mac_key_id = key->head.id;
    return true;
}

// RFC 4303 2.8: over all before the ICV, with ESN the high half of the number behind it. Into `icv`, which takes a
// whole digest.
static bool run_mac(struct cipher_engine *engine, const struct cipher_op *op, uint8_t icv[EVP_MAX_MD_SIZE])
{
    uint32_t high = htobe32(op->sequence_high);
    size_t n;

    return set_mac(engine, key_of(op)) &&
           EVP_MAC_update(engine->mac, op->packet, op->bytes - op->key->suite.icv_bytes) &&
           (!op->key->suite.esn || EVP_MAC_update(engine->mac, (const uint8_t *)&high, sizeof(high))) &&
           EVP_MAC_final(engine->mac, icv, &n, EVP_MAX_MD_SIZE);
}

static bool seal_cbc(struct cipher_engine *engine, struct cipher_op *op)
{
    uint8_t icv[EVP_MAX_MD_SIZE], icv_bytes = op->key->suite.icv_bytes;

    if (!run_cipher(engine, op, true) || !run_mac(engine, op, icv))
        return false;
    memcpy(op->packet + op->bytes - icv_bytes, icv, icv_bytes);
    return true;
}

static bool open_cbc(struct cipher_engine *engine, struct cipher_op *op)
{
    uint8_t icv[EVP_MAX_MD_SIZE], icv_bytes = op->key->suite.icv_bytes;

    if (!run_mac(engine, op, icv))
        return false;
    if (!bytes_equal_secret(bytes_of(icv, icv_bytes), bytes_of(op->packet + op->bytes - icv_bytes, icv_bytes)))
        return false;
    return run_cipher(engine, op, false);
}

static void seal(struct cipher_engine *engine, struct cipher_op *ops, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        ops[i].ok = ops[i].key->suite.aead ? run_cipher(engine, &ops[i], true) : seal_cbc(engine, &ops[i]);
}

static void open_burst(struct cipher_engine *engine, struct cipher_op *ops, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        ops[i].ok = ops[i].key->suite.aead ? run_cipher(engine, &ops[i], false) : open_cbc(engine, &ops[i]);
}

const struct cipher_backend cipher_openssl = {
    .name = "openssl",
    .engine_new = engine_new,
    .engine_free = engine_free,
    .engine_rest = engine_rest,
    .key_new = key_new,
    .key_free = key_free,
    .seal = seal,
    .open = open_burst,
};
