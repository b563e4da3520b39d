// Two whole conversations of another implementation: every key that it logged is derived again, every message is
// opened, parsed and checked.
#include "ike-d/key/child_keys.h"
#include "ike-d/key/nat_detection.h"
#include "ike-d/key/sk.h"
#include "ike-d/nego/suite.h"
#include "tests/unit/ike-d/capture.h"

#define MESSAGES 16

static const char *const names[] = {"gcm", "cbc"};

static const char *const formatted[MESSAGES] = {
    "IKE_SA_INIT request 0 [ SA KE No N(NAT_DETECTION_SOURCE_IP) N(NAT_DETECTION_DESTINATION_IP) "
    "N(IKEV2_FRAGMENTATION_SUPPORTED) N(SIGNATURE_HASH_ALGORITHMS) N(REDIRECT_SUPPORTED) ]",
    "IKE_SA_INIT response 0 [ SA KE No N(NAT_DETECTION_SOURCE_IP) N(NAT_DETECTION_DESTINATION_IP) "
    "N(IKEV2_FRAGMENTATION_SUPPORTED) N(SIGNATURE_HASH_ALGORITHMS) N(CHILDLESS_IKEV2_SUPPORTED) "
    "N(MULTIPLE_AUTH_SUPPORTED) ]",
    "IKE_AUTH request 1 [ SK SA IDi IDr AUTH TSi TSr N(INITIAL_CONTACT) N(MOBIKE_SUPPORTED) N(ADDITIONAL_IP4_ADDRESS) "
    "N(MULTIPLE_AUTH_SUPPORTED) N(EAP_ONLY_AUTHENTICATION) N(IKEV2_MESSAGE_ID_SYNC_SUPPORTED) ]",
    "IKE_AUTH response 1 [ SK SA IDr AUTH TSi TSr N(MOBIKE_SUPPORTED) N(ADDITIONAL_IP4_ADDRESS) ]",
    "CREATE_CHILD_SA request 2 [ SK SA KE No TSi TSr N(REKEY_SA) ]",
    "CREATE_CHILD_SA response 2 [ SK SA KE No TSi TSr ]",
    "INFORMATIONAL request 3 [ SK D ]",
    "INFORMATIONAL response 3 [ SK D ]",
    "CREATE_CHILD_SA request 4 [ SK SA KE No ]",
    "CREATE_CHILD_SA response 4 [ SK SA KE No ]",
    "INFORMATIONAL request 5 [ SK D ]",
    "INFORMATIONAL response 5 [ SK ]",
    "INFORMATIONAL request 0 [ SK D ]",
    "INFORMATIONAL response 0 [ SK D ]",
    "INFORMATIONAL request 0 [ SK D ]",
    "INFORMATIONAL response 0 [ SK ]",
};

struct replay {
    struct capture *c;
    struct message *m[MESSAGES];
    uint8_t *text[MESSAGES];
};

static void parse_outer(struct replay *r)
{
    struct wire_error error = {0};

    ck_assert_uint_eq(r->c->messages_n, MESSAGES);
    for (unsigned i = 0; i < MESSAGES; i++) {
        r->m[i] = message_new();
        ck_assert_msg(message_parse(r->c->message[i], r->m[i], &error) == WIRE_OK, "message %u: %s", i, error.text);
    }
}

// Opens messages first..last with the receiver's half of the IKE SA.
static void open_messages(struct replay *r, unsigned first, unsigned last, const struct ike_suite *suite,
                          const struct ike_keys *keys)
{
    struct wire_error error = {0};
    struct sk sk;

    for (unsigned i = first; i <= last; i++) {
        struct message *m = r->m[i];
        int n;

        ck_assert_int_eq(sk_init(&sk, suite, keys, r->c->sender[i] != 'i'), 0);
        r->text[i] = malloc(m->sk.body.n);
        n = sk_open(&sk, m, r->text[i]);
        ck_assert_msg(n >= 0, "message %u does not open", i);
        ck_assert_msg(message_parse_inner(m, bytes_of(r->text[i], (size_t)n), &error) == WIRE_OK, "message %u: %s", i,
                      error.text);
        sk_wipe(&sk);
    }
}

