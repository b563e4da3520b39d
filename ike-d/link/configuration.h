// The desired tunnels as api-d sends them: pages of one generation, which take effect together with the last one.
#ifndef BULKHEAD_IKE_LINK_CONFIGURATION_H
#define BULKHEAD_IKE_LINK_CONFIGURATION_H

#include "bulkhead/internal/v1/api_ike.pb-c.h"
#include "ike-d/nego/offer_pool.h"
#include "ike-d/sa/tunnel_config.h"

struct configuration {
    uint64_t generation;
    struct tunnel_config **configs;
    size_t n;
    size_t capacity;
    struct offer_pool offers; // of all tunnels, whatever the generation
};

// Takes a page in; another generation than before starts anew. -EINVAL with a text (the generation is then forgotten),
// -ENOMEM.
int configuration_add_page(struct configuration *configuration, const Bulkhead__Internal__V1__IkeConfigureRequest *page,
                           char *ret_error, unsigned error_size);
// Forgets what was read.
void configuration_reset(struct configuration *configuration);
void configuration_done(struct configuration *configuration);

#endif
