#include "pki-d/trust.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int refuse(const char *name, const char *why, char *ret_error)
{
    snprintf(ret_error, TRUST_ERROR_MAX, "authority \"%s\": %s", name, why);
    return -ENOENT;
}

// Takes the certificate, also on failure.
static int add(struct trust *trust, const struct stored_authority *authority, struct stored_certificate *certificate,
               bool is_anchor)
{
    if (trust->n == TRUST_AUTHORITIES_MAX) {
        store_certificate_free(certificate);
        return -E2BIG;
    }
    trust->list[trust->n++] =
        (struct trusted_authority){.authority = *authority, .certificate = certificate, .is_anchor = is_anchor};
    return 0;
}

// A revoked one is nobody's anchor: a path that ends there is not looked at any further up.
static int add_anchor(struct store *store, const char *name, int64_t now, struct trust *trust, char *ret_error)
{
    struct stored_certificate *certificate;
    struct stored_authority authority;
    int r = store_authority_find(store, bytes_of_str(name), &authority);

    if (r == -ENOENT)
        return refuse(name, "there is none of that name", ret_error);
    if (r < 0)
        return r;
    r = store_certificate_find(store, bytes_of_str(name), now, &certificate);
    if (r == -ENOENT)
        return refuse(name, "it has no certificate", ret_error);
    if (r < 0)
        return r;
    if (certificate->info->state == BULKHEAD__V1__CERTIFICATE_STATE__CERTIFICATE_STATE_REVOKED) {
        store_certificate_free(certificate);
        refuse(name, "it is revoked", ret_error);
        return 0; // perhaps there are others
    }
    return add(trust, &authority, certificate, true);
}

// Into ret_name, which takes PKI_NAME_MAX_BYTES + 1.
static int find_issuer(struct store *store, const struct binding *binding, int64_t now, char *ret_name, char *ret_error)
{
    struct stored_certificate *own;
    int r = store_certificate_find(store, bytes_of_str(binding->certificate), now, &own);

    if (r == -ENOENT) {
        snprintf(ret_error, TRUST_ERROR_MAX, "certificate \"%s\": there is none of that name", binding->certificate);
        return r;
    }
    if (r < 0)
        return r;
    if (*own->info->issuer) {
        snprintf(ret_name, PKI_NAME_MAX_BYTES + 1, "%s", own->info->issuer);
    } else {
        snprintf(ret_error, TRUST_ERROR_MAX,
                 "certificate \"%s\": its issuer is not stored here; set auth.certificate.authorities",
                 binding->certificate);
        r = -ENOENT;
    }
    store_certificate_free(own);
    return r;
}

int trust_find_anchors(struct store *store, const struct binding *binding, int64_t now, struct trust *ret_trust,
                       char *ret_error)
{
    char issuer[PKI_NAME_MAX_BYTES + 1];
    int r = 0;

    ret_trust->n = 0;
    if (!*binding->certificate)
        return -ENOTSUP;
    if (binding->n_authorities == 0) {
        r = find_issuer(store, binding, now, issuer, ret_error);
        if (r == 0)
            r = add_anchor(store, issuer, now, ret_trust, ret_error);
    }
    for (size_t i = 0; i < binding->n_authorities && r == 0; i++)
        r = add_anchor(store, binding->authorities[i], now, ret_trust, ret_error);
    if (r == 0 && ret_trust->n == 0)
        r = -ENOENT;
    if (r < 0)
        trust_done(ret_trust);
    return r;
}

static bool has(const struct trust *trust, const char *name, bool as_anchor)
{
    for (size_t i = 0; i < trust->n; i++)
        if (strcmp(trust->list[i].authority.name, name) == 0 && (trust->list[i].is_anchor || !as_anchor))
            return true;
    return false;
}

static size_t size_of(const struct trust *trust)
{
    size_t n = 0;

    for (size_t i = 0; i < trust->n; i++)
        n += trust->list[i].certificate->der.n;
    return n;
}

// Do the issuers that the store knows of it lead to an anchor?
static int leads_to_anchor(struct store *store, const struct stored_certificate *certificate, int64_t now,
                           const struct trust *trust)
{
    struct stored_certificate *chain[STORE_CHAIN_MAX];
    size_t n = 0;
    int r = store_certificate_chain(store, certificate, now, chain, &n);
    bool leads = false;

    if (r < 0)
        return r;
    for (size_t i = 0; i < n; i++) {
        leads = leads || has(trust, chain[i]->info->name, true);
        store_certificate_free(chain[i]);
    }
    return leads;
}

struct search {
    struct store *store;
    struct trust *trust;
    int64_t now;
};

static int on_authority(void *arg, const struct stored_authority *authority)
{
    struct search *search = arg;
    struct stored_certificate *certificate;
    int r;

    if (has(search->trust, authority->name, false))
        return 0;
    r = store_certificate_find(search->store, bytes_of_str(authority->name), search->now, &certificate);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    r = leads_to_anchor(search->store, certificate, search->now, search->trust);
    if (r > 0 && size_of(search->trust) + certificate->der.n <= TRUST_MAX_BYTES)
        return add(search->trust, authority, certificate, false);
    store_certificate_free(certificate);
    return r < 0 ? r : 0;
}

int trust_add_issuers(struct store *store, int64_t now, struct trust *trust)
{
    struct search search = {.store = store, .trust = trust, .now = now};
    int r = store_authority_each(store, on_authority, &search);

    return r == -E2BIG ? 0 : r;
}

void trust_done(struct trust *trust)
{
    for (size_t i = 0; i < trust->n; i++)
        store_certificate_free(trust->list[i].certificate);
    trust->n = 0;
}
