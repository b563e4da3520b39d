// The courier's connections (names, revocation lists, what it serves to the public) go their own way, also where a
// policy protects everything: else the name of a tunnel's peer could be asked for only through that tunnel. Known by
// its user, or by where it listens; from then on the connection's mark tells (MARK_OWN), also what comes back in clear.
// Connections that came out of a tunnel are like everybody's, and answered through it.
#ifndef BULKHEAD_FW_COURIER_RULES_H
#define BULKHEAD_FW_COURIER_RULES_H

#include "fw-d/table.h"

#define CHAIN_COURIER_INPUT  "courier_input"
#define CHAIN_COURIER_OUTPUT "courier_output"
#define CHAIN_COURIER_RAW    "courier_raw"

// Fills these chains.
void courier_rules_build(struct batch *batch, const char *tun, const struct table_courier *courier);

#endif
