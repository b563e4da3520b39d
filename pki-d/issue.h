// New certificates and authorities: by a template, or for a request from outside.
#ifndef BULKHEAD_PKI_ISSUE_H
#define BULKHEAD_PKI_ISSUE_H

#include "bulkhead/internal/v1/certificate_facts.pb-c.h"
#include "lib/pki/lint_message.h"
#include "pki-d/content.h"

// All lent.
struct issue_order {
    const Bulkhead__V1__CertificateTemplate *template;
    Bulkhead__V1__CertificatePurpose purpose;
    const char *issuer;                                    // "": signed by itself
    const Bulkhead__V1__CreateAuthorityRequest *authority; // NULL: none
    const Bulkhead__Internal__V1__CertificateFacts *facts; // of a request from outside; NULL: none
};

struct issue_result {
    struct stored_certificate *certificate;
    struct lint_message_list findings;
};

void issue_result_done(struct issue_result *result);

// Refuses what can be refused before a key is made for it. ret_type: of the key to make.
int issue_check(struct operation *op, const struct issue_order *order, Bulkhead__V1__KeyType *ret_type);
// Makes and stores it. `key`: made for it; with a request from outside NULL. To be done with when 0.
int issue_run(struct operation *op, const struct issue_order *order, EVP_PKEY *key, struct issue_result *ret_result);

// What the linter says of a certificate in the making or of one that is stored.
struct issue_lint {
    const Bulkhead__V1__Certificate *info;
    const char *common_name;
    const X509 *x509; // NULL: the signature algorithm is not looked at
    Bulkhead__V1__KeyType key_type;
    enum lint_purpose purpose;
    char *const *clients;
    size_t clients_n;
    char *const *dialled;
    size_t dialled_n;
    const char *path; // of clients, for refusals
};
int issue_lint(struct operation *op, const struct issue_lint *lint, struct lint_message_list *ret_findings);

#endif
