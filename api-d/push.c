#include "api-d/push.h"

#include <stdio.h>

#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/priv/roles.h"

#define RETRY_MS 1000u

struct push_kind {
    enum role role;
    uint32_t method;
    intent_page_fn *page;
};

static const struct push_kind kinds[PUSH_TARGETS] = {
    [PUSH_FW] = {ROLE_FW, BULKHEAD__INTERNAL__V1__METHOD__METHOD_FW_CONFIGURE, intent_page_for_fw},
    [PUSH_PKI] = {ROLE_PKI, BULKHEAD__INTERNAL__V1__METHOD__METHOD_PKI_BIND_TUNNELS, intent_page_for_pki},
    [PUSH_IKE] = {ROLE_IKE, BULKHEAD__INTERNAL__V1__METHOD__METHOD_IKE_CONFIGURE, intent_page_for_ike},
};

static void advance(struct push *push);

static void on_retry(uv_timer_t *timer)
{
    advance(timer->data);
}

static void fail(struct push_link *link, enum connect_code code, const char *text)
{
    struct push *push = link->push;
    const char *name = role_name(link->kind->role);
    char line[640];

    snprintf(line, sizeof(line), "%s: %s", name, text);
    log_warning("configure_failed", LOG_STR("daemon", name), LOG_STR("reason", text));
    uv_timer_start(&push->retry, on_retry, RETRY_MS, 0);
    push->config.on_failed(push->config.arg, code, line);
}

static void send_page(struct push_link *link);

static void on_result(void *arg, const struct ipc_result *result)
{
    struct push_link *link = arg;
    struct push *push = link->push;

    link->call = 0;
    if (result->error) {
        link->cursor = (struct intent_cursor){0};
        fail(link, connect_code_from_ipc(result->error), result->text);
        return;
    }
    if (!link->cursor.last) {
        send_page(link);
        return;
    }
    link->confirmed = push->generation;
    link->ever = push->generation;
    log_info("configured", LOG_STR("daemon", role_name(link->kind->role)), LOG_UINT("generation", push->generation));
    advance(push);
}

static bool open_desired(struct push *push)
{
    if (!push->open)
        push->open = desired_state_open(push->desired) != NULL;
    return push->open;
}

static void close_desired(struct push *push)
{
    if (push->open)
        desired_state_close(push->desired);
    push->open = false;
}

static void send_page(struct push_link *link)
{
    struct push *push = link->push;
    struct intent_page *page = NULL;

    if (open_desired(push))
        page = link->kind->page(push->desired->config, push->generation, &link->cursor);
    if (!page) {
        link->cursor = (struct intent_cursor){0};
        fail(link, CONNECT_INTERNAL, "the configuration can't be sent");
        return;
    }
    link->call = ipc_call(push->config.node, link->kind->method, page->message, 0, on_result, link);
    intent_page_free(page);
}

// Begins what may begin now: a daemon gets its first page when it is there and those before it have (or had, in an
// earlier life) taken this generation.
static void advance(struct push *push)
{
    bool all = true;

    if (!push->desired)
        return;
    for (unsigned i = 0; i < PUSH_TARGETS; i++) {
        struct push_link *link = &push->links[i];

        if (link->confirmed != push->generation && !link->call && ipc_node_is_up(push->config.node, link->kind->role)) {
            link->cursor = (struct intent_cursor){0};
            send_page(link);
        }
        all = all && link->confirmed == push->generation;
        if (link->ever != push->generation)
            return;
    }
    if (all)
        close_desired(push);
    if (all && !push->settled) {
        push->settled = true;
        push->config.on_settled(push->config.arg);
    }
}

void push_init(struct push *push, const struct push_config *config)
{
    *push = (struct push){.config = *config};
    push->generation = clock_wall_s(&clock_system) << 20; // above those of an earlier life
    for (unsigned i = 0; i < PUSH_TARGETS; i++) {
        push->links[i].push = push;
        push->links[i].kind = &kinds[i];
    }
    uv_timer_init(config->loop, &push->retry);
    push->retry.data = push;
}

void push_set(struct push *push, struct desired_state *desired)
{
    close_desired(push);
    push->desired = desired;
    push->generation++;
    push->settled = false;
    for (unsigned i = 0; i < PUSH_TARGETS; i++) {
        struct push_link *link = &push->links[i];

        if (link->call)
            ipc_call_cancel(push->config.node, link->call);
        link->call = 0;
    }
    advance(push);
}

void push_on_peer(struct push *push, enum role role, bool up)
{
    struct push_link *link = NULL;
    char text[64];

    for (unsigned i = 0; i < PUSH_TARGETS; i++)
        if (push->links[i].kind->role == role)
            link = &push->links[i];
    if (!link)
        return;
    link->confirmed = 0;
    if (up) {
        advance(push);
    } else if (!push->settled && push->desired) {
        snprintf(text, sizeof(text), "%s went away", role_name(role));
        push->config.on_failed(push->config.arg, CONNECT_UNAVAILABLE, text);
    }
}

const char *push_find_absent(const struct push *push)
{
    for (unsigned i = 0; i < PUSH_TARGETS; i++)
        if (!ipc_node_is_up(push->config.node, push->links[i].kind->role))
            return role_name(push->links[i].kind->role);
    return NULL;
}

void push_stop(struct push *push)
{
    close_desired(push);
    push->desired = NULL;
    uv_close((uv_handle_t *)&push->retry, NULL);
}
