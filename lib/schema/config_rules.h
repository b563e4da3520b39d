// The rules of a configuration, in parts. Each adds its mistakes and goes on.
#ifndef BULKHEAD_SCHEMA_CONFIG_RULES_H
#define BULKHEAD_SCHEMA_CONFIG_RULES_H

#include "bulkhead/v1/config.pb-c.h"
#include "lib/schema/mistake.h"

#define CONFIG_TUNNELS_MAX   10000
#define CONFIG_PROPOSALS_MAX 64 // what fits into one SA payload here
#define CONFIG_POLICIES_MAX  1000
#define CONFIG_SIDE_MAX      64 // locals, remotes
// Soft limits by time where nothing is written.
#define CONFIG_CHILD_REKEY_DEFAULT_S 3600
#define CONFIG_IKE_REKEY_DEFAULT_S   14400

// What is being checked: the mistakes' paths start with `path`.
struct rules {
    struct mistakes *mistakes;
    char path[80]; // "tunnels[2]", "tunnels[2].policies[0]"
};

// A mistake at path.field.
__attribute__((format(printf, 3, 4))) void rules_refuse(const struct rules *rules, const char *field,
                                                        const char *format, ...);

// Everything about one tunnel alone; rules->path is its own.
void config_check_tunnel(const struct rules *rules, const Bulkhead__V1__Tunnel *tunnel);
// Its ends: addresses and identities.
void config_check_ends(const struct rules *rules, const Bulkhead__V1__Tunnel *tunnel);
// How they prove themselves.
void config_check_auth(const struct rules *rules, const Bulkhead__V1__Auth *auth);
// One policy alone.
void config_check_policy(const struct rules *rules, const Bulkhead__V1__Policy *policy);
// A lifetime, written in the tunnel's field `name`; NULL is taken.
void config_check_lifetime(const struct rules *rules, const char *name, const Bulkhead__V1__Lifetime *lifetime,
                           bool of_child);
// What is not of a tunnel; NULL is taken.
void config_check_certificate_checks(struct mistakes *mistakes, const Bulkhead__V1__CertificateChecks *checks);
// No two policies with action protect have equal selectors on both sides: which tunnel would a packet take? -ENOMEM.
int config_check_claims(struct mistakes *mistakes, const Bulkhead__V1__Config *config);

#endif
