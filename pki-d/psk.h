// The AUTH value of a pre-shared key, RFC 7296 2.15:
//
//     AUTH = prf( prf(PSK, "Key Pad for IKEv2"), message | nonce | prf(SK_p, RestOfIDPayload) )
//
// where RestOfIDPayload is the identity's type, three reserved bytes and its data.
#ifndef BULKHEAD_PKI_PSK_H
#define BULKHEAD_PKI_PSK_H

#include "lib/core/bytes.h"
#include "lib/crypto/algorithm.h"

#define PSK_AUTH_MAX_BYTES 64

// What is signed: the signer's first message as sent, the other side's nonce, the signer's SK_p and identity.
struct psk_octets {
    struct bytes message;
    struct bytes nonce;
    struct bytes sk_p;
    uint8_t id_type;
    struct bytes id_data;
};

// prf->key_bytes bytes into ret_auth. -EIO when the library fails. Intermediate values are wiped.
int psk_auth(const struct prf_algorithm *prf, struct bytes psk, const struct psk_octets *octets,
             uint8_t ret_auth[PSK_AUTH_MAX_BYTES]);

#endif
