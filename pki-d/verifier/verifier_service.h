// What the verifier is asked over its edges, and when it has worked enough: after so much work, or so much time, it
// ends when nothing is under way, and a fresh process takes its place. A stranger who has taken it over doesn't keep
// it.
#ifndef BULKHEAD_PKI_VERIFIER_VERIFIER_SERVICE_H
#define BULKHEAD_PKI_VERIFIER_VERIFIER_SERVICE_H

#include <uv.h>

#include "lib/daemon/daemon.h"
#include "pki-d/verifier/trusted_certificate.h"

struct verifier_service {
    uint32_t work; // done so far; a verification counts more than a question of the public
    uint32_t under_way;
    bool is_old;
    uv_timer_t age;
    struct trusted_certificates trusted;
};

// daemon->self is a struct verifier_service.
extern const struct ipc_handler verifier_handlers[];

// For the daemon's spec.
int verifier_service_start(struct daemon *daemon);
void verifier_service_stop(struct daemon *daemon);

#endif
