// A peer's own certificate, as it comes and signed again by the trusted authority, so that mutations come as far as the
// identity. The AUTH payload is of another key: nothing may be accepted.
#include "tests/fuzz/pki-d/fixed.h"
#include "tests/unit/pki-d/peer_call.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static EVP_PKEY *ca_key;
static X509 *ca;
static struct peer_call call;

static void set_up(void)
{
    EVP_PKEY *stranger;

    if (ca)
        return;
    ca_key = fixed_key(FIXED_CA_SEED);
    stranger = fixed_key(9);
    ca = fixed_ca(ca_key);
    call.anchor = mint_der(ca);
    call.id = "fqdn:gw.example";
    peer_call_sign(&call, stranger);
    EVP_PKEY_free(stranger);
}

static void ask(struct bytes der)
{
    struct peer_answer answer;

    call.sent[0] = call.sent[1] = der;
    call.sent_n = 2;
    peer_call_ask(&call, &answer);
    mint_require(answer.verdict.code != VERDICT(ACCEPTED), "accepted");
    mint_require(*answer.verdict.reason, "no reason");
    peer_answer_done(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *p = data;
    X509 *certificate;
    uint8_t *der = NULL;
    int n = 0;

    set_up();
    ask(bytes_of(data, size));
    certificate = d2i_X509(NULL, &p, (long)size);
    if (certificate && X509_set_issuer_name(certificate, X509_get_subject_name(ca)) == 1 &&
        X509_sign(certificate, ca_key, NULL) > 0)
        n = i2d_X509(certificate, &der);
    if (n > 0)
        ask(bytes_of(der, (size_t)n));
    OPENSSL_free(der);
    X509_free(certificate);
    return 0;
}
