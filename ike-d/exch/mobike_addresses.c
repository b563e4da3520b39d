#include "ike-d/exch/mobike_addresses.h"

#include <stdlib.h>

#include "ike-d/exch/next_request.h"
#include "ike-d/exch/transmit.h"
#include "ike-d/sa/mobike.h"
#include "ike-d/sa/own_addresses.h"
#include "ike-d/sa/tunnel.h"

void mobike_addresses_put(struct message_writer *mw, struct ike_sa *sa)
{
    struct address list[IKE_MOBIKE_ADDRESSES_MAX];
    unsigned n = own_addresses_for(sa, list);
    for (unsigned i = 0; i < n; i++) {
        enum notify_type type = list[i].family == 4 ? NOTIFY_ADDITIONAL_IP4_ADDRESS : NOTIFY_ADDITIONAL_IP6_ADDRESS;
        message_put_status(mw, type, address_view(&list[i]));
    }
    if (n == 0) {
        message_put_status(mw, NOTIFY_NO_ADDITIONAL_ADDRESSES, bytes_of(NULL, 0));
    }
    sa->told_addresses = sa->core->own.version;
    if (sa->mobike) {
        sa->mobike->told_local = sa->local.address;
    }
}

bool mobike_addresses_are_due(const struct ike_sa *sa)
{
    // where the operator has chosen the address, there is nothing to be told that could change
    return sa->mobike && sa->tunnel && ike_sa_is_established(sa) && sa->tunnel->config->local.family == 0 &&
           (sa->told_addresses != sa->core->own.version || !address_equal(&sa->mobike->told_local, &sa->local.address));
}

static void destroy(struct exchange *base)
{
    free(base);
}

static void on_response(struct exchange *x, struct received **response)
{
    struct ike_sa *sa = x->sa;
    (void)response;
    exchange_drop(&sa->ours);
    next_request_start(sa);
}

void mobike_addresses_send(struct ike_sa *sa)
{
    struct draft draft;
    struct exchange *x = calloc(1, sizeof(*x));
    if (!x) {
        return; // due still
    }
    *x = (struct exchange){.sa = sa, .on_response = on_response, .destroy = destroy};
    transmit_begin_request(sa, EXCHANGE_INFORMATIONAL, &draft);
    mobike_addresses_put(&draft.mw, sa);
    if (transmit_send_request(sa, &draft, EXCHANGE_INFORMATIONAL, x) < 0) {
        free(x);
    }
}

void mobike_addresses_review(struct ike_core *core)
{
    if (!own_addresses_read(core)) {
        return;
    }
    for (struct tunnel *tunnel = core->tunnels; tunnel; tunnel = tunnel->next) {
        struct ike_sa *next;
        for (struct ike_sa *sa = tunnel->sas; sa; sa = next) {
            next = sa->tunnel_next;
            if (mobike_addresses_are_due(sa)) {
                next_request_start(sa);
            }
        }
    }
}
