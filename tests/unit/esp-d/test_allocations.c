// The packet path takes no memory after its start: every kind of traffic goes through two workers with real sockets,
// and the sanitizer's hooks count what their threads ask of malloc. The main thread, which stands for the rest of
// esp-d, may.
#include <linux/virtio_net.h>
#include <poll.h>
#include <stdio.h>

#include <sanitizer/common_interface_defs.h>

#include "tests/unit/esp-d/worker_end.h"
#include "tests/unit/lib/run.h"

#define SPI_TUNNEL    0x5000u
#define SPI_TRANSPORT 0x6000u
#define FRAME_MAX     (SEGMENT_VNET_BYTES + 65536u)
#define BUFFER_BYTES  (4 << 20)

static struct world world;
static struct worker_end ends[2];
static uint32_t turn; // of the tunnel's SAs
static uint8_t frame[FRAME_MAX];

// Of <sanitizer/allocator_interface.h>, which gcc's package leaves out.
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
                                              void (*on_free)(const volatile void *));

static atomic_bool is_counting;
static _Atomic unsigned allocations;
static atomic_bool is_quiet; // says nothing of those that it finds
static _Thread_local bool is_main;

static void on_malloc(const volatile void *p, size_t n)
{
    (void)p;
    (void)n;
    if (is_main || !atomic_load(&is_counting))
        return;
    if (atomic_fetch_add(&allocations, 1) < 3 && !atomic_load(&is_quiet)) {
        atomic_store(&is_counting, false);
        __sanitizer_print_stack_trace();
        atomic_store(&is_counting, true);
    }
}

static void on_free(const volatile void *p)
{
    (void)p;
}

static struct child *install(unsigned side, uint32_t spi, const struct child_spec *like)
{
    struct database *db = world.side[side].db;
    struct child_spec spec = *like;
    uint8_t keys[2][72];

    for (unsigned i = 0; i < 2; i++)
        world_key(i, keys[i]);
    spec.spi_in = spec.spi_out = spi;
    spec.keys_in[0] = bytes_of(keys[side], (size_t)spec.suite.key_bytes + spec.suite.salt_bytes);
    spec.keys_in[1] = bytes_of(keys[side] + 8, spec.suite.integ_key_bytes);
    spec.keys_out[0] = bytes_of(keys[!side], (size_t)spec.suite.key_bytes + spec.suite.salt_bytes);
    spec.keys_out[1] = bytes_of(keys[!side] + 8, spec.suite.integ_key_bytes);
    spec.local_n = spec.remote_n = 2;
    spec.follow_remote = true;
    spec.local_endpoint = ends[side].endpoint;
    spec.remote_endpoint = ends[!side].endpoint;
    ck_assert_int_eq(sad_add_reservation(&db->sad, spi, UINT64_MAX), 0);
    ck_assert_int_eq(database_install(db, spec.transport ? "host" : "net", &spec, 0, 0), 0);
    return sad_find(&db->sad, spi);
}

// A new pair of the tunnel's SAs in the place of the last one, at both sides.
static void replace(const struct world_suite *suite, uint64_t packets_hard)
{
    struct child_spec spec = {.lifetime = {.hard_packets = packets_hard}};

    world_require(!cipher_suite_find(suite->encr, suite->key_bits, suite->integ, &spec.suite));
    spec.suite.esn = suite->esn;
    turn++;
    for (unsigned side = 2; side-- > 0;) {
        struct selector local[2] = {world_selector(side ? "10.2.0.0/16" : "10.1.0.0/16", "", ""),
                                    world_selector(side ? "fd00:2::/64" : "fd00:1::/64", "", "")};
        struct selector remote[2] = {world_selector(side ? "10.1.0.0/16" : "10.2.0.0/16", "", ""),
                                     world_selector(side ? "fd00:1::/64" : "fd00:2::/64", "", "")};

        spec.local = local;
        spec.remote = remote;
        world.side[side].child = install(side, SPI_TUNNEL + turn, &spec);
        if (turn > 1)
            ck_assert_int_eq(database_delete(world.side[side].db, SPI_TUNNEL + turn - 1), 0);
    }
    world.suite = spec.suite;
}

