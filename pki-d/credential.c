#include "pki-d/credential.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

// Of those that start with `prefix`, the first that is an identity; with the prefix that identities have.
static bool take_alt_name(const Bulkhead__V1__Certificate *info, const char *prefix, const char *id_prefix,
                          struct identity *ret_id)
{
    char text[IDENTITY_TEXT_MAX];
    size_t n = strlen(prefix);

    for (size_t i = 0; i < info->n_alt_names; i++) {
        const char *name = info->alt_names[i];

        if (strncmp(name, prefix, n) != 0)
            continue;
        snprintf(text, sizeof(text), "%s%s", id_prefix, name + n);
        if (identity_parse(text, ret_id) == 0)
            return true;
    }
    return false;
}

static bool identity_of_certificate(const struct stored_certificate *certificate, struct identity *ret_id)
{
    const Bulkhead__V1__Certificate *info = certificate->info;

    return take_alt_name(info, "dns:", "fqdn:", ret_id) || take_alt_name(info, "ip:", "", ret_id) ||
           take_alt_name(info, "email:", "email:", ret_id) ||
           identity_from_wire(IDENTITY_DN, certificate->subject_der, ret_id) == 0;
}

static bool find_own_id(const struct binding *binding, const struct stored_certificate *certificate,
                        struct identity *ret_id)
{
    struct identity subject;

    if (binding->local_id.type == IDENTITY_NONE)
        return identity_of_certificate(certificate, ret_id);
    *ret_id = binding->local_id;
    // Peers may compare names byte by byte; ours was written by an operator.
    if (binding->local_id.type == IDENTITY_DN &&
        identity_from_wire(IDENTITY_DN, certificate->subject_der, &subject) == 0 &&
        identity_equal(&subject, &binding->local_id))
        *ret_id = subject;
    return true;
}

// NULL, or what is in the way of using it.
static const char *find_fault(const struct stored_certificate *certificate)
{
    // What is signed ends in a MAC, but begins as ike-d likes: with an authority's key that could be a certificate.
    if (certificate->info->is_authority)
        return "it is an authority's, whose key signs no IKE; issue a certificate for the tunnel";
    if (!certificate->key)
        return "its private key is not stored here";
    switch (certificate->info->state) {
    case BULKHEAD__V1__CERTIFICATE_STATE__CERTIFICATE_STATE_REVOKED:
        return "it is revoked";
    case BULKHEAD__V1__CERTIFICATE_STATE__CERTIFICATE_STATE_EXPIRED:
        return "it has expired";
    default:
        return NULL;
    }
}

static int refuse(const char *name, const char *why, char *ret_error)
{
    snprintf(ret_error, CREDENTIAL_ERROR_MAX, "certificate \"%s\": %s", name, why);
    return -ENOENT;
}

int credential_load(struct store *store, const struct binding *binding, int64_t now, struct credential *ret_credential,
                    char *ret_error)
{
    struct credential credential = {.certificate = NULL};
    const char *name = binding->certificate, *fault;
    int r;

    if (!*name)
        return -ENOTSUP;
    r = store_certificate_find(store, bytes_of_str(name), now, &credential.certificate);
    if (r == -ENOENT)
        return refuse(name, "there is none of that name", ret_error);
    if (r < 0)
        return r;
    fault = find_fault(credential.certificate);
    if (!fault && !find_own_id(binding, credential.certificate, &credential.own_id))
        fault = "it has no name that can be an IKE identity; set local.id";
    if (fault) {
        credential_done(&credential);
        return refuse(name, fault, ret_error);
    }
    *ret_credential = credential;
    return 0;
}

void credential_done(struct credential *credential)
{
    store_certificate_free(credential->certificate);
    credential->certificate = NULL;
}

int credential_issuers(struct store *store, const struct credential *credential, int64_t now,
                       struct stored_certificate *ret_issuers[STORE_CHAIN_MAX], size_t *ret_n)
{
    size_t n = 0, kept = 0;
    int r = store_certificate_chain(store, credential->certificate, now, ret_issuers, &n);

    if (r < 0)
        return r;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(ret_issuers[i]->info->subject, ret_issuers[i]->info->issuer_subject) == 0)
            store_certificate_free(ret_issuers[i]);
        else
            ret_issuers[kept++] = ret_issuers[i];
    }
    *ret_n = kept;
    return 0;
}
