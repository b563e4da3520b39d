// What ESP costs without its cipher: packets of the same sizes by the same way, but nothing is encrypted and every ICV
// is taken for good. Only in a build with BULKHEAD_NULL_CIPHER, which can't be installed; there it stands in for every
// suite.
#include "esp-d/cipher.h"

#include <stdlib.h>

struct cipher_engine {
    int nothing;
};

static bool supports(const struct cipher_suite *suite)
{
    (void)suite;
    return true;
}

static struct cipher_engine *engine_new(void)
{
    return calloc(1, sizeof(struct cipher_engine));
}

static void engine_free(struct cipher_engine *engine)
{
    free(engine);
}

static void run(struct cipher_engine *engine, struct cipher_op *ops, unsigned n)
{
    (void)engine;
    for (unsigned i = 0; i < n; i++)
        ops[i].ok = true;
}

const struct cipher_backend cipher_null = {
    .name = "null",
    .supports = supports,
    .engine_new = engine_new,
    .engine_free = engine_free,
    .seal = run,
    .open = run,
};
