#include "ike-d/exch/mobike_initiator.h"

#include <stdlib.h>
#include <string.h>

#include "ike-d/exch/failure.h"
#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/mobike_addresses.h"
#include "ike-d/exch/mobike_message.h"
#include "ike-d/exch/nat_traversal.h"
#include "ike-d/exch/next_request.h"
#include "ike-d/exch/transmit.h"
#include "ike-d/sa/nat_keepalive.h"
#include "lib/core/log.h"

struct update_exchange {
    struct exchange base;
    struct endpoint local; // asked for
    struct endpoint remote;
    uint8_t cookie[MOBIKE_COOKIE_BYTES];
};

static void destroy(struct exchange *base)
{
    free(base);
}

static bool may_move(const struct ike_sa *sa)
{
    return sa->mobike && sa->mobike->decides && sa->tunnel && ike_sa_is_established(sa);
}

// The peer's address stays: what the CHILD_SAs send can go at once (RFC 4555 3.5).
static void leave_address(struct ike_sa *sa, const struct address *now)
{
    struct endpoint local = {.address = *now, .port = sa->local.port};
    bool others_wait = sa->mobike->moving;
    mobike_move_ike(sa, &local, &sa->remote);
    if (!others_wait) {
        mobike_move_children(sa);
    }
    sa->mobike->update_wanted = true;
}

// Is there another source now for what goes to the peer? An operator's own choice of address stays.
static bool has_left(const struct ike_sa *sa, struct address *ret_now)
{
    const struct ike_env *env = sa->core->env;
    return sa->tunnel && sa->tunnel->config->local.family == 0 &&
           env->find_local(env->arg, &sa->remote.address, ret_now) == 0 && !address_equal(ret_now, &sa->local.address);
}

static bool is_attempt(const struct ike_sa *sa)
{
    return sa->initiator && sa->state < IKE_SA_STATE_ESTABLISHED;
}

void mobike_initiator_review(struct ike_sa *sa)
{
    struct address now;
    if (!has_left(sa, &now)) {
        return;
    }
    if (is_attempt(sa)) {
        log_info("attempt_begins_anew", LOG_STR("tunnel", sa->tunnel->config->name));
        ike_sa_life_close(sa); // its tunnel calls again at once, from there
    } else if (may_move(sa)) {
        leave_address(sa, &now);
        transmit_hurry(sa);
        next_request_start(sa);
    }
}

void mobike_initiator_review_all(struct ike_core *core)
{
    for (struct tunnel *tunnel = core->tunnels; tunnel; tunnel = tunnel->next) {
        struct ike_sa *next;
        for (struct ike_sa *sa = tunnel->sas; sa; sa = next) {
            next = sa->tunnel_next;
            mobike_initiator_review(sa);
        }
    }
}

void mobike_initiator_on_again(void *arg)
{
    struct mobike *mobike = arg;
    mobike->update_wanted = true;
    next_request_start(mobike->sa);
}

static const struct address *address_of_turn(const struct mobike *mobike, uint8_t turn)
{
    return turn == 0 ? &mobike->first : &mobike->others[turn - 1];
}

// The peer's next address that there is a route to; its answer shows that it is there.
static void try_next_address(struct ike_sa *sa)
{
    const struct ike_env *env = sa->core->env;
    struct mobike *mobike = sa->mobike;
    for (uint8_t i = 1; i <= mobike->others_n; i++) {
        uint8_t turn = (uint8_t)((mobike->turn + i) % (mobike->others_n + 1));
        struct endpoint remote = {.address = *address_of_turn(mobike, turn), .port = IKE_NATT_PORT};
        struct endpoint local = {.address = sa->tunnel->config->local, .port = sa->local.port};
        bool fixed = local.address.family != 0;
        bool usable = fixed ? local.address.family == remote.address.family
                            : env->find_local(env->arg, &remote.address, &local.address) == 0;
        if (usable && !address_equal(&remote.address, &sa->remote.address)) {
            mobike->turn = turn;
            mobike_move_ike(sa, &local, &remote);
            mobike->update_wanted = true;
            return;
        }
    }
}

void mobike_initiator_on_silence(struct ike_sa *sa)
{
    struct address now;
    if (may_move(sa) && has_left(sa, &now)) {
        leave_address(sa, &now);
    } else if (may_move(sa) && sa->request.sends > IKE_MOBIKE_SENDS_FIRST) {
        try_next_address(sa);
    }
}

void mobike_initiator_hear(struct ike_sa *sa, const struct received *answer)
{
    if (may_move(sa) && sa->mobike->moving && !endpoint_equal(&answer->remote, &sa->remote)) {
        mobike_move_ike(sa, &answer->local, &answer->remote);
        sa->mobike->update_wanted = true;
    }
}

static void give_up(struct ike_sa *sa, struct tunnel_failure *failure)
{
    tunnel_set_failure(sa->tunnel, failure);
    ike_sa_life_delete(sa);
}

