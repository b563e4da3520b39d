// The public's server on real sockets: answers that come late, clients and a server that go while they are awaited.
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api-d/courier/public_server.h"
#include "api-d/courier/public_sources.h"
#include "tests/unit/lib/run.h"

#define GET   "GET /crl/ca.crl HTTP/1.1\r\nHost: x\r\n\r\n"
#define TURNS 200
#define HELD  32

static uv_loop_t loop;
static struct public_server *server;
static struct sockaddr_in at;
static struct public_connection *held[HELD];
static unsigned held_n, requests;
static bool answers_at_once;
static struct document *document;

static void answer(struct public_connection *connection)
{
    const struct public_answer found = {.status = 200, .content_type = "x/y", .document = document, .max_age_s = 1};

    public_connection_answer(connection, &found);
}

static void on_request(void *arg, struct public_connection *connection, const struct public_request *request)
{
    (void)arg;
    ck_assert_str_eq(request->target, "/crl/ca.crl");
    requests++;
    if (answers_at_once)
        answer(connection);
    else
        held[held_n++] = connection;
}

static void run(void)
{
    for (int i = 0; i < TURNS; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
}

static void set_up(void)
{
    const struct public_server_config config = {.loop = &loop, .on_request = on_request};
    struct endpoint local = {.port = 0};
    socklen_t n = sizeof(at);
    int fd;

    held_n = requests = 0;
    answers_at_once = true;
    ck_assert_int_eq(uv_loop_init(&loop), 0);
    document = document_new(bytes_of("hello", 5), 0);
    ck_assert_int_eq(address_parse("127.0.0.1", &local.address), 0);
    fd = public_server_bind(&local, getuid());
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    server = public_server_new(&config);
    ck_assert_ptr_nonnull(server);
    ck_assert_int_eq(public_server_listen(server, fd), 0);
}

static void tear_down(void)
{
    public_server_stop(server);
    run();
    document_unref(document);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
}

static int call(const char *text)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    ck_assert_int_eq(send(fd, text, strlen(text), 0), (ssize_t)strlen(text));
    run();
    return fd;
}

// How often that is in what has come.
static unsigned count(int fd, const char *what)
{
    static char text[65536];
    ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
    unsigned found = 0;

    text[n > 0 ? n : 0] = 0;
    for (const char *p = text; (p = strstr(p, what)); p++)
        found++;
    return found;
}

START_TEST(requests_in_one_segment_are_answered_in_order)
{
    int fd = call(GET GET GET);

    ck_assert_uint_eq(count(fd, "200 OK"), 3);
    close(fd);
    run();
}
END_TEST

START_TEST(one_request_at_a_time)
{
    int fd;

    answers_at_once = false;
    fd = call(GET GET);
    ck_assert_uint_eq(requests, 1);
    answer(held[0]);
    run();
    ck_assert_uint_eq(requests, 2);
    answer(held[1]);
    run();
    ck_assert_uint_eq(count(fd, "hello"), 2);
    close(fd);
}
END_TEST

START_TEST(a_client_may_go_before_its_answer)
{
    const struct linger reset = {.l_onoff = 1};
    int fd;

    answers_at_once = false;
    fd = call(GET);
    ck_assert_uint_eq(held_n, 1);
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
    close(fd);
    run();
    answer(held[0]);
    run();
}
END_TEST

START_TEST(the_server_may_go_before_its_answer)
{
    int fd;

    answers_at_once = false;
    fd = call(GET);
    public_server_stop(server);
    run();
    answer(held[0]);
    run();
    ck_assert_uint_eq(count(fd, "hello"), 0);
    close(fd);
    server = NULL;
}
END_TEST

START_TEST(a_fault_ends_the_connection)
{
    int fd = call("nonsense\r\n\r\n" GET);

    ck_assert_uint_eq(requests, 0);
    ck_assert_uint_eq(count(fd, "HTTP/1.1 400"), 1);
    ck_assert_int_eq(recv(fd, &at, 1, 0), 0);
    close(fd);
}
END_TEST

START_TEST(a_source_has_so_many_connections)
{
    int fds[COURIER_CONNECTIONS_PER_SOURCE_MAX + 1];
    unsigned open = 0;

    for (unsigned i = 0; i <= COURIER_CONNECTIONS_PER_SOURCE_MAX; i++)
        fds[i] = call("GET");
    for (unsigned i = 0; i <= COURIER_CONNECTIONS_PER_SOURCE_MAX; i++) {
        char byte;

        open += recv(fds[i], &byte, 1, MSG_DONTWAIT) < 0 && send(fds[i], " ", 1, MSG_NOSIGNAL) == 1;
    }
    ck_assert_uint_eq(open, COURIER_CONNECTIONS_PER_SOURCE_MAX);
    for (unsigned i = 0; i <= COURIER_CONNECTIONS_PER_SOURCE_MAX; i++)
        close(fds[i]);
    run();
    fds[0] = call(GET); // there is room again
    ck_assert_uint_eq(count(fds[0], "200 OK"), 1);
    close(fds[0]);
}
END_TEST

// An IPv6 /48 is enough to be so many of them.
START_TEST(sources_that_have_gone_keep_nobody_out)
{
    struct public_sources *sources = public_sources_new(0);
    struct address address = {.family = 6, .b = {0x20, 0x01, 0x0d, 0xb8}};
    struct public_source *first, *last;

    ck_assert_ptr_nonnull(sources);
    first = public_sources_enter(sources, &address, 0);
    for (unsigned i = 1; i < 2 * COURIER_SOURCES_MAX; i++) {
        address.b[6] = (uint8_t)(i >> 8);
        address.b[7] = (uint8_t)i;
        last = public_sources_enter(sources, &address, i);
        ck_assert_ptr_nonnull(last);
        public_sources_leave(last, i);
    }
    ck_assert(public_sources_may_ask(sources, first, 0)); // it is still there
    public_sources_free(sources);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("server");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, requests_in_one_segment_are_answered_in_order);
    tcase_add_test(tcase, one_request_at_a_time);
    tcase_add_test(tcase, a_client_may_go_before_its_answer);
    tcase_add_test(tcase, the_server_may_go_before_its_answer);
    tcase_add_test(tcase, a_fault_ends_the_connection);
    tcase_add_test(tcase, a_source_has_so_many_connections);
    tcase_add_test(tcase, sources_that_have_gone_keep_nobody_out);
    return run_case(tcase);
}
