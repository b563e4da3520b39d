// Payload bodies, good ones and broken ones, as tables of hex.
#include "ike-d/wire/payload.h"
#include "ike-d/wire/payload_type.h"
#include "ike-d/wire/sa_payload.h"
#include "ike-d/wire/ts_payload.h"
#include "tests/unit/lib/hex.h"

struct body_case {
    uint8_t type;
    bool good;
    const char *body;
};

#define T_ENCR "0300000c0100000c800e0100" // aes256
#define T_KE   "0000000804000013"         // ecp256, the last one

static const struct body_case cases[] = {
    {PAYLOAD_SA, true, "0000001c01010002" T_ENCR T_KE},
    {PAYLOAD_SA, true, "0000002001030402aabbccdd" T_ENCR T_KE},
    {PAYLOAD_SA, true, "0200001c01010002" T_ENCR T_KE "0000001c02010002" T_ENCR T_KE},
    {PAYLOAD_SA, false, ""},
    {PAYLOAD_SA, false, "0000001c01010003" T_ENCR T_KE},      // more transforms than there are
    {PAYLOAD_SA, false, "0000001c01010001" T_ENCR T_KE},      // fewer
    {PAYLOAD_SA, false, "0000000801010000"},                  // none
    {PAYLOAD_SA, false, "0000001d01010002" T_ENCR T_KE},      // longer than the payload
    {PAYLOAD_SA, false, "0000001b01010002" T_ENCR T_KE},      // shorter than its transforms
    {PAYLOAD_SA, false, "0000000701010002" T_ENCR T_KE},      // shorter than its header
    {PAYLOAD_SA, false, "0200001c01010002" T_ENCR T_KE},      // says that another one follows
    {PAYLOAD_SA, false, "0000001c01010002" T_ENCR T_KE "00"}, // a byte too many
    {PAYLOAD_SA, false, "0100001c01010002" T_ENCR T_KE},      // wrong 'last'
    {PAYLOAD_SA, false, "0000001c01010902" T_ENCR T_KE},      // SPI longer than ours can be
    {PAYLOAD_SA, false,
     "0000001801010001"
     "0000000701000003" T_KE}, // transform shorter than its header
    {PAYLOAD_SA, false,
     "0000001201010001"
     "0000000a0100000c800e"}, // attribute cut short
    {PAYLOAD_SA, false,
     "0000001401010001"
     "0000000c0100000c000e0001"}, // attribute longer than the transform
    {PAYLOAD_KE, true, "0013000000"},
    {PAYLOAD_KE, false, "00130000"},
    {PAYLOAD_KE, false, "001300"},
    {PAYLOAD_IDI, true, "0200000061"},
    {PAYLOAD_IDI, true, "02000000"},
    {PAYLOAD_IDI, false, "020000"},
    {PAYLOAD_AUTH, true, "0200000061"},
    {PAYLOAD_AUTH, false, "02000000"},
    {PAYLOAD_NONCE, true, "000102030405060708090a0b0c0d0e0f"},
    {PAYLOAD_NONCE, false, "000102030405060708090a0b0c0d0e"},
    {PAYLOAD_NOTIFY, true, "00004004"},
    {PAYLOAD_NOTIFY, true, "03044009aabbccdd"},
    {PAYLOAD_NOTIFY, false, "03044009aabbcc"},
    {PAYLOAD_NOTIFY, false, "030440"},
    {PAYLOAD_DELETE, true, "01000000"},
    {PAYLOAD_DELETE, true, "030400020000000100000002"},
    {PAYLOAD_DELETE, false, "0304000200000001"},
    {PAYLOAD_DELETE, false, "03040001000000010000"},
    {PAYLOAD_DELETE, false, "0300ffff"},
    {PAYLOAD_DELETE, false, "030800010000000100000002"},
    {PAYLOAD_DELETE, false, "0304"},
    {PAYLOAD_CERT, true, "04"},
    {PAYLOAD_CERT, false, ""},
    {PAYLOAD_CP, true, "01000000"},
    {PAYLOAD_CP, true, "0100000000010000000300040a000001"},
    {PAYLOAD_CP, false, "010000"},
    {PAYLOAD_CP, false, "01000000000100"},
    {PAYLOAD_CP, false, "0100000000010001"},
    {PAYLOAD_TSI, true, "01000000070000100000ffff0a0100000a0100ff"},
    {PAYLOAD_TSI, true,
     "0100000008060028005000500102030405060708090a0b0c0d0e0f10"
     "0102030405060708090a0b0c0d0e0f10"},
    {PAYLOAD_TSI, true, "0100000007000010ffff00000a0100000a0100ff"}, // OPAQUE ports
    {PAYLOAD_TSI, true,
     "02000000070000100000ffff0a0100000a0100ff"
     "09000008aabbccdd"},                                               // a type that is not known
    {PAYLOAD_TSI, false, "00000000"},                                   // none
    {PAYLOAD_TSI, false, "02000000070000100000ffff0a0100000a0100ff"},   // fewer than said
    {PAYLOAD_TSI, false, "01000000070000100000ffff0a0100000a0100ff00"}, // a byte too many
    {PAYLOAD_TSI, false, "01000000070000100000ffff0a0100ff0a010000"},   // start after end
    {PAYLOAD_TSI, false, "01000000070000100050004f0a0100000a0100ff"},   // the same of ports
    {PAYLOAD_TSI, false, "01000000080000100000ffff0a0100000a0100ff"},   // IPv6 of IPv4's size
    {PAYLOAD_TSI, false, "010000000700000c0000ffff0a010000"},           // too short for its type
    {PAYLOAD_TSI, false, "01000000070000070000ffff0a0100000a0100ff"},   // shorter than its header
    {PAYLOAD_TSI, false, "0100"},
};

