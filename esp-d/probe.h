// Asking a path for its MTU (RFC 4821 in the small): now and then, while an SA carries traffic, a dummy packet (RFC
// 4303 2.6) goes out as large as a packet of the path may be, with DF set. What does not even leave this machine says
// so at once; a router that can't hand it on answers with ICMP, which icmp_hint reads. The packets of users go without
// DF, so that none of them is lost where ICMP is filtered.
#ifndef BULKHEAD_ESP_PROBE_H
#define BULKHEAD_ESP_PROBE_H

#include "esp-d/outbound.h"

// Between two bursts. Thread: worker, as a reader.
void probe_path(struct outbound *out, struct child *child);

#endif
