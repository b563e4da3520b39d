// Frames as bytes, and the allocators under them.
#include <errno.h>
#include <string.h>

#include <bulkhead/internal/v1/api_esp.pb-c.h>
#include <bulkhead/internal/v1/ike_esp.pb-c.h>

#include "lib/core/wiping.h"
#include "lib/ipc/allocator.h"
#include "lib/ipc/frame.h"
#include "lib/ipc/ipc_limits.h"
#include "lib/ipc/method.h"
#include "tests/unit/lib/run.h"

typedef Bulkhead__Internal__V1__Frame Frame;

START_TEST(comes_back_as_it_was_packed)
{
    Bulkhead__Internal__V1__EspDeleteSaRequest request = BULKHEAD__INTERNAL__V1__ESP_DELETE_SA_REQUEST__INIT;
    Frame head = BULKHEAD__INTERNAL__V1__FRAME__INIT;
    struct frame_buffer *buffer = NULL;
    ProtobufCMessage *body;
    const char *reason = NULL;
    Frame *frame;

    request.spi_in = 0x01020304;
    head.kind = BULKHEAD__INTERNAL__V1__FRAME_KIND__FRAME_KIND_REQUEST;
    head.id = 1ull << 60;
    head.method = BULKHEAD__INTERNAL__V1__METHOD__METHOD_ESP_DELETE_SA;
    head.deadline_ms = 1500;
    ck_assert_int_eq(frame_pack(&head, &request.base, &buffer), 0);
    frame = frame_parse(bytes_of(buffer->b, buffer->n), &reason);
    ck_assert_msg(frame != NULL, "%s", reason);
    ck_assert_uint_eq(frame->id, head.id);
    ck_assert_uint_eq(frame->method, head.method);
    ck_assert_uint_eq(frame->deadline_ms, 1500);
    body = frame_body_parse(request.base.descriptor, bytes_of(frame->body.data, frame->body.len));
    ck_assert_ptr_nonnull(body);
    ck_assert_uint_eq(((Bulkhead__Internal__V1__EspDeleteSaRequest *)body)->spi_in, request.spi_in);
    frame_body_free(body);
    frame_free(frame);
    frame_buffer_free(buffer);
}
END_TEST

// The longest body that fits is found by the packer's own limit, one byte more is refused.
START_TEST(packs_up_to_the_limit)
{
    Bulkhead__Internal__V1__IkeDatagram datagram = BULKHEAD__INTERNAL__V1__IKE_DATAGRAM__INIT;
    static uint8_t bytes[IPC_FRAME_MAX_BYTES];
    Frame head = BULKHEAD__INTERNAL__V1__FRAME__INIT;
    struct frame_buffer *buffer = NULL;
    const char *reason = NULL;
    Frame *frame;

    head.kind = BULKHEAD__INTERNAL__V1__FRAME_KIND__FRAME_KIND_NOTIFICATION;
    head.method = BULKHEAD__INTERNAL__V1__METHOD__METHOD_IKE_DATAGRAM;
    datagram.payload.data = bytes;
    datagram.payload.len = IPC_FRAME_MAX_BYTES - 12;
    while (frame_pack(&head, &datagram.base, &buffer) == -EMSGSIZE)
        datagram.payload.len--;
    ck_assert_ptr_nonnull(buffer);
    ck_assert_uint_eq(buffer->n, IPC_FRAME_MAX_BYTES);
    frame = frame_parse(bytes_of(buffer->b, buffer->n), &reason);
    ck_assert_msg(frame != NULL, "%s", reason);
    frame_free(frame);
    frame_buffer_free(buffer);
}
END_TEST

START_TEST(refuses_sizes_out_of_bounds)
{
    static uint8_t bytes[IPC_FRAME_MAX_BYTES + 1];
    const char *reason = NULL;

    ck_assert_ptr_null(frame_parse(bytes_of(bytes, 0), &reason));
    ck_assert_str_eq(reason, "size of a frame");
    ck_assert_ptr_null(frame_parse(bytes_of(bytes, sizeof(bytes)), &reason));
    ck_assert_str_eq(reason, "size of a frame");
}
END_TEST

// 32,768 empty sub-messages of two bytes each would take several megabytes.
START_TEST(bounds_the_memory_of_one_body)
{
    static uint8_t bytes[IPC_FRAME_MAX_BYTES];
    ProtobufCMessage *body;

    for (size_t i = 0; i + 1 < sizeof(bytes); i += 2) {
        bytes[i] = 0x0a; // sas, repeated EspSa
        bytes[i + 1] = 0;
    }
    body = frame_body_parse(&bulkhead__internal__v1__esp_list_sas_response__descriptor, bytes_of(bytes, sizeof(bytes)));
    ck_assert_ptr_null(body);
    body = frame_body_parse(&bulkhead__internal__v1__esp_list_sas_response__descriptor, bytes_of(bytes, 200));
    ck_assert_ptr_nonnull(body);
    frame_body_free(body);
}
END_TEST

START_TEST(counts_a_budget)
{
    struct allocator_bounded allocator;
    void *a, *b;

    allocator_bounded_init(&allocator, 200);
    a = allocator.base.alloc(&allocator, 100);
    ck_assert_ptr_nonnull(a);
    memset(a, 1, 100);
    ck_assert_ptr_null(allocator.base.alloc(&allocator, 100));
    ck_assert_ptr_null(allocator.base.alloc(&allocator, SIZE_MAX));
    b = allocator.base.alloc(&allocator, 10);
    ck_assert_ptr_nonnull(b);
    allocator_wiping.free(NULL, a);
    allocator_wiping.free(NULL, b);
    allocator_wiping.free(NULL, NULL);
    ck_assert_ptr_null(wiping_malloc(SIZE_MAX - 4));
}
END_TEST

int main(void)
{
    const TTest *tests[] = {comes_back_as_it_was_packed, packs_up_to_the_limit, refuses_sizes_out_of_bounds,
                            bounds_the_memory_of_one_body, counts_a_budget};

    return run_tests("ipc_frame", tests, RUN_COUNT(tests));
}
