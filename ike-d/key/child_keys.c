#include "ike-d/key/child_keys.h"

#include <errno.h>

#include "lib/core/reader.h"
#include "lib/crypto/prf.h"

#define KEYMAT_MAX 256 // four keys of the longest algorithms are 192 bytes

static int cut(struct reader *keymat, size_t n, struct secret_key *key)
{
    struct bytes view;

    return reader_bytes(keymat, n, &view) || secret_key_set(key, view) ? -EINVAL : 0;
}

// The initiator's direction comes first, encryption before integrity (RFC 7296 2.17).
static int cut_all(struct bytes keymat, size_t encr_n, size_t integ_n, struct child_keys *keys)
{
    struct reader stream = reader_of(keymat);

    if (cut(&stream, encr_n, &keys->encr_i) || cut(&stream, integ_n, &keys->integ_i) ||
        cut(&stream, encr_n, &keys->encr_r) || cut(&stream, integ_n, &keys->integ_r))
        return -EINVAL;
    return 0;
}

int child_keys_derive(const struct esp_suite *suite, const struct prf_algorithm *prf, struct bytes sk_d,
                      const struct child_key_seed *seed, struct child_keys *ret_keys)
{
    size_t encr_n = (size_t)suite->encr->key_bytes + suite->encr->salt_bytes;
    size_t integ_n = suite->integ ? suite->integ->key_bytes : 0;
    size_t n = 2 * (encr_n + integ_n);
    uint8_t keymat[KEYMAT_MAX];
    struct child_keys keys = {0};
    int r;

    if (n > sizeof(keymat))
        return -EINVAL;
    // KEYMAT = prf+(SK_d, [g^ir (new) |] Ni | Nr)
    r = prf_plus(prf, sk_d, PRF_INPUT(seed->shared, seed->nonce_i, seed->nonce_r), keymat, n);
    if (!r)
        r = cut_all(bytes_of(keymat, n), encr_n, integ_n, &keys);
    if (!r)
        *ret_keys = keys;
    secret_wipe(keymat, sizeof(keymat));
    child_keys_wipe(&keys);
    return r;
}

void child_keys_wipe(struct child_keys *keys)
{
    secret_wipe(keys, sizeof(*keys));
}
