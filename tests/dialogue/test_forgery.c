// What strangers can send: forged answers to IKE_SA_INIT, floods of requests, messages in clear and repeated ones on an
// SA that stands. And what a peer that holds the keys may get wrong (RFC 7296 2.1-2.6, 2.21).
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/transmit.h"
#include "ike-d/wire/message.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

#define A_ADDRESS "192.0.2.1"
#define B_ADDRESS "192.0.2.2"

static struct world world;

// The last datagram of each exchange and direction that A sent, and the answers of B.
struct kept {
    size_t n;
    uint8_t b[4096];
};
static struct kept requests[4];
static struct kept answers[4];
static unsigned answers_n;
static unsigned injections;

static void set_up(void)
{
    world_init(&world, 7);
    memset(requests, 0, sizeof(requests));
    memset(answers, 0, sizeof(answers));
    answers_n = 0;
    injections = 0;
}

static void tear_down(void)
{
    world_done(&world);
}

static void keep(struct kept *kept, struct bytes datagram)
{
    ck_assert_uint_le(datagram.n, sizeof(kept->b));
    memcpy(kept->b, datagram.p, datagram.n);
    kept->n = datagram.n;
}

static bool recorder(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    (void)w;
    unsigned i = header->exchange - (unsigned)EXCHANGE_IKE_SA_INIT;
    if (from == A && !header->response) {
        keep(&requests[i], datagram);
    } else if (from == B && header->response) {
        keep(&answers[i], datagram);
        answers_n++;
    }
    return true;
}

static void join(void)
{
    struct plan plan_a = {.start = TUNNEL_START_UP, .liveness_s = 10}; // so that A checks, not B
    struct plan plan_b = {.start = TUNNEL_START_PASSIVE};
    world_configure(&world, B, &plan_b, 1);
    world_configure(&world, A, &plan_a, 1);
    world_assert_joined(&world, 60000);
}

static void assert_joined_soon(void)
{
    world_assert_joined(&world, 900);
    ck_assert_ptr_null(world_tunnel(&world, A)->failure);
}

// A message in clear about an SA: of its request or response, from its initiator or responder.
static void inject_notify(int to, const struct ike_header *header, uint16_t type, struct bytes data)
{
    uint8_t buffer[512];
    struct message_writer mw;
    struct bytes message;
    struct notify_payload notify = {.type = type, .data = data};
    message_begin(&mw, buffer, sizeof(buffer), header);
    message_put_notify(&mw, &notify);
    ck_assert_int_eq(message_finish(&mw, &message), 0);
    world_inject(&world, to, to == A ? B_ADDRESS : A_ADDRESS, message);
    injections++;
}

static struct ike_header answer_to(const struct ike_header *request)
{
    struct ike_header header = *request;
    header.initiator = false;
    header.response = true;
    return header;
}

struct forgery {
    uint16_t type;
    const char *data;
    size_t n;
};

static const char long_cookie[65] = "x";
static const struct forgery forgeries[] = {
    {NOTIFY_NO_PROPOSAL_CHOSEN, "", 0},
    {NOTIFY_INVALID_SYNTAX, "", 0},
    {NOTIFY_AUTHENTICATION_FAILED, "", 0},
    {NOTIFY_INVALID_MAJOR_VERSION, "", 0},
    {NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, "\x99", 1},
    {9999, "an error that nobody knows", 26},
    {NOTIFY_COOKIE, "", 0},
    {NOTIFY_COOKIE, long_cookie, sizeof(long_cookie)},
    {NOTIFY_INVALID_KE_PAYLOAD, "\x00\x01", 2},
    {NOTIFY_INVALID_KE_PAYLOAD, "\x00\x1f", 2}, // the group that was used
    {NOTIFY_INVALID_KE_PAYLOAD, "", 0},
};

static bool forger(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    (void)datagram;
    const struct forgery *forgery = w->filter_arg;
    if (from == A && header->exchange == EXCHANGE_IKE_SA_INIT) {
        struct ike_header answer = answer_to(header);
        inject_notify(A, &answer, forgery->type, bytes_of(forgery->data, forgery->n));
    }
    return true;
}

