// Tags against RFC 2202, RFC 4231, RFC 3566 4.6 and RFC 4493 4, in whatever pieces the message comes.
#include "lib/crypto/mac.h"

#include "tests/unit/lib/hex.h"

#define COUNTED_KEY "000102030405060708090a0b0c0d0e0f"
#define CMAC_KEY    "2b7e151628aed2a6abf7158809cf4f3c"
#define CMAC_TEXT                                                                                                      \
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17" \
    "ad2b417be66c3710"
#define COUNTED_TEXT "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021"

struct vector {
    enum mac_kind kind;
    const char *digest;
    const char *key;
    const char *text;
    size_t n; // of the text
    const char *tag;
};

static const struct vector vectors[] = {
    {MAC_HMAC, "MD5", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265", 8, "9294727a3638bb1c13f48ef8158bfc9d"},
    {MAC_HMAC, "SHA256", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265", 8,
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {MAC_XCBC, NULL, COUNTED_KEY, COUNTED_TEXT, 0, "75f0251d528ac01c4573dfd584d79f29"},
    {MAC_XCBC, NULL, COUNTED_KEY, COUNTED_TEXT, 3, "5b376580ae2f19afe7219ceef172756f"},
    {MAC_XCBC, NULL, COUNTED_KEY, COUNTED_TEXT, 16, "d2a246fa349b68a79998a4394ff7a263"},
    {MAC_XCBC, NULL, COUNTED_KEY, COUNTED_TEXT, 20, "47f51b4564966215b8985c63055ed308"},
    {MAC_XCBC, NULL, COUNTED_KEY, COUNTED_TEXT, 32, "f54f0ec8d2b9f3d36807734bd5283fd4"},
    {MAC_XCBC, NULL, COUNTED_KEY, COUNTED_TEXT, 34, "becbb3bccdb518a30677d5481fb6b4d8"},
    {MAC_CMAC, NULL, CMAC_KEY, CMAC_TEXT, 0, "bb1d6929e95937287fa37d129b756746"},
    {MAC_CMAC, NULL, CMAC_KEY, CMAC_TEXT, 16, "070a16b46b4d4144f79bdd9dd04a287c"},
    {MAC_CMAC, NULL, CMAC_KEY, CMAC_TEXT, 40, "dfa66747de9ae63030ca32611497c827"},
    {MAC_CMAC, NULL, CMAC_KEY, CMAC_TEXT, 64, "51f0bebf7e3b9d92fc49741779363cfe"},
};
#define VECTORS ((int)(sizeof(vectors) / sizeof(vectors[0])))

START_TEST(knows_the_rfcs_values)
{
    const struct vector *v = &vectors[_i];
    struct bytes text = bytes_of(hex_view(v->text).p, v->n), expected = hex_view(v->tag);
    struct mac *mac = mac_new(v->kind, v->digest, hex_view(v->key));
    uint8_t tag[64];

    // each cut of the text into two, with one object
    for (size_t cut = 0; cut <= v->n; cut++) {
        ck_assert_int_eq(mac_add(mac, bytes_of(text.p, cut)), 0);
        ck_assert_int_eq(mac_add(mac, bytes_of(text.p + cut, text.n - cut)), 0);
        ck_assert_int_eq(mac_finish(mac, tag, expected.n), 0);
        assert_bytes(bytes_of(tag, expected.n), expected);
        ck_assert_int_eq(mac_restart(mac), 0);
    }
    for (size_t i = 0; i < v->n; i++) // single bytes
        ck_assert_int_eq(mac_add(mac, bytes_of(text.p + i, 1)), 0);
    ck_assert_int_eq(mac_finish(mac, tag, 12), 0); // and a part of the tag
    assert_bytes(bytes_of(tag, 12), bytes_of(expected.p, 12));
    ck_assert_int_eq(mac_restart(mac), 0);
    ck_assert_int_eq(mac_finish(mac, tag, expected.n + 1), -EINVAL);
    mac_free(mac);
}
END_TEST

// RFC 3566 4.6, test case 7: longer than what goes through the cipher at once
START_TEST(takes_long_messages)
{
    struct mac *mac = mac_new(MAC_XCBC, NULL, hex_view(COUNTED_KEY));
    static const uint8_t zeros[1000];
    uint8_t tag[16];

    for (size_t first = 0; first < 40; first++) {
        ck_assert_int_eq(mac_add(mac, bytes_of(zeros, first)), 0);
        ck_assert_int_eq(mac_add(mac, bytes_of(zeros, sizeof(zeros) - first)), 0);
        ck_assert_int_eq(mac_finish(mac, tag, sizeof(tag)), 0);
        assert_bytes(bytes_of(tag, sizeof(tag)), hex_view("f0dafee895db30253761103b5d84528f"));
        ck_assert_int_eq(mac_restart(mac), 0);
    }
    mac_free(mac);
}
END_TEST

START_TEST(refuses_keys_that_do_not_fit)
{
    static const uint8_t key[32];

    ck_assert_ptr_null(mac_new(MAC_XCBC, NULL, bytes_of(key, 15)));
    ck_assert_ptr_null(mac_new(MAC_XCBC, NULL, bytes_of(key, 32)));
    ck_assert_ptr_null(mac_new(MAC_CMAC, NULL, bytes_of(key, 17)));
    ck_assert_ptr_null(mac_new(MAC_HMAC, "no such digest", bytes_of(key, 16)));
    mac_free(NULL);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("mac");

    tcase_add_loop_test(tc, knows_the_rfcs_values, 0, VECTORS);
    tcase_add_test(tc, takes_long_messages);
    tcase_add_test(tc, refuses_keys_that_do_not_fit);
    return run_case(tc);
}
