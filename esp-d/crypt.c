#include "esp-d/crypt.h"

#include <errno.h>

int crypt_init(struct crypt *crypt, const struct cipher_backend *backend)
{
    *crypt = (struct crypt){.backend = backend, .engine = backend->engine_new()};
    if (backend != &cipher_openssl)
        crypt->portable = cipher_openssl.engine_new();
    if (crypt->engine && (crypt->portable || backend == &cipher_openssl))
        return 0;
    crypt_done(crypt);
    return -ENOMEM;
}

void crypt_done(struct crypt *crypt)
{
    if (crypt->backend)
        crypt->backend->engine_free(crypt->engine);
    cipher_openssl.engine_free(crypt->portable);
    *crypt = (struct crypt){0};
}

void crypt_rest(struct crypt *crypt)
{
    if (crypt->backend->engine_rest)
        crypt->backend->engine_rest(crypt->engine);
    if (crypt->portable)
        cipher_openssl.engine_rest(crypt->portable);
}

static unsigned run_of(const struct cipher_op *ops, unsigned n)
{
    unsigned run = 1;

    while (run < n && ops[run].key->backend == ops[0].key->backend)
        run++;
    return run;
}

void crypt_seal(struct crypt *crypt, struct cipher_op *ops, unsigned n)
{
    for (unsigned i = 0, run; i < n; i += run) {
        bool own = ops[i].key->backend == crypt->backend;

        run = run_of(&ops[i], n - i);
        ops[i].key->backend->seal(own ? crypt->engine : crypt->portable, &ops[i], run);
    }
}

void crypt_open(struct crypt *crypt, struct cipher_op *ops, unsigned n)
{
    for (unsigned i = 0, run; i < n; i += run) {
        bool own = ops[i].key->backend == crypt->backend;

        run = run_of(&ops[i], n - i);
        ops[i].key->backend->open(own ? crypt->engine : crypt->portable, &ops[i], run);
    }
}
