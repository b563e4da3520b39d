#include "ctl/pki_template.h"

#include <string.h>

#define DAYS_MAX 36500

#define KEY(name)     BULKHEAD__V1__KEY_TYPE__KEY_TYPE_##name
#define PURPOSE(name) BULKHEAD__V1__CERTIFICATE_PURPOSE__CERTIFICATE_PURPOSE_##name

static const struct {
    const char *name;
    Bulkhead__V1__KeyType type;
} keys[] = {
    {"rsa-2048", KEY(RSA_2048)}, {"rsa-3072", KEY(RSA_3072)}, {"rsa-4096", KEY(RSA_4096)}, {"ec-p256", KEY(EC_P256)},
    {"ec-p384", KEY(EC_P384)},   {"ec-p521", KEY(EC_P521)},   {"ed25519", KEY(ED25519)},
};

static const struct {
    const char *name;
    Bulkhead__V1__CertificatePurpose purpose;
} purposes[] = {
    {"server", PURPOSE(TLS_SERVER)}, {"tls-server", PURPOSE(TLS_SERVER)},
    {"client", PURPOSE(TLS_CLIENT)}, {"tls-client", PURPOSE(TLS_CLIENT)},
    {"site", PURPOSE(SITE)},
};

bool pki_template_purpose(const struct invocation *inv, Bulkhead__V1__CertificatePurpose *ret_purpose)
{
    const char *text = option_text(inv, "purpose");

    for (size_t i = 0; text && i < sizeof(purposes) / sizeof(purposes[0]); i++)
        if (strcmp(purposes[i].name, text) == 0) {
            *ret_purpose = purposes[i].purpose;
            return true;
        }
    if (text)
        invocation_complain(inv, "--purpose \"%s\" is none of server, client, site", text);
    else
        invocation_complain(inv, "--purpose is missing; server, client or site");
    return false;
}

static bool take_key(const struct invocation *inv, Bulkhead__V1__KeyType *ret_type)
{
    const char *text = option_text(inv, "key");

    if (!text)
        return true;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (strcmp(keys[i].name, text) == 0) {
            *ret_type = keys[i].type;
            return true;
        }
    invocation_complain(inv, "--key \"%s\" is none of rsa-2048, rsa-3072, rsa-4096, ec-p256, ec-p384, ec-p521, ed25519",
                        text);
    return false;
}

static void take_subject(const struct invocation *inv, bool from_request, Bulkhead__V1__Subject *ret_subject)
{
    bulkhead__v1__subject__init(ret_subject);
    ret_subject->country = option_field(inv, "country");
    ret_subject->state = option_field(inv, "state");
    ret_subject->locality = option_field(inv, "locality");
    ret_subject->organization = option_field(inv, "organization");
    ret_subject->organizational_unit = option_field(inv, "unit");
    ret_subject->common_name = option_field(inv, "common-name");
    if (!ret_subject->common_name[0] && !from_request)
        ret_subject->common_name = (char *)(uintptr_t)inv->arg[0];
}

static bool has_subject(const Bulkhead__V1__Subject *s)
{
    return s->country[0] || s->state[0] || s->locality[0] || s->organization[0] || s->organizational_unit[0] ||
           s->common_name[0];
}

static bool take_lists(struct pki_template *t, const struct invocation *inv)
{
    return option_list(inv, "san", &t->alt_names) && option_list(inv, "crl-url", &t->crl_urls) &&
           option_list(inv, "ocsp-url", &t->ocsp_urls) && option_list(inv, "for", &t->clients) &&
           option_list(inv, "dial", &t->dialled);
}

bool pki_template_init(struct pki_template *t, const struct invocation *inv, bool from_request)
{
    Bulkhead__V1__CertificateTemplate *message = &t->message;
    bool ok;

    *t = (struct pki_template){0};
    bulkhead__v1__certificate_template__init(message);
    take_subject(inv, from_request, &t->subject);
    message->name = (char *)(uintptr_t)inv->arg[0];
    message->subject = has_subject(&t->subject) ? &t->subject : NULL;
    message->force = option_is_set(inv, "force");
    ok = take_key(inv, &message->key_type) && option_number(inv, "days", 1, DAYS_MAX, &message->days) &&
         take_lists(t, inv);
    message->alt_names = t->alt_names.values;
    message->n_alt_names = t->alt_names.n;
    message->crl_urls = t->crl_urls.values;
    message->n_crl_urls = t->crl_urls.n;
    message->ocsp_urls = t->ocsp_urls.values;
    message->n_ocsp_urls = t->ocsp_urls.n;
    message->for_clients = t->clients.values;
    message->n_for_clients = t->clients.n;
    message->dialled = t->dialled.values;
    message->n_dialled = t->dialled.n;
    if (!ok)
        pki_template_done(t);
    return ok;
}

void pki_template_done(struct pki_template *t)
{
    option_list_done(&t->alt_names);
    option_list_done(&t->crl_urls);
    option_list_done(&t->ocsp_urls);
    option_list_done(&t->clients);
    option_list_done(&t->dialled);
}
