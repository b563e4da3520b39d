// Signatures of AUTH payloads: RFC 7427 appendix A's AlgorithmIdentifiers, the older methods, lists of hashes.
#include <check.h>
#include <string.h>

#include "ike-d/wire/auth_signature.h"
#include "tests/unit/lib/run.h"

static const struct {
    const char *der; // RFC 7427 appendix A
    enum signature_key key;
    enum signature_hash hash;
} rows[] = {
    {"300d06092a864886f70d01010b0500", SIGNATURE_KEY_RSA_PKCS1, SIGNATURE_HASH_SHA2_256},
    {"300d06092a864886f70d0101050500", SIGNATURE_KEY_RSA_PKCS1, SIGNATURE_HASH_SHA1},
    {"300a06082a8648ce3d040303", SIGNATURE_KEY_ECDSA, SIGNATURE_HASH_SHA2_384},
    {"300906072a8648ce3d0401", SIGNATURE_KEY_ECDSA, SIGNATURE_HASH_SHA1},
    {"304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d060960864801650"
     "3"
     "0402010500a203020120",
     SIGNATURE_KEY_RSA_PSS, SIGNATURE_HASH_SHA2_256},
    {"300506032b6570", SIGNATURE_KEY_EDDSA, SIGNATURE_HASH_IDENTITY},
    {"300506032b6572", SIGNATURE_KEY_UNKNOWN, SIGNATURE_HASH_NONE},
};

START_TEST(algorithms)
{
    uint8_t data[128];
    uint8_t again[128];
    int n = bytes_from_hex(rows[_i].der, data + 1, sizeof(data) - 1);
    struct auth_payload auth = {.method = AUTH_METHOD_DIGITAL_SIGNATURE};
    struct auth_signature s;
    struct wire_error error;
    struct writer w = writer_of(again, sizeof(again));
    ck_assert_int_gt(n, 0);
    data[0] = (uint8_t)n;
    memcpy(data + 1 + n, "sig", 3);
    auth.data = bytes_of(data, (size_t)n + 4);
    ck_assert_int_eq(auth_signature_parse(&auth, &s, &error), WIRE_OK);
    ck_assert_int_eq(s.key, rows[_i].key);
    ck_assert_int_eq(s.hash, rows[_i].hash);
    ck_assert(bytes_equal(s.value, bytes_of("sig", 3)));
    if (s.key == SIGNATURE_KEY_UNKNOWN) {
        ck_assert(!auth_signature_encode(s.key, s.hash, s.value, &w));
        return;
    }
    ck_assert(auth_signature_encode(s.key, s.hash, s.value, &w));
    ck_assert(bytes_equal(writer_view(&w), auth.data));
}
END_TEST

START_TEST(cut_short)
{
    static const uint8_t data[] = {7, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 1};
    struct auth_payload auth = {.method = AUTH_METHOD_DIGITAL_SIGNATURE, .data = bytes_of(data, sizeof(data))};
    struct auth_signature s;
    struct wire_error error;
    ck_assert_int_eq(auth_signature_parse(&auth, &s, &error), WIRE_OK);
    for (auth.data.n = 0; auth.data.n < sizeof(data); auth.data.n++) {
        ck_assert_int_eq(auth_signature_parse(&auth, &s, &error), WIRE_INVALID_SYNTAX);
    }
}
END_TEST

START_TEST(older_methods)
{
    static const struct {
        uint8_t method;
        enum signature_key key;
        enum signature_hash hash;
        const char *text;
    } methods[] = {
        {1, SIGNATURE_KEY_RSA_PKCS1, SIGNATURE_HASH_SHA1, "a digital signature (method 1, RSA with SHA-1)"},
        {9, SIGNATURE_KEY_ECDSA, SIGNATURE_HASH_SHA2_256, "a digital signature (method 9, ECDSA with SHA-256)"},
        {10, SIGNATURE_KEY_ECDSA, SIGNATURE_HASH_SHA2_384, "a digital signature (method 10, ECDSA with SHA-384)"},
        {11, SIGNATURE_KEY_ECDSA, SIGNATURE_HASH_SHA2_512, "a digital signature (method 11, ECDSA with SHA-512)"},
        {2, SIGNATURE_KEY_UNKNOWN, SIGNATURE_HASH_NONE, "a pre-shared key (method 2)"},
        {13, SIGNATURE_KEY_UNKNOWN, SIGNATURE_HASH_NONE, "no authentication at all (method 13)"},
        {99, SIGNATURE_KEY_UNKNOWN, SIGNATURE_HASH_NONE, "a method that is not known (99)"},
    };
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        struct auth_payload auth = {.method = methods[i].method, .data = bytes_of("sig", 3)};
        struct auth_signature s;
        struct wire_error error;
        char text[128];
        bool signs = auth_signature_parse(&auth, &s, &error) == WIRE_OK;
        ck_assert_int_eq(signs, methods[i].key != SIGNATURE_KEY_UNKNOWN);
        ck_assert(!signs || (s.key == methods[i].key && s.hash == methods[i].hash));
        ck_assert_str_eq(auth_signature_describe(&auth, text, sizeof(text)), methods[i].text);
    }
}
END_TEST

START_TEST(lists_of_hashes)
{
    static const uint8_t list[] = {0, 2, 0, 3, 0, 4, 0, 5, 0x30, 0};
    uint8_t out[16];
    uint32_t hashes;
    struct writer w = writer_of(out, sizeof(out));
    ck_assert(auth_signature_parse_hashes(bytes_of(list, sizeof(list)), &hashes));
    ck_assert_uint_eq(hashes, 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5);
    auth_signature_encode_hashes(hashes, &w);
    ck_assert(bytes_equal(writer_view(&w), bytes_of(list, 8)));
    ck_assert(!auth_signature_parse_hashes(bytes_of(list, 3), &hashes));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("auth_signature");
    TCase *t = tcase_create("wire");
    tcase_add_loop_test(t, algorithms, 0, (int)(sizeof(rows) / sizeof(rows[0])));
    tcase_add_test(t, cut_short);
    tcase_add_test(t, older_methods);
    tcase_add_test(t, lists_of_hashes);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
