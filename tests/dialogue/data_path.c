// The modelled data path: at every step both sides send a packet on the ESP SA that their esp-d would choose, and the
// other side must be able to open it when it arrives, however late (RFC 7296 2.8).
#include <stdio.h>
#include <stdlib.h>

#include "tests/dialogue/fake_services.h"

static struct fake_sa *sender_of(const struct gateway *gateway)
{
    for (struct fake_sa *sa = gateway->sas; sa; sa = sa->next) {
        if (!sa->silent) {
            return sa;
        }
    }
    return NULL;
}

void data_path_send(struct world *world, int from)
{
    const struct fake_sa *sa = sender_of(&world->gateway[from]);
    if (!sa) {
        world->data.unsent++;
        return;
    }
    world->data.sent++;
    world_post_packet(world, !from, sa);
}

// The first authentic packet shows that the peer uses the SA: so may we.
static void promote(struct gateway *gateway, struct fake_sa *used)
{
    struct fake_sa **at = &gateway->sas;
    while (*at != used) {
        at = &(*at)->next;
    }
    *at = used->next;
    used->next = gateway->sas;
    used->held = false;
    gateway->sas = used;
}

void data_path_forget_retired(struct gateway *gateway)
{
    struct fake_sa **at = &gateway->retired;
    while (*at) {
        struct fake_sa *sa = *at;
        if (sa->until_ms >= gateway->world->now_ms) {
            at = &sa->next;
            continue;
        }
        *at = sa->next;
        free(sa);
    }
}

static bool opens(const struct fake_sa *sa, uint32_t spi, const struct fake_key *key)
{
    return sa->spi_in == spi && bytes_equal(fake_key_view(&sa->in), fake_key_view(key));
}

void data_path_arrive(struct world *world, int side, uint32_t spi, const struct fake_key *key)
{
    struct gateway *gateway = &world->gateway[side];
    data_path_forget_retired(gateway);
    for (const struct fake_sa *sa = gateway->retired; sa; sa = sa->next) {
        if (opens(sa, spi, key)) {
            return;
        }
    }
    for (struct fake_sa *sa = gateway->sas; sa; sa = sa->next) {
        if (opens(sa, spi, key)) {
            if (sa->held) {
                promote(gateway, sa);
            }
            return;
        }
    }
    if (world->data.lost++ == 0) {
        (void)snprintf(world->data.why, sizeof(world->data.why), "at %llu ms %c could not open a packet on %08x",
                       (unsigned long long)world->now_ms, "AB"[side], spi);
    }
}
