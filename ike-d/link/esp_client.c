#include "ike-d/link/esp_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bulkhead/internal/v1/ike_esp.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "ike-d/exch/nat_traversal.h"
#include "ike-d/exch/recovery.h"
#include "ike-d/link/ike.h"
#include "ike-d/link/job_call.h"
#include "ike-d/link/policy_pages.h"
#include "ike-d/link/spi_pool.h"
#include "ike-d/sa/ike_limits.h"
#include "ike-d/sa/tunnel.h"
#include "lib/core/log.h"
#include "lib/ipc/edge_message.h"

#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name

static struct ipc_node *node_of(const struct ike *ike)
{
    return ike->daemon->node;
}

static void allocate_spi(void *arg, uint64_t job)
{
    spi_pool_take(arg, job);
}

static Bulkhead__Internal__V1__EspEncapsulation encapsulation_of(bool in_udp)
{
    return in_udp ? BULKHEAD__INTERNAL__V1__ESP_ENCAPSULATION__ESP_ENCAPSULATION_UDP
                  : BULKHEAD__INTERNAL__V1__ESP_ENCAPSULATION__ESP_ENCAPSULATION_NONE;
}

struct install_message {
    Bulkhead__Internal__V1__EspInstallSaRequest request;
    endpoint_message local;
    endpoint_message remote;
    Bulkhead__Internal__V1__EspLimits limits;
    selector_message selectors[2 * WIRE_SELECTORS_MAX];
    selector_message *list[2 * WIRE_SELECTORS_MAX];
};

static void put_selectors(struct install_message *m, const struct esp_install *install)
{
    unsigned n = 0;
    m->request.local_selectors = m->list;
    m->request.n_local_selectors = install->local_selectors_n;
    for (unsigned i = 0; i < install->local_selectors_n; i++, n++) {
        edge_message_put_selector(&install->local_selectors[i], &m->selectors[n]);
        m->list[n] = &m->selectors[n];
    }
    m->request.remote_selectors = m->list + n;
    m->request.n_remote_selectors = install->remote_selectors_n;
    for (unsigned i = 0; i < install->remote_selectors_n; i++, n++) {
        edge_message_put_selector(&install->remote_selectors[i], &m->selectors[n]);
        m->list[n] = &m->selectors[n];
    }
}

static void put_keys(struct install_message *m, const struct esp_install *install)
{
    edge_message_put_bytes(install->encr_key_in, &m->request.encr_key_in);
    edge_message_put_bytes(install->integ_key_in, &m->request.integ_key_in);
    edge_message_put_bytes(install->encr_key_out, &m->request.encr_key_out);
    edge_message_put_bytes(install->integ_key_out, &m->request.integ_key_out);
}

static void put_mode(Bulkhead__Internal__V1__EspInstallSaRequest *request, const struct esp_install *install)
{
    request->mode = install->transport ? BULKHEAD__INTERNAL__V1__ESP_MODE__ESP_MODE_TRANSPORT
                                       : BULKHEAD__INTERNAL__V1__ESP_MODE__ESP_MODE_TUNNEL;
    if (install->original_local.family) {
        edge_message_put_bytes(address_view(&install->original_local), &request->original_local);
    }
    if (install->original_remote.family) {
        edge_message_put_bytes(address_view(&install->original_remote), &request->original_remote);
    }
}

static void put_limits(struct install_message *m, const struct esp_limits *limits)
{
    bulkhead__internal__v1__esp_limits__init(&m->limits);
    m->limits.soft_bytes = limits->soft_bytes;
    m->limits.hard_bytes = limits->hard_bytes;
    m->limits.soft_packets = limits->soft_packets;
    m->limits.hard_packets = limits->hard_packets;
    m->request.limits = &m->limits;
}

