// JSON bodies of the API: whatever decodes must encode to a text that decodes to the same.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bulkhead/v1/config_service.pb-c.h"
#include "bulkhead/v1/secret_service.pb-c.h"
#include "bulkhead/v1/system_service.pb-c.h"
#include "bulkhead/v1/tunnel_service.pb-c.h"
#include "lib/schema/proto_json.h"
#include "lib/schema/wiping.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const ProtobufCMessageDescriptor *const descriptors[] = {
    &bulkhead__v1__config__descriptor,
    &bulkhead__v1__apply_config_request__descriptor,
    &bulkhead__v1__set_secret_request__descriptor,
    &bulkhead__v1__list_tunnels_response__descriptor,
    &bulkhead__v1__get_status_response__descriptor,
};

static void check_round_trip(const ProtobufCMessage *message)
{
    char *first = proto_json_encode(message, 0), *second;
    struct mistakes mistakes = mistakes_of(NULL);
    ProtobufCMessage *again;

    if (!first)
        abort();
    if (proto_json_decode(bytes_of_str(first), message->descriptor, NULL, &mistakes, &again) < 0)
        abort();
    second = proto_json_encode(again, 0);
    if (!second || strcmp(first, second) != 0)
        abort();
    wiping_free(first);
    wiping_free(second);
    protobuf_c_message_free_unpacked(again, NULL);
}

// The first byte chooses the message.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mistakes mistakes = mistakes_of("fuzz");
    ProtobufCMessage *message;
    char *text;

    if (size == 0)
        return 0;
    if (proto_json_decode(bytes_of(data + 1, size - 1),
                          descriptors[data[0] % (sizeof(descriptors) / sizeof(*descriptors))], &wiping_allocator,
                          &mistakes, &message) == 0) {
        check_round_trip(message);
        protobuf_c_message_free_unpacked(message, &wiping_allocator);
    } else if (!mistakes_any(&mistakes)) {
        abort(); // refused without a reason
    }
    text = mistakes_format(&mistakes);
    free(text);
    mistakes_done(&mistakes);
    return 0;
}
