#include "lib/crypto/prf.h"

#include <errno.h>
#include <string.h>

#include "lib/core/secret.h"
#include "lib/crypto/mac.h"

// RFC 4434 2, RFC 4615 3: a key of another length than 16 becomes the tag of itself under a key of zeros, but XCBC pads
// a shorter one with zeros.
static int fit_aes_key(const struct prf_algorithm *prf, struct bytes key, uint8_t ret_key[MAC_AES_BYTES])
{
    static const uint8_t zero[MAC_AES_BYTES];
    struct mac *mac;
    int r;

    if (key.n == MAC_AES_BYTES || (prf->mac == MAC_XCBC && key.n < MAC_AES_BYTES)) {
        memset(ret_key, 0, MAC_AES_BYTES);
        if (key.n)
            memcpy(ret_key, key.p, key.n);
        return 0;
    }
    mac = mac_new(prf->mac, NULL, bytes_of(zero, sizeof(zero)));
    r = mac ? mac_add(mac, key) : -EIO;
    if (!r)
        r = mac_finish(mac, ret_key, MAC_AES_BYTES);
    mac_free(mac);
    return r;
}

// The prf with its key; NULL when OpenSSL fails.
static struct mac *keyed_new(const struct prf_algorithm *prf, struct bytes key)
{
    uint8_t fitted[MAC_AES_BYTES];
    struct mac *mac = NULL;

    if (prf->mac == MAC_HMAC)
        return mac_new(MAC_HMAC, prf->digest, key);
    if (!fit_aes_key(prf, key, fitted))
        mac = mac_new(prf->mac, NULL, bytes_of(fitted, sizeof(fitted)));
    secret_wipe(fitted, sizeof(fitted));
    return mac;
}

static int add(struct mac *mac, struct prf_input input)
{
    for (size_t i = 0; i < input.n; i++)
        if (mac_add(mac, input.part[i]))
            return -EIO;
    return 0;
}

int prf_compute(const struct prf_algorithm *prf, struct bytes key, struct prf_input input, uint8_t *ret_output)
{
    struct mac *mac = keyed_new(prf, key);
    int r = mac ? add(mac, input) : -EIO;

    if (!r)
        r = mac_finish(mac, ret_output, prf->key_bytes) ? -EIO : 0;
    mac_free(mac);
    return r;
}

// T(i) = prf(K, T(i-1) | S | i), RFC 7296 2.13. `block` holds T(i-1), then T(i).
static int next_block(struct mac *keyed, struct prf_input seed, uint8_t i, uint8_t *block, size_t size)
{
    int r = mac_restart(keyed);

    if (!r && i > 1)
        r = mac_add(keyed, bytes_of(block, size));
    if (!r)
        r = add(keyed, seed);
    if (!r)
        r = mac_add(keyed, bytes_of(&i, 1));
    if (!r)
        r = mac_finish(keyed, block, size);
    return r ? -EIO : 0;
}

int prf_plus(const struct prf_algorithm *prf, struct bytes key, struct prf_input seed, uint8_t *ret_output, size_t n)
{
    size_t size = prf->key_bytes;
    uint8_t block[PRF_BYTES_MAX];
    struct mac *keyed;
    int r = 0;

    if (n > 255 * size)
        return -EINVAL;
    keyed = keyed_new(prf, key);
    if (!keyed)
        r = -EIO;
    for (size_t done = 0; !r && done < n; done += size) {
        size_t take = n - done < size ? n - done : size;

        r = next_block(keyed, seed, (uint8_t)(done / size + 1), block, size);
        if (!r)
            memcpy(ret_output + done, block, take);
    }
    if (r)
        secret_wipe(ret_output, n);
    secret_wipe(block, sizeof(block));
    mac_free(keyed);
    return r;
}
