#include "esp-d/service.h"

#include <errno.h>

#include "bulkhead/internal/v1/api_esp.pb-c.h"
#include "bulkhead/internal/v1/ike_esp.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "esp-d/cipher_cpu.h"
#include "esp-d/esp.h"
#include "esp-d/service_algorithms.h"
#include "lib/core/log.h"
#include "lib/ipc/edge_message.h"

#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name
#define ERROR(name)  BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##name

void service_fail(struct ipc_request *request, int err, const char *text)
{
    uint32_t code = ERROR(INTERNAL);

    switch (err) {
    case -EINVAL:
    case -EOPNOTSUPP:
        code = ERROR(INVALID_ARGUMENT);
        break;
    case -ENOENT:
        code = ERROR(NOT_FOUND);
        break;
    case -EEXIST:
        code = ERROR(ALREADY_EXISTS);
        break;
    case -EPERM:
        code = ERROR(FAILED_PRECONDITION);
        break;
    case -ENOSPC:
    case -ENOMEM:
        code = ERROR(RESOURCE_EXHAUSTED);
        break;
    }
    ipc_request_fail(request, code, text);
}

static int read_policy(const Bulkhead__Internal__V1__EspPolicy *m, struct database_policy *ret_policy)
{
    struct database_policy p = {.tunnel = m->tunnel};

    if (edge_message_selector(m->local, &p.local) || edge_message_selector(m->remote, &p.remote))
        return -EINVAL;
    if (p.local.range.start.family != p.remote.range.start.family)
        return -EINVAL;
    switch (m->action) {
    case BULKHEAD__INTERNAL__V1__ESP_POLICY_ACTION__ESP_POLICY_ACTION_PROTECT:
        p.action = POLICY_PROTECT;
        break;
    case BULKHEAD__INTERNAL__V1__ESP_POLICY_ACTION__ESP_POLICY_ACTION_BYPASS:
        p.action = POLICY_BYPASS;
        break;
    case BULKHEAD__INTERNAL__V1__ESP_POLICY_ACTION__ESP_POLICY_ACTION_DISCARD:
        p.action = POLICY_DISCARD;
        break;
    default:
        return -EINVAL;
    }
    *ret_policy = p;
    return 0;
}

static void set_policies(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__EspSetPoliciesRequest *m =
        (const Bulkhead__Internal__V1__EspSetPoliciesRequest *)message;
    struct database *db = &esp_of(arg)->db;
    struct database_policy policy;
    int err = 0;

    for (size_t i = 0; i < m->n_policies && !err; i++) {
        err = read_policy(m->policies[i], &policy);
        if (err)
            database_refuse_policies(db, m->generation);
        else
            err = database_add_policy(db, m->generation, &policy);
    }
    if (m->last) {
        int committed = database_commit_policies(db, m->generation);

        err = err ? err : committed;
        if (!err) {
            ipc_node_reach_state(esp_of(arg)->daemon->node, IPC_STATE_CONFIGURED);
            log_info("policies", LOG_UINT("generation", m->generation), LOG_UINT("count", atomic_load(&db->spd)->n));
        }
    }
    if (err)
        service_fail(request, err, "a policy can't be taken; the old policies stay");
    else
        ipc_request_reply_empty(request);
}

static void send_datagram(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    static const uint8_t marker[4];        // RFC 3948 2.2
    static const uint8_t keepalive = 0xff; // RFC 3948 2.3
    const Bulkhead__Internal__V1__IkeDatagram *m = (const Bulkhead__Internal__V1__IkeDatagram *)message;
    struct endpoint local, remote;
    int err;

    (void)request; // a notification
    if (edge_message_endpoint(m->local, &local) || edge_message_endpoint(m->remote, &remote) || !remote.port ||
        m->payload.len > ESP_IKE_DATAGRAM_MAX_BYTES) {
        log_warning("ike_datagram_refused", LOG_UINT("bytes", m->payload.len));
        return;
    }
    struct bytes head = m->payload.len ? bytes_of(marker, sizeof(marker)) : bytes_of(&keepalive, 1);
    err = udp_send(&esp_of(arg)->control.udp, &local, &remote, head, bytes_of(m->payload.data, m->payload.len));
    if (err)
        log_debug("ike_datagram_not_sent", LOG_ERRNO(err));
}

static uint64_t read_count(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static void fill_worker(const struct worker *w, Bulkhead__Internal__V1__EspWorkerCounters *to)
{
    bulkhead__internal__v1__esp_worker_counters__init(to);
    to->tun_reads = read_count(&w->outbound.reads.batches);
    to->packets_read = read_count(&w->outbound.reads.packets);
    to->sends = read_count(&w->sends.batches);
    to->packets_sent = read_count(&w->sends.packets);
    to->receives = read_count(&w->inbound.receives.batches);
    to->packets_received = read_count(&w->inbound.receives.packets);
    to->tun_writes = read_count(&w->coalesce.writes.batches);
    to->packets_written = read_count(&w->coalesce.writes.packets);
}

static void counters(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    Bulkhead__Internal__V1__EspCountersResponse response = BULKHEAD__INTERNAL__V1__ESP_COUNTERS_RESPONSE__INIT;
    Bulkhead__Internal__V1__EspDropCounter drops[DROP_COUNT], *list[DROP_COUNT];
    Bulkhead__Internal__V1__EspWorkerCounters worker[ESP_WORKERS_MAX], *workers[ESP_WORKERS_MAX];
    struct service_algorithms algorithms;
    char features[CIPHER_CPU_TEXT_MAX];
    struct esp *esp = esp_of(arg);

    (void)message;
    for (unsigned i = DROP_NONE + 1; i < DROP_COUNT; i++) {
        bulkhead__internal__v1__esp_drop_counter__init(&drops[i]);
        drops[i].reason = (char *)(uintptr_t)drop_name((enum drop)i);
        drops[i].packets = esp_count_drops(esp, (enum drop)i);
        list[response.n_drops++] = &drops[i];
    }
    response.drops = list;
    for (unsigned i = 0; i < esp->workers; i++) {
        fill_worker(&esp->lanes[i].worker, &worker[i]);
        workers[response.n_workers++] = &worker[i];
    }
    response.workers = workers;
    response.cipher_backend = (char *)(uintptr_t)esp->backend->name;
    response.algorithms = algorithms.list;
    response.n_algorithms = service_algorithms_fill(&algorithms, &esp->ciphers, false);
    response.cpu_features = (char *)(uintptr_t)cipher_cpu_features(features);
    ipc_request_reply(request, &response.base);
}

const struct ipc_handler service_handlers[] = {
    {METHOD(ESP_ALLOCATE_SPI), service_allocate_spi},
    {METHOD(ESP_INSTALL_SA), service_install_sa},
    {METHOD(ESP_DELETE_SA), service_delete_sa},
    {METHOD(ESP_LIST_SAS), service_list_sas},
    {METHOD(ESP_UPDATE_SA), service_update_sa},
    {METHOD(ESP_LAST_INBOUND), service_last_inbound},
    {METHOD(ESP_GET_CAPABILITIES), service_get_capabilities},
    {METHOD(ESP_SET_POLICIES), set_policies},
    {METHOD(ESP_SEND_DATAGRAM), send_datagram},
    {METHOD(ESP_COUNTERS), counters},
    {0, NULL},
};
