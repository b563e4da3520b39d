#include "ike-d/nego/dialect_words.h"

#include <stdio.h>

struct word {
    uint8_t type;
    uint16_t id;
    uint16_t key_bits;
    const char *ike; // in crypto ikev2 proposal; NULL: not there
    const char *esp; // in a transform set
};

static const struct word words[] = {
    {TRANSFORM_ENCR, 3, 0, "3des", "esp-3des"},
    {TRANSFORM_ENCR, 12, 128, "aes-cbc-128", "esp-aes"},
    {TRANSFORM_ENCR, 12, 192, "aes-cbc-192", "esp-aes 192"},
    {TRANSFORM_ENCR, 12, 256, "aes-cbc-256", "esp-aes 256"},
    {TRANSFORM_ENCR, 20, 128, "aes-gcm-128", "esp-gcm"},
    {TRANSFORM_ENCR, 20, 192, NULL, "esp-gcm 192"},
    {TRANSFORM_ENCR, 20, 256, "aes-gcm-256", "esp-gcm 256"},
    {TRANSFORM_INTEG, 1, 0, "md5", "esp-md5-hmac"},
    {TRANSFORM_INTEG, 2, 0, "sha1", "esp-sha-hmac"},
    {TRANSFORM_INTEG, 12, 0, "sha256", "esp-sha256-hmac"},
    {TRANSFORM_INTEG, 13, 0, "sha384", "esp-sha384-hmac"},
    {TRANSFORM_INTEG, 14, 0, "sha512", "esp-sha512-hmac"},
    {TRANSFORM_PRF, 2, 0, "sha1", NULL},
    {TRANSFORM_PRF, 5, 0, "sha256", NULL},
    {TRANSFORM_PRF, 6, 0, "sha384", NULL},
    {TRANSFORM_PRF, 7, 0, "sha512", NULL},
};

// The first transform of that type that Cisco has; NULL: none.
static const char *first(const struct proposal *p, enum transform_type type, bool ike)
{
    for (unsigned i = 0; i < p->n; i++) {
        for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
            const struct word *w = &words[k];
            const char *word = ike ? w->ike : w->esp;
            if (p->transform[i].type == type && w->type == type && w->id == p->transform[i].id &&
                w->key_bits == p->transform[i].key_bits && word) {
                return word;
            }
        }
    }
    return NULL;
}

static bool ike_proposal(const struct proposal *p, char *out, size_t out_size)
{
    const char *encr = first(p, TRANSFORM_ENCR, true);
    const char *integ = first(p, TRANSFORM_INTEG, true);
    const char *prf = first(p, TRANSFORM_PRF, true);
    const struct transform *ke = proposal_find(p, TRANSFORM_KE);
    bool aead = !proposal_find(p, TRANSFORM_INTEG);
    if (!encr || !ke || (!integ && !aead)) {
        return false;
    }
    size_t used = (size_t)snprintf(out, out_size, "crypto ikev2 proposal NAME\n encryption %s\n", encr);
    if (!aead && used < out_size) {
        used += (size_t)snprintf(out + used, out_size - used, " integrity %s\n", integ);
    }
    if (prf && used < out_size) {
        used += (size_t)snprintf(out + used, out_size - used, " prf %s\n", prf);
    }
    if (used < out_size) {
        (void)snprintf(out + used, out_size - used, " group %u", ke->id);
    }
    return true;
}

static bool esp_proposal(const struct proposal *p, char *out, size_t out_size)
{
    const char *encr = first(p, TRANSFORM_ENCR, false);
    const char *integ = first(p, TRANSFORM_INTEG, false);
    const struct transform *ke = proposal_find(p, TRANSFORM_KE);
    bool aead = !proposal_find(p, TRANSFORM_INTEG);
    if (!encr || (!integ && !aead)) {
        return false;
    }
    size_t used = (size_t)snprintf(out, out_size, "crypto ipsec transform-set NAME %s%s%s\n", encr, aead ? "" : " ",
                                   aead ? "" : integ);
    if (used < out_size && ke) {
        (void)snprintf(out + used, out_size - used, "crypto ipsec profile NAME\n set pfs group%u", ke->id);
    } else if (used < out_size) {
        (void)snprintf(out + used, out_size - used, "crypto ipsec profile NAME\n no set pfs");
    }
    return true;
}

// An access list has addresses with the bits of the mask turned over.
static void put_range(const struct range *range, char *out, size_t out_size)
{
    char text[RANGE_TEXT_MAX];
    struct prefix prefix;
    if (range->start.family != 4 || !range_to_prefix(range, &prefix)) {
        (void)snprintf(out, out_size, "%s", range_format(range, text, sizeof(text)));
        return;
    }
    uint32_t wild = prefix.bits == 0 ? 0xffffffffu : prefix.bits == 32 ? 0 : (1u << (32 - prefix.bits)) - 1;
    (void)snprintf(out, out_size, "%s %u.%u.%u.%u", address_format(&prefix.address, text, sizeof(text)), wild >> 24,
                   wild >> 16 & 0xff, wild >> 8 & 0xff, wild & 0xff);
}

static void policy(const struct selector_pair *ours, char *out, size_t out_size)
{
    char local[RANGE_TEXT_MAX];
    char remote[RANGE_TEXT_MAX];
    put_range(&ours->remote.range, local, sizeof(local));
    put_range(&ours->local.range, remote, sizeof(remote));
    (void)snprintf(out, out_size, "access-list NAME permit ip %s %s (a crypto map's; one entry a pair of networks)",
                   local, remote);
}

static char *identity(const struct identity *id, char *out, size_t out_size)
{
    char bare[IDENTITY_TEXT_MAX];
    const char *prefix = id->type == IDENTITY_FQDN     ? "fqdn"
                         : id->type == IDENTITY_EMAIL  ? "email"
                         : id->type == IDENTITY_KEY_ID ? "key-id"
                         : id->type == IDENTITY_DN     ? "dn"
                                                       : "address";
    (void)snprintf(out, out_size, "%s %.200s", prefix, dialect_bare_identity(id, bare, sizeof(bare)));
    return out;
}

static void identities(const struct identity *peers, const struct identity *ours, char *out, size_t out_size)
{
    char local[IDENTITY_TEXT_MAX];
    char remote[IDENTITY_TEXT_MAX];
    (void)snprintf(out, out_size, "crypto ikev2 profile NAME\n identity local %.200s\n match identity remote %.200s",
                   identity(peers, local, sizeof(local)), identity(ours, remote, sizeof(remote)));
}

const struct dialect dialect_cisco = {
    .vendor = VENDOR_CISCO,
    .ike_proposal = ike_proposal,
    .esp_proposal = esp_proposal,
    .policy = policy,
    .identities = identities,
    .secret = "crypto ikev2 keyring NAME\n peer PEER\n  pre-shared-key KEY",
    .certificate =
        "crypto ikev2 profile NAME\n authentication local rsa-sig (or ecdsa-sig)\n pki trustpoint POINT sign",
    .authority =
        "crypto pki trustpoint POINT ... crypto pki authenticate POINT with our authority\n"
        "crypto ikev2 profile NAME\n authentication remote rsa-sig (or ecdsa-sig)\n pki trustpoint POINT verify",
    .tunnel = "crypto ipsec transform-set NAME ...\n mode tunnel",
    .transport = "crypto ipsec transform-set NAME ...\n mode transport",
    .ikev2 = "crypto ipsec profile NAME\n set ikev2-profile PROFILE (crypto isakmp is IKEv1)",
};
