#include "ike-d/nego/dialect_words.h"

#include <stdio.h>
#include <string.h>

struct word {
    uint8_t type;
    uint16_t id;
    uint16_t key_bits;
    const char *ike; // in /ip ipsec profile; NULL: not there
    const char *esp; // in /ip ipsec proposal
};

// RouterOS has no AEAD for the IKE SA.
static const struct word words[] = {
    {TRANSFORM_ENCR, 3, 0, "3des", "3des"},
    {TRANSFORM_ENCR, 12, 128, "aes-128", "aes-128-cbc"},
    {TRANSFORM_ENCR, 12, 192, "aes-192", "aes-192-cbc"},
    {TRANSFORM_ENCR, 12, 256, "aes-256", "aes-256-cbc"},
    {TRANSFORM_ENCR, 13, 128, NULL, "aes-128-ctr"},
    {TRANSFORM_ENCR, 13, 192, NULL, "aes-192-ctr"},
    {TRANSFORM_ENCR, 13, 256, NULL, "aes-256-ctr"},
    {TRANSFORM_ENCR, 20, 128, NULL, "aes-128-gcm"},
    {TRANSFORM_ENCR, 20, 192, NULL, "aes-192-gcm"},
    {TRANSFORM_ENCR, 20, 256, NULL, "aes-256-gcm"},
    {TRANSFORM_INTEG, 1, 0, "md5", "md5"},
    {TRANSFORM_INTEG, 2, 0, "sha1", "sha1"},
    {TRANSFORM_INTEG, 12, 0, "sha256", "sha256"},
    {TRANSFORM_INTEG, 13, 0, "sha384", NULL},
    {TRANSFORM_INTEG, 14, 0, "sha512", "sha512"},
    {TRANSFORM_KE, 2, 0, "modp1024", "modp1024"},
    {TRANSFORM_KE, 5, 0, "modp1536", "modp1536"},
    {TRANSFORM_KE, 14, 0, "modp2048", "modp2048"},
    {TRANSFORM_KE, 15, 0, "modp3072", "modp3072"},
    {TRANSFORM_KE, 16, 0, "modp4096", "modp4096"},
    {TRANSFORM_KE, 17, 0, "modp6144", "modp6144"},
    {TRANSFORM_KE, 18, 0, "modp8192", "modp8192"},
    {TRANSFORM_KE, 19, 0, "ecp256", "ecp256"},
    {TRANSFORM_KE, 20, 0, "ecp384", "ecp384"},
    {TRANSFORM_KE, 21, 0, "ecp521", "ecp521"},
    {TRANSFORM_KE, 31, 0, "x25519", "x25519"},
};

static const char *word_of(const struct transform *t, bool ike)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const struct word *w = &words[i];
        if (w->type == t->type && w->id == t->id && w->key_bits == t->key_bits) {
            return ike ? w->ike : w->esp;
        }
    }
    return NULL;
}

// All of a type that RouterOS can do, with commas; `none` when the proposal has no such type. False: none that it can.
static bool list(const struct proposal *p, enum transform_type type, bool ike, const char *none, char out[200])
{
    size_t used = 0;
    bool any = false;
    out[0] = '\0';
    for (unsigned i = 0; i < p->n && used < 200; i++) {
        const char *word = p->transform[i].type == type ? word_of(&p->transform[i], ike) : NULL;
        any = any || p->transform[i].type == type;
        if (word) {
            used += (size_t)snprintf(out + used, 200 - used, "%s%s", used ? "," : "", word);
        }
    }
    if (!any && none) {
        (void)snprintf(out, 200, "%s", none);
    }
    return out[0] != '\0';
}

static bool ike_proposal(const struct proposal *p, char *out, size_t out_size)
{
    char encr[200], integ[200], ke[200];
    if (!list(p, TRANSFORM_ENCR, true, NULL, encr) || !list(p, TRANSFORM_INTEG, true, NULL, integ) ||
        !list(p, TRANSFORM_KE, true, NULL, ke)) {
        return false;
    }
    integ[strcspn(integ, ",")] = '\0'; // a profile takes one
    (void)snprintf(out, out_size, "/ip ipsec profile set PROFILE enc-algorithm=%s hash-algorithm=%s dh-group=%s", encr,
                   integ, ke);
    return true;
}

static bool esp_proposal(const struct proposal *p, char *out, size_t out_size)
{
    char encr[200], integ[200], ke[200];
    if (!list(p, TRANSFORM_ENCR, false, NULL, encr) || !list(p, TRANSFORM_INTEG, false, "null", integ) ||
        !list(p, TRANSFORM_KE, false, "none", ke)) {
        return false;
    }
    ke[strcspn(ke, ",")] = '\0'; // a proposal takes one
    (void)snprintf(out, out_size, "/ip ipsec proposal set PROPOSAL enc-algorithms=%s auth-algorithms=%s pfs-group=%s",
                   encr, integ, ke);
    return true;
}

static void policy(const struct selector_pair *ours, char *out, size_t out_size)
{
    char local[RANGE_TEXT_MAX];
    char remote[RANGE_TEXT_MAX];
    (void)snprintf(out, out_size,
                   "/ip ipsec policy set [find peer=PEER] src-address=%s dst-address=%s tunnel=yes level=unique",
                   range_format(&ours->remote.range, local, sizeof(local)),
                   range_format(&ours->local.range, remote, sizeof(remote)));
}

static char *identity(const struct identity *id, char *out, size_t out_size)
{
    char bare[IDENTITY_TEXT_MAX];
    const char *prefix = id->type == IDENTITY_FQDN     ? "fqdn"
                         : id->type == IDENTITY_EMAIL  ? "user-fqdn"
                         : id->type == IDENTITY_KEY_ID ? "key-id"
                         : id->type == IDENTITY_DN     ? "dn"
                                                       : "address";
    (void)snprintf(out, out_size, "%s:%.200s", prefix, dialect_bare_identity(id, bare, sizeof(bare)));
    return out;
}

static void identities(const struct identity *peers, const struct identity *ours, char *out, size_t out_size)
{
    char local[IDENTITY_TEXT_MAX];
    char remote[IDENTITY_TEXT_MAX];
    (void)snprintf(out, out_size, "/ip ipsec identity set [find peer=PEER] my-id=%.200s remote-id=%.200s",
                   identity(peers, local, sizeof(local)), identity(ours, remote, sizeof(remote)));
}

const struct dialect dialect_routeros = {
    .vendor = VENDOR_ROUTEROS,
    .ike_proposal = ike_proposal,
    .esp_proposal = esp_proposal,
    .policy = policy,
    .identities = identities,
    .secret = "/ip ipsec identity set [find peer=PEER] secret=KEY (a key that begins with 0x is hexadecimal there)",
    .certificate = "/certificate import file-name=FILE passphrase=...\n"
                   "/ip ipsec identity set [find peer=PEER] auth-method=digital-signature certificate=CERT",
    .authority = "/certificate import file-name=CA.pem\n"
                 "/ip ipsec identity set [find peer=PEER] auth-method=digital-signature remote-certificate=none "
                 "match-by=remote-id",
    .tunnel = "/ip ipsec policy set [find peer=PEER] tunnel=yes",
    .transport = "/ip ipsec policy set [find peer=PEER] tunnel=no",
    .ikev2 = "/ip ipsec peer set PEER exchange-mode=ike2",
};
