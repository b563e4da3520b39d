#include "lib/crypto/prf.h"

#include <errno.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "lib/core/secret.h"

// A context that HMACs with this digest and key; NULL when OpenSSL fails.
static EVP_MAC_CTX *hmac_new(const char *digest, struct bytes key)
{
    static const unsigned char empty_key[1];
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)digest, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;

    EVP_MAC_free(mac);
    // a NULL key means "keep the old one" to OpenSSL, not an empty one
    if (ctx && EVP_MAC_init(ctx, key.n ? key.p : empty_key, key.n, params) != 1) {
        EVP_MAC_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

static int add(EVP_MAC_CTX *ctx, struct prf_input input)
{
    for (size_t i = 0; i < input.n; i++)
        if (input.part[i].n && EVP_MAC_update(ctx, input.part[i].p, input.part[i].n) != 1)
            return -EIO;
    return 0;
}

static int finish(EVP_MAC_CTX *ctx, uint8_t *output, size_t n)
{
    size_t written = 0;

    return EVP_MAC_final(ctx, output, &written, n) == 1 && written == n ? 0 : -EIO;
}

int prf_compute(const struct prf_algorithm *prf, struct bytes key, struct prf_input input, uint8_t *ret_output)
{
    EVP_MAC_CTX *ctx = hmac_new(prf->digest, key);
    int r = ctx ? add(ctx, input) : -EIO;

    if (!r)
        r = finish(ctx, ret_output, prf->key_bytes);
    EVP_MAC_CTX_free(ctx);
    return r;
}

// T(i) = prf(K, T(i-1) | S | i), RFC 7296 2.13. `block` holds T(i-1), then T(i).
static int next_block(EVP_MAC_CTX *keyed, struct prf_input seed, uint8_t i, struct bytes before, uint8_t *block)
{
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_dup(keyed);
    struct bytes counter = bytes_of(&i, 1);
    int r = ctx ? 0 : -EIO;

    if (!r)
        r = add(ctx, PRF_INPUT(before));
    if (!r)
        r = add(ctx, seed);
    if (!r)
        r = add(ctx, PRF_INPUT(counter));
    if (!r)
        r = finish(ctx, block, EVP_MAC_CTX_get_mac_size(keyed));
    EVP_MAC_CTX_free(ctx);
    return r;
}

int prf_plus(const struct prf_algorithm *prf, struct bytes key, struct prf_input seed, uint8_t *ret_output, size_t n)
{
    size_t size = prf->key_bytes;
    uint8_t block[PRF_BYTES_MAX];
    EVP_MAC_CTX *keyed;
    int r = 0;

    if (n > 255 * size)
        return -EINVAL;
    keyed = hmac_new(prf->digest, key);
    if (!keyed)
        r = -EIO;
    for (size_t done = 0; !r && done < n; done += size) {
        size_t take = n - done < size ? n - done : size;

        r = next_block(keyed, seed, (uint8_t)(done / size + 1), bytes_of(block, done ? size : 0), block);
        if (!r)
            memcpy(ret_output + done, block, take);
    }
    if (r)
        secret_wipe(ret_output, n);
    secret_wipe(block, sizeof(block));
    EVP_MAC_CTX_free(keyed);
    return r;
}
