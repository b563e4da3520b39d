#include "ike-d/sa/tunnel_config.h"

#include <stdlib.h>
#include <string.h>

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
    free(config);
}

int tunnel_config_add_source(struct tunnel_config *config, struct bytes source)
{
    struct bytes parts[] = {bytes_of(config->source, sizeof(config->source)), source};
    return digest_of(parts, 2, config->source);
}

bool tunnel_config_is_same(const struct tunnel_config *a, const struct tunnel_config *b)
{
    return memcmp(a->source, b->source, sizeof(a->source)) == 0;
}

bool tunnel_config_matches_addresses(const struct tunnel_config *config, const struct address *local,
                                     const struct address *remote)
{
    bool local_fits = config->local.family == 0 || address_equal(&config->local, local);
    bool remote_fits = config->remote.family == 0 || address_equal(&config->remote, remote);
    return local_fits && remote_fits;
}
