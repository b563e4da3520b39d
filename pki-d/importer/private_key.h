// A private key as typed fields (internal/v1/certificate_facts.proto), in memory that is wiped when freed.
#ifndef BULKHEAD_PKI_IMPORTER_PRIVATE_KEY_H
#define BULKHEAD_PKI_IMPORTER_PRIVATE_KEY_H

#include <openssl/types.h>

#include "bulkhead/internal/v1/certificate_facts.pb-c.h"

// -EBADMSG: of a kind or size that pki-d has no place for. -ENOMEM.
int private_key_read(EVP_PKEY *key, Bulkhead__Internal__V1__PrivateKey **ret_key);
// NULL is taken.
void private_key_free(Bulkhead__Internal__V1__PrivateKey *key);

#endif
