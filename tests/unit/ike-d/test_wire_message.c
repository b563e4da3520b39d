// Messages are built, cut at every byte, changed, and parsed: what is refused, and which NOTIFY that means.
#include "ike-d/wire/message.h"
#include "ike-d/wire/message_rules.h"
#include "ike-d/wire/message_writer.h"
#include "tests/unit/lib/hex.h"

static const struct ike_header init_request = {
    .initiator_spi = 0x0102030405060708, .exchange = EXCHANGE_IKE_SA_INIT, .initiator = true};

static const uint8_t junk[300];

static struct proposal proposal_of(const char *text, enum proposal_protocol protocol)
{
    struct proposal p;
    char error[256];

    ck_assert_int_eq(proposal_parse(text, protocol, &p, error, sizeof(error)), 0);
    return p;
}

static void put_init(struct message_writer *mw)
{
    struct proposal p = proposal_of("aes256-aes128-sha256-ecp256", PROPOSAL_IKE);

    message_put_sa(mw, &p, 1);
    message_put_ke(mw, KE_ECP256, bytes_of(junk, 64));
    message_put_nonce(mw, bytes_of(junk, 32));
}

static struct bytes finish(struct message_writer *mw)
{
    struct bytes message;

    ck_assert_int_eq(message_finish(mw, &message), 0);
    return message;
}

static enum wire_status parse_all(struct bytes datagram, struct message *m, struct wire_error *error)
{
    enum wire_status status = message_parse(datagram, m, error);

    return status == WIRE_OK ? message_check(m, error) : status;
}

START_TEST(round_trips)
{
    uint8_t buffer[2048];
    struct message_writer mw;
    struct message *m = message_new();
    struct wire_error error = {0};
    struct bytes built;
    char text[200];

    message_begin(&mw, buffer, sizeof(buffer), &init_request);
    put_init(&mw);
    message_put_status(&mw, NOTIFY_COOKIE, bytes_of("cookie", 6));
    message_put_raw(&mw, PAYLOAD_VENDOR_ID, false, bytes_of("me", 2));
    built = finish(&mw);
    ck_assert_msg(parse_all(built, m, &error) == WIRE_OK, "%s", error.text);
    ck_assert_uint_eq(m->header.initiator_spi, init_request.initiator_spi);
    ck_assert_uint_eq(m->header.responder_spi, 0);
    ck_assert(m->header.initiator && !m->header.response);
    ck_assert_uint_eq(m->header.length, built.n);
    ck_assert_uint_eq(m->sa.n, 1);
    ck_assert_uint_eq(m->sa.proposal[0].n, 5);
    ck_assert_uint_eq(m->ke.group, KE_ECP256);
    ck_assert_uint_eq(m->ke.data.n, 64);
    ck_assert_uint_eq(m->nonce.n, 32);
    assert_bytes(message_find_notify(m, NOTIFY_COOKIE)->data, bytes_of_str("cookie"));
    ck_assert_ptr_null(message_find_error(m));
    assert_bytes(m->vendor_id[0], bytes_of_str("me"));
    ck_assert_ptr_null(m->sk.body.p);
    ck_assert_str_eq(message_format(m, text, sizeof(text)), "IKE_SA_INIT request 0 [ SA KE No V N(COOKIE) ]");
    message_free(m);
}
END_TEST

// Each shorter datagram, also with a header that claims its length.
START_TEST(refuses_every_truncation)
{
    uint8_t buffer[2048];
    struct message_writer mw;
    struct message *m = message_new();
    struct wire_error error = {0};
    struct bytes built;

    message_begin(&mw, buffer, sizeof(buffer), &init_request);
    put_init(&mw);
    built = finish(&mw);
    for (size_t n = 0; n < built.n; n++) {
        uint8_t *exact = malloc(n ? n : 1);

        memcpy(exact, built.p, n);
        ck_assert_uint_eq(message_parse(bytes_of(exact, n), m, &error),
                          n < HEADER_BYTES ? WIRE_NOT_IKE : WIRE_INVALID_SYNTAX);
        if (n >= HEADER_BYTES) {
            exact[26] = (uint8_t)(n >> 8);
            exact[27] = (uint8_t)n;
            ck_assert_uint_eq(message_parse(bytes_of(exact, n), m, &error), WIRE_INVALID_SYNTAX);
        }
        ck_assert_ptr_nonnull(error.text);
        free(exact);
    }
    message_free(m);
}
END_TEST

