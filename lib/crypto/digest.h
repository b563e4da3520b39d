// SHA-256 (FIPS 180-4), for names of things by their content; keyed hashes are prf.h's.
#ifndef BULKHEAD_CRYPTO_DIGEST_H
#define BULKHEAD_CRYPTO_DIGEST_H

#include "lib/core/bytes.h"

#define DIGEST_BYTES 32

// Of all parts one behind the other. -EIO when OpenSSL fails.
int digest_of(const struct bytes *parts, unsigned n, uint8_t ret_digest[DIGEST_BYTES]);

#endif
