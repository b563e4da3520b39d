// The CHILD_SAs that a tunnel's policies call for, whether they stand or not.
#ifndef BULKHEAD_CTL_CHILD_H
#define BULKHEAD_CTL_CHILD_H

#include "bulkhead/v1/tunnel_service.pb-c.h"
#include "ctl/command.h"

// "2 of 3 up".
char *child_count_text(const Bulkhead__V1__TunnelStatus *tunnel, char *out, size_t out_size);
void child_print_table(const struct invocation *inv, const Bulkhead__V1__TunnelStatus *tunnel);

#endif
