// An OCSP responder's answer about the fixed certificate, as it comes and signed again by the fixed authority, so that
// mutations come past the signature.
#include <openssl/ocsp.h>

#include "pki-d/verifier/ocsp_query.h"
#include "tests/fuzz/pki-d/fixed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static EVP_PKEY *ca_key, *own_key;
static X509 *ca, *own;

static void set_up(void)
{
    if (ca)
        return;
    ca_key = fixed_key(FIXED_CA_SEED);
    own_key = fixed_key(FIXED_OWN_SEED);
    ca = fixed_ca(ca_key);
    own = fixed_own(ca, ca_key, own_key);
}

static void read_one(struct bytes data)
{
    const struct revocation_subject subject = {.certificate = own, .issuer = ca, .now = MINT_NOW};
    struct revocation_status status;

    ocsp_query_check(data, &subject, &status);
}

static void read_signed_again(struct bytes data)
{
    const uint8_t *p = data.p;
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &p, (long)data.n), *again = NULL;
    OCSP_BASICRESP *basic = response ? OCSP_response_get1_basic(response) : NULL;
    uint8_t *der = NULL;
    int n = 0;

    if (basic && OCSP_basic_sign(basic, ca, ca_key, NULL, NULL, OCSP_NOCERTS) == 1)
        again = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    if (again)
        n = i2d_OCSP_RESPONSE(again, &der);
    if (n > 0)
        read_one(bytes_of(der, (size_t)n));
    OPENSSL_free(der);
    OCSP_RESPONSE_free(again);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    set_up();
    read_one(bytes_of(data, size));
    read_signed_again(bytes_of(data, size));
    return 0;
}
