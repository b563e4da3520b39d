#include "pki-d/verifier/peer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/ipc/edge_message.h"
#include "pki-d/verifier/certificate.h"
#include "pki-d/verifier/path.h"
#include "pki-d/verifier/peer_identity.h"
#include "pki-d/verifier/peer_signature.h"
#include "pki-d/verifier/usage.h"

typedef Bulkhead__Internal__V1__VerifierVerifyPeerRequest verify_request;
typedef Bulkhead__Internal__V1__PkiGetTrustResponse trust_response;

// What a path is built from.
struct material {
    STACK_OF(X509) * anchors;
    STACK_OF(X509) * issuers;
    char left_out[200]; // the first certificate that could not be read, and why
};

static void material_done(struct material *material)
{
    sk_X509_pop_free(material->anchors, X509_free);
    sk_X509_pop_free(material->issuers, X509_free);
}

// Takes the certificate.
static int push(STACK_OF(X509) * list, X509 *certificate, char *ret_reason)
{
    if (sk_X509_push(list, certificate) > 0)
        return 0;
    X509_free(certificate);
    snprintf(ret_reason, VERIFIER_REASON_MAX, "out of memory");
    return -ENOMEM;
}

static int add(STACK_OF(X509) * list, struct bytes der, char *ret_reason)
{
    X509 *certificate;
    int r = certificate_parse(der, &certificate, ret_reason);

    return r < 0 ? r : push(list, certificate, ret_reason);
}

// Others than the peer's own may be odd: whoever sends along an old root does no harm, as long as nothing needs it.
static void add_sent(const verify_request *request, struct material *material)
{
    char reason[VERIFIER_REASON_MAX];

    for (size_t i = 1; i < request->n_certificates; i++)
        if (add(material->issuers, edge_message_bytes(&request->certificates[i]), reason) < 0 && !*material->left_out)
            snprintf(material->left_out, sizeof(material->left_out),
                     "; certificate %zu that the peer sent was left out: %.100s", i + 1, reason);
}

static void add_trusted(const struct peer_question *question, struct material *material)
{
    const trust_response *trust = question->trust;
    char reason[VERIFIER_REASON_MAX];

    for (size_t i = 0; i < trust->n_authorities && i < VERIFIER_AUTHORITIES_MAX; i++) {
        const Bulkhead__Internal__V1__TrustedAuthority *authority = trust->authorities[i];
        X509 *certificate;
        int r = trusted_certificate_parse(question->trusted, edge_message_bytes(&authority->der), &certificate, reason);

        if (r == 0)
            r = push(authority->is_anchor ? material->anchors : material->issuers, certificate, reason);
        if (r < 0 && !*material->left_out)
            snprintf(material->left_out, sizeof(material->left_out), "; the authority %.60s was left out: %.80s",
                     authority->name, reason);
    }
}

static bool read_own(const verify_request *request, X509 **ret_certificate, struct verdict *ret_verdict)
{
    char reason[VERIFIER_REASON_MAX];

    if (request->n_certificates == 0)
        return verdict_refuse(ret_verdict, VERDICT(NO_CERTIFICATE), "the peer sent no certificate");
    if (request->n_certificates > VERIFIER_CERTIFICATES_MAX)
        return verdict_refuse(ret_verdict, VERDICT(MALFORMED), "the peer sent %zu certificates, of %u at most",
                              request->n_certificates, VERIFIER_CERTIFICATES_MAX);
    if (certificate_parse(edge_message_bytes(&request->certificates[0]), ret_certificate, reason) == 0)
        return true;
    return verdict_refuse(ret_verdict, VERDICT(MALFORMED), "the peer's certificate can't be used: %.300s", reason);
}

static bool find_path(const struct peer_question *question, struct peer_answer *answer)
{
    struct material material = {.anchors = sk_X509_new_null(), .issuers = sk_X509_new_null()};
    struct path_question path = {.certificate = answer->certificate, .now = question->now};
    struct verdict *verdict = &answer->verdict;
    bool ok = material.anchors && material.issuers;

    if (ok) {
        add_sent(question->request, &material);
        add_trusted(question, &material);
        path.anchors = material.anchors;
        path.issuers = material.issuers;
        ok = path_build(&path, &answer->path, verdict);
    } else {
        verdict_refuse(verdict, VERDICT(MALFORMED), "no memory for the peer's certificates");
    }
    if (!ok && verdict->code == VERDICT(UNTRUSTED)) {
        size_t n = strlen(verdict->reason);

        snprintf(verdict->reason + n, sizeof(verdict->reason) - n, "%s", material.left_out);
    }
    material_done(&material);
    return ok;
}

static bool check_identity(const struct peer_question *question, struct peer_answer *answer)
{
    const Bulkhead__Internal__V1__Identity *claimed = question->request->peer_id;
    struct identity id;

    if (!claimed || claimed->type > UINT8_MAX ||
        identity_from_wire((uint8_t)claimed->type, edge_message_bytes(&claimed->data), &id) < 0)
        return verdict_refuse(&answer->verdict, VERDICT(WRONG_IDENTITY),
                              "the peer's identity is of a kind or length that is not known here");
    return peer_identity_check(answer->certificate, &id, question->trust->remote_id, &answer->verdict);
}

static bool check_signature(const struct peer_question *question, struct peer_answer *answer)
{
    const verify_request *request = question->request;
    const struct peer_signature signature = {
        .method = request->auth_method,
        .auth = edge_message_bytes(&request->auth),
        .own_hashes = request->own_hashes,
        .prf = request->prf,
        .octets = {.message = edge_message_bytes(&request->peer_message),
                   .nonce = edge_message_bytes(&request->own_nonce),
                   .sk_p = edge_message_bytes(&request->sk_p),
                   .id_type = (uint8_t)request->peer_id->type,
                   .id_data = edge_message_bytes(&request->peer_id->data)},
    };

    return peer_signature_check(answer->certificate, &signature, &answer->verdict);
}

static int64_t end_of(const X509 *certificate)
{
    int64_t end = 0;

    return certificate_time(X509_get0_notAfter(certificate), &end) == 0 ? end : 0;
}

static void find_end(struct peer_answer *answer)
{
    if (!answer->certificate)
        return;
    answer->not_after = end_of(answer->certificate);
    for (int i = 0; i < sk_X509_num(answer->path); i++) {
        int64_t end = end_of(sk_X509_value(answer->path, i));

        if (end < answer->not_after)
            answer->not_after = end;
    }
}

void peer_check(const struct peer_question *question, struct peer_answer *ret_answer)
{
    struct peer_answer answer = {.verdict = {.code = VERDICT(UNSPECIFIED)}};

    if (read_own(question->request, &answer.certificate, &answer.verdict) && find_path(question, &answer) &&
        usage_check_peer(answer.certificate, &answer.verdict) && check_identity(question, &answer) &&
        check_signature(question, &answer))
        answer.verdict.code = VERDICT(ACCEPTED);
    find_end(&answer);
    *ret_answer = answer;
}

void peer_answer_done(struct peer_answer *answer)
{
    X509_free(answer->certificate);
    sk_X509_pop_free(answer->path, X509_free);
    *answer = (struct peer_answer){.certificate = NULL};
}
