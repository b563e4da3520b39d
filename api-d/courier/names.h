// Names and their addresses, kept as long as their owners say (RFC 1035 3.2.1, within limits); names that are not
// there, or whose servers are silent, are asked for again after growing pauses. One question a name at a time.
#ifndef BULKHEAD_API_COURIER_NAMES_H
#define BULKHEAD_API_COURIER_NAMES_H

#include "api-d/courier/resolver.h"

struct names;

// NULL without memory. The resolver is lent.
struct names *names_new(uv_loop_t *loop, struct resolver *resolver);
// The answer comes once, perhaps before this returns; its ttl_s is what is left. An address as a name is its own
// answer.
// `anew`: also when an answer is kept, unless it is very young.
void names_ask(struct names *names, const char *name, bool anew, resolver_answered_fn *on_answered, void *arg);
// After resolver_free. NULL is taken.
void names_free(struct names *names);

#endif
