#include "esp-d/service.h"

#include <errno.h>
#include <stdlib.h>

#include "bulkhead/internal/v1/ike_esp.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "esp-d/ecn.h"
#include "esp-d/esp.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/crypto/algorithm.h"
#include "lib/ipc/edge_message.h"

typedef Bulkhead__Internal__V1__EspInstallSaRequest install_message;

// EspAllocateSpiRequest.count
#define ESP_SPIS_AT_ONCE_MAX 64

void service_allocate_spi(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__EspAllocateSpiRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__EspAllocateSpiResponse response = BULKHEAD__INTERNAL__V1__ESP_ALLOCATE_SPI_RESPONSE__INIT;
    uint32_t more[ESP_SPIS_AT_ONCE_MAX - 1];
    struct sad *sad = &esp_of(arg)->db.sad;
    uint64_t now_ms = clock_monotonic_ms(&clock_system);
    uint32_t n = ask->count < ESP_SPIS_AT_ONCE_MAX ? ask->count : ESP_SPIS_AT_ONCE_MAX;
    int err;

    err = sad_reserve_spi(sad, now_ms, &response.spi);
    response.more = more;
    while (!err && response.n_more + 1 < n && sad_reserve_spi(sad, now_ms, &more[response.n_more]) == 0)
        response.n_more++;
    if (err)
        service_fail(request, err, "no SPI can be reserved");
    else
        ipc_request_reply(request, &response.base);
}

// Both sides into one block, which the caller frees.
static int read_selectors(const install_message *m, struct child_spec *spec, struct selector **ret_selectors)
{
    struct selector *all;
    int err = 0;

    if (!m->n_local_selectors || !m->n_remote_selectors || m->n_local_selectors > ESP_SA_SELECTORS_MAX ||
        m->n_remote_selectors > ESP_SA_SELECTORS_MAX)
        return -EINVAL;
    all = calloc(m->n_local_selectors + m->n_remote_selectors, sizeof(*all));
    if (!all)
        return -ENOMEM;
    *ret_selectors = all;
    spec->local_n = (unsigned)m->n_local_selectors;
    spec->remote_n = (unsigned)m->n_remote_selectors;
    spec->local = all;
    spec->remote = all + spec->local_n;
    for (unsigned i = 0; i < spec->local_n && !err; i++)
        err = edge_message_selector(m->local_selectors[i], &all[i]);
    for (unsigned i = 0; i < spec->remote_n && !err; i++)
        err = edge_message_selector(m->remote_selectors[i], &all[spec->local_n + i]);
    return err;
}

static int read_mode(const install_message *m, struct child_spec *spec)
{
    struct bytes local = edge_message_bytes(&m->original_local), remote = edge_message_bytes(&m->original_remote);

    spec->transport = m->mode == BULKHEAD__INTERNAL__V1__ESP_MODE__ESP_MODE_TRANSPORT;
    if (local.n && address_from_bytes(local, &spec->origin.local))
        return -EINVAL;
    return remote.n ? address_from_bytes(remote, &spec->origin.remote) : 0;
}

