// What a lookup by hash needs: where both sides of a policy are prefixes, and its ports one, all or an aligned block,
// the policy matches exactly the packets whose fields, cut down to these masks, equal its own. Policies of the same
// masks are then found by one question to a hash table, however many they are.
#ifndef BULKHEAD_FW_MASKS_H
#define BULKHEAD_FW_MASKS_H

#include "fw-d/policy.h"

// Leading bits that count. 0 for ports: any.
struct masks {
    uint8_t remote_bits;
    uint8_t local_bits;
    uint8_t local_port_bits; // ICMP: of type and code
    uint8_t remote_port_bits;
};

#define MASKS_PORT_BITS 16u

// False: the policy is not of that form.
bool masks_of(const struct policy *p, struct masks *ret_masks);
bool masks_equal(const struct masks *a, const struct masks *b);
// The policy whose lowest values are those of `p`; what the masks leave out goes from there to its end. -EINVAL: `p`
// has bits behind the masks, or they are longer than its fields.
int masks_widen(const struct masks *masks, struct policy *p);
// The first `bits` of n bytes set, the others not.
void masks_fill(uint8_t *mask, size_t n, unsigned bits);

#endif
