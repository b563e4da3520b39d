// Where datagrams enter the core: finds the IKE SA and the exchange, keeps the windows, opens what is encrypted, and
// refuses what is malformed (RFC 7296 2.1-2.5, 2.21).
#ifndef BULKHEAD_IKE_EXCH_INTAKE_H
#define BULKHEAD_IKE_EXCH_INTAKE_H

#include "ike-d/sa/ike_core.h"

// One UDP payload without the non-ESP marker, as it came to `local` from `remote`. Run the core afterwards.
void intake_datagram(struct ike_core *core, const struct endpoint *local, const struct endpoint *remote,
                     struct bytes datagram);

#endif
