#include "pki-d/key.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "lib/ipc/edge_message.h"

#define TYPE(name) BULKHEAD__V1__KEY_TYPE__KEY_TYPE_##name

static const struct kind {
    Bulkhead__V1__KeyType type;
    const char *name;
    const char *group; // NULL: not EC
    unsigned rsa_bits;
} kinds[] = {
    {TYPE(RSA_2048), "rsa-2048", NULL, 2048},   {TYPE(RSA_3072), "rsa-3072", NULL, 3072},
    {TYPE(RSA_4096), "rsa-4096", NULL, 4096},   {TYPE(EC_P256), "ec-p256", "prime256v1", 0},
    {TYPE(EC_P384), "ec-p384", "secp384r1", 0}, {TYPE(EC_P521), "ec-p521", "secp521r1", 0},
    {TYPE(ED25519), "ed25519", NULL, 0},
};

static const struct kind *kind_of_type(Bulkhead__V1__KeyType type)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].type == type)
            return &kinds[i];
    return NULL;
}

static const struct kind *kind_of(const EVP_PKEY *key)
{
    char group[32] = "";

    if (EVP_PKEY_is_a(key, "ED25519"))
        return kind_of_type(TYPE(ED25519));
    if (EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1)
        return NULL;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].group
                ? strcmp(kinds[i].group, group) == 0
                : kinds[i].rsa_bits && EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) == (int)kinds[i].rsa_bits)
            return &kinds[i];
    return NULL;
}

EVP_PKEY *key_new(Bulkhead__V1__KeyType type)
{
    const struct kind *kind = kind_of_type(type);

    if (!kind)
        return NULL;
    if (kind->rsa_bits)
        return EVP_RSA_gen(kind->rsa_bits);
    return kind->group ? EVP_EC_gen(kind->group) : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

Bulkhead__V1__KeyType key_type(const EVP_PKEY *key)
{
    const struct kind *kind = kind_of(key);

    return kind ? kind->type : TYPE(UNSPECIFIED);
}

char *key_name(const EVP_PKEY *key, char ret_name[KEY_NAME_MAX])
{
    const struct kind *kind = kind_of(key);

    if (kind)
        snprintf(ret_name, KEY_NAME_MAX, "%s", kind->name);
    else
        snprintf(ret_name, KEY_NAME_MAX, "%s-%d", key_is_rsa(key) ? "rsa" : "other", EVP_PKEY_get_bits(key));
    return ret_name;
}

bool key_is_rsa(const EVP_PKEY *key)
{
    return EVP_PKEY_is_a(key, "RSA");
}

const EVP_MD *key_digest(const EVP_PKEY *key)
{
    switch (key_type(key)) {
    case TYPE(ED25519):
        return NULL;
    case TYPE(EC_P384):
        return EVP_sha384();
    case TYPE(EC_P521):
        return EVP_sha512();
    default:
        return EVP_sha256();
    }
}

// ---- from typed fields

// An RSA modulus is bounded here, since the arithmetic's time grows with its cube.
#define RSA_MAX_BYTES 1024

struct builder {
    OSSL_PARAM_BLD *bld;
    BIGNUM *numbers[8]; // freed when the key is made
    size_t n;
    bool failed;
};

static void add_number(struct builder *b, const char *name, struct bytes value)
{
    BIGNUM *number = value.n && value.n <= RSA_MAX_BYTES ? BN_secure_new() : NULL;

    if (!number || !BN_bin2bn(value.p, (int)value.n, number) || OSSL_PARAM_BLD_push_BN(b->bld, name, number) != 1)
        b->failed = true;
    if (number)
        b->numbers[b->n++] = number;
}

// Uses the builder up.
static EVP_PKEY *finish(struct builder *b, const char *algorithm, int selection)
{
    OSSL_PARAM *parameters = b->failed ? NULL : OSSL_PARAM_BLD_to_param(b->bld);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
    EVP_PKEY *key = NULL;

    if (!parameters || !ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, selection, parameters) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(b->bld);
    for (size_t i = 0; i < b->n; i++)
        BN_clear_free(b->numbers[i]);
    return key;
}

// d mod (prime - 1) for each prime and the inverse of the second one (RFC 8017 3.2), which PKCS#8 needs.
static void add_exponents(struct builder *b, BIGNUM *d, BIGNUM *p, BIGNUM *q)
{
    static const char *const names[] = {OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
                                        OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
    BIGNUM *less = BN_secure_new(), *value[3] = {BN_secure_new(), BN_secure_new(), BN_secure_new()};
    BN_CTX *ctx = BN_CTX_secure_new();

    BN_set_flags(d, BN_FLG_CONSTTIME);
    b->failed = !less || !ctx || !value[0] || !value[1] || !value[2] || BN_sub(less, p, BN_value_one()) != 1 ||
                BN_mod(value[0], d, less, ctx) != 1 || BN_sub(less, q, BN_value_one()) != 1 ||
                BN_mod(value[1], d, less, ctx) != 1 || !BN_mod_inverse(value[2], q, p, ctx);
    for (size_t i = 0; i < 3; i++) {
        if (!b->failed && OSSL_PARAM_BLD_push_BN(b->bld, names[i], value[i]) != 1)
            b->failed = true;
        b->numbers[b->n++] = value[i];
    }
    BN_clear_free(less);
    BN_CTX_free(ctx);
}

static EVP_PKEY *make_rsa(struct bytes n, struct bytes e, const struct bytes *d, const struct bytes *primes)
{
    struct builder b = {.bld = OSSL_PARAM_BLD_new()};

    if (!b.bld)
        return NULL;
    add_number(&b, OSSL_PKEY_PARAM_RSA_N, n);
    add_number(&b, OSSL_PKEY_PARAM_RSA_E, e);
    if (d) {
        add_number(&b, OSSL_PKEY_PARAM_RSA_D, *d);
        add_number(&b, OSSL_PKEY_PARAM_RSA_FACTOR1, primes[0]);
        add_number(&b, OSSL_PKEY_PARAM_RSA_FACTOR2, primes[1]);
        if (!b.failed)
            add_exponents(&b, b.numbers[2], b.numbers[3], b.numbers[4]);
    }
    return finish(&b, "RSA", d ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY);
}

static EVP_PKEY *make_ec(const char *group, struct bytes point, const struct bytes *secret)
{
    struct builder b = {.bld = OSSL_PARAM_BLD_new()};

    if (!b.bld)
        return NULL;
    if (OSSL_PARAM_BLD_push_utf8_string(b.bld, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) != 1 || point.n == 0 ||
        OSSL_PARAM_BLD_push_octet_string(b.bld, OSSL_PKEY_PARAM_PUB_KEY, point.p, point.n) != 1)
        b.failed = true;
    if (secret)
        add_number(&b, OSSL_PKEY_PARAM_PRIV_KEY, *secret);
    return finish(&b, "EC", secret ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY);
}

EVP_PKEY *key_from_public(const Bulkhead__Internal__V1__PublicKey *message)
{
    struct bytes point = edge_message_bytes(&message->point);
    const struct kind *kind = kind_of_type(message->type);

    if (kind && kind->group)
        return make_ec(kind->group, point, NULL);
    if (message->type == TYPE(ED25519))
        return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, point.p, point.n);
    return make_rsa(edge_message_bytes(&message->n), edge_message_bytes(&message->e), NULL, NULL);
}

static bool is_pair(EVP_PKEY *key)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    bool good = ctx && EVP_PKEY_pairwise_check(ctx) == 1;

    EVP_PKEY_CTX_free(ctx);
    return good;
}

