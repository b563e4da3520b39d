// api-d: the operators' API over one UNIX socket, the desired state, and its way to the other daemons.
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <seccomp.h>

#include "api-d/api.h"
#include "api-d/authorize.h"
#include "api-d/connect/connect_call.h"
#include "bulkhead/internal/v1/api_ike.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/log.h"
#include "lib/schema/wiping.h"

#define INT 0xffffffffull

// The stream socket: listen after the drop, so that clients see our uid; who they are.
static const struct seccomp_rule seccomp_api[] = {
    {.syscall = SCMP_SYS(listen)},
    {.syscall = SCMP_SYS(accept4)},
    {.syscall = SCMP_SYS(shutdown)},
    {.syscall = SCMP_SYS(getsockopt), .conditions = 2, .condition = {{1, INT, SOL_SOCKET}, {2, INT, SO_PEERCRED}}},
    {.syscall = SCMP_SYS(getsockopt), .conditions = 2, .condition = {{1, INT, SOL_SOCKET}, {2, INT, SO_PEERGROUPS}}},
    {.syscall = SECCOMP_RULES_END},
};

// With privileges: the socket's folder is root's, and so may the configuration be.
static int on_open(struct daemon *daemon)
{
    struct api *api = daemon->self;
    char path[PATH_MAX];
    int err;

    err = config_source_open(daemon->options->config, &api->source);
    if (err < 0)
        return err;
    api->admin_gid = authorize_find_group();
    if (snprintf(path, sizeof(path), "%s/api.sock", daemon->options->run_dir) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    api->socket = http_server_bind(path, api->admin_gid);
    return api->socket < 0 ? api->socket : 0;
}

static void on_landlock(struct daemon *daemon, struct landlock_rule *ret_rules)
{
    ret_rules[0] = (struct landlock_rule){.path = daemon->state_dir, .write = true};
    ret_rules[1] = (struct landlock_rule){.path = NULL};
}

static void on_ready(void *arg, struct exchange *exchange)
{
    struct api *api = arg;

    connect_call_start(api->daemon->loop, api, method_table, exchange);
}

static void on_current(void *arg)
{
    courier_push_refresh(&((struct api *)arg)->courier);
}

static int on_start(struct daemon *daemon)
{
    struct api *api = daemon->self;
    struct http_server_config config = {
        .loop = daemon->loop, .on_ready = on_ready, .arg = api, .budget = &api->budget, .admin_gid = api->admin_gid};
    struct desired_state *state;
    int err;

    api->daemon = daemon;
    api->node = daemon->node;
    err = config_source_choose(&api->source, daemon->state_dir, &state);
    config_source_done(&api->source);
    if (err < 0)
        return err;
    api->apply = (struct apply){.node = daemon->node, .folder = daemon->state_dir, .events = &api->events};
    api->apply.on_current = on_current;
    api->apply.arg = api;
    apply_init(&api->apply, daemon->loop, state);
    courier_push_init(&api->courier, daemon->node, &api->apply, daemon->loop);
    expiring_start(&api->expiring, daemon->node, &api->events, daemon->loop);
    api->started = true;
    return http_server_start(&config, api->socket, &api->server);
}

static void on_peer(struct daemon *daemon, enum role role, bool up)
{
    struct api *api = daemon->self;

    if (!api->started)
        return;
    push_on_peer(&api->apply.push, role, up);
    courier_push_on_peer(&api->courier, role, up);
    expiring_on_peer(&api->expiring, role, up);
}

static void on_stop(struct daemon *daemon)
{
    struct api *api = daemon->self;

    api->started = false;
    http_server_stop(api->server);
    apply_stop(&api->apply);
    courier_push_stop(&api->courier);
    expiring_stop(&api->expiring);
}

static void on_event(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__ApiEvent *notification = (const void *)message;
    struct api *api = ((struct daemon *)arg)->self;

    (void)request;
    for (size_t i = 0; i < notification->n_events; i++)
        events_add(&api->events, notification->events[i]);
}

int main(int argc, char **argv)
{
    static const struct seccomp_rule *const seccomp[] = {
        seccomp_base, seccomp_event_loop, seccomp_unix_client, seccomp_files, seccomp_api, NULL,
    };
    static const struct ipc_handler handlers[] = {
        {BULKHEAD__INTERNAL__V1__METHOD__METHOD_API_EVENT, on_event},
        {0},
    };
    static struct api api = {
        .version = BULKHEAD_VERSION,
        .budget.large_target = "/bulkhead.v1.CertificateService/RestoreStore",
    };
    const struct daemon_spec spec = {
        .role = ROLE_API,
        .self = &api,
        .handlers = handlers,
        .seccomp = seccomp,
        .returns_heap = true,
        .open = on_open,
        .landlock = on_landlock,
        .start = on_start,
        .on_peer = on_peer,
        .stop = on_stop,
    };
    int status;

    wiping_use_for_json();
    status = daemon_main(&spec, argc, argv);
    events_done(&api.events);
    return status;
}
