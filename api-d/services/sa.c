#include "api-d/services/services.h"

#include <stdlib.h>
#include <string.h>

#include "api-d/api.h"
#include "api-d/connect/connect_call.h"
#include "api-d/esp_sa.h"
#include "api-d/tunnel_list.h"

struct task {
    struct connect_call *call;
    char *tunnel; // "": all
};

static bool is_wanted(const struct task *task, const char *tunnel)
{
    return !task->tunnel[0] || !strcmp(task->tunnel, tunnel);
}

static void reply(struct task *task, Bulkhead__V1__Sa **sas, size_t n)
{
    Bulkhead__V1__ListSasResponse response = BULKHEAD__V1__LIST_SAS_RESPONSE__INIT;

    response.sas = sas;
    response.n_sas = n;
    connect_call_reply(task->call, &response.base);
}

static void reply_from_ike(struct task *task, const struct tunnel_list *list)
{
    Bulkhead__V1__Sa **sas;
    size_t n = 0;

    for (size_t i = 0; i < list->tunnels_n; i++)
        n += list->tunnels[i]->n_sas;
    sas = calloc(n + 1, sizeof(*sas));
    n = 0;
    for (size_t i = 0; sas && i < list->tunnels_n; i++)
        for (size_t j = 0; is_wanted(task, list->tunnels[i]->name) && j < list->tunnels[i]->n_sas; j++)
            sas[n++] = list->tunnels[i]->sas[j];
    if (sas)
        reply(task, sas, n);
    else
        connect_call_fail(task->call, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
    free(sas);
}

// esp-d's SAs carry on while ike-d is away (design: death of a process), and so does the list of them.
static void reply_from_esp(struct task *task, const struct tunnel_list *list)
{
    Bulkhead__V1__Sa **sas = calloc(list->esp_sas_n + 1, sizeof(*sas));
    bool complete = sas;
    size_t n = 0;

    for (size_t i = 0; complete && i < list->esp_sas_n; i++) {
        if (!is_wanted(task, list->esp_sas[i]->tunnel))
            continue;
        sas[n] = esp_sa_to_public(list->esp_sas[i]);
        complete = sas[n] != NULL;
        n += complete;
    }
    if (complete)
        reply(task, sas, n);
    else
        connect_call_fail(task->call, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
    for (size_t i = 0; i < n; i++)
        bulkhead__v1__sa__free_unpacked(sas[i], NULL);
    free(sas);
}

static void on_list(void *arg, const struct tunnel_list *list)
{
    struct task *task = arg;

    if (list->ike_code == CONNECT_OK)
        reply_from_ike(task, list);
    else if (list->ike_code == CONNECT_UNAVAILABLE && list->esp_code == CONNECT_OK)
        reply_from_esp(task, list);
    else
        connect_call_fail(task->call, list->ike_code, list->ike_text);
    free(task->tunnel);
    free(task);
}

void sa_service_list_sas(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    const Bulkhead__V1__ListSasRequest *r = (const void *)request;
    struct task *task;

    if (r->tunnel[0] && !desired_state_has(api->apply.current, r->tunnel)) {
        connect_call_fail_format(call, CONNECT_NOT_FOUND, "there is no tunnel \"%.64s\"", r->tunnel);
        return;
    }
    task = calloc(1, sizeof(*task));
    if (task)
        task->tunnel = strdup(r->tunnel);
    if (!task || !task->tunnel) {
        free(task);
        connect_call_fail(call, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    task->call = call;
    tunnel_list_start(api->node, task->tunnel, connect_call_left_ms(call), on_list, task);
}
