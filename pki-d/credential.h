// What a tunnel shows of itself in IKE_AUTH: its certificate, those of the issuers in between, and the identity that it
// goes by (RFC 7296 3.6, RFC 4945 3.1).
#ifndef BULKHEAD_PKI_CREDENTIAL_H
#define BULKHEAD_PKI_CREDENTIAL_H

#include "pki-d/bindings.h"
#include "pki-d/store_certificate.h"

#define CREDENTIAL_ERROR_MAX 256

struct credential {
    struct stored_certificate *certificate;
    // The configured identity (a DN that the certificate has, too, is the certificate's own, byte by byte); else the
    // first DNS name of its alternative names, else the first address, else the first e-mail address, else its subject.
    struct identity own_id;
};

// With its certificate, which must be there, be no authority's, have its key, and be neither revoked nor expired at
// `now` (seconds since 1970): else -ENOENT, and one line in ret_error (CREDENTIAL_ERROR_MAX). -ENOTSUP: the tunnel has
// none. -EIO, -ENOMEM.
int credential_load(struct store *store, const struct binding *binding, int64_t now, struct credential *ret_credential,
                    char *ret_error);
void credential_done(struct credential *credential);

// The certificate's issuers up to the root, which is left out: the peer must have it. Each is to be freed.
int credential_issuers(struct store *store, const struct credential *credential, int64_t now,
                       struct stored_certificate *ret_issuers[STORE_CHAIN_MAX], size_t *ret_n);

#endif
