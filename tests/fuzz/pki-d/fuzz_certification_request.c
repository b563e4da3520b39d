// A certification request (PKCS#10), PEM or DER; also signed again with its own key where that is the fixed one, so
// that mutations come past the signature.
#include "pki-d/verifier/certificate_facts.h"
#include "pki-d/verifier/verifier_limits.h"
#include "tests/fuzz/pki-d/fixed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_one(struct bytes data)
{
    char reason[VERIFIER_REASON_MAX];
    certificate_facts *facts;

    if (certificate_facts_read_request(data, &facts, reason) == 0)
        certificate_facts_free(facts);
}

static void read_signed_again(struct bytes data)
{
    const uint8_t *p = data.p;
    X509_REQ *request = d2i_X509_REQ(NULL, &p, (long)data.n);
    EVP_PKEY *key = fixed_key(FIXED_OWN_SEED);
    uint8_t *der = NULL;
    int n = 0;

    if (request && X509_REQ_set_pubkey(request, key) == 1 && X509_REQ_sign(request, key, NULL) > 0)
        n = i2d_X509_REQ(request, &der);
    if (n > 0)
        read_one(bytes_of(der, (size_t)n));
    OPENSSL_free(der);
    EVP_PKEY_free(key);
    X509_REQ_free(request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_one(bytes_of(data, size));
    read_signed_again(bytes_of(data, size));
    return 0;
}
