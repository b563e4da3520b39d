// The SAs as ike-d and api-d see them, page by page.
#include "esp-d/service.h"

#include <errno.h>
#include <stdlib.h>

#include "bulkhead/internal/v1/ike_esp.pb-c.h"
#include "esp-d/esp.h"
#include "lib/ipc/edge_message.h"

#define PAGE_SAS_MAX 256u

typedef Bulkhead__Internal__V1__EspSa sa_message;

// One SA as a message; its selectors lie behind it.
struct entry {
    sa_message sa;
    Bulkhead__Internal__V1__EspSaCounters counters;
    struct endpoint local, remote;
    endpoint_message local_message, remote_message;
    struct entry_selector {
        selector_message message;
        struct selector selector; // whose addresses the message lends
    } * selectors;
    selector_message *list[];
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

static void fill_selectors(const struct filter_pair *pair, struct entry *e)
{
    for (unsigned i = 0; i < pair->local_n + pair->remote_n; i++) {
        e->selectors[i].selector = filter_selector(&pair->filter[i]);
        edge_message_put_selector(&e->selectors[i].selector, &e->selectors[i].message);
        e->list[i] = &e->selectors[i].message;
    }
    e->sa.n_local_selectors = pair->local_n;
    e->sa.local_selectors = e->list;
    e->sa.n_remote_selectors = pair->remote_n;
    e->sa.remote_selectors = e->list + pair->local_n;
}

static void fill_endpoints(const struct path *path, struct entry *e)
{
    e->local = path->local;
    e->remote = path->remote;
    edge_message_put_endpoint(&e->local, &e->local_message);
    edge_message_put_endpoint(&e->remote, &e->remote_message);
    e->sa.encapsulation = path->encapsulation == PATH_PROTOCOL_50
                              ? BULKHEAD__INTERNAL__V1__ESP_ENCAPSULATION__ESP_ENCAPSULATION_NONE
                              : BULKHEAD__INTERNAL__V1__ESP_ENCAPSULATION__ESP_ENCAPSULATION_UDP;
    e->sa.local = &e->local_message;
    e->sa.remote = &e->remote_message;
}

// NULL without memory.
static struct entry *entry_new(const struct child *child)
{
    size_t n = (size_t)child->filters->local_n + child->filters->remote_n;
    struct entry *e = calloc(1, sizeof(*e) + n * sizeof(e->list[0]));

    if (!e)
        return NULL;
    e->selectors = calloc(n, sizeof(*e->selectors));
    if (!e->selectors) {
        free(e);
        return NULL;
    }
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
    fill_endpoints(atomic_load(&child->out.path), e);
    fill_counters(child, e);
    fill_selectors(child->filters, e);
    return e;
}

static void keep_counters(sa_message *sa)
{
    Bulkhead__Internal__V1__EspSaCounters *counters = sa->counters;
    uint32_t spi_in = sa->spi_in;

    bulkhead__internal__v1__esp_sa__init(sa);
    sa->spi_in = spi_in;
    sa->counters = counters;
}

static void entry_free(sa_message *sa)
{
    struct entry *e = (struct entry *)sa; // its first member

    free(e->selectors);
    free(e);
}

// The next that is not deleted.
static struct child *next_of(const struct sad *sad, uint32_t after)
{
    struct child *child = sad_next(sad, after);

    while (child && child->ends_ms)
        child = sad_next(sad, child->in.spi);
    return child;
}

void service_list_sas(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__EspListSasRequest *m = (const Bulkhead__Internal__V1__EspListSasRequest *)message;
    Bulkhead__Internal__V1__EspListSasResponse response = BULKHEAD__INTERNAL__V1__ESP_LIST_SAS_RESPONSE__INIT;
    const struct sad *sad = &esp_of(arg)->db.sad;
    struct child *child = next_of(sad, m->after_spi_in);
    sa_message *list[PAGE_SAS_MAX];
    struct entry *entry = NULL;
    size_t bytes = 0;

    response.sas = list;
    while (child && response.n_sas < PAGE_SAS_MAX && bytes <= ESP_LIST_SAS_PAGE_BYTES) {
        entry = entry_new(child);
        if (!entry)
            break;
        if (m->counters_only)
            keep_counters(&entry->sa);
        bytes += protobuf_c_message_get_packed_size(&entry->sa.base);
        list[response.n_sas++] = &entry->sa;
        child = next_of(sad, child->in.spi);
    }
    response.more = child != NULL;
    if (child && !response.n_sas)
        service_fail(request, -ENOMEM, "no memory");
    else
        ipc_request_reply(request, &response.base);
    for (size_t i = 0; i < response.n_sas; i++)
        entry_free(list[i]);
}