// One byte of a good message set to each value: whatever happens, no view leaves the message (ASan watches).
START_TEST(survives_every_changed_byte)
{
    uint8_t buffer[512];
    struct message_writer mw;
    struct message *m = message_new();
    struct wire_error error = {0};
    struct bytes built;
    uint8_t *exact;
    char text[300];

    message_begin(&mw, buffer, sizeof(buffer), &init_request);
    put_init(&mw);
    built = finish(&mw);
    exact = malloc(built.n);
    for (size_t i = 0; i < built.n; i++) {
        for (unsigned value = 0; value < 256; value++) {
            memcpy(exact, built.p, built.n);
            exact[i] = (uint8_t)value;
            if (parse_all(bytes_of(exact, built.n), m, &error) == WIRE_OK)
                message_format(m, text, sizeof(text));
        }
    }
    free(exact);
    message_free(m);
}
END_TEST

START_TEST(judges_versions)
{
    uint8_t buffer[512];
    struct message_writer mw;
    struct message *m = message_new();
    struct wire_error error = {0};
    struct bytes built;

    message_begin(&mw, buffer, sizeof(buffer), &init_request);
    put_init(&mw);
    built = finish(&mw);
    buffer[17] = 0x2f; // a minor version is ignored
    ck_assert_uint_eq(message_parse(built, m, &error), WIRE_OK);
    buffer[17] = 0x30;
    ck_assert_uint_eq(message_parse(built, m, &error), WIRE_INVALID_MAJOR_VERSION);
    ck_assert_uint_eq(m->header.initiator_spi, init_request.initiator_spi); // the answer needs it
    ck_assert_uint_eq(wire_status_notify(WIRE_INVALID_MAJOR_VERSION), NOTIFY_INVALID_MAJOR_VERSION);
    buffer[17] = 0x10;
    ck_assert_uint_eq(message_parse(built, m, &error), WIRE_OLD_VERSION);
    ck_assert_uint_eq(wire_status_notify(WIRE_OLD_VERSION), NOTIFY_NONE);
    buffer[17] = 0x20;
    memset(buffer, 0, 8);
    ck_assert_uint_eq(message_parse(built, m, &error), WIRE_NOT_IKE);
    message_free(m);
}
END_TEST

// RFC 7296 2.5
START_TEST(judges_unknown_payloads)
{
    uint8_t buffer[512];
    struct message_writer mw;
    struct message *m = message_new();
    struct wire_error error = {0};

    message_begin(&mw, buffer, sizeof(buffer), &init_request);
    message_put_raw(&mw, 200, false, bytes_of(junk, 9));
    put_init(&mw);
    ck_assert_uint_eq(parse_all(finish(&mw), m, &error), WIRE_OK);

    message_begin(&mw, buffer, sizeof(buffer), &init_request);
    put_init(&mw);
    message_put_raw(&mw, 200, true, bytes_of(junk, 9));
    ck_assert_uint_eq(parse_all(finish(&mw), m, &error), WIRE_UNSUPPORTED_CRITICAL_PAYLOAD);
    ck_assert_uint_eq(error.payload_type, 200);
    ck_assert_uint_eq(wire_status_notify(WIRE_UNSUPPORTED_CRITICAL_PAYLOAD), NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD);

    message_begin(&mw, buffer, sizeof(buffer), &init_request);
    message_put_raw(&mw, PAYLOAD_VENDOR_ID, true, bytes_of(junk, 9)); // known: the bit is ignored
    put_init(&mw);
    ck_assert_uint_eq(parse_all(finish(&mw), m, &error), WIRE_OK);
    message_free(m);
}
END_TEST

struct rule_case {
    uint8_t exchange;
    bool response;
    bool encrypted;
    uint8_t payloads[10];
    uint16_t notify; // in addition, 0: none
    bool good;
};

