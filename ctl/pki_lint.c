// bhctl pki lint.
#include <string.h>
#include <sys/stat.h>

#include "bulkhead/v1/certificate_service.pb-c.h"
#include "ctl/command.h"
#include "ctl/input_file.h"
#include "ctl/option.h"
#include "ctl/pki_print.h"
#include "lib/schema/wiping.h"

#define FILE_MAX_BYTES (48u * 1024)

// What is a file here is meant as one; a path can't be a name.
static bool is_file(const char *text)
{
    struct stat st;

    return strchr(text, '/') || strcmp(text, "-") == 0 || (stat(text, &st) == 0 && S_ISREG(st.st_mode));
}

static enum exit_code print_answer(const struct invocation *inv, const ProtobufCMessage *message)
{
    const Bulkhead__V1__LintCertificateResponse *answer = (const Bulkhead__V1__LintCertificateResponse *)message;
    bool refused = false;

    if (inv->output == OUTPUT_JSON) {
        for (size_t i = 0; i < answer->n_findings; i++)
            refused = refused || answer->findings[i]->severity == BULKHEAD__V1__LINT_FINDING__SEVERITY__SEVERITY_ERROR;
        return invocation_print_json(inv, message) == EXIT_OK && !refused ? EXIT_OK : EXIT_REFUSED;
    }
    refused = pki_print_findings(inv->out, answer->findings, answer->n_findings);
    if (!answer->n_findings)
        fprintf(inv->out, "nothing found\n");
    return refused ? EXIT_REFUSED : EXIT_OK;
}

static enum exit_code call(const struct invocation *inv, Bulkhead__V1__LintCertificateRequest *request)
{
    ProtobufCMessage *message;
    enum exit_code code = invocation_call(inv, "CertificateService/LintCertificate", &request->base,
                                          &bulkhead__v1__lint_certificate_response__descriptor, &message);

    if (code != EXIT_OK)
        return code;
    code = print_answer(inv, message);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

enum exit_code pki_lint(const struct invocation *inv)
{
    Bulkhead__V1__LintCertificateRequest request = BULKHEAD__V1__LINT_CERTIFICATE_REQUEST__INIT;
    struct option_list clients = {0}, dialled = {0};
    struct input_file file = {0};
    enum exit_code code = EXIT_USAGE;
    bool ok = option_list(inv, "for", &clients) && option_list(inv, "dial", &dialled);

    if (ok && is_file(inv->arg[0]))
        ok = input_file_read(inv, inv->arg[0], FILE_MAX_BYTES, &file);
    else
        request.name = (char *)(uintptr_t)inv->arg[0];
    if (ok) {
        request.data = (ProtobufCBinaryData){.data = file.bytes, .len = file.n};
        request.clients = clients.values;
        request.n_clients = clients.n;
        request.dialled = dialled.values;
        request.n_dialled = dialled.n;
        code = call(inv, &request);
    }
    input_file_done(&file);
    option_list_done(&clients);
    option_list_done(&dialled);
    return code;
}
