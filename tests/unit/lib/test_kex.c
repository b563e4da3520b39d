// Known answers: RFC 5903 8 for the curves over primes, RFC 7748 6.1 and RFC 8031 A for Curve25519, RFC 7748 6.2 for
// Curve448 (RFC 8031 takes the octets as they are), and for MODP 2048 an exchange computed with Python's integers,
// chosen so that the secret starts with a zero byte.
#include "lib/crypto/kex.h"

#include <openssl/evp.h>

#include "tests/unit/lib/hex.h"

struct vector {
    uint16_t id;
    const char *private_i;
    const char *public_i;
    const char *private_r;
    const char *public_r;
    const char *shared;
};

static const struct vector vectors[] = {
    {KE_ECP256, "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
     "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c37725811805271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58"
     "389e0577b8990bb3",
     "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
     "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356fbf3ca366cc23e8157854c13c58d6aac23f046ada30f83"
     "53e74f33039872ab",
     "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"},
    {KE_ECP384, "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e35b538041e649ee3faef896783ab194",
     "667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6de3ac808acb4bdb4c88732aee95f41aa9482ed1fc0eeb9ca"
     "fc4984625ccfc23f65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c",
     "41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942e0308312916b8ed2960e4bd55a7448fc",
     "e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d0d1ac43a0336def96fda41d0774a3571dcfbec7aacf31964"
     "72169e838430367f66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c",
     "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746"},
    {KE_ECP521,
     "0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a095aa85a30fe1c2952c6771d937ba9777f5957b2639bab072"
     "462f68c27a57382d4a52",
     "0015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ecbee1e3bf42e00b8e380aeae57c2d107564941885942af5a7f4"
     "601723c4195d176ced3e017cae20b6641d2eeb695786d8c946146239d099e18e1d5a514c739d7cb4a10ad8a788015ac405d7799dc75e7b7d"
     "5b6cf2261a6a7f1507438bf01beb6ca3926f9582",
     "0145ba99a847af43793fdd0e872e7cdfa16be30fdc780f97bccc3f078380201e9c677d600b343757a3bdbf2a3163e4c2f869cca7458aa4a4"
     "effc311f5cb151685eb9",
     "00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a219b97c356436adc6e95bb0352f6be64a6c2912d4ef2d0433c"
     "ed2b6171640012d9460f015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d9852077b87220b6536c5c408a1d2aebb8e86d6"
     "78ae49cb57091f4732296579ab44fcd17f0fc56a",
     "01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04d1427e73ca4baa240a34786859810c06b3c715a3a8cc3151"
     "f2bee417996d19f3ddea"},
    {KE_CURVE25519, "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
     "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
     "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
     "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
     "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"},
    {KE_CURVE25519, "751fb4308655b476b6789b7325f9ea8cddd16a58533ff6d9e60009464a5f9d94",
     "48d5ddd4061257ba166fa3f9bbdb74f1a4e81c089384fa77f790709f0dfbc766",
     "0a54645253290d60ddadd0e030bacd9e5501efdc220755a1e978f1b839a05688",
     "0be7c1f5aad87d7e448662673298a443478b859745179eaf564c79c0ef6eee25",
     "c74950607a12327f3204d94b6825bfb068b7f8319a9e3708ed3d43ce8130c950"},
    {KE_CURVE448,
     "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b",
     "9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0",
     "1c306a7ac2a0e2e0990b294470cba339e6453772b075811d8fad0d1d6927c120bb5ee8972b0d3e21374c9c921b09d1b0366f10b65173992d",
     "3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf33609",
     "07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085d59a449a5037514a879"
     "d"},
    {KE_MODP2048, "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
     "ce8736a3ad7c8260e0c5e5a457931ad19966d693e5c32414496b73d7f4e8bdaf51763d49d07a56b0a188048d61d52bd2a06e706a7a466641"
     "13e794057474d04c96b5bb151a50b27818a513cd8d6ecf037fc638b3b2f1084c58d4419735ba12c9a4391e2b3133bd660785e468569be85c"
     "7ad4f904d98a13f5e8695ff8cc5e22834228a8ea2c082ff49a07607e8e5c1278ce8091725678fde112491091bf4cf3b1759ccb32c1de0b90"
     "a074b1e3ffe179d71a292ff29ce9580c3a978793598c0e008289e7ab7783b2b75caf9152267e8c981dbb28fde07f2e11ffe1e3984097d160"
     "2c61ffd0714d9523455377c177df3be6b3c81e69f762c04be910a225f323882d",
     "4949a9b699bf15c789b11e42db8e5bb060f0fcebb0ee45d1",
     "658658a1911d40990bebb6909b24c1a2a40bb648afb73836fe121f856eee4e782071177548a7d51dfb63a90e24d4c8497807b59993400529"
     "afaa3a9588ce4621451d0e419eb40cd389a95d6c31ab9de739363d6e14297cf9a0e3f7d2bcb73aba159f0b099223867c5d21cb014de6a9ad"
     "05b057a4d3371c56ef7a1b679c423179d0f06457ce7d6ec9d8bfb06a7a55ef468a1207e4680385de4b8c5bdc0dfccf67c298c2be448ae737"
     "a4c06ead5a69b2f5382a88f6e23008d1cfa169c6833a8e917d1083a55b09fdb8b15d60b3165abcb8a820623f64b3f54c3838b5211e88eef9"
     "c5de88c4e970c3886f0281ae103fa24e0dcaa26e5f8a6882bfd2a9a73504f855",
     "00355b967353ba0f52aa7f47a75999172d1807bc1b9acdd7e53b5d707eea005c97de0eef8f3a352ab8643d9c4e3607e769a75c1d4faf88e0"
     "359c0ab034f3900aa02e9d253900d27ba7046abd445e9871f31abb40ed83280024248cf48b09a9af4b1dbe1c7178bcd5f189a4a4f15f8f88"
     "359bf80098c9169b54cb1ceccbca263486530ee20ffdd49d74f75e1503c309f50531c5c0f564dc10a1364243b416a6f4fa95e4ed67098946"
     "f9632a9e0c1cc6d563b5eddc76f5d338036133277bc6c79054494fd9ab249ff69cbe95be1c546127767ffecbcc2b6624e797f669f3382ecf"
     "a907360b727c18c11b33ba1766426064b31ff23bb58b1b0ac3e381d61bfdc1c8"},
};
#define VECTORS ((int)(sizeof(vectors) / sizeof(vectors[0])))

