// A document that is longer than a frame, put together from pages.
#ifndef BULKHEAD_API_DOCUMENT_H
#define BULKHEAD_API_DOCUMENT_H

#include <protobuf-c/protobuf-c.h>

#include "api-d/buffer.h"

// All zero is empty; it may be secret, and is wiped.
struct document {
    struct buffer data;
};

// One more page of a document of `total` bytes. 1: that was all, 0: more are to come, -EFBIG: over
// API_DOCUMENT_MAX_BYTES, -EBADMSG: an empty page, or one beyond the total, or -ENOMEM.
int document_add(struct document *document, const ProtobufCBinaryData *page, uint32_t total);
void document_done(struct document *document);
// One line for the caller; `server` is whose document it is.
const char *document_error(int err);

// As PEM (RFC 7468) with that label into *ret_pem. 0 or -ENOMEM.
int document_to_pem(struct bytes der, const char *label, struct buffer *ret_pem);

#endif
