// CertificateService: what pki-d, the verifier or the importer does with one message. Every request is checked before
// it goes there.
#include "api-d/certificate_rules.h"
#include "api-d/envelope.h"
#include "api-d/services/services.h"
#include "bulkhead/internal/v1/api_pki.pb-c.h"
#include "bulkhead/internal/v1/api_verifier.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"

#define METHOD(name)  BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name
#define TYPE(message) &bulkhead__internal__v1__##message##__descriptor

bool certificate_service_check(struct connect_call *call, const ProtobufCMessage *request)
{
    char error[CERTIFICATE_RULES_ERROR_MAX];

    if (certificate_rules_check(request, error) == 0)
        return true;
    connect_call_fail(call, CONNECT_INVALID_ARGUMENT, error);
    return false;
}

static void forward(struct api *api, struct connect_call *call, const struct envelope *envelope,
                    const ProtobufCMessage *request)
{
    if (certificate_service_check(call, request))
        envelope_forward(api, call, envelope, request);
}

void certificate_service_create_authority(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    static const struct envelope envelope = {METHOD(PKI_CREATE_AUTHORITY), TYPE(pki_create_authority_request), "pki-d",
                                             true};

    forward(api, call, &envelope, request);
}

void certificate_service_issue_certificate(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    static const struct envelope envelope = {METHOD(PKI_ISSUE_CERTIFICATE), TYPE(pki_issue_certificate_request),
                                             "pki-d"};

    forward(api, call, &envelope, request);
}

void certificate_service_list_certificates(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    static const struct envelope envelope = {METHOD(PKI_LIST_CERTIFICATES), TYPE(pki_list_certificates_request),
                                             "pki-d"};

    forward(api, call, &envelope, request);
}

void certificate_service_get_certificate(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    static const struct envelope envelope = {METHOD(PKI_GET_CERTIFICATE), TYPE(pki_get_certificate_request), "pki-d"};

    forward(api, call, &envelope, request);
}

void certificate_service_renew_certificate(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    static const struct envelope envelope = {METHOD(PKI_RENEW_CERTIFICATE), TYPE(pki_renew_certificate_request),
                                             "pki-d"};

    forward(api, call, &envelope, request);
}

void certificate_service_revoke_certificate(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    static const struct envelope envelope = {METHOD(PKI_REVOKE_CERTIFICATE), TYPE(pki_revoke_certificate_request),
                                             "pki-d"};

    forward(api, call, &envelope, request);
}

void certificate_service_delete_certificate(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    static const struct envelope envelope = {METHOD(PKI_DELETE_CERTIFICATE), TYPE(pki_delete_certificate_request),
                                             "pki-d", true};

    forward(api, call, &envelope, request);
}

void certificate_service_export_certificate(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    static const struct envelope envelope = {METHOD(PKI_EXPORT_CERTIFICATE), TYPE(pki_export_certificate_request),
                                             "pki-d"};

    forward(api, call, &envelope, request);
}

void certificate_service_list_audit_records(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    static const struct envelope envelope = {METHOD(PKI_LIST_AUDIT_RECORDS), TYPE(pki_list_audit_records_request),
                                             "pki-d"};

    forward(api, call, &envelope, request);
}

// Files are strangers' bytes, and the verifier's matter.
void certificate_service_lint_certificate(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    static const struct envelope stored = {METHOD(PKI_LINT_CERTIFICATE), TYPE(pki_lint_certificate_request), "pki-d"};
    static const struct envelope file = {METHOD(VERIFIER_LINT), TYPE(verifier_lint_request), "verifier"};
    const Bulkhead__V1__LintCertificateRequest *r = (const void *)request;

    forward(api, call, r->data.len ? &file : &stored, request);
}

void certificate_service_import_certificate(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    static const struct envelope envelope = {METHOD(IMPORTER_IMPORT), TYPE(importer_import_request), "importer", true};

    forward(api, call, &envelope, request);
}

void certificate_service_import_crl(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    static const struct envelope envelope = {METHOD(IMPORTER_IMPORT_CRL), TYPE(importer_import_crl_request),
                                             "importer"};

    forward(api, call, &envelope, request);
}