static void install_transport(void)
{
    struct selector hosts[2][2];
    struct child_spec spec = {.transport = true};

    world_require(!cipher_suite_find(ENCR_AES_GCM_16, 128, 0, &spec.suite));
    for (unsigned i = 0; i < 2; i++)
        hosts[i][0] = hosts[i][1] = world_selector(i ? "127.0.0.2/32" : "127.0.0.1/32", "", "");
    for (unsigned side = 2; side-- > 0;) {
        spec.local = hosts[side];
        spec.remote = hosts[!side];
        install(side, SPI_TRANSPORT, &spec);
    }
}

static void set_policies(unsigned side)
{
    static const struct {
        const char *tunnel, *range[2];
        enum policy_action action;
    } all[] = {
        {"net", {"10.1.0.0/16", "10.2.99.0/24"}, POLICY_DISCARD},
        {"none", {"10.1.0.0/16", "10.2.98.0/24"}, POLICY_PROTECT},
        {"net", {"10.1.0.0/16", "10.2.0.0/16"}, POLICY_PROTECT},
        {"net", {"fd00:1::/64", "fd00:2::/64"}, POLICY_PROTECT},
        {"host", {"127.0.0.1/32", "127.0.0.2/32"}, POLICY_PROTECT},
    };
    struct database *db = world.side[side].db;

    for (size_t i = 0; i < RUN_COUNT(all); i++) {
        struct database_policy p = {.tunnel = all[i].tunnel, .action = all[i].action};

        p.local = world_selector(all[i].range[side], "", "");
        p.remote = world_selector(all[i].range[!side], "", "");
        ck_assert_int_eq(database_add_policy(db, 2, &p), 0);
    }
    ck_assert_int_eq(database_commit_policies(db, 2), 0);
}

static uint64_t drops(unsigned side, enum drop reason)
{
    return atomic_load(&ends[side].worker.drops.n[reason]);
}

static void wait_for_drop(unsigned side, enum drop reason, uint64_t before)
{
    for (unsigned i = 0; i < 2000 && drops(side, reason) == before; i++)
        usleep(1000);
    ck_assert_msg(drops(side, reason) > before, "no %s", drop_name(reason));
}

// A thread has begun when it has looked at something.
static void wait_for_thread(unsigned side)
{
    static uint8_t keepalive[] = {0xff};

    ck_assert(worker_hand(&ends[side].worker, &(struct inbound_datagram){0}, bytes_of(keepalive, 1)));
    wait_for_drop(side, DROP_KEEPALIVE, 0);
}

static void set_up(void)
{
    is_main = true;
    world_init(&world, &world_suites[1], &cipher_ipsec_mb, &cipher_ipsec_mb);
    for (unsigned i = 0; i < 2; i++)
        worker_end_open(&ends[i], world.side[i].db, &cipher_ipsec_mb, (uint8_t)(i + 1), BUFFER_BYTES);
    for (unsigned i = 0; i < 2; i++) {
        set_policies(i);
        ck_assert_int_eq(worker_start(&ends[i].worker), 0);
    }
    install_transport();
    ck_assert_int_gt(__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free), 0);
    for (unsigned i = 0; i < 2; i++)
        wait_for_thread(i);
    atomic_store(&is_counting, true);
}

static void tear_down(void)
{
    atomic_store(&is_counting, false);
    for (unsigned i = 0; i < 2; i++)
        worker_end_close(&ends[i]);
    world_done(&world);
}

// Takes what comes out at a side, and what it tells the main thread, until `count` frames and events have come.
static unsigned drain(unsigned side, unsigned count)
{
    struct pollfd p = {.fd = ends[side].lan, .events = POLLIN};
    static uint8_t out[FRAME_MAX];
    struct worker *w = &ends[side].worker;
    struct event event;
    unsigned n = 0;

    for (unsigned i = 0; i < 200 && n < count; i++) {
        poll(&p, 1, 10);
        while (read(ends[side].lan, out, sizeof(out)) > 0)
            n++;
        while (event_take(&w->events, &event))
            n++;
        while (datagram_ring_take(&w->ike))
            n++;
        datagram_ring_release(&w->ike);
    }
    return n;
}

