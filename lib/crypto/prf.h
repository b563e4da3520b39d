// The pseudo-random function of an IKE SA: prf and prf+ (RFC 7296 2.13). Keys may be of any length: HMACs take them so,
// those of AES as RFC 4434 and RFC 4615 say.
#ifndef BULKHEAD_CRYPTO_PRF_H
#define BULKHEAD_CRYPTO_PRF_H

#include "lib/core/bytes.h"
#include "lib/crypto/algorithm.h"

#define PRF_BYTES_MAX 64

// What a prf reads: the parts one behind the other.
struct prf_input {
    const struct bytes *part;
    size_t n;
};

// PRF_INPUT(a, b, c): an input of these struct bytes, for the enclosing block's life.
#define PRF_INPUT(...)                                                                                                 \
    ((struct prf_input){.part = (const struct bytes[]){__VA_ARGS__},                                                   \
                        .n = sizeof((const struct bytes[]){__VA_ARGS__}) / sizeof(struct bytes)})

// prf(key, input) into ret_output, prf->key_bytes long. -EIO when OpenSSL fails.
int prf_compute(const struct prf_algorithm *prf, struct bytes key, struct prf_input input, uint8_t *ret_output);

// The first n bytes of prf+(key, seed). -EINVAL over 255 blocks; on any failure ret_output is wiped.
int prf_plus(const struct prf_algorithm *prf, struct bytes key, struct prf_input seed, uint8_t *ret_output, size_t n);

#endif
