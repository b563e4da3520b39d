// Ciphers against known values: AES-GCM from the GCM submission's test cases 4 and 16 (salt and IV are the 96-bit
// nonce), AES-CBC with HMAC against an independent implementation (Python's cryptography and hmac).
#include "lib/crypto/cipher.h"

#include "tests/unit/lib/hex.h"

#define AAD "feedfacedeadbeeffeedfacedeadbeefabaddad2"
#define GCM_TEXT                                                                                                       \
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657" \
    "ba637b39"
#define CBC_IV "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"

struct vector {
    uint16_t encr;
    uint16_t key_bits;
    uint16_t integ;
    const char *sealed; // ciphertext and ICV
};

static const struct vector vectors[] = {
    {ENCR_AES_GCM_16, 128, 0,
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac97"
     "3d58e0915bc94fbc3221a5db94fae95ae7121a47"},
    {ENCR_AES_GCM_16, 256, 0,
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
     "bcc9f66276fc6ece0f4e1768cddf8853bb2d551b"},
    {ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96,
     "fef1a8b625f0c43a7108b623a6fb90ca81be93897d16fa4aa347f381e169776acc46fe5e4e4d1456ce9f53cd2e5116eba672a17e7e9ad56e"
     "6beee57a"},
    {ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_256_128,
     "224c27f4ba378b27d3d6888adced64425830cb2973f008c46e64c4e1ca612106f9c530e03496918b5ccda474a2fabf530cbcbb7f2674d9d6"
     "034c329ab71a6d3f"},
    {ENCR_AES_CBC, 128, INTEG_HMAC_SHA2_384_192,
     "fef1a8b625f0c43a7108b623a6fb90ca81be93897d16fa4aa347f381e169776acc46fe5e4e4d1456ce9f53cd2e5116eb0b327fb87a4669e0"
     "4195fd043b9b7d30a0d0dad3060c12f3"},
    {ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_512_256,
     "224c27f4ba378b27d3d6888adced64425830cb2973f008c46e64c4e1ca612106f9c530e03496918b5ccda474a2fabf53a36fade33d0d97d5"
     "3f3c0f9c456f240f1b7cafb4547ad09778d9db25698c0b9b"},
};
#define VECTORS ((int)(sizeof(vectors) / sizeof(vectors[0])))

static void count_up(uint8_t *b, size_t n, uint8_t from)
{
    for (size_t i = 0; i < n; i++)
        b[i] = (uint8_t)(from + i);
}

static struct cipher make(const struct vector *v)
{
    const struct encr_algorithm *encr = encr_find(v->encr, v->key_bits);
    const struct integ_algorithm *integ = v->integ ? integ_find(v->integ) : NULL;
    struct cipher cipher;
    uint8_t key[64];
    uint8_t integ_key[64];
    struct bytes encr_key = bytes_of(key, (size_t)encr->key_bytes + encr->salt_bytes);

    count_up(key, sizeof(key), 0);
    if (encr->aead) {
        hex_into("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", key, sizeof(key));
        hex_into("cafebabe", key + encr->key_bytes, 4);
    }
    count_up(integ_key, sizeof(integ_key), 0x80);
    ck_assert_int_eq(cipher_init(&cipher, encr, encr_key, integ, bytes_of(integ_key, integ ? integ->key_bytes : 0)), 0);
    return cipher;
}

// The packet of a vector in clear: associated data, IV, text, room for the ICV.
static size_t lay_out(const struct vector *v, const struct cipher *cipher, uint8_t *packet, size_t size)
{
    size_t n = hex_into(AAD, packet, size).n;

    if (cipher->encr->aead) {
        n += hex_into("facedbaddecaf888", packet + n, size - n).n;
        n += hex_into(GCM_TEXT, packet + n, size - n).n;
    } else {
        n += hex_into(CBC_IV, packet + n, size - n).n;
        count_up(packet + n, 48, 0);
        n += 48;
    }
    (void)v;
    memset(packet + n, 0, cipher_icv_bytes(cipher));
    return n + cipher_icv_bytes(cipher);
}

