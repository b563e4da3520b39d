// Signatures in AUTH payloads: method 14 with an AlgorithmIdentifier in front (RFC 7427 3), and the older methods 1 and
// 9-11, whose number says it all (RFC 7296 3.8, RFC 4754). Which key made it and whether it is right is not this file's
// business.
//
//     | ASN.1 Length  | AlgorithmIdentifier ASN.1 object ...  | Signature Value ... |      method 14
#ifndef BULKHEAD_IKE_WIRE_AUTH_SIGNATURE_H
#define BULKHEAD_IKE_WIRE_AUTH_SIGNATURE_H

#include "ike-d/wire/payload.h"
#include "lib/core/writer.h"
#include "lib/crypto/signature_algorithm.h"

struct auth_signature {
    uint8_t method;
    enum signature_key key;
    enum signature_hash hash;
    struct bytes algorithm; // AlgorithmIdentifier in DER; empty but for method 14
    struct bytes value;
};

// The data of an AUTH payload of one of these methods; views point into it. An algorithm that is not known is told as
// such. INVALID_SYNTAX: cut short, or no signature at all.
enum wire_status auth_signature_parse(const struct auth_payload *auth, struct auth_signature *ret_signature,
                                      struct wire_error *ret_error);
// The data of an AUTH payload of method 14. False: no such algorithm is known.
bool auth_signature_encode(enum signature_key key, enum signature_hash hash, struct bytes value, struct writer *w);

// The data of N(SIGNATURE_HASH_ALGORITHMS): a bit for each (1 << enum signature_hash); numbers that are not known are
// left out. False: not a list of 16-bit numbers.
bool auth_signature_parse_hashes(struct bytes data, uint32_t *ret_hashes);
void auth_signature_encode_hashes(uint32_t hashes, struct writer *w);

// For people: "a digital signature (method 14, RSA-PSS with SHA-256)", "a digital signature (method 9, ECDSA with
// SHA-256)", "no authentication at all (method 13)". Returns out.
char *auth_signature_describe(const struct auth_payload *auth, char *out, size_t out_size);

#endif
