// An OCSP request of the public.
#include "pki-d/verifier/ocsp_request.h"
#include "pki-d/verifier/verifier_limits.h"
#include "tests/unit/pki-d/mint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Bulkhead__Internal__V1__PkiSignOcspRequest *request;

    if (ocsp_request_read(bytes_of(data, size), &request) < 0)
        return 0;
    mint_require(request->n_questions >= 1 && request->n_questions <= VERIFIER_OCSP_QUESTIONS_MAX, "questions");
    mint_require(request->nonce.len <= VERIFIER_OCSP_NONCE_MAX_BYTES, "nonce");
    for (size_t i = 0; i < request->n_questions; i++) {
        const Bulkhead__Internal__V1__OcspQuestion *question = request->questions[i];

        mint_require(question->hash >= 1 && question->hash <= 4, "hash");
        mint_require(question->serial.len >= 1 && question->serial.len <= VERIFIER_SERIAL_MAX_BYTES, "serial");
    }
    bulkhead__internal__v1__pki_sign_ocsp_request__free_unpacked(request, NULL);
    return 0;
}
