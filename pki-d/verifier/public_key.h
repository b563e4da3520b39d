// Public keys of certificates: as typed fields for pki-d, and whether one is good enough to be believed.
#ifndef BULKHEAD_PKI_VERIFIER_PUBLIC_KEY_H
#define BULKHEAD_PKI_VERIFIER_PUBLIC_KEY_H

#include <openssl/types.h>

#include "bulkhead/internal/v1/certificate_facts.pb-c.h"

// To be freed with protobuf_c_message_free_unpacked(.., NULL). A kind or size without a KeyType is UNSPECIFIED; n and e
// of RSA are there in any case. -EBADMSG: neither RSA, EC nor Ed25519. -ENOMEM.
int public_key_read(EVP_PKEY *key, Bulkhead__Internal__V1__PublicKey **ret_key);

// KeyType of a key, UNSPECIFIED when there is none for it.
Bulkhead__V1__KeyType public_key_type(EVP_PKEY *key);

// NULL: good. Else what is wrong with it: "an RSA key of 1024 bits, of 2048 to 8192".
const char *public_key_weakness(EVP_PKEY *key, char *out, size_t out_size);

#endif
