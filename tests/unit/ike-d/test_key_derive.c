// Key derivation against NIST's CAVP vectors for the IKEv2 KDF with HMAC-SHA-1, SHA-256 and SHA-384 (the captures cover
// SHA-512), against another implementation's for AES-XCBC, NAT detection hashes and cookies.
#include "ike-d/key/cookie.h"
#include "ike-d/key/ike_keys.h"
#include "ike-d/key/nat_detection.h"
#include "lib/crypto/prf.h"
#include "tests/unit/lib/hex.h"

#define NI      "32b50d5f4a3763f3"
#define NR      "9206a04b26564cb1"
#define SPI_I   0x34c9e7c188868785
#define SPI_R   0x3ff77d760d2b2199
#define GIR     "4b2c1f971981a8ad8d0abeafabf38cf75fc8349c148142465ed9c8b516b8be52"
#define GIR_NEW "863f3c9d06efd39d2b907b97f8699e5dd5251ef64a2a176f36ee40c87d4f9330"
#define DKM                                                                                                            \
    "a14293677cc80ff8f9cc0eee30d895da9d8f405666e30ef0dfcb63c634a46002a2a63080e514a062768b76606f9fa5e992204fc5a670bde3" \
    "f10d6b027113936a5c55b648a194ae587b0088d52204b702c979fa280870d2ed41efa9c549fd11198af1670b143d384bd275c5f594cf266b" \
    "05ebadca855e4249520a441a81157435a7a56cc4"
#define SKEYSEED_REKEY "63e81194946ebd05df7df5ebf5d8750056bf1f1d"

static struct ike_suite suite_of(const char *text)
{
    struct proposal p;
    char error[256];
    struct ike_suite suite;

    ck_assert_int_eq(proposal_parse(text, PROPOSAL_IKE, &p, error, sizeof(error)), 0);
    ck_assert_int_eq(ike_suite_from(&p, &suite), 0);
    return suite;
}

static void check_keys(const struct ike_keys *keys, struct bytes stream)
{
    const struct secret_key *order[] = {&keys->sk_d,  &keys->sk_ai, &keys->sk_ar, &keys->sk_ei,
                                        &keys->sk_er, &keys->sk_pi, &keys->sk_pr};
    struct reader r = reader_of(stream);
    struct bytes expected;

    for (unsigned i = 0; i < 7; i++) {
        ck_assert_int_eq(reader_bytes(&r, order[i]->n, &expected), 0);
        assert_bytes(secret_key_view(order[i]), expected);
    }
    ck_assert_uint_eq(reader_left(&r), 0);
}

START_TEST(derives_as_nist)
{
    struct ike_suite suite = suite_of("aes128-sha1-modp2048"); // its keys are the vector's 132 bytes
    struct ike_key_seed seed = {
        .nonce_i = hex_view(NI), .nonce_r = hex_view(NR), .spi_i = SPI_I, .spi_r = SPI_R, .shared = hex_view(GIR)};
    struct ike_keys keys;

    ck_assert_int_eq(ike_keys_derive(&suite, &seed, &keys), 0);
    check_keys(&keys, hex_view(DKM));
}
END_TEST

START_TEST(derives_a_rekey_as_nist)
{
    struct ike_suite suite = suite_of("aes128-sha1-modp2048");
    struct ike_key_seed seed = {
        .nonce_i = hex_view(NI), .nonce_r = hex_view(NR), .spi_i = SPI_I, .spi_r = SPI_R, .shared = hex_view(GIR_NEW)};
    struct ike_keys keys;
    uint8_t stream[132];

    // the vector ends with SKEYSEED of the rekey; from there it is prf+ alone
    ck_assert_int_eq(prf_plus(suite.prf, hex_view(SKEYSEED_REKEY),
                              PRF_INPUT(hex_view(NI NR "34c9e7c1888687853ff77d760d2b2199")), stream, sizeof(stream)),
                     0);
    ck_assert_int_eq(ike_keys_derive_rekey(&suite, suite.prf, bytes_of(hex_view(DKM).p, 20), &seed, &keys), 0);
    check_keys(&keys, bytes_of(stream, sizeof(stream)));
}
END_TEST

struct kdf_vector {
    uint16_t prf;
    const char *nonce_i;
    const char *nonce_r;
    const char *spis;
    const char *shared;
    const char *skeyseed;
    const char *keys; // the first 132 bytes
    const char *shared_new;
    const char *skeyseed_rekey;
};

