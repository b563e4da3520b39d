#include "api-d/certificate_rules.h"

#include <errno.h>
#include <string.h>

#include "api-d/api_limits.h"
#include "api-d/certificate_text.h"
#include "bulkhead/v1/certificate_service.pb-c.h"
#include "lib/pki/lint_profile.h"
#include "lib/schema/config.h"

#define PASSPHRASE_MAX_BYTES 1024u
#define URLS_MAX             4u
#define ALT_NAMES_MAX        64u
#define DIALLED_MAX          16u
#define DAYS_MAX             36500u
#define PAGE_MAX             1000u

#define NAME_RULE "1 to 64 letters, digits, '-', '_' and '.' would be right"

typedef Bulkhead__V1__CertificateTemplate Template;

static int check_name(struct certificate_text *text, const char *name)
{
    if (config_is_name(name))
        return 0;
    return certificate_text_fail(text, name[0] ? "\"%.80s\" is no name; " NAME_RULE : "missing%s; " NAME_RULE, name);
}

static bool is_serial(const char *name)
{
    const char *hex = name + strlen("serial:");
    size_t n;

    if (strncmp(name, "serial:", strlen("serial:")) != 0)
        return false;
    n = strspn(hex, "0123456789abcdefABCDEF");
    return n >= 1 && n <= 40 && !hex[n];
}

static int check_name_or_serial(struct certificate_text *text, const char *name)
{
    return is_serial(name) ? 0 : check_name(text, name);
}

static int check_value(struct certificate_text *text, const ProtobufCEnumDescriptor *descriptor, unsigned value)
{
    if (protobuf_c_enum_descriptor_get_value(descriptor, (int)value))
        return 0;
    return certificate_text_fail(text, "%u is no %s", value, descriptor->short_name);
}

static int check_purpose(struct certificate_text *text, unsigned purpose)
{
    certificate_text_at(text, "purpose");
    if (purpose >= BULKHEAD__V1__CERTIFICATE_PURPOSE__CERTIFICATE_PURPOSE_TLS_SERVER &&
        purpose <= BULKHEAD__V1__CERTIFICATE_PURPOSE__CERTIFICATE_PURPOSE_SITE)
        return 0;
    return certificate_text_fail(text, "%s; CERTIFICATE_PURPOSE_TLS_SERVER, _TLS_CLIENT or _SITE would be right",
                                 purpose ? "not one of this method" : "missing");
}

static int check_days(struct certificate_text *text, uint32_t days)
{
    return days <= DAYS_MAX
               ? 0
               : certificate_text_fail(text, "%u is too long; 1 to %u days would be right", days, DAYS_MAX);
}

static int check_page(struct certificate_text *text, uint32_t size)
{
    certificate_text_at(text, "page_size");
    return size <= PAGE_MAX ? 0 : certificate_text_fail(text, "%u is too many; at most 1,000 would be right", size);
}

static int check_data(struct certificate_text *text, const ProtobufCBinaryData *data, const char *what)
{
    if (!data->len)
        return certificate_text_fail(text, "missing; %s would be right", what);
    if (data->len > API_CERTIFICATE_FILE_MAX_BYTES)
        return certificate_text_fail(text, "%zu bytes are too many; at most 48 KiB of %s would be right", data->len,
                                     what);
    return 0;
}

static int check_passphrase(struct certificate_text *text, const ProtobufCBinaryData *passphrase, size_t min)
{
    size_t n = certificate_text_characters(passphrase);

    if (n < min)
        return certificate_text_fail(text, "%s; at least %zu characters would be right",
                                     passphrase->len ? "too short" : "missing", min);
    if (passphrase->len > PASSPHRASE_MAX_BYTES)
        return certificate_text_fail(text, "too long; at most 1,024 bytes would be right");
    return 0;
}

static int check_clients(struct certificate_text *text, const char *field, char *const *clients, size_t n)
{
    size_t unknown = 0;

    if (lint_profile_find_all(clients, n, &unknown))
        return 0;
    certificate_text_at_index(text, field, unknown);
    return certificate_text_fail(text, "there is no client kind \"%.40s\"; " LINT_CLIENT_NAMES " would be right",
                                 clients[unknown]);
}

static int check_urls(struct certificate_text *text, const char *field, char *const *urls, size_t n)
{
    certificate_text_at(text, field);
    if (n > URLS_MAX)
        return certificate_text_fail(text, "%zu are too many; at most %u would be right", n, URLS_MAX);
    for (size_t i = 0; i < n; i++) {
        certificate_text_at_index(text, field, i);
        if (!certificate_text_is_http_url(urls[i]))
            return certificate_text_fail(
                text,
                "\"%.80s\" is no such URL; http://crl.example/ca.crl would be right (http: who checks a status "
                "can't check a certificate for it first)",
                urls[i]);
    }
    return 0;
}

