#include "esp-d/sad.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

int sad_init(struct sad *sad)
{
    memset(sad, 0, sizeof(*sad));
    sad->reserved = calloc(ESP_SPIS_RESERVED_MAX, sizeof(*sad->reserved));
    return sad->reserved ? 0 : -ENOMEM;
}

void sad_done(struct sad *sad)
{
    free(sad->by_spi);
    free(sad->reserved);
    sad->by_spi = NULL;
    sad->reserved = NULL;
}

static struct sad_reservation *reservation_at(const struct sad *sad, size_t i)
{
    return &sad->reserved[(sad->reserved_first + i) % ESP_SPIS_RESERVED_MAX];
}

static void forget_expired(struct sad *sad, uint64_t now_ms)
{
    while (sad->reserved_n && reservation_at(sad, 0)->until_ms <= now_ms) {
        sad->reserved_first = (sad->reserved_first + 1) % ESP_SPIS_RESERVED_MAX;
        sad->reserved_n--;
    }
}

static struct sad_reservation *find_reservation(const struct sad *sad, uint32_t spi)
{
    for (size_t i = sad->reserved_n; i-- > 0;) { // the newest is asked for most
        if (reservation_at(sad, i)->spi == spi)
            return reservation_at(sad, i);
    }
    return NULL;
}

int sad_reserve_spi(struct sad *sad, uint64_t now_ms, uint32_t *ret_spi)
{
    uint32_t spi;

    forget_expired(sad, now_ms);
    if (sad->reserved_n == ESP_SPIS_RESERVED_MAX)
        return -ENOSPC;
    do {
        if (RAND_bytes((unsigned char *)&spi, sizeof(spi)) != 1)
            return -EIO;
    } while (spi < ESP_SPI_MIN || sad_find(sad, spi) || find_reservation(sad, spi));
    *reservation_at(sad, sad->reserved_n++) = (struct sad_reservation){spi, now_ms + ESP_SPI_RESERVED_S * 1000u};
    *ret_spi = spi;
    return 0;
}

bool sad_take_reservation(struct sad *sad, uint32_t spi, uint64_t now_ms)
{
    struct sad_reservation *r;

    forget_expired(sad, now_ms);
    r = spi ? find_reservation(sad, spi) : NULL;
    if (!r)
        return false;
    r->spi = 0; // leaves the ring when its time is over
    return true;
}

// Index of the first with an SPI above `after`.
static size_t upper_bound(const struct sad *sad, uint32_t after)
{
    size_t low = 0, high = sad->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (sad->by_spi[middle]->in.spi > after)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static int make_room(struct sad *sad)
{
    size_t capacity = sad->capacity ? sad->capacity * 2 : 64;
    struct child **by_spi;

    if (sad->n == ESP_SAS_MAX)
        return -ENOSPC;
    if (sad->n < sad->capacity)
        return 0;
    by_spi = reallocarray(sad->by_spi, capacity, sizeof(struct child *));
    if (!by_spi)
        return -ENOMEM;
    sad->by_spi = by_spi;
    sad->capacity = capacity;
    return 0;
}

int sad_add(struct sad *sad, struct child *child)
{
    struct child *_Atomic *bucket = &sad->bucket[child->in.spi % SAD_BUCKETS];
    size_t at;
    int err;

    if (sad_find(sad, child->in.spi))
        return -EEXIST;
    err = make_room(sad);
    if (err)
        return err;
    at = upper_bound(sad, child->in.spi);
    memmove(&sad->by_spi[at + 1], &sad->by_spi[at], (sad->n - at) * sizeof(struct child *));
    sad->by_spi[at] = child;
    sad->n++;
    atomic_store_explicit(&child->next, atomic_load(bucket), memory_order_relaxed);
    atomic_store_explicit(bucket, child, memory_order_release);
    return 0;
}

static void unlink_child(struct sad *sad, struct child *child)
{
    struct child *_Atomic *link = &sad->bucket[child->in.spi % SAD_BUCKETS];

    while (atomic_load(link) != child)
        link = &atomic_load(link)->next;
    atomic_store_explicit(link, atomic_load(&child->next), memory_order_release);
}

struct child *sad_remove(struct sad *sad, uint32_t spi_in)
{
    struct child *child = sad_find(sad, spi_in);
    size_t at;

    if (!child)
        return NULL;
    unlink_child(sad, child);
    at = upper_bound(sad, spi_in) - 1;
    memmove(&sad->by_spi[at], &sad->by_spi[at + 1], (sad->n - at - 1) * sizeof(struct child *));
    sad->n--;
    return child;
}

struct child *sad_next(const struct sad *sad, uint32_t after)
{
    size_t at = upper_bound(sad, after);

    return at < sad->n ? sad->by_spi[at] : NULL;
}
