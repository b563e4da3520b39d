// Rules of lifetimes (declared in config_rules.h; the words are those of proto/bulkhead/v1/tunnel.proto).
#include "lib/schema/config_rules.h"

#include <stdio.h>

#define REKEY_MAX_S        (30 * 86400)
#define JITTER_MAX_PERCENT 50

static bool is_between(const Google__Protobuf__Duration *d, int64_t min_s, int64_t max_s)
{
    return d->seconds >= min_s && (d->seconds < max_s || (d->seconds == max_s && d->nanos == 0));
}

static bool is_zero(const Google__Protobuf__Duration *d)
{
    return d->seconds == 0 && d->nanos == 0;
}

static bool is_over(const Google__Protobuf__Duration *d, int64_t rekey_s, int32_t rekey_ns)
{
    return d->seconds > rekey_s || (d->seconds == rekey_s && d->nanos > rekey_ns);
}

static void refuse(const struct rules *rules, const char *lifetime, const char *field, const char *what)
{
    char path[48];

    snprintf(path, sizeof(path), "%s.%s", lifetime, field);
    rules_refuse(rules, path, "%s", what);
}

static void check_hard(const struct rules *rules, const char *name, const Bulkhead__V1__Lifetime *lifetime,
                       int64_t default_rekey_s)
{
    const Google__Protobuf__Duration *rekey = lifetime->rekey;
    char text[160];

    if (!lifetime->hard)
        return;
    if (!is_between(lifetime->hard, 1, 2 * REKEY_MAX_S)) {
        snprintf(text, sizeof(text), "%lld s is out of range; write 1s to 60d", (long long)lifetime->hard->seconds);
        refuse(rules, name, "hard", text);
    } else if (!is_over(lifetime->hard, rekey ? rekey->seconds : default_rekey_s, rekey ? rekey->nanos : 0)) {
        snprintf(text, sizeof(text),
                 "%lld s is not over the soft limit, %lld s%s; write more, so that there is time for the replacement",
                 (long long)lifetime->hard->seconds, (long long)(rekey ? rekey->seconds : default_rekey_s),
                 rekey ? "" : " by default");
        refuse(rules, name, "hard", text);
    }
}

void config_check_lifetime(const struct rules *rules, const char *name, const Bulkhead__V1__Lifetime *lifetime,
                           bool of_child)
{
    char text[96];

    if (!lifetime)
        return;
    if (lifetime->rekey && !is_zero(lifetime->rekey) && !is_between(lifetime->rekey, 1, REKEY_MAX_S)) {
        snprintf(text, sizeof(text), "%lld s is out of range; write 1s to 30d, or 0s for never",
                 (long long)lifetime->rekey->seconds);
        refuse(rules, name, "rekey", text);
    }
    check_hard(rules, name, lifetime, of_child ? CONFIG_CHILD_REKEY_DEFAULT_S : CONFIG_IKE_REKEY_DEFAULT_S);
    if (lifetime->jitter_presence_case == BULKHEAD__V1__LIFETIME__JITTER_PRESENCE_JITTER &&
        lifetime->jitter > JITTER_MAX_PERCENT) {
        snprintf(text, sizeof(text), "%u %% is out of range; write 0 to %d", lifetime->jitter, JITTER_MAX_PERCENT);
        refuse(rules, name, "jitter", text);
    }
    if (!of_child && lifetime->rekey_bytes)
        refuse(rules, name, "rekey_bytes", "an IKE SA carries no traffic; write it in child_lifetime");
    if (!of_child && lifetime->rekey_packets)
        refuse(rules, name, "rekey_packets", "an IKE SA carries no traffic; write it in child_lifetime");
}