static int check_dialled(struct certificate_text *text, const char *field, char *const *names, size_t n)
{
    certificate_text_at(text, field);
    if (n > DIALLED_MAX)
        return certificate_text_fail(text, "%zu are too many; at most %u would be right", n, DIALLED_MAX);
    for (size_t i = 0; i < n; i++) {
        certificate_text_at_index(text, field, i);
        if (!certificate_text_is_alt_name(names[i]))
            return certificate_text_fail(text, "\"%.80s\" is neither a name nor an address", names[i]);
    }
    return 0;
}

static int check_alt_names(struct certificate_text *text, const Template *t)
{
    certificate_text_at(text, "template.alt_names");
    if (t->n_alt_names > ALT_NAMES_MAX)
        return certificate_text_fail(text, "%zu are too many; at most %u would be right", t->n_alt_names,
                                     ALT_NAMES_MAX);
    for (size_t i = 0; i < t->n_alt_names; i++) {
        certificate_text_at_index(text, "template.alt_names", i);
        if (!certificate_text_is_alt_name(t->alt_names[i]))
            return certificate_text_fail(text,
                                         "\"%.80s\" is no such name; dns:vpn.example, ip:192.0.2.1 or "
                                         "email:a@example.com would be right",
                                         t->alt_names[i]);
    }
    return 0;
}

static int check_subject_field(struct certificate_text *text, const char *field, const char *value)
{
    certificate_text_at(text, field);
    return certificate_text_is_plain(value, 64)
               ? 0
               : certificate_text_fail(text, "at most 64 bytes of printable UTF-8 would be right");
}

