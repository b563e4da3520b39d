#include "api-d/expiring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bulkhead/internal/v1/api_pki.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/clock.h"
#include "lib/schema/wellknown.h"

#define CHECK_MS (60u * 60 * 1000)
// After pki-d has come back: it has other things to do at first.
#define SETTLE_MS 300u

typedef Bulkhead__V1__Certificate Certificate;

// Days left: an event at each of these, and one when it is over.
static const int thresholds[] = {30, 14, 7, 3, 1};

void expiring_ask(struct ipc_node *node, uint32_t deadline_ms, const char *page_token, ipc_result_fn *on_answer,
                  void *arg)
{
    Bulkhead__Internal__V1__PkiListCertificatesRequest message =
        BULKHEAD__INTERNAL__V1__PKI_LIST_CERTIFICATES_REQUEST__INIT;
    Bulkhead__V1__ListCertificatesRequest request = BULKHEAD__V1__LIST_CERTIFICATES_REQUEST__INIT;

    request.page_size = EXPIRING_MAX;
    request.expires_within_days = EXPIRING_DAYS;
    if (page_token)
        request.page_token = (char *)(uintptr_t)page_token; // protobuf-c knows no const
    message.request = &request;
    ipc_call(node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_PKI_LIST_CERTIFICATES, &message.base, deadline_ms, on_answer,
             arg);
}

const Bulkhead__V1__ListCertificatesResponse *expiring_answer(const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__PkiListCertificatesResponse *answer = (const void *)result->message;

    return result->error ? NULL : answer->response;
}

static bool is_over(const Certificate *c)
{
    return c->state == BULKHEAD__V1__CERTIFICATE_STATE__CERTIFICATE_STATE_EXPIRED;
}

bool expiring_concerns(const Certificate *c)
{
    return is_over(c) || c->state == BULKHEAD__V1__CERTIFICATE_STATE__CERTIFICATE_STATE_VALID;
}

char *expiring_describe(const Certificate *c, char *out, size_t size)
{
    const char *kind = c->is_authority ? "authority" : "certificate";
    char day[WELLKNOWN_TEXT_MAX] = "";

    if (!c->not_after || !wellknown_format_timestamp(c->not_after, day))
        day[0] = '\0';
    day[strcspn(day, "T")] = '\0';
    if (is_over(c))
        snprintf(out, size, "%s %s expired on %s", kind, c->name, day);
    else
        snprintf(out, size, "%s %s expires in %d days (on %s); bhctl pki cert renew %s", kind, c->name, c->days_left,
                 day, c->name);
    return out;
}

static unsigned stage_of(const Certificate *c)
{
    unsigned stage = 0;

    while (stage < sizeof(thresholds) / sizeof(thresholds[0]) && c->days_left <= thresholds[stage])
        stage++;
    return is_over(c) ? stage + 1 : stage;
}

static void add_event(struct expiring *expiring, const Certificate *c)
{
    Google__Protobuf__Timestamp now = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Bulkhead__V1__Event event = BULKHEAD__V1__EVENT__INIT;
    char message[256];

    now.seconds = (int64_t)clock_wall_s(&clock_system);
    event.time = &now;
    event.severity = is_over(c) ? BULKHEAD__V1__EVENT_SEVERITY__EVENT_SEVERITY_ERROR
                                : BULKHEAD__V1__EVENT_SEVERITY__EVENT_SEVERITY_WARNING;
    event.kind = (char *)(is_over(c) ? "certificate_expired" : "certificate_expires");
    event.message = expiring_describe(c, message, sizeof(message));
    events_add(expiring->events, &event);
}

static void list_done(struct expiring_list *list)
{
    free(list->told);
    *list = (struct expiring_list){0};
}

static unsigned told_stage(const struct expiring_list *list, const char *serial)
{
    for (size_t i = 0; i < list->n; i++)
        if (!strcmp(list->told[i].serial, serial))
            return list->told[i].stage;
    return 0;
}

static void look_at(struct expiring *expiring, const Certificate *c)
{
    struct expiring_told *longer, *told;

    if (!expiring_concerns(c) || c->days_left < -(int)EXPIRING_DAYS) // who does without it that long needs no word
        return;
    longer = reallocarray(expiring->now.told, expiring->now.n + 1, sizeof(*longer));
    if (!longer)
        return;
    expiring->now.told = longer;
    told = &longer[expiring->now.n++];
    *told = (struct expiring_told){.stage = stage_of(c)};
    snprintf(told->serial, sizeof(told->serial), "%s", c->serial);
    if (told->stage > told_stage(&expiring->last, told->serial))
        add_event(expiring, c);
}

static void on_answer(void *arg, const struct ipc_result *result)
{
    const Bulkhead__V1__ListCertificatesResponse *answer = expiring_answer(result);
    struct expiring *expiring = arg;

    expiring->asking = false;
    if (!expiring->started)
        return;
    for (size_t i = 0; answer && i < answer->n_certificates; i++)
        look_at(expiring, answer->certificates[i]);
    if (answer && *answer->next_page_token) {
        expiring->asking = true;
        expiring_ask(expiring->node, 0, answer->next_page_token, on_answer, expiring);
        return;
    }
    if (answer) {
        list_done(&expiring->last);
        expiring->last = expiring->now;
        expiring->now = (struct expiring_list){0};
    }
    list_done(&expiring->now);
}

static void on_timer(uv_timer_t *timer)
{
    struct expiring *expiring = timer->data;

    if (expiring->asking || !ipc_node_is_up(expiring->node, ROLE_PKI))
        return;
    expiring->asking = true;
    expiring_ask(expiring->node, 0, NULL, on_answer, expiring);
}

void expiring_start(struct expiring *expiring, struct ipc_node *node, struct events *events, uv_loop_t *loop)
{
    *expiring = (struct expiring){.node = node, .events = events, .started = true};
    uv_timer_init(loop, &expiring->timer);
    expiring->timer.data = expiring;
    uv_timer_start(&expiring->timer, on_timer, SETTLE_MS, CHECK_MS);
}

void expiring_on_peer(struct expiring *expiring, enum role role, bool up)
{
    if (expiring->started && role == ROLE_PKI && up)
        uv_timer_start(&expiring->timer, on_timer, SETTLE_MS, CHECK_MS);
}

void expiring_stop(struct expiring *expiring)
{
    if (!expiring->started)
        return;
    expiring->started = false;
    uv_close((uv_handle_t *)&expiring->timer, NULL);
    list_done(&expiring->last);
    list_done(&expiring->now);
}