// A: IKE_SA_INIT ->   <- a stranger: N(error)   <- B: the answer
START_TEST(forged_refusal_is_outrun)
{
    world.filter = forger;
    world.filter_arg = (void *)(uintptr_t)&forgeries[_i];
    world_configure_both(&world, TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    assert_joined_soon();
    ck_assert_uint_ge(injections, 1);
    ck_assert_uint_eq(world.sent_by_exchange[A][0], 1);
}
END_TEST

static bool swallower(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    (void)forger(w, from, header, datagram);
    return false;
}

// Without a better answer it is believed after a while, and told.
START_TEST(lone_refusal_is_believed)
{
    world.filter = swallower;
    world.filter_arg = (void *)(uintptr_t)&forgeries[0];
    world_configure_both(&world, TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    world_run(&world, 3500);
    ck_assert_ptr_null(world_tunnel(&world, A)->failure);
    world_run(&world, 1000);
    ck_assert_str_eq(world_tunnel(&world, A)->failure->notify, "NO_PROPOSAL_CHOSEN");
    ck_assert_int_eq(world_tunnel(&world, A)->failure->side, TUNNEL_SIDE_REMOTE);
    ck_assert_uint_eq(world_ike_sas(&world, A), 0);
    ck_assert_uint_ne(world_tunnel(&world, A)->next_try_s, 0);
}
END_TEST

static void put_answer(struct message_writer *mw, const char *proposal)
{
    struct proposal chosen;
    char error[128];
    uint8_t bytes[64];
    ck_assert_int_eq(proposal_parse(proposal, PROPOSAL_IKE, &chosen, error, sizeof(error)), 0);
    memset(bytes, 9, sizeof(bytes));
    chosen.number = 1;
    message_put_sa(mw, &chosen, 1);
    message_put_ke(mw, KE_ECP256, bytes_of(bytes, 64));
    message_put_nonce(mw, bytes_of(bytes, 32));
}

static bool answer_forger(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    (void)datagram;
    if (from == A && header->exchange == EXCHANGE_IKE_SA_INIT) {
        uint8_t buffer[512];
        struct message_writer mw;
        struct bytes message;
        struct ike_header answer = answer_to(header);
        answer.responder_spi = 77;
        message_begin(&mw, buffer, sizeof(buffer), &answer);
        put_answer(&mw, w->filter_arg);
        ck_assert_int_eq(message_finish(&mw, &message), 0);
        world_inject(w, A, B_ADDRESS, message);
        injections++;
    }
    return true;
}

// An answer that chooses what was not offered, or whose KE is of another group: as good as none.
START_TEST(forged_answer_is_outrun)
{
    world.filter = answer_forger;
    world.filter_arg = _i ? "aes256gcm16-prfsha256-x25519" : "aes128-sha1-modp2048";
    world_configure_both(&world, TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    assert_joined_soon();
    ck_assert_uint_ge(injections, 1);
}
END_TEST

// Each request is answered by another cookie, or by the other of two groups.
static bool endless_asker(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    (void)datagram;
    if (from == A && header->exchange == EXCHANGE_IKE_SA_INIT) {
        struct ike_header answer = answer_to(header);
        uint8_t group[2] = {0, injections % 2 ? KE_CURVE25519 : KE_ECP256};
        if (w->filter_arg) {
            inject_notify(A, &answer, NOTIFY_INVALID_KE_PAYLOAD, bytes_of(group, sizeof(group)));
        } else {
            inject_notify(A, &answer, NOTIFY_COOKIE, bytes_of(&injections, sizeof(injections)));
        }
    }
    return false;
}

START_TEST(endless_restarts_are_bounded)
{
    struct plan plan = {.ike = "aes256gcm16-prfsha256-x25519-ecp256"};
    world.filter = endless_asker;
    world.filter_arg = _i ? &world : NULL;
    world_configure(&world, A, &plan, 1);
    world_run(&world, 1500);
    ck_assert_uint_ge(world.sent_by_exchange[A][0], 5); // the first, and four more
    ck_assert_uint_le(world.sent_by_exchange[A][0], 7); // one of them repeated
    world_run(&world, 4500);
    ck_assert_str_eq(world_tunnel(&world, A)->failure->notify, "TIMEOUT");
}
END_TEST

// Copies of a request of A with other SPIs: from its own address or from many.
static void flood(unsigned n, bool own_address)
{
    uint8_t copy[sizeof(requests[0].b)];
    char from[32];
    for (unsigned i = 0; i < n; i++) {
        memcpy(copy, requests[0].b, requests[0].n);
        copy[0] = (uint8_t)(i >> 8);
        copy[1] = (uint8_t)i;
        copy[2] ^= 0x55;
        (void)snprintf(from, sizeof(from), "198.51.%u.%u", 100 + i / 200, 1 + i % 200);
        world_inject(&world, B, own_address ? A_ADDRESS : from, bytes_of(copy, requests[0].n));
    }
}

// A learns what its request looks like while B is deaf, and gives up.
static void learn_request(const struct plan *a, const struct plan *b)
{
    world.filter = recorder;
    world_configure(&world, A, a, 1);
    world_run(&world, 50);
    ck_assert_uint_gt(requests[0].n, 100);
    world_configure(&world, A, NULL, 0);
    world_configure(&world, B, b, 1);
    world_run(&world, 100);
    world.sent_by_exchange[A][0] = 0;
    answers_n = 0;
}

// Somebody uses the address of A: A is asked for a cookie, and gets in.
START_TEST(forged_source_does_not_lock_out)
{
    struct plan plan_a = {.start = TUNNEL_START_UP};
    struct plan plan_b = {.start = TUNNEL_START_PASSIVE};
    learn_request(&plan_a, &plan_b);
    flood(40, true);
    world_run(&world, 50);
    ck_assert_uint_eq(world.gateway[B].core.sas.half_open.n, IKE_HALF_OPEN_COOKIE_PER_SOURCE);
    ck_assert_uint_eq(answers_n, 40);
    world_configure(&world, A, &plan_a, 1);
    world_run(&world, 200);
    ck_assert_uint_eq(world.sent_by_exchange[A][0], 2); // the second with a cookie
    ck_assert_int_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_UP);
    world_run(&world, 31000);
    ck_assert_msg(world_is_joined(&world), "%s", world_why());
}
END_TEST

// A: IKE_SA_INIT ->   <- B: N(COOKIE)   A: with cookie ->   <- B: N(INVALID_KE_PAYLOAD)   A: cookie, other group ->
// all in a flood from 1,000 addresses (RFC 7296 2.6.1).
START_TEST(cookie_then_other_group)
{
    struct plan plan_a = {.start = TUNNEL_START_UP, .ike = "aes256gcm16-prfsha256-x25519-ecp256"};
    struct plan plan_b = {.start = TUNNEL_START_PASSIVE, .ike = "aes256gcm16-prfsha256-ecp256"};
    struct plan anywhere = {.name = "anywhere", .remote_any = true, .remote_id = "fqdn:a.example"};
    struct plan plans_b[2] = {plan_b, anywhere};
    learn_request(&plan_a, &plan_b);
    plans_b[1].start = TUNNEL_START_PASSIVE;
    world_configure(&world, B, plans_b, 2);
    flood(1000, false);
    world_run(&world, 100);
    ck_assert_uint_le(world.gateway[B].core.sas.half_open.n, IKE_HALF_OPEN_COOKIE_THRESHOLD);
    world_configure(&world, A, &plan_a, 1);
    world_run(&world, 200);
    ck_assert_uint_eq(world.sent_by_exchange[A][0], 3);
    ck_assert_int_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_UP);
}
END_TEST

// Errors in clear about an SA that stands, as request and response, from either end: nobody cares (RFC 7296 2.21.4).
START_TEST(notifies_in_clear_change_nothing)
{
    static const uint16_t types[] = {NOTIFY_INVALID_IKE_SPI, NOTIFY_INVALID_SYNTAX, NOTIFY_AUTHENTICATION_FAILED,
                                     NOTIFY_NO_PROPOSAL_CHOSEN, NOTIFY_INITIAL_CONTACT};
    join();
    const struct ike_sa *sa = world_ike_sa(&world, A);
    unsigned sent = world.sent[A] + world.sent[B];
    world_run(&world, 9990); // a liveness check is nearly due: its answer must not be one of them, either
    for (unsigned i = 0; i < 5 * 3 * 4 * 2; i++) {
        struct ike_header header = {.initiator_spi = sa->spi_i,
                                    .responder_spi = sa->spi_r,
                                    .exchange = (uint8_t)(EXCHANGE_IKE_AUTH + i / 5 % 3),
                                    .response = i / 15 % 2,
                                    .initiator = i / 30 % 2,
                                    .message_id = i / 60 + 1};
        inject_notify((int)(i % 2), &header, types[i % 5], bytes_of(NULL, 0));
    }
    world_run(&world, 5000);
    ck_assert_msg(world_is_joined(&world), "%s", world_why());
    ck_assert_ptr_eq(world_ike_sa(&world, A), sa);
    const struct ike_drops *drops = &world.gateway[A].core.drops;
    ck_assert_uint_ge(drops->message_id + drops->not_authentic + drops->unknown_spi + drops->unexpected, 60);
    ck_assert_uint_le(world.sent[A] + world.sent[B] - sent,
                      8 + 2 * IKE_STRAY_ANSWERS_BURST); // liveness checks, and INVALID_IKE_SPI in clear
}
END_TEST

static void resend(const struct kept *kept)
{
    world_inject(&world, B, A_ADDRESS, bytes_of(kept->b, kept->n));
    world_run(&world, 20);
}

// A repeated request gets the same bytes again; anything near it gets nothing (RFC 7296 2.1).
START_TEST(repeats_get_the_same_answer)
{
    world.filter = recorder;
    join();
    struct kept answer = answers[1];
    unsigned before = answers_n;
    memset(&answers[1], 0, sizeof(answers[1]));
    resend(&requests[1]);
    ck_assert_uint_eq(answers_n, before + 1);
    ck_assert(bytes_equal(bytes_of(answer.b, answer.n), bytes_of(answers[1].b, answers[1].n)));
    resend(&requests[0]); // of a message id that is over
    ck_assert_uint_eq(answers_n, before + 1);
    world_run(&world, 11000); // a liveness check: IKE_AUTH is no longer the last request
    before = answers_n;
    ck_assert_uint_gt(requests[3].n, 0);
    resend(&requests[1]);
    ck_assert_uint_eq(answers_n, before);
    resend(&requests[3]);
    ck_assert_uint_eq(answers_n, before + 1);
    ck_assert_msg(world_is_joined(&world), "%s", world_why());
}
END_TEST

START_TEST(mutated_requests_get_nothing)
{
    world.filter = recorder;
    join();
    world_run(&world, 11000);
    struct kept original = requests[3]; // INFORMATIONAL
    uint32_t expected = world_ike_sa(&world, B)->next_expected_id;
    unsigned before = answers_n;
    ck_assert_uint_gt(original.n, 28);
    for (size_t i = 16; i < original.n; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            struct kept mutated = original;
            mutated.b[i] ^= (uint8_t)(1u << bit);
            mutated.b[23] = (uint8_t)expected; // as if it were the next
            mutated.n -= i % 7 == 0 && bit == 0;
            world_inject(&world, B, A_ADDRESS, bytes_of(mutated.b, mutated.n));
        }
    }
    world_run(&world, 50);
    ck_assert_uint_le(answers_n - before, IKE_STRAY_ANSWERS_BURST + 1); // INVALID_MAJOR_VERSION, in clear
    ck_assert_uint_eq(world_ike_sa(&world, B)->next_expected_id, expected);
    ck_assert_uint_gt(world.gateway[B].core.drops.not_authentic, 100);
    ck_assert_msg(world_is_joined(&world), "%s", world_why());
    world_run(&world, 60000); // liveness goes on
    ck_assert_uint_gt(world_ike_sa(&world, B)->next_expected_id, expected);
}
END_TEST