static const uint16_t groups[] = {KE_MODP1024, KE_MODP1536, KE_MODP2048, KE_MODP3072, KE_MODP4096,   KE_MODP6144,
                                  KE_MODP8192, KE_ECP256,   KE_ECP384,   KE_ECP521,   KE_CURVE25519, KE_CURVE448};
#define GROUPS ((int)(sizeof(groups) / sizeof(groups[0])))
#define MODPS  7 // the first ones
#define ECPS   3 // behind them

// SHA-256 of 2^x mod p, x the number with the octets 01 02 .. 20. The primes were computed from the digits of pi as RFC
// 2409 6 and RFC 3526 say, with Python's integers.
static const struct {
    uint16_t id;
    const char *sha256;
} modp_powers[] = {
    {KE_MODP1024, "3e5e53f04e5eeec9a4732ead2dc7f2ffad5d7f6aab19395b4a8130e8ec660251"},
    {KE_MODP1536, "9a5ea5c17387a96223486d00a3d3437a4622bc0c790f48f01a1cebca6ce67221"},
    {KE_MODP2048, "0b9cb9036d2a594a7e3b43169bdf47ee9c7b64a2292203f1bb137b0b648d7e3c"},
    {KE_MODP3072, "b74e630be90eb9d4b19affaa173864f62b7b5408127da1bbe6614ff3b3d96c4d"},
    {KE_MODP4096, "0587822953fd21e5d74b2e8d6b068da2bf44c4793b7955aaa0d8ea4a5d3fceee"},
    {KE_MODP6144, "b59a1fdd9ea5a2e0b9ba03805a744504315892715900c6b39cc32f9f36a04f8c"},
    {KE_MODP8192, "5198b265547120332a823f75cb69fe8df34fff6cf8070f3d44b8ca64f1af5190"},
};

