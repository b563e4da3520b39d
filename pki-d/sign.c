#include "pki-d/sign.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "bulkhead/v1/tunnel.pb-c.h"
#include "lib/core/log.h"
#include "lib/core/wiping.h"
#include "lib/core/writer.h"
#include "lib/crypto/prf.h"
#include "pki-d/store_key.h"

// IANA "IKEv2 Authentication Method".
enum auth_method {
    AUTH_METHOD_RSA = 1,
    AUTH_METHOD_ECDSA_256 = 9,
    AUTH_METHOD_ECDSA_384 = 10,
    AUTH_METHOD_ECDSA_521 = 11,
    AUTH_METHOD_DIGITAL_SIGNATURE = 14,
};

// RFC 7296 3.1
#define VERSION_AT           17
#define EXCHANGE_AT          18
#define LENGTH_AT            24
#define IKE_MAJOR_VERSION    2
#define EXCHANGE_IKE_SA_INIT 34

static bool is_announced(uint32_t hashes, enum signature_hash hash)
{
    return hashes & 1u << hash;
}

// SHA-1 is not for RFC 7427 (RFC 8247 3.2).
static enum signature_hash longest_of(uint32_t hashes)
{
    for (int hash = SIGNATURE_HASH_SHA2_512; hash >= SIGNATURE_HASH_SHA2_256; hash--)
        if (is_announced(hashes, (enum signature_hash)hash))
            return (enum signature_hash)hash;
    return SIGNATURE_HASH_NONE;
}

struct choice {
    uint8_t method;
    struct signature_scheme scheme;
};

static struct choice with_rfc7427(enum signature_key key, enum signature_hash hash)
{
    return (struct choice){.method = AUTH_METHOD_DIGITAL_SIGNATURE, .scheme = {.key = key, .hash = hash}};
}

static bool choose_rsa(uint32_t hashes, bool wants_pss, struct choice *ret_choice)
{
    enum signature_hash hash = longest_of(hashes);

    if (hash != SIGNATURE_HASH_NONE)
        *ret_choice = with_rfc7427(wants_pss ? SIGNATURE_KEY_RSA_PSS : SIGNATURE_KEY_RSA_PKCS1, hash);
    else
        *ret_choice = (struct choice){.method = AUTH_METHOD_RSA,
                                      .scheme = {.key = SIGNATURE_KEY_RSA_PKCS1, .hash = SIGNATURE_HASH_SHA1}};
    return true;
}

static const struct curve {
    const char *name;
    uint8_t method;
    enum signature_hash hash;
} curves[] = {
    {"prime256v1", AUTH_METHOD_ECDSA_256, SIGNATURE_HASH_SHA2_256},
    {"secp384r1", AUTH_METHOD_ECDSA_384, SIGNATURE_HASH_SHA2_384},
    {"secp521r1", AUTH_METHOD_ECDSA_521, SIGNATURE_HASH_SHA2_512},
};

static const struct curve *find_curve(EVP_PKEY *key)
{
    char name[64];

    if (EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) != 1)
        return NULL;
    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
        if (strcmp(curves[i].name, name) == 0)
            return &curves[i];
    return NULL;
}

static bool choose_ecdsa(EVP_PKEY *key, uint32_t hashes, struct choice *ret_choice)
{
    const struct curve *curve = find_curve(key);
    enum signature_hash hash;

    if (!curve)
        return false;
    hash = is_announced(hashes, curve->hash) ? curve->hash : longest_of(hashes);
    if (hash != SIGNATURE_HASH_NONE)
        *ret_choice = with_rfc7427(SIGNATURE_KEY_ECDSA, hash);
    else
        *ret_choice = (struct choice){.method = curve->method,
                                      .scheme = {.key = SIGNATURE_KEY_ECDSA, .hash = curve->hash, .is_plain = true}};
    return true;
}

bool sign_choose(EVP_PKEY *key, uint32_t peer_hashes, bool wants_pss, uint8_t *ret_method,
                 struct signature_scheme *ret_scheme)
{
    struct choice choice;
    bool found;

    if (EVP_PKEY_is_a(key, "RSA")) {
        found = choose_rsa(peer_hashes, wants_pss, &choice);
    } else if (EVP_PKEY_is_a(key, "EC")) {
        found = choose_ecdsa(key, peer_hashes, &choice);
    } else {
        // RFC 8420: there is no older method for it.
        found = EVP_PKEY_is_a(key, "ED25519") && is_announced(peer_hashes, SIGNATURE_HASH_IDENTITY);
        choice = with_rfc7427(SIGNATURE_KEY_EDDSA, SIGNATURE_HASH_IDENTITY);
    }
    if (!found)
        return false;
    *ret_method = choice.method;
    *ret_scheme = choice.scheme;
    return true;
}

