// bhctl pki cert import and export.
#include <string.h>
#include <unistd.h>

#include "bulkhead/v1/certificate_service.pb-c.h"
#include "ctl/command.h"
#include "ctl/input_file.h"
#include "ctl/option.h"
#include "ctl/output_file.h"
#include "ctl/quiet_input.h"
#include "ctl/render.h"
#include "lib/schema/wiping.h"

#define FILE_MAX_BYTES (48u * 1024)

#define FORMAT(name) BULKHEAD__V1__EXPORT_FORMAT__EXPORT_FORMAT_##name

struct import {
    struct input_file data, key;
    struct quiet_input passphrase;
    struct option_list crl_urls, ocsp_urls;
};

static void import_done(struct import *import)
{
    input_file_done(&import->data);
    input_file_done(&import->key);
    quiet_input_done(&import->passphrase);
    option_list_done(&import->crl_urls);
    option_list_done(&import->ocsp_urls);
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

// A file says by its name that it has one; that of a key in PEM is asked for only by --passphrase-file.
static bool take_passphrase(const struct invocation *inv, struct quiet_input *ret_passphrase)
{
    const char *file = option_text(inv, "passphrase-file");

    if (file && strcmp(file, "-") == 0 && strcmp(inv->file, "-") == 0) {
        invocation_complain(inv,
                            "stdin can't be both the file and the passphrase; --passphrase-file FILE would be right");
        return false;
    }
    if (file)
        return quiet_input_passphrase(inv, false, ret_passphrase);
    if ((ends_with(inv->file, ".p12") || ends_with(inv->file, ".pfx")) && isatty(fileno(inv->in)))
        return quiet_input_passphrase(inv, false, ret_passphrase);
    return true;
}

static bool take_all(const struct invocation *inv, struct import *import)
{
    const char *key = option_text(inv, "key-file");

    return input_file_read(inv, inv->file, FILE_MAX_BYTES, &import->data) &&
           (!key || input_file_read(inv, key, FILE_MAX_BYTES, &import->key)) &&
           take_passphrase(inv, &import->passphrase) && option_list(inv, "crl-url", &import->crl_urls) &&
           option_list(inv, "ocsp-url", &import->ocsp_urls);
}

static enum exit_code print_imported(const struct invocation *inv, const ProtobufCMessage *message)
{
    const Bulkhead__V1__ImportCertificateResponse *answer = (const Bulkhead__V1__ImportCertificateResponse *)message;

    if (inv->output == OUTPUT_JSON)
        return invocation_print_json(inv, message);
    for (size_t i = 0; i < answer->n_certificates; i++) {
        const Bulkhead__V1__Certificate *c = answer->certificates[i];

        render_text(inv->out, c->name);
        fputs(": ", inv->out);
        render_text(inv->out, c->subject);
        fprintf(inv->out, ", %s%s, %d days left\n", c->is_authority ? "authority, " : "",
                c->has_key ? "with its key" : "without a key", c->days_left);
    }
    return EXIT_OK;
}

enum exit_code pki_cert_import(const struct invocation *inv)
{
    Bulkhead__V1__ImportCertificateRequest request = BULKHEAD__V1__IMPORT_CERTIFICATE_REQUEST__INIT;
    struct import import = {0};
    ProtobufCMessage *message;
    enum exit_code code = EXIT_USAGE;

    if (take_all(inv, &import)) {
        request.name = (char *)(uintptr_t)inv->arg[0];
        request.data = (ProtobufCBinaryData){.data = import.data.bytes, .len = import.data.n};
        request.key = (ProtobufCBinaryData){.data = import.key.bytes, .len = import.key.n};
        request.passphrase = (ProtobufCBinaryData){.data = import.passphrase.bytes, .len = import.passphrase.n};
        request.crl_urls = import.crl_urls.values;
        request.n_crl_urls = import.crl_urls.n;
        request.ocsp_urls = import.ocsp_urls.values;
        request.n_ocsp_urls = import.ocsp_urls.n;
        code = invocation_call(inv, "CertificateService/ImportCertificate", &request.base,
                               &bulkhead__v1__import_certificate_response__descriptor, &message);
        if (code == EXIT_OK) {
            code = print_imported(inv, message);
            protobuf_c_message_free_unpacked(message, &wiping_allocator);
        }
    }
    import_done(&import);
    return code;
}

static bool take_format(const struct invocation *inv, Bulkhead__V1__ExportCertificateRequest *request)
{
    const char *format = option_text(inv, "format");

    request->encryption = option_is_set(inv, "modern") ? BULKHEAD__V1__PKCS12_ENCRYPTION__PKCS12_ENCRYPTION_MODERN
                                                       : BULKHEAD__V1__PKCS12_ENCRYPTION__PKCS12_ENCRYPTION_UNSPECIFIED;
    if (!format || strcmp(format, "pem") == 0)
        request->format = FORMAT(PEM_CHAIN);
    else if (strcmp(format, "der") == 0)
        request->format = FORMAT(DER);
    else if (strcmp(format, "pkcs12") == 0 || strcmp(format, "p12") == 0)
        request->format = FORMAT(PKCS12);
    else {
        invocation_complain(inv, "--format \"%s\" is none of pem, der, pkcs12", format);
        return false;
    }
    if (request->format == FORMAT(PKCS12))
        return true;
    for (const char *const *name = (const char *const[]){"modern", "passphrase-file", NULL}; *name; name++)
        if (option_is_set(inv, *name)) {
            invocation_complain(inv, "--%s has a meaning only with --format pkcs12", *name);
            return false;
        }
    return true;
}

static enum exit_code export_to(const struct invocation *inv, const Bulkhead__V1__ExportCertificateRequest *request,
                                struct output_file *file)
{
    struct invocation binary = *inv;
    ProtobufCMessage *message;
    enum exit_code code;

    binary.binary = true;
    code = invocation_call(&binary, "CertificateService/ExportCertificate", &request->base,
                           &bulkhead__v1__export_certificate_response__descriptor, &message);
    if (code != EXIT_OK) {
        output_file_drop(file);
        return code;
    }
    code = output_file_write(inv, file, &((Bulkhead__V1__ExportCertificateResponse *)message)->data);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

enum exit_code pki_cert_export(const struct invocation *inv)
{
    Bulkhead__V1__ExportCertificateRequest request = BULKHEAD__V1__EXPORT_CERTIFICATE_REQUEST__INIT;
    struct quiet_input passphrase = {0};
    enum exit_code code = EXIT_USAGE;
    struct output_file file;
    bool is_secret;

    if (!take_format(inv, &request))
        return EXIT_USAGE;
    is_secret = request.format == FORMAT(PKCS12);
    if (!output_file_open(inv, is_secret, request.format != FORMAT(PEM_CHAIN), &file))
        return EXIT_USAGE;
    request.name = (char *)(uintptr_t)inv->arg[0];
    if (!is_secret || quiet_input_passphrase(inv, true, &passphrase)) {
        request.passphrase = (ProtobufCBinaryData){.data = passphrase.bytes, .len = passphrase.n};
        code = export_to(inv, &request, &file);
    } else {
        output_file_drop(&file);
    }
    quiet_input_done(&passphrase);
    return code;
}
