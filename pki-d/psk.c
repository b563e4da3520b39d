#include "pki-d/psk.h"

#include "lib/core/secret.h"
#include "lib/crypto/prf.h"

int psk_auth(const struct prf_algorithm *prf, struct bytes psk, const struct psk_octets *octets,
             uint8_t ret_auth[PSK_AUTH_MAX_BYTES])
{
    static const char key_pad[] = "Key Pad for IKEv2";
    const uint8_t id_header[4] = {octets->id_type}; // RFC 7296 3.5: type, RESERVED
    uint8_t maced_id[PSK_AUTH_MAX_BYTES], key[PSK_AUTH_MAX_BYTES];
    size_t n = prf->key_bytes;
    int r;

    r = prf_compute(prf, octets->sk_p, PRF_INPUT(bytes_of(id_header, 4), octets->id_data), maced_id);
    if (r == 0)
        r = prf_compute(prf, psk, PRF_INPUT(bytes_of_str(key_pad)), key);
    if (r == 0)
        r = prf_compute(prf, bytes_of(key, n), PRF_INPUT(octets->message, octets->nonce, bytes_of(maced_id, n)),
                        ret_auth);
    secret_wipe(key, sizeof(key));
    secret_wipe(maced_id, sizeof(maced_id));
    return r;
}
