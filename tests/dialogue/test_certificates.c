// Authentication with certificates (RFC 7296 2.15, RFC 7427, RFC 4754): signatures of all kinds, CERT and CERTREQ,
// verdicts about the peer's, and peers that authenticate in another way than the tunnel asks for.
#include <check.h>
#include <string.h>

#include "ike-d/exch/certificate_failure.h"
#include "ike-d/exch/cure.h"
#include "ike-d/exch/explanation.h"
#include "ike-d/exch/missing_secret.h"
#include "ike-d/sa/ike_sa.h"
#include "ike-d/wire/message.h"
#include "tests/dialogue/fake_pki.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

static struct world world;
static struct fake_pki pki[2];

static void set_up(void)
{
    world_init(&world, 11);
    fake_pki_init(&pki[A], "P-256", "fqdn:a.example");
    fake_pki_init(&pki[B], "P-256", "dn:CN=b,O=Example");
    world.gateway[A].pki = &pki[A];
    world.gateway[B].pki = &pki[B];
}

static void tear_down(void)
{
    world_done(&world);
    fake_pki_done(&pki[A]);
    fake_pki_done(&pki[B]);
}

static void configure(void)
{
    world_configure_caller(&world, (struct plan){.certificate = "a"}, (struct plan){.certificate = "b"});
}

static void use_key(int side, const char *algorithm, const char *id)
{
    fake_pki_done(&pki[side]);
    fake_pki_init(&pki[side], algorithm, id);
}

static const struct tunnel_failure *failure_of(int side)
{
    const struct tunnel *tunnel = world_tunnel(&world, side);
    ck_assert_ptr_nonnull(tunnel->failure);
    return tunnel->failure;
}

static const struct {
    const char *algorithm;
    bool pss;
    uint8_t older; // without RFC 7427; 0: none
} keys[] = {
    {"RSA", false, AUTH_METHOD_RSA},         {"RSA", true, AUTH_METHOD_RSA}, {"P-256", false, AUTH_METHOD_ECDSA_256},
    {"P-384", false, AUTH_METHOD_ECDSA_384}, {"ED25519", false, 0},
};

START_TEST(keys_of_all_kinds)
{
    use_key(A, keys[_i].algorithm, "fqdn:a.example");
    pki[A].pss = keys[_i].pss;
    configure();
    world_assert_joined(&world, 1000);
    ck_assert_uint_eq(pki[B].peer_method, AUTH_METHOD_DIGITAL_SIGNATURE);
    ck_assert_uint_eq(pki[A].peer_method, AUTH_METHOD_DIGITAL_SIGNATURE);
    ck_assert_int_eq(world_ike_sa(&world, A)->remote_id.type, IDENTITY_DN);
    ck_assert_int_eq(world_ike_sa(&world, B)->remote_id.type, IDENTITY_FQDN);
    ck_assert_str_eq(world_ike_sa(&world, A)->peer_certificate->subject, "CN=peer,O=Example");
}
END_TEST

// The responder says nothing about hash algorithms: the initiator must not use method 14 (RFC 7427 4).
START_TEST(older_methods)
{
    use_key(A, keys[_i].algorithm, "fqdn:a.example");
    configure();
    world.gateway[B].core.has_certificates = false; // nothing is announced
    if (!keys[_i].older) {
        world_run(&world, 1000);
        ck_assert_int_eq(failure_of(A)->cause, FAILURE_CAUSE_FEATURE_MISSING);
        ck_assert_ptr_nonnull(strstr(failure_of(A)->message, "RSA and ECDSA"));
        world.gateway[B].core.has_certificates = true; // the answer was forged, or the peer has learnt it: tried again
        world_assert_joined(&world, 10000);
        return;
    }
    world_assert_joined(&world, 1000);
    ck_assert_uint_eq(pki[B].peer_method, keys[_i].older);
    ck_assert_uint_eq(pki[A].peer_method, AUTH_METHOD_ECDSA_256);
}
END_TEST

