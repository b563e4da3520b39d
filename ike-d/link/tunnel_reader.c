#include "ike-d/link/tunnel_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/sa/ike_limits.h"

static int refuse(char *ret_error, unsigned error_size, const char *what, const char *value)
{
    (void)snprintf(ret_error, error_size, "%s: \"%s\" is not valid", what, value ? value : "");
    return -EINVAL;
}

static int read_address(const char *text, struct address *ret_address)
{
    if (!text || text[0] == '\0' || strcmp(text, "any") == 0) {
        ret_address->family = 0;
        return 0;
    }
    return address_parse(text, ret_address);
}

static int read_end(const Bulkhead__V1__Endpoint *end, struct address *ret_address, struct identity *ret_id)
{
    ret_id->type = IDENTITY_NONE;
    ret_address->family = 0;
    if (!end) {
        return 0;
    }
    int error = read_address(end->address, ret_address);
    if (error == 0 && end->id && end->id[0] != '\0') {
        error = identity_parse(end->id, ret_id);
    }
    return error;
}

static int read_policy(const Bulkhead__V1__Policy *message, struct tunnel_policy *ret_policy, const char **ret_why)
{
    int error =
        selector_parse(message->local, message->protocol, message->local_ports, &ret_policy->pair.local, ret_why);
    if (error == 0) {
        error = selector_parse(message->remote, message->protocol, message->remote_ports, &ret_policy->pair.remote,
                               ret_why);
    }
    switch (message->action) {
    case BULKHEAD__V1__POLICY_ACTION__POLICY_ACTION_BYPASS:
        ret_policy->action = TUNNEL_ACTION_BYPASS;
        break;
    case BULKHEAD__V1__POLICY_ACTION__POLICY_ACTION_DISCARD:
        ret_policy->action = TUNNEL_ACTION_DISCARD;
        break;
    default:
        ret_policy->action = TUNNEL_ACTION_PROTECT;
        break;
    }
    return error;
}

static int grow(struct tunnel_config *config, size_t more)
{
    size_t n = config->policies_n + more + 1;
    struct tunnel_policy *policies = realloc(config->policies, n * sizeof(*policies));
    if (!policies) {
        return -ENOMEM;
    }
    config->policies = policies;
    struct selector_pair *protected = realloc(config->protected, n * sizeof(*protected));
    if (!protected) {
        return -ENOMEM;
    }
    config->protected = protected;
    return 0;
}

// A policy without a name is called by its number in the tunnel.
static int add_child(struct tunnel_config *config, const Bulkhead__V1__Policy *policy, const struct selector_pair *pair,
                     char *ret_error, unsigned error_size)
{
    char number[16];
    (void)snprintf(number, sizeof(number), "%u", config->policies_n - 1);
    const char *name = policy->name[0] != '\0' ? policy->name : number;
    bool shared = policy->selectors != BULKHEAD__V1__SELECTOR_MODE__SELECTOR_MODE_ONE_PER_CHILD;
    if (policy->selectors == BULKHEAD__V1__SELECTOR_MODE__SELECTOR_MODE_UNSPECIFIED) {
        shared = !config->one_per_child;
    }
    int error = child_config_add(config, pair, shared ? NULL : name);
    if (error == -E2BIG) {
        (void)snprintf(ret_error, error_size, "policies: more than %u CHILD_SAs", IKE_CHILD_SLOTS_MAX);
    }
    return error;
}

static int add_policies(struct tunnel_config *config, const Bulkhead__V1__Tunnel *message, char *ret_error,
                        unsigned error_size)
{
    if (message->n_policies > IKE_POLICIES_MAX - config->policies_n) {
        (void)snprintf(ret_error, error_size, "policies: more than %u", IKE_POLICIES_MAX);
        return -EINVAL;
    }
    int error = grow(config, message->n_policies);
    for (size_t i = 0; i < message->n_policies && error == 0; i++) {
        struct tunnel_policy policy;
        const char *why = NULL;
        error = read_policy(message->policies[i], &policy, &why);
        if (error < 0) {
            (void)snprintf(ret_error, error_size, "policies[%zu]: %s", i, why ? why : "not valid");
            break;
        }
        config->policies[config->policies_n++] = policy;
        if (policy.action == TUNNEL_ACTION_PROTECT) {
            config->protected[config->protected_n++] = policy.pair;
            error = add_child(config, message->policies[i], &policy.pair, ret_error, error_size);
        }
    }
    return error;
}

