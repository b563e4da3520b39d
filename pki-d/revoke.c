#include "pki-d/revoke.h"

#include <errno.h>
#include <stdio.h>

#include "pki-d/crl.h"
#include "pki-d/store_revocation.h"

#define REASON(name) BULKHEAD__V1__REVOCATION_REASON__REVOCATION_REASON_##name
#define STATE(name)  BULKHEAD__V1__CERTIFICATE_STATE__CERTIFICATE_STATE_##name

static const char *reason_name(Bulkhead__V1__RevocationReason reason)
{
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value(&bulkhead__v1__revocation_reason__descriptor, (int)reason);

    return value ? value->name : NULL;
}

static int find(struct operation *op, const char *name, struct stored_certificate **ret)
{
    int r = store_certificate_find(op->store, bytes_of_str(name), op->now, ret);

    return r == -ENOENT ? operation_refuse(op, REFUSED(NOT_FOUND), "name: \"%.80s\": no certificate of that name", name)
                        : r;
}

static int open_issuer(struct operation *op, const struct stored_certificate *certificate, struct issuer *ret_issuer)
{
    const char *issuer = certificate->info->issuer;

    if (!*issuer)
        return operation_refuse(
            op, REFUSED(FAILED_PRECONDITION),
            "name: \"%s\" was issued by \"%.150s\", which is no authority here: revoke it there, and "
            "import that authority's CRL",
            certificate->info->name, certificate->info->issuer_subject);
    return issuer_open(op, issuer, "issuer", ret_issuer);
}

int revoke_put(struct operation *op, const struct stored_certificate *certificate,
               Bulkhead__V1__RevocationReason reason)
{
    const struct store_revoked revoked = {
        .authority = certificate->authority, .serial = certificate->serial, .at = op->now, .reason = (uint32_t)reason};
    struct issuer issuer;
    int r = open_issuer(op, certificate, &issuer);

    if (r < 0)
        return r;
    r = store_revocation_put(op->store, &revoked);
    if (r == -ENOENT)
        r = operation_refuse(op, REFUSED(FAILED_PRECONDITION),
                             "name: \"%s\" was not issued here, though \"%s\" signed it: only what was can be revoked",
                             certificate->info->name, certificate->info->issuer);
    if (r == 0)
        r = store_certificate_mark(op->store, &revoked);
    if (r == 0)
        r = crl_make(op, &issuer);
    issuer_close(&issuer);
    return r;
}

static int check(struct operation *op, const struct stored_certificate *certificate,
                 Bulkhead__V1__RevocationReason reason)
{
    if (!reason_name(reason))
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "reason: %d: one of RevocationReason (RFC 5280 5.3.1)",
                                (int)reason);
    if (certificate->info->state == STATE(REVOKED))
        return operation_refuse(op, REFUSED(FAILED_PRECONDITION), "name: \"%s\" is revoked already",
                                certificate->info->name);
    return 0;
}

// With a name go those that it meant before, since their key may be the same.
static int put_replaced(struct operation *op, const char *name, Bulkhead__V1__RevocationReason reason)
{
    struct stored_certificate *certificate;
    int r;

    while ((r = store_certificate_find_replaced(op->store, bytes_of_str(name), op->now, &certificate)) == 0) {
        r = revoke_put(op, certificate, reason);
        store_certificate_free(certificate);
        if (r < 0)
            break;
    }
    return r == -ENOENT ? 0 : r;
}

static int run(struct operation *op, const struct stored_certificate *certificate,
               Bulkhead__V1__RevocationReason reason)
{
    char detail[128];
    int r = store_begin(op->store);

    if (r < 0)
        return r;
    snprintf(detail, sizeof(detail), "serial %s, %s", certificate->info->serial, reason_name(reason));
    r = revoke_put(op, certificate, reason);
    if (r == 0 && certificate->is_current)
        r = put_replaced(op, certificate->info->name, reason);
    if (r == 0)
        r = operation_audit(op, "revoke", certificate->info->name, detail);
    return store_end(op->store, r);
}

int revoke_run(struct operation *op, const char *name, Bulkhead__V1__RevocationReason reason,
               struct stored_certificate **ret_certificate)
{
    struct stored_certificate *certificate = NULL;
    int r = find(op, name, &certificate);

    if (r == 0)
        r = check(op, certificate, reason);
    if (r == 0)
        r = run(op, certificate, reason);
    store_certificate_free(certificate);
    return r < 0 ? r : store_certificate_find(op->store, bytes_of_str(name), op->now, ret_certificate);
}

// ---- deletion

static int refuse_used(struct operation *op, const char *name)
{
    struct binding binding;
    size_t cursor = 0;

    while (bindings_next(op->bindings, &cursor, &binding))
        if (bindings_uses_certificate(&binding, name))
            return operation_refuse(op, REFUSED(FAILED_PRECONDITION), "name: \"%s\" is used by the tunnel \"%s\"", name,
                                    binding.tunnel);
    return 0;
}

static int delete_authority(struct operation *op, const char *name)
{
    struct stored_authority authority;
    int r = store_authority_find(op->store, bytes_of_str(name), &authority);

    if (r < 0)
        return r;
    r = store_authority_is_needed(op->store, authority.id, op->now);
    if (r == 1)
        return operation_refuse(op, REFUSED(FAILED_PRECONDITION),
                                "name: \"%s\" has issued certificates that are valid: revoke them first", name);
    return r < 0 ? r : store_authority_delete(op->store, authority.id);
}

static int delete_all(struct operation *op, const struct stored_certificate *certificate)
{
    const Bulkhead__V1__Certificate *info = certificate->info;
    char detail[128];
    int r = info->is_authority ? delete_authority(op, info->name) : 0;

    snprintf(detail, sizeof(detail), "serial %s", info->serial);
    if (r == 0)
        r = store_certificate_delete(op->store, bytes_of_str(info->name));
    return r < 0 ? r : operation_audit(op, "delete", info->name, detail);
}

int revoke_delete(struct operation *op, const char *name)
{
    struct stored_certificate *certificate = NULL;
    int r;

    if (!store_name_is_valid(bytes_of_str(name))) // not by serial, either
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "name: \"%.80s\": the name of a certificate", name);
    r = find(op, name, &certificate);
    if (r == 0)
        r = refuse_used(op, certificate->info->name);
    if (r == 0)
        r = store_begin(op->store);
    if (r == 0)
        r = store_end(op->store, delete_all(op, certificate));
    store_certificate_free(certificate);
    return r;
}
