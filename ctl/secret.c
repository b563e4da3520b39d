// bhctl secrets.
#include "ctl/command.h"

#include <string.h>

#include "bulkhead/v1/secret_service.pb-c.h"
#include "ctl/quiet_input.h"
#include "ctl/render.h"
#include "lib/core/secret.h"
#include "lib/schema/wiping.h"

#define SECRET_BYTES_MAX 1024
#define BUFFER_BYTES     (SECRET_BYTES_MAX + 2) // with the newline, and one byte to see that there is more

// The secret's length, or -1 when that is said.
static ssize_t read_secret(const struct invocation *inv, uint8_t *buffer)
{
    ssize_t n = quiet_input_read(inv, "secret", buffer, BUFFER_BYTES);

    if (n < 0) {
        invocation_complain(inv, "can't read stdin: %s", strerror((int)-n));
        return -1;
    }
    if (n > 0 && buffer[n - 1] == '\n')
        n--;
    if (n == 0 || n > SECRET_BYTES_MAX) {
        invocation_complain(inv, "%s; a secret has 1 to %d bytes", n ? "stdin has more than that" : "stdin is empty",
                            SECRET_BYTES_MAX);
        return -1;
    }
    return n;
}

static enum exit_code call_quietly(const struct invocation *inv, const char *method, const ProtobufCMessage *request,
                                   const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *message;
    enum exit_code code = invocation_call(inv, method, request, descriptor, &message);

    if (code != EXIT_OK)
        return code;
    if (inv->output == OUTPUT_JSON)
        code = invocation_print_json(inv, message);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

enum exit_code secrets_set(const struct invocation *inv)
{
    Bulkhead__V1__SetSecretRequest request = BULKHEAD__V1__SET_SECRET_REQUEST__INIT;
    uint8_t *buffer = secret_alloc(BUFFER_BYTES);
    enum exit_code code = EXIT_USAGE;
    ssize_t n;

    if (!buffer) {
        invocation_complain(inv, "out of memory");
        return EXIT_USAGE;
    }
    n = read_secret(inv, buffer);
    if (n > 0) {
        request.name = (char *)inv->arg[0];
        request.value.data = buffer;
        request.value.len = (size_t)n;
        code =
            call_quietly(inv, "SecretService/SetSecret", &request.base, &bulkhead__v1__set_secret_response__descriptor);
    }
    secret_free(buffer, BUFFER_BYTES);
    return code;
}

enum exit_code secrets_delete(const struct invocation *inv)
{
    Bulkhead__V1__DeleteSecretRequest request = BULKHEAD__V1__DELETE_SECRET_REQUEST__INIT;

    request.name = (char *)inv->arg[0];
    return call_quietly(inv, "SecretService/DeleteSecret", &request.base,
                        &bulkhead__v1__delete_secret_response__descriptor);
}

enum exit_code secrets_list(const struct invocation *inv)
{
    Bulkhead__V1__ListSecretsRequest request = BULKHEAD__V1__LIST_SECRETS_REQUEST__INIT;
    const Bulkhead__V1__ListSecretsResponse *answer;
    ProtobufCMessage *message;
    enum exit_code code = invocation_call(inv, "SecretService/ListSecrets", &request.base,
                                          &bulkhead__v1__list_secrets_response__descriptor, &message);

    if (code != EXIT_OK)
        return code;
    answer = (const Bulkhead__V1__ListSecretsResponse *)message;
    if (inv->output == OUTPUT_JSON)
        code = invocation_print_json(inv, message);
    for (size_t i = 0; inv->output == OUTPUT_TABLE && i < answer->n_names; i++) {
        render_text(inv->out, answer->names[i]);
        fputc('\n', inv->out);
    }
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}
