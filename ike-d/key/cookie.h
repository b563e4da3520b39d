// Stateless cookies of the responder (RFC 7296 2.6): version of the secret | HMAC-SHA-256(secret, IPi | SPIi | Ni).
#ifndef BULKHEAD_IKE_COOKIE_H
#define BULKHEAD_IKE_COOKIE_H

#include "lib/core/bytes.h"
#include "lib/net/address.h"

#define COOKIE_SECRET_BYTES 32
#define COOKIE_BYTES        33

// Changed from time to time; the one before is still honoured.
struct cookie_secret {
    uint8_t version;
    uint8_t b[COOKIE_SECRET_BYTES];
};

// What a cookie binds.
struct cookie_claim {
    struct bytes nonce_i;
    struct address address;
    uint64_t spi_i;
};

// -EIO when OpenSSL fails.
int cookie_make(const struct cookie_secret *secret, const struct cookie_claim *claim, uint8_t ret_cookie[COOKIE_BYTES]);
// In constant time. False also when the cookie is of another version of the secret.
bool cookie_is_valid(const struct cookie_secret *secret, const struct cookie_claim *claim, struct bytes cookie);

#endif
