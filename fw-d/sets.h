// The maps of table `inet bulkhead`: one a layer, from remote . local (. protocol (. local port . remote port, or ICMP
// type and code)) to the chain that does what the policy says. The remote side comes first, since it tells the tunnels
// of a hub apart: in a map of intervals the kernel narrows its search field by field, and 10,000 tunnels with one local
// side would all stay in the race. Both directions use them: a packet that comes from the remote side is looked up with
// its fields swapped, and MARK_INBOUND tells the chain. Maps of layers with masks are hash tables, whose rules cut the
// packet's fields down to the masks first.
#ifndef BULKHEAD_FW_SETS_H
#define BULKHEAD_FW_SETS_H

#include "fw-d/batch.h"
#include "fw-d/layers.h"
#include "fw-d/tunnel_names.h"

#define SET_NAME_MAX 32
#define SET_KEY_MAX  48

// The maps of one configuration all end in the same letter, so that the next ones can stand beside them.
#define SET_LETTER_FIRST 'a'
#define SET_LETTER_LAST  'c'

struct set_id {
    struct layer_kind kind; // all but its shape, which the keys have
    bool is_raw;            // of the layers that are asked before connection tracking
    size_t index;           // counts the layers of that family
    char letter;
};

// "v4_layer0_a", "v4_raw0_a"; with masks "v4_layer0_m24_32_0_16_a": bits of the remote and the local address, of the
// local and the remote port. Into out (SET_NAME_MAX), which it returns.
char *set_name(const struct set_id *id, char *out);
// False: a map of somebody else's.
bool set_name_parse(const char *name, struct set_id *ret_id);
// The chain that a policy's element leads to; NULL: back to where the question was asked (bypass).
const char *set_chain(const struct policy *p);

// The key of a policy's element: lowest and highest value (SET_KEY_MAX), whose length is returned.
size_t set_key_encode(const struct policy *p, enum layer_shape shape, uint8_t *start, uint8_t *end);
// The other way, for what the kernel dumps of that map; of a map with masks start and end are the same. chain: as
// set_chain. -EINVAL.
int set_key_decode(const struct set_id *id, struct bytes start, struct bytes end, const char *chain,
                   struct policy *ret_policy);

// Removes one; no rule may ask it any more.
void sets_remove(struct batch *batch, const char *name);
// Declares and fills them; the chains must be there. Each element counts its packets, and its comment names the tunnel,
// but for those that are asked before connection tracking. *id: the last map's number in the transaction, counted on.
void sets_build(struct batch *batch, const struct layers *layers, const struct tunnel_names *tunnels, char letter,
                uint32_t *id);
// Calls back for each layer with its map's name.
typedef void sets_layer_fn(struct batch *batch, const struct layer *layer, const char *name, void *arg);
void sets_walk(struct batch *batch, const struct layers *layers, char letter, sets_layer_fn *visit, void *arg);

#endif
