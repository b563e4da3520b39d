// IP protocol 50 over loopback in a network namespace of its own: whose packets a worker's filter lets in, what is cut
// off in front of them, and bursts on their way out, also beside UDP.
#include <linux/filter.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "esp-d/send.h"
#include "tests/unit/esp-d/world.h"
#include "tests/unit/lib/run.h"

#define WORKERS 3u

static struct raw workers[WORKERS];
static struct raw_batch *batch;
static int senders[2]; // IPv4, IPv6: without a filter
static struct drop_counters drops;

// So that larger packets are sent in fragments.
static void set_up_loopback(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};

    ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
    close(fd);
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    ck_assert_int_eq(ioctl(fd, SIOCSIFFLAGS, &request), 0);
    request.ifr_mtu = 1500;
    ck_assert_int_eq(ioctl(fd, SIOCSIFMTU, &request), 0);
    close(fd);
}

static void set_up(void)
{
    set_up_loopback();
    memset(&drops, 0, sizeof(drops));
    for (unsigned i = 0; i < WORKERS; i++)
        ck_assert_int_eq(raw_open(i, WORKERS, &workers[i]), 0);
    batch = raw_batch_new();
    ck_assert_ptr_nonnull(batch);
    senders[0] = socket(AF_INET, SOCK_RAW, IPPROTO_ESP);
    senders[1] = socket(AF_INET6, SOCK_RAW, IPPROTO_ESP);
    ck_assert(senders[0] >= 0 && senders[1] >= 0);
}

static void tear_down(void)
{
    for (unsigned i = 0; i < WORKERS; i++)
        raw_close(&workers[i]);
    raw_batch_free(batch);
    close(senders[0]);
    close(senders[1]);
}

static struct endpoint loopback(uint8_t family)
{
    struct endpoint e;

    ck_assert_int_eq(endpoint_parse(family == 4 ? "127.0.0.1:0" : "[::1]:0", &e), 0);
    return e;
}

// n bytes that begin with an SPI.
static void send_spi(uint8_t family, uint32_t spi, uint32_t n)
{
    static uint8_t packet[40000];
    struct endpoint to = loopback(family);
    struct sockaddr_storage sa;
    socklen_t sa_bytes = endpoint_to_sockaddr(&to, &sa);

    for (uint32_t i = 0; i < n; i++)
        packet[i] = (uint8_t)(i < 4 ? spi >> (24 - 8 * i) : i * 7);
    ck_assert_int_eq(sendto(senders[family == 6], packet, n, 0, (struct sockaddr *)&sa, sa_bytes), n);
}

static uint32_t spi_of(const struct inbound_datagram *d)
{
    uint32_t spi;

    memcpy(&spi, d->p, sizeof(spi));
    return ntohl(spi);
}

static int receive(unsigned worker, uint8_t family, const struct inbound_datagram **ret)
{
    return raw_receive(&workers[worker], family, batch, ret);
}

START_TEST(each_worker_gets_its_own_spis)
{
    const uint8_t family = _i ? 6 : 4;
    const struct inbound_datagram *got;
    struct endpoint self = loopback(family);

    for (uint32_t spi = 1000; spi < 1030; spi++)
        send_spi(family, spi, 64);
    for (unsigned w = 0; w < WORKERS; w++) {
        ck_assert_int_eq(receive(w, family, &got), 10);
        for (unsigned i = 0; i < 10; i++) {
            ck_assert_uint_eq(spi_of(&got[i]) % WORKERS, w);
            ck_assert_uint_eq(got[i].n, 64);
            ck_assert(got[i].is_raw && !got[i].truncated && !got[i].segment_bytes);
            ck_assert(endpoint_equal(&got[i].remote, &self));
            ck_assert(endpoint_equal(&got[i].local, &self));
        }
        ck_assert_int_eq(receive(w, family, &got), 0);
        ck_assert_int_eq(receive(w, (uint8_t)(10 - family), &got), 0);
    }
}
END_TEST

