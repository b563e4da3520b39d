// What our side shows of itself when it authenticates with a certificate, as pki-d tells it: who we are, the
// certificates (RFC 7296 3.6), and whose certificates we take (3.7). The key stays in pki-d.
#ifndef BULKHEAD_IKE_SA_CREDENTIAL_H
#define BULKHEAD_IKE_SA_CREDENTIAL_H

#include "lib/net/identity.h"

#define CREDENTIAL_CHAIN_MAX       16
#define CREDENTIAL_AUTHORITIES_MAX 32
#define CREDENTIAL_HASH_BYTES      20

struct credential {
    struct identity own_id;
    struct bytes chain[CREDENTIAL_CHAIN_MAX]; // DER: our certificate, then its issuers without the root
    unsigned chain_n;
    struct bytes authorities; // SHA-1 of the public key of each that the tunnel trusts, one behind the other
};

// A copy with bytes of its own; NULL without memory.
struct credential *credential_copy(const struct credential *from);
void credential_free(struct credential *credential); // NULL is taken

#endif
