// The verifier's methods over real edges, with ike-d, courier and pki-d played in the same loop: what is asked of whom
// about revocation, under which policy, and what comes out.
#include "tests/unit/lib/run.h"
#include "tests/unit/pki-d/verifier_stage.h"

static struct bytes make_ocsp(X509 *certificate, int status)
{
    const struct mint_ocsp_order order = {.certificate = certificate,
                                          .issuer = ca,
                                          .key = ca_key,
                                          .status = status,
                                          .reason = OCSP_REVOKED_STATUS_SUPERSEDED,
                                          .from = now - 60,
                                          .until = now + 600};

    return mint_ocsp(&order);
}

static struct bytes make_crl(X509 *revoked, int64_t until)
{
    const struct mint_crl_order order = {
        .issuer = ca, .key = ca_key, .revoked = revoked, .reason = 5, .from = now - 1000, .until = until};

    return mint_crl(&order);
}

START_TEST(nobody_to_ask)
{
    expect(VERDICT(ACCEPTED), "whether CN=gw (serial 07) is revoked can't be found out");
    world.policy = POLICY(STRICT);
    expect(VERDICT(REVOCATION_UNKNOWN), "`revocation: strict`");
    world.policy = POLICY(OFF);
    expect(VERDICT(ACCEPTED), "");
}
END_TEST

START_TEST(pki_knows)
{
    world.has_status = true;
    world.policy = POLICY(STRICT);
    world.status = STATUS(GOOD);
    expect(VERDICT(ACCEPTED), "");
    world.status = STATUS(UNKNOWN);
    expect(VERDICT(REVOCATION_UNKNOWN), "never issued it");
    world.policy = POLICY(IF_AVAILABLE);
    expect(VERDICT(ACCEPTED), "never issued it");
    world.policy = POLICY(OFF);
    world.status = STATUS(REVOKED);
    expect(VERDICT(REVOKED), "CN=gw (serial 07) was revoked at 2027-01-15 08:00:00 UTC: its key is compromised");
    world.policy = POLICY(IF_AVAILABLE);
    world.status = -1; // fails closed
    expect(VERDICT(REVOCATION_UNKNOWN), "pki-d did not say what is revoked: no store");
    ck_assert_uint_eq(world.statuses, 5);
    ck_assert_uint_eq(world.fetches, 0);
}
END_TEST

START_TEST(ocsp_says)
{
    world.has_urls = true;
    world.policy = POLICY(STRICT);
    world.ocsp = make_ocsp(own, V_OCSP_CERTSTATUS_GOOD);
    expect(VERDICT(ACCEPTED), "");
    ck_assert_uint_eq(world.fetches, 1);
    mint_free_der(world.ocsp);
    world.ocsp = make_ocsp(own, V_OCSP_CERTSTATUS_REVOKED);
    world.policy = POLICY(IF_AVAILABLE);
    expect(VERDICT(REVOKED), "it was superseded");
    world.policy = POLICY(OFF);
    world.fetches = 0;
    expect(VERDICT(ACCEPTED), "");
    ck_assert_uint_eq(world.fetches, 0);
}
END_TEST

START_TEST(crl_says)
{
    world.has_urls = true;
    world.policy = POLICY(STRICT);
    expect(VERDICT(REVOCATION_UNKNOWN), CRL_URL ": no such host");
    world.policy = POLICY(UNSPECIFIED);
    expect(VERDICT(ACCEPTED), CRL_URL ": no such host");
    world.policy = POLICY(STRICT);
    world.crl = make_crl(NULL, now + 600); // the responder is still away
    expect(VERDICT(ACCEPTED), "");
    mint_free_der(world.crl);
    world.crl = make_crl(own, now + 600);
    expect(VERDICT(REVOKED), "it is no longer needed");
}
END_TEST

// A copy in the cache that is out of date is fetched anew, before it counts as no answer.
START_TEST(asks_past_the_cache)
{
    world.has_urls = true;
    world.policy = POLICY(STRICT);
    world.crl = make_crl(NULL, now - 600);
    expect(VERDICT(REVOCATION_UNKNOWN), "out of date");
    world.fresh_crl = make_crl(NULL, now + 600);
    expect(VERDICT(ACCEPTED), "");
}
END_TEST

// So many entries that the list has several pages.
static struct bytes lengthen_crl(struct bytes from)
{
    const uint8_t *p = from.p;
    X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)from.n);
    uint8_t *der = NULL;
    int n;

    for (long serial = 1000; serial < 1200; serial++) {
        X509_REVOKED *entry = X509_REVOKED_new();
        ASN1_INTEGER *number = ASN1_INTEGER_new();

        ASN1_INTEGER_set(number, serial);
        X509_REVOKED_set_serialNumber(entry, number);
        X509_REVOKED_set_revocationDate(entry, (ASN1_TIME *)(uintptr_t)X509_CRL_get0_lastUpdate(crl));
        X509_CRL_add0_revoked(crl, entry);
        ASN1_INTEGER_free(number);
    }
    X509_CRL_sign(crl, ca_key, EVP_sha256());
    n = i2d_X509_CRL(crl, &der);
    ck_assert_int_gt(n, 5 * PAGE);
    X509_CRL_free(crl);
    mint_free_der(from);
    return bytes_of(der, (size_t)n);
}

