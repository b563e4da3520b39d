// fw-d: nftables, rules and routes. It keeps CAP_NET_ADMIN and takes typed intents only.
#include "fw-d/service.h"
#include "lib/core/log.h"
#include "lib/priv/roles.h"

static struct table_courier find_courier(const struct daemon_options *options)
{
    struct table_courier courier = {.uid = role_uid(ROLE_COURIER)};

    for (unsigned i = 0; i < options->pki_http_n && i < FW_COURIER_LISTENERS_MAX; i++)
        courier.listeners[courier.listeners_n++] = options->pki_http[i];
    return courier;
}

// Before the sandbox: socket options and ownership of the table hang on these sockets.
static int on_open(struct daemon *daemon)
{
    struct service *service = daemon->self;
    int r = firewall_open(&service->firewall, daemon->options->tun);

    service->firewall.courier = find_courier(daemon->options);
    return r < 0 || daemon->options->release ? r : watch_open(&service->watch, &service->firewall);
}

static int on_start(struct daemon *daemon)
{
    struct service *service = daemon->self;
    int r = firewall_adopt(&service->firewall);

    if (daemon->options->release)
        return r < 0 ? r : firewall_release(&service->firewall);
    if (r < 0)
        return r;
    firewall_steady(&service->firewall);
    return watch_start(&service->watch, daemon->loop);
}

// What stands in the kernel stays: without fw-d nothing may leave in clear either.
static void on_stop(struct daemon *daemon)
{
    struct service *service = daemon->self;

    watch_stop(&service->watch);
}

int main(int argc, char **argv)
{
    static const struct seccomp_rule *const seccomp[] = {
        seccomp_base, seccomp_event_loop, seccomp_unix_server, seccomp_netlink, NULL,
    };
    static struct service service;
    const struct daemon_spec spec = {
        .role = ROLE_FW,
        .self = &service,
        .handlers = service_handlers,
        .seccomp = seccomp,
        .returns_heap = true,
        .open = on_open,
        .start = on_start,
        .stop = on_stop,
    };
    int status = daemon_main(&spec, argc, argv);

    intent_done(&service.pending);
    tunnel_counters_done(&service.counters);
    firewall_close(&service.firewall);
    return status;
}
