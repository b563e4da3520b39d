// Brings the desired state to fw-d, pki-d and ike-d, in this order (what is configured is protected before anything is
// negotiated), and again whenever one of them comes back. Each gets the pages of one generation; generations only grow.
#ifndef BULKHEAD_API_PUSH_H
#define BULKHEAD_API_PUSH_H

#include "api-d/connect/connect_code.h"
#include "api-d/desired_state.h"
#include "api-d/intent.h"
#include "lib/ipc/node.h"

enum push_target {
    PUSH_FW,
    PUSH_PKI,
    PUSH_IKE,
    PUSH_TARGETS,
};

struct push_link {
    struct push *push;
    const struct push_kind *kind;
    uint64_t confirmed; // generation that this connection's daemon has taken; 0: none
    uint64_t ever;      // the same, of any of its lives: what is in the kernel stays there
    uint64_t call;      // id of the page under way; 0: none
    struct intent_cursor cursor;
};

struct push_config {
    struct ipc_node *node;
    uv_loop_t *loop;
    void (*on_settled)(void *arg); // all three have taken the latest generation
    // One of them has refused it or went away; it is tried again after a while, unless push_set changes it in here. The
    // text names the daemon.
    void (*on_failed)(void *arg, enum connect_code code, const char *text);
    void *arg;
};

struct push {
    struct push_config config;
    struct desired_state *desired; // lent; NULL: nothing yet
    bool open;                     // it is, since not all have it
    uint64_t generation;
    bool settled;
    uv_timer_t retry;
    struct push_link links[PUSH_TARGETS];
};

// The push is the caller's and must stay where it is.
void push_init(struct push *push, const struct push_config *config);
// A new generation with this state, which is lent until the next push_set.
void push_set(struct push *push, struct desired_state *desired);
// From the daemon's on_peer.
void push_on_peer(struct push *push, enum role role, bool up);
// The name of the first daemon that is away; NULL when all are there.
const char *push_find_absent(const struct push *push);
// Closes its timer.
void push_stop(struct push *push);

#endif
