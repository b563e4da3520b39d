#include "pki-d/seal.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "lib/core/secret.h"

// The cipher with key, nonce and additional data, ready for the value; NULL when the library fails.
static EVP_CIPHER_CTX *begin(const struct master_key *key, struct bytes name, const uint8_t *nonce, int encrypt)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n;

    if (!ctx)
        return NULL;
    if (EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->b, nonce, encrypt) == 1 &&
        (name.n == 0 || EVP_CipherUpdate(ctx, NULL, &n, name.p, (int)name.n) == 1))
        return ctx;
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
}

int seal_close(const struct master_key *key, struct bytes name, struct bytes value, uint8_t *ret_sealed)
{
    uint8_t *text = ret_sealed + SEAL_NONCE_BYTES;
    EVP_CIPHER_CTX *ctx;
    int n, last, r = -EIO;

    if (value.n > INT_MAX - SEAL_OVERHEAD_BYTES || RAND_bytes(ret_sealed, SEAL_NONCE_BYTES) != 1)
        return -EIO;
    ctx = begin(key, name, ret_sealed, 1);
    if (!ctx)
        return -EIO;
    if (EVP_CipherUpdate(ctx, text, &n, value.p, (int)value.n) == 1 && EVP_CipherFinal_ex(ctx, text + n, &last) == 1 &&
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG_BYTES, text + value.n) == 1)
        r = 0;
    EVP_CIPHER_CTX_free(ctx);
    return r;
}

int seal_open(const struct master_key *key, struct bytes name, struct bytes sealed, uint8_t *ret_value)
{
    uint8_t tag[SEAL_TAG_BYTES];
    EVP_CIPHER_CTX *ctx;
    int n, last, r = -EBADMSG;
    size_t size;

    if (sealed.n < SEAL_OVERHEAD_BYTES || sealed.n > INT_MAX)
        return -EBADMSG;
    size = sealed.n - SEAL_OVERHEAD_BYTES;
    for (size_t i = 0; i < SEAL_TAG_BYTES; i++)
        tag[i] = sealed.p[SEAL_NONCE_BYTES + size + i];
    ctx = begin(key, name, sealed.p, 0);
    if (!ctx)
        return -EIO;
    if (EVP_CipherUpdate(ctx, ret_value, &n, sealed.p + SEAL_NONCE_BYTES, (int)size) == 1 &&
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG_BYTES, tag) == 1 &&
        EVP_CipherFinal_ex(ctx, ret_value + n, &last) == 1)
        r = 0;
    else
        secret_wipe(ret_value, size);
    EVP_CIPHER_CTX_free(ctx);
    return r;
}
