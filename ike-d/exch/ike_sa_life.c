#include "ike-d/exch/ike_sa_life.h"

#include <errno.h>

#include "ike-d/exch/address_fallback.h"
#include "ike-d/exch/duplicate.h"
#include "ike-d/exch/failure.h"
#include "ike-d/exch/ike_rekey.h"
#include "ike-d/exch/liveness.h"
#include "ike-d/exch/next_request.h"
#include "ike-d/exch/peer_loss.h"
#include "ike-d/exch/port_fallback.h"
#include "ike-d/exch/reauthentication.h"
#include "ike-d/exch/sa_expiry.h"
#include "ike-d/exch/transmit.h"
#include "ike-d/exch/tunnel_driver.h"
#include "ike-d/exch/weak_algorithm.h"
#include "ike-d/sa/nat_keepalive.h"
#include "lib/core/log.h"

static void on_expiry(void *arg)
{
    struct ike_sa *sa = arg;
    if (sa->tunnel && sa->initiator && sa->state < IKE_SA_STATE_ESTABLISHED) {
        struct tunnel_failure failure;
        failure_init(&failure, "TIMEOUT", TUNNEL_SIDE_LOCAL);
        failure_say(&failure, "The attempt was not over after %u s; it waited for %s.",
                    IKE_INITIATION_LIFETIME_MS / 1000,
                    transmit_is_busy(sa) && sa->request.message.p ? "the peer" : "another daemon of this gateway");
        failure_end_attempt(sa->tunnel, &failure);
    }
    ike_sa_life_close(sa);
}

static int init_deadlines(struct ike_sa *sa)
{
    struct deadline_heap *heap = &sa->core->deadlines;
    int error = deadline_init(heap, &sa->request.retransmit, transmit_on_retransmit, sa);
    if (error == 0) {
        error = deadline_init(heap, &sa->expiry, on_expiry, sa);
    }
    if (error == 0) {
        error = deadline_init(heap, &sa->liveness, liveness_on_deadline, sa);
    }
    return error;
}

static int add_with_new_spi(struct ike_sa *sa)
{
    uint64_t *own = sa->initiator ? &sa->spi_i : &sa->spi_r;
    int error;
    do {
        error = random_fill(sa->core->env->random, own, sizeof(*own));
        if (error == 0 && *own != 0) { // zero is no SPI (RFC 7296 3.1)
            error = sa_table_add(&sa->core->sas, sa);
        }
    } while (error == -EEXIST || (error == 0 && *own == 0));
    return error;
}

struct ike_sa *ike_sa_life_begin(struct ike_core *core, bool initiator, uint64_t peer_spi)
{
    struct ike_sa *sa = ike_sa_new(core, initiator);
    if (!sa) {
        return NULL;
    }
    if (initiator) {
        sa->spi_r = peer_spi;
    } else {
        sa->spi_i = peer_spi;
    }
    if (init_deadlines(sa) < 0 || add_with_new_spi(sa) < 0) {
        ike_sa_free(sa);
        return NULL;
    }
    return sa;
}

void ike_sa_life_hear(struct ike_sa *sa)
{
    sa->heard_ms = ike_core_now_ms(sa->core);
    sa->heard_s = ike_core_wall_s(sa->core);
}

void ike_sa_life_establish(struct ike_sa *sa)
{
    sa->established_ms = ike_core_now_ms(sa->core);
    sa->established_s = ike_core_wall_s(sa->core);
    deadline_clear(&sa->core->deadlines, &sa->expiry);
    sa_table_end_half_open(&sa->core->sas, sa);
    ike_sa_end_handshake(sa);
    ike_sa_set_state(sa, IKE_SA_STATE_ESTABLISHED);
    weak_algorithm_tell(sa, &sa->chosen);
    liveness_start(sa);
    sa_expiry_arm_ike(sa);
    nat_keepalive_review(sa);
    reauthentication_arm(sa);
    duplicate_settle(sa);
    if (sa->tunnel) {
        tunnel_driver_review(sa->tunnel);
    }
    next_request_start(sa);
}

