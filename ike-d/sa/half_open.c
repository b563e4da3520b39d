#include "ike-d/sa/half_open.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// No padding: it is a key as bytes.
struct prefix_key {
    uint8_t family;
    uint8_t bits;
    uint8_t b[8];
};

struct tally {
    unsigned n;
};

static struct prefix_key key_of(enum half_open_scope scope, const struct address *from)
{
    static const uint8_t bits_v4[] = {[HALF_OPEN_SOURCE] = 32, [HALF_OPEN_NETWORK] = 24};
    static const uint8_t bits_v6[] = {[HALF_OPEN_SOURCE] = 64, [HALF_OPEN_NETWORK] = 48};
    uint8_t bits = from->family == 4 ? bits_v4[scope] : bits_v6[scope];
    struct prefix_key key = {.family = from->family, .bits = bits};
    memcpy(key.b, from->b, bits / 8);
    return key;
}

int half_open_init(struct half_open *half_open)
{
    *half_open = (struct half_open){.by_prefix = hmap_new()};
    return half_open->by_prefix ? 0 : -ENOMEM;
}

void half_open_done(struct half_open *half_open)
{
    size_t cursor = 0;
    struct tally *tally;
    while (half_open->by_prefix && (tally = hmap_next(half_open->by_prefix, &cursor))) {
        free(tally);
    }
    hmap_free(half_open->by_prefix);
    *half_open = (struct half_open){0};
}

static int add(struct half_open *half_open, struct prefix_key key)
{
    struct tally *tally = hmap_find(half_open->by_prefix, bytes_of((void *)&key, sizeof(key)));
    if (!tally) {
        tally = calloc(1, sizeof(*tally));
        if (!tally || hmap_put(half_open->by_prefix, bytes_of((void *)&key, sizeof(key)), tally) < 0) {
            free(tally);
            return -ENOMEM;
        }
    }
    tally->n++;
    return 0;
}

static void take_off(struct half_open *half_open, struct prefix_key key)
{
    struct tally *tally = hmap_find(half_open->by_prefix, bytes_of((void *)&key, sizeof(key)));
    if (tally && --tally->n == 0) {
        free(hmap_remove(half_open->by_prefix, bytes_of((void *)&key, sizeof(key))));
    }
}

int half_open_add(struct half_open *half_open, const struct address *from)
{
    if (add(half_open, key_of(HALF_OPEN_SOURCE, from)) < 0) {
        return -ENOMEM;
    }
    if (add(half_open, key_of(HALF_OPEN_NETWORK, from)) < 0) {
        take_off(half_open, key_of(HALF_OPEN_SOURCE, from));
        return -ENOMEM;
    }
    half_open->n++;
    return 0;
}

void half_open_remove(struct half_open *half_open, const struct address *from)
{
    take_off(half_open, key_of(HALF_OPEN_SOURCE, from));
    take_off(half_open, key_of(HALF_OPEN_NETWORK, from));
    half_open->n--;
}

unsigned half_open_count(const struct half_open *half_open, enum half_open_scope scope, const struct address *from)
{
    struct prefix_key key = key_of(scope, from);
    const struct tally *tally = hmap_find(half_open->by_prefix, bytes_of((void *)&key, sizeof(key)));
    return tally ? tally->n : 0;
}
