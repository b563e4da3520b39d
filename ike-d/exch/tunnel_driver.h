// Decides what each tunnel does next: brings it up, waits, tries again; applies a new configuration, and what operators
// and the other daemons ask for. Level-triggered: tunnel_driver_review looks at how things are, not at how they came to
// be.
#ifndef BULKHEAD_IKE_EXCH_TUNNEL_DRIVER_H
#define BULKHEAD_IKE_EXCH_TUNNEL_DRIVER_H

#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/ike_sa.h"
#include "ike-d/sa/tunnel.h"

// Something about this tunnel has changed.
void tunnel_driver_review(struct tunnel *tunnel);
void tunnel_driver_review_all(struct ike_core *core);

// The whole desired state, in order. Takes the configs (and sets them NULL in the array). Tunnels that are the same
// keep their SAs; others are deleted and begun anew.
void tunnel_driver_configure(struct ike_core *core, struct tunnel_config **configs, size_t n);
// From the operator. -ENOENT; -EADDRNOTAVAIL when the peer's address is not configured. The end of the attempt is told
// by ike_env.attempt_ended; 1 when the tunnel is up already.
int tunnel_driver_up(struct ike_core *core, const char *name);
int tunnel_driver_down(struct ike_core *core, const char *name);
// A packet has matched a policy without an SA. Its own selectors say which CHILD_SA is wanted; NULL: all.
void tunnel_driver_acquire(struct ike_core *core, const char *name, const struct selector_pair *packet);
void tunnel_driver_secret_changed(struct ike_core *core, const char *name);
// pki-d is there again: who waits for it goes on.
void tunnel_driver_pki_up(struct ike_core *core);
// Deletes all SAs without waiting for answers and frees everything. With `tell_peers`, they get a DELETE.
void tunnel_driver_stop(struct ike_core *core, bool tell_peers);

#endif
