// Tells the courier which URLs it may fetch (those of the authorities from outside that pki-d keeps) and which
// authorities' CRLs it serves: after its start, and whenever one of these may have changed. Read from pki-d page by
// page, then sent as one generation.
#ifndef BULKHEAD_API_COURIER_PUSH_H
#define BULKHEAD_API_COURIER_PUSH_H

#include <stdbool.h>

#include "api-d/apply.h"
#include "lib/ipc/node.h"

struct courier_push_list {
    char **texts;
    size_t n, sent;
};

struct courier_push {
    struct ipc_node *node;
    struct apply *apply; // has the configuration
    uv_timer_t retry;
    uint64_t generation;
    uint64_t call; // under way; 0: none
    bool again;    // something has changed meanwhile
    bool started;
    unsigned failures; // in a row
    char *page_token;
    struct courier_push_list urls, own_network_urls, authorities;
};

// Node and apply are lent. The push must stay where it is.
void courier_push_init(struct courier_push *push, struct ipc_node *node, struct apply *apply, uv_loop_t *loop);
void courier_push_refresh(struct courier_push *push);
// From the daemon's on_peer.
void courier_push_on_peer(struct courier_push *push, enum role role, bool up);
// Closes its timer.
void courier_push_stop(struct courier_push *push);

#endif
