#include "esp-d/cipher.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "lib/crypto/algorithm.h"

// RFC 8221 says what an ESP should have. NULL encryption is not among them: it would carry clear text.
static const struct {
    uint16_t encr, key_bits, integ;
} algorithms[] = {
    {ENCR_AES_GCM_16, 256, 0},       {ENCR_AES_GCM_16, 128, 0},       {ENCR_AES_CBC, 256, 0},
    {ENCR_AES_CBC, 128, 0},          {0, 0, INTEG_HMAC_SHA2_512_256}, {0, 0, INTEG_HMAC_SHA2_384_192},
    {0, 0, INTEG_HMAC_SHA2_256_128}, {0, 0, INTEG_HMAC_SHA1_96},
};
#define ALGORITHMS_N (sizeof(algorithms) / sizeof(algorithms[0]))

bool cipher_suite_list(unsigned index, uint16_t *ret_encr, uint16_t *ret_key_bits, uint16_t *ret_integ)
{
    if (index >= ALGORITHMS_N)
        return false;
    *ret_encr = algorithms[index].encr;
    *ret_key_bits = algorithms[index].key_bits;
    *ret_integ = algorithms[index].integ;
    return true;
}

static bool has_algorithm(uint16_t encr, uint16_t key_bits, uint16_t integ)
{
    for (unsigned i = 0; i < ALGORITHMS_N; i++) {
        if (algorithms[i].encr == encr && algorithms[i].key_bits == key_bits && algorithms[i].integ == integ)
            return true;
    }
    return false;
}

int cipher_suite_find(uint16_t encr, uint16_t key_bits, uint16_t integ, struct cipher_suite *ret_suite)
{
    const struct encr_algorithm *e = encr_find(encr, key_bits);
    const struct integ_algorithm *i = integ ? integ_find(integ) : NULL;

    if (!e || (integ && !i) || e->aead == (i != NULL))
        return -EOPNOTSUPP;
    if (!has_algorithm(encr, key_bits, 0) || (integ && !has_algorithm(0, 0, integ)))
        return -EOPNOTSUPP;
    *ret_suite = (struct cipher_suite){
        .encr = encr,
        .integ = integ,
        .key_bits = key_bits,
        .aead = e->aead,
        .key_bytes = e->key_bytes,
        .salt_bytes = e->salt_bytes,
        .integ_key_bytes = i ? i->key_bytes : 0,
        .iv_bytes = e->iv_bytes,
        .icv_bytes = i ? i->icv_bytes : e->icv_bytes,
        .align_bytes = e->block_bytes > 4 ? e->block_bytes : 4,
        .digest = i ? i->digest : NULL,
    };
    return 0;
}

int cipher_key_new(const struct cipher_backend *backend, struct cipher_engine *engine, const struct cipher_suite *suite,
                   enum cipher_direction direction, const struct bytes keys[2], struct cipher_key **ret_key)
{
    static _Atomic uint64_t last_id;
    struct cipher_key *key;

    if (keys[0].n != (size_t)suite->key_bytes + suite->salt_bytes || keys[1].n != suite->integ_key_bytes)
        return -EINVAL;
    key = backend->key_new(engine, suite, direction, keys[0], keys[1]);
    if (!key)
        return -ENOMEM;
    key->backend = backend;
    key->suite = *suite;
    key->id = atomic_fetch_add(&last_id, 1) + 1;
    *ret_key = key;
    return 0;
}

void cipher_key_free(struct cipher_key *key)
{
    if (key)
        key->backend->key_free(key);
}

static bool runs_here(const struct cipher_backend *backend)
{
    struct cipher_engine *engine = backend->engine_new();

    backend->engine_free(engine);
    return engine != NULL;
}

const struct cipher_backend *cipher_backend_find(const char *name)
{
    static const struct cipher_backend *const fastest_first[] = {
#ifdef BULKHEAD_IPSEC_MB
        &cipher_ipsec_mb,
#endif
        &cipher_openssl,
    };

    for (size_t i = 0; i < sizeof(fastest_first) / sizeof(fastest_first[0]); i++) {
        const struct cipher_backend *b = fastest_first[i];

        if ((!name || !*name || !strcmp(name, b->name)) && runs_here(b))
            return b;
    }
    return NULL;
}
