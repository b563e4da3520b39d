#include "pki-d/verifier/usage.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "pki-d/verifier/certificate_name.h"

static const char *const accepted[] = {
    "1.3.6.1.5.5.7.3.1",  // serverAuth
    "1.3.6.1.5.5.7.3.2",  // clientAuth
    "1.3.6.1.5.5.7.3.17", // ipsecIKE
    "1.3.6.1.5.5.8.2.2",  // iKEIntermediate
    "2.5.29.37.0",        // anyExtendedKeyUsage
};

static bool is_accepted(const ASN1_OBJECT *usage)
{
    char oid[128];

    if (OBJ_obj2txt(oid, sizeof(oid), usage, 1) >= (int)sizeof(oid))
        return false;
    for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
        if (strcmp(oid, accepted[i]) == 0)
            return true;
    return false;
}

// "codeSigning, 1.2.3.4", as far as it fits.
static void list(const EXTENDED_KEY_USAGE *usages, char *out, size_t out_size)
{
    size_t at = 0;

    out[0] = '\0';
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
        const ASN1_OBJECT *usage = sk_ASN1_OBJECT_value(usages, i);
        char oid[80];
        int nid = OBJ_obj2nid(usage), n;

        if (nid == NID_undef)
            OBJ_obj2txt(oid, sizeof(oid), usage, 1);
        n = snprintf(out + at, out_size - at, "%s%s", i ? ", " : "", nid == NID_undef ? oid : OBJ_nid2sn(nid));
        if (n < 0 || (size_t)n >= out_size - at)
            return;
        at += (size_t)n;
    }
}

static bool check_extended(const EXTENDED_KEY_USAGE *usages, const char *name, struct verdict *ret_verdict)
{
    char text[150];

    for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++)
        if (is_accepted(sk_ASN1_OBJECT_value(usages, i)))
            return true;
    list(usages, text, sizeof(text));
    return verdict_refuse(
        ret_verdict, VERDICT(WRONG_USAGE),
        "%s is for %s (extendedKeyUsage); an IKE peer needs serverAuth, clientAuth or ipsecIKE there, "
        "or no such extension",
        name, *text ? text : "nothing");
}

bool usage_check_peer(X509 *certificate, struct verdict *ret_verdict)
{
    uint32_t usage = X509_get_key_usage(certificate);
    EXTENDED_KEY_USAGE *usages;
    char name[200];
    bool ok = true;

    certificate_name_describe(certificate, name, sizeof(name));
    if (!(usage & (X509v3_KU_DIGITAL_SIGNATURE | X509v3_KU_NON_REPUDIATION)))
        return verdict_refuse(ret_verdict, VERDICT(WRONG_USAGE),
                              "%s may not sign: its keyUsage lacks digitalSignature (RFC 4945 5.1.3.2)", name);
    usages = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
    if (usages)
        ok = check_extended(usages, name, ret_verdict);
    EXTENDED_KEY_USAGE_free(usages);
    return ok;
}
