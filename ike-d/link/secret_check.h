// Asks pki-d which tunnels lack the secret that they use, after everything that can change the answer: a configuration,
// another secret, pki-d's return.
#ifndef BULKHEAD_IKE_LINK_SECRET_CHECK_H
#define BULKHEAD_IKE_LINK_SECRET_CHECK_H

#include <stdbool.h>
#include <stddef.h>

struct ike;

// A walk over all tunnels, a page at a time.
struct secret_check {
    bool under_way;
    bool again; // something has changed meanwhile: from the first one once more
    size_t next;
};

void secret_check_all(struct ike *ike);
// Names of tunnels, any number.
void secret_check_some(struct ike *ike, char *const *tunnels, size_t n);

#endif
