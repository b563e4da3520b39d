#include "api-d/courier/courier.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <seccomp.h>

#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/log.h"
#include "lib/ipc/edge_message.h"
#include "lib/priv/roles.h"

#define ERROR(name)  BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##name
#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name
#define INT          0xffffffffull
#define RESOLV_CONF  "/etc/resolv.conf"

// Besides what sockets of the Internet need (seccomp_internet): to listen, and c-ares' way to make a socket
// non-blocking.
const struct seccomp_rule seccomp_courier[] = {
    {.syscall = SCMP_SYS(listen)},
    {.syscall = SCMP_SYS(fcntl), .conditions = 1, .condition = {{1, INT, F_GETFL}}},
    {.syscall = SCMP_SYS(fcntl), .conditions = 1, .condition = {{1, INT, F_SETFL}}},
    {.syscall = SCMP_SYS(fcntl), .conditions = 1, .condition = {{1, INT, F_SETFD}}},
    {.syscall = SECCOMP_RULES_END},
};

static struct courier *courier_of(void *arg)
{
    return ((struct daemon *)arg)->self;
}

// ---- requests

static void on_configure(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__CourierConfigureRequest *page = (const void *)message;
    struct courier *courier = courier_of(arg);
    const struct configured_generation *now = &courier->configured.now;
    int r = configured_take(&courier->configured, page);

    if (r < 0) {
        ipc_request_fail(request, ERROR(INVALID_ARGUMENT),
                         r == -EINVAL   ? "a URL that is none, or a name that is none"
                         : r == -ESTALE ? "generation: an older one"
                                        : "too much");
        return;
    }
    if (page->last) {
        ipc_node_reach_state(courier->daemon->node, IPC_STATE_CONFIGURED);
        log_info("configured", LOG_UINT("urls", now->urls.n), LOG_UINT("authorities", now->authorities.n));
    }
    ipc_request_reply_empty(request);
}

static void on_fetch(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    fetch_service_take(&courier_of(arg)->fetch, request, (const void *)message);
}

static void on_resolved(void *arg, const struct resolver_answer *answer)
{
    Bulkhead__Internal__V1__CourierResolveResponse response = BULKHEAD__INTERNAL__V1__COURIER_RESOLVE_RESPONSE__INIT;
    ProtobufCBinaryData addresses[COURIER_NAME_ADDRESSES_MAX];

    if (answer->error) {
        ipc_request_fail(arg, answer->is_missing ? ERROR(NOT_FOUND) : ERROR(UNAVAILABLE), answer->error);
        return;
    }
    for (unsigned i = 0; i < answer->n; i++)
        edge_message_put_bytes(address_view(&answer->addresses[i]), &addresses[i]);
    response.addresses = addresses;
    response.n_addresses = answer->n;
    response.ttl_s = answer->ttl_s;
    ipc_request_reply(arg, &response.base);
}

static void on_resolve(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__CourierResolveRequest *question = (const void *)message;

    names_ask(courier_of(arg)->names, question->name, question->anew, on_resolved, request);
}

const struct ipc_handler courier_handlers[] = {
    {METHOD(COURIER_CONFIGURE), on_configure},
    {METHOD(COURIER_FETCH), on_fetch},
    {METHOD(COURIER_RESOLVE), on_resolve},
    {0},
};

// ---- start and end

// A port that somebody else has takes the public's answers away, but not names and revocation lists from our tunnels.
static void bind_listeners(struct courier *courier, const struct daemon_options *options)
{
    for (unsigned i = 0; i < options->pki_http_n; i++) {
        const struct endpoint *at = &options->pki_http[i];
        int fd = public_server_bind(at, role_uid(ROLE_COURIER));
        char text[ENDPOINT_TEXT_MAX];

        if (fd >= 0)
            courier->listeners[courier->listeners_n++] = fd;
        else if (fd != -EAFNOSUPPORT || !address_is_any(&at->address)) // else a host without IPv6
            log_error("pki_http_not_bound", LOG_STR("address", endpoint_format(at, text, sizeof(text))),
                      LOG_STR("effect", "CRLs and OCSP are not served there"), LOG_ERRNO(fd));
    }
}

int courier_open(struct daemon *daemon)
{
    struct courier *courier = daemon->self;
    int r = 0;

    bind_listeners(courier, daemon->options);
    // digests are all that is used of it; its configuration is read here, since the sandbox allows no files
    if (OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_DIGESTS, NULL) != 1)
        r = -EIO;
    if (r == 0)
        r = own_networks_open(&courier->networks);
    if (r < 0)
        return r;
    r = resolv_watch_open(&courier->resolv, RESOLV_CONF);
    if (r < 0)
        log_warning("resolv_conf_not_watched", LOG_STR("effect", "other name servers are asked after a restart alone"),
                    LOG_ERRNO(r));
    courier->resolver = resolver_open();
    return courier->resolver ? uv_tcp_init(daemon->loop, &courier->first_handle) : -EIO;
}

static void on_resolv_changed(void *arg)
{
    struct courier *courier = arg;

    log_info("name_servers_changed", LOG_STR("effect", "the courier starts anew"));
    daemon_recycle(courier->daemon);
}

static int start_services(struct courier *courier, uv_loop_t *loop)
{
    struct download_config download = {.loop = loop, .networks = &courier->networks};
    struct public_server_config server = {.loop = loop, .on_request = public_service_answer, .arg = &courier->public};

    courier->names = names_new(loop, courier->resolver);
    courier->server = courier->names ? public_server_new(&server) : NULL;
    if (!courier->server)
        return -ENOMEM;
    download.names = courier->names;
    if (fetch_service_init(&courier->fetch, &download, &courier->configured) < 0)
        return -ENOMEM;
    return public_service_init(&courier->public, courier->daemon->node, loop, &courier->configured);
}

int courier_start(struct daemon *daemon)
{
    struct courier *courier = daemon->self;
    int r;

    courier->daemon = daemon;
    uv_close((uv_handle_t *)&courier->first_handle, NULL);
    r = resolver_start(courier->resolver, daemon->loop);
    if (r == 0 && courier->resolv.fd >= 0)
        r = resolv_watch_start(&courier->resolv, daemon->loop, on_resolv_changed, courier);
    if (r == 0)
        r = start_services(courier, daemon->loop);
    for (unsigned i = 0; i < courier->listeners_n && r == 0; i++)
        r = public_server_listen(courier->server, courier->listeners[i]);
    courier->started = r == 0;
    return r;
}

void courier_stop(struct daemon *daemon)
{
    struct courier *courier = daemon->self;

    if (!courier->started)
        return;
    resolv_watch_close(&courier->resolv);
    public_service_stop(&courier->public);
    public_server_stop(courier->server);
    fetch_service_stop(&courier->fetch);
    resolver_free(courier->resolver);
    names_free(courier->names);
    configured_done(&courier->configured);
    own_networks_close(&courier->networks);
}
