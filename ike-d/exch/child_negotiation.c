#include "ike-d/exch/child_negotiation.h"

#include <errno.h>
#include <string.h>

#include "ike-d/exch/child_mode.h"
#include "ike-d/exch/collision.h"
#include "ike-d/exch/reauthentication.h"
#include "ike-d/exch/sa_expiry.h"
#include "ike-d/exch/slot_choice.h"
#include "ike-d/exch/tunnel_driver.h"
#include "ike-d/exch/weak_algorithm.h"
#include "ike-d/sa/child_coverage.h"
#include "ike-d/wire/message_writer.h"
#include "ike-d/wire/spi.h"
#include "lib/core/log.h"

// A replacement asks for all that the slot is to carry (RFC 7296 2.9.2), unless others carry parts of that.
static int offer_sides(const struct child_sa *child, struct selector_sides *ret_sides)
{
    const struct child_slot *slot = child->slot;
    const struct child_sa *old =
        child->replaces_spi_in ? child_sa_find_in(child->sa, child->replaces_spi_in) : reauthentication_model(child);
    if (!old) {
        return child_coverage_offer(child->slot, child->sa, ret_sides);
    }
    if (slot->standing > 1 || slot->single_pair || slot->takes_more) {
        kept_sides_get(&old->sides, ret_sides);
        return 0;
    }
    return narrow_offer(slot->config->pairs, slot->config->pairs_n, NULL, ret_sides);
}

int child_negotiation_make_offer(const struct child_sa *child, bool with_ke, struct child_offer *ret_offer)
{
    struct child_slot *slot = child->slot;
    uint8_t spi[SPI_ESP_BYTES];
    int error = offer_sides(child, &ret_offer->sides);
    if (error < 0) {
        return error;
    }
    struct offer *able = esp_ability_limit(&child->sa->core->esp_ability, slot->tunnel->config->esp_offer);
    if (!able || !able->n) {
        offer_free(able);
        return able ? -EOPNOTSUPP : -ENOMEM;
    }
    ret_offer->tunnel = slot->tunnel;
    ret_offer->sent = offer_for_wire(able, spi_put_esp(child->spi_in, spi), with_ke);
    offer_free(able);
    return ret_offer->sent ? 0 : -ENOMEM;
}

const char *child_negotiation_offer_error(int error)
{
    return error == -EOPNOTSUPP ? "None of esp_proposals is left: their algorithms failed esp-d's self-test on this "
                                  "machine (bhctl system status names them)."
                                : "The tunnel has no policy that protects anything, or too many for one CHILD_SA.";
}

void child_negotiation_drop_offer(struct child_offer *offer)
{
    offer_free(offer->sent);
    offer->sent = NULL;
}

void child_negotiation_put_sa(struct message_writer *mw, const struct child_offer *offer)
{
    child_mode_put_request(mw, offer->tunnel);
    message_put_sa(mw, offer->sent->proposal, offer->sent->n);
}

void child_negotiation_put_ts(struct message_writer *mw, const struct child_offer *offer)
{
    message_put_ts(mw, PAYLOAD_TSI, offer->sides.local.s, offer->sides.local.n);
    message_put_ts(mw, PAYLOAD_TSR, offer->sides.remote.s, offer->sides.remote.n);
}

static void copy_list(struct selector_list *to, const struct ts_payload *from)
{
    to->n = from->n;
    memcpy(to->s, from->selector, from->n * sizeof(from->selector[0]));
}

// The message's TSi and TSr from our point of view.
static void sides_of(const struct message *m, bool we_initiated, struct selector_sides *ret_sides)
{
    copy_list(&ret_sides->local, we_initiated ? &m->tsi : &m->tsr);
    copy_list(&ret_sides->remote, we_initiated ? &m->tsr : &m->tsi);
}

static bool take_chosen(struct child_sa *child, const struct proposal *chosen)
{
    if (kept_proposal_set(&child->chosen, chosen) < 0 || esp_suite_from(chosen, &child->suite) < 0) {
        return false;
    }
    child->spi_out = spi_get_esp(bytes_of(chosen->spi, chosen->spi_size));
    return child->spi_out > 255; // RFC 4303 2.1
}

