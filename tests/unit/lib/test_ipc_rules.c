// Every rule of an edge, broken by a raw socket in ike-d's place: the connection ends, the node lives and takes the
// next.
#include "tests/unit/lib/ipc_pair.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "lib/ipc/frame.h"
#include "lib/ipc/ipc_limits.h"

typedef Bulkhead__Internal__V1__Frame Frame;

struct case_frame {
    const char *what;
    uint32_t kind;
    uint64_t id;
    uint32_t method;
    const char *body; // bytes, without the NUL
    uint32_t error;
    const char *text;
    uint32_t deadline_ms;
};

static const struct case_frame broken[] = {
    {"unknown kind", 9, 1, METHOD(ESP_ALLOCATE_SPI)},
    {"no kind", 0, 1, METHOD(ESP_ALLOCATE_SPI)},
    {"request without id", KIND(REQUEST), 0, METHOD(ESP_ALLOCATE_SPI)},
    {"notification with id", KIND(NOTIFICATION), 1, METHOD(ESP_SEND_DATAGRAM)},
    {"request with an error", KIND(REQUEST), 1, METHOD(ESP_ALLOCATE_SPI), "", CODE(INTERNAL)},
    {"request with error text", KIND(REQUEST), 1, METHOD(ESP_ALLOCATE_SPI), "", 0, "text"},
    {"notification with deadline", KIND(NOTIFICATION), 0, METHOD(ESP_SEND_DATAGRAM), "", 0, "", 5},
    {"deadline of a month", KIND(REQUEST), 1, METHOD(ESP_ALLOCATE_SPI), "", 0, "", 2592000000u},
    {"unknown method", KIND(REQUEST), 1, 9999},
    {"method 0", KIND(REQUEST), 1, 0},
    {"method of another daemon", KIND(REQUEST), 1, METHOD(PKI_PSK_SIGN)},
    {"method not for its role", KIND(REQUEST), 1, METHOD(ESP_COUNTERS)},
    {"request of a notification", KIND(REQUEST), 1, METHOD(ESP_SEND_DATAGRAM)},
    {"notification of a request", KIND(NOTIFICATION), 0, METHOD(ESP_ALLOCATE_SPI)},
    {"body that does not parse", KIND(REQUEST), 1, METHOD(ESP_INSTALL_SA), "\x0a\xff"},
    {"answer to nothing", KIND(RESPONSE), 7, METHOD(ESP_ALLOCATE_SPI)},
    {"error to nothing", KIND(ERROR), 7, METHOD(ESP_ALLOCATE_SPI), "", CODE(INTERNAL), "x"},
    {"error without code", KIND(ERROR), 7, METHOD(ESP_ALLOCATE_SPI)},
    {"error of unknown code", KIND(ERROR), 7, METHOD(ESP_ALLOCATE_SPI), "", 77, "x"},
    {"error with a body", KIND(ERROR), 7, METHOD(ESP_ALLOCATE_SPI), "x", CODE(INTERNAL), "x"},
};

static struct frame_buffer *pack(const struct case_frame *c)
{
    struct frame_buffer *buffer = NULL;
    Frame frame = BULKHEAD__INTERNAL__V1__FRAME__INIT;

    frame.kind = (Bulkhead__Internal__V1__FrameKind)c->kind;
    frame.id = c->id;
    frame.method = (Bulkhead__Internal__V1__Method)c->method;
    frame.deadline_ms = c->deadline_ms;
    frame.error = (Bulkhead__Internal__V1__ErrorCode)c->error;
    frame.error_text = (char *)(c->text ? c->text : "");
    frame.body.data = (uint8_t *)(c->body ? c->body : "");
    frame.body.len = c->body ? strlen(c->body) : 0;
    ck_assert_int_eq(frame_pack(&frame, NULL, &buffer), 0);
    return buffer;
}

static int raw; // the socket in ike-d's place

static void set_up_raw(void)
{
    set_up();
    log_init("test", LOG_LEVEL_ERROR - 1, LOG_FORMAT_TEXT); // the violations are meant
    start_esp();
    raw = connect_raw();
    wait_for(&esp.ups, 1);
}

static void tear_down_raw(void)
{
    close(raw);
    tear_down();
}

static void send_raw(const void *p, size_t n)
{
    ck_assert_int_eq(send(raw, p, n, MSG_NOSIGNAL), (ssize_t)n);
}

static void send_case(const struct case_frame *c)
{
    struct frame_buffer *buffer = pack(c);

    send_raw(buffer->b, buffer->n);
    frame_buffer_free(buffer);
}

// The connection is over, and only that.
static void check_dropped(void)
{
    char byte;

    wait_for(&esp.downs, 1);
    ck_assert_int_eq(recv(raw, &byte, 1, 0), 0);
    close(raw);
    raw = connect_raw();
    wait_for(&esp.ups, 2);
    send_case(&(struct case_frame){"good", KIND(REQUEST), 1, METHOD(ESP_ALLOCATE_SPI)});
    pass_ms(30);
    ck_assert_int_gt(recv(raw, &byte, 1, 0), 0);
    ck_assert_int_eq(esp.downs, 1);
}