// Equal bytes are an equal tunnel; protobuf-c packs the same message in the same way.
static int add_source(struct tunnel_config *config, const Bulkhead__V1__Tunnel *message)
{
    size_t n = bulkhead__v1__tunnel__get_packed_size(message);
    uint8_t *source = malloc(n + 1);
    if (!source) {
        return -ENOMEM;
    }
    n = bulkhead__v1__tunnel__pack(message, source);
    int error = tunnel_config_add_source(config, bytes_of(source, n));
    free(source);
    return error;
}

static enum tunnel_start start_of(Bulkhead__V1__StartMode mode)
{
    switch (mode) {
    case BULKHEAD__V1__START_MODE__START_MODE_ON_DEMAND:
        return TUNNEL_START_ON_DEMAND;
    case BULKHEAD__V1__START_MODE__START_MODE_PASSIVE:
        return TUNNEL_START_PASSIVE;
    default:
        return TUNNEL_START_UP;
    }
}

static uint32_t liveness_of(const Bulkhead__V1__Liveness *liveness)
{
    if (!liveness || !liveness->interval) {
        return IKE_LIVENESS_DEFAULT_MS;
    }
    int64_t ms = liveness->interval->seconds * 1000 + liveness->interval->nanos / 1000000;
    return ms >= 1000 && ms <= 86400000 ? (uint32_t)ms : IKE_LIVENESS_DEFAULT_MS;
}

static int read_offers(struct tunnel_config *config, const Bulkhead__V1__Tunnel *message, char *ret_error,
                       unsigned error_size)
{
    int error = offer_new((const char *const *)message->ike_proposals, (unsigned)message->n_ike_proposals, PROPOSAL_IKE,
                          &config->ike_offer, ret_error, error_size);
    if (error == 0) {
        error = offer_new((const char *const *)message->esp_proposals, (unsigned)message->n_esp_proposals, PROPOSAL_ESP,
                          &config->esp_offer, ret_error, error_size);
    }
    return error;
}

static int fill(struct tunnel_config *config, const Bulkhead__V1__Tunnel *message, char *ret_error, unsigned error_size)
{
    size_t n = strlen(message->name);
    if (n == 0 || n > TUNNEL_NAME_MAX) {
        return refuse(ret_error, error_size, "name", message->name);
    }
    memcpy(config->name, message->name, n);
    if (read_end(message->local, &config->local, &config->local_id) < 0) {
        return refuse(ret_error, error_size, "local", message->local->address);
    }
    if (read_end(message->remote, &config->remote, &config->remote_id) < 0) {
        return refuse(ret_error, error_size, "remote", message->remote->address);
    }
    config->start = start_of(message->start);
    config->liveness_ms = liveness_of(message->liveness);
    config->one_per_child = message->selectors == BULKHEAD__V1__SELECTOR_MODE__SELECTOR_MODE_ONE_PER_CHILD;
    config->fragmentation =
        message->fragmentation_presence_case == BULKHEAD__V1__TUNNEL__FRAGMENTATION_PRESENCE__NOT_SET ||
        message->fragmentation;
    if (message->auth && message->auth->method_case == BULKHEAD__V1__AUTH__METHOD_PSK) {
        config->secret = strdup(message->auth->psk->secret);
    }
    int error = read_offers(config, message, ret_error, error_size);
    return error < 0 ? error : tunnel_reader_append(config, message, ret_error, error_size);
}

int tunnel_reader_append(struct tunnel_config *config, const Bulkhead__V1__Tunnel *message, char *ret_error,
                         unsigned error_size)
{
    int error = add_policies(config, message, ret_error, error_size);
    return error < 0 ? error : add_source(config, message);
}

int tunnel_reader_read(const Bulkhead__V1__Tunnel *message, struct tunnel_config **ret_config, char *ret_error,
                       unsigned error_size)
{
    struct tunnel_config *config = calloc(1, sizeof(*config));
    if (!config) {
        return -ENOMEM;
    }
    (void)snprintf(ret_error, error_size, "out of memory");
    int error = fill(config, message, ret_error, error_size);
    if (error < 0) {
        tunnel_config_free(config);
        return error;
    }
    *ret_config = config;
    return 0;
}