static void check_side(const struct vector *v, bool initiator)
{
    struct kex *kex;
    struct kex_secret secret;
    struct bytes own_public = hex_view(initiator ? v->public_i : v->public_r);

    ck_assert_int_eq(
        kex_new_from_pair(ke_find(v->id), hex_view(initiator ? v->private_i : v->private_r), own_public, &kex), 0);
    assert_bytes(kex_public(kex), own_public);
    ck_assert_int_eq(kex_derive(kex, hex_view(initiator ? v->public_r : v->public_i), &secret), 0);
    assert_bytes(kex_secret_view(&secret), hex_view(v->shared));
    kex_secret_wipe(&secret);
    ck_assert_uint_eq(secret.n, 0);
    kex_free(kex);
}

START_TEST(knows_the_rfcs_values)
{
    check_side(&vectors[_i], true);
    check_side(&vectors[_i], false);
}
END_TEST

START_TEST(knows_each_prime)
{
    const struct ke_algorithm *ke = ke_find(modp_powers[_i].id);
    uint8_t two[KEX_BYTES_MAX] = {0}, digest[32];
    struct kex_secret secret;
    struct kex *kex;

    two[ke->public_bytes - 1] = 2;
    ck_assert_int_eq(kex_new_from_pair(ke, hex_view("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"),
                                       bytes_of(two, ke->public_bytes), &kex),
                     0);
    ck_assert_int_eq(kex_derive(kex, bytes_of(two, ke->public_bytes), &secret), 0);
    ck_assert_uint_eq(secret.n, ke->shared_bytes);
    ck_assert_int_eq(EVP_Q_digest(NULL, "SHA256", NULL, secret.b, secret.n, digest, NULL), 1);
    assert_bytes(bytes_of(digest, sizeof(digest)), hex_view(modp_powers[_i].sha256));
    kex_free(kex);
}
END_TEST

START_TEST(agrees_with_itself)
{
    const struct ke_algorithm *ke = ke_find(groups[_i]);
    struct kex *a;
    struct kex *b;
    struct kex_secret from_a;
    struct kex_secret from_b;

    ck_assert_int_eq(kex_new(ke, &a), 0);
    ck_assert_int_eq(kex_new(ke, &b), 0);
    ck_assert_ptr_eq(kex_algorithm(a), ke);
    ck_assert_uint_eq(kex_public(a).n, ke->public_bytes);
    ck_assert(!bytes_equal(kex_public(a), kex_public(b)));
    ck_assert_int_eq(kex_derive(a, kex_public(b), &from_a), 0);
    ck_assert_int_eq(kex_derive(b, kex_public(a), &from_b), 0);
    assert_bytes(kex_secret_view(&from_a), kex_secret_view(&from_b));
    ck_assert_uint_eq(from_a.n, ke->shared_bytes);
    kex_free(a);
    kex_free(b);
}
END_TEST

static void refuse(struct kex *kex, struct bytes value, const char *what)
{
    struct kex_secret secret = {.n = 77};

    ck_assert_msg(kex_derive(kex, value, &secret) == -EBADMSG, "%s was taken", what);
    ck_assert_uint_eq(secret.n, 77);
}

START_TEST(refuses_values_of_wrong_size)
{
    const struct ke_algorithm *ke = ke_find(groups[_i]);
    struct kex *kex;
    uint8_t value[KEX_BYTES_MAX + 1];

    ck_assert_int_eq(kex_new(ke, &kex), 0);
    memcpy(value, kex_public(kex).p, ke->public_bytes);
    value[ke->public_bytes] = 0;
    refuse(kex, bytes_of(value, ke->public_bytes + 1u), "a byte too many");
    refuse(kex, bytes_of(value, ke->public_bytes - 1u), "a byte too few");
    refuse(kex, bytes_of(NULL, 0), "nothing");
    kex_free(kex);
}
END_TEST