static void install_sa(void *arg, uint64_t job, const struct esp_install *install)
{
    struct install_message m;
    Bulkhead__Internal__V1__EspInstallSaRequest *request = &m.request;
    bulkhead__internal__v1__esp_install_sa_request__init(request);
    request->tunnel = (char *)(uintptr_t)install->tunnel;
    request->spi_in = install->spi_in;
    request->spi_out = install->spi_out;
    request->encr = install->encr;
    request->key_bits = install->key_bits;
    request->integ = install->integ;
    request->esn = install->esn;
    put_keys(&m, install);
    edge_message_put_endpoint(&install->local, &m.local);
    edge_message_put_endpoint(&install->remote, &m.remote);
    request->local = &m.local;
    request->remote = &m.remote;
    put_selectors(&m, install);
    request->encapsulation = encapsulation_of(install->in_udp);
    request->replay_window = install->replay_window;
    if (install->dscp != TUNNEL_DSCP_COPIED) {
        request->dscp_presence_case = BULKHEAD__INTERNAL__V1__ESP_INSTALL_SA_REQUEST__DSCP_PRESENCE_DSCP;
        request->dscp = install->dscp;
    }
    request->replaces_spi_in = install->replaces_spi_in;
    request->ike_spi = install->ike_spi;
    request->follow_remote = install->follow_remote;
    request->keepalive_s = install->keepalive_s;
    request->hold_outbound = install->hold_outbound;
    put_limits(&m, &install->limits);
    put_mode(request, install);
    job_call_start(arg, METHOD(ESP_INSTALL_SA), &request->base, job, NULL);
}

static void read_last_inbound(struct ike *ike, const ProtobufCMessage *message, struct ike_job_result *result)
{
    (void)ike;
    const Bulkhead__Internal__V1__EspLastInboundResponse *response =
        (const Bulkhead__Internal__V1__EspLastInboundResponse *)(const void *)message;
    result->ago_ms = UINT32_MAX;
    for (size_t i = 0; i < response->n_ago_ms; i++) {
        result->ago_ms = response->ago_ms[i] < result->ago_ms ? response->ago_ms[i] : result->ago_ms;
    }
}

static void last_inbound(void *arg, uint64_t job, const uint32_t *spis_in, unsigned n)
{
    Bulkhead__Internal__V1__EspLastInboundRequest request;
    bulkhead__internal__v1__esp_last_inbound_request__init(&request);
    request.spis_in = (uint32_t *)(uintptr_t)spis_in;
    request.n_spis_in = n;
    job_call_start(arg, METHOD(ESP_LAST_INBOUND), &request.base, job, read_last_inbound);
}

static void on_updated(void *arg, const struct ipc_result *result)
{
    (void)arg;
    if (result->error) {
        log_warning("esp_update_failed", LOG_STR("error", result->text));
    }
}

static void update_sa(void *arg, const struct esp_update *update)
{
    Bulkhead__Internal__V1__EspUpdateSaRequest request;
    endpoint_message ends[2];
    bulkhead__internal__v1__esp_update_sa_request__init(&request);
    request.spi_in = update->spi_in;
    edge_message_put_endpoint(&update->local, &ends[0]);
    edge_message_put_endpoint(&update->remote, &ends[1]);
    request.local = &ends[0];
    request.remote = &ends[1];
    request.encapsulation = encapsulation_of(update->in_udp);
    request.follow_remote = update->follow_remote;
    request.keepalive_s = update->keepalive_s;
    (void)ipc_call(node_of(arg), METHOD(ESP_UPDATE_SA), &request.base, 0, on_updated, NULL);
}

static void on_deleted(void *arg, const struct ipc_result *result)
{
    (void)arg;
    if (result->error && result->error != BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_NOT_FOUND) {
        log_info("esp_delete_failed", LOG_STR("error", result->text));
    }
}

static void end_sa(struct ike *ike, uint32_t spi_in, uint32_t inbound_for_ms)
{
    Bulkhead__Internal__V1__EspDeleteSaRequest request;
    bulkhead__internal__v1__esp_delete_sa_request__init(&request);
    request.spi_in = spi_in;
    request.inbound_for_ms = inbound_for_ms;
    (void)ipc_call(node_of(ike), METHOD(ESP_DELETE_SA), &request.base, 0, on_deleted, NULL);
}