START_TEST(seals_as_others_do)
{
    const struct vector *v = &vectors[_i];
    struct cipher cipher = make(v);
    struct bytes sealed = hex_view(v->sealed);
    uint8_t packet[256];
    size_t n = lay_out(v, &cipher, packet, sizeof(packet));

    ck_assert_int_eq(cipher_seal(&cipher, packet, n, 20), 0);
    assert_bytes(bytes_of(packet + n - sealed.n, sealed.n), sealed);
    ck_assert_uint_eq(cipher_overhead_bytes(&cipher), (cipher.encr->aead ? 8u : 16u) + cipher_icv_bytes(&cipher));
    cipher_wipe(&cipher);
    ck_assert_ptr_null(cipher.encr);
}
END_TEST

START_TEST(opens_and_refuses_each_changed_byte)
{
    const struct vector *v = &vectors[_i];
    struct cipher cipher = make(v);
    uint8_t packet[256];
    uint8_t clear[256];
    uint8_t text[256];
    size_t n = lay_out(v, &cipher, packet, sizeof(packet));
    static const uint8_t nothing[256];
    size_t text_offset = 20u + cipher.encr->iv_bytes;
    int text_n;

    memcpy(clear, packet, n);
    ck_assert_int_eq(cipher_seal(&cipher, packet, n, 20), 0);
    text_n = cipher_open(&cipher, bytes_of(packet, n), 20, text);
    ck_assert_int_eq(text_n, (int)(n - 20 - cipher_overhead_bytes(&cipher)));
    ck_assert_mem_eq(text, clear + text_offset, (size_t)text_n);
    for (size_t i = 0; i < n; i++) {
        packet[i] ^= 0x01;
        memset(text, 0x55, sizeof(text));
        ck_assert_int_eq(cipher_open(&cipher, bytes_of(packet, n), 20, text), -EBADMSG);
        // nothing of the text may be left
        ck_assert_mem_eq(text, nothing, (size_t)text_n);
        packet[i] ^= 0x01;
    }
}
END_TEST

START_TEST(refuses_each_other_length)
{
    const struct vector *v = &vectors[_i];
    struct cipher cipher = make(v);
    uint8_t packet[256];
    uint8_t text[256];
    size_t n = lay_out(v, &cipher, packet, sizeof(packet));

    ck_assert_int_eq(cipher_seal(&cipher, packet, n, 20), 0);
    for (size_t i = 0; i < n; i++) {
        uint8_t *exact = malloc(i ? i : 1); // so that ASan sees a read too far

        memcpy(exact, packet, i);
        ck_assert_int_eq(cipher_open(&cipher, bytes_of(exact, i), 20, text), -EBADMSG);
        free(exact);
    }
    ck_assert_int_eq(cipher_open(&cipher, bytes_of(packet, n), n + 1, text), -EBADMSG);
}
END_TEST

START_TEST(refuses_keys_that_do_not_fit)
{
    const struct encr_algorithm *gcm = encr_find(ENCR_AES_GCM_16, 128);
    const struct encr_algorithm *cbc = encr_find(ENCR_AES_CBC, 128);
    const struct integ_algorithm *sha256 = integ_find(INTEG_HMAC_SHA2_256_128);
    const uint8_t key[64] = {0};
    struct cipher cipher;

    ck_assert_int_eq(cipher_init(&cipher, gcm, bytes_of(key, 16), NULL, bytes_of(NULL, 0)), -EINVAL);
    ck_assert_int_eq(cipher_init(&cipher, gcm, bytes_of(key, 20), sha256, bytes_of(key, 32)), -EINVAL);
    ck_assert_int_eq(cipher_init(&cipher, cbc, bytes_of(key, 16), NULL, bytes_of(NULL, 0)), -EINVAL);
    ck_assert_int_eq(cipher_init(&cipher, cbc, bytes_of(key, 16), sha256, bytes_of(key, 31)), -EINVAL);
    ck_assert_int_eq(cipher_init(&cipher, cbc, bytes_of(key, 16), sha256, bytes_of(key, 32)), 0);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("cipher");

    tcase_add_loop_test(tc, seals_as_others_do, 0, VECTORS);
    tcase_add_loop_test(tc, opens_and_refuses_each_changed_byte, 0, VECTORS);
    tcase_add_loop_test(tc, refuses_each_other_length, 0, VECTORS);
    tcase_add_test(tc, refuses_keys_that_do_not_fit);
    return run_case(tc);
}
