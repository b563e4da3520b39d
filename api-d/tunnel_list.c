#include "api-d/tunnel_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api-d/esp_sa.h"
#include "bulkhead/internal/v1/api_ike.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/ipc/message_copy.h"

#define ERROR_TEXT_MAX 512
// More than there can be: what the configuration may have, what esp-d may hold.
#define LIST_TUNNELS_MAX 10000u
#define LIST_SAS_MAX     65536u
#define LIST_PARTS_MAX   8192u // of one tunnel

struct collection {
    struct ipc_node *node;
    uint32_t deadline_ms;
    char *name;
    bool summary;
    tunnel_list_fn *on_done;
    void *arg;
    uint32_t parts; // of the last tunnel, when there are more
    struct tunnel_list list;
    char ike_text[ERROR_TEXT_MAX];
    char esp_text[ERROR_TEXT_MAX];
};

static void free_collection(struct collection *c)
{
    for (size_t i = 0; i < c->list.tunnels_n; i++)
        bulkhead__v1__tunnel_status__free_unpacked(c->list.tunnels[i], NULL);
    for (size_t i = 0; i < c->list.esp_sas_n; i++)
        bulkhead__internal__v1__esp_sa__free_unpacked(c->list.esp_sas[i], NULL);
    free(c->list.tunnels);
    free(c->list.esp_sas);
    free(c->name);
    free(c);
}

static int compare_spi(const void *key, const void *member)
{
    uint32_t spi = *(const uint32_t *)key;
    const Bulkhead__Internal__V1__EspSa *sa = *(Bulkhead__Internal__V1__EspSa *const *)member;

    return spi < sa->spi_in ? -1 : spi > sa->spi_in;
}

// NULL when esp-d has none of that SPI.
static const Bulkhead__Internal__V1__EspSa *find_sa(const struct tunnel_list *list, const char *spi_in)
{
    uint32_t spi = (uint32_t)strtoul(spi_in, NULL, 16);
    Bulkhead__Internal__V1__EspSa *const *found = NULL;

    if (list->esp_sas_n)
        found = bsearch(&spi, list->esp_sas, list->esp_sas_n, sizeof(*list->esp_sas), compare_spi);
    return found ? *found : NULL;
}

void tunnel_list_add_counters(const struct tunnel_list *list, Bulkhead__V1__TunnelStatus *tunnel)
{
    for (size_t i = 0; i < tunnel->n_sas; i++) {
        const Bulkhead__Internal__V1__EspSa *sa = find_sa(list, tunnel->sas[i]->spi_in);

        if (sa)
            esp_sa_complete(tunnel->sas[i], sa);
    }
}

static void add_totals(const struct tunnel_list *list, Bulkhead__V1__TunnelStatus *tunnel)
{
    for (size_t i = 0; i < tunnel->n_sas; i++) {
        const Bulkhead__Internal__V1__EspSa *sa = find_sa(list, tunnel->sas[i]->spi_in);

        tunnel->bytes_in += sa && sa->counters ? sa->counters->bytes_in : 0;
        tunnel->bytes_out += sa && sa->counters ? sa->counters->bytes_out : 0;
    }
}

static void finish(struct collection *c)
{
    for (size_t i = 0; i < c->list.tunnels_n; i++)
        if (c->summary)
            add_totals(&c->list, c->list.tunnels[i]);
        else
            tunnel_list_add_counters(&c->list, c->list.tunnels[i]);
    c->list.ike_text = c->ike_text;
    c->list.esp_text = c->esp_text;
    c->on_done(c->arg, &c->list);
    free_collection(c);
}

// Appends copies; false without memory.
static bool append(void ***list, size_t *n, void *const *messages, size_t count)
{
    void **longer = reallocarray(*list, *n + count + 1, sizeof(*longer));

    if (!longer)
        return false;
    *list = longer;
    for (size_t i = 0; i < count; i++) {
        longer[*n] = message_copy(messages[i], NULL);
        if (!longer[*n])
            return false;
        (*n)++;
    }
    return true;
}

// The next page must begin behind this one: a taken daemon must not keep us asking, and collecting, for ever.
static bool goes_on_sas(const struct collection *c, const Bulkhead__Internal__V1__EspListSasResponse *page)
{
    size_t before = c->list.esp_sas_n - page->n_sas;

    if (!page->n_sas)
        return false;
    for (size_t i = before ? before : 1; i < c->list.esp_sas_n; i++)
        if (c->list.esp_sas[i]->spi_in <= c->list.esp_sas[i - 1]->spi_in)
            return false;
    return c->list.esp_sas_n <= LIST_SAS_MAX;
}

static bool goes_on_tunnels(const struct collection *c, const Bulkhead__Internal__V1__IkeListTunnelsResponse *page)
{
    bool forward = !page->parts || page->n_tunnels > 1 || !page->continued || page->parts > c->parts;

    return page->n_tunnels && c->list.tunnels_n <= LIST_TUNNELS_MAX && page->parts <= LIST_PARTS_MAX && forward;
}

