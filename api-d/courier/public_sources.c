#include "api-d/courier/public_sources.h"

#include <stdlib.h>
#include <string.h>

#include "api-d/courier/courier_limits.h"
#include "lib/core/hmap.h"

#define FORGET_MS 60000u

struct public_sources {
    struct hmap *by_key;
    struct ratelimit questions;
};

struct public_sources *public_sources_new(uint64_t now_ms)
{
    struct public_sources *sources = calloc(1, sizeof(*sources));

    if (!sources)
        return NULL;
    sources->by_key = hmap_new();
    if (!sources->by_key) {
        free(sources);
        return NULL;
    }
    ratelimit_init(&sources->questions, COURIER_QUESTIONS_PER_S, COURIER_QUESTIONS_BURST, now_ms);
    return sources;
}

static void drop(struct public_sources *sources, struct public_source *source)
{
    hmap_remove(sources->by_key, bytes_of(source->key, sizeof(source->key)));
    free(source);
}

void public_sources_free(struct public_sources *sources)
{
    struct public_source *source;
    size_t cursor = 0;

    if (!sources)
        return;
    while ((source = hmap_next(sources->by_key, &cursor)))
        drop(sources, source);
    hmap_free(sources->by_key);
    free(sources);
}

// Those that have had no connection for so long.
static void forget(struct public_sources *sources, uint64_t now_ms, uint64_t idle_ms)
{
    struct public_source *source;
    size_t cursor = 0;

    while ((source = hmap_next(sources->by_key, &cursor)))
        if (!source->connections && now_ms - source->used_ms >= idle_ms)
            drop(sources, source);
}

// Who has many sources must not keep others out by having been here: then the limits of all together have to do.
static struct public_source *add(struct public_sources *sources, const uint8_t *key, uint64_t now_ms)
{
    struct public_source *source;

    if (hmap_count(sources->by_key) >= COURIER_SOURCES_MAX)
        forget(sources, now_ms, 0);
    if (hmap_count(sources->by_key) >= COURIER_SOURCES_MAX)
        return NULL;
    source = calloc(1, sizeof(*source));
    if (!source)
        return NULL;
    memcpy(source->key, key, sizeof(source->key));
    ratelimit_init(&source->questions, COURIER_SOURCE_QUESTIONS_PER_S, COURIER_SOURCE_QUESTIONS_BURST, now_ms);
    if (hmap_put(sources->by_key, bytes_of(key, sizeof(source->key)), source) < 0) {
        free(source);
        return NULL;
    }
    return source;
}

struct public_source *public_sources_enter(struct public_sources *sources, const struct address *address,
                                           uint64_t now_ms)
{
    uint8_t key[9] = {address->family};
    struct public_source *source;

    memcpy(key + 1, address->b, 8);
    source = hmap_find(sources->by_key, bytes_of(key, sizeof(key)));
    if (!source)
        source = add(sources, key, now_ms);
    if (!source || source->connections >= COURIER_CONNECTIONS_PER_SOURCE_MAX)
        return NULL;
    source->connections++;
    source->used_ms = now_ms;
    return source;
}

void public_sources_leave(struct public_source *source, uint64_t now_ms)
{
    source->connections--;
    source->used_ms = now_ms;
}

bool public_sources_may_ask(struct public_sources *sources, struct public_source *source, uint64_t now_ms)
{
    return ratelimit_take(&source->questions, now_ms) && ratelimit_take(&sources->questions, now_ms);
}

void public_sources_sweep(struct public_sources *sources, uint64_t now_ms)
{
    forget(sources, now_ms, FORGET_MS);
}