static int read_spec(const struct esp *esp, const install_message *m, struct child_spec *spec)
{
    int err;

    if (m->spi_in < ESP_SPI_MIN || m->spi_out < ESP_SPI_MIN || m->keepalive_s > ESP_KEEPALIVE_MAX_S)
        return -EINVAL;
    if (m->dscp_presence_case && m->dscp > ECN_DSCP_MAX)
        return -EINVAL;
    if (m->encr > UINT16_MAX || m->integ > UINT16_MAX || m->key_bits > UINT16_MAX)
        return -EINVAL;
    spec->spi_in = m->spi_in;
    spec->spi_out = m->spi_out;
    spec->keys_in[0] = edge_message_bytes(&m->encr_key_in);
    spec->keys_in[1] = edge_message_bytes(&m->integ_key_in);
    spec->keys_out[0] = edge_message_bytes(&m->encr_key_out);
    spec->keys_out[1] = edge_message_bytes(&m->integ_key_out);
    spec->replay_window = m->replay_window;
    spec->has_dscp = m->dscp_presence_case;
    spec->dscp = (uint8_t)m->dscp;
    spec->keepalive_s = m->keepalive_s;
    spec->ike_spi = m->ike_spi;
    spec->follow_remote = m->follow_remote;
    spec->held = m->hold_outbound && m->replaces_spi_in;
    spec->installed_s = clock_wall_s(&clock_system);
    if (m->limits)
        spec->lifetime = (struct lifetime){.soft_bytes = m->limits->soft_bytes,
                                           .hard_bytes = m->limits->hard_bytes,
                                           .soft_packets = m->limits->soft_packets,
                                           .hard_packets = m->limits->hard_packets};
    if (edge_message_endpoint(m->local, &spec->local_endpoint) ||
        edge_message_endpoint(m->remote, &spec->remote_endpoint) || read_mode(m, spec))
        return -EINVAL;
    err = service_read_encapsulation(esp, m->encapsulation, spec->remote_endpoint.address.family, &spec->encapsulation);
    if (err)
        return err;
    err = cipher_suite_find((uint16_t)m->encr, (uint16_t)m->key_bits, (uint16_t)m->integ, &spec->suite);
    spec->suite.esn = m->esn;
    return err;
}

static int install(struct esp *esp, const install_message *m)
{
    struct selector *selectors = NULL;
    struct child_spec spec = {0};
    int err = read_spec(esp, m, &spec);

    if (!err) {
        spec.backend = cipher_choice_find(&esp->ciphers, &spec.suite);
        err = spec.backend ? 0 : -EOPNOTSUPP;
    }
    if (!err)
        err = read_selectors(m, &spec, &selectors);
    if (!err)
        err = database_install(&esp->db, m->tunnel, &spec, m->replaces_spi_in, clock_monotonic_ms(&clock_system));
    free(selectors);
    return err;
}

static const char *install_error(int err)
{
    switch (err) {
    case -EEXIST:
        return "an SA with this spi_in is installed already";
    case -EPERM:
        return "spi_in was not allocated here, or is used up";
    case -ENOENT:
        return "replaces_spi_in is not an SA of this tunnel";
    case -EOPNOTSUPP:
        return "suite or encapsulation is not supported";
    case -EINVAL:
        return "SPIs, key sizes, addresses, selectors, window or keepalive are out of bounds";
    default:
        return "no room for another SA";
    }
}

void service_install_sa(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const install_message *m = (const install_message *)message;
    char encr[64], integ[64] = "";
    int err = install(esp_of(arg), m);

    if (err) {
        log_warning("sa_refused", LOG_STR("tunnel", m->tunnel), LOG_HEX32("spi_in", m->spi_in),
                    LOG_STR("why", install_error(err)));
        service_fail(request, err, install_error(err));
        return;
    }
    transform_format(TRANSFORM_ENCR, (uint16_t)m->encr, (uint16_t)m->key_bits, encr, sizeof(encr));
    if (m->integ)
        transform_format(TRANSFORM_INTEG, (uint16_t)m->integ, 0, integ, sizeof(integ));
    log_info("sa_installed", LOG_STR("tunnel", m->tunnel), LOG_HEX32("spi_in", m->spi_in),
             LOG_HEX32("spi_out", m->spi_out), LOG_HEX32("replaces", m->replaces_spi_in), LOG_STR("encr", encr),
             LOG_STR("integ", integ));
    ipc_request_reply_empty(request);
}

void service_delete_sa(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__EspDeleteSaRequest *m = (const Bulkhead__Internal__V1__EspDeleteSaRequest *)message;
    struct database *db = &esp_of(arg)->db;
    int err = -EINVAL;

    if (m->inbound_for_ms == 0)
        err = database_delete(db, m->spi_in);
    else if (m->inbound_for_ms <= ESP_ENDING_MAX_MS)
        err = database_end(db, m->spi_in, clock_monotonic_ms(&clock_system) + m->inbound_for_ms);
    if (err) {
        service_fail(request, err, "no such SA");
        return;
    }
    log_info("sa_deleted", LOG_HEX32("spi_in", m->spi_in), LOG_UINT("inbound_for_ms", m->inbound_for_ms));
    ipc_request_reply_empty(request);
}
