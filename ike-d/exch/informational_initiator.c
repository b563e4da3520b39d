#include "ike-d/exch/informational_initiator.h"

#include <stdlib.h>

#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/mobike_initiator.h"
#include "ike-d/exch/next_request.h"
#include "ike-d/exch/transmit.h"
#include "ike-d/exch/tunnel_driver.h"

static void destroy(struct exchange *base)
{
    free(base);
}

static void send_with(struct ike_sa *sa, struct draft *draft,
                      void (*on_response)(struct exchange *x, struct received **response))
{
    struct exchange *x = calloc(1, sizeof(*x));
    if (!x) {
        return; // due still; tried again at the next occasion
    }
    *x = (struct exchange){.sa = sa, .on_response = on_response, .destroy = destroy};
    if (transmit_send_request(sa, draft, EXCHANGE_INFORMATIONAL, x) < 0) {
        free(x);
    }
}

static void on_probe_answer(struct exchange *x, struct received **response)
{
    struct ike_sa *sa = x->sa;
    exchange_drop(&sa->ours);
    mobike_initiator_hear_probe(sa, *response);
    next_request_start(sa);
}

bool informational_is_probe(const struct exchange *x)
{
    return x && x->on_response == on_probe_answer;
}

void informational_send_probe(struct ike_sa *sa)
{
    struct draft draft;
    sa->probe_wanted = false;
    transmit_begin_request(sa, EXCHANGE_INFORMATIONAL, &draft);
    mobike_initiator_put_probe(&draft.mw, sa);
    send_with(sa, &draft, on_probe_answer);
}

static void on_children_deleted(struct exchange *x, struct received **response)
{
    struct ike_sa *sa = x->sa;
    (void)response;
    exchange_drop(&sa->ours);
    struct child_sa *child;
    while ((child = child_sa_find_state(sa, CHILD_SA_STATE_DELETING))) {
        child_sa_free(child);
    }
    if (sa->tunnel) {
        tunnel_driver_review(sa->tunnel);
    }
    next_request_start(sa);
}

void informational_send_delete_children(struct ike_sa *sa)
{
    uint32_t spis[IKE_CHILDREN_MAX];
    uint16_t n = 0;
    struct draft draft;
    for (struct child_sa *child = sa->children; child && n < IKE_CHILDREN_MAX; child = child->next) {
        if (child->delete_wanted && child->state != CHILD_SA_STATE_DELETING) {
            spis[n++] = child->spi_in;
            if (child->has_successor) {
                child_sa_silence(child);
            } else {
                child_sa_uninstall(child);
            }
            child_sa_set_state(child, CHILD_SA_STATE_DELETING);
        }
    }
    transmit_begin_request(sa, EXCHANGE_INFORMATIONAL, &draft);
    message_put_delete_esp(&draft.mw, spis, n);
    send_with(sa, &draft, on_children_deleted);
}

static void on_ike_deleted(struct exchange *x, struct received **response)
{
    (void)response;
    ike_sa_life_close(x->sa);
}

void informational_send_delete_ike(struct ike_sa *sa)
{
    struct draft draft;
    sa->delete_wanted = false;
    transmit_begin_request(sa, EXCHANGE_INFORMATIONAL, &draft);
    if (sa->auth_failed) {
        message_put_status(&draft.mw, NOTIFY_AUTHENTICATION_FAILED, bytes_of(NULL, 0));
    }
    message_put_delete_ike(&draft.mw);
    send_with(sa, &draft, on_ike_deleted);
}
