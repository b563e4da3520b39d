// Bytes that several connections send at one time: a CRL, an OCSP answer, what was fetched. Counted; its content is
// never changed once it is made.
#ifndef BULKHEAD_API_COURIER_DOCUMENT_H
#define BULKHEAD_API_COURIER_DOCUMENT_H

#include <time.h>

#include "lib/core/bytes.h"
#include "lib/crypto/digest.h"

struct document {
    unsigned refs;
    uint64_t made_ms; // monotonic; or when the same content came again
    time_t made;
    uint64_t version; // of its content
    size_t n;
    uint8_t b[];
};

// One reference, the caller's. NULL without memory.
struct document *document_new(struct bytes data, uint64_t now_ms);
struct document *document_ref(struct document *document);
void document_unref(struct document *document); // NULL is taken

#endif