START_TEST(what_is_no_esp_stays_outside)
{
    static const uint32_t reserved[] = {0, 1, 255};
    const uint8_t family = _i ? 6 : 4;
    const struct inbound_datagram *got;

    for (unsigned i = 0; i < RUN_COUNT(reserved); i++)
        send_spi(family, reserved[i], 64);
    for (uint32_t n = 0; n < CIPHER_HEADER_BYTES; n++)
        send_spi(family, 3000, n);
    for (unsigned w = 0; w < WORKERS; w++)
        ck_assert_int_eq(receive(w, family, &got), 0);
    send_spi(family, 256, CIPHER_HEADER_BYTES);
    ck_assert_int_eq(receive(256 % WORKERS, family, &got), 1);
    ck_assert_uint_eq(got[0].n, CIPHER_HEADER_BYTES);
}
END_TEST

START_TEST(the_filter_stays)
{
    struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
    struct sock_fprog program = {1, &all};
    int fds[] = {workers[0].fd4, workers[0].fd6};

    for (unsigned i = 0; i < RUN_COUNT(fds); i++) {
        ck_assert_int_lt(setsockopt(fds[i], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)), 0);
        ck_assert_int_lt(setsockopt(fds[i], SOL_SOCKET, SO_DETACH_FILTER, &(int){0}, sizeof(int)), 0);
    }
    ck_assert_int_lt(raw_open(2, 2, &(struct raw){-1, -1}), 0);
}
END_TEST

// A sender's IPv4 options and its fragments are gone, the class of the header is not.
START_TEST(headers_are_cut_off)
{
    static const uint8_t options[] = {1, 1, 1, 1, 1, 1, 1, 0};
    const struct inbound_datagram *got;
    const uint8_t family = _i ? 6 : 4;
    int class = 0xb9;

    if (family == 4) {
        ck_assert_int_eq(setsockopt(senders[0], IPPROTO_IP, IP_OPTIONS, options, sizeof(options)), 0);
        ck_assert_int_eq(setsockopt(senders[0], IPPROTO_IP, IP_TOS, &class, sizeof(class)), 0);
    } else {
        ck_assert_int_eq(setsockopt(senders[1], IPPROTO_IPV6, IPV6_TCLASS, &class, sizeof(class)), 0);
    }
    send_spi(family, 3000, 100);
    send_spi(family, 3000, 30000);
    ck_assert_int_eq(receive(0, family, &got), 2);
    for (unsigned i = 0; i < 2; i++) {
        uint32_t n = i ? 30000 : 100;

        ck_assert_uint_eq(got[i].n, n);
        ck_assert_uint_eq(spi_of(&got[i]), 3000);
        ck_assert_uint_eq(got[i].p[n - 1], (uint8_t)((n - 1) * 7));
        ck_assert_uint_eq(got[i].traffic_class & 0xfc, 0xb8); // ECN of raw sockets is the kernel's
    }
}
END_TEST

START_TEST(malformed_headers_are_refused)
{
    uint8_t packet[64] = {0x45};
    struct inbound_datagram d;

    ck_assert(!raw_read_ipv4(packet, 0, &d));
    ck_assert(!raw_read_ipv4(packet, 19, &d));
    packet[0] = 0x44;
    ck_assert(!raw_read_ipv4(packet, 64, &d));
    packet[0] = 0x4f;
    ck_assert(!raw_read_ipv4(packet, 59, &d));
    ck_assert(raw_read_ipv4(packet, 60, &d));
    ck_assert_uint_eq(d.n, 0);
    packet[0] = 0x45;
    ck_assert(raw_read_ipv4(packet, 64, &d));
    ck_assert_uint_eq(d.n, 44);
    ck_assert_ptr_eq(d.p, packet + 20);
}
END_TEST

static void use_path(struct child *child, uint8_t family, uint16_t port, enum path_encapsulation encapsulation)
{
    struct endpoint local = loopback(family), remote = local;
    struct path *path;

    remote.port = port;
    ck_assert_int_eq(path_new(&local, &remote, encapsulation, &path), 0);
    free(atomic_exchange(&child->out.path, path));
}

static uint8_t memory[ESP_BURST_PKTS][200];

