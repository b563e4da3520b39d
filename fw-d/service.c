#include "fw-d/service.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bulkhead/internal/v1/api_fw.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "fw-d/fw_limits.h"
#include "fw-d/overview.h"
#include "lib/core/log.h"

#define ERROR(code)  BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##code
#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name

static struct service *service_of(void *arg)
{
    return ((struct daemon *)arg)->self;
}

static void refuse(struct ipc_request *request, int r, const char *error)
{
    log_warning("configuration_refused", LOG_STR("error", error));
    ipc_request_fail(request, r == -EINVAL ? ERROR(INVALID_ARGUMENT) : ERROR(INTERNAL), error);
}

static void on_configure(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__FwConfigureRequest *page = (const void *)message;
    struct service *service = service_of(arg);
    char error[FIREWALL_ERROR_MAX] = "out of memory";
    int r = intent_add_page(&service->pending, page, error);

    if (r == 0 && page->last) {
        r = firewall_install(&service->firewall, &service->pending, error);
        intent_done(&service->pending);
    }
    if (r < 0)
        refuse(request, r, error);
    else
        ipc_request_reply_empty(request);
}

static void on_status(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    struct firewall *firewall = &service_of(arg)->firewall;
    Bulkhead__Internal__V1__FwStatusResponse status = BULKHEAD__INTERNAL__V1__FW_STATUS_RESPONSE__INIT;
    struct counter_value counters[COUNTER_COUNT] = {0};
    char *warnings[FIREWALL_WARNINGS];
    int r = firewall_read_counters(firewall, counters);

    (void)message;
    if (r < 0 && r != -ENOENT) {
        refuse(request, r, strerror(-r));
        return;
    }
    for (unsigned i = 0; i < FIREWALL_WARNINGS; i++) {
        if (firewall->warnings & 1u << i) // protobuf-c knows no const
            warnings[status.n_warnings++] = (char *)(uintptr_t)firewall_warning_text(1u << i);
    }
    status.warnings = warnings;
    status.generation = firewall->intent.generation;
    status.steered = counters[COUNTER_STEERED].packets;
    status.spoof_drops = counters[COUNTER_SPOOFED].packets;
    status.discard_drops = counters[COUNTER_DISCARDED].packets;
    status.blocked_drops = counters[COUNTER_BLOCKED].packets;
    status.policies = firewall->intent.n;
    ipc_request_reply(request, &status.base);
}

static void on_overview(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    struct overview *overview = calloc(1, sizeof(*overview));
    int r = overview ? overview_take(&service_of(arg)->firewall, overview) : -ENOMEM;

    (void)message;
    if (r == 0)
        ipc_request_reply(request, &overview->response.base);
    else
        ipc_request_fail(request, ERROR(INTERNAL), strerror(-r));
    free(overview);
}

static void reply_counters(const struct tunnel_counters *counters, size_t start, struct ipc_request *request)
{
    Bulkhead__Internal__V1__FwTunnelCountersResponse response =
        BULKHEAD__INTERNAL__V1__FW_TUNNEL_COUNTERS_RESPONSE__INIT;
    Bulkhead__V1__ListTunnelCountersResponse page = BULKHEAD__V1__LIST_TUNNEL_COUNTERS_RESPONSE__INIT;
    Bulkhead__V1__TunnelCounter wire[FW_COUNTERS_A_PAGE], *pointers[FW_COUNTERS_A_PAGE];

    page.counters = pointers;
    for (size_t i = start; i < counters->n && page.n_counters < FW_COUNTERS_A_PAGE; i++) {
        Bulkhead__V1__TunnelCounter *counter = &wire[page.n_counters];

        bulkhead__v1__tunnel_counter__init(counter);
        counter->tunnel = counters->counters[i].name;
        counter->packets = counters->counters[i].value.packets;
        counter->bytes = counters->counters[i].value.bytes;
        pointers[page.n_counters++] = counter;
    }
    response.page = &page;
    response.last = start + page.n_counters >= counters->n;
    ipc_request_reply(request, &response.base);
}

static void on_tunnel_counters(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__FwTunnelCountersRequest *r = (const void *)message;
    struct service *service = service_of(arg);
    int error = 0;

    if (r->start == 0) {
        tunnel_counters_done(&service->counters);
        if (service->firewall.stands)
            error = tunnel_counters_read(&service->firewall.nft, &service->counters);
    }
    if (error < 0)
        ipc_request_fail(request, ERROR(INTERNAL), strerror(-error));
    else
        reply_counters(&service->counters, r->start, request);
    if (error < 0 || r->start + FW_COUNTERS_A_PAGE >= service->counters.n)
        tunnel_counters_done(&service->counters);
}

const struct ipc_handler service_handlers[] = {
    {METHOD(FW_CONFIGURE), on_configure},
    {METHOD(FW_STATUS), on_status},
    {METHOD(FW_OVERVIEW), on_overview},
    {METHOD(FW_TUNNEL_COUNTERS), on_tunnel_counters},
    {0, NULL},
};
