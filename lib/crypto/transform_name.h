// Names of all transforms that IANA lists for IKEv2, in the notation of proposals, whether Bulkhead implements them or
// not: logs show what a peer offered, and the parser can tell a word that is not served from a typing error.
#ifndef BULKHEAD_CRYPTO_TRANSFORM_NAME_H
#define BULKHEAD_CRYPTO_TRANSFORM_NAME_H

#include "lib/core/bytes.h"
#include "lib/crypto/algorithm.h"

// "ENCR", "PRF", "INTEG", "KE", "ESN"; "?" for other numbers. Static.
const char *transform_type_name(uint8_t type);

// Is the word one of the table's names ("3des", "aes192ctr", "modp1024")? Then its type, else 0.
uint8_t transform_type_of_name(struct bytes word);

#endif
