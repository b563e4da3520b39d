#include "ike-d/exch/ike_rekey.h"

#include "ike-d/exch/collision.h"
#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/transmit.h"
#include "ike-d/sa/tunnel.h"
#include "ike-d/wire/spi.h"
#include "lib/core/log.h"

void ike_rekey_put_spi(struct proposal *proposal, uint64_t spi)
{
    proposal->spi_size = (uint8_t)spi_put_ike(spi, proposal->spi).n;
}

uint64_t ike_rekey_spi_of(const struct proposal *proposal)
{
    return spi_get_ike(bytes_of(proposal->spi, proposal->spi_size));
}

struct ike_sa *ike_rekey_begin(const struct ike_sa *old, bool initiator, uint64_t peer_spi)
{
    struct ike_sa *fresh = ike_sa_life_begin(old->core, initiator, peer_spi);
    if (!fresh) {
        return NULL;
    }
    ike_sa_inherit_path(fresh, old);
    fresh->by_rekey = true;
    fresh->auth_lifetime_s = old->auth_lifetime_s;
    fresh->reauthenticate_ms = old->reauthenticate_ms;
    if (kept_identity_copy(&fresh->local_id, &old->local_id) < 0 ||
        kept_identity_copy(&fresh->remote_id, &old->remote_id) < 0 ||
        ike_sa_draw_nonce(fresh, IKE_NONCE_BYTES, initiator ? &fresh->nonce_i : &fresh->nonce_r) < 0) {
        ike_sa_life_close(fresh);
        return NULL;
    }
    return fresh;
}

int ike_rekey_set_suite(struct ike_sa *fresh, const struct proposal *chosen)
{
    int error = kept_proposal_set(&fresh->chosen, chosen);
    return error < 0 ? error : ike_suite_from(chosen, &fresh->suite);
}

int ike_rekey_make_keys(struct ike_sa *fresh, const struct ike_sa *old, struct bytes shared)
{
    struct ike_key_seed seed = {
        .nonce_i = kept_message_view(&fresh->nonce_i),
        .nonce_r = kept_message_view(&fresh->nonce_r),
        .spi_i = fresh->spi_i,
        .spi_r = fresh->spi_r,
        .shared = shared,
    };
    struct ike_keys keys;
    int error = ike_keys_derive_rekey(&fresh->suite, old->suite.prf, secret_key_view(old->sk_d), &seed, &keys);
    return error < 0 ? error : ike_sa_take_keys(fresh, &keys);
}

static void expect_delete(struct ike_sa *sa, uint64_t ms)
{
    deadline_clear(&sa->core->deadlines, &sa->liveness);
    deadline_clear(&sa->core->deadlines, &sa->life);
    deadline_clear(&sa->core->deadlines, &sa->rekey_again);
    deadline_clear(&sa->core->deadlines, &sa->renewal);
    deadline_set(&sa->core->deadlines, &sa->expiry, ike_core_now_ms(sa->core) + ms);
}

static void move_children(struct ike_sa *fresh, struct ike_sa *old)
{
    fresh->children = old->children;
    old->children = NULL;
    fresh->had_child = old->had_child;
    for (struct child_sa *child = fresh->children; child; child = child->next) {
        child->sa = fresh;
    }
}

void ike_rekey_inherit(struct ike_sa *fresh, struct ike_sa *old)
{
    struct tunnel *tunnel = old->tunnel;
    log_info("ike_sa_rekeyed", LOG_STR("tunnel", tunnel->config->name), LOG_HEX64("old_spi_i", old->spi_i),
             LOG_HEX64("new_spi_i", fresh->spi_i));
    move_children(fresh, old);
    ike_sa_inherit_path(fresh, old); // it may have changed since it was begun
    ike_sa_take_mobike(fresh, old);
    fresh->peer_certificate = old->peer_certificate;
    old->peer_certificate = NULL;
    ike_sa_set_tunnel(old, NULL);
    ike_sa_set_tunnel(fresh, tunnel);
    expect_delete(old, IKE_DELETING_LINGER_MS);
    ike_sa_life_hear(fresh);
    ike_sa_life_establish(fresh);
}

void ike_rekey_wait(struct ike_sa *fresh, struct ike_sa *old)
{
    collision_meet_ike(old, fresh);
    log_info("ike_sa_collision", LOG_STR("tunnel", old->tunnel->config->name), LOG_HEX64("spi_i", fresh->spi_i),
             LOG_HEX64("old_spi_i", old->spi_i));
    ike_sa_life_hear(fresh);
    ike_sa_set_state(fresh, IKE_SA_STATE_ESTABLISHED);
    expect_delete(fresh, IKE_RIVAL_LIFETIME_MS);
}

bool ike_rekey_take_rival(struct ike_sa *old)
{
    struct ike_sa *rival = old->tunnel ? collision_rival(old) : NULL;
    if (rival) {
        ike_rekey_inherit(rival, old);
    }
    return rival != NULL;
}
