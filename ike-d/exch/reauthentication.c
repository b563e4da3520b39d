#include "ike-d/exch/reauthentication.h"

#include "ike-d/exch/certificate_failure.h"
#include "ike-d/exch/ike_sa_init.h"
#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/sa/identity_pairs.h"
#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/tunnel.h"
#include "lib/core/log.h"
#include "lib/core/reader.h"
#include "lib/core/writer.h"

// Less than what we wait for it: a peer that uses all of its time does not meet us who begin then, too.
void reauthentication_put_lifetime(struct message_writer *mw, const struct ike_sa *sa)
{
    uint64_t all = sa->tunnel->config->reauthentication_ms / 1000;
    uint64_t seconds = all - all / 10;
    uint8_t data[4];
    struct writer w = writer_of(data, sizeof(data));
    if (seconds) {
        writer_u32(&w, (uint32_t)seconds);
        message_put_status(mw, NOTIFY_AUTH_LIFETIME, writer_view(&w));
    }
}

void reauthentication_hear_lifetime(struct ike_sa *sa, const struct message *m)
{
    const struct notify_payload *notify = message_find_notify(m, NOTIFY_AUTH_LIFETIME);
    struct reader r = reader_of(notify ? notify->data : bytes_of(NULL, 0));
    uint32_t seconds;
    if (!notify || !sa->initiator || notify->data.n != 4 || reader_u32(&r, &seconds) || seconds == 0) {
        return;
    }
    sa->auth_lifetime_s = seconds;
    if (ike_sa_is_established(sa)) {
        reauthentication_plan(sa);
        reauthentication_arm(sa);
    }
}

// In time for the peer, which ends the SA at its lifetime; earlier at random, so that not all do it at once.
static uint64_t period_of_initiator(const struct ike_sa *sa)
{
    uint64_t own_ms = sa->tunnel->config->reauthentication_ms;
    uint64_t peers_ms = (uint64_t)sa->auth_lifetime_s * 1000 / 10 * 9;
    uint64_t ms = own_ms && (!peers_ms || own_ms < peers_ms) ? own_ms : peers_ms;
    uint64_t tenth_ms = ms / 10 < UINT32_MAX ? ms / 10 : UINT32_MAX;
    return ms - ike_core_random_below(sa->core, (uint32_t)tenth_ms);
}

// How long the peer's certificate is valid yet; UINT64_MAX: it has shown none.
static uint64_t trust_left_ms(const struct ike_sa *sa)
{
    uint64_t now_s = ike_core_wall_s(sa->core);
    if (!sa->peer_certificate || sa->peer_certificate->not_after_s == 0) {
        return UINT64_MAX;
    }
    return sa->peer_certificate->not_after_s > now_s ? (sa->peer_certificate->not_after_s - now_s) * 1000 : 0;
}

// An IKE SA does not outlive the certificate that it was made with: who can call the peer does so in time, since it may
// have a newer one by then; who can't ends the SA.
static uint64_t period_of_trust(const struct ike_sa *sa)
{
    uint64_t left_ms = trust_left_ms(sa);
    uint64_t earlier_ms = left_ms / 10 < IKE_TRUST_EARLIER_MAX_MS ? left_ms / 10 : IKE_TRUST_EARLIER_MAX_MS;
    if (left_ms == UINT64_MAX) {
        return 0;
    }
    return 1 + (tunnel_config_can_call(sa->tunnel->config) ? left_ms - earlier_ms : left_ms);
}

void reauthentication_plan(struct ike_sa *sa)
{
    uint64_t ms = sa->initiator ? period_of_initiator(sa) : sa->tunnel->config->reauthentication_ms;
    uint64_t trust_ms = period_of_trust(sa);
    ms = trust_ms && (!ms || trust_ms < ms) ? trust_ms : ms;
    sa->reauthenticate_ms = ms ? ike_core_now_ms(sa->core) + ms : 0;
}

// Not after the end of the certificate, when the SA ends.
static uint64_t try_again_ms(const struct ike_sa *sa)
{
    uint64_t left_ms = trust_left_ms(sa);
    uint64_t wait_ms = left_ms < IKE_REAUTHENTICATION_AGAIN_MS ? left_ms + 1 : IKE_REAUTHENTICATION_AGAIN_MS;
    return ike_core_now_ms(sa->core) + wait_ms;
}

static bool is_under_way(const struct tunnel *tunnel)
{
    for (const struct ike_sa *sa = tunnel->sas; sa; sa = sa->tunnel_next) {
        if (sa->state < IKE_SA_STATE_ESTABLISHED || sa->replaces) {
            return true;
        }
    }
    return false;
}

