#include "ike-d/nego/dialect_words.h"

#include <stdio.h>

static bool ike_proposal(const struct proposal *p, char *out, size_t out_size)
{
    char text[PROPOSAL_TEXT_MAX];
    (void)snprintf(out, out_size, "connections.NAME.proposals = %.300s", proposal_format(p, text, sizeof(text)));
    return true;
}

static bool esp_proposal(const struct proposal *p, char *out, size_t out_size)
{
    char text[PROPOSAL_TEXT_MAX];
    (void)snprintf(out, out_size, "connections.NAME.children.CHILD.esp_proposals = %.300s",
                   proposal_format(p, text, sizeof(text)));
    return true;
}

// swanctl writes protocol and port in brackets, too.
static void policy(const struct selector_pair *ours, char *out, size_t out_size)
{
    char local[SELECTOR_TEXT_MAX];
    char remote[SELECTOR_TEXT_MAX];
    (void)snprintf(out, out_size,
                   "connections.NAME.children.CHILD.local_ts = %s\n"
                   "connections.NAME.children.CHILD.remote_ts = %s",
                   selector_format(&ours->remote, local, sizeof(local)),
                   selector_format(&ours->local, remote, sizeof(remote)));
}

// "@#0a0b" is a key id, "@gw.example" forces an FQDN.
static char *identity(const struct identity *id, char *out, size_t out_size)
{
    char bare[IDENTITY_TEXT_MAX];
    const char *prefix = id->type == IDENTITY_KEY_ID ? "@#" : id->type == IDENTITY_FQDN ? "@" : "";
    (void)snprintf(out, out_size, "%s%.200s", prefix, dialect_bare_identity(id, bare, sizeof(bare)));
    return out;
}

static void identities(const struct identity *peers, const struct identity *ours, char *out, size_t out_size)
{
    char local[IDENTITY_TEXT_MAX];
    char remote[IDENTITY_TEXT_MAX];
    (void)snprintf(out, out_size, "connections.NAME.local.id = %.200s\nconnections.NAME.remote.id = %.200s",
                   identity(peers, local, sizeof(local)), identity(ours, remote, sizeof(remote)));
}

const struct dialect dialect_swanctl = {
    .vendor = VENDOR_STRONGSWAN,
    .ike_proposal = ike_proposal,
    .esp_proposal = esp_proposal,
    .policy = policy,
    .identities = identities,
    .secret = "secrets.ike-NAME.secret = \"KEY\", then swanctl --load-creds",
    .certificate = "connections.NAME.local.auth = pubkey\n"
                   "connections.NAME.local.certs = FILE of x509/, its key in private/\n"
                   "connections.NAME.send_cert = always, then swanctl --load-all",
    .authority = "connections.NAME.remote.auth = pubkey\nour authority as a file in x509ca/, then swanctl --load-all",
    .tunnel = "connections.NAME.children.CHILD.mode = tunnel",
    .transport = "connections.NAME.children.CHILD.mode = transport",
    .ikev2 = "connections.NAME.version = 2",
};
