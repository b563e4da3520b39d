// A configuration at rest. Most of the time nobody looks at it, and packed it takes a fraction of what its many small
// messages do. A tunnel is found by its name without unpacking the others.
#ifndef BULKHEAD_API_PACKED_CONFIG_H
#define BULKHEAD_API_PACKED_CONFIG_H

#include <stdbool.h>

#include "api-d/arena.h"
#include "bulkhead/v1/config.pb-c.h"

// All zero is an empty one.
struct packed_config {
    size_t tunnels_n;
    size_t *end;      // of each tunnel's part of `tunnels`: its name with a 0, then the message
    uint8_t *tunnels; // in order
    size_t rest_n;
    uint8_t *rest; // the configuration but for its tunnels
};

// -ENOMEM.
int packed_config_make(const Bulkhead__V1__Config *config, struct packed_config *ret_packed);
void packed_config_done(struct packed_config *packed);

bool packed_config_has(const struct packed_config *packed, const char *name);
// The caller's, to be freed with the system's allocator. NULL: there is none, or no memory.
Bulkhead__V1__Tunnel *packed_config_find(const struct packed_config *packed, const char *name);
// Whole, in the arena. NULL without memory.
Bulkhead__V1__Config *packed_config_unpack(const struct packed_config *packed, struct arena *arena);

#endif