static const struct rule_case rule_cases[] = {
    {EXCHANGE_IKE_SA_INIT, false, false, {33, 34, 40}, 0, true},
    {EXCHANGE_IKE_SA_INIT, false, false, {33, 34}, 0, false},
    {EXCHANGE_IKE_SA_INIT, false, false, {33, 34, 40, 40}, 0, false},
    {EXCHANGE_IKE_SA_INIT, false, false, {}, NOTIFY_COOKIE, false},
    {EXCHANGE_IKE_SA_INIT, true, false, {}, NOTIFY_COOKIE, true},
    {EXCHANGE_IKE_SA_INIT, true, false, {}, NOTIFY_NO_PROPOSAL_CHOSEN, true},
    {EXCHANGE_IKE_SA_INIT, true, false, {}, NOTIFY_NAT_DETECTION_SOURCE_IP, false},
    {EXCHANGE_IKE_SA_INIT, true, false, {33, 34, 40, 38}, 0, true},
    {EXCHANGE_IKE_SA_INIT, false, true, {33, 34, 40}, 0, false},
    {EXCHANGE_IKE_AUTH, false, true, {35, 39, 33, 44, 45}, 0, true},
    {EXCHANGE_IKE_AUTH, false, true, {35, 36, 37, 37, 38, 39, 47, 33, 44, 45}, 0, true},
    {EXCHANGE_IKE_AUTH, false, true, {35, 33, 44, 45}, 0, true}, // wants EAP
    {EXCHANGE_IKE_AUTH, false, true, {39, 33, 44, 45}, 0, false},
    {EXCHANGE_IKE_AUTH, false, false, {35, 39, 33, 44, 45}, 0, false},
    {EXCHANGE_IKE_AUTH, true, true, {36, 39, 33, 44, 45}, 0, true},
    {EXCHANGE_IKE_AUTH, true, true, {36, 39}, 0, true}, // childless, RFC 6023
    {EXCHANGE_IKE_AUTH, true, true, {36}, 0, false},
    {EXCHANGE_IKE_AUTH, true, true, {36, 39}, NOTIFY_TS_UNACCEPTABLE, true},
    {EXCHANGE_IKE_AUTH, true, true, {}, NOTIFY_AUTHENTICATION_FAILED, true},
    {EXCHANGE_CREATE_CHILD_SA, false, true, {33, 40, 44, 45}, NOTIFY_REKEY_SA, true},
    {EXCHANGE_CREATE_CHILD_SA, false, true, {33, 40, 34, 47}, 0, true}, // CP is tolerated
    {EXCHANGE_CREATE_CHILD_SA, false, true, {40, 34}, 0, false},
    {EXCHANGE_CREATE_CHILD_SA, true, true, {}, NOTIFY_TEMPORARY_FAILURE, true},
    {EXCHANGE_INFORMATIONAL, false, true, {}, 0, true},
    {EXCHANGE_INFORMATIONAL, false, true, {42, 42}, 0, true},
    {EXCHANGE_INFORMATIONAL, true, true, {}, 0, true},
    {EXCHANGE_INFORMATIONAL, true, false, {}, NOTIFY_INVALID_IKE_SPI, true},
    {EXCHANGE_INFORMATIONAL, false, false, {42}, 0, false},
    {99, false, false, {}, 0, false},
};

static void put_by_type(struct message_writer *mw, uint8_t type)
{
    struct proposal p = proposal_of("aes256gcm16", PROPOSAL_ESP);
    struct identity id;
    struct selector s;
    struct cp_payload cp = {.type = CONFIG_REQUEST};
    const char *error;

    switch (type) {
    case PAYLOAD_SA:
        message_put_sa(mw, &p, 1);
        break;
    case PAYLOAD_KE:
        message_put_ke(mw, 14, bytes_of(junk, 256));
        break;
    case PAYLOAD_IDI:
    case PAYLOAD_IDR:
        ck_assert_int_eq(identity_parse("fqdn:a.example", &id), 0);
        message_put_id(mw, type, &id);
        break;
    case PAYLOAD_AUTH:
        message_put_auth(mw, AUTH_METHOD_PSK, bytes_of(junk, 32));
        break;
    case PAYLOAD_DELETE:
        message_put_delete_ike(mw);
        break;
    case PAYLOAD_TSI:
    case PAYLOAD_TSR:
        ck_assert_int_eq(selector_parse("10.1.0.0/24", "", "", &s, &error), 0);
        message_put_ts(mw, type, &s, 1);
        break;
    case PAYLOAD_CP:
        message_put_cp(mw, &cp);
        break;
    default: // a nonce, CERT, CERTREQ
        message_put_raw(mw, type, false, bytes_of(junk, 32));
        break;
    }
}