START_TEST(crl_in_pages)
{
    world.has_urls = true;
    world.policy = POLICY(STRICT);
    world.crl = lengthen_crl(make_crl(own, now + 600));
    expect(VERDICT(REVOKED), "was revoked");
}
END_TEST

// A taken courier can keep documents back, and no more.
START_TEST(courier_that_lies)
{
    world.has_urls = true;
    world.policy = POLICY(STRICT);
    world.crl = lengthen_crl(make_crl(NULL, now + 600));
    expect(VERDICT(ACCEPTED), "");
    for (int lie = HONEST + 1; lie < LIES; lie++) {
        world.lie = lie;
        expect(VERDICT(REVOCATION_UNKNOWN), CRL_URL);
    }
}
END_TEST

// Who can't sign makes nobody fetch anything.
START_TEST(wrong_signature_asks_nobody)
{
    world.has_urls = world.has_status = true;
    call.auth[call.auth_n - 1] ^= 1;
    expect(VERDICT(WRONG_SIGNATURE), "CN=gw");
    ck_assert_uint_eq(world.fetches + world.statuses, 0);
}
END_TEST

START_TEST(many_at_once)
{
    world.has_urls = true;
    world.policy = POLICY(STRICT);
    world.ocsp = make_ocsp(own, V_OCSP_CERTSTATUS_GOOD);
    ask(50);
    ck_assert_int_eq(out.verdict, VERDICT(ACCEPTED));
    ck_assert_uint_eq(service.work, 500);
    ck_assert_uint_eq(service.trusted.next, 1); // read once
}
END_TEST

// The peer's certificate comes from `middle`, which it sends along.
static void go_by_middle(void)
{
    struct mint_order order = {.subject = "CN=gw",
                               .serial = 7,
                               .issuer = middle,
                               .issuer_key = middle_key,
                               .from = now - MINT_DAY,
                               .until = now + MINT_DAY,
                               .extensions = {"subjectAltName=DNS:gw.example"}};

    X509_free(own);
    own = mint_certificate(&order, key);
    mint_free_der(call.sent[0]);
    call.sent[0] = mint_der(own);
    call.sent[1] = mint_der(middle);
    call.sent_n = 2;
}

// Each certificate below the authority is asked for.
START_TEST(issuer_in_between)
{
    go_by_middle();
    world.has_urls = true;
    world.ocsp = make_ocsp(middle, V_OCSP_CERTSTATUS_REVOKED);
    expect(VERDICT(REVOKED), "CN=middle (serial 08) was revoked");
    mint_free_der(world.ocsp);
    world.ocsp = make_ocsp(middle, V_OCSP_CERTSTATUS_GOOD);
    expect(VERDICT(ACCEPTED), "whether CN=gw (serial 07) is revoked");
    world.policy = POLICY(STRICT);
    expect(VERDICT(REVOCATION_UNKNOWN), "whether CN=gw (serial 07) is revoked");
}
END_TEST

// pki-d knows an issuer by its newest certificate; the peer sends one from before its renewal.
START_TEST(issuer_that_was_renewed)
{
    const struct mint_order order = {.subject = "CN=middle",
                                     .serial = 9,
                                     .issuer = ca,
                                     .issuer_key = ca_key,
                                     .from = now - 60,
                                     .until = now + MINT_DAY,
                                     .extensions = {MINT_CA}};
    X509 *renewed = mint_certificate(&order, middle_key);

    go_by_middle();
    world.issuer = mint_der(renewed);
    X509_free(renewed);
    world.policy = POLICY(OFF);
    world.status = STATUS(GOOD);
    expect(VERDICT(ACCEPTED), "");
    ck_assert_uint_eq(world.statuses, 1);
    world.status = STATUS(REVOKED);
    expect(VERDICT(REVOKED), "CN=gw (serial 07) was revoked");
}
END_TEST

// Another authority of the same name is not asked.
START_TEST(issuer_of_another_key)
{
    const struct mint_order order = {.subject = "CN=middle",
                                     .serial = 9,
                                     .issuer = ca,
                                     .issuer_key = ca_key,
                                     .from = now - 60,
                                     .until = now + MINT_DAY,
                                     .extensions = {MINT_CA}};
    X509 *namesake = mint_certificate(&order, key);

    go_by_middle();
    world.issuer = mint_der(namesake);
    X509_free(namesake);
    world.status = STATUS(REVOKED);
    world.policy = POLICY(STRICT);
    expect(VERDICT(REVOCATION_UNKNOWN), "CN=gw (serial 07)");
    ck_assert_uint_eq(world.statuses, 0);
}
END_TEST