EVP_PKEY *key_from_private(const Bulkhead__Internal__V1__PrivateKey *message)
{
    const struct bytes primes[2] = {edge_message_bytes(&message->p), edge_message_bytes(&message->q)};
    const struct bytes d = edge_message_bytes(&message->d), secret = edge_message_bytes(&message->secret);
    const struct kind *kind = kind_of_type(message->type);
    EVP_PKEY *key;

    if (kind && kind->group)
        key = make_ec(kind->group, edge_message_bytes(&message->point), &secret);
    else if (message->type == TYPE(ED25519))
        key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret.p, secret.n);
    else
        key = make_rsa(edge_message_bytes(&message->n), edge_message_bytes(&message->e), &d, primes);
    if (key && (message->type == TYPE(ED25519) || is_pair(key)))
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

// ---- derived

int key_public_encode(EVP_PKEY *key, uint8_t **ret_der)
{
    int n;

    *ret_der = NULL;
    n = i2d_PUBKEY(key, ret_der);
    return n > 0 ? n : -EIO;
}

EVP_PKEY *key_public_decode(struct bytes der)
{
    return d2i_PUBKEY(NULL, &der.p, (long)der.n);
}

int key_hash_bits(EVP_PKEY *key, const EVP_MD *hash, uint8_t ret_hash[EVP_MAX_MD_SIZE])
{
    X509_PUBKEY *public_key = NULL;
    const unsigned char *bits;
    unsigned int n = 0;
    int r = -EIO, size;

    if (X509_PUBKEY_set(&public_key, key) == 1 && X509_PUBKEY_get0_param(NULL, &bits, &size, NULL, public_key) == 1 &&
        EVP_Digest(bits, (size_t)size, ret_hash, &n, hash, NULL) == 1)
        r = (int)n;
    X509_PUBKEY_free(public_key);
    return r;
}
