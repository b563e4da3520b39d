#include "ike-d/link/peer_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/sa/ike_limits.h"
#include "lib/net/host_name.h"

static bool is_anywhere(const char *text)
{
    return !text || text[0] == '\0' || strcmp(text, "any") == 0;
}

int peer_reader_local(const Bulkhead__V1__Endpoint *local, struct tunnel_config *config)
{
    if (!local) {
        return 0;
    }
    int error = is_anywhere(local->address) ? 0 : address_parse(local->address, &config->local);
    if (error == 0 && local->id && local->id[0] != '\0') {
        error = tunnel_config_set_local_id(config, local->id);
    }
    return error;
}

static int add_name(struct tunnel_config *config, const char *text)
{
    if (!host_name_is_valid(text)) {
        return -EINVAL;
    }
    if (!config->names) {
        config->names = peer_names_new(IKE_OTHER_ADDRESSES_MAX + 1);
    }
    return config->names ? peer_names_add(config->names, text) : -ENOMEM;
}

// A host becomes the one that is called first, unless there is one.
static int add_address(struct tunnel_config *config, const char *text)
{
    struct prefix prefix;
    if (prefix_parse(text, &prefix) < 0) {
        return add_name(config, text);
    }
    if (tunnel_config_is_host(&prefix) && config->remote.family == 0) {
        config->remote = prefix.address;
    } else {
        config->others[config->others_n++] = prefix;
    }
    return 0;
}

static int read_addresses(const Bulkhead__V1__Endpoint *remote, struct tunnel_config *config)
{
    int error = 0;
    if (remote->n_other_addresses > IKE_OTHER_ADDRESSES_MAX) {
        return -E2BIG;
    }
    config->from_anywhere =
        is_anywhere(remote->address) && (remote->n_other_addresses == 0 || strcmp(remote->address, "any") == 0);
    config->others = calloc(remote->n_other_addresses + 1, sizeof(*config->others));
    if (!config->others) {
        return -ENOMEM;
    }
    if (!is_anywhere(remote->address)) {
        error = add_address(config, remote->address);
        if (config->names) {
            config->names->first = true;
        }
    }
    for (size_t i = 0; i < remote->n_other_addresses && error == 0; i++) {
        error = add_address(config, remote->other_addresses[i]);
    }
    if (config->others_n == 0) {
        free(config->others);
        config->others = NULL;
    }
    return error;
}

int peer_reader_remote(const Bulkhead__V1__Endpoint *remote, struct tunnel_config *config)
{
    if (!remote) {
        config->from_anywhere = true;
        return 0;
    }
    int error = read_addresses(remote, config);
    if (error == 0 && remote->id && remote->id[0] != '\0') {
        error = tunnel_config_set_remote_id(config, remote->id);
    }
    return error;
}

// NULL for an empty one.
static int copy_name(const char *from, char **ret_name)
{
    *ret_name = from && from[0] != '\0' ? strdup(from) : NULL;
    return from && from[0] != '\0' && !*ret_name ? -ENOMEM : 0;
}

enum tunnel_unique peer_reader_unique(Bulkhead__V1__UniquePolicy policy)
{
    switch (policy) {
    case BULKHEAD__V1__UNIQUE_POLICY__UNIQUE_POLICY_KEEP:
        return TUNNEL_UNIQUE_KEEP;
    case BULKHEAD__V1__UNIQUE_POLICY__UNIQUE_POLICY_REJECT:
        return TUNNEL_UNIQUE_REJECT;
    default:
        return TUNNEL_UNIQUE_REPLACE;
    }
}

enum tunnel_childless peer_reader_childless(Bulkhead__V1__ChildlessPolicy policy)
{
    switch (policy) {
    case BULKHEAD__V1__CHILDLESS_POLICY__CHILDLESS_POLICY_PREFER:
        return TUNNEL_CHILDLESS_PREFER;
    case BULKHEAD__V1__CHILDLESS_POLICY__CHILDLESS_POLICY_FORCE:
        return TUNNEL_CHILDLESS_FORCE;
    case BULKHEAD__V1__CHILDLESS_POLICY__CHILDLESS_POLICY_NEVER:
        return TUNNEL_CHILDLESS_NEVER;
    default:
        return TUNNEL_CHILDLESS_ALLOW;
    }
}

static int read_method(const Bulkhead__V1__Auth *auth, struct tunnel_config *config)
{
    if (auth->method_case == BULKHEAD__V1__AUTH__METHOD_CERTIFICATE) {
        if (config->remote_id_kind == IDENTITY_PATTERN_EXACT && config->remote_id.type == IDENTITY_NONE) {
            config->remote_id_kind = IDENTITY_PATTERN_ANY; // whoever the certificate names
        }
        return copy_name(auth->certificate->certificate, &config->certificate);
    }
    int error = copy_name(auth->psk->secret, &config->secret);
    return error < 0 ? error : copy_name(auth->psk->other_secret, &config->other_secret);
}

int peer_reader_auth(const Bulkhead__V1__Auth *auth, struct tunnel_config *config)
{
    if (!auth || auth->method_case == BULKHEAD__V1__AUTH__METHOD__NOT_SET) {
        return 0;
    }
    const Bulkhead__V1__Ppk *ppk = auth->ppk;
    int error = read_method(auth, config);
    if (error == 0 && ppk && strlen(ppk->id) <= IKE_PPK_ID_MAX_BYTES) {
        error = copy_name(ppk->id, &config->ppk_id) < 0 ? -ENOMEM : copy_name(ppk->secret, &config->ppk_secret);
        config->ppk_required =
            ppk->required_presence_case == BULKHEAD__V1__PPK__REQUIRED_PRESENCE__NOT_SET || ppk->required;
    }
    return error;
}