static void on_not_configured(void *arg, const struct ipc_result *result)
{
    (void)arg;
    out.answers++;
    ck_assert_uint_eq(result->error, 0);
    out.verdict =
        (int)((const Bulkhead__Internal__V1__VerifierVerifyPeerResponse *)(const void *)result->message)->verdict;
}

START_TEST(not_configured)
{
    Bulkhead__Internal__V1__VerifierVerifyPeerRequest request =
        BULKHEAD__INTERNAL__V1__VERIFIER_VERIFY_PEER_REQUEST__INIT;

    world.has_no_tunnel = true;
    ipc_call(ike, METHOD(VERIFIER_VERIFY_PEER), &request.base, 0, on_not_configured, NULL);
    while (!out.answers)
        uv_run(&loop, UV_RUN_ONCE);
    ck_assert_int_eq(out.verdict, VERDICT(NOT_CONFIGURED));
    world.has_no_tunnel = false;
    out.answers = 0;
    ipc_call(ike, METHOD(VERIFIER_VERIFY_PEER), &request.base, 0, on_not_configured, NULL);
    while (!out.answers)
        uv_run(&loop, UV_RUN_ONCE);
    ck_assert_int_eq(out.verdict, VERDICT(NO_CERTIFICATE));
}
END_TEST

// ---- the public

static void on_ocsp_answer(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__VerifierAnswerOcspResponse *response = (const void *)result->message;

    (void)arg;
    ck_assert_uint_eq(result->error, 0);
    out.answers++;
    out.n = response->response.len;
    ck_assert_uint_le(out.n, sizeof(out.bytes));
    memcpy(out.bytes, response->response.data, out.n);
}

static void ask_ocsp(struct bytes der)
{
    Bulkhead__Internal__V1__VerifierAnswerOcspRequest request =
        BULKHEAD__INTERNAL__V1__VERIFIER_ANSWER_OCSP_REQUEST__INIT;

    edge_message_put_bytes(der, &request.request);
    out.answers = 0;
    ipc_call(courier, METHOD(VERIFIER_ANSWER_OCSP), &request.base, 0, on_ocsp_answer, NULL);
    while (!out.answers)
        uv_run(&loop, UV_RUN_ONCE);
}

START_TEST(answers_the_public)
{
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    uint8_t *der = NULL;
    int n;

    OCSP_request_add0_id(request, OCSP_cert_to_id(EVP_sha1(), own, ca));
    n = i2d_OCSP_REQUEST(request, &der);
    ask_ocsp(bytes_of(der, (size_t)n));
    ck_assert_uint_eq(out.n, 6);
    ck_assert_mem_eq(out.bytes, "signed", 6);
    ask_ocsp(bytes_of(der, (size_t)n - 1));
    ck_assert_mem_eq(out.bytes, "\x30\x03\x0a\x01\x01", 5); // malformedRequest
    world.status = -1;
    ask_ocsp(bytes_of(der, (size_t)n));
    ck_assert_mem_eq(out.bytes, "\x30\x03\x0a\x01\x06", 5); // unauthorized
    OPENSSL_free(der);
    OCSP_REQUEST_free(request);
}
END_TEST

static void on_crl_page(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__VerifierGetCrlResponse *response = (const void *)result->message;

    (void)arg;
    ck_assert_uint_eq(result->error, 0);
    ck_assert_uint_eq(response->response->data.len, 8);
    out.answers++;
}

START_TEST(passes_lists_on)
{
    Bulkhead__Internal__V1__VerifierGetCrlRequest request = BULKHEAD__INTERNAL__V1__VERIFIER_GET_CRL_REQUEST__INIT;
    Bulkhead__Internal__V1__PkiGetCrlRequest inner = BULKHEAD__INTERNAL__V1__PKI_GET_CRL_REQUEST__INIT;

    inner.authority = (char[]){"ca"};
    request.request = &inner;
    ipc_call(courier, METHOD(VERIFIER_GET_CRL), &request.base, 0, on_crl_page, NULL);
    while (!out.answers)
        uv_run(&loop, UV_RUN_ONCE);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        nobody_to_ask,
        pki_knows,
        ocsp_says,
        crl_says,
        asks_past_the_cache,
        crl_in_pages,
        courier_that_lies,
        wrong_signature_asks_nobody,
        many_at_once,
        issuer_in_between,
        not_configured,
        answers_the_public,
        passes_lists_on,
        issuer_that_was_renewed,
        issuer_of_another_key,
    };
    TCase *tcase = tcase_create("verifier_service");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < RUN_COUNT(tests); i++)
        tcase_add_test(tcase, tests[i]);
    return run_case(tcase);
}
