#include "api-d/courier/destination.h"

#include <string.h>

struct block {
    const char *prefix;
    const char *what;
};

// Of the IANA registries of special-purpose addresses (RFC 6890), what is not covered by lib/net's predicates, but for
// those of documents, which lead nowhere.
static const struct block blocks[] = {
    {"0.0.0.0/8", "of this network"},          {"192.0.0.0/24", "a special-purpose address"},
    {"198.18.0.0/15", "a benchmark's"},        {"240.0.0.0/4", "a reserved address"},
    {"::/96", "a special-purpose address"},    {"64:ff9b:1::/48", "a translated one"},
    {"100::/64", "a special-purpose address"}, {"2001::/32", "a Teredo address"},
    {"2002::/16", "a 6to4 address"},           {"fec0::/10", "a site-local address"},
};

// IPv4 in IPv6: mapped (RFC 4291 2.5.5.2) and of NAT64's well-known prefix (RFC 6052 2.1).
static struct address unwrap(const struct address *address)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};
    struct address inner = {.family = 4};

    if (address->family != 6 ||
        (memcmp(address->b, mapped, sizeof(mapped)) != 0 && memcmp(address->b, nat64, sizeof(nat64)) != 0))
        return *address;
    memcpy(inner.b, address->b + sizeof(mapped), 4);
    return inner;
}

static const char *find_block(const struct address *address)
{
    for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++) {
        struct range range;

        if (range_parse(blocks[i].prefix, &range) < 0 || range_contains(&range, address))
            return blocks[i].what;
    }
    return NULL;
}

static const char *classify(const struct address *a, bool *ret_is_private)
{
    *ret_is_private = false;
    if (a->family == 0)
        return "no address";
    if (address_is_any(a))
        return "the unspecified address";
    if (address_is_loopback(a))
        return "a loopback address";
    if (address_is_link_local(a))
        return "a link-local address";
    if (address_is_multicast(a))
        return "a multicast address";
    *ret_is_private = address_is_private(a);
    return *ret_is_private ? "a private address" : find_block(a);
}

const char *destination_classify(const struct address *address, bool *ret_is_private)
{
    struct address a = unwrap(address);

    return classify(&a, ret_is_private);
}

const char *destination_refuse(struct own_networks *networks, const struct address *address, bool allows_own)
{
    struct address a = unwrap(address);
    enum own_networks_verdict verdict;
    bool is_private;
    const char *what = classify(&a, &is_private);

    if (what && !(is_private && allows_own))
        return what;
    if (own_networks_find(networks, &a, &verdict) < 0)
        return "not known to be elsewhere (the kernel did not tell this host's networks)";
    if (verdict == OWN_NETWORKS_SELF)
        return "an address of this host";
    return verdict == OWN_NETWORKS_CONNECTED && !allows_own ? "in a network of this host" : NULL;
}