static enum wire_status parse(uint8_t type, struct bytes body, struct wire_error *error)
{
    static struct sa_payload sa;
    static struct ts_payload ts;
    struct ke_payload ke;
    struct id_payload id;
    struct auth_payload auth;
    struct bytes nonce;
    struct notify_payload notify;
    struct delete_payload del;
    struct cert_payload cert;
    struct cp_payload cp;

    switch (type) {
    case PAYLOAD_SA:
        return sa_payload_parse(body, &sa, error);
    case PAYLOAD_TSI:
        return ts_payload_parse(body, &ts, error);
    case PAYLOAD_KE:
        return ke_payload_parse(body, &ke, error);
    case PAYLOAD_IDI:
        return id_payload_parse(body, &id, error);
    case PAYLOAD_AUTH:
        return auth_payload_parse(body, &auth, error);
    case PAYLOAD_NONCE:
        return nonce_payload_parse(body, &nonce, error);
    case PAYLOAD_NOTIFY:
        return notify_payload_parse(body, &notify, error);
    case PAYLOAD_DELETE:
        return delete_payload_parse(body, &del, error);
    case PAYLOAD_CERT:
        return cert_payload_parse(body, &cert, error);
    default:
        return cp_payload_parse(body, &cp, error);
    }
}

START_TEST(takes_or_refuses)
{
    const struct body_case *c = &cases[_i];
    struct wire_error error = {.text = "none"};
    struct bytes hex = hex_view(c->body);
    uint8_t *exact = malloc(hex.n ? hex.n : 1);
    enum wire_status status;

    memcpy(exact, hex.p, hex.n);
    status = parse(c->type, bytes_of(exact, hex.n), &error);
    ck_assert_msg(status == (c->good ? WIRE_OK : WIRE_INVALID_SYNTAX), "%s: %s", c->body, error.text);
    if (!c->good) {
        ck_assert_uint_eq(error.payload_type, c->type);
        ck_assert_str_ne(error.text, "none");
    }
    // a good body cut anywhere is good or INVALID_SYNTAX, and never read beyond
    for (size_t n = 0; c->good && n < hex.n; n++) {
        uint8_t *cut = malloc(n ? n : 1);

        memcpy(cut, hex.p, n);
        status = parse(c->type, bytes_of(cut, n), &error);
        ck_assert(status == WIRE_OK || status == WIRE_INVALID_SYNTAX);
        free(cut);
    }
    free(exact);
}
END_TEST

START_TEST(reads_proposals)
{
    static struct sa_payload sa;
    struct wire_error error = {0};
    // two proposals; the second has an AES key length as a long attribute, an unknown type and a repeated key length
    struct bytes body = hex_view("0200002001030402aabbccdd" T_ENCR T_KE "0000003001010003"
                                 "030000100100000c000e00040000010003000008f0001234"
                                 "000000100100000c800e0100800e0080");

    ck_assert_msg(sa_payload_parse(body, &sa, &error) == WIRE_OK, "%s", error.text);
    ck_assert_uint_eq(sa.n, 2);
    ck_assert_uint_eq(sa.proposal[0].number, 1);
    ck_assert_uint_eq(sa.proposal[0].protocol, PROPOSAL_ESP);
    ck_assert_uint_eq(sa.proposal[0].spi_size, 4);
    ck_assert_mem_eq(sa.proposal[0].spi, "\xaa\xbb\xcc\xdd\0\0\0\0", 8);
    ck_assert_uint_eq(sa.proposal[0].transform[0].key_bits, 256);
    ck_assert(!sa.proposal[0].transform[0].unknown_attribute);
    ck_assert_uint_eq(sa.proposal[0].transform[1].id, KE_ECP256);
    ck_assert(sa.proposal[1].transform[0].unknown_attribute);
    ck_assert_uint_eq(sa.proposal[1].transform[1].type, 0xf0);
    ck_assert_uint_eq(sa.proposal[1].transform[1].id, 0x1234);
    ck_assert(sa.proposal[1].transform[2].unknown_attribute);
}
END_TEST

