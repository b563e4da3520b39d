#include "lib/crypto/xcbc.h"

#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

#include "lib/core/secret.h"

#define CHUNK_BYTES 512

struct xcbc {
    EVP_CIPHER_CTX *chain; // CBC under K1; holds E[i-1]
    uint8_t k2[XCBC_BYTES];
    uint8_t k3[XCBC_BYTES];
    // The end of what was added: it may be the message's last block, which is masked.
    uint8_t kept[XCBC_BYTES];
    size_t kept_n;
};

static const uint8_t zero[XCBC_BYTES];

static EVP_CIPHER_CTX *cbc_new(const uint8_t *key)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    if (ctx &&
        (EVP_EncryptInit_ex(ctx, EVP_aes_128_cbc(), NULL, key, zero) != 1 || EVP_CIPHER_CTX_set_padding(ctx, 0) != 1)) {
        EVP_CIPHER_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

// E(K, b b b ...): one of K1, K2, K3
static int derive(const uint8_t *key, uint8_t b, uint8_t ret_key[XCBC_BYTES])
{
    EVP_CIPHER_CTX *ctx = cbc_new(key);
    uint8_t block[XCBC_BYTES];
    int n = 0;
    int ok;

    memset(block, b, sizeof(block));
    ok = ctx && EVP_EncryptUpdate(ctx, ret_key, &n, block, sizeof(block)) == 1 && n == XCBC_BYTES;
    EVP_CIPHER_CTX_free(ctx);
    return ok ? 0 : -EIO;
}

struct xcbc *xcbc_new(const uint8_t key[XCBC_BYTES])
{
    struct xcbc *xcbc = secret_alloc(sizeof(*xcbc));
    uint8_t k1[XCBC_BYTES] = {0};

    if (!xcbc)
        return NULL;
    if (!derive(key, 1, k1) && !derive(key, 2, xcbc->k2) && !derive(key, 3, xcbc->k3))
        xcbc->chain = cbc_new(k1);
    secret_wipe(k1, sizeof(k1));
    if (!xcbc->chain) {
        xcbc_free(xcbc);
        return NULL;
    }
    return xcbc;
}

void xcbc_free(struct xcbc *xcbc)
{
    if (!xcbc)
        return;
    EVP_CIPHER_CTX_free(xcbc->chain);
    secret_free(xcbc, sizeof(*xcbc));
}

int xcbc_restart(struct xcbc *xcbc)
{
    xcbc->kept_n = 0;
    return EVP_EncryptInit_ex(xcbc->chain, NULL, NULL, NULL, zero) == 1 ? 0 : -EIO;
}

// Whole blocks through the chain; ret_last is the last one of the result.
static int run(struct xcbc *xcbc, struct bytes blocks, uint8_t ret_last[XCBC_BYTES])
{
    uint8_t out[CHUNK_BYTES];
    int r = 0;

    for (size_t done = 0; !r && done < blocks.n;) {
        size_t take = blocks.n - done < sizeof(out) ? blocks.n - done : sizeof(out);
        int n = 0;

        if (EVP_EncryptUpdate(xcbc->chain, out, &n, blocks.p + done, (int)take) != 1 || (size_t)n != take)
            r = -EIO;
        else
            memcpy(ret_last, out + take - XCBC_BYTES, XCBC_BYTES);
        done += take;
    }
    return r;
}

int xcbc_add(struct xcbc *xcbc, struct bytes piece)
{
    uint8_t ignored[XCBC_BYTES];
    size_t fill = sizeof(xcbc->kept) - xcbc->kept_n;
    size_t whole;

    if (fill > piece.n)
        fill = piece.n;
    if (fill)
        memcpy(xcbc->kept + xcbc->kept_n, piece.p, fill);
    xcbc->kept_n += fill;
    if (fill == piece.n)
        return 0;
    // more follows, so that the kept block is not the last; of the rest one to sixteen bytes are kept
    piece = bytes_of(piece.p + fill, piece.n - fill);
    whole = (piece.n - 1) / XCBC_BYTES * XCBC_BYTES;
    if (run(xcbc, bytes_of(xcbc->kept, sizeof(xcbc->kept)), ignored) || run(xcbc, bytes_of(piece.p, whole), ignored))
        return -EIO;
    xcbc->kept_n = piece.n - whole;
    memcpy(xcbc->kept, piece.p + whole, xcbc->kept_n);
    return 0;
}

int xcbc_finish(struct xcbc *xcbc, uint8_t ret_tag[XCBC_BYTES])
{
    const uint8_t *mask = xcbc->kept_n == XCBC_BYTES ? xcbc->k2 : xcbc->k3;
    uint8_t last[XCBC_BYTES] = {0};

    memcpy(last, xcbc->kept, xcbc->kept_n);
    if (xcbc->kept_n < XCBC_BYTES)
        last[xcbc->kept_n] = 0x80; // RFC 3566 4: one bit, then zeros
    for (size_t i = 0; i < sizeof(last); i++)
        last[i] ^= mask[i];
    return run(xcbc, bytes_of(last, sizeof(last)), ret_tag);
}
