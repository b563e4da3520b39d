// All of api-d's state, for the handlers of services/.
#ifndef BULKHEAD_API_API_H
#define BULKHEAD_API_API_H

#include "api-d/apply.h"
#include "api-d/config_source.h"
#include "api-d/courier_push.h"
#include "api-d/events.h"
#include "api-d/expiring.h"
#include "api-d/http/http_server.h"
#include "lib/daemon/daemon.h"

struct api {
    struct daemon *daemon;
    const char *version;
    struct ipc_node *node; // daemon->node
    struct apply apply;    // desired state
    struct events events;
    struct courier_push courier;
    struct expiring expiring;
    struct http_server *server;
    struct exchange_budget budget;
    struct config_source source; // until the start
    gid_t admin_gid;
    int socket; // bound, until the start
    bool started;
};

#endif
