// Sends the SPD to esp-d (RFC 4301 4.4.1), page by page under one generation: some pages at once, the others as answers
// come, since a hundred thousand policies do not fit the edge's queue.
#ifndef BULKHEAD_IKE_LINK_POLICY_PAGES_H
#define BULKHEAD_IKE_LINK_POLICY_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ike;

struct policy_pages {
    uint64_t generation; // the one that is being sent, or was
    size_t sent;         // its policies so far
    bool done;           // with its last page, or because esp-d refused one
};

// Sends the policies of all tunnels; what is left of an earlier generation is not sent any more.
void policy_pages_send(struct ike *ike);

#endif
