#include "ctl/invocation.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/render.h"
#include "lib/schema/proto_json.h"
#include "lib/schema/wiping.h"

void invocation_complain(const struct invocation *inv, const char *format, ...)
{
    char *text = NULL;
    va_list args;

    fputs("bhctl: ", inv->err);
    if (inv->command) {
        fprintf(inv->err, "%s%s%s", inv->command->noun, inv->command->verb ? " " : "",
                inv->command->verb ? inv->command->verb : "");
        for (unsigned i = 0; i < inv->n_args; i++) {
            fputc(' ', inv->err);
            render_text(inv->err, inv->arg[i]);
        }
        fputs(": ", inv->err);
    }
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    render_text(inv->err, text ? text : "out of memory");
    fputc('\n', inv->err);
    free(text);
}

enum exit_code invocation_call(const struct invocation *inv, const char *method, const ProtobufCMessage *request,
                               const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **ret_answer)
{
    const struct client client = {.socket = inv->socket, .timeout_s = inv->timeout_s, .binary = inv->binary};
    struct client_answer answer;
    enum exit_code code = client_call(&client, method, request, descriptor, &answer);

    if (code == EXIT_OK)
        *ret_answer = answer.message;
    else if (*answer.code)
        invocation_complain(inv, "%s (%s)", answer.error, answer.code);
    else
        invocation_complain(inv, "%s", answer.error);
    client_answer_done(&answer);
    return code;
}

enum exit_code invocation_print_json(const struct invocation *inv, const ProtobufCMessage *message)
{
    char *text = proto_json_encode(message, PROTO_JSON_DEFAULTS | PROTO_JSON_INDENT);

    if (!text) {
        invocation_complain(inv, "the answer can't be written as JSON");
        return EXIT_REFUSED;
    }
    fprintf(inv->out, "%s\n", text);
    wiping_free(text);
    return EXIT_OK;
}
