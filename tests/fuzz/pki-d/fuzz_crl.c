// A CRL of the fixed authority, as it comes and signed again, so that mutations come past the signature.
#include "pki-d/importer/import_crl.h"
#include "pki-d/verifier/crl.h"
#include "pki-d/verifier/verifier_limits.h"
#include "tests/fuzz/pki-d/fixed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static EVP_PKEY *ca_key, *own_key;
static X509 *ca, *own;
static struct bytes ca_der;

static void set_up(void)
{
    if (ca)
        return;
    ca_key = fixed_key(FIXED_CA_SEED);
    own_key = fixed_key(FIXED_OWN_SEED);
    ca = fixed_ca(ca_key);
    own = fixed_own(ca, ca_key, own_key);
    ca_der = mint_der(ca);
}

static void read_one(struct bytes data)
{
    const struct revocation_subject subject = {.certificate = own, .issuer = ca, .now = MINT_NOW};
    struct revocation_status status;
    char reason[VERIFIER_REASON_MAX];
    store_crl_message message;

    crl_check(data, &subject, &status);
    if (import_crl_read(data, ca_der, MINT_NOW, &message, reason) == 0)
        import_crl_done(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *p = data;
    X509_CRL *crl;
    uint8_t *der = NULL;
    int n = 0;

    set_up();
    read_one(bytes_of(data, size));
    crl = d2i_X509_CRL(NULL, &p, (long)size);
    if (crl && X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca)) == 1 && X509_CRL_sign(crl, ca_key, NULL) > 0)
        n = i2d_X509_CRL(crl, &der);
    if (n > 0)
        read_one(bytes_of(der, (size_t)n));
    OPENSSL_free(der);
    X509_CRL_free(crl);
    return 0;
}
