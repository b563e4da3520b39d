// The maps of table `inet bulkhead`. One map a layer, from local . remote (and protocol, ports) to the policy's action,
// used for both directions: a packet from outside is looked up with its fields swapped. And one verdict map for each
// place that asks, from the action to what is done with it there.
#ifndef BULKHEAD_FW_SETS_H
#define BULKHEAD_FW_SETS_H

#include "fw-d/batch.h"
#include "fw-d/layers.h"

// Value of an element whose local side is a whole address family: protected like any other, but what comes out of the
// tunnel goes on to anywhere, so the operator's NAT is not kept from it.
#define SET_ACTION_PROTECT_OPEN 4u

#define SET_NAME_MAX 16
#define SET_KEY_MAX  48

// "v4_layer0"; index counts the layers of that family.
char *set_name(uint8_t family, size_t index, char *out, size_t out_size);

// The key of a policy's element: lowest and highest value, whose length is returned.
size_t set_key_encode(const struct policy *p, enum layer_shape shape, uint8_t *start, uint8_t *end);
// The other way, for what the kernel dumps. value: the element's. -EINVAL.
int set_key_decode(uint8_t family, struct bytes start, struct bytes end, uint32_t value, struct policy *ret_policy);

void sets_build(struct batch *batch, const struct layers *layers);

#endif
