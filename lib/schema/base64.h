// Base64 (RFC 4648 4 and 5).
#ifndef BULKHEAD_SCHEMA_BASE64_H
#define BULKHEAD_SCHEMA_BASE64_H

#include "lib/core/bytes.h"

static inline size_t base64_encoded_size(size_t n)
{
    return (n + 2) / 3 * 4;
}
// Padded, standard alphabet; out takes base64_encoded_size(b.n) characters and a NUL.
void base64_encode(struct bytes b, char *out);
// Either alphabet, with or without padding; out takes text.n / 4 * 3 + 2 bytes. Returns the number of bytes, or
// -EINVAL.
int base64_decode(struct bytes text, uint8_t *out);

#endif