static const struct {
    enum peer_verdict verdict;
    enum failure_cause cause;
} verdicts[] = {
    {PEER_VERDICT_NO_CERTIFICATE, FAILURE_CAUSE_CERTIFICATE_UNREADABLE},
    {PEER_VERDICT_MALFORMED, FAILURE_CAUSE_CERTIFICATE_UNREADABLE},
    {PEER_VERDICT_UNTRUSTED, FAILURE_CAUSE_CERTIFICATE_UNTRUSTED},
    {PEER_VERDICT_EXPIRED, FAILURE_CAUSE_CERTIFICATE_EXPIRED},
    {PEER_VERDICT_NOT_YET_VALID, FAILURE_CAUSE_CERTIFICATE_NOT_YET_VALID},
    {PEER_VERDICT_WRONG_IDENTITY, FAILURE_CAUSE_CERTIFICATE_IDENTITY},
    {PEER_VERDICT_WRONG_USAGE, FAILURE_CAUSE_CERTIFICATE_USAGE},
    {PEER_VERDICT_REVOKED, FAILURE_CAUSE_CERTIFICATE_REVOKED},
    {PEER_VERDICT_REVOCATION_UNKNOWN, FAILURE_CAUSE_REVOCATION_UNKNOWN},
    {PEER_VERDICT_WRONG_SIGNATURE, FAILURE_CAUSE_WRONG_SIGNATURE},
    {PEER_VERDICT_WEAK, FAILURE_CAUSE_CERTIFICATE_WEAK},
};

// Nothing is signed for a peer that has not proved who it is.
START_TEST(responder_refuses)
{
    pki[B].verdict = verdicts[_i].verdict;
    configure();
    world_run(&world, 1000);
    ck_assert_int_eq(failure_of(B)->cause, verdicts[_i].cause);
    ck_assert_str_eq(failure_of(B)->notify, "AUTHENTICATION_FAILED");
    ck_assert_int_eq(failure_of(B)->side, TUNNEL_SIDE_LOCAL);
    ck_assert_int_eq(failure_of(A)->cause, FAILURE_CAUSE_AUTHENTICATION_REFUSED);
    ck_assert_int_eq(failure_of(A)->side, TUNNEL_SIDE_REMOTE);
    ck_assert_ptr_nonnull(strstr(failure_of(A)->message, "certificate a"));
    ck_assert_uint_eq(pki[B].signatures, 0);
    ck_assert_uint_eq(world_esp_sas(&world, A) + world_esp_sas(&world, B), 0);
}
END_TEST

// The responder believes that the SA stands; it is told (RFC 7296 2.21.2).
START_TEST(initiator_refuses)
{
    pki[A].verdict = verdicts[_i].verdict;
    configure();
    world_run(&world, 1000);
    ck_assert_int_eq(failure_of(A)->cause, verdicts[_i].cause);
    ck_assert_int_eq(failure_of(A)->side, TUNNEL_SIDE_LOCAL);
    ck_assert_uint_eq(world_ike_sas(&world, B), 0);
    ck_assert_uint_eq(world_esp_sas(&world, A) + world_esp_sas(&world, B), 0);
}
END_TEST

static bool has_cure(int side, enum tunnel_side where, const char *text)
{
    struct cure cures[CURES_MAX];
    unsigned n = cure_list(world_tunnel(&world, side), failure_of(side), cures);
    for (unsigned i = 0; i < n; i++) {
        if (cures[i].side == where && strstr(cures[i].text, text)) {
            return true;
        }
    }
    return false;
}

// Each verdict has its cures, in the words of those that the peer may be.
START_TEST(cures)
{
    pki[B].verdict = verdicts[_i].verdict;
    configure();
    world_run(&world, 1000);
    struct cure list[CURES_MAX];
    unsigned n = cure_list(world_tunnel(&world, B), failure_of(B), list);
    ck_assert_uint_ge(n, 2);
    ck_assert_int_eq(list[0].side, TUNNEL_SIDE_LOCAL);
    ck_assert(has_cure(B, TUNNEL_SIDE_REMOTE, "certificate: {certificate: NAME}")); // Bulkhead's words
    ck_assert(has_cure(A, TUNNEL_SIDE_REMOTE, "authorities: [NAME]"));
    ck_assert(has_cure(A, TUNNEL_SIDE_LOCAL, "bhctl pki cert show a"));
}
END_TEST

START_TEST(explained)
{
    struct explanation explanation;
    pki[A].peer_reason = "nobody says whether it is revoked";
    pki[A].not_after_s = clock_wall_s(&world.gateway[A].clock) + (uint64_t)5 * 86400 + 60;
    configure();
    world_assert_joined(&world, 1000);
    explanation_make(world_tunnel(&world, A), &explanation);
    ck_assert_uint_eq(explanation.warnings_n, 2);
    ck_assert_ptr_nonnull(strstr(explanation.warnings[0], "though nobody says whether it is revoked"));
    ck_assert_ptr_nonnull(strstr(explanation.warnings[1], "CN=peer,O=Example, expires in 5 days"));
    ck_assert_ptr_nonnull(strstr(explanation.steps[1].text, "both proved it by certificates"));
}
END_TEST

