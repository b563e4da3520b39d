#include "pki-d/verifier/revocation_status.h"

#include <openssl/objects.h>
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

bool revocation_status_is_weak(int signature_nid)
{
    int digest = NID_undef, key;

    if (OBJ_find_sigid_algs(signature_nid, &digest, &key) != 1)
        return true;
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
