#include "ike-d/link/policy_pages.h"

#include <errno.h>
#include <stdlib.h>

#include "bulkhead/internal/v1/ike_esp.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "ike-d/link/ike.h"
#include "ike-d/sa/tunnel.h"
#include "lib/core/log.h"
#include "lib/ipc/edge_message.h"

// Policies in a page; each takes less than 200 bytes of a frame's 64 KiB.
#define POLICIES_PER_PAGE 256u
// On their way at a time: a quarter of what the edge's queue takes. What is called for behind them comes after them.
#define PAGES_AT_A_TIME 16u

struct policy_page {
    Bulkhead__Internal__V1__EspSetPoliciesRequest request;
    Bulkhead__Internal__V1__EspPolicy policy[POLICIES_PER_PAGE];
    Bulkhead__Internal__V1__EspPolicy *list[POLICIES_PER_PAGE];
    selector_message selector[2 * POLICIES_PER_PAGE];
    unsigned n;
};

// A page that is on its way.
struct page_call {
    struct ike *ike;
    uint64_t generation;
};

static Bulkhead__Internal__V1__EspPolicyAction action_of(enum tunnel_action action)
{
    switch (action) {
    case TUNNEL_ACTION_BYPASS:
        return BULKHEAD__INTERNAL__V1__ESP_POLICY_ACTION__ESP_POLICY_ACTION_BYPASS;
    case TUNNEL_ACTION_DISCARD:
        return BULKHEAD__INTERNAL__V1__ESP_POLICY_ACTION__ESP_POLICY_ACTION_DISCARD;
    default:
        return BULKHEAD__INTERNAL__V1__ESP_POLICY_ACTION__ESP_POLICY_ACTION_PROTECT;
    }
}

static void put_policy(struct policy_page *page, const struct tunnel_config *config, unsigned i)
{
    enum tunnel_action action;
    const struct selector_pair *pair = tunnel_config_policy(config, i, &action);
    Bulkhead__Internal__V1__EspPolicy *out = &page->policy[page->n];
    selector_message *selector = &page->selector[2 * page->n];
    bulkhead__internal__v1__esp_policy__init(out);
    edge_message_put_selector(&pair->local, &selector[0]);
    edge_message_put_selector(&pair->remote, &selector[1]);
    out->tunnel = (char *)(uintptr_t)config->name;
    out->local = &selector[0];
    out->remote = &selector[1];
    out->action = action_of(action);
    page->list[page->n++] = out;
}

// The page behind the first `skip` policies. Whether it is the last one.
static bool fill_page(const struct ike *ike, size_t skip, struct policy_page *page)
{
    for (const struct tunnel *tunnel = ike->core.tunnels; tunnel; tunnel = tunnel->next) {
        const struct tunnel_config *config = tunnel->config;
        if (skip >= config->policies_n) {
            skip -= config->policies_n;
            continue;
        }
        for (unsigned i = (unsigned)skip; i < config->policies_n; i++) {
            if (page->n == POLICIES_PER_PAGE) {
                return false;
            }
            put_policy(page, config, i);
        }
        skip = 0;
    }
    return true;
}

static void on_page_taken(void *arg, const struct ipc_result *result);

// 0, -ENOMEM.
static int send_page(struct ike *ike)
{
    struct policy_pages *pages = &ike->esp.policies;
    struct policy_page *page = calloc(1, sizeof(*page));
    struct page_call *call = malloc(sizeof(*call));
    if (!page || !call) {
        free(page);
        free(call);
        return -ENOMEM;
    }
    *call = (struct page_call){ike, pages->generation};
    pages->done = fill_page(ike, pages->sent, page);
    pages->sent += page->n;
    bulkhead__internal__v1__esp_set_policies_request__init(&page->request);
    page->request.generation = pages->generation;
    page->request.last = pages->done;
    page->request.n_policies = page->n;
    page->request.policies = page->list;
    (void)ipc_call(ike->daemon->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_ESP_SET_POLICIES, &page->request.base, 0,
                   on_page_taken, call);
    free(page);
    return 0;
}

static void send_pages(struct ike *ike, unsigned n)
{
    struct policy_pages *pages = &ike->esp.policies;
    while (n-- > 0 && !pages->done) {
        if (send_page(ike) < 0) {
            log_error("policies_not_set", LOG_ERRNO(ENOMEM));
            pages->done = true;
        }
    }
}

static void on_page_taken(void *arg, const struct ipc_result *result)
{
    struct page_call call = *(struct page_call *)arg;
    struct policy_pages *pages = &call.ike->esp.policies;
    free(arg);
    if (result->error) {
        log_error("policies_not_set", LOG_STR("error", result->text));
    }
    if (call.generation != pages->generation) {
        return;
    }
    if (result->error) {
        pages->done = true;
    }
    send_pages(call.ike, 1);
}

void policy_pages_send(struct ike *ike)
{
    struct policy_pages *pages = &ike->esp.policies;
    *pages = (struct policy_pages){.generation = pages->generation + 1};
    send_pages(ike, PAGES_AT_A_TIME);
}