static bool is_within(struct bytes b, size_t min, size_t max)
{
    return b.n >= min && b.n <= max;
}

// The head of IKE_SA_INIT, the only first message there is (RFC 7296 3.1): what else a taken ike-d might want signed
// begins otherwise.
static bool is_first_message(struct bytes message)
{
    const uint8_t *p = message.p;

    return is_within(message, PKI_MESSAGE_MIN_BYTES, PKI_MESSAGE_MAX_BYTES) &&
           p[VERSION_AT] >> 4 == IKE_MAJOR_VERSION && p[EXCHANGE_AT] == EXCHANGE_IKE_SA_INIT &&
           ((size_t)p[LENGTH_AT] << 24 | (size_t)p[LENGTH_AT + 1] << 16 | (size_t)p[LENGTH_AT + 2] << 8 |
            p[LENGTH_AT + 3]) == message.n;
}

static bool is_sound(const struct sign_request *request)
{
    const struct auth_octets *octets = &request->octets;

    return request->prf <= UINT16_MAX && prf_find((uint16_t)request->prf) && is_first_message(octets->message) &&
           is_within(octets->nonce, PKI_NONCE_MIN_BYTES, PKI_NONCE_MAX_BYTES) &&
           is_within(octets->sk_p, 1, PKI_SK_P_MAX_BYTES) && octets->id_data.n <= IDENTITY_DATA_MAX;
}

static enum sign_result failed(const struct binding *binding, int error)
{
    log_error("sign_failed", LOG_STR("certificate", binding->certificate), LOG_ERRNO(error));
    return SIGN_FAILED;
}

// RFC 7427 3: the AlgorithmIdentifier with its length goes in front.
static void put_algorithm(const struct signature_scheme *scheme, struct writer *w)
{
    struct bytes algorithm = signature_algorithm_der(scheme->key, scheme->hash);

    writer_u8(w, (uint8_t)algorithm.n);
    writer_bytes(w, algorithm);
}

static int sign_octets(EVP_PKEY *key, const struct signature_scheme *scheme, const struct sign_request *request,
                       struct sign_answer *answer)
{
    struct writer w = writer_of(answer->auth, sizeof(answer->auth));
    struct bytes data;
    size_t n = 0;
    int r = auth_octets_assemble(prf_find((uint16_t)request->prf), &request->octets, &data);

    if (r < 0)
        return r;
    if (answer->method == AUTH_METHOD_DIGITAL_SIGNATURE)
        put_algorithm(scheme, &w);
    answer->n = writer_view(&w).n;
    r = signature_sign(key, scheme, data, answer->auth + answer->n, &n);
    wiping_free((void *)(uintptr_t)data.p);
    answer->n += n;
    return r;
}

static enum sign_result sign_with(struct store *store, const struct credential *credential,
                                  const struct binding *binding, const struct sign_request *request,
                                  struct sign_answer *answer)
{
    bool wants_pss = binding->rsa_padding == BULKHEAD__V1__RSA_PADDING__RSA_PADDING_PSS;
    enum sign_result result = SIGN_NO_SCHEME;
    struct signature_scheme scheme;
    EVP_PKEY *key;
    int r =
        store_key_open(store, bytes_of_str(credential->certificate->info->name), credential->certificate->key, &key);

    if (r < 0)
        return failed(binding, r);
    if (sign_choose(key, request->peer_hashes, wants_pss, &answer->method, &scheme)) {
        r = sign_octets(key, &scheme, request, answer);
        result = r < 0 ? failed(binding, r) : SIGN_OK;
    }
    EVP_PKEY_free(key);
    return result;
}

// Not a byte else than what the tunnel goes by.
static bool is_own(const struct identity *own, const struct auth_octets *octets)
{
    return octets->id_type == own->type && bytes_equal(octets->id_data, bytes_of(own->data, own->n));
}

enum sign_result sign_auth(const struct bindings *bindings, struct store *store, const struct sign_request *request,
                           int64_t now, struct sign_answer *ret_answer)
{
    struct credential credential;
    enum sign_result result;
    struct binding binding;
    int r;

    if (!is_sound(request))
        return SIGN_BAD_REQUEST;
    if (!bindings_find(bindings, request->tunnel, &binding) || !*binding.certificate)
        return SIGN_NOT_BOUND;
    r = credential_load(store, &binding, now, &credential, ret_answer->error);
    if (r < 0)
        return r == -ENOENT ? SIGN_NO_CREDENTIAL : failed(&binding, r);
    result = is_own(&credential.own_id, &request->octets) ? sign_with(store, &credential, &binding, request, ret_answer)
                                                          : SIGN_WRONG_IDENTITY;
    credential_done(&credential);
    return result;
}
