// What is configured for one tunnel, in the words of the protocol: made from bulkhead.v1.Tunnel by link/, never changed
// afterwards.
#ifndef BULKHEAD_IKE_SA_TUNNEL_CONFIG_H
#define BULKHEAD_IKE_SA_TUNNEL_CONFIG_H

#include "ike-d/nego/narrow.h"
#include "ike-d/nego/offer.h"
#include "ike-d/sa/child_config.h"
#include "ike-d/sa/kept.h"
#include "ike-d/sa/peer_names.h"
#include "lib/crypto/digest.h"
#include "ike-d/sa/lifetime.h"
#include "lib/net/identity_pattern.h"
#include "lib/net/range.h"

#define TUNNEL_NAME_MAX 64

enum tunnel_start {
    TUNNEL_START_UP,
    TUNNEL_START_ON_DEMAND,
    TUNNEL_START_PASSIVE,
};

enum tunnel_recovery { // when a tunnel is lost
    TUNNEL_RECOVERY_BY_START,
    TUNNEL_RECOVERY_RESTART,
    TUNNEL_RECOVERY_ON_DEMAND,
    TUNNEL_RECOVERY_CLEAR,
};

enum tunnel_encapsulation { // of ESP in UDP (RFC 3948)
    TUNNEL_ENCAPSULATION_AUTO,
    TUNNEL_ENCAPSULATION_FORCE,
    TUNNEL_ENCAPSULATION_OFF,
};

enum tunnel_action { // RFC 4301 4.4.1
    TUNNEL_ACTION_PROTECT,
    TUNNEL_ACTION_BYPASS,
    TUNNEL_ACTION_DISCARD,
};

enum tunnel_childless { // RFC 6023
    TUNNEL_CHILDLESS_ALLOW,
    TUNNEL_CHILDLESS_PREFER,
    TUNNEL_CHILDLESS_FORCE,
    TUNNEL_CHILDLESS_NEVER,
};

enum tunnel_unique { // a second IKE SA between the same two identities
    TUNNEL_UNIQUE_REPLACE,
    TUNNEL_UNIQUE_KEEP,
    TUNNEL_UNIQUE_REJECT,
};

struct tunnel_policy {
    struct selector_pair pair;
    enum tunnel_action action;
};

// No DSCP of its own: the inner packet's.
#define TUNNEL_DSCP_COPIED 0xff

struct tunnel_config {
    char name[TUNNEL_NAME_MAX + 1];
    struct address local;  // family 0: what the route to the peer chooses
    struct address remote; // the first one that is called; family 0: the peer calls
    bool from_anywhere;    // the peer may call from any address
    struct prefix *others; // further addresses of the peer: hosts are called, too, wider ones only accepted
    unsigned others_n;
    struct peer_names *names;       // of the peer; NULL: none
    struct kept_identity local_id;  // IDENTITY_NONE: the address of that end, or what the certificate says
    struct kept_identity remote_id; // the same
    enum identity_pattern_kind remote_id_kind;
    enum tunnel_start start;
    uint32_t liveness_ms;
    enum tunnel_recovery liveness_action;
    enum tunnel_recovery close_action;
    bool transport; // mode of its CHILD_SAs
    uint8_t dscp;   // of the outer packets; TUNNEL_DSCP_COPIED
    uint32_t replay_window;
    bool one_per_child; // policies that do not say otherwise have a CHILD_SA of their own
    bool fragmentation; // RFC 7383, when the peer can
    bool mobike;        // RFC 4555, the same
    struct lifetime ike_lifetime;
    struct lifetime child_lifetime;
    enum tunnel_encapsulation encapsulation;
    char *secret;       // its name in pki-d, for what people are told; NULL: not known
    char *other_secret; // valid, too, while the secret is being changed; NULL: none
    char *certificate;  // our own, its name in pki-d: both sides authenticate by certificates; NULL: by secrets
    char *ppk_id;       // post-quantum key (RFC 8784); NULL: none
    char *ppk_secret;   // its name in pki-d
    bool ppk_required;
    enum tunnel_childless childless;
    enum tunnel_unique unique;
    uint64_t reauthentication_ms;   // 0: never
    struct tunnel_policy *policies; // in order, for the SPD: tunnel_config_policy; NULL: those that are protected
    unsigned policies_n;
    unsigned policies_capacity;
    unsigned policies_read;          // that these pairs were made of
    struct selector_pair *protected; // those with action protect, whatever CHILD_SA they are for; or its only child's
    unsigned protected_n;
    struct child_config *children; // what each CHILD_SA asks for
    unsigned children_n;
    unsigned last_child_number;
    struct offer *ike_offer;
    struct offer *esp_offer;
    uint8_t source[DIGEST_BYTES]; // of the bytes it was made from: equal bytes, same tunnel
};

void tunnel_config_free(struct tunnel_config *config); // NULL is taken
// All policies are there: keeps each pair once, where the usual ones would be in three lists. Nothing can be added
// afterwards.
void tunnel_config_complete(struct tunnel_config *config);
// The i-th of policies_n, lent.
const struct selector_pair *tunnel_config_policy(const struct tunnel_config *config, unsigned i,
                                                 enum tunnel_action *ret_action);
// More of the bytes that it was made from. -EIO.
int tunnel_config_add_source(struct tunnel_config *config, struct bytes source);
// From the configuration's words. -EINVAL, -ENOMEM.
int tunnel_config_set_local_id(struct tunnel_config *config, const char *text);
int tunnel_config_set_remote_id(struct tunnel_config *config, const char *text);
struct identity_pattern tunnel_config_remote_id(const struct tunnel_config *config);
bool tunnel_config_is_same(const struct tunnel_config *a, const struct tunnel_config *b);

// How well a peer at `remote` that talks to our address `local` fits, best last.
enum tunnel_address_fit {
    TUNNEL_ADDRESS_FIT_NONE,
    TUNNEL_ADDRESS_FIT_ANYWHERE,
    TUNNEL_ADDRESS_FIT_PREFIX,
    TUNNEL_ADDRESS_FIT_HOST,
};
enum tunnel_address_fit tunnel_config_fit_addresses(const struct tunnel_config *config, const struct address *local,
                                                    const struct address *remote);

// The i-th address of the peer that is called, as far as names are known; NULL: there are no more.
const struct address *tunnel_config_callable(const struct tunnel_config *config, unsigned i);
static inline bool tunnel_config_can_call(const struct tunnel_config *config)
{
    return config->remote.family != 0 || config->names;
}
// Where the peer is, for people: its name or first address; NULL: anywhere.
const char *tunnel_config_format_peer(const struct tunnel_config *config, char out[ADDRESS_TEXT_MAX]);
// One address, not more.
bool tunnel_config_is_host(const struct prefix *prefix);

#endif
