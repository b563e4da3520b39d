// bhctl pki ca create, pki cert issue, sign, renew.
#include <stdio.h>
#include <string.h>

#include "ctl/command.h"
#include "ctl/input_file.h"
#include "ctl/output_file.h"
#include "ctl/pki_print.h"
#include "ctl/pki_template.h"
#include "lib/schema/wiping.h"

#define REQUEST_MAX_BYTES (48u * 1024)

static bool take_issuer(const struct invocation *inv, char **ret_issuer)
{
    *ret_issuer = option_field(inv, "ca");
    if (**ret_issuer)
        return true;
    invocation_complain(inv, "--ca is missing; bhctl pki ca list shows the authorities");
    return false;
}

static enum exit_code call_create(const struct invocation *inv, const Bulkhead__V1__CreateAuthorityRequest *request)
{
    const Bulkhead__V1__CreateAuthorityResponse *answer;
    ProtobufCMessage *message;
    enum exit_code code = invocation_call(inv, "CertificateService/CreateAuthority", &request->base,
                                          &bulkhead__v1__create_authority_response__descriptor, &message);

    if (code != EXIT_OK)
        return code;
    answer = (const Bulkhead__V1__CreateAuthorityResponse *)message;
    code = pki_print_made(inv, message, answer->certificate, answer->findings, answer->n_findings);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

struct own_crl {
    char url[512];
    char *list[1];
};

// --crl-url and --crl-host say what the authority's certificates will hold, not its own.
static bool take_urls(const struct invocation *inv, struct pki_template *t, struct own_crl *own,
                      Bulkhead__V1__CreateAuthorityRequest *request)
{
    const char *host = option_text(inv, "crl-host");

    if (host && t->crl_urls.n) {
        invocation_complain(inv, "--crl-host and --crl-url are both given; one of them would be right");
        return false;
    }
    request->issue_crl_urls = t->crl_urls.values;
    request->n_issue_crl_urls = t->crl_urls.n;
    request->issue_ocsp_urls = t->ocsp_urls.values;
    request->n_issue_ocsp_urls = t->ocsp_urls.n;
    t->message.n_crl_urls = t->message.n_ocsp_urls = 0;
    if (host) {
        snprintf(own->url, sizeof(own->url), "http://%s/crl/%s.crl", host, inv->arg[0]);
        own->list[0] = own->url;
        request->issue_crl_urls = own->list;
        request->n_issue_crl_urls = 1;
    }
    return true;
}

enum exit_code pki_ca_create(const struct invocation *inv)
{
    Bulkhead__V1__CreateAuthorityRequest request = BULKHEAD__V1__CREATE_AUTHORITY_REQUEST__INIT;
    enum exit_code code = EXIT_USAGE;
    struct pki_template template;
    struct own_crl own;

    if (!pki_template_init(&template, inv, false))
        return EXIT_USAGE;
    request.template_ = &template.message;
    request.issuer = option_field(inv, "ca");
    if (option_is_set(inv, "path-length"))
        request.path_length_presence_case = BULKHEAD__V1__CREATE_AUTHORITY_REQUEST__PATH_LENGTH_PRESENCE_PATH_LENGTH;
    if (option_number(inv, "path-length", 0, 16, &request.path_length) && take_urls(inv, &template, &own, &request))
        code = call_create(inv, &request);
    pki_template_done(&template);
    return code;
}

enum exit_code pki_cert_issue(const struct invocation *inv)
{
    Bulkhead__V1__IssueCertificateRequest request = BULKHEAD__V1__ISSUE_CERTIFICATE_REQUEST__INIT;
    const Bulkhead__V1__IssueCertificateResponse *answer;
    struct pki_template template;
    ProtobufCMessage *message;
    enum exit_code code;

    if (!take_issuer(inv, &request.issuer) || !pki_template_purpose(inv, &request.purpose) ||
        !pki_template_init(&template, inv, false))
        return EXIT_USAGE;
    request.template_ = &template.message;
    code = invocation_call(inv, "CertificateService/IssueCertificate", &request.base,
                           &bulkhead__v1__issue_certificate_response__descriptor, &message);
    pki_template_done(&template);
    if (code != EXIT_OK)
        return code;
    answer = (const Bulkhead__V1__IssueCertificateResponse *)message;
    code = pki_print_made(inv, message, answer->certificate, answer->findings, answer->n_findings);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

// The certificate is the document; the findings go beside it.
static enum exit_code sign(const struct invocation *inv, Bulkhead__V1__SignCertificateRequestRequest *request,
                           struct output_file *file)
{
    const Bulkhead__V1__SignCertificateRequestResponse *answer;
    ProtobufCMessage *message;
    enum exit_code code = invocation_call(inv, "CertificateService/SignCertificateRequest", &request->base,
                                          &bulkhead__v1__sign_certificate_request_response__descriptor, &message);

    if (code != EXIT_OK) {
        output_file_drop(file);
        return code;
    }
    answer = (const Bulkhead__V1__SignCertificateRequestResponse *)message;
    pki_print_findings(inv->err, answer->findings, answer->n_findings);
    if (inv->output == OUTPUT_JSON && !file->path)
        code = invocation_print_json(inv, message);
    else
        code = output_file_write(inv, file, &answer->pem);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

enum exit_code pki_cert_sign(const struct invocation *inv)
{
    Bulkhead__V1__SignCertificateRequestRequest request = BULKHEAD__V1__SIGN_CERTIFICATE_REQUEST_REQUEST__INIT;
    enum exit_code code = EXIT_USAGE;
    struct pki_template template;
    struct output_file out;
    struct input_file in;

    if (!take_issuer(inv, &request.issuer) || !pki_template_purpose(inv, &request.purpose) ||
        !pki_template_init(&template, inv, true))
        return EXIT_USAGE;
    if (input_file_read(inv, inv->file, REQUEST_MAX_BYTES, &in)) {
        request.template_ = &template.message;
        request.request = (ProtobufCBinaryData){.data = in.bytes, .len = in.n};
        if (output_file_open(inv, false, false, &out))
            code = sign(inv, &request, &out);
        input_file_done(&in);
    }
    pki_template_done(&template);
    return code;
}

enum exit_code pki_cert_renew(const struct invocation *inv)
{
    Bulkhead__V1__RenewCertificateRequest request = BULKHEAD__V1__RENEW_CERTIFICATE_REQUEST__INIT;
    const Bulkhead__V1__RenewCertificateResponse *answer;
    ProtobufCMessage *message;
    enum exit_code code;

    if (!option_number(inv, "days", 1, 36500, &request.days))
        return EXIT_USAGE;
    request.name = (char *)(uintptr_t)inv->arg[0];
    request.new_key = option_is_set(inv, "new-key");
    request.revoke_old = option_is_set(inv, "revoke-old");
    code = invocation_call(inv, "CertificateService/RenewCertificate", &request.base,
                           &bulkhead__v1__renew_certificate_response__descriptor, &message);
    if (code != EXIT_OK)
        return code;
    answer = (const Bulkhead__V1__RenewCertificateResponse *)message;
    code = pki_print_made(inv, message, answer->certificate, answer->findings, answer->n_findings);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}
