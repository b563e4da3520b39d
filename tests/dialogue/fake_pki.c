#include "tests/dialogue/fake_pki.h"

#include <check.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "ike-d/wire/auth_signature.h"
#include "lib/crypto/auth_octets.h"
#include "lib/crypto/prf.h"
#include "lib/crypto/signature.h"
#include "lib/schema/wiping.h"
#include "tests/dialogue/fake_services.h"

static EVP_PKEY *make_key(const char *algorithm)
{
    if (strcmp(algorithm, "RSA") == 0) {
        return EVP_RSA_gen(2048);
    }
    if (strcmp(algorithm, "ED25519") == 0) {
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    }
    return EVP_EC_gen(algorithm);
}

void fake_pki_init(struct fake_pki *pki, const char *algorithm, const char *id)
{
    uint8_t *at = pki->der;
    *pki = (struct fake_pki){.key = make_key(algorithm)};
    ck_assert_ptr_nonnull(pki->key);
    int n = i2d_PUBKEY(pki->key, NULL);
    ck_assert_int_lt(n, (int)sizeof(pki->der));
    ck_assert_int_eq(i2d_PUBKEY(pki->key, &at), n);
    ck_assert_int_eq(identity_parse(id, &pki->credential.own_id), 0);
    memset(pki->authority, 0xca, sizeof(pki->authority));
    pki->credential.chain[0] = bytes_of(pki->der, (size_t)n);
    pki->credential.chain_n = 1;
    pki->credential.authorities = bytes_of(pki->authority, sizeof(pki->authority));
}

void fake_pki_done(struct fake_pki *pki)
{
    EVP_PKEY_free(pki->key);
}

void fake_pki_add_issuers(struct fake_pki *pki, unsigned n, size_t bytes)
{
    ck_assert_uint_le(bytes, sizeof(pki->issuer));
    for (unsigned i = 0; i < n; i++) {
        pki->credential.chain[pki->credential.chain_n++] = bytes_of(pki->issuer, bytes);
    }
}

static bool is_there(const struct gateway *gateway, struct fake_answer *answer)
{
    if (!gateway->pki_up) {
        answer->outcome = IKE_JOB_UNAVAILABLE;
    } else if (!gateway->pki || gateway->pki->missing) {
        answer->outcome = IKE_JOB_NO_SECRET;
    }
    return answer->outcome == IKE_JOB_OK;
}

static void get_credential(void *arg, uint64_t job, const char *tunnel)
{
    struct gateway *gateway = arg;
    struct fake_answer answer = {.job = job};
    ck_assert_ptr_nonnull(ike_core_find_tunnel(&gateway->core, tunnel));
    if (gateway->pki && gateway->pki->missing) {
        gateway->pki->asked_for_missing++;
    }
    if (is_there(gateway, &answer)) {
        gateway->pki->credentials++;
        answer.credential = &gateway->pki->credential;
    }
    world_answer_later(gateway, &answer);
}

static struct bytes assemble(const struct psk_request *request)
{
    struct auth_octets octets = {.message = request->message,
                                 .nonce = request->nonce,
                                 .sk_p = request->sk_p,
                                 .id_type = (uint8_t)request->id->type,
                                 .id_data = bytes_of(request->id->data, request->id->n)};
    struct bytes data;
    ck_assert_int_eq(auth_octets_assemble(prf_find(request->prf), &octets, &data), 0);
    return data;
}

// As pki-d does it: RFC 7427 where the peer can, else the older method of that key; 0: there is none.
static uint8_t choose(const struct fake_pki *pki, uint32_t peer_hashes, struct signature_scheme *ret_scheme)
{
    int type = EVP_PKEY_get_base_id(pki->key);
    int bits = EVP_PKEY_get_bits(pki->key);
    *ret_scheme = (struct signature_scheme){.key = SIGNATURE_KEY_ECDSA,
                                            .hash = bits == 384 ? SIGNATURE_HASH_SHA2_384 : SIGNATURE_HASH_SHA2_256,
                                            .is_plain = !peer_hashes};
    if (type == EVP_PKEY_ED25519) {
        *ret_scheme = (struct signature_scheme){.key = SIGNATURE_KEY_EDDSA, .hash = SIGNATURE_HASH_IDENTITY};
        return peer_hashes ? (uint8_t)AUTH_METHOD_DIGITAL_SIGNATURE : 0;
    }
    if (type == EVP_PKEY_RSA) {
        *ret_scheme = (struct signature_scheme){
            .key = pki->pss ? SIGNATURE_KEY_RSA_PSS : SIGNATURE_KEY_RSA_PKCS1,
            .hash = peer_hashes ? SIGNATURE_HASH_SHA2_256 : SIGNATURE_HASH_SHA1,
        };
        return peer_hashes ? (uint8_t)AUTH_METHOD_DIGITAL_SIGNATURE : (uint8_t)AUTH_METHOD_RSA;
    }
    return peer_hashes ? (uint8_t)AUTH_METHOD_DIGITAL_SIGNATURE
                       : (uint8_t)(bits == 384 ? AUTH_METHOD_ECDSA_384 : AUTH_METHOD_ECDSA_256);
}

