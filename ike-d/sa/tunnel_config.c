#include "ike-d/sa/tunnel_config.h"

#include <stdlib.h>

void tunnel_config_free(struct tunnel_config *config)
{
    if (!config) {
        return;
    }
    free(config->secret);
    free(config->policies);
    free(config->protected);
    child_config_free_all(config);
    offer_free(config->ike_offer);
    offer_free(config->esp_offer);
    free(config->source);
    free(config);
}

bool tunnel_config_is_same(const struct tunnel_config *a, const struct tunnel_config *b)
{
    return bytes_equal(bytes_of(a->source, a->source_n), bytes_of(b->source, b->source_n));
}

bool tunnel_config_matches_addresses(const struct tunnel_config *config, const struct address *local,
                                     const struct address *remote)
{
    bool local_fits = config->local.family == 0 || address_equal(&config->local, local);
    bool remote_fits = config->remote.family == 0 || address_equal(&config->remote, remote);
    return local_fits && remote_fits;
}
