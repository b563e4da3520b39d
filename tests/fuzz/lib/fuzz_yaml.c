// Configuration files: whatever is accepted must be written out as a text that is accepted and means the same.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/schema/config.h"
#include "lib/schema/proto_yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

// The parser loses 2 kB for a quoted value with dozens of escapes; the process that reads configurations can bear that.
const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml.so";
}

static void check_round_trip(const ProtobufCMessage *message)
{
    char *first = proto_yaml_encode(message), *second;
    struct mistakes mistakes = mistakes_of(NULL);
    ProtobufCMessage *again;

    if (!first)
        abort();
    if (proto_yaml_decode(bytes_of_str(first), message->descriptor, &mistakes, &again, NULL) < 0)
        abort();
    second = proto_yaml_encode(again);
    if (!second || strcmp(first, second) != 0)
        abort();
    free(first);
    free(second);
    protobuf_c_message_free_unpacked(again, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mistakes mistakes = mistakes_of("fuzz");
    Bulkhead__V1__Config *config;
    ProtobufCMessage *message;
    char *text;

    if (proto_yaml_decode(bytes_of(data, size), &bulkhead__v1__config__descriptor, &mistakes, &message, NULL) == 0) {
        check_round_trip(message);
        protobuf_c_message_free_unpacked(message, NULL);
    }
    mistakes_done(&mistakes);
    mistakes = mistakes_of("fuzz");
    if (config_decode(bytes_of(data, size), &mistakes, &config, NULL) == 0)
        bulkhead__v1__config__free_unpacked(config, NULL);
    else if (!mistakes_any(&mistakes))
        abort(); // refused without a reason
    text = mistakes_format(&mistakes);
    free(text);
    mistakes_done(&mistakes);
    return 0;
}
