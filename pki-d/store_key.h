// Private keys of the store: PKCS#8 in DER, sealed under the master key with the certificate's name and the key's id as
// additional data, so that none can be passed off as another's. Those that were used lately stay open.
#ifndef BULKHEAD_PKI_STORE_KEY_H
#define BULKHEAD_PKI_STORE_KEY_H

#include <openssl/evp.h>

#include "pki-d/store.h"

// Sealed, the longest.
#define STORE_KEY_SEALED_MAX_BYTES 8220

// The additional data of a key's seal, in the caller's memory.
struct store_key_association {
    uint8_t b[4 + 8 + PKI_NAME_MAX_BYTES];
};
struct bytes store_key_associate(struct bytes name, int64_t id, struct store_key_association *association);

// -EIO.
int store_key_add(struct store *store, struct bytes name, EVP_PKEY *key, int64_t *ret_id);
// Closes all that are open: after a deletion, and at the end.
void store_key_close_all(struct store *store);
// For EVP_PKEY_free, which lets go of it. -ENOENT; -EBADMSG: damaged.
int store_key_open(struct store *store, struct bytes name, int64_t id, EVP_PKEY **ret_key);

#endif
