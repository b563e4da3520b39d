#include "pki-d/authenticate.h"

#include <errno.h>

#include "lib/core/log.h"
#include "lib/core/secret.h"
#include "lib/crypto/prf.h"

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

// An identity that we can't even represent is nobody's. One that is not configured is the address of that end.
static bool is_configured(const struct identity_pattern *configured, const struct psk_octets *octets)
{
    struct identity id;

    if (identity_from_wire(octets->id_type, octets->id_data, &id) < 0)
        return false;
    if (configured->kind == IDENTITY_PATTERN_EXACT && configured->identity.type == IDENTITY_NONE)
        return id.type == IDENTITY_IPV4 || id.type == IDENTITY_IPV6;
    return identity_pattern_fits(configured, &id);
}

static enum authenticate_result fail(const char *secret, int error)
{
    log_error("authenticate_failed", LOG_STR("secret", secret), LOG_ERRNO(error));
    return AUTHENTICATE_FAILED;
}

static enum authenticate_result make_auth(struct store *store, const char *secret,
                                          const struct authenticate_request *request, uint8_t *ret_auth, size_t *ret_n)
{
    const struct prf_algorithm *prf = prf_find((uint16_t)request->prf);
    enum authenticate_result result = AUTHENTICATE_OK;
    uint8_t *psk = secret_alloc(PKI_SECRET_MAX_BYTES);
    size_t n = 0;
    int r;

    r = psk ? store_get(store, bytes_of_str(secret), psk, &n) : -ENOMEM;
    if (r == -ENOENT) {
        result = AUTHENTICATE_NO_SECRET;
    } else {
        if (r == 0)
            r = psk_auth(prf, bytes_of(psk, n), &request->octets, ret_auth);
        if (r < 0)
            result = fail(secret, r);
        else
            *ret_n = prf->key_bytes;
    }
    secret_free(psk, PKI_SECRET_MAX_BYTES);
    return result;
}

enum authenticate_result authenticate_sign(const struct bindings *bindings, struct store *store,
                                           const struct authenticate_request *request, uint8_t *ret_auth, size_t *ret_n)
{
    struct identity_pattern own = {.kind = IDENTITY_PATTERN_EXACT};
    struct binding binding;

    if (!is_sound(request))
        return AUTHENTICATE_BAD_REQUEST;
    if (!bindings_find(bindings, request->tunnel, &binding) || !*binding.secret)
        return AUTHENTICATE_NOT_BOUND;
    own.identity = binding.local_id;
    if (!is_configured(&own, &request->octets))
        return AUTHENTICATE_WRONG_IDENTITY;
    if (request->other_secret && !*binding.other_secret)
        return AUTHENTICATE_NO_SECRET;
    return make_auth(store, request->other_secret ? binding.other_secret : binding.secret, request, ret_auth, ret_n);
}

static enum authenticate_result judge(struct store *store, const char *secret,
                                      const struct authenticate_request *request, struct bytes auth)
{
    uint8_t expected[PSK_AUTH_MAX_BYTES];
    enum authenticate_result result;
    size_t n = 0;

    result = make_auth(store, secret, request, expected, &n);
    if (result == AUTHENTICATE_OK && !bytes_equal_secret(bytes_of(expected, n), auth))
        result = AUTHENTICATE_WRONG_MAC;
    secret_wipe(expected, sizeof(expected));
    return result;
}

enum authenticate_result authenticate_verify(const struct bindings *bindings, struct store *store,
                                             const struct authenticate_request *request, struct bytes auth,
                                             bool *ret_other)
{
    enum authenticate_result result, by_other;
    struct binding binding;

    if (!is_sound(request))
        return AUTHENTICATE_BAD_REQUEST;
    if (!bindings_find(bindings, request->tunnel, &binding) || !*binding.secret)
        return AUTHENTICATE_NOT_BOUND;
    if (!is_configured(&binding.remote_id, &request->octets))
        return AUTHENTICATE_WRONG_IDENTITY;
    result = judge(store, binding.secret, request, auth);
    *ret_other = false;
    if (!*binding.other_secret || (result != AUTHENTICATE_WRONG_MAC && result != AUTHENTICATE_NO_SECRET))
        return result;
    by_other = judge(store, binding.other_secret, request, auth);
    *ret_other = by_other == AUTHENTICATE_OK;
    return by_other == AUTHENTICATE_NO_SECRET ? result : by_other;
}

// Every field has its bounds, and each key the length of the PRF's output.
static bool is_sound_ppk(const struct authenticate_ppk *request)
{
    const struct prf_algorithm *prf = request->prf <= UINT16_MAX ? prf_find((uint16_t)request->prf) : NULL;

    if (!prf || !is_within(request->ppk_id, 1, PKI_PPK_ID_MAX_BYTES))
        return false;
    for (int i = 0; i < AUTHENTICATE_PPK_KEYS; i++)
        if (request->keys[i].n != prf->key_bytes)
            return false;
    return true;
}

enum authenticate_result authenticate_mix_ppk(const struct bindings *bindings, struct store *store,
                                              const struct authenticate_ppk *request,
                                              uint8_t ret_keys[AUTHENTICATE_PPK_KEYS][PSK_AUTH_MAX_BYTES])
{
    const struct prf_algorithm *prf;
    struct binding binding;
    uint8_t *ppk;
    size_t n = 0;
    int r;

    if (!is_sound_ppk(request))
        return AUTHENTICATE_BAD_REQUEST;
    if (!bindings_find(bindings, request->tunnel, &binding) || !bytes_equal(binding.ppk_id, request->ppk_id))
        return AUTHENTICATE_NOT_BOUND;
    prf = prf_find((uint16_t)request->prf);
    ppk = secret_alloc(PKI_SECRET_MAX_BYTES);
    r = ppk ? store_get(store, bytes_of_str(binding.ppk_secret), ppk, &n) : -ENOMEM;
    for (int i = 0; i < AUTHENTICATE_PPK_KEYS && r == 0; i++)
        r = prf_plus(prf, bytes_of(ppk, n), PRF_INPUT(request->keys[i]), ret_keys[i], prf->key_bytes);
    secret_free(ppk, PKI_SECRET_MAX_BYTES);
    if (r == -ENOENT)
        return AUTHENTICATE_NO_SECRET;
    return r < 0 ? fail(binding.ppk_secret, r) : AUTHENTICATE_OK;
}
