// What happens when esp-d goes and comes back, and when this ike-d finds ESP SAs that an earlier one left (RFC 7296
// says nothing of it; a key is installed once in its life, so lost CHILD_SAs are replaced, never installed again).
#ifndef BULKHEAD_IKE_EXCH_RECOVERY_H
#define BULKHEAD_IKE_EXCH_RECOVERY_H

#include "ike-d/sa/ike_core.h"

// esp-d is gone, and all ESP SAs with it, or perhaps only the connection; which, its list tells.
void recovery_on_esp_down(struct ike_core *core);
// esp-d is there and has listed its SAs: what it lacks of ours is replaced, what it has beside ours is an orphan of its
// tunnel, and goes when that tunnel's new CHILD_SA stands (at once when there is no such tunnel).
struct recovery_sa {
    const char *tunnel;
    uint32_t spi_in;
};
void recovery_on_esp_up(struct ike_core *core, struct recovery_sa *sas, size_t n);
// esp-d says that an SA is about to run out of sequence numbers, or (hard) has (RFC 4303 3.3.3).
void recovery_on_expire(struct ike_core *core, uint32_t spi_in, bool hard);
// An authentic ESP packet came from elsewhere: so will IKE, if the peer is behind a NAT (RFC 7296 2.23). Port 0: it
// came as IP protocol 50, on an SA that sends in UDP.
void recovery_on_address_change(struct ike_core *core, uint32_t spi_in, const struct endpoint *remote);

#endif
