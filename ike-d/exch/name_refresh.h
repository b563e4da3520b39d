// Asks for the addresses of peers that are configured by name: at the start, when they have become old (their owner
// says how old they may be), and again at each attempt after one that has failed. A tunnel that stands keeps its
// addresses; its next attempt, and whoever calls from now on, is measured by the new ones.
#ifndef BULKHEAD_IKE_EXCH_NAME_REFRESH_H
#define BULKHEAD_IKE_EXCH_NAME_REFRESH_H

#include "ike-d/sa/tunnel.h"

enum name_refresh_state {
    NAME_REFRESH_READY,  // there are addresses to call
    NAME_REFRESH_ASKING, // the tunnel is reviewed when the answer is there
    NAME_REFRESH_FAILED, // ret_failure says why
};

// A new tunnel: asks for its names for the first time. Harmless without names. -ENOMEM.
int name_refresh_begin(struct tunnel *tunnel);
// Before an attempt begins.
enum name_refresh_state name_refresh_prepare(struct tunnel *tunnel, struct tunnel_failure *ret_failure);
// The courier is there (again): who waits for it goes on.
void name_refresh_on_courier(struct ike_core *core);

#endif
