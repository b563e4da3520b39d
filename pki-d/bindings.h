// Which tunnel authenticates with which secrets or certificates, and under which identities. Kept in memory alone:
// api-d sends them again.
#ifndef BULKHEAD_PKI_BINDINGS_H
#define BULKHEAD_PKI_BINDINGS_H

#include "lib/net/identity_pattern.h"
#include "pki-d/pki_limits.h"

// Names and bytes are lent to bindings_add, and lent by what bindings_find returns. Either by a secret or by a
// certificate; the other one is "".
struct binding {
    const char *tunnel;
    const char *secret;
    const char *other_secret; // valid, too; "": none
    const char *ppk_secret;   // of the post-quantum pre-shared key (RFC 8784); "": none
    struct bytes ppk_id;
    struct identity local_id; // IDENTITY_NONE: any IPv4 or IPv6 address
    struct identity_pattern remote_id;
    const char *certificate;
    const char *authorities[PKI_AUTHORITIES_MAX]; // whom it trusts; none: the one that issued the certificate
    size_t n_authorities;
    const char *remote_id_text; // bulkhead.v1.Endpoint.id as written
    uint32_t revocation;        // enum bulkhead.v1.RevocationPolicy
    uint32_t rsa_padding;       // enum bulkhead.v1.RsaPadding
};

struct bindings;

// NULL without memory.
struct bindings *bindings_new(void);
void bindings_free(struct bindings *bindings);

// Begins a new generation or goes on with it: a page of another generation than the last drops what was collected.
// -ENOMEM.
int bindings_begin_page(struct bindings *bindings, uint64_t generation);
// Adds one to the generation under way (copied). -EEXIST: tunnel named twice; -E2BIG: over PKI_BINDINGS_MAX; -EINVAL: a
// name that is no name, a PPK without an id, neither secret nor certificate or both; -ENOMEM.
int bindings_add(struct bindings *bindings, const struct binding *binding);
// What was collected replaces what holds.
void bindings_commit(struct bindings *bindings);
// Drops what was collected.
void bindings_abort(struct bindings *bindings);

// Into ret_binding, which lends until the next commit. False: not bound.
bool bindings_find(const struct bindings *bindings, struct bytes tunnel, struct binding *ret_binding);
// All that hold, in no order: start with *cursor 0; false at the end.
bool bindings_next(const struct bindings *bindings, size_t *cursor, struct binding *ret_binding);
// Does the tunnel need that secret?
bool bindings_uses(const struct binding *binding, const char *secret);
// Does it name that certificate, as its own or as an authority?
bool bindings_uses_certificate(const struct binding *binding, const char *name);

#endif
