// The linter's facts and findings as the edges and the API carry them.
#ifndef BULKHEAD_PKI_LINT_MESSAGE_H
#define BULKHEAD_PKI_LINT_MESSAGE_H

#include "bulkhead/internal/v1/certificate_facts.pb-c.h"
#include "bulkhead/v1/certificate.pb-c.h"
#include "lib/pki/lint.h"

// Findings as messages. Starts zeroed.
struct lint_message_list {
    Bulkhead__V1__LintFinding **findings; // for a response's repeated field
    size_t n;
    bool has_error;     // a finding of severity ERROR is there
    bool out_of_memory; // not all findings are there
};

// A lint_finding_fn; arg is a struct lint_message_list.
void lint_message_add(void *list, const struct lint_finding *finding);
void lint_message_list_done(struct lint_message_list *list);

// What the verifier read; for whom and when is the caller's to fill in. Lends from `message`.
void lint_message_facts(const Bulkhead__Internal__V1__CertificateFacts *message, struct lint_facts *ret_facts);

enum lint_purpose lint_message_purpose(Bulkhead__V1__CertificatePurpose purpose);
// Sets key and rsa_bits of a key of ours.
void lint_message_key(Bulkhead__V1__KeyType type, struct lint_facts *facts);

#endif
