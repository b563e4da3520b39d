#include "lib/crypto/mac.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "lib/core/secret.h"
#include "lib/crypto/xcbc.h"

struct mac {
    EVP_MAC_CTX *keyed; // HMAC, CMAC: never added to
    EVP_MAC_CTX *running;
    struct xcbc *xcbc;
};

// A context with this key; NULL when OpenSSL fails.
static EVP_MAC_CTX *keyed_new(enum mac_kind kind, const char *digest, struct bytes key)
{
    static const unsigned char empty_key[1];
    const char *name = kind == MAC_HMAC ? OSSL_MAC_PARAM_DIGEST : OSSL_MAC_PARAM_CIPHER;
    const char *value = kind == MAC_HMAC ? digest : "AES-128-CBC";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(name, (char *)(uintptr_t)value, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *mac = EVP_MAC_fetch(NULL, kind == MAC_HMAC ? "HMAC" : "CMAC", NULL);
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;

    EVP_MAC_free(mac);
    // a NULL key means "keep the old one" to OpenSSL, not an empty one
    if (ctx && EVP_MAC_init(ctx, key.n ? key.p : empty_key, key.n, params) != 1) {
        EVP_MAC_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

struct mac *mac_new(enum mac_kind kind, const char *digest, struct bytes key)
{
    struct mac *mac;
    int r;

    if (kind != MAC_HMAC && key.n != MAC_AES_BYTES)
        return NULL;
    mac = calloc(1, sizeof(*mac));
    if (!mac)
        return NULL;
    if (kind == MAC_XCBC)
        mac->xcbc = xcbc_new(key.p);
    else
        mac->keyed = keyed_new(kind, digest, key);
    r = mac->xcbc || mac->keyed ? mac_restart(mac) : -EIO;
    if (r) {
        mac_free(mac);
        return NULL;
    }
    return mac;
}

void mac_free(struct mac *mac)
{
    if (!mac)
        return;
    EVP_MAC_CTX_free(mac->running);
    EVP_MAC_CTX_free(mac->keyed);
    xcbc_free(mac->xcbc);
    free(mac);
}

int mac_restart(struct mac *mac)
{
    if (mac->xcbc)
        return xcbc_restart(mac->xcbc);
    EVP_MAC_CTX_free(mac->running);
    mac->running = EVP_MAC_CTX_dup(mac->keyed);
    return mac->running ? 0 : -EIO;
}

int mac_add(struct mac *mac, struct bytes piece)
{
    if (piece.n == 0)
        return 0;
    if (mac->xcbc)
        return xcbc_add(mac->xcbc, piece);
    return EVP_MAC_update(mac->running, piece.p, piece.n) == 1 ? 0 : -EIO;
}

int mac_finish(struct mac *mac, uint8_t *ret_tag, size_t n)
{
    uint8_t tag[EVP_MAX_MD_SIZE];
    size_t tag_n = XCBC_BYTES;
    int r;

    if (mac->xcbc)
        r = xcbc_finish(mac->xcbc, tag);
    else
        r = EVP_MAC_final(mac->running, tag, &tag_n, sizeof(tag)) == 1 ? 0 : -EIO;
    if (!r && n > tag_n)
        r = -EINVAL;
    if (!r)
        memcpy(ret_tag, tag, n);
    secret_wipe(tag, sizeof(tag));
    return r;
}
