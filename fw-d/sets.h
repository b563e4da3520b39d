// The maps of table `inet bulkhead`: one a layer, from remote . local (. protocol (. local port . remote port, or ICMP
// type and code)) to the chain that does what the policy says. The remote side comes first, since it tells the tunnels
// of a hub apart: the kernel narrows its search field by field, and 10,000 tunnels with one local side would all stay
// in the race. Both directions use them: a packet that comes from the remote side is looked up with its fields swapped,
// and MARK_INBOUND tells the chain.
#ifndef BULKHEAD_FW_SETS_H
#define BULKHEAD_FW_SETS_H

#include "fw-d/batch.h"
#include "fw-d/layers.h"

#define SET_NAME_MAX 16
#define SET_KEY_MAX  48

// The maps of one configuration all end in the same letter, so that the next ones can stand beside them.
#define SET_LETTER_FIRST 'a'
#define SET_LETTER_LAST  'c'

// "v4_layer0_a" into out (SET_NAME_MAX), which it returns; index counts the layers of that family.
char *set_name(uint8_t family, size_t index, char letter, char *out);
// The chain that a policy's element leads to; NULL: back to where the question was asked (bypass).
const char *set_chain(const struct policy *p);

// The key of a policy's element: lowest and highest value (SET_KEY_MAX), whose length is returned.
size_t set_key_encode(const struct policy *p, enum layer_shape shape, uint8_t *start, uint8_t *end);
// The other way, for what the kernel dumps. chain: as set_chain. -EINVAL.
int set_key_decode(uint8_t family, struct bytes start, struct bytes end, const char *chain, struct policy *ret_policy);

// The name is one of those above. False: a map of somebody else's.
bool set_name_is_ours(const char *name);
// Removes one; no rule may ask it any more.
void sets_remove(struct batch *batch, const char *name);
// Declares and fills them; the chains must be there.
void sets_build(struct batch *batch, const struct layers *layers, char letter);

#endif