// The first tunnel of a page that goes on with the last one of the page before; false without memory.
static bool continue_tunnel(struct collection *c, const Bulkhead__V1__TunnelStatus *rest)
{
    Bulkhead__V1__TunnelStatus *last = c->list.tunnels[c->list.tunnels_n - 1];

    return append((void ***)&last->children, &last->n_children, (void *const *)rest->children, rest->n_children) &&
           append((void ***)&last->sas, &last->n_sas, (void *const *)rest->sas, rest->n_sas);
}

static bool append_tunnels(struct collection *c, const Bulkhead__Internal__V1__IkeListTunnelsResponse *page)
{
    size_t first = page->continued && c->parts && page->n_tunnels ? 1 : 0;

    if (first && !continue_tunnel(c, page->tunnels[0]))
        return false;
    return append((void ***)&c->list.tunnels, &c->list.tunnels_n, (void *const *)page->tunnels + first,
                  page->n_tunnels - first);
}

static void ask_esp(struct collection *c);

static void on_esp_page(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__EspListSasResponse *page = (const void *)result->message;
    struct collection *c = arg;

    if (result->error) {
        c->list.esp_code = connect_code_from_ipc(result->error);
        snprintf(c->esp_text, sizeof(c->esp_text), "esp-d: %s", result->text);
        finish(c);
    } else if (!append((void ***)&c->list.esp_sas, &c->list.esp_sas_n, (void *const *)page->sas, page->n_sas)) {
        c->list.esp_code = CONNECT_RESOURCE_EXHAUSTED;
        snprintf(c->esp_text, sizeof(c->esp_text), "out of memory");
        finish(c);
    } else if (page->more && !goes_on_sas(c, page)) {
        c->list.esp_code = CONNECT_INTERNAL;
        snprintf(c->esp_text, sizeof(c->esp_text), "esp-d: its list of SAs does not end");
        finish(c);
    } else if (page->more) {
        ask_esp(c);
    } else {
        finish(c);
    }
}

static void ask_esp(struct collection *c)
{
    Bulkhead__Internal__V1__EspListSasRequest request = BULKHEAD__INTERNAL__V1__ESP_LIST_SAS_REQUEST__INIT;

    if (c->list.esp_sas_n)
        request.after_spi_in = c->list.esp_sas[c->list.esp_sas_n - 1]->spi_in;
    request.counters_only = c->summary;
    ipc_call(c->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_ESP_LIST_SAS, &request.base, c->deadline_ms, on_esp_page,
             c);
}

static void ask_ike(struct collection *c);

static void on_ike_page(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__IkeListTunnelsResponse *page = (const void *)result->message;
    struct collection *c = arg;

    if (result->error) {
        c->list.ike_code = connect_code_from_ipc(result->error);
        snprintf(c->ike_text, sizeof(c->ike_text), "ike-d: %s", result->text);
        ask_esp(c);
    } else if (!append_tunnels(c, page)) {
        c->list.ike_code = CONNECT_RESOURCE_EXHAUSTED;
        snprintf(c->ike_text, sizeof(c->ike_text), "out of memory");
        ask_esp(c);
    } else if (page->more && !goes_on_tunnels(c, page)) {
        c->list.ike_code = CONNECT_INTERNAL;
        snprintf(c->ike_text, sizeof(c->ike_text), "ike-d: its list of tunnels does not end");
        ask_esp(c);
    } else if (page->more) {
        c->parts = page->parts;
        ask_ike(c);
    } else {
        ask_esp(c);
    }
}

static void ask_ike(struct collection *c)
{
    Bulkhead__Internal__V1__IkeListTunnelsRequest request = BULKHEAD__INTERNAL__V1__IKE_LIST_TUNNELS_REQUEST__INIT;

    request.name = c->name;
    if (c->list.tunnels_n)
        request.after = c->list.tunnels[c->list.tunnels_n - 1]->name;
    request.parts = c->parts;
    request.summary = c->summary;
    ipc_call(c->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_IKE_LIST_TUNNELS, &request.base, c->deadline_ms,
             on_ike_page, c);
}

// NULL without memory: on_done has been called.
static struct collection *begin(struct ipc_node *node, const char *name, uint32_t deadline_ms, tunnel_list_fn *on_done,
                                void *arg)
{
    static const struct tunnel_list none = {.ike_code = CONNECT_RESOURCE_EXHAUSTED,
                                            .esp_code = CONNECT_RESOURCE_EXHAUSTED,
                                            .ike_text = "out of memory",
                                            .esp_text = "out of memory"};
    struct collection *c = calloc(1, sizeof(*c));

    if (c)
        c->name = strdup(name);
    if (!c || !c->name) {
        free(c);
        on_done(arg, &none);
        return NULL;
    }
    c->node = node;
    c->deadline_ms = deadline_ms;
    c->on_done = on_done;
    c->arg = arg;
    return c;
}

void tunnel_list_start(struct ipc_node *node, const char *name, uint32_t deadline_ms, tunnel_list_fn *on_done,
                       void *arg)
{
    struct collection *c = begin(node, name, deadline_ms, on_done, arg);

    if (c)
        ask_ike(c);
}

void tunnel_list_start_summary(struct ipc_node *node, uint32_t deadline_ms, tunnel_list_fn *on_done, void *arg)
{
    struct collection *c = begin(node, "", deadline_ms, on_done, arg);

    if (!c)
        return;
    c->summary = true;
    ask_ike(c);
}