static void drop_children(struct ike_sa *sa)
{
    while (sa->children) {
        sa->children->has_successor = sa->replaced && sa->children->has_successor;
        child_sa_free(sa->children);
    }
}

// Lets go of everything but the keys and the cached answer.
static struct tunnel *detach(struct ike_sa *sa)
{
    struct deadline_heap *heap = &sa->core->deadlines;
    struct tunnel *tunnel = sa->tunnel;
    deadline_clear(heap, &sa->liveness);
    deadline_clear(heap, &sa->expiry);
    deadline_clear(heap, &sa->life);
    deadline_clear(heap, &sa->rekey_again);
    deadline_clear(heap, &sa->renewal);
    transmit_end_request(sa);
    reassembly_drop(&sa->incoming[0]);
    exchange_drop(&sa->ours);
    exchange_drop(&sa->theirs);
    drop_children(sa);
    ike_sa_set_tunnel(sa, NULL);
    return tunnel;
}

void ike_sa_life_close(struct ike_sa *sa)
{
    if (sa->state == IKE_SA_STATE_DEAD) {
        return;
    }
    struct ike_core *core = sa->core;
    ike_sa_set_state(sa, IKE_SA_STATE_DEAD);
    struct tunnel *tunnel = detach(sa);
    sa_table_remove(&core->sas, sa);
    sa->grave_next = core->graves;
    core->graves = sa;
    deadline_set(&core->deadlines, &core->reaper, ike_core_now_ms(core));
    if (tunnel) {
        tunnel_driver_review(tunnel);
    }
}

void ike_sa_life_linger(struct ike_sa *sa)
{
    if (sa->state >= IKE_SA_STATE_LINGERING) {
        return;
    }
    ike_sa_set_state(sa, IKE_SA_STATE_LINGERING);
    struct tunnel *tunnel = detach(sa);
    deadline_set(&sa->core->deadlines, &sa->expiry, ike_core_now_ms(sa->core) + IKE_DELETING_LINGER_MS);
    if (tunnel) {
        tunnel_driver_review(tunnel);
    }
}

// Says so to the peer as soon as the window is free: a request that is out is repeated until the peer has answered.
static void begin_delete(struct ike_sa *sa)
{
    sa->delete_wanted = true;
    ike_sa_set_state(sa, IKE_SA_STATE_DELETING);
    exchange_drop(&sa->ours);
    exchange_drop(&sa->theirs);
    drop_children(sa);
    next_request_start(sa);
    if (sa->tunnel) {
        tunnel_driver_review(sa->tunnel);
    }
}

// A peer whose IKE_AUTH we are working on gets an answer: it would repeat its request for more than a minute, and not
// try anew. One that has ours may believe by now that the SA stands.
static void give_up_unfinished(struct ike_sa *sa)
{
    bool authenticating = sa->state == IKE_SA_STATE_AUTHENTICATING;
    if (authenticating && sa->theirs) {
        transmit_answer_notify(sa, EXCHANGE_IKE_AUTH, NOTIFY_TEMPORARY_FAILURE, bytes_of(NULL, 0));
        ike_sa_life_linger(sa);
    } else if (authenticating && sa->initiator && sa->next_request_id > 1) {
        begin_delete(sa);
    } else if (sa->state < IKE_SA_STATE_ESTABLISHED) {
        ike_sa_life_close(sa);
    }
}

void ike_sa_life_delete(struct ike_sa *sa)
{
    if (ike_sa_is_established(sa)) {
        begin_delete(sa);
    } else {
        give_up_unfinished(sa);
    }
}

void ike_sa_life_time_out(struct ike_sa *sa)
{
    struct tunnel *tunnel = ike_rekey_take_rival(sa) ? NULL : sa->tunnel;
    if (tunnel && ike_sa_is_alive(sa) && !port_fallback_try_next(sa) && !address_fallback_try_next(sa)) {
        failure_time_out(sa);
    }
    if (tunnel && ike_sa_is_established(sa)) {
        peer_loss_by_silence(sa);
    }
    ike_sa_life_close(sa);
}