static const struct kdf_vector kdf_vectors[] = {
    {PRF_HMAC_SHA2_256, "3f302be1abcb28e1", "8c332ee006064c9b", "40dac39e1e1a86408619a1cf9a6e4c07",
     "0f4d257d7a58fc4545c7d7a88119eee5d5c9690c5b4c989171d3abbfd99d1d29",
     "5f00d1bd2c58ec224b1e6b71fa0f19a1faa7a193952c444411b47c1a9d8ba6fe",
     "0b137d669b0947d7d026d593f0305ad401ff0c471357d695778a9c7f4b4869ece98aca531188d16041b3bb936d2dbb3b4993a6e768a80916"
     "0de45d0283f273a6cdf6854379e31be72b8d3d1fa990cf9c5b015ca9f918a7df6253c958114a09d4e1c19bdcd4db14b29d98db1a74ad405c"
     "588662c14a04d0d36aa4ab55e90f8986d12d4aad",
     "25f3b12d6f282739256e39bf54eda53b60ffcf379bb7bcc90c27b4c4c578616c",
     "2d63f6debc92048b4fef3889c4c99ca67d6496e0fac14a2bca9a2d6566ff2398"},
    {PRF_HMAC_SHA2_384, "fd1b572a8e735591", "6013b0ef88dacd3d", "2116ad07ce61f74924880e55f11a65b7",
     "d3288cd87565101e88fe3bad918f31939d8dd26ff1071f8b2d7f447524e58d7c",
     "69fe7a1ac94adaeb711295f5fe004b1a8d6a0b65d05692758ce8ad2f7a45f59d7d0b596f51f7dfcf3330061888f6a94f",
     "4f904c2025c90c817ea5ff9b662a6fdb445a73b57cdf09eacd379b95e1f03cacb04cd6deeda4f952191dd9bc1f7a9502471a648d74dc06d3"
     "8112de48a42501f6b1a3ad55c2099cd9a648e5f17e5bf3e34bf9b5953decb768a34f875fe2b78dca0c2fcca81ec1a412006dfaed38fa0688"
     "2e61f4c148105fb8e231fdb33c4d484c001721d4",
     "3358f620539473aee8d07e779764c4c6a9aabddc79a28e136b3bac021dbde44a",
     "e0548c1682e13bce454026b3b1bdf42985b24e4e7408095a7c529de38c3d1fcb04c9fe6868042a34c9614c6c99e3fcea"},
    {PRF_AES128_XCBC, NI, NR, "34c9e7c1888687853ff77d760d2b2199", GIR, "08b95345c9557240ddc98d6e1dfda875",
     "efa38ecee9fd05062f64b655105436d54b4728da66f3bc5768636170ff5017ab082342a683e7144a58d549c53d4575a2897d14c7c687040e"
     "86384065456b8dcd8aaea88b85b5e4d8ab2f61c015859337000550cda1750a15c1f90af0ddd296e0a7f291afe46295dd3108078bd8eadf09"
     "bc614c205a7c283907c3e6a384ad3f5373887e83",
     NULL, NULL},
};

START_TEST(derives_with_each_prf)
{
    const struct kdf_vector *v = &kdf_vectors[_i];
    const struct prf_algorithm *prf = prf_find(v->prf);
    struct bytes nonces[2] = {hex_view(v->nonce_i), hex_view(v->nonce_r)}, expected = hex_view(v->keys);
    uint8_t key[16], output[PRF_BYTES_MAX], stream[132];

    memcpy(key, nonces[0].p, 8);
    memcpy(key + 8, nonces[1].p, 8);
    ck_assert_int_eq(prf_compute(prf, bytes_of(key, 16), PRF_INPUT(hex_view(v->shared)), output), 0);
    assert_bytes(bytes_of(output, prf->key_bytes), hex_view(v->skeyseed));
    ck_assert_int_eq(prf_plus(prf, hex_view(v->skeyseed), PRF_INPUT(nonces[0], nonces[1], hex_view(v->spis)), stream,
                              sizeof(stream)),
                     0);
    assert_bytes(bytes_of(stream, sizeof(stream)), expected);
    if (!v->shared_new)
        return;
    ck_assert_int_eq(prf_compute(prf, bytes_of(expected.p, prf->key_bytes),
                                 PRF_INPUT(hex_view(v->shared_new), nonces[0], nonces[1]), output),
                     0);
    assert_bytes(bytes_of(output, prf->key_bytes), hex_view(v->skeyseed_rekey));
}
END_TEST