static void make_burst(struct child *child, struct seal_packet packets[ESP_BURST_PKTS])
{
    for (uint32_t i = 0; i < ESP_BURST_PKTS; i++) {
        memset(memory[i], (int)i, sizeof(memory[i]));
        memcpy(memory[i], &(uint32_t){htonl(3000)}, 4);
        packets[i] = (struct seal_packet){.child = child, .esp = memory[i], .esp_bytes = 100 + i};
        packets[i].traffic_class = i < 20 ? 0 : i < 40 ? 0x2e << 2 : (uint8_t)(i % 3 << 5);
        packets[i].drop = i % 10 == 7 ? DROP_SEAL : DROP_NONE;
    }
}

START_TEST(a_burst_arrives_packet_by_packet)
{
    const uint8_t family = _i ? 6 : 4;
    struct seal_packet packets[ESP_BURST_PKTS];
    const struct inbound_datagram *got;
    struct world world;
    int n;

    world_init(&world, &world_suites[1], &cipher_openssl, &cipher_openssl);
    use_path(world.side[0].child, family, 4500, PATH_PROTOCOL_50);
    make_burst(world.side[0].child, packets);
    raw_send_burst(&workers[1], packets, ESP_BURST_PKTS, &drops);
    n = receive(0, family, &got);
    ck_assert_int_eq(n, ESP_BURST_PKTS - 6);
    for (unsigned i = 0; i < ESP_BURST_PKTS; i++) {
        if (packets[i].drop)
            continue;
        ck_assert_uint_eq(got->n, packets[i].esp_bytes);
        ck_assert_mem_eq(got->p, packets[i].esp, got->n);
        ck_assert_uint_eq(got->traffic_class, packets[i].traffic_class);
        got++;
    }
    ck_assert_uint_eq(atomic_load(&drops.n[DROP_SEND]), 0);
    raw_send_burst(&(struct raw){-1, -1}, packets, ESP_BURST_PKTS, &drops);
    ck_assert_uint_eq(atomic_load(&drops.n[DROP_SEND]), ESP_BURST_PKTS - 6);
    world_done(&world);
}
END_TEST

// Neighbours in one burst whose SAs go different ways.
START_TEST(each_sa_goes_its_own_way)
{
    struct seal_packet packets[ESP_BURST_PKTS];
    const struct inbound_datagram *got;
    struct endpoint at = loopback(4);
    struct sockaddr_storage sa;
    socklen_t n = endpoint_to_sockaddr(&at, &sa);
    struct world world;
    struct udp udp = {socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), -1};
    unsigned datagrams = 0;
    uint8_t in[300];

    ck_assert_int_eq(bind(udp.fd4, (struct sockaddr *)&sa, n), 0);
    ck_assert_int_eq(getsockname(udp.fd4, (struct sockaddr *)&sa, &n), 0);
    ck_assert_int_eq(endpoint_from_sockaddr((struct sockaddr *)&sa, &at), 0);
    world_init(&world, &world_suites[1], &cipher_openssl, &cipher_openssl);
    use_path(world.side[0].child, 4, 4500, PATH_PROTOCOL_50);
    use_path(world.side[1].child, 4, at.port, PATH_IN_UDP);
    make_burst(world.side[0].child, packets);
    for (unsigned i = 0; i < ESP_BURST_PKTS; i++)
        packets[i].child = world.side[i / 5 % 2].child;
    send_burst(&(struct send_sockets){&udp, &workers[1]}, packets, ESP_BURST_PKTS, 0, &drops);
    ck_assert_int_eq(receive(0, 4, &got), 34);
    for (; recv(udp.fd4, in, sizeof(in), 0) > 0; datagrams++)
        ck_assert_uint_eq(in[4] / 5 % 2, 1);
    ck_assert_uint_eq(datagrams, 30 - 6); // all that is dropped is there
    close(udp.fd4);
    world_done(&world);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("raw");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, each_worker_gets_its_own_spis, 0, 2);
    tcase_add_loop_test(tcase, what_is_no_esp_stays_outside, 0, 2);
    tcase_add_test(tcase, the_filter_stays);
    tcase_add_loop_test(tcase, headers_are_cut_off, 0, 2);
    tcase_add_test(tcase, malformed_headers_are_refused);
    tcase_add_loop_test(tcase, a_burst_arrives_packet_by_packet, 0, 2);
    tcase_add_test(tcase, each_sa_goes_its_own_way);
    return run_case(tcase);
}
