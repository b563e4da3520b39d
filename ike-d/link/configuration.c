#include "ike-d/link/configuration.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/link/tunnel_reader.h"
#include "ike-d/sa/ike_limits.h"

void configuration_reset(struct configuration *configuration)
{
    for (size_t i = 0; i < configuration->n; i++) {
        tunnel_config_free(configuration->configs[i]);
    }
    free(configuration->configs);
    offer_pool_sweep(&configuration->offers);
    *configuration = (struct configuration){.offers = configuration->offers};
}

void configuration_done(struct configuration *configuration)
{
    configuration_reset(configuration);
    offer_pool_done(&configuration->offers);
}

static int add(struct configuration *configuration, struct tunnel_config *config)
{
    if (configuration->n == IKE_TUNNELS_MAX) {
        return -E2BIG;
    }
    offer_pool_share(&configuration->offers, &config->ike_offer);
    offer_pool_share(&configuration->offers, &config->esp_offer);
    if (configuration->n == configuration->capacity) {
        size_t capacity = configuration->capacity ? 2 * configuration->capacity : 64;
        struct tunnel_config **more = realloc(configuration->configs, capacity * sizeof(*more));
        if (!more) {
            return -ENOMEM;
        }
        configuration->configs = more;
        configuration->capacity = capacity;
    }
    configuration->configs[configuration->n++] = config;
    return 0;
}

static int continue_last(struct configuration *configuration, const Bulkhead__V1__Tunnel *message, char *ret_error,
                         unsigned error_size)
{
    struct tunnel_config *last = configuration->n ? configuration->configs[configuration->n - 1] : NULL;
    if (!last || strcmp(last->name, message->name) != 0) {
        (void)snprintf(ret_error, error_size, "the page continues a tunnel that was not begun");
        return -EINVAL;
    }
    return tunnel_reader_append(last, message, ret_error, error_size);
}

static int read_page(struct configuration *configuration, const Bulkhead__Internal__V1__IkeConfigureRequest *page,
                     char *ret_error, unsigned error_size)
{
    for (size_t i = 0; i < page->n_tunnels; i++) {
        struct tunnel_config *config;
        int error;
        if (i == 0 && page->continued) {
            error = continue_last(configuration, page->tunnels[i], ret_error, error_size);
        } else {
            error = tunnel_reader_read(page->tunnels[i], &config, ret_error, error_size);
            if (error == 0 && (error = add(configuration, config)) < 0) {
                tunnel_config_free(config);
                (void)snprintf(ret_error, error_size, "more than %u tunnels, or out of memory", IKE_TUNNELS_MAX);
            }
        }
        if (error < 0) {
            return error;
        }
    }
    return 0;
}

int configuration_add_page(struct configuration *configuration, const Bulkhead__Internal__V1__IkeConfigureRequest *page,
                           char *ret_error, unsigned error_size)
{
    if (page->generation != configuration->generation) {
        configuration_reset(configuration);
        configuration->generation = page->generation;
    }
    int error = read_page(configuration, page, ret_error, error_size);
    if (error < 0) {
        configuration_reset(configuration);
    }
    for (size_t i = 0; error == 0 && page->last && i < configuration->n; i++) {
        tunnel_config_complete(configuration->configs[i]);
    }
    return error;
}
