#include "esp-d/service.h"

#include <errno.h>
#include <stdlib.h>

#include "bulkhead/internal/v1/ike_esp.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "esp-d/esp.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/crypto/algorithm.h"
#include "lib/ipc/edge_message.h"

typedef Bulkhead__Internal__V1__EspInstallSaRequest install_message;
typedef Bulkhead__Internal__V1__EspSa sa_message;

void service_allocate_spi(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    Bulkhead__Internal__V1__EspAllocateSpiResponse response = BULKHEAD__INTERNAL__V1__ESP_ALLOCATE_SPI_RESPONSE__INIT;
    int err;

    (void)message;
    err = sad_reserve_spi(&esp_of(arg)->db.sad, clock_monotonic_ms(&clock_system), &response.spi);
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

static int read_spec(const install_message *m, struct child_spec *spec)
{
    int err;

    if (m->spi_in < ESP_SPI_MIN || m->spi_out < ESP_SPI_MIN || m->keepalive_s > ESP_KEEPALIVE_MAX_S)
        return -EINVAL;
    if (m->encapsulation == BULKHEAD__INTERNAL__V1__ESP_ENCAPSULATION__ESP_ENCAPSULATION_NONE)
        return -EOPNOTSUPP;
    if (m->encr > UINT16_MAX || m->integ > UINT16_MAX || m->key_bits > UINT16_MAX)
        return -EINVAL;
    spec->spi_in = m->spi_in;
    spec->spi_out = m->spi_out;
    spec->keys_in[0] = edge_message_bytes(&m->encr_key_in);
    spec->keys_in[1] = edge_message_bytes(&m->integ_key_in);
    spec->keys_out[0] = edge_message_bytes(&m->encr_key_out);
    spec->keys_out[1] = edge_message_bytes(&m->integ_key_out);
    spec->replay_window = m->replay_window;
    spec->keepalive_s = m->keepalive_s;
    spec->ike_spi = m->ike_spi;
    spec->follow_remote = m->follow_remote;
    spec->installed_s = clock_wall_s(&clock_system);
    if (m->limits)
        spec->lifetime = (struct lifetime){.soft_bytes = m->limits->soft_bytes,
                                           .hard_bytes = m->limits->hard_bytes,
                                           .soft_packets = m->limits->soft_packets,
                                           .hard_packets = m->limits->hard_packets};
    if (edge_message_endpoint(m->local, &spec->local_endpoint) ||
        edge_message_endpoint(m->remote, &spec->remote_endpoint) || read_mode(m, spec))
        return -EINVAL;
    err = cipher_suite_find((uint16_t)m->encr, (uint16_t)m->key_bits, (uint16_t)m->integ, &spec->suite);
    spec->suite.esn = m->esn;
    return err;
}

static int install(struct esp *esp, const install_message *m)
{
    struct selector *selectors = NULL;
    struct child_spec spec = {0};
    int err = read_spec(m, &spec);

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
    int err = database_delete(&esp_of(arg)->db, m->spi_in);

    if (err) {
        service_fail(request, err, "no such SA");
        return;
    }
    log_info("sa_deleted", LOG_HEX32("spi_in", m->spi_in));
    ipc_request_reply_empty(request);
}

// One SA as a message; everything that it points to is in here or in the SA.
struct entry {
    sa_message sa;
    Bulkhead__Internal__V1__EspSaCounters counters;
    struct endpoint local, remote;
    endpoint_message local_message, remote_message;
    selector_message selector[2 * ESP_SA_SELECTORS_MAX];
    selector_message *list[2 * ESP_SA_SELECTORS_MAX];
};

static void fill_counters(const struct child *child, struct entry *e)
{
    Bulkhead__Internal__V1__EspSaCounters *c = &e->counters;

    bulkhead__internal__v1__esp_sa_counters__init(c);
    c->bytes_in = atomic_load_explicit(&child->in.bytes, memory_order_relaxed);
    c->packets_in = atomic_load_explicit(&child->in.packets, memory_order_relaxed);
    c->bytes_out = atomic_load_explicit(&child->out.bytes, memory_order_relaxed);
    c->packets_out = atomic_load_explicit(&child->out.packets, memory_order_relaxed);
    c->replay_drops = atomic_load_explicit(&child->in.replay_drops, memory_order_relaxed);
    c->integrity_drops = atomic_load_explicit(&child->in.integrity_drops, memory_order_relaxed);
    c->selector_drops = atomic_load_explicit(&child->in.selector_drops, memory_order_relaxed);
    e->sa.counters = c;
}

static void fill_selectors(const struct child *child, struct entry *e)
{
    unsigned n = child->local_n + child->remote_n;

    for (unsigned i = 0; i < n; i++) {
        edge_message_put_selector(&child->local[i], &e->selector[i]); // remote ones follow in the same block
        e->list[i] = &e->selector[i];
    }
    e->sa.n_local_selectors = child->local_n;
    e->sa.local_selectors = e->list;
    e->sa.n_remote_selectors = child->remote_n;
    e->sa.remote_selectors = e->list + child->local_n;
}

static void fill_entry(const struct child *child, struct entry *e)
{
    const struct path *path = atomic_load(&child->out.path);

    bulkhead__internal__v1__esp_sa__init(&e->sa);
    e->sa.tunnel = child->tunnel->name;
    e->sa.spi_in = child->in.spi;
    e->sa.spi_out = child->out.spi;
    e->sa.ike_spi = child->ike_spi;
    e->sa.encr = child->suite.encr;
    e->sa.key_bits = child->suite.key_bits;
    e->sa.integ = child->suite.integ;
    e->sa.installed_s = child->installed_s;
    e->sa.esn = child->suite.esn;
    e->sa.mode = child->transport ? BULKHEAD__INTERNAL__V1__ESP_MODE__ESP_MODE_TRANSPORT
                                  : BULKHEAD__INTERNAL__V1__ESP_MODE__ESP_MODE_TUNNEL;
    e->sa.encapsulation = BULKHEAD__INTERNAL__V1__ESP_ENCAPSULATION__ESP_ENCAPSULATION_UDP;
    e->local = path->local;
    e->remote = path->remote;
    edge_message_put_endpoint(&e->local, &e->local_message);
    edge_message_put_endpoint(&e->remote, &e->remote_message);
    e->sa.local = &e->local_message;
    e->sa.remote = &e->remote_message;
    fill_counters(child, e);
    fill_selectors(child, e);
}

#define LIST_PAGE_MAX 64

void service_list_sas(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__EspListSasRequest *m = (const Bulkhead__Internal__V1__EspListSasRequest *)message;
    Bulkhead__Internal__V1__EspListSasResponse response = BULKHEAD__INTERNAL__V1__ESP_LIST_SAS_RESPONSE__INIT;
    struct entry *entries = calloc(LIST_PAGE_MAX, sizeof(*entries));
    sa_message *list[LIST_PAGE_MAX];
    const struct sad *sad = &esp_of(arg)->db.sad;
    struct child *child = sad_next(sad, m->after_spi_in);
    size_t bytes = 0;

    if (!entries) {
        service_fail(request, -ENOMEM, "no memory");
        return;
    }
    response.sas = list;
    for (; child; child = sad_next(sad, child->in.spi)) {
        struct entry *e = &entries[response.n_sas];

        if (response.n_sas == LIST_PAGE_MAX || bytes > ESP_LIST_SAS_PAGE_BYTES)
            break;
        fill_entry(child, e);
        bytes += protobuf_c_message_get_packed_size(&e->sa.base);
        list[response.n_sas++] = &e->sa;
    }
    response.more = child != NULL;
    ipc_request_reply(request, &response.base);
    free(entries);
}
