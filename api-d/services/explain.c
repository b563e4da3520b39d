// ExplainTunnel: ike-d's explanation, with what esp-d counted and what fw-d found wrong with this host.
#include "api-d/services/services.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api-d/api.h"
#include "api-d/connect/connect_call.h"
#include "api-d/tunnel_list.h"
#include "bulkhead/internal/v1/api_fw.pb-c.h"
#include "bulkhead/internal/v1/api_ike.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/clock.h"
#include "lib/ipc/message_copy.h"

// Longest time to wait for what only adds to the explanation.
#define EXTRA_MS 1000u
// An SA this young may not have carried anything yet.
#define YOUNG_S 10

struct task {
    struct api *api;
    struct connect_call *call;
    Bulkhead__V1__ExplainTunnelResponse *answer;
};

static void end(struct task *task)
{
    if (task->answer)
        bulkhead__v1__explain_tunnel_response__free_unpacked(task->answer, NULL);
    free(task);
}

// Without memory the warning is missing.
__attribute__((format(printf, 2, 3))) static void warn(struct task *task, const char *format, ...)
{
    Bulkhead__V1__ExplainTunnelResponse *answer = task->answer;
    char **longer = reallocarray(answer->warnings, answer->n_warnings + 1, sizeof(*longer));
    char text[512];
    va_list args;

    if (!longer)
        return;
    answer->warnings = longer;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    longer[answer->n_warnings] = strdup(text);
    if (longer[answer->n_warnings])
        answer->n_warnings++;
}

struct traffic {
    uint64_t in, out, integrity_drops, selector_drops;
    bool grown; // an SA is old enough to have carried something
};

static void count(const Bulkhead__V1__TunnelStatus *tunnel, struct traffic *traffic)
{
    int64_t now_s = (int64_t)clock_wall_s(&clock_system);

    for (size_t i = 0; i < tunnel->n_sas; i++) {
        const Bulkhead__V1__SaCounters *c = tunnel->sas[i]->counters;

        if (!c)
            continue;
        traffic->in += c->packets_in;
        traffic->out += c->packets_out;
        traffic->integrity_drops += c->integrity_drops;
        traffic->selector_drops += c->selector_drops;
        traffic->grown |= tunnel->sas[i]->established && now_s - tunnel->sas[i]->established->seconds > YOUNG_S;
    }
}

static void warn_of_traffic(struct task *task)
{
    struct traffic t = {0};

    if (!task->answer->tunnel)
        return;
    count(task->answer->tunnel, &t);
    if (t.grown && t.out && !t.in)
        warn(task,
             "%" PRIu64 " packets went out and none came back: is the way back open (ESP, or UDP port 4500), does the "
             "peer protect it, and do the hosts behind it answer?",
             t.out);
    if (t.grown && t.in && !t.out)
        warn(task,
             "%" PRIu64 " packets came in and none went out: do the hosts behind this gateway answer, and does their "
             "route back lead here?",
             t.in);
    if (t.integrity_drops)
        warn(task, "%" PRIu64 " packets were not authentic: damaged on the way, or forged.", t.integrity_drops);
    if (t.selector_drops)
        warn(task, "%" PRIu64 " packets of the peer were outside of the selectors that were agreed on, and dropped.",
             t.selector_drops);
}

static void on_firewall(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__FwStatusResponse *fw = (const void *)result->message;
    struct task *task = arg;

    for (size_t i = 0; !result->error && i < fw->n_warnings; i++)
        warn(task, "%s", fw->warnings[i]);
    connect_call_reply(task->call, &task->answer->base);
    end(task);
}

static uint32_t extra_ms(const struct task *task)
{
    uint32_t left_ms = connect_call_left_ms(task->call);

    return left_ms < EXTRA_MS ? left_ms : EXTRA_MS;
}

static void on_counters(void *arg, const struct tunnel_list *list)
{
    Bulkhead__Internal__V1__FwStatusRequest message = BULKHEAD__INTERNAL__V1__FW_STATUS_REQUEST__INIT;
    struct task *task = arg;

    if (task->answer->tunnel)
        tunnel_list_add_counters(list, task->answer->tunnel);
    warn_of_traffic(task);
    ipc_call(task->api->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_FW_STATUS, &message.base, extra_ms(task),
             on_firewall, task);
}

static void on_explained(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__IkeExplainResponse *answer = (const void *)result->message;
    struct task *task = arg;

    if (!result->error && answer->explanation)
        task->answer = message_copy(&answer->explanation->base, NULL);
    if (result->error)
        connect_call_fail_format(task->call, connect_code_from_ipc(result->error), "ike-d: %s", result->text);
    else if (!task->answer)
        connect_call_fail(task->call, CONNECT_INTERNAL, "ike-d: no explanation");
    if (!task->answer) {
        end(task);
        return;
    }
    tunnel_list_start(task->api->node, task->answer->tunnel ? task->answer->tunnel->name : "", extra_ms(task),
                      on_counters, task);
}

void tunnel_service_explain_tunnel(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    const char *name = ((const Bulkhead__V1__ExplainTunnelRequest *)(const void *)request)->name;
    Bulkhead__Internal__V1__IkeExplainRequest message = BULKHEAD__INTERNAL__V1__IKE_EXPLAIN_REQUEST__INIT;
    struct task *task;

    if (!desired_state_has(api->apply.current, name)) {
        connect_call_fail_format(call, CONNECT_NOT_FOUND, "there is no tunnel \"%.64s\"", name);
        return;
    }
    task = calloc(1, sizeof(*task));
    if (!task) {
        connect_call_fail(call, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    *task = (struct task){.api = api, .call = call};
    message.name = (char *)(uintptr_t)name;
    ipc_call(api->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_IKE_EXPLAIN, &message.base, connect_call_left_ms(call),
             on_explained, task);
}
