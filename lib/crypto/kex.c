#include "lib/crypto/kex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>

#include "lib/core/secret.h"

// SEC 1 2.3.3: the form byte of an uncompressed point, which RFC 5903 7 leaves out.
#define POINT_UNCOMPRESSED 0x04

enum family {
    FAMILY_MODP,
    FAMILY_ECP,
    FAMILY_MONTGOMERY,
};

// How OpenSSL calls a group.
struct group {
    uint16_t id;
    enum family family;
    const char *key_type;
    const char *name; // NULL where the key type says it, or where OpenSSL has none
};

static const struct group groups[] = {
    {KE_MODP1024, FAMILY_MODP, "DH", NULL},
    {KE_MODP1536, FAMILY_MODP, "DH", "modp_1536"},
    {KE_MODP2048, FAMILY_MODP, "DH", "modp_2048"},
    {KE_MODP3072, FAMILY_MODP, "DH", "modp_3072"},
    {KE_MODP4096, FAMILY_MODP, "DH", "modp_4096"},
    {KE_MODP6144, FAMILY_MODP, "DH", "modp_6144"},
    {KE_MODP8192, FAMILY_MODP, "DH", "modp_8192"},
    {KE_ECP256, FAMILY_ECP, "EC", "P-256"},
    {KE_ECP384, FAMILY_ECP, "EC", "P-384"},
    {KE_ECP521, FAMILY_ECP, "EC", "P-521"},
    {KE_CURVE25519, FAMILY_MONTGOMERY, "X25519", NULL},
    {KE_CURVE448, FAMILY_MONTGOMERY, "X448", NULL},
};

struct kex {
    const struct ke_algorithm *ke;
    const struct group *group;
    EVP_PKEY *pkey; // OpenSSL wipes the private key when it frees it
    uint8_t public_value[KEX_BYTES_MAX];
};

static const struct group *group_find(uint16_t id)
{
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        if (groups[i].id == id)
            return &groups[i];
    return NULL;
}

// modp1024 alone has no name: its prime and generator (RFC 2409 6.2).
static bool is_nameless(const struct group *group)
{
    return group->family == FAMILY_MODP && !group->name;
}

static int push_group(OSSL_PARAM_BLD *build, const struct group *group, BIGNUM **ret_prime, BIGNUM **ret_generator)
{
    if (group->name)
        return OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, group->name, 0);
    if (!is_nameless(group))
        return 1;
    *ret_prime = BN_get_rfc2409_prime_1024(NULL);
    *ret_generator = BN_new();
    return *ret_prime && *ret_generator && BN_set_word(*ret_generator, 2) == 1 &&
           OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_FFC_P, *ret_prime) == 1 &&
           OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_FFC_G, *ret_generator) == 1;
}

static EVP_PKEY *import(const struct group *group, int selection, OSSL_PARAM *params)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, group->key_type, NULL);
    EVP_PKEY *pkey = NULL;

    if (params && ctx && EVP_PKEY_fromdata_init(ctx) == 1)
        EVP_PKEY_fromdata(ctx, &pkey, selection, params);
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

// A key without values, for its group's parameters.
static EVP_PKEY *import_parameters(const struct group *group)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    BIGNUM *prime = NULL, *generator = NULL;
    OSSL_PARAM *params = NULL;
    EVP_PKEY *pkey;

    if (build && push_group(build, group, &prime, &generator) == 1)
        params = OSSL_PARAM_BLD_to_param(build);
    pkey = import(group, EVP_PKEY_KEY_PARAMETERS, params);
    OSSL_PARAM_free(params);
    BN_free(prime);
    BN_free(generator);
    OSSL_PARAM_BLD_free(build);
    return pkey;
}

