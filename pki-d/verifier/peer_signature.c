#include "pki-d/verifier/peer_signature.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdint.h>

#include "lib/core/wiping.h"
#include "lib/crypto/signature.h"
#include "pki-d/verifier/certificate_name.h"

#define METHOD_DIGITAL_SIGNATURE 14 // RFC 7427

// RFC 7427 4: only hashes that we announced. SHA-1 has a place in method 1 alone, where peers know nothing else.
static bool check_hash(const struct peer_signature *signature, const struct signature_scheme *scheme,
                       struct verdict *ret_verdict)
{
    if (signature->method != METHOD_DIGITAL_SIGNATURE)
        return true;
    if (scheme->hash == SIGNATURE_HASH_SHA1)
        return verdict_refuse(ret_verdict, VERDICT(WEAK),
                              "the peer signed with SHA-1, which is too weak; it should use SHA-256 or better");
    if (signature->own_hashes & 1u << scheme->hash)
        return true;
    return verdict_refuse(ret_verdict, VERDICT(WEAK), "the peer signed with %s, which was not offered to it",
                          signature_hash_name(scheme->hash));
}

static bool read_scheme(const struct peer_signature *signature, struct signature_scheme *ret_scheme,
                        struct bytes *ret_value, struct verdict *ret_verdict)
{
    int r = signature->method <= UINT8_MAX
                ? signature_scheme_parse((uint8_t)signature->method, signature->auth, ret_scheme, ret_value)
                : -EINVAL;

    if (r == -EINVAL)
        return verdict_refuse(ret_verdict, VERDICT(WRONG_SIGNATURE),
                              "the peer authenticates by method %u, which is no signature", signature->method);
    if (r < 0)
        return verdict_refuse(ret_verdict, VERDICT(WRONG_SIGNATURE), "the peer's signature is cut short");
    if (ret_scheme->key == SIGNATURE_KEY_UNKNOWN)
        return verdict_refuse(
            ret_verdict, VERDICT(WRONG_SIGNATURE),
            "the peer signed with an algorithm that is not known here (RFC 7427 AlgorithmIdentifier)");
    return check_hash(signature, ret_scheme, ret_verdict);
}

static int verify(EVP_PKEY *key, const struct peer_signature *signature, const struct signature_scheme *scheme,
                  struct bytes value)
{
    const struct prf_algorithm *prf = signature->prf <= UINT16_MAX ? prf_find((uint16_t)signature->prf) : NULL;
    struct bytes data;
    int r;

    if (!prf)
        return -EINVAL;
    r = auth_octets_assemble(prf, &signature->octets, &data);
    if (r < 0)
        return r;
    r = signature_verify(key, scheme, data, value);
    wiping_free((void *)(uintptr_t)data.p);
    return r;
}

bool peer_signature_check(X509 *certificate, const struct peer_signature *signature, struct verdict *ret_verdict)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    struct signature_scheme scheme;
    struct bytes value;
    char name[200];
    int r;

    if (!read_scheme(signature, &scheme, &value, ret_verdict))
        return false;
    r = verify(key, signature, &scheme, value);
    if (r == 0)
        return true;
    certificate_name_describe(certificate, name, sizeof(name));
    if (r == -EINVAL)
        return verdict_refuse(ret_verdict, VERDICT(WRONG_SIGNATURE),
                              "the peer signed with %s and %s, which does not go with the %s key of %s",
                              signature_key_name(scheme.key), signature_hash_name(scheme.hash),
                              EVP_PKEY_get0_type_name(key), name);
    return verdict_refuse(ret_verdict, VERDICT(WRONG_SIGNATURE),
                          "the signature of the AUTH payload was not made with the key of %s", name);
}
