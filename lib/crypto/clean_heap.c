#include "lib/crypto/clean_heap.h"

#include <errno.h>
#include <openssl/crypto.h>

#include "lib/core/wiping.h"

static void *on_malloc(size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return n ? wiping_malloc(n) : NULL;
}

static void on_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    wiping_free(p);
}

static void *on_realloc(void *p, size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    if (n)
        return wiping_realloc(p, n);
    wiping_free(p);
    return NULL;
}

int clean_heap_begin(void)
{
    return CRYPTO_set_mem_functions(on_malloc, on_realloc, on_free) == 1 ? 0 : -EBUSY;
}