// A context that generates keys of the group.
static EVP_PKEY_CTX *generator_new(const struct group *group)
{
    EVP_PKEY *parameters;
    EVP_PKEY_CTX *ctx;

    if (!is_nameless(group))
        return EVP_PKEY_CTX_new_from_name(NULL, group->key_type, NULL);
    parameters = import_parameters(group);
    ctx = parameters ? EVP_PKEY_CTX_new_from_pkey(NULL, parameters, NULL) : NULL;
    EVP_PKEY_free(parameters);
    return ctx;
}

static EVP_PKEY *generate(const struct group *group)
{
    EVP_PKEY_CTX *ctx = generator_new(group);
    EVP_PKEY *pkey = NULL;

    if (ctx && EVP_PKEY_keygen_init(ctx) == 1 && (!group->name || EVP_PKEY_CTX_set_group_name(ctx, group->name) == 1))
        EVP_PKEY_generate(ctx, &pkey);
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

// OpenSSL's encoding of a public key is the KE payload's, but for the form byte of a point.
static int encode_public(struct kex *kex)
{
    size_t skip = kex->group->family == FAMILY_ECP ? 1 : 0;
    unsigned char *encoded = NULL;
    size_t n = EVP_PKEY_get1_encoded_public_key(kex->pkey, &encoded);
    int r = n == kex->ke->public_bytes + skip ? 0 : -EIO;

    if (!r)
        memcpy(kex->public_value, encoded + skip, kex->ke->public_bytes);
    OPENSSL_free(encoded);
    return r;
}

int kex_new(const struct ke_algorithm *ke, struct kex **ret_kex)
{
    struct kex *kex = calloc(1, sizeof(*kex));
    int r = 0;

    if (!kex)
        return -ENOMEM;
    kex->ke = ke;
    kex->group = group_find(ke->id);
    kex->pkey = kex->group ? generate(kex->group) : NULL;
    r = kex->pkey ? encode_public(kex) : -EIO;
    ERR_clear_error();
    if (r) {
        kex_free(kex);
        return r;
    }
    *ret_kex = kex;
    return 0;
}

// The parameters that OpenSSL builds a key from; NULL when it fails. `public_encoded` with the form byte of a point.
static OSSL_PARAM *pair_to_params(const struct group *group, struct bytes private_value, struct bytes public_encoded)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    BIGNUM *private_number = BN_bin2bn(private_value.p, (int)private_value.n, NULL);
    BIGNUM *public_number = BN_bin2bn(public_encoded.p, (int)public_encoded.n, NULL);
    BIGNUM *prime = NULL, *generator = NULL;
    OSSL_PARAM *params = NULL;
    int ok = build && private_number && public_number;

    if (ok)
        ok = push_group(build, group, &prime, &generator);
    if (ok && group->family == FAMILY_MONTGOMERY)
        ok = OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PRIV_KEY, private_value.p, private_value.n);
    else if (ok)
        ok = OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, private_number);
    if (ok && group->family == FAMILY_MODP)
        ok = OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PUB_KEY, public_number);
    else if (ok)
        ok = OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, public_encoded.p, public_encoded.n);
    if (ok)
        params = OSSL_PARAM_BLD_to_param(build);
    BN_clear_free(private_number);
    BN_free(public_number);
    BN_free(prime);
    BN_free(generator);
    OSSL_PARAM_BLD_free(build);
    return params;
}

static EVP_PKEY *import_pair(const struct group *group, struct bytes private_value, struct bytes public_encoded)
{
    OSSL_PARAM *params = pair_to_params(group, private_value, public_encoded);
    EVP_PKEY *pkey = import(group, EVP_PKEY_KEYPAIR, params);

    OSSL_PARAM_free(params);
    return pkey;
}

int kex_new_from_pair(const struct ke_algorithm *ke, struct bytes private_value, struct bytes public_value,
                      struct kex **ret_kex)
{
    struct kex *kex = calloc(1, sizeof(*kex));
    uint8_t encoded[KEX_BYTES_MAX + 1] = {POINT_UNCOMPRESSED};
    size_t skip;
    int r = -EINVAL;