// A request that A's keys authenticate, with a payload of our making; what B answers is in answers[3].
static void send_authentic(uint8_t type, bool critical, struct bytes body)
{
    struct ike_sa *sa = world_ike_sa(&world, A);
    struct draft draft;
    struct bytes message;
    transmit_begin_request(sa, EXCHANGE_INFORMATIONAL, &draft);
    message_put_raw(&draft.mw, type, critical, body);
    ck_assert_int_eq(sk_finish(&sa->sk, world.gateway[A].env.random, &draft.mw, &message), 0);
    sa->next_request_id++;
    world_inject(&world, B, A_ADDRESS, message);
    world_run(&world, 4);
}

// What the answer says, opened with A's keys. The notify's data is copied.
static uint16_t answered_notify(uint8_t *ret_first)
{
    struct message *m = message_new();
    struct wire_error error;
    uint8_t text[sizeof(answers[3].b)];
    uint16_t type = 0;
    ck_assert_int_eq(message_parse(bytes_of(answers[3].b, answers[3].n), m, &error), WIRE_OK);
    int n = sk_open(&world_ike_sa(&world, A)->sk, m, text);
    ck_assert_int_ge(n, 0);
    ck_assert_int_eq(message_parse_inner(m, bytes_of(text, (size_t)n), &error), WIRE_OK);
    if (m->notify_n) {
        type = m->notify[0].type;
        *ret_first = m->notify[0].data.n ? m->notify[0].data.p[0] : 0;
    }
    message_free(m);
    return type;
}

