#include "pki-d/verifier/revocation_status.h"

#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <stdarg.h>
#include <stdio.h>

bool revocation_status_unknown(struct revocation_status *status, const char *format, ...)
{
    va_list args;

    *status = (struct revocation_status){.state = REVOCATION_UNKNOWN};
    va_start(args, format);
    vsnprintf(status->why, sizeof(status->why), format, args);
    va_end(args);
    return false;
}

// RSASSA-PSS names its hash in its parameters; SHA-1, when it names none (RFC 4055 3.1).
static int digest_of_pss(const X509_ALGOR *signature)
{
    const ASN1_OBJECT *algorithm = NULL;
    RSA_PSS_PARAMS *parameters = NULL;
    const void *value;
    int type, digest = NID_sha1;

    X509_ALGOR_get0(NULL, &type, &value, signature);
    if (type == V_ASN1_SEQUENCE)
        parameters = ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
    if (parameters && parameters->hashAlgorithm) {
        X509_ALGOR_get0(&algorithm, NULL, NULL, parameters->hashAlgorithm);
        digest = OBJ_obj2nid(algorithm);
    }
    RSA_PSS_PARAMS_free(parameters);
    return digest;
}

bool revocation_status_is_weak(const X509_ALGOR *signature)
{
    const ASN1_OBJECT *algorithm;
    int digest = NID_undef, key;

    X509_ALGOR_get0(&algorithm, NULL, NULL, signature);
    if (OBJ_find_sigid_algs(OBJ_obj2nid(algorithm), &digest, &key) != 1)
        return true;
    if (key == NID_rsassaPss)
        digest = digest_of_pss(signature);
    return digest == NID_md5 || digest == NID_sha1 || digest == NID_md4 || digest == NID_md2 || digest == NID_mdc2 ||
           digest == NID_ripemd160;
}

const char *revocation_status_reason(int reason)
{
    static const char *const texts[] = {
        "",
        ": its key is compromised",
        ": its authority is compromised",
        ": its owner's affiliation has changed",
        ": it was superseded",
        ": it is no longer needed",
        ": it is on hold",
        "",
        "",
        ": its privilege was withdrawn",
        ": an attribute authority is compromised",
    };

    return reason > 0 && reason < (int)(sizeof(texts) / sizeof(texts[0])) ? texts[reason] : "";
}
