// The public's OCSP requests (RFC 6960 4.1), read into typed questions for pki-d.
#ifndef BULKHEAD_PKI_VERIFIER_OCSP_REQUEST_H
#define BULKHEAD_PKI_VERIFIER_OCSP_REQUEST_H

#include "bulkhead/internal/v1/verifier_pki.pb-c.h"
#include "lib/core/bytes.h"

// To be freed with protobuf_c_message_free_unpacked(.., NULL). -EBADMSG: no OCSP request, none or more than
// VERIFIER_OCSP_QUESTIONS_MAX questions, of several issuers, a hash that is not known, a nonce of none or more than 32
// bytes (RFC 8954), a critical extension that is not known. -ENOMEM.
int ocsp_request_read(struct bytes der, Bulkhead__Internal__V1__PkiSignOcspRequest **ret_request);

// An answer that says only why there is none (RFC 6960 2.3), in DER; at most 8 bytes. Returns their number, 0 without
// memory.
enum ocsp_refusal {
    OCSP_REFUSAL_MALFORMED = 1,
    OCSP_REFUSAL_INTERNAL = 2,
    OCSP_REFUSAL_TRY_LATER = 3,
    OCSP_REFUSAL_UNAUTHORIZED = 6, // no authority of ours
};
#define OCSP_REFUSAL_MAX_BYTES 8
size_t ocsp_request_refuse(enum ocsp_refusal refusal, uint8_t ret_der[OCSP_REFUSAL_MAX_BYTES]);

#endif
