// Key derivation against NIST's CAVP vector for the IKEv2 KDF with HMAC-SHA-1 (the captures cover the other hashes),
// NAT detection hashes and cookies.
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
    tcase_add_test(tc, hashes_endpoints);
    tcase_add_test(tc, binds_cookies);
    return run_case(tc);
}