    if (!kex)
        return -ENOMEM;
    kex->ke = ke;
    kex->group = group_find(ke->id);
    if (!kex->group || public_value.n != ke->public_bytes)
        goto fail;
    skip = kex->group->family == FAMILY_ECP ? 1 : 0;
    memcpy(encoded + skip, public_value.p, public_value.n);
    kex->pkey = import_pair(kex->group, private_value, bytes_of(encoded, public_value.n + skip));
    r = kex->pkey ? encode_public(kex) : -EIO;
    ERR_clear_error();
    if (r)
        goto fail;
    *ret_kex = kex;
    return 0;
fail:
    kex_free(kex);
    return r;
}

void kex_free(struct kex *kex)
{
    if (!kex)
        return;
    EVP_PKEY_free(kex->pkey);
    free(kex);
}

const struct ke_algorithm *kex_algorithm(const struct kex *kex)
{
    return kex->ke;
}

struct bytes kex_public(const struct kex *kex)
{
    return bytes_of(kex->public_value, kex->ke->public_bytes);
}

// The peer's key; NULL when it is none. For a MODP group OpenSSL checks 1 < y < p - 1, for a curve that the point is on
// it and is not the one at infinity (RFC 6989 2.1, 2.3).
static EVP_PKEY *decode_public(const struct kex *kex, struct bytes value)
{
    size_t skip = kex->group->family == FAMILY_ECP ? 1 : 0;
    uint8_t encoded[KEX_BYTES_MAX + 1] = {POINT_UNCOMPRESSED};
    EVP_PKEY *peer;

    if (value.n != kex->ke->public_bytes)
        return NULL;
    memcpy(encoded + skip, value.p, value.n);
    peer = EVP_PKEY_new();
    if (!peer)
        return NULL;
    if (EVP_PKEY_copy_parameters(peer, kex->pkey) != 1 ||
        EVP_PKEY_set1_encoded_public_key(peer, encoded, value.n + skip) != 1) {
        EVP_PKEY_free(peer);
        return NULL;
    }
    return peer;
}

// In constant time: RFC 8031 3.2 wants an all-zero secret refused.
static bool all_zero(const uint8_t *b, size_t n)
{
    uint8_t any = 0;

    for (size_t i = 0; i < n; i++)
        any |= b[i];
    return any == 0;
}

static int derive(struct kex *kex, EVP_PKEY *peer, struct kex_secret *secret)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, kex->pkey, NULL);
    int r = -EIO;

    secret->n = sizeof(secret->b);
    if (!ctx || EVP_PKEY_derive_init(ctx) != 1)
        goto out;
    // leading zeros belong to the secret
    if (kex->group->family == FAMILY_MODP && EVP_PKEY_CTX_set_dh_pad(ctx, 1) != 1)
        goto out;
    r = -EBADMSG;
    // without OpenSSL's full check: it costs another exponentiation, and RFC 6989 asks for no more than decode_public
    // does
    if (EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) != 1)
        goto out;
    // fails on points of small order, whose secret is zero
    if (EVP_PKEY_derive(ctx, secret->b, &secret->n) != 1 || secret->n != kex->ke->shared_bytes ||
        all_zero(secret->b, secret->n))
        goto out;
    r = 0;
out:
    EVP_PKEY_CTX_free(ctx);
    return r;
}

int kex_derive(struct kex *kex, struct bytes peer_public, struct kex_secret *ret_secret)
{
    struct kex_secret secret;
    EVP_PKEY *peer = decode_public(kex, peer_public);
    int r = peer ? derive(kex, peer, &secret) : -EBADMSG;

    if (!r)
        *ret_secret = secret;
    kex_secret_wipe(&secret);
    EVP_PKEY_free(peer);
    ERR_clear_error();
    return r;
}

void kex_secret_wipe(struct kex_secret *secret)
{
    secret_wipe(secret, sizeof(*secret));
}