START_TEST(bounds_proposals_and_transforms)
{
    static struct sa_payload sa;
    static struct proposal many[WIRE_PROPOSALS_MAX + 1];
    static uint8_t buffer[65536];
    struct wire_error error = {0};
    struct writer w;

    for (unsigned i = 0; i <= WIRE_PROPOSALS_MAX; i++)
        many[i] = (struct proposal){.number = 1, .protocol = 1, .n = 1, .transform = {{.type = 1, .id = 3}}};
    w = writer_of(buffer, sizeof(buffer));
    sa_payload_encode(many, WIRE_PROPOSALS_MAX, &w);
    ck_assert_uint_eq(sa_payload_parse(writer_view(&w), &sa, &error), WIRE_OK);
    w = writer_of(buffer, sizeof(buffer));
    sa_payload_encode(many, WIRE_PROPOSALS_MAX + 1, &w);
    ck_assert_uint_eq(sa_payload_parse(writer_view(&w), &sa, &error), WIRE_INVALID_SYNTAX);
    many[0].n = PROPOSAL_TRANSFORMS_MAX;
    w = writer_of(buffer, sizeof(buffer));
    sa_payload_encode(many, 1, &w);
    ck_assert_uint_eq(sa_payload_parse(writer_view(&w), &sa, &error), WIRE_OK);
    ck_assert_uint_eq(sa.proposal[0].n, PROPOSAL_TRANSFORMS_MAX);
    buffer[7] = PROPOSAL_TRANSFORMS_MAX + 1;
    ck_assert_uint_eq(sa_payload_parse(writer_view(&w), &sa, &error), WIRE_INVALID_SYNTAX);
}
END_TEST

START_TEST(round_trips_selectors)
{
    static const char *const ranges[] = {"10.1.0.0/24", "10.0.0.1-10.0.0.9", "fd00:1::/64", "0.0.0.0/0", "::/0"};
    static struct ts_payload ts;
    struct selector s[5];
    struct wire_error wire_error = {0};
    const char *error = NULL;
    uint8_t buffer[512];
    struct writer w = writer_of(buffer, sizeof(buffer));

    for (unsigned i = 0; i < 5; i++)
        ck_assert_int_eq(selector_parse(ranges[i], i % 2 ? "tcp" : "", i % 2 ? "80-90" : "", &s[i], &error), 0);
    ts_payload_encode(s, 5, &w);
    ck_assert(writer_ok(&w));
    ck_assert_uint_eq(ts_payload_parse(writer_view(&w), &ts, &wire_error), WIRE_OK);
    ck_assert_uint_eq(ts.n, 5);
    for (unsigned i = 0; i < 5; i++)
        ck_assert(selector_equal(&ts.selector[i], &s[i]));
    w = writer_of(buffer, sizeof(buffer));
    ts_payload_encode(s, 0, &w);
    ck_assert(!writer_ok(&w));
}
END_TEST

START_TEST(reads_fields)
{
    struct wire_error error = {0};
    struct notify_payload notify;
    struct delete_payload del;
    struct cp_payload cp;
    uint32_t spi = 0;

    ck_assert_uint_eq(notify_payload_parse(hex_view("03044009aabbccdd0102"), &notify, &error), WIRE_OK);
    ck_assert_uint_eq(notify.type, NOTIFY_REKEY_SA);
    ck_assert(notify_payload_spi(&notify, &spi));
    ck_assert_uint_eq(spi, 0xaabbccdd);
    assert_bytes(notify.data, hex_view("0102"));
    ck_assert_uint_eq(notify_payload_parse(hex_view("00004004"), &notify, &error), WIRE_OK);
    ck_assert(!notify_payload_spi(&notify, &spi));
    ck_assert_uint_eq(delete_payload_parse(hex_view("03040002000000010a0b0c0d"), &del, &error), WIRE_OK);
    ck_assert_uint_eq(delete_payload_spi(&del, 0), 1);
    ck_assert_uint_eq(delete_payload_spi(&del, 1), 0x0a0b0c0d);
    ck_assert_uint_eq(cp_payload_parse(hex_view("0200000080010004c0a80001"), &cp, &error), WIRE_OK);
    ck_assert_uint_eq(cp.type, CONFIG_REPLY);
    ck_assert_uint_eq(cp.attribute[0].type, 1); // the reserved bit is not part of it
    assert_bytes(cp.attribute[0].value, hex_view("c0a80001"));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("payload");

    tcase_add_loop_test(tc, takes_or_refuses, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    tcase_add_test(tc, reads_proposals);
    tcase_add_test(tc, bounds_proposals_and_transforms);
    tcase_add_test(tc, round_trips_selectors);
    tcase_add_test(tc, reads_fields);
    return run_case(tc);
}