START_TEST(a_broken_frame_ends_the_connection)
{
    send_case(&broken[_i]);
    check_dropped();
    ck_assert_int_eq(esp.datagrams, 0);
}
END_TEST

START_TEST(garbage_ends_the_connection)
{
    send_raw("\xff\xff\xff\xff garbage", 12);
    check_dropped();
}
END_TEST

START_TEST(unknown_fields_of_a_frame_end_the_connection)
{
    send_raw("\x08\x01\x10\x01\x18\x65\xf8\x07\x01", 9); // field 127
    check_dropped();
}
END_TEST

START_TEST(an_empty_frame_ends_the_connection)
{
    send_raw("", 0);
    check_dropped();
}
END_TEST

START_TEST(a_frame_too_long_ends_the_connection)
{
    char *bytes = calloc(1, IPC_FRAME_MAX_BYTES + 1);

    ck_assert_ptr_nonnull(bytes);
    send_raw(bytes, IPC_FRAME_MAX_BYTES + 1);
    free(bytes);
    check_dropped();
}
END_TEST

START_TEST(an_id_used_twice_ends_the_connection)
{
    send_case(&(struct case_frame){"first", KIND(REQUEST), 5, METHOD(ESP_ALLOCATE_SPI)});
    pass_ms(30);
    ck_assert_int_eq(esp.downs, 0);
    send_case(&(struct case_frame){"again", KIND(REQUEST), 5, METHOD(ESP_ALLOCATE_SPI)});
    wait_for(&esp.downs, 1);
}
END_TEST

// How many descriptors this process has.
static int count_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

START_TEST(descriptors_are_closed_and_end_the_connection)
{
    struct case_frame good = {"with descriptors", KIND(REQUEST), 1, METHOD(ESP_ALLOCATE_SPI)};
    struct frame_buffer *buffer = pack(&good);
    struct iovec iov = {.iov_base = buffer->b, .iov_len = buffer->n};
    unsigned count = (unsigned)_i; // more than IPC_FDS_MAX cut the control message short
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int) * 8)];
    } control = {0};
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(sizeof(int) * count)};
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
    int before;

    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memset(CMSG_DATA(cmsg), 0, sizeof(int) * count); // stdin, that many times
    before = count_descriptors();
    ck_assert_int_gt(sendmsg(raw, &msg, MSG_NOSIGNAL), 0);
    frame_buffer_free(buffer);
    wait_for(&esp.downs, 1);
    ck_assert_int_eq(count_descriptors(), before - 1); // the connection's own is gone, none was added
    check_dropped();
}
END_TEST

START_TEST(a_newer_connection_replaces_the_older)
{
    int newer = connect_raw();
    char byte;

    wait_for(&esp.ups, 2);
    ck_assert_int_eq(esp.downs, 1);
    ck_assert_int_eq(recv(raw, &byte, 1, 0), 0);
    ck_assert_int_eq(recv(newer, &byte, 1, 0), -1);
    ck_assert_int_eq(errno, EAGAIN);
    close(newer);
    wait_for(&esp.downs, 2);
}
END_TEST

START_TEST(another_uid_gets_nowhere)
{
    int stranger;
    char byte;

    uid_offset = 1;
    stranger = connect_raw();
    pass_ms(50);
    ck_assert_int_eq(recv(stranger, &byte, 1, 0), 0);
    ck_assert_int_eq(esp.ups, 1);
    ck_assert_int_eq(esp.downs, 0); // nor does it touch the daemon that is there
    close(stranger);
}
END_TEST

START_TEST(a_link_refuses_a_server_of_another_uid)
{
    uid_offset = 1;
    start_ike();
    pass_ms(200);
    ck_assert_int_eq(ike.ups, 0);
    uid_offset = 0;
    wait_for(&ike.ups, 1);
}
END_TEST