static void send_frame(unsigned side, size_t packet_bytes)
{
    ck_assert_int_eq(write(ends[side].lan, frame, SEGMENT_VNET_BYTES + packet_bytes),
                     (ssize_t)(SEGMENT_VNET_BYTES + packet_bytes));
}

// To the other side's socket, as a stranger's or from the worker's own address.
static void send_datagram(unsigned to, int fd, const uint8_t *p, size_t n)
{
    struct sockaddr_storage sa;
    socklen_t sa_n = endpoint_to_sockaddr(&ends[to].endpoint, &sa);

    ck_assert_int_eq(sendto(fd, p, n, 0, (struct sockaddr *)&sa, sa_n), (ssize_t)n);
}

static void assert_none(const char *what)
{
    ck_assert_msg(!atomic_load(&allocations), "%u allocations: %s", atomic_load(&allocations), what);
}

static uint8_t *clear_frame(void)
{
    memset(frame, 0, sizeof(frame));
    return frame + SEGMENT_VNET_BYTES;
}

// One super-packet as the kernel hands it over, TCP or UDP.
static size_t super_packet(unsigned family, uint8_t protocol)
{
    uint8_t *p = clear_frame();
    size_t upper_header = protocol == IPPROTO_TCP ? 20 : 8, header;
    struct virtio_net_hdr vnet = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .gso_size = 1200};

    header = world_ip(p, family, protocol, upper_header + 40 * 1200);
    vnet.gso_type = protocol == IPPROTO_UDP ? SEGMENT_GSO_UDP_L4
                    : family == 4           ? VIRTIO_NET_HDR_GSO_TCPV4
                                            : VIRTIO_NET_HDR_GSO_TCPV6;
    vnet.hdr_len = (uint16_t)(header + upper_header);
    vnet.csum_start = (uint16_t)header;
    vnet.csum_offset = protocol == IPPROTO_TCP ? 16 : 6;
    memcpy(frame, &vnet, SEGMENT_VNET_BYTES);
    world_put_u16(p + header + 2, 80);
    if (protocol == IPPROTO_TCP) {
        p[header + 12] = 0x50;
        p[header + 13] = 0x10;
    } else {
        world_put_u16(p + header + 4, 8 + 40 * 1200);
    }
    return header + upper_header + 40 * 1200;
}

START_TEST(bursts_of_every_suite)
{
    set_up();
    for (size_t i = 0; i < WORLD_SUITES_N; i++) {
        struct cipher_suite suite;

        world_require(
            !cipher_suite_find(world_suites[i].encr, world_suites[i].key_bits, world_suites[i].integ, &suite));
        if (!cipher_ipsec_mb.supports(&suite)) // OpenSSL's contexts take memory of their own
            continue;
        replace(&world_suites[i], 0);
        for (unsigned family = 4; family <= 6; family += 2) {
            send_frame(0, super_packet(family, IPPROTO_TCP));
            ck_assert_uint_gt(drain(1, 1), 0);
            send_frame(1, super_packet(family, IPPROTO_UDP)); // the wrong way round: for side 1 these are foreign
            send_frame(0, super_packet(family, IPPROTO_UDP));
            ck_assert_uint_gt(drain(1, 1), 0);
        }
        assert_none(world_suites[i].name);
    }
    tear_down();
}
END_TEST

// Of a UDP datagram from 10.1.0.2; its bytes.
static size_t fragment(uint8_t *p, unsigned number)
{
    size_t n = world_udp(p, 4, 512);

    world_put_u16(p + 6, number ? 520 / 8 : 0x2000);
    world_put_u16(p + 10, 0);
    world_put_u16(p + 10, (uint16_t)~world_fold(world_sum(p, 20, 0)));
    return n;
}

