// What the public gets: CRLs and OCSP answers, which the verifier reads the questions for and pki-d signs. Answers are
// kept for seconds; the same question is asked once however many wait for it.
#ifndef BULKHEAD_API_COURIER_PUBLIC_SERVICE_H
#define BULKHEAD_API_COURIER_PUBLIC_SERVICE_H

#include "api-d/courier/configured.h"
#include "api-d/courier/document_cache.h"
#include "api-d/courier/public_server.h"
#include "lib/core/ratelimit.h"
#include "lib/ipc/node.h"

struct question;

struct public_service {
    struct ipc_node *node;
    uv_loop_t *loop;
    const struct configured *configured;
    struct document_cache *cache;
    struct ratelimit failures; // that are logged: strangers cause them
    struct question *first;    // under way
};

// Node and configuration are lent. -ENOMEM.
int public_service_init(struct public_service *service, struct ipc_node *node, uv_loop_t *loop,
                        const struct configured *configured);
// public_server_config.on_request.
void public_service_answer(void *arg, struct public_connection *connection, const struct public_request *request);
// Everybody who waits gets 503.
void public_service_stop(struct public_service *service);

#endif
