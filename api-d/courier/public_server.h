// The public's TCP sockets: accepts connections within limits, reads requests, sends answers, and ends what stalls
// (courier_limits.h). One request of a connection at a time; what was sent behind it waits.
#ifndef BULKHEAD_API_COURIER_PUBLIC_SERVER_H
#define BULKHEAD_API_COURIER_PUBLIC_SERVER_H

#include <uv.h>

#include "api-d/courier/public_answer.h"
#include "api-d/courier/public_request.h"
#include "lib/net/address.h"

struct public_server;
struct public_connection;

struct public_server_config {
    uv_loop_t *loop;
    // Answered exactly once by public_connection_answer, now or later. The request is lent until then.
    void (*on_request)(void *arg, struct public_connection *connection, const struct public_request *request);
    void *arg;
};

// A listening socket is made and bound with privileges; `owner` is who it will seem to come from (firewalls look at the
// socket's user). Returns the descriptor or -errno.
int public_server_bind(const struct endpoint *at, uid_t owner);
// NULL without memory.
struct public_server *public_server_new(const struct public_server_config *config);
// Listens; takes the descriptor. 0 or -errno.
int public_server_listen(struct public_server *server, int fd);
// No more requests come. Answers still to come go nowhere. NULL is taken.
void public_server_stop(struct public_server *server);

// Whether this source, and all together, may have one more question answered anew.
bool public_connection_may_ask(struct public_connection *connection);
// keeps_alive and head_only are filled in here.
void public_connection_answer(struct public_connection *connection, const struct public_answer *answer);

#endif
