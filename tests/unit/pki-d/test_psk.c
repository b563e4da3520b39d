// AUTH values of pre-shared keys against an independent computation of RFC 7296 2.15 (Python's hmac module):
//
//     maced = hmac(sk_p, bytes([type, 0, 0, 0]) + data)
//     auth = hmac(hmac(psk, b"Key Pad for IKEv2"), message + nonce + maced)
//
// with message = 00 01 .. c7, nonce = 64 .. 83, sk_p[i] = 7 i + PRF id.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "pki-d/psk.h"
#include "tests/unit/lib/run.h"

struct vector {
    uint16_t prf;
    bool long_psk; // 200 times 'x' (longer than any HMAC block) and ipv4:192.0.2.1; else a phrase and fqdn:gw.example
    const char *auth;
};

static const struct vector vectors[] = {
    {2, false, "ba9659052bb87ff6e4c2dc60c17812c5955c6f61"},
    {2, true, "9b030ed09730dc69ef6b80410bc01bd66219af64"},
    {5, false, "31d4013d8fd38a5d7f81718aca3adcd82a5b58ab3efd7517235f67ea99535fb3"},
    {5, true, "77b7e02db841a1a4acf779fd2e312f63b725b4edf35c58c86bf6ab239206dacc"},
    {6, false, "453c6c1a798ac33d14b961633a5b71cbf4ceccf293f556aa02c69a4979e8b2f72a97d1f6229f541784ad96a34b71d51c"},
    {6, true, "bf556573f84df5cb93e0ca785025683e39563b88e1fe2809004d723fca9ff69a55a092c95a9bb39a6000778e74990ae9"},
    {7, false,
     "28a518c674136b706c970589436dbb31f0f7b85947870e0bc4b79734c28f39b13cbfc727543d6d49e9b18e8c80211cca"
     "a9455923fbbdb42a8d227ea7579b7ef5"},
    {7, true,
     "b7ff8ffeb5705d6cde7ff95aed78cc93a3cb9e65d621975b669b73002e44434b968da74dec057d4c5e03e385ea051d61"
     "d9d17b91c28d81bb29fa5471e71bb1b2"},
};

START_TEST(computes_auth)
{
    const struct vector *v = &vectors[_i];
    const struct prf_algorithm *prf = prf_find(v->prf);
    uint8_t message[200], nonce[32], sk_p[64], auth[PSK_AUTH_MAX_BYTES], expected[64];
    char long_psk[201] = "";
    const char *psk = "correct horse battery staple";
    struct psk_octets octets = {.id_type = 2, .id_data = bytes_of_str("gw.example")};

    ck_assert_ptr_nonnull(prf);
    for (size_t i = 0; i < sizeof(message); i++)
        message[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof(nonce); i++)
        nonce[i] = (uint8_t)(100 + i);
    for (size_t i = 0; i < prf->key_bytes; i++)
        sk_p[i] = (uint8_t)(i * 7 + v->prf);
    octets.message = bytes_of(message, sizeof(message));
    octets.nonce = bytes_of(nonce, sizeof(nonce));
    octets.sk_p = bytes_of(sk_p, prf->key_bytes);
    if (v->long_psk) {
        memset(long_psk, 'x', 200);
        psk = long_psk;
        octets.id_type = 1;
        octets.id_data = bytes_of("\xc0\x00\x02\x01", 4);
    }
    ck_assert_int_eq(psk_auth(prf, bytes_of_str(psk), &octets, auth), 0);
    ck_assert_int_eq(bytes_from_hex(v->auth, expected, sizeof(expected)), prf->key_bytes);
    ck_assert_mem_eq(auth, expected, prf->key_bytes);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("psk");

    tcase_add_loop_test(tcase, computes_auth, 0, sizeof(vectors) / sizeof(vectors[0]));
    return run_case(tcase);
}
