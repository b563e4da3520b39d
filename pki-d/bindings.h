// Which tunnel authenticates with which secret, and under which identities. Kept in memory alone: api-d sends them
// again.
#ifndef BULKHEAD_PKI_BINDINGS_H
#define BULKHEAD_PKI_BINDINGS_H

#include "lib/net/identity.h"
#include "pki-d/pki_limits.h"

struct binding {
    char tunnel[PKI_NAME_MAX_BYTES + 1];
    char secret[PKI_NAME_MAX_BYTES + 1];
    struct identity local_id; // IDENTITY_NONE: any IPv4 or IPv6 address
    struct identity remote_id;
};

struct bindings;

// NULL without memory.
struct bindings *bindings_new(void);
void bindings_free(struct bindings *bindings);

// Begins a new generation or goes on with it: a page of another generation than the last drops what was collected.
// -ENOMEM.
int bindings_begin_page(struct bindings *bindings, uint64_t generation);
// Adds one to the generation under way (copied). -EEXIST: tunnel named twice; -E2BIG: over PKI_BINDINGS_MAX; -EINVAL: a
// name that is no name; -ENOMEM.
int bindings_add(struct bindings *bindings, const struct binding *binding);
// What was collected replaces what holds.
void bindings_commit(struct bindings *bindings);
// Drops what was collected.
void bindings_abort(struct bindings *bindings);

// Lent until the next commit; NULL when not bound.
const struct binding *bindings_find(const struct bindings *bindings, struct bytes tunnel);
// All that hold, in no order: start with *cursor 0; NULL at the end.
const struct binding *bindings_next(const struct bindings *bindings, size_t *cursor);

#endif
