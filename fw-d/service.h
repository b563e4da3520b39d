// What fw-d answers on its edge: api-d's configuration and status questions.
#ifndef BULKHEAD_FW_SERVICE_H
#define BULKHEAD_FW_SERVICE_H

#include "fw-d/firewall.h"
#include "fw-d/tunnel_counters.h"
#include "fw-d/watch.h"
#include "lib/daemon/daemon.h"

// daemon->self of fw-d.
struct service {
    struct firewall firewall;
    struct watch watch;
    struct intent pending;           // pages that came so far
    struct tunnel_counters counters; // read for the pages that are asked for
};

extern const struct ipc_handler service_handlers[];

#endif
