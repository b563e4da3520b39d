// Whom a tunnel trusts: the authorities that its peer's certificate must come from, and issuers in between that the
// store knows, so that peers need not send them.
#ifndef BULKHEAD_PKI_TRUST_H
#define BULKHEAD_PKI_TRUST_H

#include "pki-d/bindings.h"
#include "pki-d/store_authority.h"
#include "pki-d/store_certificate.h"

#define TRUST_ERROR_MAX 256
// Certificates of an answer, in bytes: they must fit a frame.
#define TRUST_MAX_BYTES       49152
#define TRUST_AUTHORITIES_MAX 32

struct trusted_authority {
    struct stored_authority authority;
    struct stored_certificate *certificate;
    bool is_anchor;
};

struct trust {
    struct trusted_authority list[TRUST_AUTHORITIES_MAX];
    size_t n;
};

// The configured authorities that are not revoked; none configured: the one that issued the tunnel's certificate.
// -ENOENT: one does not exist, or all are revoked, with one line in ret_error (TRUST_ERROR_MAX). -ENOTSUP: the tunnel
// has no certificate. -EIO, -ENOMEM.
int trust_find_anchors(struct store *store, const struct binding *binding, int64_t now, struct trust *ret_trust,
                       char *ret_error);
// Adds those in between, as many as there is room for.
int trust_add_issuers(struct store *store, int64_t now, struct trust *trust);
void trust_done(struct trust *trust);

#endif
