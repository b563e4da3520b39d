// intel-ipsec-mb: the engine, and a burst cut into runs of one key.
#include "esp-d/cipher_ipsec_mb.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "esp-d/esp_limits.h"
#include "lib/core/secret.h"

static_assert(ESP_BURST_PKTS <= IMB_MAX_JOBS, "a burst fits the job queue");

static void engine_free(struct cipher_engine *engine)
{
    if (!engine)
        return;
    for (unsigned i = 0; i < ESP_BURST_PKTS; i++) {
        if (engine->spare[i])
            ipsec_mb_pool_give(engine->spare[i]);
    }
    if (engine->mgr)
        free_mb_mgr(engine->mgr);
    free(engine->slot);
    free(engine);
}

// No key outlives its SA in them.
static void engine_rest(struct cipher_engine *engine)
{
    for (; engine->spares; engine->spares--)
        secret_wipe(engine->spare[engine->spares - 1], sizeof(*engine->spare[0]));
}

static bool take_spares(struct cipher_engine *engine)
{
    for (unsigned i = 0; i < ESP_BURST_PKTS; i++) {
        engine->spare[i] = ipsec_mb_pool_open() ? ipsec_mb_pool_take() : NULL;
        if (!engine->spare[i])
            return false;
    }
    return true;
}

static struct cipher_engine *engine_new(void)
{
    struct cipher_engine *engine = calloc(1, sizeof(*engine));
    IMB_ARCH arch;

    if (!engine)
        return NULL;
    engine->slot = calloc(ESP_BURST_PKTS, sizeof(*engine->slot));
    engine->mgr = alloc_mb_mgr(0);
    if (!engine->mgr || !engine->slot || !take_spares(engine))
        goto fail;
    init_mb_mgr_auto(engine->mgr, &arch);
    if (imb_get_errno(engine->mgr) || !(engine->mgr->features & IMB_FEATURE_AESNI) ||
        !(engine->mgr->features & IMB_FEATURE_SELF_TEST_PASS))
        goto fail;
    return engine;
fail:
    engine_free(engine);
    return NULL;
}

// The library has no CCM with keys of 192 bits.
static bool supports(const struct cipher_suite *suite)
{
    return suite->mode != ENCR_MODE_CCM || suite->key_bytes != 24;
}

static unsigned run_of(const struct cipher_op *ops, unsigned n)
{
    unsigned run = 1;

    while (run < n && ops[run].key == ops[0].key)
        run++;
    return run;
}

// Never fails: without room in the pool a key is expanded for this burst alone. at: of an op that is the key's.
static const struct ipsec_mb_keys *keys_of(struct cipher_engine *engine, struct cipher_key *key, unsigned at)
{
    const struct ipsec_mb_keys *keys = cipher_key_expand(engine, key);

    if (keys)
        return keys;
    ipsec_mb_expand_into(engine, key, engine->spare[at]);
    if (engine->spares <= at)
        engine->spares = at + 1;
    return engine->spare[at];
}

static void run(struct cipher_engine *engine, struct cipher_op *ops, unsigned n)
{
    bool under_way = false;

    for (unsigned i = 0, same; i < n; i += same) {
        const struct ipsec_mb_keys *keys = keys_of(engine, ops[i].key, i);

        same = run_of(&ops[i], n - i);
        for (unsigned k = i; k < i + same; k++)
            ops[k].ok = false;
        if (ops[i].key->suite.mode == ENCR_MODE_GCM) {
            ipsec_mb_gcm_burst(engine, &ops[i], same, &keys->gcm);
        } else {
            ipsec_mb_job_burst(engine, &ops[i], same, keys, &engine->slot[i]);
            under_way = true;
        }
    }
    if (under_way)
        ipsec_mb_job_flush(engine);
}

static bool run_aead(struct cipher_engine *engine, struct cipher_key *key, const struct cipher_aead *aead)
{
    const struct ipsec_mb_keys *keys = keys_of(engine, key, 0);

    return key->suite.mode == ENCR_MODE_GCM ? ipsec_mb_gcm_run(engine, key, &keys->gcm, aead)
                                            : ipsec_mb_job_chacha(engine, key, &keys->job, aead);
}

const struct cipher_backend cipher_ipsec_mb = {
    .name = "ipsec-mb",
    .is_checked = true,
    .supports = supports,
    .engine_new = engine_new,
    .engine_free = engine_free,
    .engine_rest = engine_rest,
    .expand = ipsec_mb_expand,
    .expanded_free = ipsec_mb_expanded_free,
    .seal = run,
    .open = run,
    .run_aead = run_aead,
};
