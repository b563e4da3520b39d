// Whatever arrives at fw-d's edge: an intent is refused, or becomes layers that decide like the list, and a
// transaction.
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "fw-d/connected.h"
#include "fw-d/fw_limits.h"
#include "fw-d/intent.h"
#include "fw-d/layers.h"
#include "fw-d/table.h"
#include "tests/unit/fw-d/search.h"

// Comparing is quadratic where everything overlaps.
#define POLICIES_MOST 300

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_decision(const struct layers *layers, const struct policy *policies, size_t n, const struct policy *p)
{
    struct flow flow = {.local = p->local.range.end,
                        .remote = p->remote.range.start,
                        .protocol = p->local.protocol ? p->local.protocol : IPPROTO_GRE,
                        .local_port = p->local.start_port,
                        .remote_port = p->remote.protocol ? p->remote.end_port : 0};
    const struct policy *expected = search_policies(policies, n, &flow), *found = search_layers(layers, &flow);

    if (!expected != !found || (found && found->action != expected->action))
        abort();
}

// masked_min as fw-d has it, or so that small lists get layers with masks, too.
static void compile(const struct policy *policies, size_t n, const struct tunnel_names *tunnels, size_t masked_min)
{
    const struct layers raw = {.is_raw = true};
    const struct table_courier courier = {
        .uid = 59309, .listeners = {{.address = {.family = 4}, .port = 80}}, .listeners_n = 1};
    struct table_config config = {
        .flags = TABLE_OWNED, .tun = "bulkhead0", .letter = SET_LETTER_FIRST, .courier = &courier};
    struct layers *layers;
    struct batch *batch;
    size_t culprit;

    if (layers_compile(policies, n, masked_min, &layers, &culprit) < 0)
        return;
    for (size_t i = 0; i < n; i++)
        check_decision(layers, policies, n, &policies[i]);
    config.layers = layers;
    config.tunnels = tunnels;
    config.raw = &raw;
    batch = batch_new(1);
    if (batch) {
        table_build_maps(batch, &config);
        table_build_rules(batch, &config);
        if (batch_finish(batch) < 0)
            abort();
    }
    batch_free(batch);
    layers_free(layers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Bulkhead__Internal__V1__FwConfigureRequest *page =
        bulkhead__internal__v1__fw_configure_request__unpack(NULL, size, data);
    struct connected connected = {0};
    struct intent intent = {0};
    char error[INTENT_ERROR_MAX];
    struct range network;
    struct policy *policies;
    size_t n;

    if (!page)
        return 0;
    if (page->n_policies <= POLICIES_MOST && intent_add_page(&intent, page, error) == 0 &&
        range_parse("10.1.0.0/24", &network) == 0 && connected_add(&connected, &network) == 0 &&
        connected_apply(&connected, intent.policies, intent.n, &policies, &n) == 0) {
        compile(policies, n, &intent.tunnels, FW_MASKED_MIN);
        compile(policies, n, &intent.tunnels, 2);
        free(policies);
    }
    connected_done(&connected);
    intent_done(&intent);
    bulkhead__internal__v1__fw_configure_request__free_unpacked(page, NULL);
    return 0;
}
