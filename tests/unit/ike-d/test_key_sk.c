// SK payloads: sealed by one side and opened by the other, with every suite; what is tampered with is refused.
#include "ike-d/key/sk.h"
#include "tests/unit/lib/hex.h"

static const char *const suites[] = {
    "aes128gcm16-prfsha256-x25519",
    "aes256gcm16-prfsha384-ecp384",
    "aes128-sha1-modp2048",
    "aes256-sha256-modp2048",
    "aes256-sha384-ecp256",
    "aes128-sha512-ecp521",
    "aes192gcm8-prfaesxcbc-x448",
    "aes256gcm12-prfaescmac-x448",
    "aes128ccm8-prfsha256-x25519",
    "aes192ccm12-prfsha1-x25519",
    "aes256ccm16-prfsha512-x25519",
    "chacha20poly1305-prfsha256-x25519",
    "aes128ctr-aesxcbc-x25519",
    "aes192ctr-aescmac-x25519",
    "aes256ctr-sha256-x25519",
    "aes192-aescmac-x25519",
    "3des-md5-modp1024",
};
#define SUITES ((int)(sizeof(suites) / sizeof(suites[0])))

static const struct ike_header header = {
    .initiator_spi = 1, .responder_spi = 2, .exchange = EXCHANGE_INFORMATIONAL, .message_id = 5};

struct pair {
    struct sk initiator;
    struct sk responder;
};

static void make_pair(const char *text, struct pair *pair)
{
    struct proposal p;
    char error[256];
    struct ike_suite suite;
    struct ike_keys keys;
    const uint8_t nonce[32] = {1, 2, 3};
    struct ike_key_seed seed = {.nonce_i = bytes_of(nonce, 16),
                                .nonce_r = bytes_of(nonce, 32),
                                .spi_i = 1,
                                .spi_r = 2,
                                .shared = bytes_of(nonce, 32)};

    ck_assert_int_eq(proposal_parse(text, PROPOSAL_IKE, &p, error, sizeof(error)), 0);
    ck_assert_int_eq(ike_suite_from(&p, &suite), 0);
    ck_assert_int_eq(ike_keys_derive(&suite, &seed, &keys), 0);
    ck_assert_int_eq(sk_init(&pair->initiator, &suite, &keys, true), 0);
    ck_assert_int_eq(sk_init(&pair->responder, &suite, &keys, false), 0);
    ike_keys_wipe(&keys);
}

static struct bytes seal(struct sk *sk, uint8_t *buffer, size_t size, size_t filling)
{
    static const uint8_t zeros[64];
    struct message_writer mw;
    struct bytes message = {0};

    message_begin(&mw, buffer, size, &header);
    sk_begin(sk, &mw);
    if (filling)
        message_put_status(&mw, NOTIFY_INITIAL_CONTACT, bytes_of(zeros, filling));
    ck_assert_int_eq(sk_finish(sk, &random_system, &mw, &message), 0);
    return message;
}

START_TEST(seals_and_opens)
{
    struct pair pair;
    struct message *m = message_new();
    struct wire_error error = {0};
    uint8_t buffer[256];
    uint8_t text[256];
    int n;

    make_pair(suites[_i], &pair);
    for (size_t filling = 0; filling < 40; filling++) { // every length of padding
        struct bytes sealed = seal(&pair.initiator, buffer, sizeof(buffer), filling);

        ck_assert_msg(message_parse(sealed, m, &error) == WIRE_OK, "%s", error.text);
        n = sk_open(&pair.responder, m, text);
        ck_assert_int_eq(n, filling ? (int)(8 + filling) : 0);
        ck_assert_msg(message_parse_inner(m, bytes_of(text, (size_t)n), &error) == WIRE_OK, "%s", error.text);
        ck_assert_uint_eq(message_check(m, &error), WIRE_OK);
        ck_assert_uint_eq(m->notify_n, filling ? 1 : 0);
        // keys of the two directions differ
        ck_assert_int_eq(sk_open(&pair.initiator, m, text), -EBADMSG);
    }
    sk_wipe(&pair.initiator);
    ck_assert_ptr_null(pair.initiator.ours.encr);
    message_free(m);
}
END_TEST

// RFC 7634 B: SET_WINDOW_SIZE in an INFORMATIONAL request. Its IV is none that we would send, so it is opened alone.
START_TEST(opens_the_example_of_rfc_7634)
{
    struct bytes whole = hex_view("c0c1c2c3c4c5c6c7d0d1d2d3d4d5d6d72e2025000000000900000045"
                                  "29000029"
                                  "1011121314151617"
                                  "610394701f8d017f7c12924889"
                                  "6b71bfe25236efd7cdc67066906315b2");
    struct bytes key = hex_view("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3");
    struct message *m = message_new();
    struct wire_error error = {0};
    struct sk sk = {0};
    uint8_t text[64];
    int n;

    ck_assert_int_eq(cipher_init(&sk.theirs, encr_find(ENCR_CHACHA20_POLY1305, 0), key, NULL, bytes_of(NULL, 0)), 0);
    ck_assert_msg(message_parse(whole, m, &error) == WIRE_OK, "%s", error.text);
    n = sk_open(&sk, m, text);
    ck_assert_int_eq(n, 12);
    assert_bytes(bytes_of(text, 12), hex_view("0000000c000040010000000a"));
    ck_assert_msg(message_parse_inner(m, bytes_of(text, 12), &error) == WIRE_OK, "%s", error.text);
    ck_assert_uint_eq(m->notify_n, 1);
    ck_assert_uint_eq(m->notify[0].type, NOTIFY_SET_WINDOW_SIZE);
    sk_wipe(&sk);
    message_free(m);
}
END_TEST