// The peer does not want us there (RFC 4555 3.5), or a NAT was found that may not be.
static bool is_refused(struct ike_sa *sa, const struct message *m)
{
    struct tunnel_failure failure;
    if (message_find_notify(m, NOTIFY_UNEXPECTED_NAT_DETECTED)) {
        failure_init(&failure, "UNEXPECTED_NAT_DETECTED", TUNNEL_SIDE_REMOTE);
        failure_set_cause(&failure, FAILURE_CAUSE_NAT_IN_BETWEEN);
        failure_say(&failure, "encapsulation is off, but there is a NAT on the way from the new address.");
    } else if (message_find_notify(m, NOTIFY_UNACCEPTABLE_ADDRESSES)) {
        failure_init(&failure, "UNACCEPTABLE_ADDRESSES", TUNNEL_SIDE_REMOTE);
        failure_say(&failure, "The peer does not accept the address that this gateway has now; its log may say more.");
    } else {
        return false;
    }
    give_up(sa, &failure);
    return true;
}

static void remember_how_seen(struct mobike *mobike, const struct message *m)
{
    const struct notify_payload *notify = message_find_notify(m, NOTIFY_NAT_DETECTION_DESTINATION_IP);
    mobike->seen_known = notify && notify->data.n == sizeof(mobike->seen);
    if (mobike->seen_known) {
        memcpy(mobike->seen, notify->data.p, sizeof(mobike->seen));
    }
}

static void finish_update(struct ike_sa *sa, const struct received *answer)
{
    struct tunnel_failure failure;
    nat_traversal_judge(sa, answer);
    if (!nat_traversal_is_allowed(sa, sa->tunnel->config, &failure)) {
        give_up(sa, &failure);
        return;
    }
    remember_how_seen(sa->mobike, answer->message);
    mobike_move_children(sa);
    nat_keepalive_review(sa);
    next_request_start(sa);
}

static void on_response(struct exchange *base, struct received **response)
{
    struct update_exchange *x = (struct update_exchange *)base;
    struct ike_sa *sa = base->sa;
    const struct message *m = (*response)->message;
    bool is_current = endpoint_equal(&x->local, &sa->local) && endpoint_equal(&x->remote, &sa->remote);
    bool is_true = mobike_message_has_cookie(m, x->cookie);
    exchange_drop(&sa->ours);
    if (!sa->tunnel) {
        return;
    }
    if (!is_true && !message_find_error(m)) { // RFC 4555 3.7
        log_warning("mobike_cookie", LOG_HEX64("spi_i", sa->spi_i), LOG_STR("tunnel", sa->tunnel->config->name));
        ike_sa_life_delete(sa);
    } else if (!is_current) { // gone on meanwhile
        sa->mobike->update_wanted = true;
        next_request_start(sa);
    } else if (message_find_notify(m, NOTIFY_TEMPORARY_FAILURE)) {
        deadline_set(&sa->core->deadlines, &sa->mobike->again, ike_core_now_ms(sa->core) + IKE_MOBIKE_AGAIN_MS);
        next_request_start(sa);
    } else if (!is_refused(sa, m)) {
        finish_update(sa, *response);
    }
}

void mobike_initiator_send_update(struct ike_sa *sa)
{
    struct draft draft;
    struct update_exchange *x = calloc(1, sizeof(*x));
    if (!x || random_fill(sa->core->env->random, x->cookie, sizeof(x->cookie)) < 0) {
        free(x);
        return; // due still
    }
    x->base = (struct exchange){.sa = sa, .on_response = on_response, .destroy = destroy};
    x->local = sa->local;
    x->remote = sa->remote;
    sa->mobike->update_wanted = false;
    transmit_begin_request(sa, EXCHANGE_INFORMATIONAL, &draft);
    message_put_status(&draft.mw, NOTIFY_UPDATE_SA_ADDRESSES, bytes_of(NULL, 0));
    message_put_status(&draft.mw, NOTIFY_COOKIE2, bytes_of(x->cookie, sizeof(x->cookie)));
    mobike_message_put_path(&draft.mw, sa);
    if (mobike_addresses_are_due(sa)) {
        mobike_addresses_put(&draft.mw, sa);
    }
    if (transmit_send_request(sa, &draft, EXCHANGE_INFORMATIONAL, &x->base) < 0) {
        free(x);
    }
}

void mobike_initiator_put_probe(struct message_writer *mw, const struct ike_sa *sa)
{
    if (sa->mobike && sa->mobike->decides && sa->esp.local_nat) {
        nat_traversal_put(mw, sa, &sa->local, &sa->remote);
    }
}

void mobike_initiator_hear_probe(struct ike_sa *sa, const struct received *answer)
{
    const struct notify_payload *notify = message_find_notify(answer->message, NOTIFY_NAT_DETECTION_DESTINATION_IP);
    struct mobike *mobike = sa->mobike;
    if (!may_move(sa) || !sa->esp.local_nat || !notify) {
        return;
    }
    // the first one may have changed already: before, nothing was known
    if (!mobike->seen_known || !bytes_equal(notify->data, bytes_of(mobike->seen, sizeof(mobike->seen)))) {
        log_info("nat_mapping_changed", LOG_STR("tunnel", sa->tunnel->config->name));
        mobike->update_wanted = true;
    }
}
