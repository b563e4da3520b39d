#include "esp-d/cipher_known.h"

// Printed by tests/unit/esp-d/known_answers.py.
static const struct known {
    uint16_t encr, key_bits, integ;
    const char *answer;
} known[] = {
    {ENCR_AES_GCM_8, 128, 0, "efb2e43128ddd87d"},
    {ENCR_AES_GCM_8, 192, 0, "3ad0ef3b73e7a852"},
    {ENCR_AES_GCM_8, 256, 0, "8e4326c9e1001993"},
    {ENCR_AES_GCM_12, 128, 0, "efb2e43128ddd87d"},
    {ENCR_AES_GCM_12, 192, 0, "3ad0ef3b73e7a852"},
    {ENCR_AES_GCM_12, 256, 0, "8e4326c9e1001993"},
    {ENCR_AES_GCM_16, 128, 0, "efb2e43128ddd87d"},
    {ENCR_AES_GCM_16, 192, 0, "3ad0ef3b73e7a852"},
    {ENCR_AES_GCM_16, 256, 0, "8e4326c9e1001993"},
    {ENCR_AES_CCM_8, 128, 0, "04317453d8666346"},
    {ENCR_AES_CCM_8, 192, 0, "9b8fc9185aad4f8d"},
    {ENCR_AES_CCM_8, 256, 0, "536d196ad0b89a74"},
    {ENCR_AES_CCM_12, 128, 0, "c7552ab09861bf8b"},
    {ENCR_AES_CCM_12, 192, 0, "b9c63bf7310d034a"},
    {ENCR_AES_CCM_12, 256, 0, "4d6d72fb1a300142"},
    {ENCR_AES_CCM_16, 128, 0, "baef29e4c0dd137f"},
    {ENCR_AES_CCM_16, 192, 0, "418a617b94eec4d0"},
    {ENCR_AES_CCM_16, 256, 0, "7dddfef36c627271"},
    {ENCR_CHACHA20_POLY1305, 0, 0, "9d5b506bb0b7556b"},
    {ENCR_AES_CBC, 128, 0, "36603272f8a28705"},
    {ENCR_AES_CBC, 192, 0, "e79964721f437f4d"},
    {ENCR_AES_CBC, 256, 0, "5f5abb034b5f526e"},
    {ENCR_AES_CTR, 128, 0, "c9a850c2b263d2be"},
    {ENCR_AES_CTR, 192, 0, "1f59a3e175916e71"},
    {ENCR_AES_CTR, 256, 0, "25518392de7bdecd"},
    {ENCR_3DES, 0, 0, "905539c8e8c808e7"},
    {0, 0, INTEG_HMAC_MD5_96, "eb3fe2a8f7e711b72c0cad4e"},
    {0, 0, INTEG_HMAC_SHA1_96, "fa20e76602344b42b0addd72"},
    {0, 0, INTEG_HMAC_SHA2_256_128, "9aebb8aae9311e1fb221b6464e1cffa1"},
    {0, 0, INTEG_HMAC_SHA2_384_192, "6ef690d8a1dfa0c3122bbd483c57efd033bb7c9e0b980808"},
    {0, 0, INTEG_HMAC_SHA2_512_256, "a4268d7e863eebad4c4886fe5d6b272e3b4feaf3c8b269e61c6737a7c3388a69"},
    {0, 0, INTEG_AES_XCBC_96, "974ea88e121978969bd67033"},
    {0, 0, INTEG_AES_CMAC_96, "c73f85667c171ddba85c0f61"},
};

size_t cipher_known_answer(const struct cipher_algorithm *a, uint8_t ret_answer[CIPHER_ICV_BYTES_MAX])
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        const struct known *k = &known[i];

        if (k->encr == a->encr && k->key_bits == a->key_bits && k->integ == a->integ) {
            int n = bytes_from_hex(k->answer, ret_answer, CIPHER_ICV_BYTES_MAX);

            return n > 0 ? (size_t)n : 0;
        }
    }
    return 0;
}
