#include "api-d/services/services.h"

#include <stdint.h>
#include <stdlib.h>

#include "api-d/api.h"
#include "api-d/connect/connect_call.h"
#include "api-d/expiring.h"
#include "bulkhead/internal/v1/api_esp.pb-c.h"
#include "bulkhead/internal/v1/api_fw.pb-c.h"
#include "bulkhead/internal/v1/api_ike.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/ipc/message_copy.h"

// Longest time that GetStatus waits for a daemon.
#define STATUS_MS 1000u
#define PROCESSES 8u
#define FW_DROPS  3u
// Lines about certificates; there may be more of them.
#define EXPIRING_LINES 20u

void system_service_get_version(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    Bulkhead__V1__GetVersionResponse response = BULKHEAD__V1__GET_VERSION_RESPONSE__INIT;

    (void)request;
    response.version = (char *)(uintptr_t)api->version;
    connect_call_reply(call, &response.base);
}

struct status {
    struct api *api;
    struct connect_call *call;
    Bulkhead__Internal__V1__EspCountersResponse *esp; // NULL: no answer
    Bulkhead__Internal__V1__IkeCountersResponse *ike; // the same
    Bulkhead__V1__ListCertificatesResponse *expiring; // the same
};

struct warnings {
    char lines[EXPIRING_LINES][192];
    char **list;
};

static void fill_processes(const struct api *api, Bulkhead__V1__Process *processes, Bulkhead__V1__Process **pointers)
{
    static const enum role roles[PROCESSES] = {ROLE_IKE, ROLE_ESP,      ROLE_PKI,      ROLE_FW,
                                               ROLE_API, ROLE_VERIFIER, ROLE_IMPORTER, ROLE_COURIER};

    for (size_t i = 0; i < PROCESSES; i++) {
        bulkhead__v1__process__init(&processes[i]);
        processes[i].role = (char *)(uintptr_t)role_name(roles[i]);
        processes[i].connected = roles[i] == ROLE_API || ipc_node_is_up(api->node, roles[i]);
        pointers[i] = &processes[i];
    }
}

static void put_drop(Bulkhead__V1__GetStatusResponse *response, Bulkhead__V1__DropCounter *drop, const char *reason,
                     uint64_t packets)
{
    bulkhead__v1__drop_counter__init(drop);
    drop->reason = (char *)(uintptr_t)reason;
    drop->packets = packets;
    response->drops[response->n_drops++] = drop;
}

// Any answer may be missing. False without memory.
static bool fill_drops(Bulkhead__V1__GetStatusResponse *response, const struct status *status,
                       const Bulkhead__Internal__V1__FwStatusResponse *fw, Bulkhead__V1__DropCounter **ret_storage)
{
    const Bulkhead__Internal__V1__EspCountersResponse *esp = status->esp;
    const Bulkhead__Internal__V1__IkeCountersResponse *ike = status->ike;
    size_t n = (esp ? esp->n_drops : 0) + (ike ? ike->n_drops : 0) + FW_DROPS;
    Bulkhead__V1__DropCounter *drops = calloc(n, sizeof(*drops));

    *ret_storage = drops;
    response->drops = calloc(n, sizeof(*response->drops));
    if (!drops || !response->drops)
        return false;
    for (size_t i = 0; esp && i < esp->n_drops; i++)
        put_drop(response, &drops[response->n_drops], esp->drops[i]->reason, esp->drops[i]->packets);
    for (size_t i = 0; ike && i < ike->n_drops; i++)
        put_drop(response, &drops[response->n_drops], ike->drops[i]->reason, ike->drops[i]->packets);
    if (fw) {
        put_drop(response, &drops[response->n_drops], "firewall_clear", fw->spoof_drops);
        put_drop(response, &drops[response->n_drops], "firewall_discard", fw->discard_drops);
        put_drop(response, &drops[response->n_drops], "firewall_blocked", fw->blocked_drops);
    }
    return true;
}

// False without memory.
static bool fill_ciphers(Bulkhead__V1__GetStatusResponse *response, const struct status *status,
                         Bulkhead__V1__CipherAlgorithm **ret_storage)
{
    const Bulkhead__Internal__V1__EspCountersResponse *esp = status->esp;

    if (!esp || !esp->n_algorithms)
        return true;
    *ret_storage = calloc(esp->n_algorithms, sizeof(**ret_storage));
    response->cipher_algorithms = calloc(esp->n_algorithms, sizeof(*response->cipher_algorithms));
    if (!*ret_storage || !response->cipher_algorithms)
        return false;
    for (size_t i = 0; i < esp->n_algorithms; i++) {
        Bulkhead__V1__CipherAlgorithm *a = &(*ret_storage)[i];

        bulkhead__v1__cipher_algorithm__init(a);
        a->name = esp->algorithms[i]->name;
        a->backend = esp->algorithms[i]->backend;
        a->n_failed_backends = esp->algorithms[i]->n_failed_backends;
        a->failed_backends = esp->algorithms[i]->failed_backends;
        response->cipher_algorithms[response->n_cipher_algorithms++] = a;
    }
    return true;
}

// False without memory.
static bool fill_workers(Bulkhead__V1__GetStatusResponse *response, const struct status *status,
                         Bulkhead__V1__WorkerCounters **ret_storage)
{
    const Bulkhead__Internal__V1__EspCountersResponse *esp = status->esp;

    if (!esp || !esp->n_workers)
        return true;
    *ret_storage = calloc(esp->n_workers, sizeof(**ret_storage));
    response->workers = calloc(esp->n_workers, sizeof(*response->workers));
    if (!*ret_storage || !response->workers)
        return false;
    for (size_t i = 0; i < esp->n_workers; i++) {
        const Bulkhead__Internal__V1__EspWorkerCounters *from = esp->workers[i];
        Bulkhead__V1__WorkerCounters *to = &(*ret_storage)[i];

        bulkhead__v1__worker_counters__init(to);
        to->tun_reads = from->tun_reads;
        to->packets_read = from->packets_read;
        to->sends = from->sends;
        to->packets_sent = from->packets_sent;
        to->receives = from->receives;
        to->packets_received = from->packets_received;
        to->tun_writes = from->tun_writes;
        to->packets_written = from->packets_written;
        response->workers[response->n_workers++] = to;
    }
    return true;
}

