#include "pki-d/verifier/revocation.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/clock.h"
#include "lib/ipc/edge_message.h"
#include "pki-d/verifier/certificate_name.h"
#include "pki-d/verifier/fetch.h"
#include "pki-d/verifier/revocation_source.h"
#include "pki-d/verifier/revocation_status.h"

// Shorter than ike-d waits for the verdict.
#define BUDGET_MS 10000u
#define FETCH_MS  4000u

#define POLICY(name) BULKHEAD__V1__REVOCATION_POLICY__REVOCATION_POLICY_##name
#define STATUS(name) BULKHEAD__INTERNAL__V1__CERTIFICATE_STATUS__STATUS__STATUS_##name

struct revocation {
    struct revocation_question question;
    uint64_t due_ms;
    int n, at; // certificates below the anchor, and the one that is looked at
    bool is_good[VERIFIER_PATH_MAX + 2];
    int asked[VERIFIER_PATH_MAX + 2]; // of pki-d, in the order of its answer
    size_t asked_n;
    struct revocation_source_list sources; // of the one that is looked at
    size_t next_source;
    bool is_listed;    // `sources` are those of `at`
    bool is_second_go; // without the cache
    char why[200];     // why the last source said nothing
    struct verdict verdict;
    revocation_result_fn *on_result;
    void *arg;
};

static void finish(struct revocation *revocation)
{
    revocation->on_result(revocation->arg, &revocation->verdict);
    revocation_source_list_done(&revocation->sources);
    free(revocation);
}

static X509 *certificate_at(const struct revocation *revocation, int at)
{
    return sk_X509_value(revocation->question.path, at);
}

static struct revocation_subject subject_of(const struct revocation *revocation)
{
    return (struct revocation_subject){.certificate = certificate_at(revocation, revocation->at),
                                       .issuer = certificate_at(revocation, revocation->at + 1),
                                       .now = revocation->question.now};
}

static void refuse_revoked(struct revocation *revocation, int at, const struct revocation_status *status)
{
    time_t revoked_at = (time_t)status->revoked_at;
    char name[200], time[40] = "";
    struct tm tm;

    if (revoked_at > 0 && gmtime_r(&revoked_at, &tm))
        strftime(time, sizeof(time), " at %Y-%m-%d %H:%M:%S UTC", &tm);
    verdict_refuse(&revocation->verdict, VERDICT(REVOKED), "%s was revoked%s%s",
                   certificate_name_describe(certificate_at(revocation, at), name, sizeof(name)), time,
                   revocation_status_reason(status->reason));
    finish(revocation);
}

// Nobody knows. False: that ends it.
static bool take_unknown(struct revocation *revocation)
{
    char name[200];
    const char *why = *revocation->why ? revocation->why : "no source is configured, and none answers";

    certificate_name_describe(certificate_at(revocation, revocation->at), name, sizeof(name));
    if (revocation->question.trust->revocation == POLICY(STRICT))
        return verdict_refuse(&revocation->verdict, VERDICT(REVOCATION_UNKNOWN),
                              "whether %s is revoked can't be found out (%s), and `revocation: strict` needs to know",
                              name, why);
    if (!*revocation->verdict.reason)
        snprintf(revocation->verdict.reason, sizeof(revocation->verdict.reason),
                 "whether %s is revoked can't be found out: %s", name, why);
    return true;
}

static void go_on(struct revocation *revocation);

static void on_document(void *arg, const char *error, struct bytes document)
{
    struct revocation *revocation = arg;
    const struct revocation_source *source = &revocation->sources.source[revocation->next_source];
    const struct revocation_subject subject = subject_of(revocation);
    struct revocation_status status = {.state = REVOCATION_UNKNOWN};

    if (error)
        revocation_status_unknown(&status, "%s", error);
    else
        revocation_source_read(source, document, &subject, &status);
    if (status.state == REVOCATION_REVOKED) {
        refuse_revoked(revocation, revocation->at, &status);
        return;
    }
    if (status.state == REVOCATION_GOOD) {
        revocation->is_good[revocation->at] = true;
    } else if (!error && !revocation->is_second_go) {
        revocation->is_second_go = true; // a cached copy may have been the trouble
    } else {
        snprintf(revocation->why, sizeof(revocation->why), "%.80s: %.110s", source->url, status.why);
        revocation->is_second_go = false;
        revocation->next_source++;
    }
    go_on(revocation);
}

// False: no more sources, or no more time.
static bool ask_source(struct revocation *revocation)
{
    const struct revocation_subject subject = subject_of(revocation);
    uint64_t now_ms = clock_monotonic_ms(&clock_system);
    const struct revocation_source *source;
    struct fetch_order order;
    bool asked;

    if (!revocation->is_listed) {
        revocation_source_list_make(revocation->question.trust, &subject, &revocation->sources);
        revocation->next_source = 0;
        revocation->is_listed = true;
        revocation->is_second_go = false;
    }
    if (revocation->next_source >= revocation->sources.n || now_ms >= revocation->due_ms)
        return false;
    source = &revocation->sources.source[revocation->next_source];
    order = (struct fetch_order){.url = source->url,
                                 .max_age_s = revocation->is_second_go ? 0 : revocation_source_max_age_s(source),
                                 .deadline_ms = (uint32_t)(revocation->due_ms - now_ms)};
    if (order.deadline_ms > FETCH_MS)
        order.deadline_ms = FETCH_MS;
    order.body = revocation_source_body(source, &subject);
    asked = fetch_start(revocation->question.node, &order, on_document, revocation) != NULL;
    OPENSSL_free((void *)(uintptr_t)order.body.p);
    return asked;
}

