#include "lib/crypto/mac.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "lib/core/secret.h"
#include "lib/crypto/xcbc.h"

struct mac {
    EVP_MAC_CTX *ctx; // HMAC, CMAC
    struct xcbc *xcbc;
};

// HMAC contexts without keys: to find an algorithm by its name costs OpenSSL more than to use it on a short message.
// Made once, then only copied.
static struct {
    pthread_once_t once;
    struct {
        const char *digest;
        EVP_MAC_CTX *ctx;
    } hmac[5];
} models = {.once = PTHREAD_ONCE_INIT, .hmac = {{.digest = "SHA256"}, {"SHA384"}, {"SHA512"}, {"SHA1"}, {"MD5"}}};

static EVP_MAC_CTX *context_new(enum mac_kind kind)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, kind == MAC_HMAC ? "HMAC" : "CMAC", NULL);
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;

    EVP_MAC_free(mac);
    return ctx;
}

static EVP_MAC_CTX *model_new(const char *digest)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)digest, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC_CTX *ctx = context_new(MAC_HMAC);

    if (ctx && EVP_MAC_CTX_set_params(ctx, params) != 1) {
        EVP_MAC_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

static void make_models(void)
{
    for (size_t i = 0; i < sizeof(models.hmac) / sizeof(models.hmac[0]); i++)
        models.hmac[i].ctx = model_new(models.hmac[i].digest);
}

static EVP_MAC_CTX *copy_model(const char *digest)
{
    pthread_once(&models.once, make_models);
    for (size_t i = 0; i < sizeof(models.hmac) / sizeof(models.hmac[0]); i++)
        if (models.hmac[i].ctx && !strcmp(models.hmac[i].digest, digest))
            return EVP_MAC_CTX_dup(models.hmac[i].ctx);
    return NULL;
}

// A context with this key; NULL when OpenSSL fails.
static EVP_MAC_CTX *keyed_new(enum mac_kind kind, const char *digest, struct bytes key)
{
    static const unsigned char empty_key[1];
    static const OSSL_PARAM none[] = {OSSL_PARAM_END};
    static char cipher[] = "AES-128-CBC";
    const OSSL_PARAM cmac[] = {
        OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, sizeof(cipher) - 1),
        OSSL_PARAM_END,
    };
    EVP_MAC_CTX *ctx = kind == MAC_HMAC ? copy_model(digest) : context_new(kind);

    // a NULL key means "keep the old one" to OpenSSL, not an empty one
    if (ctx && EVP_MAC_init(ctx, key.n ? key.p : empty_key, key.n, kind == MAC_HMAC ? none : cmac) != 1) {
        EVP_MAC_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

struct mac *mac_new(enum mac_kind kind, const char *digest, struct bytes key)
{
    struct mac *mac;

    if (kind != MAC_HMAC && key.n != MAC_AES_BYTES)
        return NULL;
    mac = calloc(1, sizeof(*mac));
    if (!mac)
        return NULL;
    if (kind == MAC_XCBC)
        mac->xcbc = xcbc_new(key.p);
    else
        mac->ctx = keyed_new(kind, digest, key);
    if (!mac->ctx && (!mac->xcbc || xcbc_restart(mac->xcbc))) {
        mac_free(mac);
        return NULL;
    }
    return mac;
}

void mac_free(struct mac *mac)
{
    if (!mac)
        return;
    EVP_MAC_CTX_free(mac->ctx);
    xcbc_free(mac->xcbc);
    free(mac);
}

int mac_restart(struct mac *mac)
{
    if (mac->xcbc)
        return xcbc_restart(mac->xcbc);
    return EVP_MAC_init(mac->ctx, NULL, 0, NULL) == 1 ? 0 : -EIO;
}

int mac_add(struct mac *mac, struct bytes piece)
{
    if (piece.n == 0)
        return 0;
    if (mac->xcbc)
        return xcbc_add(mac->xcbc, piece);
    return EVP_MAC_update(mac->ctx, piece.p, piece.n) == 1 ? 0 : -EIO;
}

int mac_finish(struct mac *mac, uint8_t *ret_tag, size_t n)
{
    uint8_t tag[EVP_MAX_MD_SIZE];
    size_t tag_n = XCBC_BYTES;
    int r;

    if (mac->xcbc)
        r = xcbc_finish(mac->xcbc, tag);
    else
        r = EVP_MAC_final(mac->ctx, tag, &tag_n, sizeof(tag)) == 1 ? 0 : -EIO;
    if (!r && n > tag_n)
        r = -EINVAL;
    if (!r)
        memcpy(ret_tag, tag, n);
    secret_wipe(tag, sizeof(tag));
    return r;
}
