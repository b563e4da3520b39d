// OCSP answers (RFC 6960) to questions that arrive typed. The responder is the authority itself (4.2.2.2): its key is
// at hand anyway, an answer needs no second certificate that could expire, and clients have the responder's certificate
// already, so that the answer stays short.
#ifndef BULKHEAD_PKI_OCSP_H
#define BULKHEAD_PKI_OCSP_H

#include "bulkhead/internal/v1/verifier_pki.pb-c.h"
#include "pki-d/operation.h"

#define OCSP_QUESTIONS_MAX   16
#define OCSP_NONCE_MAX_BYTES 32   // RFC 8954
#define OCSP_VALID_SECONDS   3600 // thisUpdate to nextUpdate

// OCSPResponse in DER into *ret_der, for OPENSSL_free; its size, or a negative errno.
int ocsp_answer(struct operation *op, const Bulkhead__Internal__V1__PkiSignOcspRequest *request, uint8_t **ret_der);

#endif
