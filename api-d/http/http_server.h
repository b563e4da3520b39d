// The API's stream socket: accepts clients, moves bytes between their sockets and their connections, and ends those
// that stall (api_limits.h).
#ifndef BULKHEAD_API_HTTP_HTTP_SERVER_H
#define BULKHEAD_API_HTTP_HTTP_SERVER_H

#include <uv.h>

#include "api-d/http/exchange.h"

struct http_server;

struct http_server_config {
    uv_loop_t *loop;
    exchange_ready_fn *on_ready;
    void *arg;
    struct exchange_budget *budget; // outlives all answers
    gid_t admin_gid;                // members may use the API, besides root; 0: nobody
};

// Makes and binds the socket at `path` (an old one is unlinked), mode 0660, for root and the group. To be called with
// privileges. Returns the descriptor or -errno.
int http_server_bind(const char *path, gid_t admin_gid);
// Listens on it; takes the descriptor. 0 or -errno.
int http_server_start(const struct http_server_config *config, int fd, struct http_server **ret_server);
// Closes all; the server is freed when the loop has closed its handles, answers still to come go nowhere. NULL is
// taken.
void http_server_stop(struct http_server *server);

#endif