// fw-d's, and a line for each certificate that is near its end. False without memory.
static bool fill_warnings(Bulkhead__V1__GetStatusResponse *response, const struct status *status,
                          const Bulkhead__Internal__V1__FwStatusResponse *fw, struct warnings *warnings)
{
    size_t fw_n = fw ? fw->n_warnings : 0, lines = 0;

    warnings->list = calloc(fw_n + EXPIRING_LINES, sizeof(*warnings->list));
    if (!warnings->list)
        return false;
    response->warnings = warnings->list;
    for (size_t i = 0; i < fw_n; i++)
        response->warnings[response->n_warnings++] = fw->warnings[i];
    for (size_t i = 0; status->expiring && i < status->expiring->n_certificates; i++) {
        const Bulkhead__V1__Certificate *c = status->expiring->certificates[i];

        if (!expiring_concerns(c))
            continue;
        if (c->state == BULKHEAD__V1__CERTIFICATE_STATE__CERTIFICATE_STATE_EXPIRED)
            response->certificates_expired++;
        else
            response->certificates_expiring++;
        if (lines < EXPIRING_LINES)
            response->warnings[response->n_warnings++] =
                expiring_describe(c, warnings->lines[lines++], sizeof(warnings->lines[0]));
    }
    return true;
}

// What a daemon that is away would have said stays empty; "connected" says why.
static void answer(struct status *status, const Bulkhead__Internal__V1__FwStatusResponse *fw)
{
    Bulkhead__V1__GetStatusResponse response = BULKHEAD__V1__GET_STATUS_RESPONSE__INIT;
    Bulkhead__V1__Process processes[PROCESSES], *pointers[PROCESSES];
    Bulkhead__V1__CipherAlgorithm *ciphers = NULL;
    Bulkhead__V1__WorkerCounters *workers = NULL;
    Bulkhead__V1__DropCounter *storage = NULL;
    struct warnings warnings = {0};

    fill_processes(status->api, processes, pointers);
    response.processes = pointers;
    response.n_processes = PROCESSES;
    if (status->esp) {
        response.cipher_backend = status->esp->cipher_backend;
        response.cpu_features = status->esp->cpu_features;
    }
    if (fill_drops(&response, status, fw, &storage) && fill_ciphers(&response, status, &ciphers) &&
        fill_workers(&response, status, &workers) && fill_warnings(&response, status, fw, &warnings))
        connect_call_reply(status->call, &response.base);
    else
        connect_call_fail(status->call, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
    free(storage);
    free(ciphers);
    free(workers);
    free(response.drops);
    free(response.cipher_algorithms);
    free(response.workers);
    free(warnings.list);
    if (status->esp)
        bulkhead__internal__v1__esp_counters_response__free_unpacked(status->esp, NULL);
    if (status->ike)
        bulkhead__internal__v1__ike_counters_response__free_unpacked(status->ike, NULL);
    if (status->expiring)
        bulkhead__v1__list_certificates_response__free_unpacked(status->expiring, NULL);
    free(status);
}

static void on_firewall(void *arg, const struct ipc_result *result)
{
    answer(arg, result->error ? NULL : (const void *)result->message);
}

static uint32_t wait_ms(const struct connect_call *call)
{
    uint32_t left_ms = connect_call_left_ms(call);

    return left_ms < STATUS_MS ? left_ms : STATUS_MS;
}

static void on_expiring(void *arg, const struct ipc_result *result)
{
    Bulkhead__Internal__V1__FwStatusRequest message = BULKHEAD__INTERNAL__V1__FW_STATUS_REQUEST__INIT;
    const Bulkhead__V1__ListCertificatesResponse *answer = expiring_answer(result);
    struct status *status = arg;

    if (answer)
        status->expiring = message_copy(&answer->base, NULL);
    ipc_call(status->api->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_FW_STATUS, &message.base, wait_ms(status->call),
             on_firewall, status);
}

static void on_ike_counters(void *arg, const struct ipc_result *result)
{
    struct status *status = arg;

    if (!result->error)
        status->ike = message_copy(result->message, NULL);
    expiring_ask(status->api->node, wait_ms(status->call), NULL, on_expiring, status);
}

static void on_counters(void *arg, const struct ipc_result *result)
{
    Bulkhead__Internal__V1__IkeCountersRequest message = BULKHEAD__INTERNAL__V1__IKE_COUNTERS_REQUEST__INIT;
    struct status *status = arg;

    if (!result->error)
        status->esp = message_copy(result->message, NULL);
    ipc_call(status->api->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_IKE_COUNTERS, &message.base,
             wait_ms(status->call), on_ike_counters, status);
}

void system_service_get_status(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    Bulkhead__Internal__V1__EspCountersRequest message = BULKHEAD__INTERNAL__V1__ESP_COUNTERS_REQUEST__INIT;
    struct status *status = malloc(sizeof(*status));

    (void)request;
    if (!status) {
        connect_call_fail(call, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    *status = (struct status){.api = api, .call = call};
    ipc_call(api->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_ESP_COUNTERS, &message.base, wait_ms(call), on_counters,
             status);
}