enum notify_type child_negotiation_take_answer(struct child_sa *child, const struct child_offer *offer,
                                               const struct message *m, struct tunnel_failure *ret_failure)
{
    struct tunnel *tunnel = child->sa->tunnel;
    struct selector_sides sides;
    struct proposal chosen;
    const char *why = "its SPI is none";
    if (!message_has(m, PAYLOAD_SA) || !message_has(m, PAYLOAD_TSI) || !message_has(m, PAYLOAD_TSR)) {
        failure_init(ret_failure, "INVALID_SYNTAX", TUNNEL_SIDE_LOCAL);
        failure_say(ret_failure, "The peer's answer lacks SA or traffic selectors.");
        return NOTIFY_INVALID_SYNTAX;
    }
    if (offer_accept_answer(offer->sent, &m->sa, &chosen, &why) < 0 || !take_chosen(child, &chosen)) {
        failure_init(ret_failure, "NO_PROPOSAL_CHOSEN", TUNNEL_SIDE_LOCAL);
        failure_say(ret_failure, "The peer chose an ESP proposal that we did not offer: %s.", why);
        failure_add_proposals(ret_failure, offer->sent, &m->sa);
        return NOTIFY_NO_PROPOSAL_CHOSEN;
    }
    if (!child_mode_take_answer(child, m, ret_failure)) {
        return NOTIFY_TS_UNACCEPTABLE;
    }
    sides_of(m, true, &sides);
    child_mode_see_through_nat(child, &sides);
    if (!narrow_is_within(&sides, &offer->sides)) {
        failure_init(ret_failure, "TS_UNACCEPTABLE", TUNNEL_SIDE_LOCAL);
        failure_say(ret_failure, "The peer's traffic selectors are not within ours.");
        failure_add_selectors(ret_failure, tunnel, &sides);
        return NOTIFY_TS_UNACCEPTABLE;
    }
    if (!child->replaces_spi_in) {
        child->slot->takes_more = child->slot->single_pair || message_find_notify(m, NOTIFY_ADDITIONAL_TS_POSSIBLE);
    }
    if (kept_sides_set(&child->sides, &sides) < 0) {
        failure_init(ret_failure, "INTERNAL", TUNNEL_SIDE_LOCAL);
        failure_say(ret_failure, "Out of memory.");
        return NOTIFY_TEMPORARY_FAILURE;
    }
    return NOTIFY_NONE;
}

static void choose_selectors(struct child_sa *child, const struct message *m, struct child_verdict *verdict)
{
    struct tunnel *tunnel = child->sa->tunnel;
    const struct child_sa *old = child->replaces_spi_in ? child_sa_find_in(child->sa, child->replaces_spi_in) : NULL;
    struct selector_sides theirs;
    struct selector_sides both;
    if (!child_mode_choose(child, m, &verdict->failure)) {
        verdict->notify = NOTIFY_TS_UNACCEPTABLE;
        return;
    }
    sides_of(m, false, &theirs);
    child_mode_see_through_nat(child, &theirs);
    struct slot_choice choice = {.tunnel = tunnel, .sa = child->sa, .keep = old ? old->slot : NULL};
    child->slot = slot_choice_find(&choice, &theirs, &both);
    if (child->slot && !old && slot_choice_is_unclear(&choice, &theirs)) {
        verdict->notify = NOTIFY_SINGLE_PAIR_REQUIRED;
        failure_init(&verdict->failure, "SINGLE_PAIR_REQUIRED", TUNNEL_SIDE_LOCAL);
        failure_say(&verdict->failure, "The peer asks for several pairs of selectors at once, which have CHILD_SAs of "
                                       "their own here. It was told to ask for one pair at a time.");
        failure_add_selectors(&verdict->failure, tunnel, &theirs);
        return;
    }
    child->more_possible = child->slot && !old && choice.others;
    if (child->slot) {
        verdict->notify = kept_sides_set(&child->sides, &both) < 0 ? NOTIFY_TEMPORARY_FAILURE : NOTIFY_NONE;
        return;
    }
    verdict->notify = NOTIFY_TS_UNACCEPTABLE;
    failure_init(&verdict->failure, "TS_UNACCEPTABLE", TUNNEL_SIDE_LOCAL);
    failure_say(&verdict->failure, "No policy here covers what the peer wants. Policies must mirror each other: local "
                                   "here is remote there. Change the policies here to the remote offer (written from "
                                   "our side), or those of the peer to the local offer.");
    failure_add_selectors(&verdict->failure, tunnel, &theirs);
}

bool child_negotiation_is_covered(struct tunnel *tunnel, const struct message *m)
{
    struct selector_sides theirs;
    struct selector_sides both;
    if (!message_has(m, PAYLOAD_TSI) || !message_has(m, PAYLOAD_TSR)) {
        return false;
    }
    sides_of(m, false, &theirs);
    struct slot_choice choice = {.tunnel = tunnel};
    return slot_choice_find(&choice, &theirs, &both) != NULL;
}

