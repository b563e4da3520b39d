#include "pki-d/issuer.h"

#include <errno.h>

#include "lib/core/log.h"
#include "pki-d/store_key.h"

#define STATE(name) BULKHEAD__V1__CERTIFICATE_STATE__CERTIFICATE_STATE_##name

static int find(struct operation *op, const char *name, const char *path, struct issuer *issuer)
{
    int r = store_authority_find(op->store, bytes_of_str(name), &issuer->authority);

    if (r == 0)
        r = store_certificate_find(op->store, bytes_of_str(name), op->now, &issuer->certificate);
    if (r == -ENOENT)
        return operation_refuse(op, REFUSED(NOT_FOUND), "%s: \"%.64s\": no authority of that name", path, name);
    return r;
}

int issuer_open(struct operation *op, const char *name, const char *path, struct issuer *ret_issuer)
{
    struct issuer issuer = {.key = NULL};
    const unsigned char *p;
    int r;

    r = find(op, name, path, &issuer);
    if (r == 0 && !issuer.certificate->key)
        r = operation_refuse(op, REFUSED(FAILED_PRECONDITION),
                             "%s: \"%.64s\": its private key is not stored here, so nothing can be signed with it",
                             path, name);
    if (r == 0) {
        r = store_key_open(op->store, bytes_of_str(name), issuer.certificate->key, &issuer.key);
        if (r < 0)
            log_error("key_unusable", LOG_STR("certificate", name), LOG_ERRNO(r));
    }
    if (r == 0) {
        p = issuer.certificate->subject_der.p;
        issuer.subject = d2i_X509_NAME(NULL, &p, (long)issuer.certificate->subject_der.n);
        r = issuer.subject ? 0 : -EBADMSG;
    }
    if (r < 0)
        issuer_close(&issuer);
    else
        *ret_issuer = issuer;
    return r;
}

int issuer_check(struct operation *op, const struct issuer *issuer, const char *path)
{
    const Bulkhead__V1__Certificate *info = issuer->certificate->info;

    if (info->state == STATE(VALID))
        return 0;
    return operation_refuse(op, REFUSED(FAILED_PRECONDITION), "%s: \"%s\" %s; renew it, or take another authority",
                            path, info->name,
                            info->state == STATE(EXPIRED)   ? "has expired"
                            : info->state == STATE(REVOKED) ? "is revoked"
                                                            : "is not valid yet");
}

void issuer_close(struct issuer *issuer)
{
    store_certificate_free(issuer->certificate);
    X509_NAME_free(issuer->subject);
    EVP_PKEY_free(issuer->key);
    *issuer = (struct issuer){0};
}