static void delete_sa(void *arg, uint32_t spi_in)
{
    end_sa(arg, spi_in, 0);
}

static void retire_sa(void *arg, uint32_t spi_in, uint32_t inbound_for_ms)
{
    end_sa(arg, spi_in, inbound_for_ms);
}

static void send_policies(void *arg)
{
    struct ike *ike = arg;
    if (ike->esp.link_up && ike->configured) { // else sent when both are there
        policy_pages_send(ike);
    }
}

static void ask_list(struct ike *ike, uint32_t after);

static void finish_list(struct ike *ike)
{
    struct esp_reading *reading = &ike->esp;
    struct recovery_sa *sas = calloc(reading->n + 1, sizeof(*sas));
    reading->under_way = false;
    if (!sas) {
        log_error("list_sas", LOG_ERRNO(ENOMEM));
        return;
    }
    for (size_t i = 0; i < reading->n; i++) {
        sas[i] = (struct recovery_sa){.tunnel = reading->sas[i].tunnel, .spi_in = reading->sas[i].spi_in};
    }
    log_info("esp_sas_read", LOG_UINT("count", reading->n));
    recovery_on_esp_up(&ike->core, sas, reading->n);
    free(sas);
}

static bool add_listed(struct esp_reading *reading, const Bulkhead__Internal__V1__EspSa *sa)
{
    if (reading->n == reading->capacity) {
        size_t capacity = reading->capacity ? 2 * reading->capacity : 64;
        struct esp_listed *more = realloc(reading->sas, capacity * sizeof(*more));
        if (!more) {
            return false;
        }
        reading->sas = more;
        reading->capacity = capacity;
    }
    struct esp_listed *listed = &reading->sas[reading->n++];
    *listed = (struct esp_listed){.spi_in = sa->spi_in};
    size_t n = strnlen(sa->tunnel, TUNNEL_NAME_MAX);
    memcpy(listed->tunnel, sa->tunnel, n);
    return true;
}

static void on_list(void *arg, const struct ipc_result *result)
{
    struct ike *ike = arg;
    struct esp_reading *reading = &ike->esp;
    const Bulkhead__Internal__V1__EspListSasResponse *response =
        (const Bulkhead__Internal__V1__EspListSasResponse *)(const void *)result->message;
    if (!reading->under_way) {
        return;
    }
    if (result->error == BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_DEADLINE_EXCEEDED) {
        reading->n = 0;
        ask_list(ike, 0);
        return;
    }
    if (result->error) {
        log_error("list_sas", LOG_STR("error", result->text));
        reading->under_way = false;
        return;
    }
    uint32_t after = 0;
    for (size_t i = 0; i < response->n_sas; i++) {
        after = response->sas[i]->spi_in;
        if (!add_listed(reading, response->sas[i])) {
            log_error("list_sas", LOG_ERRNO(ENOMEM));
            return;
        }
    }
    if (response->more && after > ike->esp.after) {
        ask_list(ike, after);
    } else {
        finish_list(ike);
    }
}

static void ask_list(struct ike *ike, uint32_t after)
{
    Bulkhead__Internal__V1__EspListSasRequest request;
    bulkhead__internal__v1__esp_list_sas_request__init(&request);
    request.after_spi_in = after;
    ike->esp.after = after;
    (void)ipc_call(node_of(ike), METHOD(ESP_LIST_SAS), &request.base, 0, on_list, ike);
}

// The event is there for those who would wonder about the speed, or why a proposal is never chosen.
static void tell_failed(struct ike *ike, const Bulkhead__Internal__V1__EspAlgorithm *algorithm)
{
    bool has_other = *algorithm->backend;
    for (size_t i = 0; i < algorithm->n_failed_backends; i++) {
        char message[256];
        snprintf(message, sizeof(message), "esp-d's self-test: %.32s gets %.32s wrong on this machine. %.32s%s",
                 algorithm->failed_backends[i], algorithm->name,
                 has_other ? algorithm->backend : "It is not offered to peers any more",
                 has_other ? " runs it instead." : ".");
        struct ike_event event = {
            .severity = has_other ? IKE_EVENT_WARNING : IKE_EVENT_ERROR, .kind = "cipher_failed", .message = message};
        ike_core_raise(&ike->core, &event);
    }
}

