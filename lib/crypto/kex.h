// Diffie-Hellman for the KE payload: MODP groups (RFC 3526; RFC 2409's Second Oakley Group), elliptic curves over
// primes (RFC 5903: x | y without a leading 04, the secret is x), Curve25519 and Curve448 (RFC 8031). The peer's value
// is checked as RFC 6989 asks.
//
// An object belongs to one thread at a time; nothing is shared between objects, so that kex_new and kex_derive, which
// are slow (some milliseconds; the largest MODP groups 0.1 s), can run in a thread pool.
#ifndef BULKHEAD_CRYPTO_KEX_H
#define BULKHEAD_CRYPTO_KEX_H

#include "lib/core/bytes.h"
#include "lib/crypto/algorithm.h"

#define KEX_BYTES_MAX 1024 // MODP 8192: public value and shared secret

struct kex;

// The shared secret g^ir with its leading zeros (RFC 7296 2.14). Wipe with kex_secret_wipe.
struct kex_secret {
    size_t n;
    uint8_t b[KEX_BYTES_MAX];
};

// A new key pair. -ENOMEM, -EIO when OpenSSL fails.
int kex_new(const struct ke_algorithm *ke, struct kex **ret_kex);
// From a key pair that is already there: the private value in network order, the public one as a KE payload carries it.
// For known-answer tests; the two are not compared.
int kex_new_from_pair(const struct ke_algorithm *ke, struct bytes private_value, struct bytes public_value,
                      struct kex **ret_kex);
// Wipes the private key. NULL is taken.
void kex_free(struct kex *kex);

const struct ke_algorithm *kex_algorithm(const struct kex *kex);
// Our public value as the KE payload carries it; lives as long as kex.
struct bytes kex_public(const struct kex *kex);

// -EBADMSG: the peer's value is none of this group (size, range, not on the curve, small order); the answer is
// INVALID_SYNTAX. -EIO when OpenSSL fails. ret_secret is untouched on failure.
int kex_derive(struct kex *kex, struct bytes peer_public, struct kex_secret *ret_secret);

static inline struct bytes kex_secret_view(const struct kex_secret *secret)
{
    return bytes_of(secret->b, secret->n);
}
void kex_secret_wipe(struct kex_secret *secret);

#endif