// RFC 7296 2.14: of longer nonces the PRFs of AES take 64 bits for SKEYSEED, and all for prf+
START_TEST(cuts_nonces_for_prfs_of_aes)
{
    static const char *const suites[] = {"aes128-aesxcbc-modp2048", "aes128-aescmac-modp2048"};
    struct ike_suite suite = suite_of(suites[_i]);
    struct bytes nonce_i = hex_view(NI "0102030405060708090a0b0c"), nonce_r = hex_view(NR "1112131415161718");
    struct ike_key_seed seed = {
        .nonce_i = nonce_i, .nonce_r = nonce_r, .spi_i = SPI_I, .spi_r = SPI_R, .shared = hex_view(GIR)};
    struct ike_keys keys;
    uint8_t skeyseed[16], stream[7 * 16];

    ck_assert_int_eq(prf_compute(suite.prf, hex_view(NI NR), PRF_INPUT(seed.shared), skeyseed), 0);
    ck_assert_int_eq(prf_plus(suite.prf, bytes_of(skeyseed, sizeof(skeyseed)),
                              PRF_INPUT(nonce_i, nonce_r, hex_view("34c9e7c1888687853ff77d760d2b2199")), stream,
                              sizeof(stream)),
                     0);
    ck_assert_int_eq(ike_keys_derive(&suite, &seed, &keys), 0);
    check_keys(&keys, bytes_of(stream, sizeof(stream)));
}
END_TEST

// SHA-1 over SPIs, address and port, computed elsewhere (sha1sum).
START_TEST(hashes_endpoints)
{
    struct endpoint v4;
    struct endpoint v6;
    uint8_t hash[NAT_DETECTION_BYTES];

    ck_assert_int_eq(endpoint_parse("192.0.2.1:500", &v4), 0);
    ck_assert_int_eq(endpoint_parse("[2001:db8::1]:4500", &v6), 0);
    ck_assert_int_eq(nat_detection_hash(0x0102030405060708, 0, &v4, hash), 0);
    assert_bytes(bytes_of(hash, sizeof(hash)), hex_view("644b4575455bd6fcc1efe2be8162a9218e448e5f"));
    ck_assert_int_eq(nat_detection_hash(0x0102030405060708, 0x1112131415161718, &v6, hash), 0);
    assert_bytes(bytes_of(hash, sizeof(hash)), hex_view("1ee24423bf8f59515e0265c6d0f08be3d038f7e5"));
}
END_TEST

START_TEST(binds_cookies)
{
    struct cookie_secret secret = {.version = 3, .b = {1, 2, 3}};
    struct cookie_secret other = {.version = 4, .b = {1, 2, 3}};
    struct cookie_claim claim = {.nonce_i = hex_view("000102030405060708090a0b0c0d0e0f"), .spi_i = 77};
    struct cookie_claim changed;
    uint8_t cookie[COOKIE_BYTES];
    struct bytes view = bytes_of(cookie, sizeof(cookie));

    ck_assert_int_eq(address_parse("192.0.2.7", &claim.address), 0);
    ck_assert_int_eq(cookie_make(&secret, &claim, cookie), 0);
    ck_assert_uint_eq(cookie[0], 3);
    ck_assert(cookie_is_valid(&secret, &claim, view));
    ck_assert(!cookie_is_valid(&other, &claim, view));
    other = secret;
    other.b[31] = 1;
    ck_assert(!cookie_is_valid(&other, &claim, view));
    changed = claim;
    changed.spi_i++;
    ck_assert(!cookie_is_valid(&secret, &changed, view));
    changed = claim;
    changed.address.b[3]++;
    ck_assert(!cookie_is_valid(&secret, &changed, view));
    changed = claim;
    changed.nonce_i = hex_view("000102030405060708090a0b0c0d0e10");
    ck_assert(!cookie_is_valid(&secret, &changed, view));
    for (size_t i = 0; i < sizeof(cookie); i++) {
        cookie[i] ^= 0x80;
        ck_assert(!cookie_is_valid(&secret, &claim, view));
        cookie[i] ^= 0x80;
    }
    for (size_t n = 0; n < sizeof(cookie); n++)
        ck_assert(!cookie_is_valid(&secret, &claim, bytes_of(cookie, n)));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("derive");

    tcase_add_test(tc, derives_as_nist);
    tcase_add_test(tc, derives_a_rekey_as_nist);
    tcase_add_loop_test(tc, derives_with_each_prf, 0, (int)(sizeof(kdf_vectors) / sizeof(kdf_vectors[0])));
    tcase_add_loop_test(tc, cuts_nonces_for_prfs_of_aes, 0, 2);
    tcase_add_test(tc, hashes_endpoints);
    tcase_add_test(tc, binds_cookies);
    return run_case(tc);
}