static void check_ike_keys(const struct capture *c, unsigned i, const struct ike_keys *keys)
{
    assert_bytes(secret_key_view(&keys->sk_d), capture_secret(c, "sk_d", i));
    assert_bytes(secret_key_view(&keys->sk_ai), capture_secret(c, "sk_ai", i));
    assert_bytes(secret_key_view(&keys->sk_ar), capture_secret(c, "sk_ar", i));
    assert_bytes(secret_key_view(&keys->sk_ei), capture_secret(c, "sk_ei", i));
    assert_bytes(secret_key_view(&keys->sk_er), capture_secret(c, "sk_er", i));
    assert_bytes(secret_key_view(&keys->sk_pi), capture_secret(c, "sk_pi", i));
    assert_bytes(secret_key_view(&keys->sk_pr), capture_secret(c, "sk_pr", i));
}

static void check_child_keys(const struct capture *c, unsigned i, const struct child_keys *keys)
{
    assert_bytes(secret_key_view(&keys->encr_i), capture_secret(c, "encr_i", i));
    assert_bytes(secret_key_view(&keys->encr_r), capture_secret(c, "encr_r", i));
    assert_bytes(secret_key_view(&keys->integ_i), capture_secret(c, "integ_i", i));
    assert_bytes(secret_key_view(&keys->integ_r), capture_secret(c, "integ_r", i));
}

static uint64_t spi_of(const struct message *m)
{
    struct reader r = reader_of(bytes_of(m->sa.proposal[0].spi, m->sa.proposal[0].spi_size));
    uint64_t spi = 0;

    ck_assert_int_eq(reader_u64(&r, &spi), 0);
    return spi;
}

static void derive_ike(struct replay *r, struct ike_suite *suite, struct ike_keys *keys)
{
    const struct message *request = r->m[0];
    const struct message *response = r->m[1];
    struct ike_key_seed seed = {
        .nonce_i = request->nonce,
        .nonce_r = response->nonce,
        .spi_i = response->header.initiator_spi,
        .spi_r = response->header.responder_spi,
        .shared = capture_secret(r->c, "shared", 0),
    };

    ck_assert_int_eq(ike_suite_from(&response->sa.proposal[0], suite), 0);
    ck_assert_int_eq(ike_keys_derive(suite, &seed, keys), 0);
    check_ike_keys(r->c, 0, keys);
}

static void derive_children(struct replay *r, const struct ike_suite *ike, const struct ike_keys *ike_keys)
{
    struct child_key_seed first = {.nonce_i = r->m[0]->nonce, .nonce_r = r->m[1]->nonce};
    struct child_key_seed second = {
        .nonce_i = r->m[4]->nonce, .nonce_r = r->m[5]->nonce, .shared = capture_secret(r->c, "child_shared", 0)};
    struct esp_suite suite;
    struct child_keys keys;

    ck_assert_int_eq(esp_suite_from(&r->m[3]->sa.proposal[0], &suite), 0);
    ck_assert_ptr_null(suite.ke);
    ck_assert_int_eq(child_keys_derive(&suite, ike->prf, secret_key_view(&ike_keys->sk_d), &first, &keys), 0);
    check_child_keys(r->c, 0, &keys);
    ck_assert_int_eq(esp_suite_from(&r->m[5]->sa.proposal[0], &suite), 0);
    ck_assert_ptr_nonnull(suite.ke);
    ck_assert_uint_eq(suite.ke->shared_bytes, second.shared.n);
    ck_assert_int_eq(child_keys_derive(&suite, ike->prf, secret_key_view(&ike_keys->sk_d), &second, &keys), 0);
    check_child_keys(r->c, 1, &keys);
    child_keys_wipe(&keys);
    ck_assert_uint_eq(keys.encr_i.n, 0);
}

static void derive_rekey(struct replay *r, const struct ike_suite *old, const struct ike_keys *old_keys,
                         struct ike_suite *suite, struct ike_keys *keys)
{
    struct ike_key_seed seed = {
        .nonce_i = r->m[8]->nonce,
        .nonce_r = r->m[9]->nonce,
        .spi_i = spi_of(r->m[8]),
        .spi_r = spi_of(r->m[9]),
        .shared = capture_secret(r->c, "shared", 1),
    };

