// Where the courier may connect to for other people's sake (a URL in a configured authority, the answer of a name
// server): a public address. Anything else would let whoever writes such a URL or name reach what only this host
// reaches.
#ifndef BULKHEAD_API_COURIER_DESTINATION_H
#define BULKHEAD_API_COURIER_DESTINATION_H

#include "api-d/courier/own_networks.h"

// NULL: the courier may connect to it. Else why not, for people: "a loopback address", "one of this host" ... With
// `allows_own` private addresses and connected networks are let through, since the operator has named the URL; nothing
// else ever is.
const char *destination_refuse(struct own_networks *networks, const struct address *address, bool allows_own);

// The same without the host's own networks; `ret_is_private` for what an operator may allow.
const char *destination_classify(const struct address *address, bool *ret_is_private);

#endif
