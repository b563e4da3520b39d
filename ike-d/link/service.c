#include "ike-d/link/service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bulkhead/internal/v1/api_ike.pb-c.h"
#include "bulkhead/internal/v1/ike_esp.pb-c.h"
#include "bulkhead/internal/v1/ike_pki.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "ike-d/exch/intake.h"
#include "ike-d/exch/recovery.h"
#include "ike-d/exch/tunnel_driver.h"
#include "ike-d/link/explanation_message.h"
#include "ike-d/link/ike.h"
#include "ike-d/link/key_log_service.h"
#include "ike-d/link/observation.h"
#include "ike-d/link/rekey_service.h"
#include "ike-d/link/status_page.h"
#include "lib/core/log.h"
#include "lib/ipc/edge_message.h"

#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name
#define ERROR(name)  BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##name

static void drop_vanished_waiters(struct ike *ike)
{
    struct up_waiter **at = &ike->waiters;
    while (*at) {
        struct up_waiter *waiter = *at;
        if (ike_core_find_tunnel(&ike->core, waiter->name)) {
            at = &waiter->next;
            continue;
        }
        *at = waiter->next;
        ipc_request_fail(waiter->request, ERROR(NOT_FOUND), "the tunnel was removed from the configuration");
        free(waiter);
    }
}

static void on_configure(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    struct ike *ike = ike_of(arg);
    const Bulkhead__Internal__V1__IkeConfigureRequest *page =
        (const Bulkhead__Internal__V1__IkeConfigureRequest *)(const void *)message;
    char error_text[512];
    int error = configuration_add_page(&ike->configuration, page, error_text, sizeof(error_text));
    if (error < 0) {
        log_error("configuration_refused", LOG_STR("why", error_text));
        ipc_request_fail(request, error == -ENOMEM ? ERROR(RESOURCE_EXHAUSTED) : ERROR(INVALID_ARGUMENT), error_text);
        return;
    }
    if (page->last) {
        bool first = !ike->configured;
        log_info("configured", LOG_UINT("tunnels", ike->configuration.n));
        ike->configured = true;
        ipc_node_reach_state(ike->daemon->node, IPC_STATE_CONFIGURED);
        tunnel_driver_configure(&ike->core, ike->configuration.configs, ike->configuration.n);
        ike->configuration.n = 0; // taken
        configuration_reset(&ike->configuration);
        drop_vanished_waiters(ike);
        secret_check_all(ike);
        if (first) {
            esp_client_on_configured(ike);
        }
    }
    ipc_request_reply_empty(request);
}

static const struct tunnel *first_of(const struct ike *ike, const Bulkhead__Internal__V1__IkeListTunnelsRequest *query)
{
    const char *name = query->name[0] != '\0' ? query->name : query->after;
    if (name[0] == '\0') {
        return ike->core.tunnels;
    }
    const struct tunnel *tunnel = ike_core_find_tunnel(&ike->core, name);
    bool is_next = query->name[0] == '\0' && !query->parts;
    return tunnel && is_next ? tunnel->next : tunnel;
}

static void on_list(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    struct ike *ike = ike_of(arg);
    const Bulkhead__Internal__V1__IkeListTunnelsRequest *query =
        (const Bulkhead__Internal__V1__IkeListTunnelsRequest *)(const void *)message;
    struct status_page page;
    const struct tunnel *tunnel = first_of(ike, query);
    bool one = query->name[0] != '\0';
    if (one && !tunnel) {
        ipc_request_fail(request, ERROR(NOT_FOUND), "there is no tunnel of that name");
        return;
    }
    status_page_init(&page, !one);
    page.summary = query->summary;
    for (size_t skip = query->parts; tunnel && status_page_add(&page, tunnel, skip); skip = 0) {
        tunnel = one ? NULL : tunnel->next;
    }
    ipc_request_reply(request, &page.response.base);
    status_page_done(&page);
}

static void reply_up(struct ipc_request *request, const struct tunnel *tunnel)
{
    Bulkhead__Internal__V1__IkeUpResponse response;
    bulkhead__internal__v1__ike_up_response__init(&response);
    response.tunnel = status_page_single(tunnel);
    ipc_request_reply(request, &response.base);
    if (response.tunnel) {
        bulkhead__v1__tunnel_status__free_unpacked(response.tunnel, NULL);
    }
}

static void on_up(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    struct ike *ike = ike_of(arg);
    const Bulkhead__Internal__V1__IkeUpRequest *up =
        (const Bulkhead__Internal__V1__IkeUpRequest *)(const void *)message;
    struct up_waiter *waiter = calloc(1, sizeof(*waiter));
    if (!waiter) {
        ipc_request_fail(request, ERROR(RESOURCE_EXHAUSTED), "out of memory");
        return;
    }
    waiter->request = request; // first, since the attempt may end at once
    memcpy(waiter->name, up->name, strnlen(up->name, TUNNEL_NAME_MAX));
    waiter->next = ike->waiters;
    ike->waiters = waiter;
    int result = tunnel_driver_up(&ike->core, up->name);
    if (result == 0) {
        secret_check_some(ike, (char *[]){up->name}, 1);
    }
    if (result == 0 || ike->waiters != waiter) {
        return;
    }
    ike->waiters = waiter->next;
    free(waiter);
    if (result == -ENOENT) {
        ipc_request_fail(request, ERROR(NOT_FOUND), "there is no tunnel of that name");
    } else if (result < 0) {
        ipc_request_fail(request, ERROR(FAILED_PRECONDITION),
                         "the peer has no address in the configuration, so it must call us");
    } else {
        reply_up(request, ike_core_find_tunnel(&ike->core, up->name));
    }
}