START_TEST(fragments_and_transport_mode)
{
    static const uint8_t hosts[8] = {127, 0, 0, 1, 127, 0, 0, 2};

    set_up();
    replace(&world_suites[1], 0);
    for (unsigned transport = 0; transport < 2; transport++) {
        for (unsigned round = 0; round < 20; round++) { // more than are kept at a time
            for (unsigned i = 0; i < 2; i++) {
                uint8_t *p = clear_frame();
                size_t n = fragment(p, i);

                if (transport)
                    memcpy(p + 12, hosts, sizeof(hosts));
                p[5] = (uint8_t)round;
                send_frame(0, n);
            }
            ck_assert_uint_gt(drain(1, transport ? 1 : 2), 0);
        }
        assert_none(transport ? "fragments, transport mode" : "fragments, tunnel mode");
    }
    for (unsigned i = 0; i < 50; i++) {
        uint8_t *p = clear_frame();
        size_t n = world_udp(p, 4, 900);

        memcpy(p + 12, hosts, sizeof(hosts));
        send_frame(0, n);
        ck_assert_uint_gt(drain(1, 1), 0);
    }
    assert_none("transport mode");
    tear_down();
}
END_TEST

START_TEST(what_gets_no_sa)
{
    static const struct {
        uint8_t third;
        enum drop drop;
    } cases[] = {{99, DROP_POLICY_DISCARD}, {98, DROP_NO_SA}, {2, DROP_NO_POLICY}};

    set_up();
    replace(&world_suites[1], 0);
    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        uint64_t before = drops(0, cases[i].drop);
        uint8_t *p = clear_frame();
        size_t n = world_udp(p, 4, 100);

        p[18] = cases[i].third;
        p[17] = cases[i].drop == DROP_NO_POLICY ? 200 : 2;
        send_frame(0, n);
        wait_for_drop(0, cases[i].drop, before);
        ck_assert_uint_gt(drain(0, 1), 0); // an ICMP error, or the question to ike-d
        assert_none(drop_name(cases[i].drop));
    }
    clear_frame();
    send_frame(0, 40); // no IP packet
    wait_for_drop(0, DROP_CLEAR_MALFORMED, 0);
    world_udp(clear_frame(), 4, 65490);
    send_frame(0, 65518);
    wait_for_drop(0, DROP_TOO_BIG, 0);
    assert_none("packets that can't be sent");
    tear_down();
}
END_TEST

// Too long for the path: an ICMP error with DF, two pieces without; and a SYN, whose MSS is lowered.
START_TEST(what_does_not_fit)
{
    uint8_t *p;
    size_t n;

    set_up();
    replace(&world_suites[1], 0);
    for (unsigned family = 4; family <= 6; family += 2) {
        n = world_udp(clear_frame(), family, 1470 - (family == 6 ? 20 : 0));
        send_frame(0, n);
        ck_assert_uint_eq(drain(0, 1), 1);
    }
    p = clear_frame();
    n = world_udp(p, 4, 1470);
    p[6] = 0;
    world_put_u16(p + 10, 0);
    world_put_u16(p + 10, (uint16_t)~world_fold(world_sum(p, 20, 0)));
    send_frame(0, n);
    ck_assert_uint_eq(drain(1, 2), 2);
    p = clear_frame();
    n = world_ip(p, 4, IPPROTO_TCP, 24);
    memcpy(p + n + 12, (const uint8_t[]){0x60, 2, 0xff, 0xff, 0, 0, 0, 0, 2, 4, 5, 180}, 12);
    send_frame(0, n + 24);
    ck_assert_uint_eq(drain(1, 1), 1);
    assert_none("packets that do not fit");
    tear_down();
}
END_TEST

START_TEST(ends_of_sas)
{
    set_up();
    replace(&world_suites[1], 4);
    for (unsigned i = 0; i < 8; i++)
        send_frame(0, world_udp(clear_frame(), 4, 100));
    wait_for_drop(0, DROP_LIFETIME_OUT, 0);
    ck_assert_uint_gt(drain(0, 1), 0);
    assert_none("an SA at its lifetime's end");
    replace(&world_suites[1], 0);
    atomic_store(&world.side[0].child->out.next_sequence, ESP_SEQUENCE_MAX);
    for (unsigned i = 0; i < 3; i++)
        send_frame(0, world_udp(clear_frame(), 4, 100));
    wait_for_drop(0, DROP_SEQUENCE_EXHAUSTED, 0);
    ck_assert_uint_gt(drain(0, 1), 0);
    assert_none("an SA without sequence numbers");
    tear_down();
}
END_TEST