static void go_on(struct revocation *revocation)
{
    bool asks = revocation->question.trust->revocation != POLICY(OFF);

    for (; asks && revocation->at < revocation->n; revocation->at++) {
        if (revocation->is_good[revocation->at]) {
            revocation->is_listed = false;
            revocation->why[0] = '\0';
            continue;
        }
        if (ask_source(revocation))
            return;
        if (!take_unknown(revocation))
            break;
        revocation->is_listed = false;
        revocation->why[0] = '\0';
    }
    finish(revocation);
}

static void take_status(struct revocation *revocation, size_t i,
                        const Bulkhead__Internal__V1__CertificateStatus *status)
{
    int at = revocation->asked[i];

    if (status->status == STATUS(GOOD))
        revocation->is_good[at] = true;
    else if (at == revocation->at)
        snprintf(revocation->why, sizeof(revocation->why),
                 "its authority here never issued it, or the imported CRL is out of date");
}

static void on_statuses(void *arg, const struct ipc_result *result)
{
    struct revocation *revocation = arg;
    const Bulkhead__Internal__V1__PkiGetStatusResponse *response = (const void *)result->message;

    // Fails closed under any policy: what was revoked here must not get in while pki-d is away.
    if (result->error || response->n_statuses != revocation->asked_n) {
        verdict_refuse(&revocation->verdict, VERDICT(REVOCATION_UNKNOWN), "pki-d did not say what is revoked: %s",
                       result->error ? result->text : "an answer of another length");
        finish(revocation);
        return;
    }
    for (size_t i = 0; i < response->n_statuses; i++) {
        const Bulkhead__Internal__V1__CertificateStatus *status = response->statuses[i];

        if (status->status == STATUS(REVOKED)) {
            const struct revocation_status revoked = {
                .state = REVOCATION_REVOKED, .reason = (int)status->reason, .revoked_at = status->revoked_at};

            refuse_revoked(revocation, revocation->asked[i], &revoked);
            return;
        }
        take_status(revocation, i, status);
    }
    go_on(revocation);
}

// Those whose status pki-d knows, all in one question. False: none.
static bool ask_pki(struct revocation *revocation)
{
    Bulkhead__Internal__V1__PkiGetStatusRequest request = BULKHEAD__INTERNAL__V1__PKI_GET_STATUS_REQUEST__INIT;
    Bulkhead__Internal__V1__CertificateId ids[VERIFIER_PATH_MAX + 2], *list[VERIFIER_PATH_MAX + 2];

    for (int at = 0; at < revocation->n; at++) {
        const Bulkhead__Internal__V1__TrustedAuthority *authority =
            revocation_source_authority(revocation->question.trust, certificate_at(revocation, at + 1));
        const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate_at(revocation, at));
        size_t i = revocation->asked_n;

        if (!authority || !authority->has_status)
            continue;
        bulkhead__internal__v1__certificate_id__init(&ids[i]);
        ids[i].authority = authority->name;
        edge_message_put_bytes(bytes_of(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial)),
                               &ids[i].serial);
        list[i] = &ids[i];
        revocation->asked[i] = at;
        revocation->asked_n++;
    }
    request.certificates = list;
    request.n_certificates = revocation->asked_n;
    if (revocation->asked_n == 0)
        return false;
    ipc_call(revocation->question.node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_PKI_GET_STATUS, &request.base, 0,
             on_statuses, revocation);
    return true;
}

void revocation_check(const struct revocation_question *question, revocation_result_fn *on_result, void *arg)
{
    struct revocation *revocation = calloc(1, sizeof(*revocation));
    struct verdict verdict;

    if (!revocation) {
        verdict_refuse(&verdict, VERDICT(REVOCATION_UNKNOWN), "no memory to find out whether it is revoked");
        on_result(arg, &verdict);
        return;
    }
    revocation->question = *question;
    revocation->due_ms = clock_monotonic_ms(&clock_system) + BUDGET_MS;
    revocation->n = sk_X509_num(question->path) - 1;
    revocation->verdict.code = VERDICT(ACCEPTED);
    revocation->on_result = on_result;
    revocation->arg = arg;
    if (revocation->n > VERIFIER_PATH_MAX + 1) // path_build allows no longer ones
        verdict_refuse(&revocation->verdict, VERDICT(UNTRUSTED), "the path of certificates is too long");
    if (revocation->verdict.code != VERDICT(ACCEPTED))
        finish(revocation);
    else if (!ask_pki(revocation))
        go_on(revocation);
}
