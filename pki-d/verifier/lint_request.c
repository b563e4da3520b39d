#include "pki-d/verifier/lint_request.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "lib/ipc/edge_message.h"
#include "pki-d/verifier/certificate_facts.h"
#include "pki-d/verifier/pem.h"
#include "pki-d/verifier/verifier_limits.h"

static int bad(char *ret_reason, const char *text)
{
    snprintf(ret_reason, VERIFIER_REASON_MAX, "%s", text);
    return -EBADMSG;
}

static int read_pem(struct bytes data, certificate_facts **ret_facts, char *ret_reason)
{
    BIO *bio = BIO_new_mem_buf(data.p, (int)data.n);
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, pem_refuse_passphrase, NULL) : NULL;
    uint8_t *der = NULL;
    int n = certificate ? i2d_X509(certificate, &der) : 0, r;

    if (n > 0)
        r = certificate_facts_read(bytes_of(der, (size_t)n), ret_facts, ret_reason);
    else
        r = bad(ret_reason, "data: no certificate in this PEM file");
    OPENSSL_free(der);
    X509_free(certificate);
    BIO_free(bio);
    ERR_clear_error();
    return r;
}

static int read_certificate(struct bytes data, certificate_facts **ret_facts, char *ret_reason)
{
    if (data.n == 0 || data.n > VERIFIER_REQUEST_MAX_BYTES)
        return bad(ret_reason, "data: a certificate, PEM or DER, of at most 48 KiB");
    if (memmem(data.p, data.n, "-----BEGIN", 10))
        return read_pem(data, ret_facts, ret_reason);
    return certificate_facts_read(data, ret_facts, ret_reason);
}

int lint_request_answer(const Bulkhead__V1__LintCertificateRequest *request, int64_t now,
                        struct lint_message_list *ret_list, char *ret_reason)
{
    struct lint_facts facts = {0};
    certificate_facts *message;
    size_t unknown = 0;
    uint32_t clients;
    int r;

    if (!request)
        return bad(ret_reason, "request: missing");
    clients = lint_profile_find_all(request->clients, request->n_clients, &unknown);
    if (clients == 0) {
        snprintf(ret_reason, VERIFIER_REASON_MAX, "clients[%zu]: there is %s", unknown, LINT_CLIENT_NAMES);
        return -EBADMSG;
    }
    r = read_certificate(edge_message_bytes(&request->data), &message, ret_reason);
    if (r < 0)
        return r;
    lint_message_facts(message, &facts);
    facts.clients = clients;
    facts.dialled = request->dialled;
    facts.dialled_n = request->n_dialled;
    facts.now = now;
    lint_certificate(&facts, lint_message_add, ret_list);
    certificate_facts_free(message);
    if (!ret_list->out_of_memory)
        return 0;
    snprintf(ret_reason, VERIFIER_REASON_MAX, "out of memory");
    return -ENOMEM;
}