START_TEST(keeps_the_rules)
{
    const struct rule_case *c = &rule_cases[_i];
    struct ike_header header = {
        .initiator_spi = 1, .responder_spi = 2, .exchange = c->exchange, .response = c->response};
    struct message *m = message_new();
    struct wire_error error = {0};
    struct message_writer mw;
    static uint8_t buffer[4096];
    static uint8_t inner_buffer[4096];
    struct bytes inner;
    enum wire_status status;

    message_begin(&mw, inner_buffer, sizeof(inner_buffer), &header);
    for (unsigned i = 0; i < 10 && c->payloads[i]; i++)
        put_by_type(&mw, c->payloads[i]);
    if (c->notify)
        message_put_status(&mw, c->notify, bytes_of(NULL, 0));
    inner = finish(&mw);
    if (c->encrypted) {
        message_begin(&mw, buffer, sizeof(buffer), &header);
        message_put_raw(&mw, PAYLOAD_SK, false, bytes_of(junk, 32));
        ck_assert_uint_eq(message_parse(finish(&mw), m, &error), WIRE_OK);
        m->sk.first_type = inner.p[HEADER_NEXT_PAYLOAD_OFFSET];
        status = message_parse_inner(m, bytes_of(inner.p + HEADER_BYTES, inner.n - HEADER_BYTES), &error);
    } else {
        status = message_parse(inner, m, &error);
    }
    ck_assert_msg(status == WIRE_OK, "%s", error.text);
    status = message_check(m, &error);
    ck_assert_msg(status == (c->good ? WIRE_OK : WIRE_INVALID_SYNTAX), "%s", error.text);
    message_free(m);
}
END_TEST

// What came in clear beside an SK payload is never believed.
START_TEST(refuses_clear_payloads_beside_sk)
{
    struct ike_header header = {.initiator_spi = 1, .responder_spi = 2, .exchange = EXCHANGE_INFORMATIONAL};
    struct message *m = message_new();
    struct wire_error error = {0};
    struct message_writer mw;
    uint8_t buffer[512];

    message_begin(&mw, buffer, sizeof(buffer), &header);
    message_put_delete_ike(&mw);
    message_put_raw(&mw, PAYLOAD_SK, false, bytes_of(junk, 32));
    ck_assert_uint_eq(message_parse(finish(&mw), m, &error), WIRE_OK);
    ck_assert_uint_eq(m->sk.offset, HEADER_BYTES + 8 + 4);
    ck_assert_uint_eq(message_check(m, &error), WIRE_INVALID_SYNTAX);
    ck_assert_uint_eq(error.payload_type, PAYLOAD_DELETE);

    message_begin(&mw, buffer, sizeof(buffer), &header);
    message_put_raw(&mw, PAYLOAD_SK, false, bytes_of(junk, 32));
    message_put_delete_ike(&mw); // behind SK
    buffer[HEADER_BYTES] = PAYLOAD_NONE;
    ck_assert_uint_eq(message_parse(finish(&mw), m, &error), WIRE_INVALID_SYNTAX);
    message_free(m);
}
END_TEST

START_TEST(recognises_fragments)
{
    struct ike_header header = {.initiator_spi = 1, .responder_spi = 2, .exchange = EXCHANGE_IKE_AUTH};
    struct message *m = message_new();
    struct wire_error error = {0};
    struct message_writer mw;
    uint8_t buffer[128];

    message_begin(&mw, buffer, sizeof(buffer), &header);
    message_put_raw(&mw, PAYLOAD_SKF, false, hex_view("00020003aabbcc"));
    ck_assert_uint_eq(message_parse(finish(&mw), m, &error), WIRE_OK);
    ck_assert_uint_eq(m->sk.fragment, 2);
    ck_assert_uint_eq(m->sk.fragments, 3);
    assert_bytes(m->sk.body, hex_view("aabbcc"));
    for (unsigned i = 0; i < 3; i++) {
        static const char *const bad[] = {"00000003aa", "00040003aa", "00010001"};

        message_begin(&mw, buffer, sizeof(buffer), &header);
        message_put_raw(&mw, PAYLOAD_SKF, false, hex_view(bad[i]));
        ck_assert_uint_eq(message_parse(finish(&mw), m, &error), WIRE_INVALID_SYNTAX);
    }
    message_free(m);
}
END_TEST

static enum wire_status parse_many(uint8_t type, struct bytes body, unsigned n)
{
    static uint8_t buffer[WIRE_MESSAGE_BYTES_MAX];
    struct message *m = message_new();
    struct wire_error error = {0};
    struct message_writer mw;
    enum wire_status status;

    message_begin(&mw, buffer, sizeof(buffer), &init_request);
    for (unsigned i = 0; i < n; i++)
        message_put_raw(&mw, type, false, body);
    status = message_parse(finish(&mw), m, &error);
    message_free(m);
    return status;
}