// pki-d says so before anybody has called.
START_TEST(known_to_be_missing)
{
    struct explanation explanation;
    pki[A].missing = true;
    world_configure(&world, A, &(struct plan){.certificate = "a", .start = TUNNEL_START_PASSIVE}, 1);
    missing_secret_found_certificate(&world.gateway[A].core, "office", "certificate \"a\": it has expired");
    ck_assert_int_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_NEEDS_SECRET);
    ck_assert_int_eq(failure_of(A)->cause, FAILURE_CAUSE_CERTIFICATE_MISSING);
    ck_assert_ptr_nonnull(strstr(failure_of(A)->message, "it has expired"));
    ck_assert(has_cure(A, TUNNEL_SIDE_LOCAL, "bhctl pki cert issue a"));
    explanation_make(world_tunnel(&world, A), &explanation);
    ck_assert_ptr_nonnull(strstr(explanation.summary, "waits for its certificate"));
    ck_assert_str_eq(explanation.steps[0].name, "certificate");
}
END_TEST

// The certificate is there, the post-quantum key is not.
START_TEST(secret_beside_it_is_missing)
{
    struct explanation explanation;
    struct plan a = {.certificate = "a", .ppk_id = "q", .start = TUNNEL_START_PASSIVE};
    world_configure(&world, A, &a, 1);
    missing_secret_found(&world.gateway[A].core, "office", true);
    ck_assert_int_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_NEEDS_SECRET);
    ck_assert_int_eq(failure_of(A)->cause, FAILURE_CAUSE_SECRET_MISSING);
    explanation_make(world_tunnel(&world, A), &explanation);
    ck_assert_ptr_nonnull(strstr(explanation.summary, "waits for its secret"));
    ck_assert_str_eq(explanation.steps[0].name, "secret");
}
END_TEST

START_TEST(certificate_is_missing)
{
    int side = _i;
    pki[side].missing = true;
    configure();
    world_run(&world, 1000);
    ck_assert_int_eq(failure_of(side)->cause, FAILURE_CAUSE_CERTIFICATE_MISSING);
    ck_assert_str_eq(failure_of(side)->notify, "CERTIFICATE_MISSING");
    if (side == A) {
        ck_assert_int_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_NEEDS_SECRET);
    }
    pki[side].missing = false;
    tunnel_driver_secret_changed(&world.gateway[side].core, "office");
    world_assert_joined(&world, 5000);
}
END_TEST

START_TEST(pki_is_away)
{
    int side = _i;
    world.gateway[side].pki_up = false;
    configure();
    world_run(&world, 1000);
    ck_assert_int_eq(failure_of(side)->cause, FAILURE_CAUSE_DAEMON_AWAY);
    world.gateway[side].pki_up = true;
    tunnel_driver_pki_up(&world.gateway[side].core);
    world_assert_joined(&world, 5000);
}
END_TEST

// What the initiator is asked for, in the first answer of the peer.
struct asked {
    unsigned answers;
    unsigned requests; // CERTREQ payloads in it
    size_t bytes;
    unsigned hashes; // N(SIGNATURE_HASH_ALGORITHMS)
};

static bool look_at_answer(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    struct asked *asked = w->filter_arg;
    struct message *m = message_new();
    struct wire_error error;
    if (header->exchange == EXCHANGE_IKE_SA_INIT && from == B) {
        ck_assert_int_eq(message_parse(datagram, m, &error), WIRE_OK);
        ck_assert_int_eq(message_check(m, &error), WIRE_OK);
        asked->answers++;
        asked->requests = m->certreq_n;
        asked->bytes = m->certreq_n ? m->certreq[0].data.n : 0;
        asked->hashes = message_find_notify(m, NOTIFY_SIGNATURE_HASH_ALGORITHMS) != NULL;
    }
    message_free(m);
    return true;
}