// IKE_AUTH negotiates no group, so this shows at the first CREATE_CHILD_SA only (RFC 7296 1.2).
static void say_pfs(struct tunnel_failure *failure)
{
    if (failure->cause == FAILURE_CAUSE_PFS_MISMATCH) {
        failure_say(
            failure,
            "The ESP algorithms fit, the groups for perfect forward secrecy do not (%.200s). It shows only now, "
            "when a CHILD_SA is made or rekeyed by itself. Put the same group at the end of esp_proposals on "
            "both sides, or none.",
            failure->comparison.difference);
    }
}

void child_negotiation_choose(struct child_sa *child, const struct message *m, bool with_ke,
                              struct child_verdict *ret_verdict)
{
    struct tunnel *tunnel = child->sa->tunnel;
    struct choice choice;
    uint16_t group = message_has(m, PAYLOAD_KE) ? m->ke.group : KE_NONE;
    *ret_verdict = (struct child_verdict){0};
    failure_init(&ret_verdict->failure, "INTERNAL", TUNNEL_SIDE_LOCAL); // until there is a better reason
    failure_say(&ret_verdict->failure, "Out of memory.");
    struct offer *able = esp_ability_limit(&child->sa->core->esp_ability, tunnel->config->esp_offer);
    if (!able) {
        ret_verdict->notify = NOTIFY_TEMPORARY_FAILURE;
        return;
    }
    offer_choose_esp(able, &m->sa, with_ke, group, &choice);
    ret_verdict->notify = choice.notify;
    ret_verdict->group = choice.group;
    if (choice.notify == NOTIFY_NONE && !take_chosen(child, &choice.chosen)) {
        ret_verdict->notify = NOTIFY_NO_PROPOSAL_CHOSEN;
    }
    if (ret_verdict->notify == NOTIFY_NO_PROPOSAL_CHOSEN) {
        failure_init(&ret_verdict->failure, "NO_PROPOSAL_CHOSEN", TUNNEL_SIDE_LOCAL);
        failure_say(&ret_verdict->failure,
                    "None of the peer's ESP proposals is configured here: %.250s. Set esp_proposals of this tunnel to "
                    "one of the remote offer, or configure one of the local offer at the peer.",
                    choice.why);
        failure_compare_proposals(&ret_verdict->failure, able, &m->sa, with_ke);
        say_pfs(&ret_verdict->failure);
    }
    offer_free(able);
    if (ret_verdict->notify == NOTIFY_NONE) {
        choose_selectors(child, m, ret_verdict);
    }
}

void child_negotiation_put_chosen(struct message_writer *mw, const struct child_sa *child)
{
    struct proposal chosen = kept_proposal_get(&child->chosen);
    child_mode_put_answer(mw, child);
    chosen.spi_size = (uint8_t)spi_put_esp(child->spi_in, chosen.spi).n;
    message_put_sa(mw, &chosen, 1);
}

void child_negotiation_put_chosen_ts(struct message_writer *mw, const struct child_sa *child)
{
    if (child->more_possible) {
        message_put_status(mw, NOTIFY_ADDITIONAL_TS_POSSIBLE, bytes_of(NULL, 0));
    }
    message_put_ts(mw, PAYLOAD_TSI, child->sides.remote.s, child->sides.remote.n);
    message_put_ts(mw, PAYLOAD_TSR, child->sides.local.s, child->sides.local.n);
}

// What esp-d has of the SA that this one replaces: nothing when it was lost with an esp-d that died.
static uint32_t replaced_in_esp(const struct child_sa *child)
{
    const struct child_sa *old = child->replaces_spi_in ? child_sa_find_in(child->sa, child->replaces_spi_in)
                                                        : reauthentication_old_child(child);
    return old && old->installed ? old->spi_in : 0;
}

// Under one key, blocks of 64 bits repeat by chance after some 2^32 of them, and tell of the clear text.
static uint64_t rekey_bytes_of(const struct child_sa *child)
{
    uint64_t bytes = child->sa->tunnel->config->child_lifetime.rekey_bytes;
    bool is_short = child->suite.encr->mode == ENCR_MODE_CBC && child->suite.encr->block_bytes == 8;
    return is_short && (bytes == 0 || bytes > IKE_SHORT_BLOCK_BYTES) ? IKE_SHORT_BLOCK_BYTES : bytes;
}

static struct esp_limits limits_of(const struct child_sa *child)
{
    const struct ike_sa *sa = child->sa;
    const struct lifetime *lifetime = &sa->tunnel->config->child_lifetime;
    uint64_t rekey_bytes = rekey_bytes_of(child);
    return (struct esp_limits){
        .soft_bytes = lifetime_soft(rekey_bytes, lifetime->jitter_percent, sa->core),
        .hard_bytes = lifetime_hard(rekey_bytes),
        .soft_packets = lifetime_soft(lifetime->rekey_packets, lifetime->jitter_percent, sa->core),
        .hard_packets = lifetime_hard(lifetime->rekey_packets),
    };
}

