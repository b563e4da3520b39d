#include "fw-d/service.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bulkhead/internal/v1/api_fw.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
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

const struct ipc_handler service_handlers[] = {
    {METHOD(FW_CONFIGURE), on_configure},
    {METHOD(FW_STATUS), on_status},
    {METHOD(FW_OVERVIEW), on_overview},
    {0, NULL},
};
