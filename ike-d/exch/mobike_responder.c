#include "ike-d/exch/mobike_responder.h"

#include <stdlib.h>

#include "ike-d/exch/failure.h"
#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/mobike_message.h"
#include "ike-d/exch/nat_traversal.h"
#include "ike-d/exch/next_request.h"
#include "ike-d/exch/transmit.h"
#include "ike-d/sa/nat_keepalive.h"
#include "lib/core/log.h"

struct check_exchange {
    struct exchange base;
    struct endpoint remote; // that is checked
    uint8_t cookie[MOBIKE_COOKIE_BYTES];
};

static void destroy(struct exchange *base)
{
    free(base);
}

static void on_response(struct exchange *base, struct received **response)
{
    struct check_exchange *x = (struct check_exchange *)base;
    struct ike_sa *sa = base->sa;
    bool is_true = mobike_message_has_cookie((*response)->message, x->cookie);
    bool is_current = endpoint_equal(&x->remote, &sa->remote);
    exchange_drop(&sa->ours);
    if (!is_true) { // RFC 4555 3.7
        log_warning("mobike_cookie", LOG_HEX64("spi_i", sa->spi_i));
        ike_sa_life_delete(sa);
        return;
    }
    if (is_current) {
        mobike_move_children(sa);
    } else {
        sa->mobike->check_wanted = true;
    }
    next_request_start(sa);
}

void mobike_responder_send_check(struct ike_sa *sa)
{
    struct draft draft;
    struct check_exchange *x = calloc(1, sizeof(*x));
    if (!x || random_fill(sa->core->env->random, x->cookie, sizeof(x->cookie)) < 0) {
        free(x);
        return; // due still
    }
    x->base = (struct exchange){.sa = sa, .on_response = on_response, .destroy = destroy};
    x->remote = sa->remote;
    sa->mobike->check_wanted = false;
    transmit_begin_request(sa, EXCHANGE_INFORMATIONAL, &draft);
    message_put_status(&draft.mw, NOTIFY_COOKIE2, bytes_of(x->cookie, sizeof(x->cookie)));
    if (transmit_send_request(sa, &draft, EXCHANGE_INFORMATIONAL, &x->base) < 0) {
        free(x);
    }
}

// What became of an UPDATE_SA_ADDRESSES: a notify of refusal, or NONE.
static enum notify_type update(struct ike_sa *sa, const struct received *request)
{
    struct tunnel_failure failure;
    bool same = endpoint_equal(&sa->local, &request->local) && endpoint_equal(&sa->remote, &request->remote);
    if (!mobike_message_passed_no_nat(request)) { // RFC 4555 3.9
        return NOTIFY_UNEXPECTED_NAT_DETECTED;
    }
    nat_traversal_judge(sa, request);
    if (!sa->tunnel || !nat_traversal_is_allowed(sa, sa->tunnel->config, &failure)) {
        return NOTIFY_UNACCEPTABLE_ADDRESSES;
    }
    if (!same) {
        mobike_move_ike(sa, &request->local, &request->remote);
    }
    sa->mobike->check_wanted = true; // also when nothing has changed: esp-d may have followed somebody
    transmit_hurry(sa);
    nat_keepalive_review(sa);
    return NOTIFY_NONE;
}

static void put_nat_detection(struct message_writer *mw, const struct ike_sa *sa, const struct received *request)
{
    if (message_find_notify(request->message, NOTIFY_NAT_DETECTION_SOURCE_IP)) {
        nat_traversal_put(mw, sa, &request->local, &request->remote);
    }
}

void mobike_responder_answer(struct ike_sa *sa, const struct received *request, struct message_writer *mw)
{
    const struct message *m = request->message;
    const struct notify_payload *cookie = message_find_notify(m, NOTIFY_COOKIE2);
    enum notify_type refusal = NOTIFY_NONE;
    if (!sa->mobike) {
        if (ike_sa_has_mobike(sa) && message_find_notify(m, NOTIFY_UPDATE_SA_ADDRESSES)) {
            // of a rekey whose collision is not settled yet: it has no CHILD_SAs that could move
            message_put_status(mw, NOTIFY_TEMPORARY_FAILURE, bytes_of(NULL, 0));
        }
        return;
    }
    mobike_message_take_addresses(sa, m);
    if (message_find_notify(m, NOTIFY_UPDATE_SA_ADDRESSES) && !sa->mobike->decides && ike_sa_is_established(sa)) {
        refusal = update(sa, request);
    }
    if (refusal != NOTIFY_NONE) {
        log_warning("mobike_refused", LOG_HEX64("spi_i", sa->spi_i), LOG_STR("notify", notify_name((uint16_t)refusal)));
        message_put_status(mw, refusal, bytes_of(NULL, 0));
    }
    if (cookie && cookie->data.n >= 8 && cookie->data.n <= 64) { // RFC 4555 4.2.5
        message_put_status(mw, NOTIFY_COOKIE2, cookie->data);
    }
    put_nat_detection(mw, sa, request);
}
