// prf against RFC 4231 (RFC 2202 for SHA-1 and MD5, RFC 4434 and RFC 4615 for AES), prf+ against an independent
// implementation (Python's hmac; XCBC and CMAC written out from AES alone).
#include "lib/crypto/prf.h"

#include "tests/unit/lib/hex.h"

struct vector {
    uint16_t id;
    const char *short_key; // "Jefe"
    const char *long_key;  // 131 bytes of aa, longer than a block
    const char *plus;      // 100 bytes of prf+("Jefe", "seed of three parts")
};

static const struct vector vectors[] = {
    {PRF_HMAC_SHA1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", "90d0dace1c1bdc957339307803160335bde6df2b",
     "91d96b73ea6923e5a17679ccee9407cb4b6bbd41f6c52db8b136ec44d3786c7a5bcc7215fdeadeb30092c19d8519a293e06e62261db40b77"
     "81b5d8e6ccb6a1ded4c3034acd634c9397a9579a9c66f05083fa29724d9261c71faa7a3f373e508e4e45c721"},
    {PRF_HMAC_SHA2_256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
     "2706cd5e724523c657546577aaa06bd90dd5d91ff58f850faff51b889d66a305f321ba5b4cf44a068a3deb0aba3da8fe4f796c76241cb941"
     "7fed39b33b4332583423524ce7d6dc3445b4a8a7013b218b841915bd77a5f1b1dd29b2a244855809be311212"},
    {PRF_HMAC_SHA2_384,
     "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
     "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
     "5214fddcf00242ce172eafa2e591355b679d9415de5508444c5229fc5f03ec94bddfdec5d87c066e2e0a868680b52937bb1cff428af22127"
     "699ea95fd74d8701142432b7e590b60bdcc527c294d9ca2fd91041bc135bee63b569f29e4ea972d6d0109040"},
    {PRF_HMAC_SHA2_512,
     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b"
     "636e070a38bce737",
     "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec"
     "8b915a985d786598",
     "c121548ce1ef3b188f383ad5dff7b49bbef7926960eb6431b84252e55fdddf0e22de2619dc823f05bf80da1a407f9847bd2a8283fee1ef46"
     "d5df3d0cdeb36a0aa6b47cd9caaa270755a330911e013d418d6b2b3a158201d9808442577b67e3415af0de4e"},
    {PRF_HMAC_MD5, "750c783e6ab0b503eaa86e310a5db738", "bfecaf4efff90a3a668f3922fec3762d",
     "77134bf11432db3d554247b937e76ad02924e8913213ff957488c8d350e484de6b656a50695aa18d691972ef3e7498de41437f8c5076e62f"
     "713c228b7e239d92d7133539b4046c7073c31e060ddbfa5337a4d9a4a4ed976ab81fe3a2b4c753fd12f1793b"},
    {PRF_AES128_XCBC, "07ad6a75771b532c4d23cd233a492cbb", "4c6a733bbfa6264c853bf9d1582c417e",
     "4bfe3247c13cc421e770154735f5a2fedb0656b914aaf643cfaa7b11319e176fd3adcbda3f10d8121e45fd0591c51e8d500035c529deb96a"
     "d435ac8f00292e96d7f5a8db3eec3b177a854d586cd999d58b1cef42ddefff6bc42bc1b7a57ed8c35fb918ca"},
    {PRF_AES128_CMAC, "904f157f36b34d2f72d0cb4ad60c20f1", "31714dcd00320aedfa01b27772f57f51",
     "418ac6e7f89c5e2af0dd2ccbcf75bb188d2c74192fecad422994e1c25c2e43299bba3a88db6bd030788cb76bb537ad9f362cd00d3f4dab39"
     "bd5b9181bed7bfb193eb66c8c9e86d7de5c33807afe9168314f0fbb2afe86824ff331a469fea9791ed42b8d0"},
};
#define VECTORS ((int)(sizeof(vectors) / sizeof(vectors[0])))

START_TEST(knows_the_rfcs_values)
{
    const struct vector *v = &vectors[_i];
    const struct prf_algorithm *prf = prf_find(v->id);
    uint8_t output[PRF_BYTES_MAX];
    uint8_t long_key[131];

    ck_assert_int_eq(
        prf_compute(prf, bytes_of_str("Jefe"),
                    PRF_INPUT(bytes_of_str("what do ya "), bytes_of(NULL, 0), bytes_of_str("want for nothing?")),
                    output),
        0);
    assert_bytes(bytes_of(output, prf->key_bytes), hex_view(v->short_key));
    memset(long_key, 0xaa, sizeof(long_key));
    ck_assert_int_eq(prf_compute(prf, bytes_of(long_key, sizeof(long_key)),
                                 PRF_INPUT(bytes_of_str("Test Using Larger Than Block-Size Key - Hash Key First")),
                                 output),
                     0);
    assert_bytes(bytes_of(output, prf->key_bytes), hex_view(v->long_key));
}
END_TEST

