#include "ike-d/exch/informational_responder.h"

#include "ike-d/exch/collision.h"
#include "ike-d/exch/failure.h"
#include "ike-d/exch/ike_rekey.h"
#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/peer_loss.h"
#include "ike-d/exch/reauthentication.h"
#include "ike-d/exch/mobike_responder.h"
#include "ike-d/exch/next_request.h"
#include "ike-d/exch/transmit.h"
#include "ike-d/exch/tunnel_driver.h"
#include "lib/core/log.h"

struct deletions {
    bool ike;
    uint32_t spi_in[IKE_CHILDREN_MAX]; // ours of the deleted pairs, for the answer
    uint16_t n;
};

// RFC 7296 1.4.1: the answer names our half of each pair, but not of pairs whose deletion we began ourselves.
static void delete_children(struct ike_sa *sa, const struct delete_payload *del, struct deletions *done)
{
    for (unsigned i = 0; i < del->n; i++) {
        struct child_sa *child = child_sa_find_out(sa, delete_payload_spi(del, i));
        if (!child) {
            collision_note_stillborn(sa, delete_payload_spi(del, i));
            continue;
        }
        if (child->state != CHILD_SA_STATE_DELETING && done->n < IKE_CHILDREN_MAX) {
            done->spi_in[done->n++] = child->spi_in;
        }
        if (child->state == CHILD_SA_STATE_DELETING) {
            child_sa_uninstall(child); // it goes when our own DELETE is answered
        } else {
            collision_on_child_deleted(child);
            child_sa_free(child);
        }
    }
}

static void apply_deletes(struct ike_sa *sa, const struct message *m, struct deletions *done)
{
    for (unsigned i = 0; i < m->delete_n; i++) {
        const struct delete_payload *del = &m->del[i];
        if (del->protocol == PROPOSAL_IKE) {
            done->ike = true;
        } else if (del->protocol == PROPOSAL_ESP) {
            delete_children(sa, del, done);
        }
    }
}

static void send_answer(struct ike_sa *sa, const struct received *request, const struct deletions *done)
{
    struct draft draft;
    transmit_begin_answer(sa, EXCHANGE_INFORMATIONAL, &draft);
    if (done->n && !done->ike) {
        message_put_delete_esp(&draft.mw, done->spi_in, done->n);
    }
    mobike_responder_answer(sa, request, &draft.mw);
    (void)transmit_send_answer_to(sa, request, &draft);
}

// RFC 7296 2.21.2: the initiator could not accept our AUTH, though we accepted its.
static bool has_rejected_us(struct ike_sa *sa, const struct message *m)
{
    const struct notify_payload *notify = message_find_notify(m, NOTIFY_AUTHENTICATION_FAILED);
    if (!notify) {
        return false;
    }
    if (sa->tunnel) {
        struct tunnel_failure failure;
        failure_init(&failure, "AUTHENTICATION_FAILED", TUNNEL_SIDE_REMOTE);
        failure_say(&failure, "The peer did not accept our identity or our key: compare the pre-shared keys, local.id "
                              "here with remote.id there, and remote.id here with local.id there.");
        failure_add_identities(&failure, sa, sa->tunnel);
        tunnel_set_failure(sa->tunnel, &failure);
    }
    return true;
}

// The last that carried something: nothing has taken its place.
static bool is_last(const struct ike_sa *sa)
{
    for (const struct ike_sa *other = sa->tunnel->sas; other; other = other->tunnel_next) {
        if (other != sa && ike_sa_is_alive(other)) {
            return false;
        }
    }
    return true;
}

static void note_deletion(const struct ike_sa *sa)
{
    struct tunnel_failure failure;
    char remote[ENDPOINT_TEXT_MAX];
    if (!sa->tunnel || !ike_sa_is_established(sa) || !tunnel_carries(sa->tunnel) || !is_last(sa)) {
        return;
    }
    failure_init(&failure, "DELETED", TUNNEL_SIDE_REMOTE);
    failure_say(&failure, "%s has deleted the IKE SA: somebody took the tunnel down there, or its log says why.",
                endpoint_format(&sa->remote, remote, sizeof(remote)));
    failure_record(sa->tunnel, &failure);
}

static void log_notifies(const struct ike_sa *sa, const struct message *m)
{
    for (unsigned i = 0; i < m->notify_n; i++) {
        log_info("notify_received", LOG_STR("tunnel", sa->tunnel ? sa->tunnel->config->name : ""),
                 LOG_STR("notify", notify_name(m->notify[i].type)));
    }
}

void informational_respond(struct ike_sa *sa, const struct received *request)
{
    const struct message *m = request->message;
    struct deletions done = {0};
    log_notifies(sa, m);
    bool rejected = has_rejected_us(sa, m);
    reauthentication_hear_lifetime(sa, m);
    apply_deletes(sa, m, &done);
    if (sa->state == IKE_SA_STATE_LINGERING && !done.ike) {
        return; // closed here: nothing else is answered, or it would seem to stand
    }
    send_answer(sa, request, &done);
    if (done.ike && !rejected) {
        note_deletion(sa);
    }
    if (done.ike || rejected) {
        (void)ike_rekey_take_rival(sa); // RFC 7296 2.25.2: our own rekey is forgotten
        log_info("deleted_by_peer", LOG_HEX64("spi_i", sa->spi_i), LOG_HEX64("spi_r", sa->spi_r));
        if (ike_sa_is_established(sa)) {
            peer_loss_by_close(sa);
        }
        ike_sa_life_linger(sa); // also when our own DELETE is on its way: both want the same
        return;
    }
    if (sa->tunnel) {
        if (done.n && !child_sa_find_state(sa, CHILD_SA_STATE_ESTABLISHED)) {
            peer_loss_by_close(sa);
        }
        tunnel_driver_review(sa->tunnel);
    }
    if (sa->mobike && sa->mobike->check_wanted) {
        next_request_start(sa);
    }
}