// Until it has worked, or the SA ends: the attempts that fail are told like others.
static void begin(struct ike_sa *sa)
{
    struct tunnel *tunnel = sa->tunnel;
    deadline_set(&sa->core->deadlines, &sa->renewal, try_again_ms(sa));
    if (is_under_way(tunnel)) {
        return;
    }
    log_info("reauthentication", LOG_STR("tunnel", tunnel->config->name), LOG_HEX64("old_spi_i", sa->spi_i));
    ike_sa_init_replace(sa);
}

static void on_renewal(void *arg)
{
    struct ike_sa *sa = arg;
    if (!sa->tunnel || !ike_sa_is_established(sa)) {
        return;
    }
    if (!sa->replaced && trust_left_ms(sa) == 0) {
        struct tunnel_failure failure;
        certificate_failure_say_run_out(&failure, sa);
        failure_record(sa->tunnel, &failure);
        ike_sa_life_delete(sa);
    } else if (sa->replaced || !tunnel_config_can_call(sa->tunnel->config)) {
        ike_sa_life_delete(sa);
    } else {
        begin(sa);
    }
}

static bool has_timer(struct ike_sa *sa)
{
    return sa->renewal.fire || deadline_init(&sa->core->deadlines, &sa->renewal, on_renewal, sa) == 0;
}

void reauthentication_arm(struct ike_sa *sa)
{
    if (!sa->reauthenticate_ms) {
        return;
    }
    if (has_timer(sa)) {
        deadline_set(&sa->core->deadlines, &sa->renewal, sa->reauthenticate_ms);
    } else {
        log_error("reauthentication_not_planned", LOG_HEX64("spi_i", sa->spi_i));
    }
}

void reauthentication_retire(struct ike_sa *sa)
{
    sa->replaced = true;
    if (has_timer(sa)) {
        deadline_set(&sa->core->deadlines, &sa->renewal, ike_core_now_ms(sa->core) + IKE_REPLACED_LINGER_MS);
    } else {
        ike_sa_life_delete(sa);
    }
}

// We know what we replace; of a peer's new IKE SA it is supposed where a second one replaces the first.
static bool succeeds(const struct ike_sa *sa, const struct ike_sa *old)
{
    if (old == sa || !ike_sa_is_established(old)) {
        return false;
    }
    if (sa->initiator) {
        return sa->replaces && sa->replaces == ike_sa_own_spi(old);
    }
    return sa->tunnel->config->unique == TUNNEL_UNIQUE_REPLACE && !sa->initial_contact &&
           old->established_ms < sa->created_ms && identity_pairs_are_equal(sa, old);
}

static bool stands_for(const struct child_sa *child, const struct child_slot *slot)
{
    return child->slot && child->slot == slot && child->state == CHILD_SA_STATE_ESTABLISHED;
}

static struct child_sa *find_overlapping(const struct ike_sa *old, const struct child_sa *child)
{
    for (struct child_sa *found = old->children; found; found = found->next) {
        if (stands_for(found, child->slot) && kept_sides_overlap(&found->sides, &child->sides)) {
            return found;
        }
    }
    return NULL;
}

struct child_sa *reauthentication_old_child(const struct child_sa *child)
{
    const struct ike_sa *sa = child->sa;
    for (const struct ike_sa *old = sa->tunnel ? sa->tunnel->sas : NULL; old; old = old->tunnel_next) {
        struct child_sa *found = succeeds(sa, old) ? find_overlapping(old, child) : NULL;
        if (found) {
            return found;
        }
    }
    return NULL;
}

bool reauthentication_take_over(struct child_sa *child)
{
    struct child_sa *old = reauthentication_old_child(child);
    if (old) {
        old->has_successor = true;
        child_sa_set_state(old, CHILD_SA_STATE_REKEYED);
    }
    return old != NULL;
}

// The IKE SA that `sa` is made in place of; NULL when it is none any more.
static struct ike_sa *find_old(const struct ike_sa *sa)
{
    struct ike_sa *old = sa->replaces ? sa_table_find(&sa->core->sas, sa->replaces) : NULL;
    return old && old->tunnel == sa->tunnel && ike_sa_is_established(old) ? old : NULL;
}

const struct child_sa *reauthentication_model(const struct child_sa *child)
{
    const struct ike_sa *old = find_old(child->sa);
    const struct child_sa *model = NULL;
    for (const struct child_sa *one = old ? old->children : NULL; one; one = one->next) {
        if (stands_for(one, child->slot) && (!model || one->moving)) {
            model = one;
        }
    }
    return model;
}

struct child_slot *reauthentication_next_slot(struct ike_sa *sa)
{
    struct ike_sa *old = find_old(sa);
    for (struct child_sa *child = old ? old->children : NULL; child; child = child->next) {
        if (child->slot && child->state == CHILD_SA_STATE_ESTABLISHED && !child->moving) {
            child->moving = true;
            return child->slot;
        }
    }
    sa->replaces = 0;
    if (old) {
        old->replaced = true;
        ike_sa_life_delete(old);
    }
    return NULL;
}