// Without a free descriptor the node looks away for a while, and takes the connection later.
START_TEST(a_node_without_descriptors_waits)
{
    struct rlimit limit, low;
    int newer = connect_raw();

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = limit;
    low.rlim_cur = (rlim_t)newer + 1;
    for (int fd = 0; fd <= newer; fd++) // no hole below, either
        if (fcntl(fd, F_GETFD) < 0)
            ck_assert_int_ge(dup(0), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
    pass_ms(250);
    ck_assert_int_eq(esp.ups, 1);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    wait_for(&esp.ups, 2);
    close(newer);
}
END_TEST

START_TEST(a_peer_that_does_not_read_fills_its_queue_alone)
{
    int sent = 0, r;

    while ((r = notify_bytes(esp.node, METHOD(IKE_DATAGRAM), 30000)) == 0 && sent < 10000)
        sent++;
    ck_assert_int_eq(r, -ENOBUFS);
    ck_assert_int_ge(sent, 100);
    ck_assert_int_lt(sent, 300); // 4 MiB and what the kernel holds
    pass_ms(20);
    ck_assert_int_eq(esp.downs, 0);
    for (int got = 0; got < sent; pass_ms(1)) { // it wakes up and gets them all
        static char frame[IPC_FRAME_MAX_BYTES];

        while (recv(raw, frame, sizeof(frame), 0) > 0)
            got++;
    }
    ck_assert_int_eq(notify_bytes(esp.node, METHOD(IKE_DATAGRAM), 30000), 0);
}
END_TEST

START_TEST(a_peer_that_asks_but_does_not_read_is_dropped)
{
    struct case_frame c = {"request", KIND(REQUEST), 0, METHOD(ESP_DELETE_SA)};

    for (uint64_t id = 1; id < 100000 && !esp.downs; id++) {
        struct frame_buffer *buffer;

        c.id = id;
        buffer = pack(&c);
        if (send(raw, buffer->b, buffer->n, MSG_NOSIGNAL) < 0)
            pass_ms(1);
        frame_buffer_free(buffer);
    }
    wait_for(&esp.downs, 1);
}
END_TEST

static struct ipc_request *held[IPC_REQUESTS_MAX];

// How many requests reached the handler.
static int send_requests(uint64_t count)
{
    int reached = 0;

    esp.hold = true;
    for (uint64_t id = 1; id <= count; id++) {
        struct case_frame c = {"request", KIND(REQUEST), id, METHOD(ESP_ALLOCATE_SPI)};

        send_case(&c);
        do
            pass_ms(0);
        while (id <= IPC_REQUESTS_MAX && esp.held_count == 0);
        if (esp.held_count)
            held[reached++] = esp.held[0];
        esp.held_count = 0;
    }
    pass_ms(20);
    return reached;
}

// Answers to `raw` so far; all must say that there are too many requests.
static int count_refusals(void)
{
    static char bytes[IPC_FRAME_MAX_BYTES];
    int errors = 0;
    ssize_t n;

    while ((n = recv(raw, bytes, sizeof(bytes), 0)) > 0) {
        const char *reason;
        Frame *frame = frame_parse(bytes_of(bytes, (size_t)n), &reason);

        ck_assert_ptr_nonnull(frame);
        ck_assert_uint_eq(frame->kind, KIND(ERROR));
        ck_assert_uint_eq(frame->error, CODE(RESOURCE_EXHAUSTED));
        frame_free(frame);
        errors++;
    }
    return errors;
}

START_TEST(too_many_open_requests_are_refused)
{
    int count = send_requests(IPC_REQUESTS_MAX + 3);

    ck_assert_int_eq(count, IPC_REQUESTS_MAX);
    ck_assert_int_eq(count_refusals(), 3);
    for (int i = 0; i < count; i++)
        ipc_request_fail(held[i], CODE(INTERNAL), "");
}
END_TEST

// What an earlier connection asked still takes memory of ours, so it counts.
START_TEST(a_new_connection_does_not_forget_the_requests_of_the_old)
{
    struct case_frame again = {"again", KIND(REQUEST), 1, METHOD(ESP_ALLOCATE_SPI)};
    int count = send_requests(IPC_REQUESTS_MAX);

    ck_assert_int_eq(count, IPC_REQUESTS_MAX);
    close(raw);
    wait_for(&esp.downs, 1);
    raw = connect_raw();
    wait_for(&esp.ups, 2);
    send_case(&again);
    pass_ms(30);
    ck_assert_int_eq(esp.held_count, 0);
    ck_assert_int_eq(count_refusals(), 1);
    ipc_request_fail(held[0], CODE(INTERNAL), "");
    again.id = 2;
    send_case(&again);
    wait_for(&esp.held_count, 1);
    ipc_request_fail(esp.held[0], CODE(INTERNAL), "");
    // The others are answered when even the node is gone.
    ipc_node_free(esp.node);
    esp.node = NULL;
    pass_ms(30);
    for (int i = 1; i < count; i++)
        ipc_request_fail(held[i], CODE(INTERNAL), "");
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("ipc_rules");
    TCase *tcase = tcase_create("raw");

    tcase_add_checked_fixture(tcase, set_up_raw, tear_down_raw);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, a_broken_frame_ends_the_connection, 0, (int)(sizeof(broken) / sizeof(broken[0])));
    tcase_add_test(tcase, garbage_ends_the_connection);
    tcase_add_test(tcase, unknown_fields_of_a_frame_end_the_connection);
    tcase_add_test(tcase, an_empty_frame_ends_the_connection);
    tcase_add_test(tcase, a_frame_too_long_ends_the_connection);
    tcase_add_test(tcase, an_id_used_twice_ends_the_connection);
    tcase_add_loop_test(tcase, descriptors_are_closed_and_end_the_connection, 1, 8);
    tcase_add_test(tcase, a_newer_connection_replaces_the_older);
    tcase_add_test(tcase, another_uid_gets_nowhere);
    tcase_add_test(tcase, a_link_refuses_a_server_of_another_uid);
    tcase_add_test(tcase, a_node_without_descriptors_waits);
    tcase_add_test(tcase, a_peer_that_does_not_read_fills_its_queue_alone);
    tcase_add_test(tcase, a_peer_that_asks_but_does_not_read_is_dropped);
    tcase_add_test(tcase, too_many_open_requests_are_refused);
    tcase_add_test(tcase, a_new_connection_does_not_forget_the_requests_of_the_old);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(make_suite());
}
