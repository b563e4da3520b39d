#include "esp-d/sad.h"

#include <assert.h>
#include <errno.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

static_assert((1ull << 32 >> SAD_SPI_SHIFT) == SAD_BUCKETS, "every SPI has its bucket");

int sad_init(struct sad *sad)
{
    memset(sad, 0, sizeof(*sad));
    sad->reserved = hmap_new();
    return sad->reserved ? 0 : -ENOMEM;
}

static struct bytes spi_key(const uint32_t *spi)
{
    return bytes_of((const uint8_t *)spi, sizeof(*spi));
}

static void drop_reservation(struct sad *sad, struct sad_reservation *r)
{
    hmap_remove(sad->reserved, spi_key(&r->spi));
    *(r->older ? &r->older->newer : &sad->oldest) = r->newer;
    *(r->newer ? &r->newer->older : &sad->newest) = r->older;
    free(r);
}

void sad_done(struct sad *sad)
{
    while (sad->oldest)
        drop_reservation(sad, sad->oldest);
    hmap_free(sad->reserved);
    sad->reserved = NULL;
}

static void forget_expired(struct sad *sad, uint64_t now_ms)
{
    while (sad->oldest && sad->oldest->until_ms <= now_ms)
        drop_reservation(sad, sad->oldest);
}

int sad_add_reservation(struct sad *sad, uint32_t spi, uint64_t until_ms)
{
    struct sad_reservation *r = calloc(1, sizeof(*r));
    int err;

    if (!r)
        return -ENOMEM;
    r->spi = spi;
    r->until_ms = until_ms;
    err = hmap_put(sad->reserved, spi_key(&r->spi), r);
    if (err) {
        free(r);
        return err;
    }
    r->older = sad->newest;
    *(r->older ? &r->older->newer : &sad->oldest) = r;
    sad->newest = r;
    return 0;
}

int sad_reserve_spi(struct sad *sad, uint64_t now_ms, uint32_t *ret_spi)
{
    uint32_t spi;
    int err;

    forget_expired(sad, now_ms);
    if (hmap_count(sad->reserved) == ESP_SPIS_RESERVED_MAX)
        return -ENOSPC;
    do {
        if (RAND_bytes((unsigned char *)&spi, sizeof(spi)) != 1)
            return -EIO;
    } while (spi < ESP_SPI_MIN || sad_find(sad, spi) || hmap_find(sad->reserved, spi_key(&spi)));
    err = sad_add_reservation(sad, spi, now_ms + ESP_SPI_RESERVED_S * 1000u);
    if (!err)
        *ret_spi = spi;
    return err;
}

bool sad_take_reservation(struct sad *sad, uint32_t spi, uint64_t now_ms)
{
    struct sad_reservation *r;

    forget_expired(sad, now_ms);
    r = hmap_find(sad->reserved, spi_key(&spi));
    if (!r)
        return false;
    drop_reservation(sad, r);
    return true;
}

// Where an SA with that SPI hangs, or would hang.
static struct child *_Atomic *link_of(struct sad *sad, uint32_t spi)
{
    struct child *_Atomic *link = &sad->bucket[spi >> SAD_SPI_SHIFT];

    while (atomic_load(link) && atomic_load(link)->in.spi < spi)
        link = &atomic_load(link)->next;
    return link;
}

int sad_add(struct sad *sad, struct child *child)
{
    struct child *_Atomic *link = link_of(sad, child->in.spi);
    struct child *behind = atomic_load(link);

    if (behind && behind->in.spi == child->in.spi)
        return -EEXIST;
    if (sad->n == ESP_SAS_MAX)
        return -ENOSPC;
    sad->n++;
    atomic_store_explicit(&child->next, behind, memory_order_relaxed);
    atomic_store_explicit(link, child, memory_order_release);
    return 0;
}

struct child *sad_remove(struct sad *sad, uint32_t spi_in)
{
    struct child *_Atomic *link = link_of(sad, spi_in);
    struct child *child = atomic_load(link);

    if (!child || child->in.spi != spi_in)
        return NULL;
    sad->n--;
    atomic_store_explicit(link, atomic_load(&child->next), memory_order_release);
    return child;
}

struct child *sad_next(const struct sad *sad, uint32_t after)
{
    for (uint32_t i = after >> SAD_SPI_SHIFT; i < SAD_BUCKETS; i++) {
        struct child *c = atomic_load(&sad->bucket[i]);

        while (c && c->in.spi <= after)
            c = atomic_load(&c->next);
        if (c)
            return c;
    }
    return NULL;
}