static void put_signature(const struct fake_pki *pki, const struct psk_request *request, uint32_t peer_hashes,
                          struct fake_answer *answer)
{
    struct signature_scheme scheme;
    uint8_t signature[SIGNATURE_MAX_BYTES];
    size_t n;
    answer->auth_method = choose(pki, peer_hashes, &scheme);
    if (!answer->auth_method) {
        answer->outcome = IKE_JOB_NO_SIGNATURE;
        return;
    }
    struct bytes data = assemble(request);
    ck_assert_int_eq(signature_sign(pki->key, &scheme, data, signature, &n), 0);
    wiping_free((void *)(uintptr_t)data.p);
    struct writer w = writer_of(answer->data, sizeof(answer->data));
    if (answer->auth_method == AUTH_METHOD_DIGITAL_SIGNATURE) {
        ck_assert(auth_signature_encode(scheme.key, scheme.hash, bytes_of(signature, n), &w));
    } else {
        writer_bytes(&w, bytes_of(signature, n));
    }
    ck_assert(writer_ok(&w));
    answer->data_n = w.n;
}

static void certificate_sign(void *arg, uint64_t job, const struct psk_request *request, uint32_t peer_hashes)
{
    struct gateway *gateway = arg;
    struct fake_answer answer = {.job = job};
    if (is_there(gateway, &answer)) {
        ck_assert(identity_equal(request->id, &gateway->pki->credential.own_id));
        gateway->pki->signatures++;
        put_signature(gateway->pki, request, peer_hashes, &answer);
    }
    world_answer_later(gateway, &answer);
}

static enum peer_verdict judge(const struct peer_proof *proof)
{
    const uint8_t *at = proof->certificates[0].p;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)proof->certificates[0].n);
    struct signature_scheme scheme;
    struct bytes value;
    struct bytes data = assemble(&proof->octets);
    ck_assert_ptr_nonnull(key);
    ck_assert_int_eq(signature_scheme_parse(proof->method, proof->octets.auth, &scheme, &value), 0);
    int error = signature_verify(key, &scheme, data, value);
    wiping_free((void *)(uintptr_t)data.p);
    EVP_PKEY_free(key);
    return error == 0 ? PEER_VERDICT_ACCEPTED : PEER_VERDICT_WRONG_SIGNATURE;
}

static void peer_verify(void *arg, uint64_t job, const struct peer_proof *proof)
{
    struct gateway *gateway = arg;
    struct fake_pki *pki = gateway->pki;
    struct fake_answer answer = {.job = job};
    ck_assert_uint_gt(proof->certificates_n, 0);
    pki->verifications++;
    pki->peer_certificates = proof->certificates_n;
    pki->peer_method = proof->method;
    pki->peer = (struct peer_certificate){.verdict = pki->verdict ? pki->verdict : judge(proof),
                                          .reason = pki->peer_reason ? pki->peer_reason : "",
                                          .subject = "CN=peer,O=Example",
                                          .serial = "01",
                                          .issuer = "CN=ca",
                                          .not_after_s = pki->not_after_s};
    answer.peer = &pki->peer;
    answer.outcome = pki->peer.verdict == PEER_VERDICT_ACCEPTED ? IKE_JOB_OK : IKE_JOB_REFUSED;
    world_answer_later(gateway, &answer);
}

void fake_pki_fill(struct ike_env *env)
{
    env->get_credential = get_credential;
    env->certificate_sign = certificate_sign;
    env->peer_verify = peer_verify;
}