static void take_suites(struct esp_ability *ability, const Bulkhead__Internal__V1__EspGetCapabilitiesResponse *response)
{
    *ability = (struct esp_ability){.known = true};
    for (size_t i = 0; i < response->n_suites; i++) {
        const Bulkhead__Internal__V1__EspSuite *s = response->suites[i];
        struct esp_ability_part part = {(uint16_t)s->encr, (uint16_t)s->key_bits, (uint16_t)s->integ};
        esp_ability_add(ability, &part);
    }
}

static void on_capabilities(void *arg, const struct ipc_result *result)
{
    struct ike *ike = arg;
    const Bulkhead__Internal__V1__EspGetCapabilitiesResponse *response =
        (const Bulkhead__Internal__V1__EspGetCapabilitiesResponse *)(const void *)result->message;
    if (result->error) {
        log_error("esp_capabilities", LOG_STR("error", result->text));
        return;
    }
    ike->core.esp_protocol_50 = false;
    for (size_t i = 0; i < response->n_encapsulations; i++) {
        ike->core.esp_protocol_50 |=
            response->encapsulations[i] == BULKHEAD__INTERNAL__V1__ESP_ENCAPSULATION__ESP_ENCAPSULATION_NONE;
    }
    take_suites(&ike->core.esp_ability, response);
    for (size_t i = 0; i < response->n_failed; i++) {
        tell_failed(ike, response->failed[i]);
    }
    nat_traversal_warn(&ike->core);
}

static void ask_capabilities(struct ike *ike)
{
    Bulkhead__Internal__V1__EspGetCapabilitiesRequest request;
    bulkhead__internal__v1__esp_get_capabilities_request__init(&request);
    (void)ipc_call(node_of(ike), METHOD(ESP_GET_CAPABILITIES), &request.base, 0, on_capabilities, ike);
}

// What esp-d can do is known before its SAs are, and tunnels begin after that.
static void meet(struct ike *ike)
{
    if (!ike->esp.link_up || !ike->configured) {
        return;
    }
    ask_capabilities(ike);
    send_policies(ike);
    ike->esp.n = 0;
    if (!ike->esp.under_way) {
        ike->esp.under_way = true;
        ask_list(ike, 0);
    }
}

void esp_client_on_link(struct ike *ike, bool up)
{
    ike->esp.link_up = up;
    if (!up) {
        ike->esp.under_way = false;
        spi_pool_forget(&ike->spis);
        recovery_on_esp_down(&ike->core);
        return;
    }
    meet(ike);
}

void esp_client_on_configured(struct ike *ike)
{
    meet(ike);
}

void esp_client_done(struct ike *ike)
{
    free(ike->esp.sas);
    ike->esp = (struct esp_reading){0};
}

void esp_client_send_datagram(struct ike *ike, const struct endpoint *local, const struct endpoint *remote,
                              struct bytes message)
{
    Bulkhead__Internal__V1__IkeDatagram datagram;
    endpoint_message ends[2];
    bulkhead__internal__v1__ike_datagram__init(&datagram);
    edge_message_put_endpoint(local, &ends[0]);
    edge_message_put_endpoint(remote, &ends[1]);
    datagram.local = &ends[0];
    datagram.remote = &ends[1];
    edge_message_put_bytes(message, &datagram.payload);
    int error = ipc_notify(node_of(ike), METHOD(ESP_SEND_DATAGRAM), &datagram.base);
    if (error < 0) {
        log_debug("send_failed", LOG_STR("by", "esp-d"), LOG_ERRNO(error));
    }
}

void esp_client_fill(struct ike_env *env)
{
    env->esp_allocate_spi = allocate_spi;
    env->esp_install = install_sa;
    env->esp_update = update_sa;
    env->esp_delete = delete_sa;
    env->esp_last_inbound = last_inbound;
    env->esp_retire = retire_sa;
    env->esp_policies_changed = send_policies;
}
