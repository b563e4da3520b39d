// Ciphers against known values: AES-GCM from the GCM submission's test cases 4 and 16 (salt and IV are the 96-bit
// nonce), the others against independent implementations (Python's cryptography and hmac; CTR, CCM, XCBC and CMAC
// written out there from AES alone).
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
    {ENCR_AES_GCM_8, 128, 0,
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac97"
     "3d58e0915bc94fbc3221a5db"},
    {ENCR_AES_GCM_8, 256, 0,
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
     "bcc9f66276fc6ece0f4e1768"},
    {ENCR_AES_GCM_12, 128, 0,
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac97"
     "3d58e0915bc94fbc3221a5db94fae95a"},
    {ENCR_AES_GCM_12, 256, 0,
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
     "bcc9f66276fc6ece0f4e1768cddf8853"},
    {ENCR_AES_GCM_16, 192, 0,
     "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9"
     "ccda27102519498e80f1478f37ba55bd6d27618c"},
    {ENCR_AES_CCM_8, 128, 0,
     "d7f3427bf5d9f52dc06eced7d7235a8e10c87adaa521af40db17a549bc463aeb4d610135b2b6ee7ec399ef4b5db2ddb80ff560cac8b1b8a8"
     "d10164505faf0ce8ec3e810c"},
    {ENCR_AES_CCM_12, 192, 0,
     "991327dc0e7fc3e14d032c28db9ad0ef66b0981166c87559ca0f0e686370b66f2bf377709b5404a962a9271a73647fbd4229e922c754b109"
     "4adaf3c4a3b1be085650475fe2c66b74"},
    {ENCR_AES_CCM_16, 256, 0,
     "fedc90eba701f81259fea2fdb744785a8555bf9adcab369f8b627045c6c50b83f791094d8c83f9d345ad85ddbd73c33fcac317a6ee34b1ca"
     "66dd96c631141d1b0f68b4c7983af08b814a8d48"},
    {ENCR_AES_CCM_16, 128, 0,
     "d7f3427bf5d9f52dc06eced7d7235a8e10c87adaa521af40db17a549bc463aeb4d610135b2b6ee7ec399ef4b5db2ddb80ff560cac8b1b8a8"
     "d1016450d68eb030ba4eec68fb74bfde8180df72"},
    {ENCR_CHACHA20_POLY1305, 0, 0,
     "6834e787fe25a598328b7ac40c469ea40659e712826ba404c453a1559c1eedae8468004da4b2616a9198e9a6f91b7bea87ce25ff0d9b4baf"
     "a2de6df7bdb102e78896bad3810acd501d8ccf1e"},
    {ENCR_AES_CTR, 128, INTEG_AES_XCBC_96,
     "cbdcd72e5d48628304a4c97c5e84a829c2e8d54cda1ecb409504e95f524f5587fe48516c3b2eed3ecb304c851fc30b753893868ddaca6096"
     "e74ae6c2"},
    {ENCR_AES_CTR, 192, INTEG_HMAC_SHA1_96,
     "c8f3187d1f5d0b4080668a13b3bb37c2d68e51cade6380c35971eb3ba4d04e2f9fd9ce58871407e53f4959073b4a66bd4c4b8e266c247fa8"
     "2718cb8c"},
    {ENCR_AES_CTR, 256, INTEG_AES_CMAC_96,
     "d31566fa7b2a0f892d7df84087f04afa53e2fb26b7a704152a31679ae8807b6685d6b0ecf772597c977bad127224ee11bd83d758b80ae89a"
     "b7002450"},
    {ENCR_AES_CBC, 192, INTEG_HMAC_SHA2_256_128,
     "a687f09268c8d642a8831c92658cd9feb63bc4f7b1ee7975262fee1ec3265180b53b930bd98c3e46df7e6cf1af882c82bd73563c19c21dcc"
     "b38d66bdaeb7b26b"},
    {ENCR_3DES, 0, INTEG_HMAC_MD5_96,
     "b46158af3dada04c3479a3ec7a222e0425ed80a5bb2df7a2f83e1f4872297a15a4fd5bf3a79ced46fadd40a2ccf0d565d31e96e379352cb6"
     "cb3d748a"},
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
        hex_into("cafebabe", key + encr->key_bytes, 4); // CCM takes three bytes of it
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
        hex_into(CBC_IV, packet + n, size - n);
        n += cipher->encr->iv_bytes;
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
    ck_assert_uint_eq(cipher_overhead_bytes(&cipher), cipher.encr->iv_bytes + cipher_icv_bytes(&cipher));
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
    cipher_wipe(&cipher);
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
    cipher_wipe(&cipher);
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
    ck_assert_uint_eq(cipher_encr_key(&cipher).n, 16);
    ck_assert_uint_eq(cipher_integ_key(&cipher).n, 32);
    cipher_wipe(&cipher);
    cipher_wipe(&cipher);
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
