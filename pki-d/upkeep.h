// What pki-d does by itself, at start and every hour: CRLs are made anew before they expire, what renewal replaced is
// forgotten when it has expired, imported CRLs that are out of date are complained of.
#ifndef BULKHEAD_PKI_UPKEEP_H
#define BULKHEAD_PKI_UPKEEP_H

#include "lib/daemon/daemon.h"

// 0 or -errno. The timer is that of struct service.
int upkeep_start(struct daemon *daemon);
void upkeep_stop(struct daemon *daemon);
// Once, now.
void upkeep_run(struct daemon *daemon);

#endif
