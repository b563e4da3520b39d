// The courier: fetches and resolves for the daemons that have no sockets, and answers the public for the one that has
// no network. It holds no secret, keeps no file, and no method of it changes anything.
#ifndef BULKHEAD_API_COURIER_COURIER_H
#define BULKHEAD_API_COURIER_COURIER_H

#include "api-d/courier/fetch_service.h"
#include "api-d/courier/public_service.h"
#include "api-d/courier/resolv_watch.h"
#include "lib/daemon/daemon.h"

struct courier {
    struct daemon *daemon;
    int listeners[COURIER_LISTENERS_MAX]; // bound, until the start
    unsigned listeners_n;
    uv_tcp_t first_handle; // makes libuv open what it opens with the first one, before the sandbox
    struct resolver *resolver;
    struct resolv_watch resolv;
    struct own_networks networks;
    struct configured configured;
    struct names *names;
    struct fetch_service fetch;
    struct public_service public;
    struct public_server *server;
    bool started;
};

// For the daemon_spec, whose `self` is the struct courier.
extern const struct ipc_handler courier_handlers[];
extern const struct seccomp_rule seccomp_courier[];
int courier_open(struct daemon *daemon);
int courier_start(struct daemon *daemon);
void courier_stop(struct daemon *daemon);

#endif
