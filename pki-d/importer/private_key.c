#include "pki-d/importer/private_key.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "lib/core/wiping.h"
#include "lib/ipc/allocator.h"
#include "pki-d/verifier/public_key.h"

typedef Bulkhead__Internal__V1__PrivateKey private_key;

// `bytes` 0: as many as the number has.
static int read_number(EVP_PKEY *key, const char *name, int bytes, ProtobufCBinaryData *ret_data)
{
    BIGNUM *number = NULL;
    uint8_t *data = NULL;
    int r = -EBADMSG;

    if (EVP_PKEY_get_bn_param(key, name, &number) != 1)
        return -EBADMSG;
    if (bytes == 0)
        bytes = BN_num_bytes(number);
    data = wiping_malloc((size_t)bytes + 1);
    if (!data)
        r = -ENOMEM;
    else if (BN_bn2binpad(number, data, bytes) == bytes)
        r = 0;
    BN_clear_free(number);
    if (r == 0)
        *ret_data = (ProtobufCBinaryData){.data = data, .len = (size_t)bytes};
    else
        wiping_free(data);
    return r;
}

static int read_rsa(EVP_PKEY *key, private_key *typed)
{
    const struct {
        const char *name;
        ProtobufCBinaryData *data;
    } numbers[] = {
        {OSSL_PKEY_PARAM_RSA_N, &typed->n},       {OSSL_PKEY_PARAM_RSA_E, &typed->e},
        {OSSL_PKEY_PARAM_RSA_D, &typed->d},       {OSSL_PKEY_PARAM_RSA_FACTOR1, &typed->p},
        {OSSL_PKEY_PARAM_RSA_FACTOR2, &typed->q},
    };
    int r = 0;

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]) && r == 0; i++)
        r = read_number(key, numbers[i].name, 0, numbers[i].data);
    return r;
}

static int copy(const ProtobufCBinaryData *from, ProtobufCBinaryData *ret_data)
{
    ret_data->data = wiping_malloc(from->len + 1);
    if (!ret_data->data)
        return -ENOMEM;
    memcpy(ret_data->data, from->data, from->len);
    ret_data->len = from->len;
    return 0;
}

static int read_point(EVP_PKEY *key, private_key *typed)
{
    Bulkhead__Internal__V1__PublicKey *public_key;
    int r = public_key_read(key, &public_key);

    if (r < 0)
        return r;
    r = copy(&public_key->point, &typed->point);
    bulkhead__internal__v1__public_key__free_unpacked(public_key, NULL);
    return r;
}

static int read_seed(EVP_PKEY *key, private_key *typed)
{
    size_t n = 32; // RFC 8032 5.1.5
    uint8_t *seed = wiping_malloc(n);

    if (!seed)
        return -ENOMEM;
    if (EVP_PKEY_get_raw_private_key(key, seed, &n) != 1) {
        wiping_free(seed);
        return -EBADMSG;
    }
    typed->secret = (ProtobufCBinaryData){.data = seed, .len = n};
    return read_point(key, typed);
}

static int read_fields(EVP_PKEY *key, private_key *typed)
{
    int r;

    typed->type = public_key_type(key);
    if (typed->type == BULKHEAD__V1__KEY_TYPE__KEY_TYPE_UNSPECIFIED)
        return -EBADMSG;
    if (EVP_PKEY_is_a(key, "RSA"))
        return read_rsa(key, typed);
    if (EVP_PKEY_is_a(key, "ED25519"))
        return read_seed(key, typed);
    r = read_number(key, OSSL_PKEY_PARAM_PRIV_KEY, (EVP_PKEY_get_bits(key) + 7) / 8, &typed->secret);
    return r < 0 ? r : read_point(key, typed);
}

int private_key_read(EVP_PKEY *key, private_key **ret_key)
{
    private_key *typed = wiping_malloc(sizeof(*typed));
    int r;

    if (!typed)
        return -ENOMEM;
    bulkhead__internal__v1__private_key__init(typed);
    r = read_fields(key, typed);
    ERR_clear_error();
    if (r == 0)
        *ret_key = typed;
    else
        private_key_free(typed);
    return r;
}

void private_key_free(private_key *key)
{
    if (key)
        bulkhead__internal__v1__private_key__free_unpacked(key, &allocator_wiping);
}