// RFC 6989 2.1: 1 < y < p - 1
START_TEST(refuses_modp_values_out_of_range)
{
    const struct ke_algorithm *ke = ke_find(groups[_i]);
    struct kex *kex;
    uint8_t value[KEX_BYTES_MAX] = {0};
    // all our groups' primes begin and end with 64 bits of ones
    struct bytes whole = bytes_of(value, ke->public_bytes);

    ck_assert_int_eq(kex_new(ke, &kex), 0);
    refuse(kex, whole, "0");
    value[whole.n - 1] = 1;
    refuse(kex, whole, "1");
    memset(value, 0xff, sizeof(value));
    refuse(kex, whole, "a number over p");
    kex_free(kex);
}
END_TEST

START_TEST(refuses_p_minus_one)
{
    struct kex *kex;
    uint8_t value[256];
    static const char prime[] = "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08"
                                "798e3404ddef9519b3cd3a431b"
                                "302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7edee386b"
                                "fb5a899fa5ae9f24117c4b1fe6"
                                "49286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f3"
                                "56208552bb9ed529077096966d"
                                "670c354e4abc9804f1746c08ca18217c32905e462e36ce3be39e772c180e86039b2783a2ec07a28fb5c55d"
                                "f06f4c52c9de2bcbf695581718"
                                "3995497cea956ae515d2261898fa051015728e5a8aacaa68ffffffffffffffff";

    ck_assert_int_eq(kex_new(ke_find(KE_MODP2048), &kex), 0);
    hex_into(prime, value, sizeof(value));
    refuse(kex, bytes_of(value, sizeof(value)), "p");
    value[255]--;
    refuse(kex, bytes_of(value, sizeof(value)), "p - 1");
    kex_free(kex);
}
END_TEST

// RFC 6989 2.3: the point must lie on the curve
START_TEST(refuses_points_off_the_curve)
{
    const struct ke_algorithm *ke = ke_find(groups[_i]);
    struct kex *kex;
    uint8_t value[KEX_BYTES_MAX] = {0};

    ck_assert_int_eq(kex_new(ke, &kex), 0);
    refuse(kex, bytes_of(value, ke->public_bytes), "0, 0");
    memcpy(value, kex_public(kex).p, ke->public_bytes);
    value[ke->public_bytes - 1] ^= 1;
    refuse(kex, bytes_of(value, ke->public_bytes), "a point off the curve");
    memset(value, 0xff, sizeof(value));
    refuse(kex, bytes_of(value, ke->public_bytes), "coordinates over p");
    kex_free(kex);
}
END_TEST

// RFC 7748 6.1 and RFC 8031 3.2: points of small order give a secret of zeros
START_TEST(refuses_points_of_small_order)
{
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    };
    static const uint8_t zeros[56];
    struct kex *kex;

    ck_assert_int_eq(kex_new(ke_find(KE_CURVE25519), &kex), 0);
    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
        refuse(kex, hex_view(points[i]), points[i]);
    kex_free(kex);
    ck_assert_int_eq(kex_new(ke_find(KE_CURVE448), &kex), 0);
    refuse(kex, bytes_of(zeros, 56), "0 of Curve448");
    kex_free(kex);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("kex");

    tcase_add_loop_test(tc, knows_the_rfcs_values, 0, VECTORS);
    tcase_add_loop_test(tc, knows_each_prime, 0, MODPS);
    tcase_add_loop_test(tc, agrees_with_itself, 0, GROUPS);
    tcase_add_loop_test(tc, refuses_values_of_wrong_size, 0, GROUPS);
    tcase_add_loop_test(tc, refuses_modp_values_out_of_range, 0, MODPS);
    tcase_add_test(tc, refuses_p_minus_one);
    tcase_add_loop_test(tc, refuses_points_off_the_curve, MODPS, MODPS + ECPS);
    tcase_add_test(tc, refuses_points_of_small_order);
    return run_case(tc);
}
