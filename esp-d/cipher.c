#include "esp-d/cipher.h"

#include <errno.h>
#include <string.h>

enum kind {
    KIND_AEAD,
    KIND_CIPHER,
    KIND_INTEG,
    KIND_COUNT,
};

static enum kind kind_of(const struct algorithm *a)
{
    if (a->type == TRANSFORM_INTEG)
        return KIND_INTEG;
    if (a->type != TRANSFORM_ENCR)
        return KIND_COUNT;
    return encr_find(a->id, a->key_bits)->aead ? KIND_AEAD : KIND_CIPHER;
}

// What lib/crypto has, from its end: the largest keys first.
bool cipher_algorithm_at(unsigned index, struct cipher_algorithm *ret_algorithm)
{
    struct algorithm a;
    unsigned n = 0;

    while (algorithm_at(n, &a))
        n++;
    for (enum kind kind = KIND_AEAD; kind < KIND_COUNT; kind++) {
        for (unsigned i = n; i-- > 0;) {
            if (!algorithm_at(i, &a) || kind_of(&a) != kind || index--)
                continue;
            *ret_algorithm = (struct cipher_algorithm){.key_bits = a.key_bits, .name = a.name};
            *(kind == KIND_INTEG ? &ret_algorithm->integ : &ret_algorithm->encr) = a.id;
            return true;
        }
    }
    return false;
}

// NULL encryption is not in lib/crypto's table: it would carry clear text.
int cipher_suite_find(uint16_t encr, uint16_t key_bits, uint16_t integ, struct cipher_suite *ret_suite)
{
    const struct encr_algorithm *e = encr_find(encr, key_bits);
    const struct integ_algorithm *i = integ ? integ_find(integ) : NULL;

    if (!e || (integ && !i) || e->aead == (i != NULL))
        return -EOPNOTSUPP;
    *ret_suite = (struct cipher_suite){
        .encr = encr,
        .integ = integ,
        .key_bits = key_bits,
        .mode = e->mode,
        .mac = i ? i->mac : MAC_HMAC,
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

static bool runs_here(const struct cipher_backend *backend)
{
    struct cipher_engine *engine = backend->engine_new();

    backend->engine_free(engine);
    return engine != NULL;
}

const struct cipher_backend *cipher_backend_find(const char *name)
{
    static const struct cipher_backend *const fastest_first[] = {
#ifdef BULKHEAD_NULL_CIPHER
        &cipher_null,
#endif
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
