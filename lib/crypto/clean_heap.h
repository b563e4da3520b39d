// Has OpenSSL take its memory from allocators that wipe what is freed: it cleans up after most secrets, but not after
// all of their encodings. For processes that work with private keys.
#ifndef BULKHEAD_CRYPTO_CLEAN_HEAP_H
#define BULKHEAD_CRYPTO_CLEAN_HEAP_H

// Before anything else of OpenSSL. -EBUSY: too late.
int clean_heap_begin(void);

#endif