START_TEST(refuses_each_changed_bit)
{
    struct pair pair;
    struct message *m = message_new();
    struct wire_error error = {0};
    uint8_t buffer[256];
    uint8_t text[256];
    struct bytes sealed;

    make_pair(suites[_i], &pair);
    sealed = seal(&pair.responder, buffer, sizeof(buffer), 20);
    for (size_t i = 0; i < sealed.n * 8; i++) {
        buffer[i / 8] ^= (uint8_t)(1u << (i % 8));
        // changes of the header's lengths and types fail before
        if (message_parse(sealed, m, &error) == WIRE_OK && m->sk.body.p)
            ck_assert_int_eq(sk_open(&pair.initiator, m, text), -EBADMSG);
        buffer[i / 8] ^= (uint8_t)(1u << (i % 8));
    }
    ck_assert_uint_eq(message_parse(sealed, m, &error), WIRE_OK);
    ck_assert_int_gt(sk_open(&pair.initiator, m, text), 0);
    message_free(m);
}
END_TEST

START_TEST(never_repeats_an_iv)
{
    struct pair pair;
    uint8_t buffer[256];
    uint8_t seen[300][16];
    size_t iv_n;
    unsigned repeated = 0;

    make_pair(suites[_i], &pair);
    iv_n = pair.initiator.ours.encr->iv_bytes;
    for (unsigned i = 0; i < 300; i++) {
        struct bytes sealed = seal(&pair.initiator, buffer, sizeof(buffer), 4);

        memcpy(seen[i], sealed.p + HEADER_BYTES + 4, iv_n);
        for (unsigned k = 0; k < i; k++)
            repeated += memcmp(seen[k], seen[i], iv_n) == 0;
    }
    ck_assert_uint_eq(repeated, 0);
}
END_TEST

// An IV counter that has ended refuses to go on.
START_TEST(stops_when_the_counter_ends)
{
    struct pair pair;
    uint8_t buffer[256];
    struct message_writer mw;
    struct bytes message = {.n = 3};

    make_pair(suites[0], &pair);
    pair.initiator.next_iv = UINT64_MAX;
    message_begin(&mw, buffer, sizeof(buffer), &header);
    sk_begin(&pair.initiator, &mw);
    ck_assert_int_eq(sk_finish(&pair.initiator, &random_system, &mw, &message), -EIO);
    ck_assert_uint_eq(message.n, 3);
}
END_TEST

static int fail_to_fill(void *arg, void *out, size_t n)
{
    (void)arg;
    (void)out;
    (void)n;
    return -EIO;
}

START_TEST(leaves_no_clear_text_when_it_fails)
{
    const struct random_source none = {.fill = fail_to_fill};
    struct pair pair;
    uint8_t buffer[256];
    struct message_writer mw;
    struct bytes message;

    make_pair("aes256-sha256-modp2048", &pair);
    message_begin(&mw, buffer, sizeof(buffer), &header);
    sk_begin(&pair.initiator, &mw);
    message_put_status(&mw, NOTIFY_INITIAL_CONTACT, bytes_of("secret words", 12));
    ck_assert_int_eq(sk_finish(&pair.initiator, &none, &mw, &message), -EIO);
    ck_assert_ptr_null(memmem(buffer, sizeof(buffer), "secret", 6));

    message_begin(&mw, buffer, 100, &header);
    sk_begin(&pair.initiator, &mw);
    message_put_status(&mw, NOTIFY_INITIAL_CONTACT, bytes_of("secret words", 12));
    message_put_raw(&mw, PAYLOAD_VENDOR_ID, false, bytes_of(buffer, 100));
    ck_assert_int_eq(sk_finish(&pair.initiator, &random_system, &mw, &message), -ENOSPC);
    ck_assert_ptr_null(memmem(buffer, sizeof(buffer), "secret", 6));
}
END_TEST

// Authentic, but the pad length is longer than the text (RFC 7296 3.14).
START_TEST(refuses_a_wrong_pad_length)
{
    struct pair pair;
    struct message *m = message_new();
    struct wire_error error = {0};
    uint8_t buffer[256];
    uint8_t text[256];
    struct message_writer mw;
    struct bytes message;
    size_t iv_at;

    make_pair("aes256gcm16-prfsha384-ecp384", &pair);
    for (unsigned pad = 0; pad < 4; pad++) {
        message_begin(&mw, buffer, sizeof(buffer), &header);
        message_begin_sk(&mw, 8);
        iv_at = mw.w.n - 8;
        buffer[iv_at + 7] = (uint8_t)(pad + 1);
        ck_assert_int_eq(message_finish_sk(&mw, 1, 16, &message), 0);
        buffer[mw.text_offset] = (uint8_t)pad; // one byte of text: the pad length
        ck_assert_int_eq(cipher_seal(&pair.initiator.ours, buffer, message.n, iv_at), 0);
        ck_assert_uint_eq(message_parse(message, m, &error), WIRE_OK);
        ck_assert_int_eq(sk_open(&pair.responder, m, text), pad ? -EBADMSG : 0);
    }
    message_free(m);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("sk");

    tcase_add_loop_test(tc, seals_and_opens, 0, SUITES);
    tcase_add_test(tc, opens_the_example_of_rfc_7634);
    tcase_add_loop_test(tc, refuses_each_changed_bit, 0, SUITES);
    tcase_add_loop_test(tc, never_repeats_an_iv, 0, SUITES);
    tcase_add_test(tc, stops_when_the_counter_ends);
    tcase_add_test(tc, leaves_no_clear_text_when_it_fails);
    tcase_add_test(tc, refuses_a_wrong_pad_length);
    return run_case(tc);
}
