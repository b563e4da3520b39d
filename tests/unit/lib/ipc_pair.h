// Two ends of an edge in one process over real sockets: ike-d's node calls esp-d's. And a raw socket that speaks for
// ike-d without our rules.
#ifndef BULKHEAD_TESTS_IPC_PAIR_H
#define BULKHEAD_TESTS_IPC_PAIR_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include <bulkhead/internal/v1/ike_esp.pb-c.h>
#include <bulkhead/internal/v1/ipc.pb-c.h>

#include "lib/core/log.h"
#include "lib/ipc/node.h"
#include "lib/priv/roles.h"
#include "tests/unit/lib/run.h"

#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name
#define CODE(name)   BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##name
#define KIND(name)   BULKHEAD__INTERNAL__V1__FRAME_KIND__FRAME_KIND_##name

struct end {
    struct ipc_node *node;
    int ups, downs;
    int datagrams;               // notifications that came in
    size_t last_bytes;           // payload of the last
    bool hold;                   // keep requests instead of answering
    struct ipc_request *held[8]; // oldest first
    int held_count;
    int finished_at_down; // results that had come when the peer went down
};

struct outcome {
    int count;
    uint32_t error;
    uint32_t spi;
    char text[600];
};

static uv_loop_t loop;
static struct end ike, esp;
static char path[64];
static uid_t uid_offset; // what the table says beyond our real uid
static int results;      // of all calls

static inline uid_t uid_of_role(enum role role)
{
    (void)role;
    return getuid() + uid_offset;
}

static inline void on_spi(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    struct end *end = arg;
    Bulkhead__Internal__V1__EspAllocateSpiResponse response = BULKHEAD__INTERNAL__V1__ESP_ALLOCATE_SPI_RESPONSE__INIT;

    ck_assert_ptr_eq(message->descriptor, &bulkhead__internal__v1__esp_allocate_spi_request__descriptor);
    if (end->hold) {
        ck_assert_int_lt(end->held_count, 8);
        end->held[end->held_count++] = request;
        return;
    }
    response.spi = 4711;
    ipc_request_reply(request, &response.base);
}

static inline void on_delete(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    (void)arg;
    (void)message;
    ck_assert_int_eq(ipc_request_role(request), ROLE_IKE);
    ipc_request_fail(request, CODE(NOT_FOUND), "no such SA");
}

static inline void on_datagram(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    struct end *end = arg;

    ck_assert_ptr_null(request);
    end->datagrams++;
    end->last_bytes = ((const Bulkhead__Internal__V1__IkeDatagram *)message)->payload.len;
}

static const struct ipc_handler ike_handlers[] = {{METHOD(IKE_DATAGRAM), on_datagram}, {0}};
static const struct ipc_handler esp_handlers[] = {{METHOD(ESP_ALLOCATE_SPI), on_spi},
                                                  {METHOD(ESP_DELETE_SA), on_delete},
                                                  {METHOD(ESP_SEND_DATAGRAM), on_datagram},
                                                  {0}};

static inline void on_peer(void *arg, enum role role, bool up)
{
    struct end *end = arg;

    ck_assert_int_eq(role, end == &ike ? ROLE_ESP : ROLE_IKE);
    if (up) {
        end->ups++;
    } else {
        end->downs++;
        end->finished_at_down = results;
    }
}

static inline struct ipc_node *make_node(enum role self, struct end *end)
{
    struct ipc_node_config config = {.loop = &loop,
                                     .self = self,
                                     .methods = ipc_methods,
                                     .uid_of_role = uid_of_role,
                                     .name_of_role = role_name,
                                     .handlers = self == ROLE_IKE ? ike_handlers : esp_handlers,
                                     .arg = end,
                                     .on_peer = on_peer};

    return ipc_node_new(&config);
}

static inline void start_esp(void)
{
    int fd = ipc_bind(path);

    ck_assert_int_ge(fd, 0);
    esp.node = make_node(ROLE_ESP, &esp);
    ck_assert_int_eq(ipc_node_listen(esp.node, fd, ROLE_IKE), 0);
}

static inline void start_ike(void)
{
    ike.node = make_node(ROLE_IKE, &ike);
    ck_assert_int_eq(ipc_node_link(ike.node, ROLE_ESP, path), 0);
}

static inline void on_pass(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

static inline void on_gone(uv_handle_t *handle)
{
    free(handle);
}

// Lets the loop run that long.
static inline void pass_ms(unsigned ms)
{
    uv_timer_t *timer = malloc(sizeof(*timer));

    ck_assert_ptr_nonnull(timer);
    uv_update_time(&loop);
    uv_timer_init(&loop, timer);
    uv_timer_start(timer, on_pass, ms, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)timer, on_gone);
    uv_run(&loop, UV_RUN_NOWAIT);
}

// Waits until a counter has that value.
static inline void wait_for(const int *counter, int value)
{
    for (int i = 0; i < 300 && *counter != value; i++)
        pass_ms(10);
    ck_assert_int_eq(*counter, value);
}

static inline void set_up(void)
{
    log_init("test", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    memset(&ike, 0, sizeof(ike));
    memset(&esp, 0, sizeof(esp));
    uid_offset = 0;
    results = 0;
    snprintf(path, sizeof(path), "/tmp/bulkhead-ipc-%d.sock", (int)getpid());
    ck_assert_int_eq(uv_loop_init(&loop), 0);
}

static inline void tear_down(void)
{
    ipc_node_free(ike.node);
    ipc_node_free(esp.node);
    uv_run(&loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&loop), 0); // no handle is left behind
    unlink(path);
}

static inline void set_up_pair(void)
{
    set_up();
    start_esp();
    start_ike();
    wait_for(&esp.ups, 1);
    wait_for(&ike.ups, 1);
}

static inline void on_result(void *arg, const struct ipc_result *result)
{
    struct outcome *outcome = arg;

    outcome->count++;
    results++;
    outcome->error = result->error;
    snprintf(outcome->text, sizeof(outcome->text), "%s", result->text ? result->text : "");
    ck_assert((result->error == 0) == (result->message != NULL));
    if (result->message &&
        result->message->descriptor == &bulkhead__internal__v1__esp_allocate_spi_response__descriptor)
        outcome->spi = ((const Bulkhead__Internal__V1__EspAllocateSpiResponse *)result->message)->spi;
}

static inline uint64_t call_spi(struct outcome *outcome, uint32_t deadline_ms)
{
    Bulkhead__Internal__V1__EspAllocateSpiRequest request = BULKHEAD__INTERNAL__V1__ESP_ALLOCATE_SPI_REQUEST__INIT;

    memset(outcome, 0, sizeof(*outcome));
    return ipc_call(ike.node, METHOD(ESP_ALLOCATE_SPI), &request.base, deadline_ms, on_result, outcome);
}

static inline int notify_bytes(struct ipc_node *node, uint32_t method, size_t n)
{
    Bulkhead__Internal__V1__IkeDatagram datagram = BULKHEAD__INTERNAL__V1__IKE_DATAGRAM__INIT;
    int r;

    datagram.payload.len = n;
    datagram.payload.data = calloc(1, n);
    ck_assert_ptr_nonnull(datagram.payload.data);
    r = ipc_notify(node, method, &datagram.base);
    free(datagram.payload.data);
    return r;
}

// A stranger's or a broken daemon's end.
static inline int connect_raw(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    ck_assert_int_ge(fd, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

#endif
