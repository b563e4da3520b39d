// A certificate from outside, judged by lib/pki/lint.
#ifndef BULKHEAD_PKI_VERIFIER_LINT_REQUEST_H
#define BULKHEAD_PKI_VERIFIER_LINT_REQUEST_H

#include "bulkhead/v1/certificate_service.pb-c.h"
#include "lib/pki/lint_message.h"

// PEM (its first certificate) or DER in `data`. -EBADMSG with a reason (VERIFIER_REASON_MAX bytes); -ENOMEM.
int lint_request_answer(const Bulkhead__V1__LintCertificateRequest *request, int64_t now,
                        struct lint_message_list *ret_list, char *ret_reason);

#endif