// RFC 7296 2.5: unknown payloads are skipped, critical ones refused by name; the SA stands.
START_TEST(unknown_payloads)
{
    uint8_t named = 0;
    world.filter = recorder;
    join();
    send_authentic(200, false, bytes_of("whatever", 8));
    ck_assert_uint_gt(answers[3].n, 0);
    ck_assert_uint_eq(answered_notify(&named), 0);
    send_authentic(200, true, bytes_of("whatever", 8));
    ck_assert_uint_eq(answered_notify(&named), NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD);
    ck_assert_uint_eq(named, 200);
    world_run(&world, 100);
    ck_assert_msg(world_is_joined(&world), "%s", world_why());
}
END_TEST

// RFC 7296 2.21.3: malformed but authentic is fatal: answered with INVALID_SYNTAX, and the IKE SA is gone.
START_TEST(malformed_but_authentic)
{
    uint8_t named = 0;
    world.filter = recorder;
    join();
    send_authentic(PAYLOAD_NOTIFY, false, bytes_of("\x00\xff", 2));
    ck_assert_uint_eq(answered_notify(&named), NOTIFY_INVALID_SYNTAX);
    ck_assert_uint_eq(world_ike_sas(&world, B), 0);
    ck_assert_uint_eq(world_esp_sas(&world, B), 0);
    ck_assert_str_eq(world_tunnel(&world, B)->failure->notify, "INVALID_SYNTAX");
}
END_TEST

