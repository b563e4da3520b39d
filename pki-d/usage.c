#include "pki-d/usage.h"

#include <openssl/objects.h>

#define PURPOSE(name) BULKHEAD__V1__CERTIFICATE_PURPOSE__CERTIFICATE_PURPOSE_##name

struct usage usage_of_purpose(Bulkhead__V1__CertificatePurpose purpose, bool is_rsa)
{
    struct usage usage = {.bits = USAGE_DIGITAL_SIGNATURE};

    if (purpose == PURPOSE(CA)) {
        usage.bits = USAGE_KEY_CERT_SIGN | USAGE_CRL_SIGN;
        return usage;
    }
    if (is_rsa && purpose != PURPOSE(TLS_CLIENT))
        usage.bits |= USAGE_KEY_ENCIPHERMENT;
    if (purpose != PURPOSE(TLS_CLIENT))
        usage.extended[usage.extended_n++] = NID_server_auth;
    if (purpose != PURPOSE(TLS_SERVER))
        usage.extended[usage.extended_n++] = NID_client_auth;
    if (purpose != PURPOSE(TLS_CLIENT))
        usage.extended[usage.extended_n++] = NID_ipsec_IKE;
    return usage;
}

const char *usage_bit_name(unsigned bit)
{
    static const char *const names[USAGE_BITS] = {"digitalSignature", "nonRepudiation", "keyEncipherment",
                                                  "dataEncipherment", "keyAgreement",   "keyCertSign",
                                                  "cRLSign",          "encipherOnly",   "decipherOnly"};

    return bit < USAGE_BITS ? names[bit] : NULL;
}

const char *usage_extended_name(const char *oid)
{
    int nid = OBJ_txt2nid(oid);

    return nid == NID_undef ? oid : OBJ_nid2sn(nid);
}
