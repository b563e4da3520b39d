#include "ike-d/key/ike_keys.h"

#include <errno.h>

#include "lib/core/reader.h"
#include "lib/core/writer.h"
#include "lib/crypto/prf.h"

#define SPI_BYTES             8
#define FIXED_KEY_NONCE_BYTES 8

#define STREAM_MAX 512 // seven keys of the longest algorithms are 392 bytes

// The next n bytes of the key stream.
static int cut(struct reader *stream, size_t n, struct secret_key *key)
{
    struct bytes view;

    return reader_bytes(stream, n, &view) || secret_key_set(key, view) ? -EINVAL : 0;
}

// {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr}
static int cut_all(const struct ike_suite *suite, struct bytes bytes, struct ike_keys *keys)
{
    struct reader stream = reader_of(bytes);
    size_t prf_n = suite->prf->key_bytes;
    size_t integ_n = suite->integ ? suite->integ->key_bytes : 0;
    size_t encr_n = (size_t)suite->encr->key_bytes + suite->encr->salt_bytes;

    if (cut(&stream, prf_n, &keys->sk_d) || cut(&stream, integ_n, &keys->sk_ai) ||
        cut(&stream, integ_n, &keys->sk_ar) || cut(&stream, encr_n, &keys->sk_ei) ||
        cut(&stream, encr_n, &keys->sk_er) || cut(&stream, prf_n, &keys->sk_pi) || cut(&stream, prf_n, &keys->sk_pr))
        return -EINVAL;
    return 0;
}

static size_t stream_bytes(const struct ike_suite *suite)
{
    size_t integ_n = suite->integ ? suite->integ->key_bytes : 0;

    return 3u * suite->prf->key_bytes + 2 * (integ_n + suite->encr->key_bytes + suite->encr->salt_bytes);
}

// prf+ (SKEYSEED, Ni | Nr | SPIi | SPIr), RFC 7296 2.14
static int expand(const struct ike_suite *suite, struct bytes skeyseed, const struct ike_key_seed *seed,
                  struct ike_keys *ret_keys)
{
    uint8_t spi_bytes[2 * SPI_BYTES];
    struct writer spis = writer_of(spi_bytes, sizeof(spi_bytes));
    uint8_t stream[STREAM_MAX];
    size_t n = stream_bytes(suite);
    struct ike_keys keys = {0};
    int r;

    if (n > sizeof(stream))
        return -EINVAL;
    writer_u64(&spis, seed->spi_i);
    writer_u64(&spis, seed->spi_r);
    r = prf_plus(suite->prf, skeyseed, PRF_INPUT(seed->nonce_i, seed->nonce_r, writer_view(&spis)), stream, n);
    if (!r)
        r = cut_all(suite, bytes_of(stream, n), &keys);
    if (!r)
        *ret_keys = keys;
    secret_wipe(stream, sizeof(stream));
    ike_keys_wipe(&keys);
    return r;
}

// Two PRFs have keys of 128 bits: the first 64 bits of either nonce (RFC 7296 2.14). The others take them whole.
static struct bytes key_part(const struct prf_algorithm *prf, struct bytes nonce)
{
    return prf->mac != MAC_HMAC && nonce.n > FIXED_KEY_NONCE_BYTES ? bytes_of(nonce.p, FIXED_KEY_NONCE_BYTES) : nonce;
}

int ike_keys_derive(const struct ike_suite *suite, const struct ike_key_seed *seed, struct ike_keys *ret_keys)
{
    uint8_t nonces[1024];
    uint8_t skeyseed[PRF_BYTES_MAX];
    struct writer key = writer_of(nonces, sizeof(nonces));
    int r;

    writer_bytes(&key, key_part(suite->prf, seed->nonce_i));
    writer_bytes(&key, key_part(suite->prf, seed->nonce_r));
    if (!writer_ok(&key))
        return -EINVAL;
    // SKEYSEED = prf(Ni | Nr, g^ir), RFC 7296 2.14
    r = prf_compute(suite->prf, writer_view(&key), PRF_INPUT(seed->shared), skeyseed);
    if (!r)
        r = expand(suite, bytes_of(skeyseed, suite->prf->key_bytes), seed, ret_keys);
    secret_wipe(skeyseed, sizeof(skeyseed));
    return r;
}

int ike_keys_derive_rekey(const struct ike_suite *suite, const struct prf_algorithm *old_prf, struct bytes old_sk_d,
                          const struct ike_key_seed *seed, struct ike_keys *ret_keys)
{
    uint8_t skeyseed[PRF_BYTES_MAX];
    // SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr), RFC 7296 2.18
    int r = prf_compute(old_prf, old_sk_d, PRF_INPUT(seed->shared, seed->nonce_i, seed->nonce_r), skeyseed);

    if (!r)
        r = expand(suite, bytes_of(skeyseed, old_prf->key_bytes), seed, ret_keys);
    secret_wipe(skeyseed, sizeof(skeyseed));
    return r;
}

void ike_keys_wipe(struct ike_keys *keys)
{
    secret_wipe(keys, sizeof(*keys));
}