    ck_assert_int_eq(ike_suite_from(&r->m[9]->sa.proposal[0], suite), 0);
    ck_assert_int_eq(ike_keys_derive_rekey(suite, old->prf, secret_key_view(&old_keys->sk_d), &seed, keys), 0);
    check_ike_keys(r->c, 1, keys);
    ck_assert_uint_eq(r->m[12]->header.initiator_spi, seed.spi_i);
    ck_assert_uint_eq(r->m[12]->header.responder_spi, seed.spi_r);
}

static void check_messages(const struct replay *r)
{
    struct wire_error error = {0};
    char text[1024];

    for (unsigned i = 0; i < MESSAGES; i++) {
        ck_assert_msg(message_check(r->m[i], &error) == WIRE_OK, "message %u: %s", i, error.text);
        ck_assert_str_eq(message_format(r->m[i], text, sizeof(text)), formatted[i]);
    }
}

// The testbed has no NAT, but this peer fakes one: its source hash never matches (facts of its user-space ESP).
static void check_details(const struct replay *r)
{
    struct endpoint initiator;
    struct endpoint responder;
    const struct message *auth = r->m[2];
    uint32_t spi = 0;

    ck_assert_int_eq(endpoint_parse("192.0.2.1:500", &initiator), 0);
    ck_assert_int_eq(endpoint_parse("192.0.2.2:500", &responder), 0);
    ck_assert_int_eq(nat_detection_judge(r->m[0], NOTIFY_NAT_DETECTION_DESTINATION_IP, &responder),
                     NAT_DETECTION_NO_NAT);
    ck_assert_int_eq(nat_detection_judge(r->m[0], NOTIFY_NAT_DETECTION_DESTINATION_IP, &initiator), NAT_DETECTION_NAT);
    ck_assert_int_eq(nat_detection_judge(r->m[0], NOTIFY_NAT_DETECTION_SOURCE_IP, &initiator), NAT_DETECTION_NAT);
    ck_assert_int_eq(nat_detection_judge(r->m[6], NOTIFY_NAT_DETECTION_SOURCE_IP, &initiator), NAT_DETECTION_ABSENT);

    assert_bytes(auth->idi.data, bytes_of_str("a.test"));
    ck_assert_uint_eq(auth->idi.type, 2);
    ck_assert_uint_eq(auth->idi.body.n, 10);
    assert_bytes(auth->idr.data, bytes_of_str("b.test"));
    ck_assert_uint_eq(auth->auth.method, AUTH_METHOD_PSK);
    ck_assert_uint_eq(auth->tsi.n, 1);
    ck_assert_uint_eq(r->m[4]->notify[0].protocol, PROPOSAL_ESP);
    ck_assert(notify_payload_spi(&r->m[4]->notify[0], &spi));
    ck_assert_uint_eq(r->m[6]->delete_n, 1);
    ck_assert_uint_eq(r->m[6]->del[0].n, 1);
    ck_assert_uint_eq(delete_payload_spi(&r->m[6]->del[0], 0), spi);
    ck_assert_uint_eq(r->m[10]->del[0].protocol, PROPOSAL_IKE);
    ck_assert_uint_eq(r->m[10]->del[0].n, 0);
}

START_TEST(replays)
{
    struct replay r = {.c = capture_load(names[_i])};
    struct ike_suite suite;
    struct ike_suite new_suite;
    struct ike_keys keys;
    struct ike_keys new_keys;

    parse_outer(&r);
    derive_ike(&r, &suite, &keys);
    open_messages(&r, 2, 11, &suite, &keys);
    derive_children(&r, &suite, &keys);
    derive_rekey(&r, &suite, &keys, &new_suite, &new_keys);
    open_messages(&r, 12, 15, &new_suite, &new_keys);
    check_messages(&r);
    check_details(&r);
    ike_keys_wipe(&keys);
    ck_assert_uint_eq(keys.sk_d.n, 0);
    for (unsigned i = 0; i < MESSAGES; i++) {
        message_free(r.m[i]);
        free(r.text[i]);
    }
    capture_free(r.c);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("capture");

    tcase_add_loop_test(tc, replays, 0, 2);
    return run_case(tc);
}
