// bhctl apply and get.
#include "ctl/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bulkhead/v1/config_service.pb-c.h"
#include "ctl/client.h"
#include "ctl/render.h"
#include "lib/schema/proto_yaml.h"
#include "lib/schema/wiping.h"

// The whole file, NUL-terminated, from malloc; NULL when it can't be read, is too long or has a NUL in it, which is
// said.
static char *read_file(const struct invocation *inv)
{
    bool is_stdin = strcmp(inv->file, "-") == 0;
    FILE *f = is_stdin ? inv->in : fopen(inv->file, "re");
    char *text = f ? malloc(PROTO_YAML_BYTES_MAX + 1) : NULL;
    const char *wrong = NULL;
    size_t n = 0;

    if (text)
        n = fread(text, 1, PROTO_YAML_BYTES_MAX + 1, f);
    if (!text || ferror(f))
        wrong = strerror(errno);
    else if (n > PROTO_YAML_BYTES_MAX)
        wrong = "longer than 16 MiB";
    else if (memchr(text, '\0', n))
        wrong = "not a text file";
    else
        text[n] = '\0';
    if (f && !is_stdin)
        fclose(f);
    if (wrong) {
        invocation_complain(inv, "%s: %s", inv->file, wrong);
        free(text);
        return NULL;
    }
    return text;
}

// Each of the server's lines as it is, but for what must not reach a terminal.
static void print_lines(FILE *out, const char *text)
{
    for (size_t n; *text; text += n + (text[n] == '\n')) {
        char *line;

        n = strcspn(text, "\n");
        line = strndup(text, n);
        if (line && n)
            render_text(out, line);
        free(line);
        fputc('\n', out);
    }
}

static void print_names(const struct invocation *inv, const char *title, char *const *names, size_t n)
{
    if (n == 0)
        return;
    fprintf(inv->out, "%s:", title);
    for (size_t i = 0; i < n; i++) {
        fputc(' ', inv->out);
        render_text(inv->out, names[i]);
    }
    fputc('\n', inv->out);
}

static enum exit_code print_applied(const struct invocation *inv, const ProtobufCMessage *message)
{
    const Bulkhead__V1__ApplyConfigResponse *answer = (const Bulkhead__V1__ApplyConfigResponse *)message;

    for (size_t i = 0; i < answer->n_warnings; i++)
        print_lines(inv->err, answer->warnings[i]);
    if (inv->output == OUTPUT_JSON)
        return invocation_print_json(inv, message);
    print_names(inv, "added", answer->added, answer->n_added);
    print_names(inv, "changed", answer->changed, answer->n_changed);
    print_names(inv, "removed", answer->removed, answer->n_removed);
    if (answer->n_added + answer->n_changed + answer->n_removed == 0)
        fprintf(inv->out, "nothing to change\n");
    return EXIT_OK;
}

enum exit_code config_apply(const struct invocation *inv)
{
    Bulkhead__V1__ApplyConfigRequest request = BULKHEAD__V1__APPLY_CONFIG_REQUEST__INIT;
    const struct client client = {.socket = inv->socket, .timeout_s = inv->timeout_s};
    struct client_answer answer;
    enum exit_code code;
    char *text = read_file(inv);

    if (!text)
        return EXIT_USAGE;
    request.yaml = text;
    request.file = strcmp(inv->file, "-") == 0 ? "stdin" : (char *)inv->file;
    code = client_call(&client, "ConfigService/ApplyConfig", &request.base,
                       &bulkhead__v1__apply_config_response__descriptor, &answer);
    if (code == EXIT_OK)
        code = print_applied(inv, answer.message);
    else if (strcmp(answer.code, "invalid_argument") == 0)
        print_lines(inv->err, answer.error);
    else
        invocation_complain(inv, "%s%s%s%s", answer.error, *answer.code ? " (" : "", answer.code,
                            *answer.code ? ")" : "");
    if (answer.message)
        protobuf_c_message_free_unpacked(answer.message, &wiping_allocator);
    client_answer_done(&answer);
    free(text);
    return code;
}

enum exit_code config_get(const struct invocation *inv)
{
    Bulkhead__V1__GetConfigRequest request = BULKHEAD__V1__GET_CONFIG_REQUEST__INIT;
    const Bulkhead__V1__GetConfigResponse *answer;
    ProtobufCMessage *message;
    enum exit_code code = invocation_call(inv, "ConfigService/GetConfig", &request.base,
                                          &bulkhead__v1__get_config_response__descriptor, &message);
    char *text;

    if (code != EXIT_OK)
        return code;
    answer = (const Bulkhead__V1__GetConfigResponse *)message;
    if (inv->output == OUTPUT_JSON) {
        code = invocation_print_json(inv, message);
    } else {
        text = answer->config ? proto_yaml_encode(&answer->config->base) : NULL;
        fputs(text ? text : "{}\n", inv->out);
        free(text);
    }
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}