// pki-d is asked for the authorities once; again when something has changed there.
START_TEST(responder_asks_for_certificates)
{
    struct asked asked = {0};
    world.filter = look_at_answer;
    world.filter_arg = &asked;
    configure();
    world_assert_joined(&world, 1000);
    ck_assert_uint_le(asked.answers, 2); // it may be longer than the request, which costs a cookie
    ck_assert_uint_eq(asked.requests, 1);
    ck_assert_uint_eq(asked.bytes, CREDENTIAL_HASH_BYTES);
    ck_assert_uint_eq(asked.hashes, 1);
    ck_assert_uint_eq(pki[B].credentials, 2);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(tunnel_driver_down(&world.gateway[A].core, "office"), 0);
        world_run(&world, 1000);
        ck_assert_int_eq(tunnel_driver_up(&world.gateway[A].core, "office"), 0);
        world_assert_joined(&world, 5000);
        ck_assert_uint_eq(pki[B].credentials, i ? 5 : 3);
        tunnel_driver_secret_changed(&world.gateway[B].core, "office");
    }
}
END_TEST

// A stranger's calls must not become as many calls of pki-d.
START_TEST(what_is_missing_is_asked_for_once)
{
    pki[B].missing = true;
    configure();
    world_run(&world, 30000);
    ck_assert_uint_gt(world_tunnel(&world, A)->attempts, 2);
    ck_assert_uint_eq(pki[B].asked_for_missing, world_tunnel(&world, A)->attempts + 1);
}
END_TEST

// Who has only tunnels with keys says nothing about certificates.
START_TEST(nobody_is_asked_without_need)
{
    struct asked asked = {0};
    world.filter = look_at_answer;
    world.filter_arg = &asked;
    world_configure_caller(&world, (struct plan){0}, (struct plan){0});
    world_assert_joined(&world, 1000);
    ck_assert_uint_eq(asked.requests + asked.hashes, 0);
    ck_assert_uint_eq(pki[B].credentials, 0);
}
END_TEST

// 16 kB of issuers in between: many fragments (RFC 7383), over a link that loses some of them.
START_TEST(long_chains)
{
    fake_pki_add_issuers(&pki[A], 4, sizeof(pki[A].issuer));
    fake_pki_add_issuers(&pki[B], 4, sizeof(pki[B].issuer));
    world.drop_percent = _i ? 5 : 0;
    configure();
    world_assert_joined(&world, _i ? 60000 : 1000);
    ck_assert_uint_eq(pki[A].peer_certificates, 5);
    ck_assert_uint_eq(pki[B].peer_certificates, 5);
    ck_assert_uint_gt(world.sent[A], 12);
}
END_TEST

START_TEST(no_certificate_comes)
{
    int side = _i;
    pki[side].credential.chain_n = 0;
    configure();
    world_run(&world, 1000);
    ck_assert_int_eq(failure_of(!side)->cause, FAILURE_CAUSE_CERTIFICATE_UNREADABLE);
    ck_assert_ptr_nonnull(strstr(failure_of(!side)->message, "sent no certificate"));
    ck_assert_uint_eq(pki[!side].verifications, 0);
    ck_assert_uint_eq(world_esp_sas(&world, A) + world_esp_sas(&world, B), 0);
}
END_TEST

START_TEST(url_instead_of_a_certificate)
{
    static struct message m;
    struct tunnel_failure failure;
    configure();
    world_assert_joined(&world, 1000);
    m.cert[m.cert_n++] = (struct cert_payload){.encoding = CERT_ENCODING_HASH_AND_URL, .data = bytes_of_str("hash")};
    certificate_failure_say_none(&failure, world_ike_sa(&world, A), &m);
    ck_assert_ptr_nonnull(strstr(failure.message, "hash and URL"));
    m.cert[0].encoding = 1; // PKCS#7
    certificate_failure_say_none(&failure, world_ike_sa(&world, A), &m);
    ck_assert_ptr_nonnull(strstr(failure.message, "no X.509 certificate, but something else"));
}
END_TEST

// One side has a pre-shared key, the other one a certificate.
START_TEST(other_method)
{
    struct plan certificate = {
        .certificate = "x", .remote_id = "any", .local_id = _i ? "dn:CN=b,O=Example" : "fqdn:a.example"};
    struct plan psk = {.remote_id = "any"};
    world_configure_caller(&world, _i ? psk : certificate, _i ? certificate : psk);
    world_run(&world, 1000);
    ck_assert_int_eq(failure_of(B)->cause, FAILURE_CAUSE_AUTHENTICATION_METHOD);
    ck_assert_ptr_nonnull(strstr(failure_of(B)->message, _i ? "pre-shared key (method 2)" : "digital signature"));
    ck_assert_ptr_nonnull(strstr(failure_of(B)->message, _i ? "auth.certificate" : "auth.psk"));
    ck_assert_int_eq(failure_of(A)->cause, FAILURE_CAUSE_AUTHENTICATION_REFUSED);
    ck_assert_uint_eq(pki[B].verifications, 0);
    ck_assert_uint_eq(world_esp_sas(&world, A) + world_esp_sas(&world, B), 0);
}
END_TEST

