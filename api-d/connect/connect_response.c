#include "api-d/connect/connect_response.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "lib/schema/proto_json.h"
#include "lib/schema/wiping.h"

static int encode_json(const ProtobufCMessage *message, struct buffer *out)
{
    char *text = proto_json_encode(message, 0);
    int err;

    if (!text)
        return -EILSEQ;
    err = buffer_append_str(out, text);
    wiping_free(text);
    return err;
}

static int encode_proto(const ProtobufCMessage *message, struct buffer *out)
{
    size_t n = protobuf_c_message_get_packed_size(message);
    uint8_t *packed = wiping_malloc(n ? n : 1);
    int err;

    if (!packed)
        return -ENOMEM;
    protobuf_c_message_pack(message, packed);
    err = buffer_append(out, bytes_of(packed, n));
    wiping_free(packed);
    return err;
}

int connect_response_of_message(const ProtobufCMessage *message, enum connect_encoding encoding,
                                struct exchange_answer *ret_answer)
{
    struct exchange_answer answer = {.status = 200};
    int err;

    if (encoding == CONNECT_ENCODING_JSON) {
        answer.content_type = "application/json";
        err = encode_json(message, &answer.body);
    } else {
        answer.content_type = "application/proto";
        err = encode_proto(message, &answer.body);
    }
    if (err < 0) {
        buffer_done(&answer.body);
        return err;
    }
    *ret_answer = answer;
    return 0;
}

static json_t *json_text(const char *text)
{
    json_t *value = json_string(text);
    char *copy;

    if (value)
        return value;
    copy = strdup(text);
    for (char *p = copy; p && *p; p++)
        if ((unsigned char)*p >= 0x80)
            *p = '?';
    value = json_string(copy ? copy : "");
    free(copy);
    return value;
}

struct exchange_answer connect_response_of_error(enum connect_code code, const char *text)
{
    struct exchange_answer answer = {.status = connect_code_http_status(code), .content_type = "application/json"};
    json_t *error = json_object();
    json_free_t free_text;
    char *dump;

    json_object_set_new(error, "code", json_string(connect_code_name(code)));
    if (text[0])
        json_object_set_new(error, "message", json_text(text));
    dump = error ? json_dumps(error, JSON_COMPACT) : NULL;
    if (dump)
        buffer_append_str(&answer.body, dump);
    json_get_alloc_funcs(NULL, &free_text);
    free_text(dump);
    json_decref(error);
    return answer;
}

struct exchange_answer connect_response_of_refusal(const struct connect_refusal *refusal)
{
    struct exchange_answer answer = connect_response_of_error(refusal->code, buffer_str(&refusal->message));

    if (refusal->http_status)
        answer.status = refusal->http_status;
    answer.header_name = refusal->header_name;
    answer.header_value = refusal->header_value;
    return answer;
}