// Sealed by the test itself; `changed` byte is wrong then.
static size_t sealed(uint8_t *esp, size_t changed)
{
    uint8_t inner[400];
    size_t n = world_seal(&world, 0, inner, world_udp(inner, 4, 200), esp);

    if (changed)
        esp[changed] ^= 1;
    return n;
}

START_TEST(what_strangers_send)
{
    static const uint8_t bytes[40000] = {0};
    uint8_t esp[600], unknown[64];
    int stranger = socket(AF_INET, SOCK_DGRAM, 0);
    size_t n;

    set_up();
    replace(&world_suites[1], 0);
    n = sealed(esp, 0);
    send_datagram(1, stranger, esp, n);
    ck_assert_uint_ge(drain(1, 2), 2); // the packet, and that the peer moved
    send_datagram(1, stranger, esp, n);
    wait_for_drop(1, DROP_REPLAY, 0);
    send_datagram(1, stranger, esp, sealed(esp, 30));
    wait_for_drop(1, DROP_INTEGRITY, 0);
    send_datagram(1, stranger, esp, sealed(esp, 0) - 1);
    wait_for_drop(1, DROP_LENGTH, 0);
    memset(unknown, 7, sizeof(unknown));
    send_datagram(1, stranger, unknown, sizeof(unknown));
    wait_for_drop(1, DROP_UNKNOWN_SPI, 0);
    send_datagram(1, stranger, unknown, 5);
    wait_for_drop(1, DROP_RUNT, 0);
    send_datagram(1, stranger, (const uint8_t *)"\xff", 1);
    wait_for_drop(1, DROP_KEEPALIVE, 1);
    assert_none("ESP of strangers");
    send_datagram(1, stranger, bytes, 400);
    ck_assert_uint_eq(drain(1, 1), 1);
    send_datagram(1, stranger, bytes, sizeof(bytes));
    wait_for_drop(1, DROP_IKE_LENGTH, 0);
    for (unsigned i = 0; i < 2000 && !drops(1, DROP_IKE_RATE) && !drops(1, DROP_IKE_QUEUE); i++)
        send_datagram(1, stranger, bytes, 100);
    assert_none("IKE");
    close(stranger);
    tear_down();
}
END_TEST

START_TEST(what_is_handed_over)
{
    struct inbound_datagram from = {0};
    uint8_t esp[600];

    set_up();
    replace(&world_suites[1], 0);
    from.remote = ends[0].endpoint;
    from.local = ends[1].endpoint;
    for (unsigned i = 0; i < 20; i++)
        ck_assert(worker_hand(&ends[1].worker, &from, bytes_of(esp, sealed(esp, 0))));
    ck_assert_uint_gt(drain(1, 1), 0);
    assert_none("ESP that came to the control socket");
    tear_down();
}
END_TEST

// The hooks do see what a thread takes.
static void *take_memory(void *arg)
{
    unsigned before = atomic_load(&allocations);
    void *volatile p = malloc(100);

    free(p);
    *(unsigned *)arg = atomic_load(&allocations) - before;
    return NULL;
}

START_TEST(counts_at_all)
{
    unsigned seen = 0;
    pthread_t thread;

    set_up();
    atomic_store(&is_quiet, true);
    ck_assert_int_eq(pthread_create(&thread, NULL, take_memory, &seen), 0);
    pthread_join(thread, NULL);
    ck_assert_uint_ge(seen, 1);
    tear_down();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        bursts_of_every_suite, fragments_and_transport_mode, what_gets_no_sa,     what_does_not_fit,
        ends_of_sas,           what_strangers_send,          what_is_handed_over, counts_at_all};
    TCase *tcase = tcase_create("allocations");

    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; i < RUN_COUNT(tests); i++)
        tcase_add_test(tcase, tests[i]);
    return run_case(tcase);
}
