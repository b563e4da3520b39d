// What both gateways believe, and whether it fits together.
#include <check.h>
#include <stdarg.h>
#include <stdio.h>

#include "ike-d/sa/ike_sa.h"
#include "ike-d/sa/tunnel.h"
#include "tests/dialogue/world.h"

static char reason[200];

const char *world_why(void)
{
    return reason;
}

__attribute__((format(printf, 1, 2))) static bool no(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(reason, sizeof(reason), format, args);
    va_end(args);
    return false;
}

struct tunnel *world_tunnel(struct world *world, int side)
{
    return world->gateway[side].core.tunnels;
}

unsigned world_ike_sas(struct world *world, int side)
{
    unsigned n = 0;
    size_t cursor = 0;
    const struct ike_sa *sa;
    while ((sa = hmap_next(world->gateway[side].core.sas.by_spi, &cursor))) {
        bool stranger = !sa->initiator && sa->state < IKE_SA_STATE_ESTABLISHED; // perhaps given up by its initiator
        n += !stranger && sa->state != IKE_SA_STATE_LINGERING;
    }
    return n;
}

unsigned world_esp_sas(struct world *world, int side)
{
    unsigned n = 0;
    for (const struct fake_sa *sa = world->gateway[side].sas; sa; sa = sa->next) {
        n++;
    }
    return n;
}

struct ike_sa *world_ike_sa(struct world *world, int side)
{
    size_t cursor = 0;
    struct ike_sa *sa;
    while ((sa = hmap_next(world->gateway[side].core.sas.by_spi, &cursor))) {
        if (sa->state == IKE_SA_STATE_ESTABLISHED) {
            return sa;
        }
    }
    return NULL;
}

static bool fits(const struct fake_sa *a, const struct fake_sa *b)
{
    return a->spi_in == b->spi_out && a->spi_out == b->spi_in && a->local_n == b->remote_n &&
           a->remote_n == b->local_n && selector_equal(&a->local_first, &b->remote_first) &&
           selector_equal(&a->remote_first, &b->local_first) &&
           bytes_equal(fake_key_view(&a->in), fake_key_view(&b->out)) &&
           bytes_equal(fake_key_view(&a->out), fake_key_view(&b->in));
}

static bool ends_fit(const struct fake_sa *a, const struct fake_sa *b)
{
    return endpoint_equal(&a->local, &b->remote) && endpoint_equal(&a->remote, &b->local);
}

static bool children_fit(const struct ike_sa *sa, const struct fake_sa *esp)
{
    return sa->children && !sa->children->next && sa->children->state == CHILD_SA_STATE_ESTABLISHED &&
           sa->children->spi_in == esp->spi_in && sa->children->spi_out == esp->spi_out;
}

bool world_is_joined(struct world *world)
{
    for (int side = A; side <= B; side++) {
        if (world_ike_sas(world, side) != 1 || world_esp_sas(world, side) != 1) {
            return no("%c has %u IKE SAs and %u ESP SAs", "AB"[side], world_ike_sas(world, side),
                      world_esp_sas(world, side));
        }
        const struct ike_sa *sa = world_ike_sa(world, side);
        if (!sa || !sa->tunnel || sa->tunnel->state != TUNNEL_STATE_UP) {
            return no("%c has no established IKE SA, or its tunnel is not up", "AB"[side]);
        }
        if (!children_fit(sa, world->gateway[side].sas)) {
            return no("the children of %c are not what its esp-d has", "AB"[side]);
        }
    }
    const struct ike_sa *a = world_ike_sa(world, A);
    const struct ike_sa *b = world_ike_sa(world, B);
    if (a->spi_i != b->spi_i || a->spi_r != b->spi_r || a->initiator == b->initiator) {
        return no("they have different IKE SAs");
    }
    if (!world->translate && !ends_fit(world->gateway[A].sas, world->gateway[B].sas)) {
        return no("their ESP SAs have other ends");
    }
    return fits(world->gateway[A].sas, world->gateway[B].sas) || no("their ESP SAs don't fit");
}

bool world_is_empty(struct world *world)
{
    for (int side = A; side <= B; side++) {
        if (world_ike_sas(world, side) || world_esp_sas(world, side)) {
            return no("%c has %u IKE SAs and %u ESP SAs", "AB"[side], world_ike_sas(world, side),
                      world_esp_sas(world, side));
        }
    }
    return true;
}

void world_assert_joined(struct world *world, uint64_t within_ms)
{
    ck_assert_msg(world_run_until(world, world_is_joined, within_ms), "%s", world_why());
}

void world_assert_stays_joined(struct world *world, uint64_t within_ms, uint64_t lasts_ms)
{
    world_assert_joined(world, within_ms);
    world_run(world, lasts_ms);
    ck_assert_msg(world_is_joined(world), "%s", world_why());
}
