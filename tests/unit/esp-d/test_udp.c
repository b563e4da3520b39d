// Sending bursts: what becomes one message with UDP_SEGMENT, and the way out where the socket does not take that.
#include <sys/socket.h>
#include <unistd.h>

#include "esp-d/udp.h"
#include "tests/unit/esp-d/world.h"
#include "tests/unit/lib/run.h"

static struct world world;
static struct udp from;
static struct drop_counters drops;
static int to;
static uint8_t buffer[ESP_BURST_PKTS * 1500];

static int open_socket(struct endpoint *ret_endpoint)
{
    struct endpoint any = {.address = {.family = 4, .b = {127, 0, 0, 1}}};
    struct sockaddr_storage sa;
    socklen_t n = endpoint_to_sockaddr(&any, &sa);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, n), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sa, &n), 0);
    ck_assert_int_eq(endpoint_from_sockaddr((struct sockaddr *)&sa, ret_endpoint), 0);
    return fd;
}

static struct path *set_up(void)
{
    struct endpoint local, remote;
    struct path *path;

    memset(&drops, 0, sizeof(drops));
    world_init(&world, &world_suites[1], &cipher_openssl, &cipher_openssl);
    from = (struct udp){open_socket(&local), -1};
    to = open_socket(&remote);
    ck_assert_int_eq(path_new(&local, &remote, PATH_IN_UDP, &path), 0);
    free(atomic_exchange(&world.side[0].child->out.path, path));
    return path;
}

static void tear_down(void)
{
    udp_close(&from);
    close(to);
    world_done(&world);
}

// Sizes 0: a packet that is to be left out. Returns how many packets were to be sent.
static unsigned send_sizes(const uint32_t *sizes, unsigned n, uint64_t now_ms)
{
    struct seal_packet packets[ESP_BURST_PKTS];
    uint32_t used = 0;
    unsigned count = 0;

    for (unsigned i = 0; i < n; i++) {
        uint32_t bytes = sizes[i] ? sizes[i] : 100;

        packets[i] = (struct seal_packet){.child = world.side[0].child, .esp = buffer + used, .esp_bytes = bytes};
        packets[i].drop = sizes[i] ? DROP_NONE : DROP_SEAL;
        memset(buffer + used, (int)i + 1, bytes);
        used += bytes;
        count += sizes[i] != 0;
    }
    udp_send_burst(&from, packets, n, now_ms, &drops);
    return count;
}

// Each packet arrives as a datagram of its own, in order, with its own bytes.
static void expect_sizes(const uint32_t *sizes, unsigned n)
{
    uint8_t in[2048];

    for (unsigned i = 0; i < n; i++) {
        if (!sizes[i])
            continue;
        ck_assert_int_eq(recv(to, in, sizeof(in), 0), sizes[i]);
        ck_assert_uint_eq(in[0], i + 1);
        ck_assert_uint_eq(in[sizes[i] - 1], i + 1);
    }
    ck_assert_int_lt(recv(to, in, sizeof(in), 0), 0);
}

static const uint32_t even[] = {1400, 1400, 1400, 1400, 700};
static const uint32_t mixed[] = {100, 100, 200, 100, 0, 100, 50, 100, 100, 0, 0, 1400, 1};

START_TEST(sends_every_packet)
{
    set_up();
    send_sizes(even, RUN_COUNT(even), 0);
    expect_sizes(even, RUN_COUNT(even));
    send_sizes(mixed, RUN_COUNT(mixed), 0);
    expect_sizes(mixed, RUN_COUNT(mixed));
    for (unsigned i = 0; i < DROP_COUNT; i++)
        ck_assert_uint_eq(atomic_load(&drops.n[i]), 0);
    tear_down();
}
END_TEST

// A socket without checksums refuses UDP_SEGMENT with EINVAL, as a route may with EIO.
START_TEST(goes_on_without_segments)
{
    struct path *path = set_up();

    ck_assert_int_eq(setsockopt(from.fd4, SOL_SOCKET, SO_NO_CHECK, &(int){1}, sizeof(int)), 0);
    send_sizes(even, RUN_COUNT(even), 5000);
    expect_sizes(even, RUN_COUNT(even));
    ck_assert_uint_eq(atomic_load(&path->offload_retry_ms), 5000 + ESP_SEGMENT_OFFLOAD_RETRY_MS);
    send_sizes(mixed, RUN_COUNT(mixed), 6000); // remembered
    expect_sizes(mixed, RUN_COUNT(mixed));
    ck_assert_uint_eq(atomic_load(&path->offload_retry_ms), 5000 + ESP_SEGMENT_OFFLOAD_RETRY_MS);
    ck_assert_int_eq(setsockopt(from.fd4, SOL_SOCKET, SO_NO_CHECK, &(int){0}, sizeof(int)), 0);
    send_sizes(even, RUN_COUNT(even), 5000 + ESP_SEGMENT_OFFLOAD_RETRY_MS); // tried again
    expect_sizes(even, RUN_COUNT(even));
    ck_assert_uint_eq(atomic_load(&drops.n[DROP_SEND]), 0);
    tear_down();
}
END_TEST

START_TEST(counts_what_no_socket_takes)
{
    struct endpoint local, remote;
    struct path *path;

    set_up();
    ck_assert_int_eq(endpoint_parse("[2001:db8::1]:4500", &local), 0);
    ck_assert_int_eq(endpoint_parse("[2001:db8::2]:4500", &remote), 0);
    ck_assert_int_eq(path_new(&local, &remote, PATH_IN_UDP, &path), 0); // there is no IPv6 socket
    free(atomic_exchange(&world.side[0].child->out.path, path));
    ck_assert_uint_eq(send_sizes(mixed, RUN_COUNT(mixed), 0), 10);
    ck_assert_uint_eq(atomic_load(&drops.n[DROP_SEND]), 10);
    tear_down();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {sends_every_packet, goes_on_without_segments, counts_what_no_socket_takes};

    return run_tests("udp", tests, RUN_COUNT(tests));
}
