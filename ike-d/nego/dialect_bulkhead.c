#include "ike-d/nego/dialect_words.h"

#include <stdio.h>

static bool ike_proposal(const struct proposal *p, char *out, size_t out_size)
{
    char text[PROPOSAL_TEXT_MAX];
    (void)snprintf(out, out_size, "ike_proposals: [%.300s]", proposal_format(p, text, sizeof(text)));
    return true;
}

static bool esp_proposal(const struct proposal *p, char *out, size_t out_size)
{
    char text[PROPOSAL_TEXT_MAX];
    (void)snprintf(out, out_size, "esp_proposals: [%.300s]", proposal_format(p, text, sizeof(text)));
    return true;
}

static void policy(const struct selector_pair *ours, char *out, size_t out_size)
{
    char local[SELECTOR_TEXT_MAX];
    char remote[SELECTOR_TEXT_MAX];
    (void)snprintf(out, out_size, "policies: [{local: %s, remote: %s}]",
                   selector_format(&ours->remote, local, sizeof(local)),
                   selector_format(&ours->local, remote, sizeof(remote)));
}

static void identities(const struct identity *peers, const struct identity *ours, char *out, size_t out_size)
{
    char local[IDENTITY_TEXT_MAX];
    char remote[IDENTITY_TEXT_MAX];
    (void)snprintf(out, out_size, "local: {id: \"%.200s\"}\nremote: {id: \"%.200s\"}",
                   identity_format(peers, local, sizeof(local)), identity_format(ours, remote, sizeof(remote)));
}

const struct dialect dialect_bulkhead = {
    .vendor = VENDOR_BULKHEAD,
    .ike_proposal = ike_proposal,
    .esp_proposal = esp_proposal,
    .policy = policy,
    .identities = identities,
    .secret = "bhctl secrets set NAME < FILE",
    .certificate = "auth: {certificate: {certificate: NAME}} (bhctl pki cert list)",
    .authority = "bhctl pki ca import NAME -f FILE\nauth: {certificate: {certificate: ..., authorities: [NAME]}}",
    .tunnel = "mode: tunnel",
    .transport = "mode: transport",
    .ikev2 = "",
};