START_TEST(is_bounded)
{
    struct bytes notify = hex_view("00004000");

    ck_assert_uint_eq(parse_many(PAYLOAD_NOTIFY, notify, WIRE_NOTIFIES_MAX), WIRE_OK);
    ck_assert_uint_eq(parse_many(PAYLOAD_NOTIFY, notify, WIRE_NOTIFIES_MAX + 1), WIRE_INVALID_SYNTAX);
    ck_assert_uint_eq(parse_many(PAYLOAD_VENDOR_ID, bytes_of(junk, 4), WIRE_PAYLOADS_MAX), WIRE_OK);
    ck_assert_uint_eq(parse_many(PAYLOAD_VENDOR_ID, bytes_of(junk, 4), WIRE_PAYLOADS_MAX + 1), WIRE_INVALID_SYNTAX);
    ck_assert_uint_eq(parse_many(222, bytes_of(junk, 4), WIRE_PAYLOADS_MAX + 1), WIRE_INVALID_SYNTAX);
    ck_assert_uint_eq(parse_many(PAYLOAD_DELETE, hex_view("01000000"), WIRE_DELETES_MAX + 1), WIRE_INVALID_SYNTAX);
    ck_assert_uint_eq(parse_many(PAYLOAD_CERT, hex_view("04aa"), WIRE_CERTS_MAX + 1), WIRE_INVALID_SYNTAX);
    ck_assert_uint_eq(parse_many(PAYLOAD_SK, hex_view("04aa"), 2), WIRE_INVALID_SYNTAX);
}
END_TEST

START_TEST(never_builds_what_does_not_fit)
{
    uint8_t *buffer;
    struct message_writer mw;
    struct bytes message = {.n = 7};

    for (size_t n = 0; n < 180; n++) {
        buffer = malloc(n ? n : 1);
        message_begin(&mw, buffer, n, &init_request);
        put_init(&mw);
        ck_assert_int_eq(message_finish(&mw, &message), -ENOSPC);
        ck_assert_uint_eq(message.n, 7);
        free(buffer);
    }
    buffer = malloc(2 * WIRE_MESSAGE_BYTES_MAX);
    message_begin(&mw, buffer, (size_t)2 * WIRE_MESSAGE_BYTES_MAX, &init_request);
    for (unsigned i = 0; i < 200; i++)
        message_put_raw(&mw, PAYLOAD_VENDOR_ID, false, bytes_of(junk, 200));
    ck_assert_int_eq(message_finish(&mw, &message), -ENOSPC);
    free(buffer);
}
END_TEST

START_TEST(names_things)
{
    ck_assert_str_eq(payload_name(PAYLOAD_SKF), "SKF");
    ck_assert_str_eq(payload_name(PAYLOAD_TSR), "TSr");
    ck_assert_str_eq(payload_name(49), "?");
    ck_assert_str_eq(payload_name(0), "?");
    ck_assert(!payload_is_known(32) && !payload_is_known(50) && !payload_is_known(54) && payload_is_known(48));
    ck_assert_str_eq(exchange_name(EXCHANGE_CREATE_CHILD_SA), "CREATE_CHILD_SA");
    ck_assert_str_eq(exchange_name(1), "?");
    ck_assert_str_eq(notify_name(NOTIFY_TS_UNACCEPTABLE), "TS_UNACCEPTABLE");
    ck_assert_str_eq(notify_name(8191), "unknown error");
    ck_assert_str_eq(notify_name(40000), "unknown status");
    ck_assert(notify_is_error(14) && !notify_is_error(0) && !notify_is_error(16384));
    ck_assert_ptr_null(message_rule_find(99, false));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("message");

    tcase_add_test(tc, round_trips);
    tcase_add_test(tc, refuses_every_truncation);
    tcase_add_test(tc, survives_every_changed_byte);
    tcase_add_test(tc, judges_versions);
    tcase_add_test(tc, judges_unknown_payloads);
    tcase_add_loop_test(tc, keeps_the_rules, 0, (int)(sizeof(rule_cases) / sizeof(rule_cases[0])));
    tcase_add_test(tc, refuses_clear_payloads_beside_sk);
    tcase_add_test(tc, recognises_fragments);
    tcase_add_test(tc, is_bounded);
    tcase_add_test(tc, never_builds_what_does_not_fit);
    tcase_add_test(tc, names_things);
    return run_case(tc);
}
