#include "api-d/courier/document_cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "lib/core/hmap.h"

struct entry {
    TAILQ_ENTRY(entry) by_use; // the latest first
    uint8_t key[DIGEST_BYTES];
    struct document *document;
};
TAILQ_HEAD(entry_list, entry);

struct document_cache {
    struct hmap *by_key;
    struct entry_list entries;
    size_t bytes, max_bytes;
};

struct document_cache *document_cache_new(size_t max_bytes)
{
    struct document_cache *cache = calloc(1, sizeof(*cache));

    if (!cache)
        return NULL;
    TAILQ_INIT(&cache->entries);
    cache->max_bytes = max_bytes;
    cache->by_key = hmap_new();
    if (!cache->by_key) {
        free(cache);
        return NULL;
    }
    return cache;
}

static size_t size_of(const struct entry *entry)
{
    return sizeof(*entry) + sizeof(*entry->document) + entry->document->n;
}

static void drop(struct document_cache *cache, struct entry *entry)
{
    hmap_remove(cache->by_key, bytes_of(entry->key, DIGEST_BYTES));
    TAILQ_REMOVE(&cache->entries, entry, by_use);
    cache->bytes -= size_of(entry);
    document_unref(entry->document);
    free(entry);
}

void document_cache_free(struct document_cache *cache)
{
    if (!cache)
        return;
    while (!TAILQ_EMPTY(&cache->entries))
        drop(cache, TAILQ_FIRST(&cache->entries));
    hmap_free(cache->by_key);
    free(cache);
}

struct document *document_cache_find(struct document_cache *cache, const uint8_t key[DIGEST_BYTES], uint64_t now_ms,
                                     uint64_t max_age_ms)
{
    struct entry *entry = hmap_find(cache->by_key, bytes_of(key, DIGEST_BYTES));

    if (!entry || now_ms - entry->document->made_ms > max_age_ms)
        return NULL;
    TAILQ_REMOVE(&cache->entries, entry, by_use);
    TAILQ_INSERT_HEAD(&cache->entries, entry, by_use);
    return entry->document;
}

void document_cache_put(struct document_cache *cache, const uint8_t key[DIGEST_BYTES], struct document *document)
{
    struct entry *entry = hmap_find(cache->by_key, bytes_of(key, DIGEST_BYTES));

    if (entry)
        drop(cache, entry);
    entry = calloc(1, sizeof(*entry));
    if (!entry)
        return;
    memcpy(entry->key, key, DIGEST_BYTES);
    entry->document = document;
    if (size_of(entry) > cache->max_bytes || hmap_put(cache->by_key, bytes_of(key, DIGEST_BYTES), entry) < 0) {
        free(entry);
        return;
    }
    document_ref(document);
    cache->bytes += size_of(entry);
    TAILQ_INSERT_HEAD(&cache->entries, entry, by_use);
    while (cache->bytes > cache->max_bytes)
        drop(cache, TAILQ_LAST(&cache->entries, entry_list));
}
