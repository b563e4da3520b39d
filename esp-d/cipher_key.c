#include "esp-d/cipher.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "lib/core/secret.h"

static size_t bytes_of_key(const struct cipher_suite *suite)
{
    return sizeof(struct cipher_key) + suite->key_bytes + suite->salt_bytes + suite->integ_key_bytes;
}

int cipher_key_new(const struct cipher_backend *backend, const struct cipher_suite *suite,
                   enum cipher_direction direction, const struct bytes keys[2], struct cipher_key **ret_key)
{
    static _Atomic uint64_t last_id;
    struct cipher_key *key;

    if (keys[0].n != (size_t)suite->key_bytes + suite->salt_bytes || keys[1].n != suite->integ_key_bytes)
        return -EINVAL;
    key = secret_alloc(bytes_of_key(suite));
    if (!key)
        return -ENOMEM;
    key->backend = backend->supports(suite) ? backend : &cipher_openssl;
    key->suite = *suite;
    key->direction = direction;
    key->id = atomic_fetch_add(&last_id, 1) + 1;
    memcpy(key->raw, keys[0].p, keys[0].n);
    if (keys[1].n)
        memcpy(key->raw + keys[0].n, keys[1].p, keys[1].n);
    *ret_key = key;
    return 0;
}

void cipher_key_free(struct cipher_key *key)
{
    void *expanded = key ? cipher_key_rest(key) : NULL;

    if (expanded)
        key->backend->expanded_free(expanded);
    if (key)
        secret_free(key, bytes_of_key(&key->suite));
}

void *cipher_key_expand(struct cipher_engine *engine, struct cipher_key *key)
{
    void *now = atomic_load_explicit(&key->expanded, memory_order_acquire), *expanded;

    if (now)
        return now;
    expanded = key->backend->expand(engine, key);
    if (!expanded)
        return NULL;
    if (atomic_compare_exchange_strong_explicit(&key->expanded, &now, expanded, memory_order_acq_rel,
                                                memory_order_acquire))
        return expanded;
    key->backend->expanded_free(expanded); // another worker was faster
    return now;
}

void *cipher_key_rest(struct cipher_key *key)
{
    return atomic_exchange_explicit(&key->expanded, NULL, memory_order_acq_rel);
}
