#include "ike-d/exch/sa_expiry.h"

#include "ike-d/exch/failure.h"
#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/next_request.h"
#include "ike-d/exch/tunnel_driver.h"
#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/tunnel.h"
#include "lib/core/log.h"

// To the next end that is to come; the soft one is over when it has wanted a replacement.
static void set_next(struct deadline_heap *heap, struct deadline *life, const struct lifetime_end *end, bool soft_over)
{
    uint64_t soft_ms = soft_over ? 0 : end->soft_ms;
    uint64_t at_ms = soft_ms && (!end->hard_ms || soft_ms < end->hard_ms) ? soft_ms : end->hard_ms;
    if (at_ms) {
        deadline_set(heap, life, at_ms);
    } else {
        deadline_clear(heap, life);
    }
}

static bool is_over(uint64_t end_ms, uint64_t now_ms)
{
    return end_ms && now_ms >= end_ms;
}

static void say_ended(struct tunnel *tunnel, const char *what)
{
    struct tunnel_failure failure;
    failure_init(&failure, "EXPIRED", TUNNEL_SIDE_LOCAL);
    failure_say(&failure, "The %s has come to its hard lifetime, and was not replaced before.", what);
    if (tunnel->failure) { // why not
        failure = *tunnel->failure;
        failure_say(&failure, "The %s has come to its hard lifetime, since it could not be replaced: %.400s", what,
                    tunnel->failure->message);
    }
    failure_record(tunnel, &failure);
}

static void end_ike(struct ike_sa *sa)
{
    say_ended(sa->tunnel, "IKE SA");
    ike_sa_life_delete(sa);
}

static void on_ike(void *arg)
{
    struct ike_sa *sa = arg;
    if (!sa->tunnel || !ike_sa_is_established(sa)) {
        return;
    }
    if (is_over(sa->end.hard_ms, ike_core_now_ms(sa->core))) {
        end_ike(sa);
        return;
    }
    sa->rekey_wanted = true;
    set_next(&sa->core->deadlines, &sa->life, &sa->end, true);
    next_request_start(sa);
}

void sa_expiry_arm_ike(struct ike_sa *sa)
{
    sa->end = lifetime_begin(&sa->tunnel->config->ike_lifetime, sa->core);
    if (sa->life.fire || deadline_init(&sa->core->deadlines, &sa->life, on_ike, sa) == 0) {
        set_next(&sa->core->deadlines, &sa->life, &sa->end, false);
    } else {
        sa->rekey_wanted = true;
    }
}

// The peer is told; a tunnel that lacks a CHILD_SA then gets a new one by its own plan.
static void end_child(struct child_sa *child)
{
    if (child->state == CHILD_SA_STATE_ESTABLISHED || child->state == CHILD_SA_STATE_LOST) {
        say_ended(child->sa->tunnel, "CHILD_SA");
        child->has_successor = false;
        child_sa_set_state(child, CHILD_SA_STATE_REKEYED);
    }
    child_sa_uninstall(child);
    child->delete_wanted = true;
}

static void on_child(void *arg)
{
    struct child_sa *child = arg;
    struct ike_sa *sa = child->sa;
    bool hard = is_over(child->end.hard_ms, ike_core_now_ms(sa->core));
    if (child->state == CHILD_SA_STATE_DELETING) {
        return;
    }
    if (hard) {
        end_child(child);
    } else {
        child->replace_wanted = true;
        set_next(&sa->core->deadlines, &child->life, &child->end, true);
    }
    next_request_start(sa);
    if (hard && sa->tunnel) {
        tunnel_driver_review(sa->tunnel);
    }
}

void sa_expiry_arm_child(struct child_sa *child)
{
    struct ike_sa *sa = child->sa;
    child->end = lifetime_begin(&sa->tunnel->config->child_lifetime, sa->core);
    if (deadline_init(&sa->core->deadlines, &child->life, on_child, child) == 0) {
        set_next(&sa->core->deadlines, &child->life, &child->end, false);
    } else {
        child->replace_wanted = true;
    }
}

void sa_expiry_replace_ike(struct ike_sa *sa)
{
    sa->rekey_wanted = true;
    sa->rekey_refusals = 0;
    deadline_clear(&sa->core->deadlines, &sa->rekey_again);
    next_request_start(sa);
}

void sa_expiry_replace_child(struct child_sa *child)
{
    child->replace_wanted = true;
    child->refusals = 0;
    deadline_clear(&child->sa->core->deadlines, &child->again);
    next_request_start(child->sa);
}