static void on_down(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    struct ike *ike = ike_of(arg);
    const Bulkhead__Internal__V1__IkeDownRequest *down =
        (const Bulkhead__Internal__V1__IkeDownRequest *)(const void *)message;
    if (tunnel_driver_down(&ike->core, down->name) < 0) {
        ipc_request_fail(request, ERROR(NOT_FOUND), "there is no tunnel of that name");
        return;
    }
    Bulkhead__Internal__V1__IkeDownResponse response;
    bulkhead__internal__v1__ike_down_response__init(&response);
    response.tunnel = status_page_single(ike_core_find_tunnel(&ike->core, down->name));
    ipc_request_reply(request, &response.base);
    if (response.tunnel) {
        bulkhead__v1__tunnel_status__free_unpacked(response.tunnel, NULL);
    }
}

static void on_explain(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__IkeExplainRequest *query =
        (const Bulkhead__Internal__V1__IkeExplainRequest *)(const void *)message;
    const struct tunnel *tunnel = ike_core_find_tunnel(&ike_of(arg)->core, query->name);
    if (!tunnel) {
        ipc_request_fail(request, ERROR(NOT_FOUND), "there is no tunnel of that name");
        return;
    }
    explanation_message_reply(request, tunnel);
}

static void on_datagram(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    struct ike *ike = ike_of(arg);
    const Bulkhead__Internal__V1__IkeDatagram *datagram =
        (const Bulkhead__Internal__V1__IkeDatagram *)(const void *)message;
    struct endpoint local;
    struct endpoint remote;
    (void)request;
    if (edge_message_endpoint(datagram->local, &local) == 0 && edge_message_endpoint(datagram->remote, &remote) == 0) {
        intake_datagram(&ike->core, &local, &remote, bytes_of(datagram->payload.data, datagram->payload.len));
    }
}

static void on_acquire(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__IkeAcquire *acquire =
        (const Bulkhead__Internal__V1__IkeAcquire *)(const void *)message;
    struct selector_pair packet;
    bool known = acquire->local && acquire->remote && edge_message_selector(acquire->local, &packet.local) == 0 &&
                 edge_message_selector(acquire->remote, &packet.remote) == 0;
    (void)request;
    tunnel_driver_acquire(&ike_of(arg)->core, acquire->tunnel, known ? &packet : NULL);
}

static void on_expire(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__IkeExpire *expire = (const Bulkhead__Internal__V1__IkeExpire *)(const void *)message;
    (void)request;
    recovery_on_expire(&ike_of(arg)->core, expire->spi_in, expire->hard);
}

static void on_address_change(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__IkeAddressChange *change =
        (const Bulkhead__Internal__V1__IkeAddressChange *)(const void *)message;
    struct endpoint remote;
    (void)request;
    if (edge_message_endpoint(change->remote, &remote) == 0) {
        recovery_on_address_change(&ike_of(arg)->core, change->spi_in, &remote);
    }
}

static void on_secret_changed(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__IkeSecretChanged *changed =
        (const Bulkhead__Internal__V1__IkeSecretChanged *)(const void *)message;
    (void)request;
    for (size_t i = 0; i < changed->n_tunnels; i++) {
        tunnel_driver_secret_changed(&ike_of(arg)->core, changed->tunnels[i]);
    }
    secret_check_some(ike_of(arg), changed->tunnels, changed->n_tunnels);
}

const struct ipc_handler service_handlers[] = {
    {METHOD(IKE_CONFIGURE), on_configure},
    {METHOD(IKE_LIST_TUNNELS), on_list},
    {METHOD(IKE_UP), on_up},
    {METHOD(IKE_DOWN), on_down},
    {METHOD(IKE_EXPLAIN), on_explain},
    {METHOD(IKE_KEY_LOG), key_log_service_answer},
    {METHOD(IKE_LIST_UNKNOWN_PEERS), observation_list_unknown_peers},
    {METHOD(IKE_COUNTERS), observation_list_counters},
    {METHOD(IKE_REKEY), rekey_service_answer},
    {METHOD(IKE_DATAGRAM), on_datagram},
    {METHOD(IKE_ACQUIRE), on_acquire},
    {METHOD(IKE_EXPIRE), on_expire},
    {METHOD(IKE_ADDRESS_CHANGE), on_address_change},
    {METHOD(IKE_SECRET_CHANGED), on_secret_changed},
    {0, NULL},
};

static void tunnel_changed(void *arg, const struct tunnel *tunnel)
{
    (void)arg;
    log_debug("tunnel_changed", LOG_STR("tunnel", tunnel->config->name),
              LOG_STR("state", tunnel_state_name(tunnel->state)));
}

static void attempt_ended(void *arg, const struct tunnel *tunnel)
{
    struct ike *ike = arg;
    struct up_waiter **at = &ike->waiters;
    while (*at) {
        struct up_waiter *waiter = *at;
        if (strcmp(waiter->name, tunnel->config->name) != 0) {
            at = &waiter->next;
            continue;
        }
        *at = waiter->next;
        reply_up(waiter->request, tunnel);
        free(waiter);
    }
}

static void on_event(void *arg, const struct ike_event *event)
{
    struct ike *ike = arg;
    event_queue_add(&ike->events, event, ike_core_wall_s(&ike->core));
}

void service_fill(struct ike_env *env)
{
    env->tunnel_changed = tunnel_changed;
    env->attempt_ended = attempt_ended;
    env->event = on_event;
}

void service_done(struct ike *ike)
{
    while (ike->waiters) {
        struct up_waiter *waiter = ike->waiters;
        ike->waiters = waiter->next;
        ipc_request_fail(waiter->request, ERROR(UNAVAILABLE), "ike-d is stopping");
        free(waiter);
    }
}
