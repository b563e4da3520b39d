#include "pki-d/authenticate.h"

#include <errno.h>

#include "lib/core/log.h"
#include "lib/core/secret.h"

static bool is_within(struct bytes b, size_t min, size_t max)
{
    return b.n >= min && b.n <= max;
}

static bool is_sound(const struct authenticate_request *request)
{
    const struct psk_octets *octets = &request->octets;

    return request->prf <= UINT16_MAX && prf_find((uint16_t)request->prf) &&
           is_within(octets->message, PKI_MESSAGE_MIN_BYTES, PKI_MESSAGE_MAX_BYTES) &&
           is_within(octets->nonce, PKI_NONCE_MIN_BYTES, PKI_NONCE_MAX_BYTES) &&
           is_within(octets->sk_p, 1, PKI_SK_P_MAX_BYTES) && octets->id_data.n <= IDENTITY_DATA_MAX;
}

// An identity that we can't even represent is nobody's.
static bool is_configured(const struct identity *configured, const struct psk_octets *octets)
{
    struct identity id;

    if (identity_from_wire(octets->id_type, octets->id_data, &id) < 0)
        return false;
    if (configured->type == IDENTITY_NONE)
        return id.type == IDENTITY_IPV4 || id.type == IDENTITY_IPV6;
    return identity_equal(configured, &id);
}

static enum authenticate_result make_auth(struct store *store, const struct binding *binding,
                                          const struct authenticate_request *request, uint8_t *ret_auth, size_t *ret_n)
{
    const struct prf_algorithm *prf = prf_find((uint16_t)request->prf);
    enum authenticate_result result = AUTHENTICATE_OK;
    uint8_t *psk = secret_alloc(PKI_SECRET_MAX_BYTES);
    size_t n = 0;
    int r;

    r = psk ? store_get(store, bytes_of_str(binding->secret), psk, &n) : -ENOMEM;
    if (r == -ENOENT) {
        result = AUTHENTICATE_NO_SECRET;
    } else {
        if (r == 0)
            r = psk_auth(prf, bytes_of(psk, n), &request->octets, ret_auth);
        if (r < 0) {
            log_error("authenticate_failed", LOG_STR("tunnel", binding->tunnel), LOG_STR("secret", binding->secret),
                      LOG_ERRNO(r));
            result = AUTHENTICATE_FAILED;
        } else {
            *ret_n = prf->key_bytes;
        }
    }
    secret_free(psk, PKI_SECRET_MAX_BYTES);
    return result;
}

enum authenticate_result authenticate_sign(const struct bindings *bindings, struct store *store,
                                           const struct authenticate_request *request, uint8_t *ret_auth, size_t *ret_n)
{
    const struct binding *binding;

    if (!is_sound(request))
        return AUTHENTICATE_BAD_REQUEST;
    binding = bindings_find(bindings, request->tunnel);
    if (!binding)
        return AUTHENTICATE_NOT_BOUND;
    if (!is_configured(&binding->local_id, &request->octets))
        return AUTHENTICATE_WRONG_IDENTITY;
    return make_auth(store, binding, request, ret_auth, ret_n);
}

enum authenticate_result authenticate_verify(const struct bindings *bindings, struct store *store,
                                             const struct authenticate_request *request, struct bytes auth)
{
    uint8_t expected[PSK_AUTH_MAX_BYTES];
    enum authenticate_result result;
    const struct binding *binding;
    size_t n = 0;

    if (!is_sound(request))
        return AUTHENTICATE_BAD_REQUEST;
    binding = bindings_find(bindings, request->tunnel);
    if (!binding)
        return AUTHENTICATE_NOT_BOUND;
    if (!is_configured(&binding->remote_id, &request->octets))
        return AUTHENTICATE_WRONG_IDENTITY;
    result = make_auth(store, binding, request, expected, &n);
    if (result == AUTHENTICATE_OK && !bytes_equal_secret(bytes_of(expected, n), auth))
        result = AUTHENTICATE_WRONG_MAC;
    secret_wipe(expected, sizeof(expected));
    return result;
}
