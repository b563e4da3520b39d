// AES-XCBC-MAC with a 128-bit key (RFC 3566 4), which OpenSSL does not have: its CBC makes the chain, the last block is
// masked here. Serves integrity (RFC 3566) and the PRF (RFC 4434).
#ifndef BULKHEAD_CRYPTO_XCBC_H
#define BULKHEAD_CRYPTO_XCBC_H

#include "lib/core/bytes.h"

#define XCBC_BYTES 16 // of the key and of the whole tag

struct xcbc;

// NULL when OpenSSL fails or without memory. Ready for xcbc_add.
struct xcbc *xcbc_new(const uint8_t key[XCBC_BYTES]);
// Wipes. NULL is taken.
void xcbc_free(struct xcbc *xcbc);
// Begins another message with the same key. -EIO.
int xcbc_restart(struct xcbc *xcbc);
// The message's next piece. -EIO.
int xcbc_add(struct xcbc *xcbc, struct bytes piece);
// The tag of what was added; then xcbc_restart. -EIO.
int xcbc_finish(struct xcbc *xcbc, uint8_t ret_tag[XCBC_BYTES]);

#endif
