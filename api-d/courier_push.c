#include "api-d/courier_push.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bulkhead/internal/v1/api_pki.pb-c.h"
#include "bulkhead/internal/v1/courier.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/net/url.h"

#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name
#define RETRY_MS     500u
// So that a page fits a frame: URLs may be long, names are short.
#define LIST_PAGE    50u
#define URLS_A_PAGE  20u
#define NAMES_A_PAGE 200u

static void begin(struct courier_push *push);

static void list_clear(struct courier_push_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->texts[i]);
    free(list->texts);
    *list = (struct courier_push_list){0};
}

static bool list_has(const struct courier_push_list *list, const char *text)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->texts[i], text) == 0)
            return true;
    return false;
}

static int list_add(struct courier_push_list *list, const char *text)
{
    char **grown, *copy;

    if (list_has(list, text))
        return 0;
    grown = realloc(list->texts, (list->n + 1) * sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    list->texts = grown;
    copy = strdup(text);
    if (!copy)
        return -ENOMEM;
    grown[list->n++] = copy;
    return 0;
}

static void forget(struct courier_push *push)
{
    list_clear(&push->urls);
    list_clear(&push->own_network_urls);
    list_clear(&push->authorities);
    free(push->page_token);
    push->page_token = NULL;
}

static void on_retry(uv_timer_t *timer)
{
    begin(timer->data);
}

// Tried again after a while, as long as both are there.
static void fail(struct courier_push *push, const char *text)
{
    push->call = 0;
    forget(push);
    if (push->failures++ == 0)
        log_warning("configure_failed", LOG_STR("daemon", "courier"), LOG_STR("reason", text));
    uv_timer_start(&push->retry, on_retry, RETRY_MS << (push->failures < 5 ? push->failures : 5), 0);
}

static void end(struct courier_push *push)
{
    log_info("configured", LOG_STR("daemon", "courier"), LOG_UINT("generation", push->generation),
             LOG_UINT("urls", push->urls.n), LOG_UINT("authorities", push->authorities.n));
    push->failures = 0;
    forget(push);
    if (push->again)
        begin(push);
}

// ---- second half: to the courier

static void send_page(struct courier_push *push);

static void on_taken(void *arg, const struct ipc_result *result)
{
    struct courier_push *push = arg;

    push->call = 0;
    if (result->error)
        fail(push, result->text);
    else if (push->urls.sent == push->urls.n && push->authorities.sent == push->authorities.n &&
             push->own_network_urls.sent == push->own_network_urls.n)
        end(push);
    else
        send_page(push);
}

static char **take(struct courier_push_list *list, size_t max, size_t *ret_n)
{
    char **texts = list->texts + list->sent;

    *ret_n = list->n - list->sent < max ? list->n - list->sent : max;
    list->sent += *ret_n;
    return *ret_n ? texts : NULL;
}

static void send_page(struct courier_push *push)
{
    Bulkhead__Internal__V1__CourierConfigureRequest page = BULKHEAD__INTERNAL__V1__COURIER_CONFIGURE_REQUEST__INIT;

    page.generation = push->generation;
    page.urls = take(&push->urls, URLS_A_PAGE, &page.n_urls);
    page.own_network_urls = take(&push->own_network_urls, URLS_A_PAGE, &page.n_own_network_urls);
    page.authorities = take(&push->authorities, NAMES_A_PAGE, &page.n_authorities);
    page.last = push->urls.sent == push->urls.n && push->authorities.sent == push->authorities.n &&
                push->own_network_urls.sent == push->own_network_urls.n;
    push->call = ipc_call(push->node, METHOD(COURIER_CONFIGURE), &page.base, 0, on_taken, push);
}

static int take_own_network_urls(struct courier_push *push)
{
    const Bulkhead__V1__Config *config = push->apply->current ? desired_state_open(push->apply->current) : NULL;
    const Bulkhead__V1__CertificateChecks *checks = config ? config->certificate_checks : NULL;
    int r = config ? 0 : -ENOMEM;

    for (size_t i = 0; checks && i < checks->n_own_network_urls && r == 0; i++)
        r = list_add(&push->own_network_urls, checks->own_network_urls[i]);
    if (config)
        desired_state_close(push->apply->current);
    return r;
}

// ---- first half: from pki-d

static int add_urls(struct courier_push *push, char *const *urls, size_t n)
{
    struct url url;
    int r = 0;

    for (size_t i = 0; i < n && r == 0; i++)
        if (url_parse(urls[i], &url) == 0) // others, as ldap, are never fetched
            r = list_add(&push->urls, urls[i]);
    return r;
}

// Of its own authorities pki-d knows the status itself; they are served, and others' are asked for.
static int add_authority(struct courier_push *push, const Bulkhead__V1__Certificate *authority)
{
    int r;

    if (authority->has_key)
        return list_add(&push->authorities, authority->name);
    r = add_urls(push, authority->crl_urls, authority->n_crl_urls);
    return r < 0 ? r : add_urls(push, authority->ocsp_urls, authority->n_ocsp_urls);
}

static void ask_page(struct courier_push *push);

static void on_listed(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__PkiListCertificatesResponse *answer = (const void *)result->message;
    const Bulkhead__V1__ListCertificatesResponse *page = result->error ? NULL : answer->response;
    struct courier_push *push = arg;
    int r = 0;

    push->call = 0;
    if (!page) {
        fail(push, result->error ? result->text : "pki-d answers nothing");
        return;
    }
    for (size_t i = 0; i < page->n_certificates && r == 0; i++)
        r = add_authority(push, page->certificates[i]);
    free(push->page_token);
    push->page_token = *page->next_page_token ? strdup(page->next_page_token) : NULL;
    if (r == 0 && *page->next_page_token && !push->page_token)
        r = -ENOMEM;
    if (r == 0 && !push->page_token)
        r = take_own_network_urls(push);
    if (r < 0)
        fail(push, "out of memory");
    else if (push->page_token)
        ask_page(push);
    else
        send_page(push);
}

static void ask_page(struct courier_push *push)
{
    Bulkhead__Internal__V1__PkiListCertificatesRequest message =
        BULKHEAD__INTERNAL__V1__PKI_LIST_CERTIFICATES_REQUEST__INIT;
    Bulkhead__V1__ListCertificatesRequest request = BULKHEAD__V1__LIST_CERTIFICATES_REQUEST__INIT;

    request.page_size = LIST_PAGE;
    request.authorities = true;
    if (push->page_token)
        request.page_token = push->page_token;
    message.request = &request;
    push->call = ipc_call(push->node, METHOD(PKI_LIST_CERTIFICATES), &message.base, 0, on_listed, push);
}

static void begin(struct courier_push *push)
{
    push->again = false;
    uv_timer_stop(&push->retry);
    if (!ipc_node_is_up(push->node, ROLE_COURIER) || !ipc_node_is_up(push->node, ROLE_PKI))
        return; // on_peer begins
    push->generation++;
    ask_page(push);
}

void courier_push_init(struct courier_push *push, struct ipc_node *node, struct apply *apply, uv_loop_t *loop)
{
    *push = (struct courier_push){.node = node, .apply = apply, .started = true};
    push->generation = clock_wall_s(&clock_system) << 20; // above those of an earlier life
    uv_timer_init(loop, &push->retry);
    push->retry.data = push;
    begin(push);
}

void courier_push_refresh(struct courier_push *push)
{
    if (push->call)
        push->again = true;
    else if (push->started)
        begin(push);
}

void courier_push_on_peer(struct courier_push *push, enum role role, bool up)
{
    if ((role == ROLE_COURIER || role == ROLE_PKI) && up)
        courier_push_refresh(push);
}

void courier_push_stop(struct courier_push *push)
{
    if (!push->started)
        return;
    push->started = false;
    if (push->call)
        ipc_call_cancel(push->node, push->call);
    push->call = 0;
    forget(push);
    uv_close((uv_handle_t *)&push->retry, NULL);
}
