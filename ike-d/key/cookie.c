#include "ike-d/key/cookie.h"

#include <string.h>

#include "lib/core/writer.h"
#include "lib/crypto/prf.h"

#define MAC_BYTES (COOKIE_BYTES - 1)

int cookie_make(const struct cookie_secret *secret, const struct cookie_claim *claim, uint8_t ret_cookie[COOKIE_BYTES])
{
    const struct prf_algorithm *prf = prf_find(PRF_HMAC_SHA2_256);
    uint8_t spi[8];
    struct writer w = writer_of(spi, sizeof(spi));
    uint8_t mac[MAC_BYTES];
    int r;

    writer_u64(&w, claim->spi_i);
    // sizes are told apart: the address's by the family, the nonce comes last
    r = prf_compute(
        prf, bytes_of(secret->b, sizeof(secret->b)),
        PRF_INPUT(bytes_of(&claim->address.family, 1), address_view(&claim->address), writer_view(&w), claim->nonce_i),
        mac);
    if (r)
        return r;
    ret_cookie[0] = secret->version;
    memcpy(ret_cookie + 1, mac, sizeof(mac));
    return 0;
}

bool cookie_is_valid(const struct cookie_secret *secret, const struct cookie_claim *claim, struct bytes cookie)
{
    uint8_t expected[COOKIE_BYTES];

    if (cookie.n != COOKIE_BYTES || cookie_make(secret, claim, expected))
        return false;
    return bytes_equal_secret(cookie, bytes_of(expected, sizeof(expected)));
}