// Tunnels with both methods for the same peers: the one that the peer means, whichever comes first.
START_TEST(tunnel_of_the_right_method)
{
    struct plan b[2] = {{.name = "by_key", .remote_any = true, .remote_id = "any"},
                        {.name = "by_certificate", .remote_any = true, .certificate = "b"}};
    struct plan swapped[2] = {b[1], b[0]};
    struct plan a = {.certificate = _i & 1 ? "a" : NULL};
    b[0].start = b[1].start = swapped[0].start = swapped[1].start = TUNNEL_START_PASSIVE;
    world_configure(&world, B, _i & 2 ? swapped : b, 2);
    world_configure(&world, A, &a, 1);
    world_assert_joined(&world, 1000);
    ck_assert_str_eq(world_ike_sa(&world, B)->tunnel->config->name, _i & 1 ? "by_certificate" : "by_key");
}
END_TEST

static const struct {
    const char *takes;
    bool fits;
} patterns[] = {
    {"dn:CN=b,O=Example", true}, {"dn:CN=*,O=Example", true}, {"dn:O=example,CN=B", true},
    {"dn:CN=*,O=Other", false},  {"dn:CN=*", false},          {"fqdn:b.example", false},
};

START_TEST(peer_by_its_name)
{
    world_configure_caller(&world, (struct plan){.certificate = "a", .remote_id = patterns[_i].takes},
                           (struct plan){.certificate = "b"});
    if (patterns[_i].fits) {
        world_assert_joined(&world, 1000);
        return;
    }
    world_run(&world, 1000);
    ck_assert_int_eq(failure_of(A)->cause, FAILURE_CAUSE_UNKNOWN_IDENTITY);
    ck_assert_ptr_nonnull(strstr(failure_of(A)->message, "dn:CN=b,O=Example"));
    ck_assert_uint_eq(pki[A].verifications, 0);
}
END_TEST

// Ours has another name than the peer asks for: it gets ours, and operators hear of it.
START_TEST(peer_asks_for_another)
{
    world_configure_caller(&world, (struct plan){.certificate = "a", .remote_id = "fqdn:b.example"},
                           (struct plan){.certificate = "b"});
    world_run(&world, 1000);
    ck_assert_uint_eq(world.gateway[B].other_names, 1);
    ck_assert_int_eq(failure_of(A)->cause, FAILURE_CAUSE_UNKNOWN_IDENTITY);
    ck_assert_uint_eq(world_esp_sas(&world, A) + world_esp_sas(&world, B), 0);
}
END_TEST

// The post-quantum key is mixed in before anything is signed; without it the other signature counts (RFC 8784 3).
START_TEST(with_a_post_quantum_key)
{
    struct plan a = {.certificate = "a", .ppk_id = "q", .ppk_optional = _i > 0};
    struct plan b = {.certificate = "b", .ppk_id = _i < 2 ? "q" : NULL, .ppk_optional = true};
    world.gateway[A].ppk = "quantum";
    world.gateway[B].ppk = "quantum";
    world_configure_caller(&world, a, b);
    world_assert_joined(&world, 1000);
    ck_assert_int_eq(world_ike_sa(&world, A)->own_features.ppk, _i < 2);
    ck_assert_uint_eq(pki[A].signatures, _i == 1 ? 2 : 1);
}
END_TEST

// The IKE SA does not outlive the peer's certificate: who can call makes it anew in time.
START_TEST(made_anew_before_the_end)
{
    pki[A].not_after_s = clock_wall_s(&world.gateway[A].clock) + 3600;
    configure();
    world_assert_joined(&world, 1000);
    uint64_t spi = world_ike_sa(&world, A)->spi_i;
    world_run(&world, 3200 * 1000);
    ck_assert_uint_eq(world_ike_sa(&world, A)->spi_i, spi);
    pki[A].not_after_s += 86400;
    world_run(&world, 200 * 1000);
    ck_assert_uint_ne(world_ike_sa(&world, A)->spi_i, spi);
    world_assert_joined(&world, 30000);
}
END_TEST

