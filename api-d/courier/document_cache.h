// Documents by the digest of what they answer, bounded in bytes: the one that was not asked for the longest goes first.
#ifndef BULKHEAD_API_COURIER_DOCUMENT_CACHE_H
#define BULKHEAD_API_COURIER_DOCUMENT_CACHE_H

#include "api-d/courier/document.h"

struct document_cache;

// NULL without memory.
struct document_cache *document_cache_new(size_t max_bytes);
void document_cache_free(struct document_cache *cache); // NULL is taken
// Lent; NULL: not there, or older than that.
struct document *document_cache_find(struct document_cache *cache, const uint8_t key[DIGEST_BYTES], uint64_t now_ms,
                                     uint64_t max_age_ms);
// Replaces what was there. Takes a reference of its own; what is larger than all the room is not kept.
void document_cache_put(struct document_cache *cache, const uint8_t key[DIGEST_BYTES], struct document *document);

#endif
