// bhctl pki cert revoke and delete, pki crl.
#include <string.h>

#include "bulkhead/v1/certificate_service.pb-c.h"
#include "ctl/command.h"
#include "ctl/input_file.h"
#include "ctl/option.h"
#include "ctl/output_file.h"
#include "ctl/pki_list.h"
#include "ctl/render.h"
#include "ctl/table.h"
#include "lib/schema/wiping.h"

#define CRL_MAX_BYTES (48u * 1024)

static const struct table_column columns[] = {
    {.title = "SERIAL"}, {.title = "NAME"}, {.title = "REVOKED"}, {.title = "REASON"}};

enum exit_code pki_cert_revoke(const struct invocation *inv)
{
    Bulkhead__V1__RevokeCertificateRequest request = BULKHEAD__V1__REVOKE_CERTIFICATE_REQUEST__INIT;
    const Bulkhead__V1__RevokeCertificateResponse *answer;
    char time[RENDER_TEXT_MAX];
    ProtobufCMessage *message;
    enum exit_code code;
    int reason;

    if (!option_enum(inv, "reason", &bulkhead__v1__revocation_reason__descriptor, &reason))
        return EXIT_USAGE;
    request.name = (char *)(uintptr_t)inv->arg[0];
    request.reason = (Bulkhead__V1__RevocationReason)reason;
    code = invocation_call(inv, "CertificateService/RevokeCertificate", &request.base,
                           &bulkhead__v1__revoke_certificate_response__descriptor, &message);
    if (code != EXIT_OK)
        return code;
    answer = (const Bulkhead__V1__RevokeCertificateResponse *)message;
    if (inv->output == OUTPUT_JSON)
        code = invocation_print_json(inv, message);
    else if (answer->certificate) {
        render_text(inv->out, answer->certificate->name);
        fputs(": serial ", inv->out);
        render_text(inv->out, answer->certificate->serial);
        fprintf(inv->out, " is revoked since %s\n", render_time(answer->certificate->revoked_at, time));
    }
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

enum exit_code pki_cert_delete(const struct invocation *inv)
{
    Bulkhead__V1__DeleteCertificateRequest request = BULKHEAD__V1__DELETE_CERTIFICATE_REQUEST__INIT;
    ProtobufCMessage *message;
    enum exit_code code;

    request.name = (char *)(uintptr_t)inv->arg[0];
    code = invocation_call(inv, "CertificateService/DeleteCertificate", &request.base,
                           &bulkhead__v1__delete_certificate_response__descriptor, &message);
    if (code != EXIT_OK)
        return code;
    if (inv->output == OUTPUT_JSON)
        code = invocation_print_json(inv, message);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

// Certificates that were replaced or deleted since have no name any more.
static void print_revoked(const struct invocation *inv, const struct pki_list *list, uint32_t revoked)
{
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]));

    for (size_t i = 0; table && i < list->n; i++) {
        const Bulkhead__V1__Certificate *c = list->certificates[i];
        char time[RENDER_TEXT_MAX], reason[RENDER_TEXT_MAX];

        table_add(table, (const char *const[]){
                             c->serial, c->name, render_time(c->revoked_at, time),
                             render_enum(&bulkhead__v1__revocation_reason__descriptor, c->revocation_reason, reason)});
    }
    if (table && list->n)
        table_print(table, inv->out, inv->width);
    if (list->n < revoked)
        fprintf(inv->out, "%s%zu that this gateway keeps no more; --format pem shows the whole CRL\n",
                list->n ? "and " : "", revoked - list->n);
    table_free(table);
}

static enum exit_code list_revoked(const struct invocation *inv, uint32_t revoked)
{
    Bulkhead__V1__ListCertificatesRequest request = BULKHEAD__V1__LIST_CERTIFICATES_REQUEST__INIT;
    struct pki_list list;
    enum exit_code code;

    request.issuer = (char *)(uintptr_t)inv->arg[0];
    request.state = BULKHEAD__V1__CERTIFICATE_STATE__CERTIFICATE_STATE_REVOKED;
    code = pki_list_fetch(inv, &request, &list);
    if (code != EXIT_OK)
        return code;
    print_revoked(inv, &list, revoked);
    pki_list_done(&list);
    return EXIT_OK;
}

static enum exit_code get_crl(const struct invocation *inv, bool pem, ProtobufCMessage **ret_message)
{
    Bulkhead__V1__GetCrlRequest request = BULKHEAD__V1__GET_CRL_REQUEST__INIT;
    struct invocation binary = *inv;

    binary.binary = true;
    request.authority = (char *)(uintptr_t)inv->arg[0];
    request.pem = pem;
    return invocation_call(&binary, "CertificateService/GetCrl", &request.base,
                           &bulkhead__v1__get_crl_response__descriptor, ret_message);
}

static enum exit_code write_crl(const struct invocation *inv, bool pem)
{
    struct output_file file;
    ProtobufCMessage *message;
    enum exit_code code;

    if (!output_file_open(inv, false, !pem, &file))
        return EXIT_USAGE;
    code = get_crl(inv, pem, &message);
    if (code != EXIT_OK) {
        output_file_drop(&file);
        return code;
    }
    code = output_file_write(inv, &file, &((Bulkhead__V1__GetCrlResponse *)message)->data);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

static enum exit_code print_crl(const struct invocation *inv)
{
    const Bulkhead__V1__GetCrlResponse *answer;
    ProtobufCMessage *message;
    enum exit_code code = get_crl(inv, false, &message);

    if (code != EXIT_OK)
        return code;
    answer = (const Bulkhead__V1__GetCrlResponse *)message;
    if (inv->output == OUTPUT_JSON) {
        code = invocation_print_json(inv, message);
    } else {
        fprintf(inv->out, "crl number %llu, %u revoked\n", (unsigned long long)answer->number, answer->revoked);
        if (answer->revoked)
            code = list_revoked(inv, answer->revoked);
    }
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

enum exit_code pki_crl_show(const struct invocation *inv)
{
    const char *format = option_text(inv, "format");

    if (format && strcmp(format, "pem") != 0 && strcmp(format, "der") != 0) {
        invocation_complain(inv, "--format \"%s\" is neither pem nor der", format);
        return EXIT_USAGE;
    }
    if (format || option_is_set(inv, "to"))
        return write_crl(inv, !format || strcmp(format, "pem") == 0);
    return print_crl(inv);
}

enum exit_code pki_crl_import(const struct invocation *inv)
{
    Bulkhead__V1__ImportCrlRequest request = BULKHEAD__V1__IMPORT_CRL_REQUEST__INIT;
    ProtobufCMessage *message;
    struct input_file file;
    enum exit_code code;

    if (!input_file_read(inv, inv->file, CRL_MAX_BYTES, &file))
        return EXIT_USAGE;
    request.authority = (char *)(uintptr_t)inv->arg[0];
    request.data = (ProtobufCBinaryData){.data = file.bytes, .len = file.n};
    code = invocation_call(inv, "CertificateService/ImportCrl", &request.base,
                           &bulkhead__v1__import_crl_response__descriptor, &message);
    input_file_done(&file);
    if (code != EXIT_OK)
        return code;
    if (inv->output == OUTPUT_JSON)
        code = invocation_print_json(inv, message);
    else
        fprintf(inv->out, "%s: %u revoked\n", inv->arg[0], ((Bulkhead__V1__ImportCrlResponse *)message)->revoked);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}