START_TEST(ends_with_the_certificate)
{
    struct plan b = {.certificate = "b", .remote_any = true};
    pki[B].not_after_s = clock_wall_s(&world.gateway[B].clock) + 3600;
    world_configure_caller(&world, (struct plan){.certificate = "a"}, b);
    world_assert_joined(&world, 1000);
    pki[B].verdict = PEER_VERDICT_EXPIRED;
    world_run(&world, 3500 * 1000);
    world_assert_joined(&world, 1000);
    world_run(&world, 200 * 1000);
    ck_assert_int_eq(failure_of(B)->cause, FAILURE_CAUSE_CERTIFICATE_EXPIRED);
    ck_assert_uint_eq(world_esp_sas(&world, B), 0);
}
END_TEST

static bool drop_first_requests(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    (void)w;
    (void)from;
    (void)datagram;
    return header->exchange != EXCHANGE_IKE_SA_INIT;
}

// Who can call, but reaches nobody in time, ends it at that moment, too.
START_TEST(ends_while_it_is_made_anew)
{
    pki[A].not_after_s = clock_wall_s(&world.gateway[A].clock) + 100;
    configure();
    world_assert_joined(&world, 1000);
    world.filter = drop_first_requests;
    world_run(&world, 95 * 1000);
    ck_assert_uint_gt(world_esp_sas(&world, A), 0);
    world_run(&world, 7 * 1000);
    ck_assert_uint_eq(world_esp_sas(&world, A), 0);
}
END_TEST

// A rekeyed IKE SA knows by what its peer has proved itself.
START_TEST(rekeyed)
{
    struct plan a = {.certificate = "a", .ike_lifetime = {.rekey_ms = 60000, .hard_ms = 120000}};
    world_configure_caller(&world, a, (struct plan){.certificate = "b"});
    world_assert_joined(&world, 1000);
    uint64_t spi = world_ike_sa(&world, A)->spi_i;
    world_run(&world, 70000);
    ck_assert_uint_ne(world_ike_sa(&world, A)->spi_i, spi);
    ck_assert_ptr_nonnull(world_ike_sa(&world, A)->peer_certificate);
    ck_assert_ptr_nonnull(world_ike_sa(&world, B)->peer_certificate);
    ck_assert_uint_eq(pki[A].verifications, 1);
}
END_TEST

// Everything that was asked of other daemons is on the way when the tunnel goes.
START_TEST(tunnel_goes_meanwhile)
{
    world.work_ms = 100;
    configure();
    world_run(&world, 100 * (uint64_t)(_i + 1));
    world_configure(&world, _i & 1 ? A : B, NULL, 0);
    world_run(&world, 60000);
    ck_assert_uint_eq(world_esp_sas(&world, A) + world_esp_sas(&world, B), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("certificates");
    TCase *t = tcase_create("dialogues");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, keys_of_all_kinds, 0, (int)RUN_COUNT(keys));
    tcase_add_loop_test(t, older_methods, 0, (int)RUN_COUNT(keys));
    tcase_add_loop_test(t, responder_refuses, 0, (int)RUN_COUNT(verdicts));
    tcase_add_loop_test(t, initiator_refuses, 0, (int)RUN_COUNT(verdicts));
    tcase_add_loop_test(t, cures, 0, (int)RUN_COUNT(verdicts));
    tcase_add_test(t, explained);
    tcase_add_test(t, known_to_be_missing);
    tcase_add_test(t, secret_beside_it_is_missing);
    tcase_add_loop_test(t, certificate_is_missing, 0, 2);
    tcase_add_loop_test(t, pki_is_away, 0, 2);
    tcase_add_test(t, responder_asks_for_certificates);
    tcase_add_test(t, what_is_missing_is_asked_for_once);
    tcase_add_test(t, nobody_is_asked_without_need);
    tcase_add_loop_test(t, long_chains, 0, 2);
    tcase_add_loop_test(t, no_certificate_comes, 0, 2);
    tcase_add_test(t, url_instead_of_a_certificate);
    tcase_add_loop_test(t, other_method, 0, 2);
    tcase_add_loop_test(t, tunnel_of_the_right_method, 0, 4);
    tcase_add_loop_test(t, peer_by_its_name, 0, (int)RUN_COUNT(patterns));
    tcase_add_test(t, peer_asks_for_another);
    tcase_add_loop_test(t, with_a_post_quantum_key, 0, 3);
    tcase_add_test(t, made_anew_before_the_end);
    tcase_add_test(t, ends_with_the_certificate);
    tcase_add_test(t, ends_while_it_is_made_anew);
    tcase_add_test(t, rekeyed);
    tcase_add_loop_test(t, tunnel_goes_meanwhile, 0, 12);
    tcase_set_timeout(t, 60);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