static int check_subject(struct certificate_text *text, const Bulkhead__V1__Subject *s, bool required)
{
    static const char country[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    int err = 0;

    certificate_text_at(text, "template.subject.common_name");
    if (required && (!s || !s->common_name[0]))
        return certificate_text_fail(text, "missing; the name of the authority, server or person would be right");
    if (!s)
        return 0;
    err = check_subject_field(text, "template.subject.common_name", s->common_name);
    err = err ? err : check_subject_field(text, "template.subject.state", s->state);
    err = err ? err : check_subject_field(text, "template.subject.locality", s->locality);
    err = err ? err : check_subject_field(text, "template.subject.organization", s->organization);
    err = err ? err : check_subject_field(text, "template.subject.organizational_unit", s->organizational_unit);
    certificate_text_at(text, "template.subject.country");
    if (!err && s->country[0] && (strlen(s->country) != 2 || strspn(s->country, country) != 2))
        err =
            certificate_text_fail(text, "\"%.40s\" is no country; two letters, such as DE, would be right", s->country);
    return err;
}

static int check_key_type(struct certificate_text *text, const Template *t, bool may_have)
{
    certificate_text_at(text, "template.key_type");
    if (!may_have && t->key_type)
        return certificate_text_fail(text, "the request brings its own key; leave it out");
    return check_value(text, &bulkhead__v1__key_type__descriptor, t->key_type);
}

// `own_key`: the key is made here, and the subject is not taken from a request.
static int check_template(struct certificate_text *text, const Template *t, bool own_key)
{
    int err;

    certificate_text_at(text, "template");
    if (!t)
        return certificate_text_fail(text, "missing; it says what the certificate is to hold");
    certificate_text_at(text, "template.name");
    err = check_name(text, t->name);
    err = err ? err : check_subject(text, t->subject, own_key);
    err = err ? err : check_alt_names(text, t);
    certificate_text_at(text, "template.days");
    err = err ? err : check_days(text, t->days);
    err = err ? err : check_key_type(text, t, own_key);
    err = err ? err : check_urls(text, "template.crl_urls", t->crl_urls, t->n_crl_urls);
    err = err ? err : check_urls(text, "template.ocsp_urls", t->ocsp_urls, t->n_ocsp_urls);
    err = err ? err : check_clients(text, "template.for_clients", t->for_clients, t->n_for_clients);
    return err ? err : check_dialled(text, "template.dialled", t->dialled, t->n_dialled);
}

static int check_create_authority(struct certificate_text *text, const ProtobufCMessage *request)
{
    const Bulkhead__V1__CreateAuthorityRequest *r = (const void *)request;
    int err = check_template(text, r->template_, true);

    certificate_text_at(text, "issuer");
    err = err || !r->issuer[0] ? err : check_name(text, r->issuer);
    certificate_text_at(text, "path_length");
    if (!err && r->path_length_presence_case && r->path_length > 16)
        err = certificate_text_fail(text, "%u is too long; 0 to 16 would be right", r->path_length);
    err = err ? err : check_urls(text, "issue_crl_urls", r->issue_crl_urls, r->n_issue_crl_urls);
    return err ? err : check_urls(text, "issue_ocsp_urls", r->issue_ocsp_urls, r->n_issue_ocsp_urls);
}

static int check_issue(struct certificate_text *text, const ProtobufCMessage *request)
{
    const Bulkhead__V1__IssueCertificateRequest *r = (const void *)request;
    int err = check_template(text, r->template_, true);

    certificate_text_at(text, "issuer");
    err = err ? err : check_name(text, r->issuer);
    return err ? err : check_purpose(text, r->purpose);
}

static int check_sign(struct certificate_text *text, const ProtobufCMessage *request)
{
    const Bulkhead__V1__SignCertificateRequestRequest *r = (const void *)request;
    int err;

    certificate_text_at(text, "request");
    err = check_data(text, &r->request, "a PKCS#10 request, PEM or DER");
    err = err ? err : check_template(text, r->template_, false);
    certificate_text_at(text, "issuer");
    err = err ? err : check_name(text, r->issuer);
    return err ? err : check_purpose(text, r->purpose);
}

static int check_import(struct certificate_text *text, const ProtobufCMessage *request)
{
    const Bulkhead__V1__ImportCertificateRequest *r = (const void *)request;
    int err;

    certificate_text_at(text, "name");
    err = check_name(text, r->name);
    certificate_text_at(text, "data");
    err = err ? err : check_data(text, &r->data, "PEM, DER, PKCS#12 or PKCS#8");
    certificate_text_at(text, "key");
    if (!err && r->data.len + r->key.len > API_CERTIFICATE_FILE_MAX_BYTES)
        err = certificate_text_fail(text, "data and key together are over 48 KiB");
    certificate_text_at(text, "passphrase");
    err = err ? err : check_passphrase(text, &r->passphrase, 0);
    err = err ? err : check_urls(text, "crl_urls", r->crl_urls, r->n_crl_urls);
    return err ? err : check_urls(text, "ocsp_urls", r->ocsp_urls, r->n_ocsp_urls);
}

static int check_list(struct certificate_text *text, const ProtobufCMessage *request)
{
    const Bulkhead__V1__ListCertificatesRequest *r = (const void *)request;
    int err = check_page(text, r->page_size);

    certificate_text_at(text, "issuer");
    err = err || !r->issuer[0] ? err : check_name(text, r->issuer);
    certificate_text_at(text, "state");
    err = err ? err : check_value(text, &bulkhead__v1__certificate_state__descriptor, r->state);
    certificate_text_at(text, "contains");
    if (!err && !certificate_text_is_plain(r->contains, 256))
        err = certificate_text_fail(text, "at most 256 bytes of printable UTF-8 would be right");
    certificate_text_at(text, "expires_within_days");
    return err ? err : check_days(text, r->expires_within_days);
}

static int check_get(struct certificate_text *text, const ProtobufCMessage *request)
{
    certificate_text_at(text, "name");
    return check_name_or_serial(text, ((const Bulkhead__V1__GetCertificateRequest *)(const void *)request)->name);
}

static int check_renew(struct certificate_text *text, const ProtobufCMessage *request)
{
    const Bulkhead__V1__RenewCertificateRequest *r = (const void *)request;
    int err;

    certificate_text_at(text, "name");
    err = check_name(text, r->name);
    certificate_text_at(text, "days");
    return err ? err : check_days(text, r->days);
}

static int check_revoke(struct certificate_text *text, const ProtobufCMessage *request)
{
    const Bulkhead__V1__RevokeCertificateRequest *r = (const void *)request;
    int err;

    certificate_text_at(text, "name");
    err = check_name_or_serial(text, r->name);
    certificate_text_at(text, "reason");
    return err ? err : check_value(text, &bulkhead__v1__revocation_reason__descriptor, r->reason);
}

static int check_delete(struct certificate_text *text, const ProtobufCMessage *request)
{
    certificate_text_at(text, "name");
    return check_name(text, ((const Bulkhead__V1__DeleteCertificateRequest *)(const void *)request)->name);
}

static int check_export(struct certificate_text *text, const ProtobufCMessage *request)
{
    const Bulkhead__V1__ExportCertificateRequest *r = (const void *)request;
    int err;

    certificate_text_at(text, "name");
    err = check_name(text, r->name);
    certificate_text_at(text, "format");
    err = err ? err : check_value(text, &bulkhead__v1__export_format__descriptor, r->format);
    certificate_text_at(text, "encryption");
    err = err ? err : check_value(text, &bulkhead__v1__pkcs12_encryption__descriptor, r->encryption);
    certificate_text_at(text, "passphrase");
    if (!err && r->format == BULKHEAD__V1__EXPORT_FORMAT__EXPORT_FORMAT_PKCS12)
        err = check_passphrase(text, &r->passphrase, 8);
    else if (!err && r->passphrase.len)
        err = certificate_text_fail(text, "only PKCS#12 has one; EXPORT_FORMAT_PKCS12, or none, would be right");
    return err;
}

static int check_get_crl(struct certificate_text *text, const ProtobufCMessage *request)
{
    certificate_text_at(text, "authority");
    return check_name(text, ((const Bulkhead__V1__GetCrlRequest *)(const void *)request)->authority);
}

static int check_import_crl(struct certificate_text *text, const ProtobufCMessage *request)
{
    const Bulkhead__V1__ImportCrlRequest *r = (const void *)request;
    int err;

    certificate_text_at(text, "authority");
    err = check_name(text, r->authority);
    certificate_text_at(text, "data");
    return err ? err : check_data(text, &r->data, "a CRL, DER or PEM");
}

static int check_lint(struct certificate_text *text, const ProtobufCMessage *request)
{
    const Bulkhead__V1__LintCertificateRequest *r = (const void *)request;
    int err = 0;

    certificate_text_at(text, "name");
    if (r->name[0] && r->data.len)
        err = certificate_text_fail(text, "name and data are both given; one of them would be right");
    else if (!r->data.len)
        err = check_name(text, r->name);
    certificate_text_at(text, "data");
    if (!err && r->data.len)
        err = check_data(text, &r->data, "a certificate, PEM or DER");
    err = err ? err : check_clients(text, "clients", r->clients, r->n_clients);
    return err ? err : check_dialled(text, "dialled", r->dialled, r->n_dialled);
}

static int check_audit(struct certificate_text *text, const ProtobufCMessage *request)
{
    return check_page(text, ((const Bulkhead__V1__ListAuditRecordsRequest *)(const void *)request)->page_size);
}

static int check_backup(struct certificate_text *text, const ProtobufCMessage *request)
{
    certificate_text_at(text, "passphrase");
    return check_passphrase(text, &((const Bulkhead__V1__BackupStoreRequest *)(const void *)request)->passphrase, 12);
}

static int check_restore(struct certificate_text *text, const ProtobufCMessage *request)
{
    const Bulkhead__V1__RestoreStoreRequest *r = (const void *)request;

    certificate_text_at(text, "data");
    if (!r->data.len)
        return certificate_text_fail(text, "missing; what BackupStore gave would be right");
    certificate_text_at(text, "passphrase");
    return check_passphrase(text, &r->passphrase, 12);
}

static const struct {
    const ProtobufCMessageDescriptor *descriptor;
    int (*check)(struct certificate_text *text, const ProtobufCMessage *request);
} rules[] = {
    {&bulkhead__v1__create_authority_request__descriptor, check_create_authority},
    {&bulkhead__v1__issue_certificate_request__descriptor, check_issue},
    {&bulkhead__v1__sign_certificate_request_request__descriptor, check_sign},
    {&bulkhead__v1__import_certificate_request__descriptor, check_import},
    {&bulkhead__v1__list_certificates_request__descriptor, check_list},
    {&bulkhead__v1__get_certificate_request__descriptor, check_get},
    {&bulkhead__v1__renew_certificate_request__descriptor, check_renew},
    {&bulkhead__v1__revoke_certificate_request__descriptor, check_revoke},
    {&bulkhead__v1__delete_certificate_request__descriptor, check_delete},
    {&bulkhead__v1__export_certificate_request__descriptor, check_export},
    {&bulkhead__v1__get_crl_request__descriptor, check_get_crl},
    {&bulkhead__v1__import_crl_request__descriptor, check_import_crl},
    {&bulkhead__v1__lint_certificate_request__descriptor, check_lint},
    {&bulkhead__v1__list_audit_records_request__descriptor, check_audit},
    {&bulkhead__v1__backup_store_request__descriptor, check_backup},
    {&bulkhead__v1__restore_store_request__descriptor, check_restore},
};

int certificate_rules_check(const ProtobufCMessage *request, char error[CERTIFICATE_RULES_ERROR_MAX])
{
    struct certificate_text text = {.error = error, .size = CERTIFICATE_RULES_ERROR_MAX};

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (rules[i].descriptor == request->descriptor)
            return rules[i].check(&text, request);
    certificate_text_at(&text, "request");
    return certificate_text_fail(&text, "not one of this service");
}
