// What a signature in an AUTH payload is made over (RFC 7296 2.15):
//
//     message | nonce | prf(SK_p, RestOfIDPayload)
//
// where RestOfIDPayload is the identity's type, three reserved bytes and its data.
#ifndef BULKHEAD_CRYPTO_AUTH_OCTETS_H
#define BULKHEAD_CRYPTO_AUTH_OCTETS_H

#include "lib/core/bytes.h"
#include "lib/crypto/algorithm.h"

// The signer's first message as sent, the other side's nonce, the signer's SK_p and identity.
struct auth_octets {
    struct bytes message;
    struct bytes nonce;
    struct bytes sk_p;
    uint8_t id_type;
    struct bytes id_data;
};

// All of it in one piece, to be freed with wiping_free. -ENOMEM; -EIO when the library fails.
int auth_octets_assemble(const struct prf_algorithm *prf, const struct auth_octets *octets, struct bytes *ret_data);

#endif