// RFC 4434 4, RFC 4615 4: keys of other lengths than 16 bytes
static const struct {
    uint16_t id;
    const char *key;
    const char *output; // over 00 01 .. 13
} aes_vectors[] = {
    {PRF_AES128_XCBC, "000102030405060708090a0b0c0d0e0f", "47f51b4564966215b8985c63055ed308"},
    {PRF_AES128_XCBC, "00010203040506070809", "0fa087af7d866e7653434e602fdde835"},
    {PRF_AES128_XCBC, "000102030405060708090a0b0c0d0e0fedcb", "8cd3c93ae598a9803006ffb67c40e9e4"},
    {PRF_AES128_CMAC, "000102030405060708090a0b0c0d0e0fedcb", "84a348a4a45d235babfffc0d2b4da09a"},
    {PRF_AES128_CMAC, "000102030405060708090a0b0c0d0e0f", "980ae87b5f4c9c5214f5b6a8455e4c2d"},
    {PRF_AES128_CMAC, "00010203040506070809", "290d9e112edb09ee141fcf64c0b72f3d"},
};

START_TEST(fits_keys_of_aes)
{
    uint8_t output[PRF_BYTES_MAX];

    ck_assert_int_eq(prf_compute(prf_find(aes_vectors[_i].id), hex_view(aes_vectors[_i].key),
                                 PRF_INPUT(hex_view("000102030405060708090a0b0c0d0e0f10111213")), output),
                     0);
    assert_bytes(bytes_of(output, 16), hex_view(aes_vectors[_i].output));
}
END_TEST

START_TEST(expands)
{
    const struct vector *v = &vectors[_i];
    uint8_t output[100];

    // every length up to the vector's, so that each cut of a block is met
    for (size_t n = 0; n <= sizeof(output); n++) {
        memset(output, 0, sizeof(output));
        ck_assert_int_eq(prf_plus(prf_find(v->id), bytes_of_str("Jefe"),
                                  PRF_INPUT(bytes_of_str("seed "), bytes_of_str("of three "), bytes_of_str("parts")),
                                  output, n),
                         0);
        assert_bytes(bytes_of(output, n), bytes_of(hex_view(v->plus).p, n));
    }
}
END_TEST

START_TEST(takes_an_empty_key)
{
    uint8_t a[PRF_BYTES_MAX];
    uint8_t b[PRF_BYTES_MAX];
    const uint8_t zeros[64] = {0};
    const struct prf_algorithm *prf = prf_find(PRF_HMAC_SHA2_256);

    // HMAC pads its key with zeros to the block, so both are the same
    ck_assert_int_eq(prf_compute(prf, bytes_of(NULL, 0), PRF_INPUT(bytes_of_str("x")), a), 0);
    ck_assert_int_eq(prf_compute(prf, bytes_of(zeros, sizeof(zeros)), PRF_INPUT(bytes_of_str("x")), b), 0);
    assert_bytes(bytes_of(a, 32), bytes_of(b, 32));
}
END_TEST

START_TEST(refuses_more_than_255_blocks)
{
    static uint8_t output[255 * 20 + 1];

    ck_assert_int_eq(
        prf_plus(prf_find(PRF_HMAC_SHA1), bytes_of_str("k"), PRF_INPUT(bytes_of_str("s")), output, 255 * 20), 0);
    ck_assert_int_eq(
        prf_plus(prf_find(PRF_HMAC_SHA1), bytes_of_str("k"), PRF_INPUT(bytes_of_str("s")), output, 255 * 20 + 1),
        -EINVAL);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("prf");

    tcase_add_loop_test(tc, knows_the_rfcs_values, 0, VECTORS);
    tcase_add_loop_test(tc, fits_keys_of_aes, 0, (int)(sizeof(aes_vectors) / sizeof(aes_vectors[0])));
    tcase_add_loop_test(tc, expands, 0, VECTORS);
    tcase_add_test(tc, takes_an_empty_key);
    tcase_add_test(tc, refuses_more_than_255_blocks);
    return run_case(tc);
}