// ... also for the one whose request was called so.
START_TEST(our_request_was_malformed)
{
    join();
    struct ike_sa *b = world_ike_sa(&world, B);
    struct draft draft;
    struct bytes message;
    ike_sa_life_delete(world_ike_sa(&world, A)); // A waits for an answer
    struct ike_sa *a = NULL;
    size_t cursor = 0;
    a = hmap_next(world.gateway[A].core.sas.by_spi, &cursor);
    ck_assert_ptr_nonnull(a);
    ck_assert_int_eq(a->state, IKE_SA_STATE_DELETING);
    b->answer.message_id = a->request.message_id;
    transmit_begin_answer(b, EXCHANGE_INFORMATIONAL, &draft);
    message_put_status(&draft.mw, NOTIFY_INVALID_SYNTAX, bytes_of(NULL, 0));
    ck_assert_int_eq(sk_finish(&b->sk, world.gateway[B].env.random, &draft.mw, &message), 0);
    world_inject(&world, A, B_ADDRESS, message);
    world_run(&world, 2);
    ck_assert_uint_eq(world_ike_sas(&world, A), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("forgery");
    TCase *t = tcase_create("dialogues");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, forged_refusal_is_outrun, 0, sizeof(forgeries) / sizeof(forgeries[0]));
    tcase_add_test(t, lone_refusal_is_believed);
    tcase_add_loop_test(t, forged_answer_is_outrun, 0, 2);
    tcase_add_loop_test(t, endless_restarts_are_bounded, 0, 2);
    tcase_add_test(t, forged_source_does_not_lock_out);
    tcase_add_test(t, cookie_then_other_group);
    tcase_add_test(t, notifies_in_clear_change_nothing);
    tcase_add_test(t, repeats_get_the_same_answer);
    tcase_add_test(t, mutated_requests_get_nothing);
    tcase_add_test(t, unknown_payloads);
    tcase_add_test(t, malformed_but_authentic);
    tcase_add_test(t, our_request_was_malformed);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
