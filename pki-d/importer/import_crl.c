#include "pki-d/importer/import_crl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto/digest.h"
#include "pki-d/verifier/certificate.h"
#include "pki-d/verifier/crl.h"
#include "pki-d/verifier/verifier_limits.h"

typedef Bulkhead__Internal__V1__RevokedEntry entry_message;

static int copy(struct bytes from, ProtobufCBinaryData *ret_data)
{
    ret_data->data = malloc(from.n + 1);
    if (!ret_data->data)
        return -ENOMEM;
    memcpy(ret_data->data, from.p, from.n);
    ret_data->len = from.n;
    return 0;
}

// Reasons without a name of their own in RevocationReason (on hold, removed, of attribute authorities) are unspecified.
static Bulkhead__V1__RevocationReason reason_of(const X509_REVOKED *revoked)
{
    int reason = crl_entry_reason(revoked);

    if ((reason >= 1 && reason <= 5) || reason == 9)
        return (Bulkhead__V1__RevocationReason)reason;
    return BULKHEAD__V1__REVOCATION_REASON__REVOCATION_REASON_UNSPECIFIED;
}

static int add(const X509_REVOKED *revoked, store_crl_message *message)
{
    const ASN1_INTEGER *serial = X509_REVOKED_get0_serialNumber(revoked);
    size_t n = (size_t)ASN1_STRING_length(serial);
    entry_message *entry;

    if (n == 0 || n > VERIFIER_SERIAL_MAX_BYTES || ASN1_STRING_type(serial) != V_ASN1_INTEGER)
        return -EBADMSG;
    entry = malloc(sizeof(*entry));
    if (!entry)
        return -ENOMEM;
    bulkhead__internal__v1__revoked_entry__init(entry);
    message->entries[message->n_entries++] = entry;
    entry->reason = reason_of(revoked);
    if (certificate_time(X509_REVOKED_get0_revocationDate(revoked), &entry->time) < 0)
        return -EBADMSG;
    return copy(bytes_of(ASN1_STRING_get0_data(serial), n), &entry->serial);
}

static int fill(X509_CRL *crl, struct bytes authority, store_crl_message *message)
{
    STACK_OF(X509_REVOKED) *revoked = X509_CRL_get_REVOKED(crl);
    int n = revoked ? sk_X509_REVOKED_num(revoked) : 0, r = 0;
    uint8_t digest[DIGEST_BYTES];

    message->entries = calloc((size_t)n + 1, sizeof(*message->entries));
    if (!message->entries)
        return -ENOMEM;
    for (int i = 0; i < n && r == 0; i++)
        r = add(sk_X509_REVOKED_value(revoked, i), message);
    if (r == 0 && !crl_times(crl, &message->this_update, &message->next_update))
        r = -EBADMSG;
    if (r == 0)
        r = digest_of(&authority, 1, digest) < 0 ? -ENOMEM
                                                 : copy(bytes_of(digest, sizeof(digest)), &message->authority_sha256);
    return r;
}

int import_crl_read(struct bytes data, struct bytes authority, int64_t now, store_crl_message *ret_message,
                    char *ret_reason)
{
    struct revocation_status status;
    store_crl_message message;
    X509_CRL *crl = NULL;
    X509 *issuer = NULL;
    int r = certificate_parse(authority, &issuer, ret_reason);

    bulkhead__internal__v1__pki_store_crl_request__init(&message);
    if (r == 0 &&
        (!crl_read(data, issuer, &crl, &status) || !crl_is_current(crl, now, &status) || !crl_is_whole(crl, &status))) {
        snprintf(ret_reason, VERIFIER_REASON_MAX, "data: %s", status.why);
        r = -EBADMSG;
    } else if (r == 0) {
        snprintf(ret_reason, VERIFIER_REASON_MAX, "data: an entry of the CRL can't be read");
        r = fill(crl, authority, &message);
    }
    X509_CRL_free(crl);
    X509_free(issuer);
    if (r == 0)
        *ret_message = message;
    else
        import_crl_done(&message);
    return r;
}

void import_crl_done(store_crl_message *message)
{
    for (size_t i = 0; i < message->n_entries; i++)
        bulkhead__internal__v1__revoked_entry__free_unpacked(message->entries[i], NULL);
    free(message->entries);
    free(message->authority_sha256.data);
    message->entries = NULL;
    message->n_entries = 0;
    message->authority_sha256 = (ProtobufCBinaryData){.data = NULL};
}
