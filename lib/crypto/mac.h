// A keyed tag over pieces of a message, whatever its kind: HMAC (RFC 2104), AES-CMAC (RFC 4493), AES-XCBC (RFC 3566).
// What a PRF, an IKE message's ICV and ESP's need.
#ifndef BULKHEAD_CRYPTO_MAC_H
#define BULKHEAD_CRYPTO_MAC_H

#include "lib/core/bytes.h"
#include "lib/crypto/algorithm.h"

// The AES ones take exactly so many bytes of key and make as many of tag.
#define MAC_AES_BYTES 16

struct mac;

// Keyed, ready for mac_add. `digest` with HMAC alone. NULL when the key does not fit, OpenSSL fails, or without memory.
struct mac *mac_new(enum mac_kind kind, const char *digest, struct bytes key);
// Wipes. NULL is taken.
void mac_free(struct mac *mac);
// Begins another message with the same key. -EIO.
int mac_restart(struct mac *mac);
int mac_add(struct mac *mac, struct bytes piece);
// The first n bytes of the tag; then mac_restart. -EINVAL when the tag is shorter, -EIO.
int mac_finish(struct mac *mac, uint8_t *ret_tag, size_t n);

#endif
