// The security policy database (RFC 4301 4.4.1): ordered, the first policy that matches decides. A generation is built
// page by page and published as a whole.
#ifndef BULKHEAD_ESP_SPD_H
#define BULKHEAD_ESP_SPD_H

#include "esp-d/tunnel.h"

enum policy_action {
    POLICY_PROTECT = 1,
    POLICY_BYPASS,
    POLICY_DISCARD,
};

struct policy {
    struct filter local;
    struct filter remote;
    enum policy_action action;
    struct tunnel *tunnel;       // a reference
    _Atomic uint64_t acquire_ms; // when ike-d was last asked for an SA; 0: never
    _Atomic uint64_t waiting_ms; // since when there is none; 0: not waiting
};

struct spd {
    uint64_t generation;
    uint64_t serial; // of all that took effect in this process's life, from 1
    bool broken;     // a page could not be taken: never to be published
    unsigned n;
    unsigned capacity;
    struct policy *policy;
    struct spd_index *index; // NULL: so few that they are walked
};

// Thread: main. NULL without memory.
struct spd *spd_new(uint64_t generation);
// Appends. Takes over the reference to the tunnel, unless it fails: -ENOSPC, -ENOMEM.
int spd_add(struct spd *spd, const struct policy *policy);
// All are there: made ready to be asked. -ENOMEM.
int spd_finish(struct spd *spd);
// Gives the references back, and retires the rest. NULL is taken.
void spd_retire(struct spd *spd, struct tunnels *tunnels);

// Thread: worker. NULL when no policy matches. `spd` may be NULL.
struct policy *spd_find(const struct spd *spd, const struct flow *flow, enum filter_direction direction);

#endif
