#include "ike-d/link/tunnel_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/link/lifetime_reader.h"
#include "ike-d/link/peer_reader.h"
#include "ike-d/sa/ike_limits.h"
#include "lib/schema/policy_form.h"

static int refuse(char *ret_error, unsigned error_size, const char *what, const char *value)
{
    (void)snprintf(ret_error, error_size, "%s: \"%s\" is not valid", what, value ? value : "");
    return -EINVAL;
}

static enum tunnel_action action_of(Bulkhead__V1__PolicyAction action)
{
    switch (action) {
    case BULKHEAD__V1__POLICY_ACTION__POLICY_ACTION_BYPASS:
        return TUNNEL_ACTION_BYPASS;
    case BULKHEAD__V1__POLICY_ACTION__POLICY_ACTION_DISCARD:
        return TUNNEL_ACTION_DISCARD;
    default:
        return TUNNEL_ACTION_PROTECT;
    }
}

static int grow(struct tunnel_config *config, size_t more)
{
    size_t n = config->policies_n + more;
    if (n <= config->policies_capacity) {
        return 0;
    }
    n = n < 2u * config->policies_capacity ? 2u * config->policies_capacity : n;
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
    config->policies_capacity = (unsigned)n;
    return 0;
}

// What it shares a CHILD_SA with: NULL, the others that are shared; else the name of its own. A policy without a name
// is called by its index in the tunnel.
static const char *child_name(const struct tunnel_config *config, const Bulkhead__V1__Policy *policy, char number[16])
{
    bool shared = policy->selectors == BULKHEAD__V1__SELECTOR_MODE__SELECTOR_MODE_SHARED;
    if (policy->selectors == BULKHEAD__V1__SELECTOR_MODE__SELECTOR_MODE_UNSPECIFIED) {
        shared = !config->one_per_child;
    }
    (void)snprintf(number, 16, "%u", config->policies_read);
    return shared ? NULL : policy->name[0] != '\0' ? policy->name : number;
}

static int add_pair(struct tunnel_config *config, const struct tunnel_policy *policy, const char *name)
{
    if (config->policies_n >= POLICY_PAIRS_MAX) {
        return -E2BIG;
    }
    config->policies[config->policies_n++] = *policy;
    if (policy->action != TUNNEL_ACTION_PROTECT) {
        return 0;
    }
    config->protected[config->protected_n++] = policy->pair;
    return child_config_add(config, &policy->pair, name);
}

// Each pair that the policy stands for.
static int add_policy(struct tunnel_config *config, const Bulkhead__V1__Policy *message, const char **ret_why)
{
    struct policy_words words = policy_form_words(message);
    struct tunnel_policy policy = {.action = action_of(message->action)};
    size_t n = policy_words_pairs(&words);
    char number[16];
    const char *name = child_name(config, message, number);
    int error = grow(config, n);
    for (size_t i = 0; i < n && error == 0; i++) {
        error = policy_words_pair(&words, i, &policy.pair.local, &policy.pair.remote, ret_why);
        if (error == -EAFNOSUPPORT) {
            error = 0;
        } else if (error == 0) {
            error = add_pair(config, &policy, name);
        }
    }
    config->policies_read++;
    return error;
}

static int add_policies(struct tunnel_config *config, const Bulkhead__V1__Tunnel *message, char *ret_error,
                        unsigned error_size)
{
    int error = 0;
    for (size_t i = 0; i < message->n_policies && error == 0; i++) {
        const char *why = NULL;
        error = add_policy(config, message->policies[i], &why);
        if (error == -E2BIG) {
            (void)snprintf(ret_error, error_size, "policies: more than %u pairs of selectors, or than %u CHILD_SAs",
                           POLICY_PAIRS_MAX, IKE_CHILD_SLOTS_MAX);
            error = -EINVAL;
        } else if (error < 0) {
            (void)snprintf(ret_error, error_size, "policies[%u]: %s", config->policies_read - 1,
                           why ? why : "not valid");
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

static enum tunnel_encapsulation encapsulation_of(Bulkhead__V1__Encapsulation encapsulation)
{
    switch (encapsulation) {
    case BULKHEAD__V1__ENCAPSULATION__ENCAPSULATION_FORCE:
        return TUNNEL_ENCAPSULATION_FORCE;
    case BULKHEAD__V1__ENCAPSULATION__ENCAPSULATION_OFF:
        return TUNNEL_ENCAPSULATION_OFF;
    default:
        return TUNNEL_ENCAPSULATION_AUTO;
    }
}

static enum tunnel_recovery recovery_of(Bulkhead__V1__RecoveryAction action)
{
    switch (action) {
    case BULKHEAD__V1__RECOVERY_ACTION__RECOVERY_ACTION_RESTART:
        return TUNNEL_RECOVERY_RESTART;
    case BULKHEAD__V1__RECOVERY_ACTION__RECOVERY_ACTION_ON_DEMAND:
        return TUNNEL_RECOVERY_ON_DEMAND;
    case BULKHEAD__V1__RECOVERY_ACTION__RECOVERY_ACTION_CLEAR:
        return TUNNEL_RECOVERY_CLEAR;
    default:
        return TUNNEL_RECOVERY_BY_START;
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
    if (peer_reader_local(message->local, config) < 0) {
        return refuse(ret_error, error_size, "local", message->local->address);
    }
    if (peer_reader_remote(message->remote, config) < 0) {
        return refuse(ret_error, error_size, "remote", message->remote->address);
    }
    if (peer_reader_auth(message->auth, config) < 0) {
        return -ENOMEM;
    }
    config->start = start_of(message->start);
    config->unique = peer_reader_unique(message->unique);
    config->reauthentication_ms = message->reauthentication ? (uint64_t)message->reauthentication->seconds * 1000 : 0;
    config->childless = peer_reader_childless(message->childless);
    config->liveness_ms = liveness_of(message->liveness);
    config->liveness_action = message->liveness ? recovery_of(message->liveness->action) : TUNNEL_RECOVERY_BY_START;
    config->close_action = recovery_of(message->close_action);
    config->transport = message->mode == BULKHEAD__V1__SA_MODE__SA_MODE_TRANSPORT;
    config->one_per_child = message->selectors == BULKHEAD__V1__SELECTOR_MODE__SELECTOR_MODE_ONE_PER_CHILD;
    config->encapsulation = encapsulation_of(message->encapsulation);
    config->dscp = message->dscp_presence_case == BULKHEAD__V1__TUNNEL__DSCP_PRESENCE__NOT_SET ? TUNNEL_DSCP_COPIED
                                                                                               : (uint8_t)message->dscp;
    config->replay_window = message->replay_window ? message->replay_window : IKE_REPLAY_WINDOW_PKTS;
    config->mobike = message->mobike_presence_case == BULKHEAD__V1__TUNNEL__MOBIKE_PRESENCE__NOT_SET || message->mobike;
    config->fragmentation =
        message->fragmentation_presence_case == BULKHEAD__V1__TUNNEL__FRAGMENTATION_PRESENCE__NOT_SET ||
        message->fragmentation;
    config->ike_lifetime = lifetime_reader_read(message->ike_lifetime, IKE_LIFETIME_IKE_REKEY_MS);
    config->child_lifetime = lifetime_reader_read(message->child_lifetime, IKE_LIFETIME_CHILD_REKEY_MS);
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
