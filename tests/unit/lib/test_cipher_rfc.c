// Ciphers against their RFCs' own packets: AES-CTR (RFC 3686 6), ChaCha20-Poly1305 in ESP (RFC 7634 A; its example in
// IKEv2 is in the tests of ike-d/key/sk.h).
#include "lib/crypto/cipher.h"

#include "tests/unit/lib/hex.h"

struct ctr_vector {
    uint16_t key_bits;
    const char *key; // with the nonce behind it
    const char *iv;
    const char *text;
    const char *sealed;
};

#define BLOCK_TEXT   "53696e676c6520626c6f636b206d7367"
#define COUNTED_TEXT "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static const struct ctr_vector ctr_vectors[] = {
    {128, "ae6852f8121067cc4bf7a5765577f39e00000030", "0000000000000000", BLOCK_TEXT,
     "e4095d4fb7a7b3792d6175a3261311b8"},
    {128, "7e24067817fae0d743d6ce1f32539163006cb6db", "c0543b59da48d90b", COUNTED_TEXT,
     "5104a106168a72d9790d41ee8edad388eb2e1efc46da57c8fce630df9141be28"},
    {192, "16af5b145fc9f579c175f93e3bfb0eed863d06ccfdb7851500000048", "36733c147d6d93cb", BLOCK_TEXT,
     "4b55384fe259c9c84e7935a003cbe928"},
    {256, "776beff2851db06f4c8a0542c8696f6c6a81af1eec96b4d37fc1d689e6c1c10400000060", "db5672c97aa8f0b2", BLOCK_TEXT,
     "145ad01dbf824ec7560863dc71e3e0c0"},
};

START_TEST(seals_as_rfc_3686)
{
    const struct ctr_vector *v = &ctr_vectors[_i];
    const struct integ_algorithm *integ = integ_find(INTEG_HMAC_SHA1_96);
    struct bytes sealed = hex_view(v->sealed);
    const uint8_t integ_key[20] = {0};
    struct cipher cipher;
    uint8_t packet[128];
    size_t n;

    ck_assert_int_eq(cipher_init(&cipher, encr_find(ENCR_AES_CTR, v->key_bits), hex_view(v->key), integ,
                                 bytes_of(integ_key, sizeof(integ_key))),
                     0);
    n = hex_into(v->iv, packet, sizeof(packet)).n;
    n += hex_into(v->text, packet + n, sizeof(packet) - n).n;
    ck_assert_int_eq(cipher_seal(&cipher, packet, n + integ->icv_bytes, 0), 0);
    assert_bytes(bytes_of(packet + 8, sealed.n), sealed);
    cipher_wipe(&cipher);
}
END_TEST

START_TEST(seals_as_rfc_7634)
{
    const char clear[] = "0102030400000005"
                         "1011121314151617"
                         "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec10000736270809"
                         "0a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
                         "303132333435363701020204";
    struct bytes sealed =
        hex_view("24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c614ee8099d52844eb61aa95d"
                 "fab4c02f72aa71e7c4c4f64c9befe2facc638e8f3cbec163fac469b502773f6fb94e664da9165b82829f641"
                 "e076aaa8266b7fb0f7b11b369907e1ad43");
    struct cipher cipher;
    uint8_t packet[256], text[256];
    size_t n = hex_into(clear, packet, sizeof(packet)).n + 16;

    ck_assert_int_eq(cipher_init(&cipher, encr_find(ENCR_CHACHA20_POLY1305, 0),
                                 hex_view("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3"),
                                 NULL, bytes_of(NULL, 0)),
                     0);
    ck_assert_int_eq(cipher_seal(&cipher, packet, n, 8), 0);
    assert_bytes(bytes_of(packet + 16, n - 16), sealed);
    ck_assert_int_eq(cipher_open(&cipher, bytes_of(packet, n), 8, text), (int)(n - 32));
    assert_bytes(bytes_of(text, n - 32), bytes_of(hex_view(clear).p + 16, n - 32));
    cipher_wipe(&cipher);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("cipher_rfc");

    tcase_add_loop_test(tc, seals_as_rfc_3686, 0, (int)(sizeof(ctr_vectors) / sizeof(ctr_vectors[0])));
    tcase_add_test(tc, seals_as_rfc_7634);
    return run_case(tc);
}
