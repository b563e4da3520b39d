// The desired tunnels as api-d sends them: pages of one generation, which take effect together with the last one.
#ifndef BULKHEAD_IKE_LINK_CONFIGURATION_H
#define BULKHEAD_IKE_LINK_CONFIGURATION_H

#include "bulkhead/internal/v1/api_ike.pb-c.h"
#include "ike-d/sa/tunnel_config.h"

struct configuration {
    uint64_t generation;
    struct tunnel_config **configs;
    size_t n;
    size_t capacity;
};

// Takes a page in; another generation than before starts anew. -EINVAL with a text (the generation is then forgotten),
// -ENOMEM.
int configuration_add_page(struct configuration *configuration, const Bulkhead__Internal__V1__IkeConfigureRequest *page,
                           char *ret_error, unsigned error_size);
// Forgets what was read.
void configuration_reset(struct configuration *configuration);

#endif
