#include "fw-d/masks.h"

#include <errno.h>

static bool port_bits(const struct selector *s, uint8_t *ret_bits)
{
    unsigned differ = (unsigned)(s->start_port ^ s->end_port), bits = MASKS_PORT_BITS;

    for (unsigned rest = differ; rest; rest >>= 1)
        bits--;
    // all ones below the first bit that differs, from all zeros to all ones
    if (differ & (differ + 1) || s->start_port & differ || s->start_port > s->end_port)
        return false;
    *ret_bits = (uint8_t)bits;
    return true;
}

bool masks_of(const struct policy *p, struct masks *ret_masks)
{
    struct prefix local, remote;
    struct masks masks;

    if (!range_to_prefix(&p->local.range, &local) || !range_to_prefix(&p->remote.range, &remote) ||
        !port_bits(&p->local, &masks.local_port_bits) || !port_bits(&p->remote, &masks.remote_port_bits))
        return false;
    masks.local_bits = local.bits;
    masks.remote_bits = remote.bits;
    *ret_masks = masks;
    return true;
}

bool masks_equal(const struct masks *a, const struct masks *b)
{
    return a->remote_bits == b->remote_bits && a->local_bits == b->local_bits &&
           a->local_port_bits == b->local_port_bits && a->remote_port_bits == b->remote_port_bits;
}

static int widen_side(struct selector *s, uint8_t bits, uint8_t ports)
{
    struct prefix prefix = {.address = s->range.start, .bits = bits};
    uint16_t rest = (uint16_t)(ports < MASKS_PORT_BITS ? UINT16_MAX >> ports : 0);
    struct prefix whole;

    if (bits > 8 * address_size(&s->range.start) || ports > MASKS_PORT_BITS)
        return -EINVAL;
    s->range = prefix_to_range(&prefix);
    if (!range_to_prefix(&s->range, &whole) || whole.bits != bits || s->start_port & rest)
        return -EINVAL;
    s->end_port = s->start_port | rest;
    return 0;
}

int masks_widen(const struct masks *masks, struct policy *p)
{
    struct policy wide = *p;

    if (widen_side(&wide.local, masks->local_bits, masks->local_port_bits) < 0 ||
        widen_side(&wide.remote, masks->remote_bits, masks->remote_port_bits) < 0)
        return -EINVAL;
    *p = wide;
    return 0;
}

void masks_fill(uint8_t *mask, size_t n, unsigned bits)
{
    for (unsigned i = 0; i < n; i++) {
        unsigned kept = bits > 8 * i ? bits - 8 * i : 0;

        mask[i] = (uint8_t)(kept >= 8 ? 0xff : 0xff00 >> kept);
    }
}
