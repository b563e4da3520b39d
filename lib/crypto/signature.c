#include "lib/crypto/signature.h"

#include <errno.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

// Bytes of r or s of an ECDSA key.
static size_t half_of(EVP_PKEY *key)
{
    return ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
}

// RFC 4754 7.
static bool curve_goes_with(EVP_PKEY *key, enum signature_hash hash)
{
    static const char *const curves[] = {[SIGNATURE_HASH_SHA2_256] = "prime256v1",
                                         [SIGNATURE_HASH_SHA2_384] = "secp384r1",
                                         [SIGNATURE_HASH_SHA2_512] = "secp521r1"};
    char name[64];

    return hash >= SIGNATURE_HASH_SHA2_256 && hash <= SIGNATURE_HASH_SHA2_512 &&
           EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) == 1 && strcmp(name, curves[hash]) == 0;
}

static bool fits(EVP_PKEY *key, const struct signature_scheme *scheme)
{
    switch (scheme->key) {
    case SIGNATURE_KEY_RSA_PKCS1:
        return EVP_PKEY_is_a(key, "RSA") && scheme->hash != SIGNATURE_HASH_IDENTITY;
    case SIGNATURE_KEY_RSA_PSS:
        return (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS")) && scheme->hash != SIGNATURE_HASH_IDENTITY;
    case SIGNATURE_KEY_ECDSA:
        return EVP_PKEY_is_a(key, "EC") && (!scheme->is_plain || curve_goes_with(key, scheme->hash));
    case SIGNATURE_KEY_EDDSA:
        return EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448");
    default:
        return false;
    }
}

static const EVP_MD *digest_of_hash(enum signature_hash hash)
{
    switch (hash) {
    case SIGNATURE_HASH_SHA1:
        return EVP_sha1();
    case SIGNATURE_HASH_SHA2_256:
        return EVP_sha256();
    case SIGNATURE_HASH_SHA2_384:
        return EVP_sha384();
    case SIGNATURE_HASH_SHA2_512:
        return EVP_sha512();
    default:
        return NULL;
    }
}

typedef int init_fn(EVP_MD_CTX *context, EVP_PKEY_CTX **ret_inner, const EVP_MD *digest, ENGINE *engine, EVP_PKEY *key);

// NULL when OpenSSL fails.
static EVP_MD_CTX *begin(EVP_PKEY *key, const struct signature_scheme *scheme, init_fn *init)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *inner;
    bool ok = context && init(context, &inner, digest_of_hash(scheme->hash), NULL, key) == 1;

    if (ok && scheme->key == SIGNATURE_KEY_RSA_PSS)
        ok = EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(inner, RSA_PSS_SALTLEN_DIGEST) == 1;
    if (ok)
        return context;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return NULL;
}

// r | s to DER; 0: not that.
static int der_of_plain(EVP_PKEY *key, struct bytes plain, uint8_t **ret_der)
{
    size_t half = half_of(key);
    ECDSA_SIG *pair = plain.n == 2 * half ? ECDSA_SIG_new() : NULL;
    BIGNUM *r = NULL, *s = NULL;
    int n = 0;

    if (!pair)
        return 0;
    r = BN_bin2bn(plain.p, (int)half, NULL);
    s = BN_bin2bn(plain.p + half, (int)half, NULL);
    if (r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
        n = i2d_ECDSA_SIG(pair, ret_der);
    } else {
        BN_free(r);
        BN_free(s);
    }
    ECDSA_SIG_free(pair);
    return n > 0 ? n : 0;
}

int signature_verify(EVP_PKEY *key, const struct signature_scheme *scheme, struct bytes data, struct bytes signature)
{
    EVP_MD_CTX *context;
    uint8_t *der = NULL;
    int r;

    if (!fits(key, scheme))
        return -EINVAL;
    if (scheme->is_plain) {
        int n = der_of_plain(key, signature, &der);

        if (n == 0)
            return -EBADMSG;
        signature = bytes_of(der, (size_t)n);
    }
    context = begin(key, scheme, EVP_DigestVerifyInit);
    if (!context)
        r = -EIO;
    else
        r = EVP_DigestVerify(context, signature.p, signature.n, data.p, data.n) == 1 ? 0 : -EBADMSG;
    EVP_MD_CTX_free(context);
    OPENSSL_free(der);
    ERR_clear_error();
    return r;
}

// DER to r | s in place.
static int make_plain(EVP_PKEY *key, uint8_t *signature, size_t *n)
{
    const uint8_t *p = signature;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &p, (long)*n);
    int half = (int)half_of(key);
    bool ok = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, half) == half &&
              BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + half, half) == half;

    ECDSA_SIG_free(pair);
    *n = 2 * (size_t)half;
    return ok ? 0 : -EIO;
}

int signature_sign(EVP_PKEY *key, const struct signature_scheme *scheme, struct bytes data, uint8_t *ret_signature,
                   size_t *ret_n)
{
    uint8_t signature[SIGNATURE_MAX_BYTES];
    size_t n = sizeof(signature);
    EVP_MD_CTX *context;
    int r;

    if (!fits(key, scheme))
        return -EINVAL;
    context = begin(key, scheme, EVP_DigestSignInit);
    r = context && EVP_DigestSign(context, signature, &n, data.p, data.n) == 1 ? 0 : -EIO;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    if (r == 0 && scheme->is_plain)
        r = make_plain(key, signature, &n);
    if (r < 0)
        return r;
    memcpy(ret_signature, signature, n);
    *ret_n = n;
    return 0;
}