// Who answers a rekey can't know yet that the peer has the new SA; who has lost a collision will not use his own.
static bool holds_outbound(const struct child_sa *child)
{
    const struct collision *collision = collision_of(child->sa);
    if (!child->replaces_spi_in && reauthentication_old_child(child)) {
        return !child->was_initiator;
    }
    return child->replaces_spi_in &&
           (!child->was_initiator || (collision && collision_is_lost(collision, child->nonce_min)));
}

static void fill_install(const struct child_sa *child, const struct child_keys *keys, bool initiator,
                         struct esp_install *out)
{
    const struct ike_sa *sa = child->sa;
    const struct esp_suite *suite = &child->suite;
    *out = (struct esp_install){
        .tunnel = sa->tunnel->config->name,
        .spi_in = child->spi_in,
        .spi_out = child->spi_out,
        .encr = suite->encr->id,
        .key_bits = suite->encr->key_bits,
        .integ = suite->integ ? suite->integ->id : 0,
        .esn = suite->esn,
        .encr_key_in = secret_key_view(initiator ? &keys->encr_r : &keys->encr_i),
        .integ_key_in = secret_key_view(initiator ? &keys->integ_r : &keys->integ_i),
        .encr_key_out = secret_key_view(initiator ? &keys->encr_i : &keys->encr_r),
        .integ_key_out = secret_key_view(initiator ? &keys->integ_i : &keys->integ_r),
        .local = *mobike_esp_local(sa),
        .remote = *mobike_esp_remote(sa),
        .local_selectors = child->sides.local.s,
        .local_selectors_n = child->sides.local.n,
        .remote_selectors = child->sides.remote.s,
        .remote_selectors_n = child->sides.remote.n,
        .replaces_spi_in = replaced_in_esp(child),
        .hold_outbound = holds_outbound(child),
        .dscp = sa->tunnel->config->dscp,
        .replay_window = sa->tunnel->config->replay_window,
        .limits = limits_of(child),
        .ike_spi = ike_sa_own_spi(sa),
        .follow_remote = ike_sa_follows_peer(sa),
        .in_udp = sa->esp.in_udp,
        .keepalive_s = sa->esp.local_nat ? IKE_NAT_KEEPALIVE_S : 0,
        .transport = child->transport,
        .original_local = child->original_local,
        .original_remote = child->original_remote,
    };
}

int child_negotiation_install(struct child_sa *child, const struct child_key_source *source, uint64_t job)
{
    struct ike_sa *sa = child->sa;
    struct child_keys keys;
    struct child_key_seed seed = {.nonce_i = source->nonce_i, .nonce_r = source->nonce_r, .shared = source->shared};
    struct esp_install install;
    int error = child_keys_derive(&child->suite, sa->suite.prf, secret_key_view(sa->sk_d), &seed, &keys);
    if (error < 0) {
        return error;
    }
    child->was_initiator = source->initiator;
    collision_lower_nonce(source->nonce_i, source->nonce_r, child->nonce_min);
    fill_install(child, &keys, source->initiator, &install);
    child_sa_set_state(child, CHILD_SA_STATE_INSTALLING);
    child->installed = true;
    child->moves = sa->mobike ? sa->mobike->moves : 0;
    sa->core->env->esp_install(sa->core->env->arg, job, &install);
    child_keys_wipe(&keys);
    return 0;
}

void child_negotiation_finish(struct child_sa *child)
{
    struct ike_sa *sa = child->sa;
    struct child_sa *old = child->replaces_spi_in ? child_sa_find_in(sa, child->replaces_spi_in) : NULL;
    unsigned carried = child_coverage_count(child->slot);
    child_sa_link(child);
    mobike_catch_up(child);
    child->established_s = ike_core_wall_s(sa->core);
    child_sa_set_state(child, CHILD_SA_STATE_ESTABLISHED);
    sa->had_child = true;
    sa_expiry_arm_child(child);
    if (!child->replaces_spi_in) {
        weak_algorithm_tell(sa, &child->chosen);
    }
    bool moved = reauthentication_take_over(child);
    collision_settle_child(child, old);
    if (!child->replaces_spi_in && !moved && child_coverage_count(child->slot) == carried) {
        child->slot->takes_more = false; // a peer that takes the same again would be asked for ever
    }
    child_slot_clear(child->slot);
    tunnel_clear_old_failure(sa->tunnel);
}
