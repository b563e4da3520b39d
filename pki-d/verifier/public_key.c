#include "pki-d/verifier/public_key.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki-d/verifier/verifier_limits.h"

#define KEY_TYPE(name) BULKHEAD__V1__KEY_TYPE__KEY_TYPE_##name

static const struct {
    const char *group; // OpenSSL's name
    Bulkhead__V1__KeyType type;
} curves[] = {
    {"prime256v1", KEY_TYPE(EC_P256)},
    {"secp384r1", KEY_TYPE(EC_P384)},
    {"secp521r1", KEY_TYPE(EC_P521)},
};

static Bulkhead__V1__KeyType curve_type(EVP_PKEY *key)
{
    char group[64];

    if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1)
        for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
            if (strcmp(group, curves[i].group) == 0)
                return curves[i].type;
    return KEY_TYPE(UNSPECIFIED);
}

Bulkhead__V1__KeyType public_key_type(EVP_PKEY *key)
{
    int bits = EVP_PKEY_get_bits(key);

    if (EVP_PKEY_is_a(key, "RSA"))
        return bits == 2048   ? KEY_TYPE(RSA_2048)
               : bits == 3072 ? KEY_TYPE(RSA_3072)
               : bits == 4096 ? KEY_TYPE(RSA_4096)
                              : KEY_TYPE(UNSPECIFIED);
    if (EVP_PKEY_is_a(key, "EC"))
        return curve_type(key);
    return EVP_PKEY_is_a(key, "ED25519") ? KEY_TYPE(ED25519) : KEY_TYPE(UNSPECIFIED);
}

static int read_number(EVP_PKEY *key, const char *name, ProtobufCBinaryData *ret_data)
{
    BIGNUM *number = NULL;
    uint8_t *bytes;

    if (EVP_PKEY_get_bn_param(key, name, &number) != 1)
        return -EBADMSG;
    bytes = malloc((size_t)BN_num_bytes(number) + 1);
    if (bytes)
        *ret_data = (ProtobufCBinaryData){.data = bytes, .len = (size_t)BN_bn2bin(number, bytes)};
    BN_free(number);
    return bytes ? 0 : -ENOMEM;
}

// RFC 5480 2.2: a compressed point is one, too, but everybody else wants the whole.
static int read_point(EVP_PKEY *key, ProtobufCBinaryData *ret_data)
{
    BIGNUM *x = NULL, *y = NULL;
    int bytes = (EVP_PKEY_get_bits(key) + 7) / 8;
    uint8_t *point = malloc(2 * (size_t)bytes + 1);
    int r = -EBADMSG;

    if (!point)
        return -ENOMEM;
    point[0] = 4; // SEC 1 2.3.3: uncompressed
    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1 && BN_bn2binpad(x, point + 1, bytes) == bytes &&
        BN_bn2binpad(y, point + 1 + bytes, bytes) == bytes)
        r = 0;
    BN_free(x);
    BN_free(y);
    if (r == 0)
        *ret_data = (ProtobufCBinaryData){.data = point, .len = 2 * (size_t)bytes + 1};
    else
        free(point);
    return r;
}

static int read_raw(EVP_PKEY *key, ProtobufCBinaryData *ret_data)
{
    size_t n = 32; // RFC 8032 5.1.5
    uint8_t *point = malloc(n);

    if (!point)
        return -ENOMEM;
    if (EVP_PKEY_get_raw_public_key(key, point, &n) != 1) {
        free(point);
        return -EBADMSG;
    }
    *ret_data = (ProtobufCBinaryData){.data = point, .len = n};
    return 0;
}

int public_key_read(EVP_PKEY *key, Bulkhead__Internal__V1__PublicKey **ret_key)
{
    Bulkhead__Internal__V1__PublicKey *typed = malloc(sizeof(*typed));
    int r = -EBADMSG;

    if (!typed)
        return -ENOMEM;
    bulkhead__internal__v1__public_key__init(typed);
    typed->type = public_key_type(key);
    if (EVP_PKEY_is_a(key, "RSA")) {
        r = read_number(key, OSSL_PKEY_PARAM_RSA_N, &typed->n);
        if (r == 0)
            r = read_number(key, OSSL_PKEY_PARAM_RSA_E, &typed->e);
    } else if (EVP_PKEY_is_a(key, "EC")) {
        r = read_point(key, &typed->point);
    } else if (EVP_PKEY_is_a(key, "ED25519")) {
        r = read_raw(key, &typed->point);
    }
    ERR_clear_error();
    if (r == 0)
        *ret_key = typed;
    else
        bulkhead__internal__v1__public_key__free_unpacked(typed, NULL);
    return r;
}

const char *public_key_weakness(EVP_PKEY *key, char *out, size_t out_size)
{
    int bits = EVP_PKEY_get_bits(key), is_explicit = 0;

    if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS")) {
        if (bits >= VERIFIER_RSA_MIN_BITS && bits <= VERIFIER_RSA_MAX_BITS)
            return NULL;
        snprintf(out, out_size, "an RSA key of %d bits, of %d to %d", bits, VERIFIER_RSA_MIN_BITS,
                 VERIFIER_RSA_MAX_BITS);
        return out;
    }
    if (EVP_PKEY_is_a(key, "EC")) {
        EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit);
        if (curve_type(key) != KEY_TYPE(UNSPECIFIED) && !is_explicit)
            return NULL;
        snprintf(out, out_size, "an EC key on a curve that is not P-256, P-384 or P-521");
        return out;
    }
    if (EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448"))
        return NULL;
    snprintf(out, out_size, "a key that is neither RSA, EC nor EdDSA");
    return out;
}
