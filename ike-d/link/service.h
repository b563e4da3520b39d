// What ike-d answers on its edges: api-d's requests, and the notifications of esp-d and pki-d.
#ifndef BULKHEAD_IKE_LINK_SERVICE_H
#define BULKHEAD_IKE_LINK_SERVICE_H

#include "ike-d/sa/ike_env.h"
#include "lib/ipc/node.h"

struct ike;

// Ends with method 0; arg is the struct daemon.
extern const struct ipc_handler service_handlers[];
// Fills in tunnel_changed, attempt_ended and event; env->arg must be a struct ike.
void service_fill(struct ike_env *env);
// Answers all who still wait.
void service_done(struct ike *ike);

#endif
