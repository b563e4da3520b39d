// What both roles of an IKE SA's rekey have in common (RFC 7296 1.3.2, 2.8, 2.18): the new SA, its keys, and the moment
// at which it takes over tunnel and CHILD_SAs.
#ifndef BULKHEAD_IKE_EXCH_IKE_REKEY_H
#define BULKHEAD_IKE_EXCH_IKE_REKEY_H

#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/ike_sa.h"

// A new SA with all that it shares with the old one but keys and nonces; peer_spi 0: not known yet. NULL without memory
// or entropy. End with ike_sa_life_close.
struct ike_sa *ike_rekey_begin(const struct ike_sa *old, bool initiator, uint64_t peer_spi);
// The suite that was chosen. -ENOMEM, -EINVAL.
int ike_rekey_set_suite(struct ike_sa *fresh, const struct proposal *chosen);
// Both nonces must be there. -EIO.
int ike_rekey_make_keys(struct ike_sa *fresh, const struct ike_sa *old, struct bytes shared);

// The new SA takes over. The old one keeps nothing but its keys: it answers the peer's DELETE for a while.
void ike_rekey_inherit(struct ike_sa *fresh, struct ike_sa *old);
// The new SA stands, but a rekey of ours is on the way, too: which of both takes over is not decided yet.
void ike_rekey_wait(struct ike_sa *fresh, struct ike_sa *old);
// Our own rekey comes to nothing: what the peer's has made takes over, if there is one.
bool ike_rekey_take_rival(struct ike_sa *old);

// The SPI field of a proposal for an IKE SA; 0: it has none of 8 bytes.
void ike_rekey_put_spi(struct proposal *proposal, uint64_t spi);
uint64_t ike_rekey_spi_of(const struct proposal *proposal);

#endif
