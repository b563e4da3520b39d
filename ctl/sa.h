// The table of ESP SAs, which `sas list` and `tunnels show` print.
#ifndef BULKHEAD_CTL_SA_H
#define BULKHEAD_CTL_SA_H

#include "bulkhead/v1/sa.pb-c.h"
#include "ctl/invocation.h"

void sa_print_table(const struct invocation *inv, Bulkhead__V1__Sa *const *sas, size_t n);

#endif
