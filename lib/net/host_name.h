// Names of hosts as they are written in configurations (RFC 1123 2.1, RFC 952).
#ifndef BULKHEAD_NET_HOST_NAME_H
#define BULKHEAD_NET_HOST_NAME_H

#include "lib/net/address.h"

#define HOST_NAME_MAX_BYTES 253

// Labels of letters, digits, '-' and '_', 1-63 bytes each, separated by single dots (one more at the end is allowed);
// not an address, and the last label not of digits alone, so that a mistyped address is no name.
bool host_name_is_valid(const char *text);

#endif
