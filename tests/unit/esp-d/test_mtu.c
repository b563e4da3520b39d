// Packets that are made to fit the outer path: the size, TCP's segment size, fragments, and ICMP both ways.
#include <errno.h>

#include "esp-d/icmp_hint.h"
#include "esp-d/inner_fragment.h"
#include "esp-d/mss.h"
#include "esp-d/mtu.h"
#include "esp-d/outbound.h"
#include "esp-d/path_mtu.h"
#include "tests/unit/esp-d/world.h"
#include "tests/unit/lib/run.h"

#define PROBES_MAX 32

static struct {
    struct world world;
    struct drop_counters drops;
    struct outbound out;
    uint8_t opened[64][2048]; // inner packets as the peer gets them
    size_t opened_bytes[64];
    unsigned n;
    uint8_t answer[1500];
    size_t answer_bytes;
    uint32_t link_bytes; // what this machine's own link takes: IP packets
    uint32_t probes[PROBES_MAX];
    unsigned probes_n;
    uint32_t largest_esp;
} t;

static void on_send(void *arg, const struct seal_packet *packets, unsigned n)
{
    (void)arg;
    for (unsigned i = 0; i < n; i++) {
        struct open_packet p;

        ck_assert_int_eq(packets[i].drop, DROP_NONE);
        if (packets[i].esp_bytes > t.largest_esp)
            t.largest_esp = packets[i].esp_bytes;
        p = world_open(&t.world, 1, packets[i].esp, packets[i].esp_bytes);
        ck_assert_int_eq(p.drop, DROP_NONE);
        memcpy(t.opened[t.n], p.inner, p.flow.total_bytes);
        t.opened_bytes[t.n++] = p.flow.total_bytes;
    }
}

static void on_answer(void *arg, struct bytes packet)
{
    (void)arg;
    ck_assert_uint_le(packet.n, sizeof(t.answer));
    memcpy(t.answer, packet.p, packet.n);
    t.answer_bytes = packet.n;
}

static int on_probe(void *arg, const struct path *path, struct bytes packet)
{
    uint32_t bytes = (uint32_t)packet.n + 28;
    uint8_t copy[1500];

    (void)arg;
    (void)path;
    ck_assert_uint_lt(t.probes_n, PROBES_MAX);
    t.probes[t.probes_n++] = bytes;
    if (bytes > t.link_bytes)
        return -EMSGSIZE;
    memcpy(copy, packet.p, packet.n);
    ck_assert_int_eq(world_open(&t.world, 1, copy, (uint32_t)packet.n).drop, DROP_DUMMY);
    return 0;
}

static void set_up_suite(unsigned suite)
{
    const struct outbound_sinks sinks = {NULL, on_send, on_answer, world_ignore_acquire, world_ignore_expire, on_probe};

    memset(&t, 0, sizeof(t));
    world_init(&t.world, &world_suites[suite], &cipher_openssl, &cipher_openssl);
    ck_assert_int_eq(outbound_init(&t.out, &sinks, &t.world.side[0].crypt, t.world.side[0].db, &t.drops), 0);
    t.out.now_ms = 1000;
    t.link_bytes = 1500;
}

static void tear_down(void)
{
    outbound_done(&t.out);
    world_done(&t.world);
}

static struct child *sender(void)
{
    return t.world.side[0].child;
}

static struct path *path(void)
{
    return atomic_load(&sender()->out.path);
}

static void push(const uint8_t *packet, size_t n)
{
    uint8_t frame[SEGMENT_VNET_BYTES + 4096] = {0};

    memcpy(frame + SEGMENT_VNET_BYTES, packet, n);
    outbound_push(&t.out, bytes_of(frame, SEGMENT_VNET_BYTES + n));
    outbound_flush(&t.out);
}

static unsigned u16_at(const uint8_t *p)
{
    return (unsigned)(p[0] << 8 | p[1]);
}

static void clear_dont_fragment(uint8_t *p)
{
    p[6] = 0;
    memset(p + 10, 0, 2);
    world_put_u16(p + 10, (uint16_t)~world_fold(world_sum(p, 20, 0)));
}

// The largest inner packet fills the path to less than one block of the cipher, and one byte more does not fit.
START_TEST(overhead_is_exact)
{
    for (unsigned i = 0; i < WORLD_SUITES_N; i++) {
        uint32_t inner;

        set_up_suite(i);
        inner = mtu_inner_bytes(sender(), path());
        ck_assert_uint_le(seal_bytes(&t.world.suite, inner), mtu_esp_bytes(path(), 1500));
        ck_assert_uint_gt(seal_bytes(&t.world.suite, inner + 1), mtu_esp_bytes(path(), 1500));
        tear_down();
    }
}
END_TEST

START_TEST(known_sizes)
{
    set_up_suite(1); // AES-256-GCM: 1500 - 20 - 8 - 8 - 8 - 16 = 1440, less 2
    ck_assert_uint_eq(mtu_inner_bytes(sender(), path()), 1438);
    ck_assert_uint_eq(mtu_next_plateau(1500, 4), 1492);
    ck_assert_uint_eq(mtu_next_plateau(1280, 6), 0);
    ck_assert_uint_eq(mtu_next_plateau(1280, 4), 1006);
    ck_assert_uint_eq(mtu_bounded(68, 4), MTU_PATH_IPV4_MIN);
    ck_assert_uint_eq(mtu_bounded(68, 6), MTU_PATH_IPV6_MIN);
    ck_assert_uint_eq(mtu_bounded(9000, 4), MTU_PATH_BYTES);
    tear_down();
}
END_TEST

START_TEST(too_large_with_df_is_answered)
{
    uint8_t packet[2048];
    size_t n;

    set_up_suite(1);
    n = world_udp(packet, 4, 1438 - 28);
    push(packet, n);
    ck_assert_uint_eq(t.n, 1);
    n = world_udp(packet, 4, 1439 - 28);
    push(packet, n);
    ck_assert_uint_eq(t.n, 1);
    ck_assert_uint_eq(atomic_load(&t.drops.n[DROP_TOO_BIG]), 1);
    ck_assert_uint_eq(t.answer[20], 3);
    ck_assert_uint_eq(t.answer[21], 4);
    ck_assert_uint_eq(u16_at(t.answer + 26), 1438);
    ck_assert_uint_eq(world_fold(world_sum(t.answer + 20, t.answer_bytes - 20, 0)), 0xffff);
    ck_assert_int_eq(memcmp(t.answer + 12, packet + 16, 4), 0); // from whom it was meant for
    n = world_udp(packet, 6, 1439 - 48);
    push(packet, n);
    ck_assert_uint_eq(t.answer[40], 2);
    ck_assert_uint_eq(u16_at(t.answer + 46), 1438);
    tear_down();
}
END_TEST

START_TEST(ipv6_of_1280_bytes_always_passes)
{
    uint8_t packet[2048];

    set_up_suite(1);
    atomic_store(&path()->mtu_bytes, 1280);
    push(packet, world_udp(packet, 6, 1280 - 48));
    ck_assert_uint_eq(t.n, 1);
    push(packet, world_udp(packet, 6, 1281 - 48));
    ck_assert_uint_eq(t.n, 1);
    ck_assert_uint_eq(u16_at(t.answer + 46), 1280);
    tear_down();
}
END_TEST

// Put together again it is what was sent.
START_TEST(without_df_it_is_cut)
{
    static const size_t sizes[] = {1439, 1500, 3000, 3001, 3007};
    uint8_t packet[4096], whole[4096];

    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        size_t n, got = 20;

        set_up_suite(1);
        n = world_udp(packet, 4, sizes[i] - 28);
        clear_dont_fragment(packet);
        push(packet, n);
        ck_assert_uint_gt(t.n, 1);
        ck_assert_uint_le(t.largest_esp, 1472);
        for (unsigned k = 0; k < t.n; k++) {
            const uint8_t *p = t.opened[k];
            size_t offset = (size_t)((p[6] & 0x1f) << 8 | p[7]) * 8;

            ck_assert_uint_eq(offset, got - 20);
            ck_assert_int_eq(!!(p[6] & 0x20), k + 1 < t.n);
            ck_assert_uint_eq(world_fold(world_sum(p, 20, 0)), 0xffff);
            memcpy(whole + got, p + 20, t.opened_bytes[k] - 20);
            got += t.opened_bytes[k] - 20;
        }
        ck_assert_uint_eq(got, n);
        ck_assert_int_eq(memcmp(whole + 20, packet + 20, n - 20), 0);
        tear_down();
    }
}
END_TEST

// RFC 791 3.1: an option that is to be copied stands in every fragment, others in the first alone.
START_TEST(options_are_copied_where_they_belong)
{
    static const uint8_t options[] = {7, 7, 4, 0, 0, 0, 0, 1, 0x94, 4, 0, 0}; // record route, NOP, router alert
    uint8_t packet[1600] = {0}, out[1600];
    struct inner_fragment f;
    struct flow flow;

    world_ip(packet, 4, IPPROTO_UDP, 1012);
    packet[0] = 0x48;
    memcpy(packet + 20, options, sizeof(options));
    clear_dont_fragment(packet);
    flow = world_flow(packet, 1032);
    ck_assert_int_eq(inner_fragment_start(packet, &flow, 576, &f), 0);
    ck_assert_uint_eq(inner_fragment_next_bytes(&f), 32 + 544);
    inner_fragment_copy_next(&f, out);
    ck_assert_uint_eq(out[0], 0x48);
    ck_assert_uint_eq(inner_fragment_next_bytes(&f), 24 + 456);
    inner_fragment_copy_next(&f, out);
    ck_assert_uint_eq(out[0], 0x46);
    ck_assert_int_eq(memcmp(out + 20, options + 8, 4), 0);
    ck_assert_uint_eq(world_fold(world_sum(out, 24, 0)), 0xffff);
    ck_assert_uint_eq(inner_fragment_next_bytes(&f), 0);
    ck_assert_int_eq(inner_fragment_start(packet, &flow, 39, &f), -EMSGSIZE);
}
END_TEST

// A fragment that is cut again keeps its place, and says that more follow.
START_TEST(a_fragment_can_be_cut_again)
{
    uint8_t packet[1600] = {0}, out[1600];
    struct inner_fragment f;
    struct flow flow;

    world_ip(packet, 4, IPPROTO_UDP, 1000);
    clear_dont_fragment(packet);
    packet[6] = 0x20;
    packet[7] = 100;
    flow = world_flow(packet, 1020);
    ck_assert_int_eq(inner_fragment_start(packet, &flow, 576, &f), 0);
    inner_fragment_copy_next(&f, out);
    ck_assert_uint_eq(u16_at(out + 6), 0x2000 | 100);
    inner_fragment_copy_next(&f, out);
    ck_assert_uint_eq(u16_at(out + 6), 0x2000 | (100 + 552 / 8));
    ck_assert_uint_eq(inner_fragment_next_bytes(&f), 0);
}
END_TEST

// A SYN with these options; returns its bytes.
static size_t put_syn(uint8_t *p, unsigned family, const uint8_t *options, size_t options_bytes)
{
    size_t ip = world_ip(p, family, IPPROTO_TCP, 20 + options_bytes);
    uint8_t *tcp = p + ip;
    struct flow flow;

    memset(tcp, 0, 20);
    world_put_u16(tcp, 5000);
    world_put_u16(tcp + 2, 80);
    tcp[12] = (uint8_t)((20 + options_bytes) / 4 << 4);
    tcp[13] = 2;
    memcpy(tcp + 20, options, options_bytes);
    flow = world_flow(p, ip + 20 + options_bytes);
    world_put_u16(tcp + 16,
                  (uint16_t)~world_fold(world_sum(tcp, 20 + options_bytes,
                                                  (family == 4 ? world_sum(p + 12, 8, 0) : world_sum(p + 8, 32, 0)) +
                                                      flow.protocol + 20 + (uint32_t)options_bytes)));
    ck_assert(world_upper_is_valid(p, &flow));
    return ip + 20 + options_bytes;
}

START_TEST(mss_is_lowered_and_never_raised)
{
    static const uint8_t even[] = {2, 4, 5, 180, 1, 1, 1, 0}, odd[] = {1, 2, 4, 5, 180, 1, 1, 0};
    static const uint8_t small[] = {2, 4, 2, 24};
    uint8_t p[128];
    struct flow flow;
    size_t n;

    n = put_syn(p, 4, even, sizeof(even));
    flow = world_flow(p, n);
    ck_assert(mss_is_named(p, &flow));
    mss_lower(p, &flow, 1438);
    ck_assert_uint_eq(u16_at(p + 42), 1398);
    ck_assert(world_upper_is_valid(p, &flow));
    n = put_syn(p, 6, odd, sizeof(odd));
    flow = world_flow(p, n);
    mss_lower(p, &flow, 1438);
    ck_assert_uint_eq(u16_at(p + 63), 1378);
    ck_assert(world_upper_is_valid(p, &flow));
    n = put_syn(p, 4, small, sizeof(small));
    flow = world_flow(p, n);
    mss_lower(p, &flow, 1438);
    ck_assert_uint_eq(u16_at(p + 42), 536);
}
END_TEST

START_TEST(broken_options_are_left_alone)
{
    static const uint8_t broken[][4] = {{2, 4, 5, 0}, {2, 0, 5, 180}, {8, 1, 2, 4}, {2, 3, 5, 1}, {1, 1, 1, 2}};
    uint8_t p[128], before[128];
    struct flow flow;
    size_t n;

    for (size_t i = 1; i < sizeof(broken) / sizeof(broken[0]); i++) {
        n = put_syn(p, 4, broken[i], 4);
        flow = world_flow(p, n);
        memcpy(before, p, n);
        mss_lower(p, &flow, 500);
        ck_assert_int_eq(memcmp(p, before, n), 0);
    }
}
END_TEST

// Both ends of the tunnel lower it: here the sender by its own path, there the receiver by its own.
START_TEST(mss_passes_through_the_tunnel_lowered)
{
    static const uint8_t options[] = {2, 4, 5, 180};
    uint8_t p[128];
    struct flow flow;

    set_up_suite(1);
    atomic_store(&atomic_load(&t.world.side[1].child->out.path)->mtu_bytes, 1400);
    push(p, put_syn(p, 4, options, sizeof(options)));
    ck_assert_uint_eq(t.n, 1);
    flow = world_flow(t.opened[0], t.opened_bytes[0]);
    ck_assert_uint_eq(u16_at(t.opened[0] + 42), 1338 - 40);
    ck_assert(world_upper_is_valid(t.opened[0], &flow));
    tear_down();
}
END_TEST

START_TEST(the_own_link_tells_by_refusing)
{
    uint8_t packet[2048];

    set_up_suite(1);
    t.link_bytes = 1454;
    push(packet, world_udp(packet, 4, 100)); // nothing was asked yet
    ck_assert_uint_eq(t.probes_n, 0);
    atomic_store(&sender()->out.last_ms, 1000);
    path_mtu_sweep(sender(), 1000 + ESP_PROBE_FIRST_MS);
    push(packet, world_udp(packet, 4, 100));
    ck_assert_uint_eq(t.probes[0], 1500);
    ck_assert_uint_eq(atomic_load(&path()->mtu_bytes), 1450);
    ck_assert_uint_le(t.probes[t.probes_n - 1], 1450);
    t.probes_n = 0;
    push(packet, world_udp(packet, 4, 100));
    ck_assert_uint_eq(t.probes_n, 0);
    tear_down();
}
END_TEST

START_TEST(paths_are_asked_again_while_in_use)
{
    uint64_t now = 5000;

    set_up_suite(1);
    path_mtu_sweep(sender(), now); // never used
    ck_assert(!atomic_load(&sender()->out.wants_probe));
    atomic_store(&sender()->out.last_ms, now);
    path_mtu_sweep(sender(), now);
    ck_assert(!atomic_load(&sender()->out.wants_probe)); // the peer may not have the SA yet
    now += ESP_PROBE_FIRST_MS;
    atomic_store(&sender()->out.last_ms, now);
    path_mtu_sweep(sender(), now);
    ck_assert(atomic_exchange(&sender()->out.wants_probe, false));
    path_mtu_sweep(sender(), now + ESP_PROBE_ANSWER_MS);
    atomic_store(&path()->mtu_bytes, 1300);
    now += ESP_PROBE_AGAIN_MS;
    path_mtu_sweep(sender(), now); // silent since
    ck_assert(!atomic_load(&sender()->out.wants_probe));
    atomic_store(&sender()->out.last_ms, now);
    path_mtu_sweep(sender(), now);
    ck_assert(atomic_load(&sender()->out.wants_probe));
    ck_assert_uint_eq(atomic_load(&path()->mtu_bytes), 1300); // the path may be as narrow as it was
    path_mtu_sweep(sender(), now + ESP_PROBE_ANSWER_MS);
    ck_assert_uint_eq(atomic_load(&path()->mtu_bytes), MTU_PATH_BYTES); // nobody objected
    tear_down();
}
END_TEST

// What a router with a link of `mtu` says of a packet of ours, as the raw socket hands it over.
static size_t put_hint(uint8_t *p, uint16_t mtu, uint32_t spi, uint32_t sequence)
{
    static const uint8_t addresses[] = {192, 0, 2, 1, 192, 0, 2, 2};
    uint32_t words[2] = {htonl(spi), htonl(sequence)};

    memset(p, 0, 64);
    p[0] = 0x45;
    p[9] = IPPROTO_ICMP;
    p[20] = 3;
    p[21] = 4;
    world_put_u16(p + 26, mtu);
    p[28] = 0x45;
    world_put_u16(p + 30, 1500);
    p[37] = IPPROTO_UDP;
    memcpy(p + 40, addresses, 8);
    world_put_u16(p + 48, 4500);
    world_put_u16(p + 50, 4500);
    memcpy(p + 56, words, 8);
    return 64;
}

static uint32_t learn(uint16_t mtu, uint32_t spi, uint32_t sequence)
{
    struct icmp_hint hint;
    uint8_t p[64];

    ck_assert(icmp_hint_parse_ipv4(bytes_of(p, put_hint(p, mtu, spi, sequence)), &hint));
    return path_mtu_learn(t.world.side[0].db, &hint, 5000);
}

START_TEST(routers_are_believed_if_they_saw_the_packet)
{
    uint8_t packet[2048];
    uint32_t spi;

    set_up_suite(1);
    spi = sender()->out.spi;
    for (unsigned i = 0; i < 3; i++)
        push(packet, world_udp(packet, 4, 100));
    ck_assert(!learn(1400, spi + 1, 3));
    ck_assert(!learn(1400, spi, 0));
    ck_assert(!learn(1400, spi, 4)); // not sent yet
    ck_assert_uint_eq(atomic_load(&path()->mtu_bytes), 1500);
    ck_assert_uint_eq(learn(1400, spi, 3), 1400);
    ck_assert_uint_eq(atomic_load(&path()->mtu_bytes), 1400);
    ck_assert(!learn(1450, spi, 3));           // larger says nothing
    ck_assert_uint_eq(learn(0, spi, 3), 1380); // RFC 1191 5
    ck_assert_uint_eq(atomic_load(&path()->mtu_bytes), 1380);
    ck_assert_uint_eq(learn(100, spi, 3), MTU_PATH_IPV4_MIN);
    ck_assert_uint_eq(atomic_load(&path()->mtu_bytes), MTU_PATH_IPV4_MIN);
    tear_down();
}
END_TEST

START_TEST(an_objection_keeps_a_path_narrow)
{
    uint8_t packet[2048];

    set_up_suite(1);
    push(packet, world_udp(packet, 4, 100));
    ck_assert(learn(1400, sender()->out.spi, 1));
    atomic_store(&sender()->out.last_ms, 5000 + ESP_PROBE_AGAIN_MS);
    path_mtu_sweep(sender(), 5000 + ESP_PROBE_AGAIN_MS);
    push(packet, world_udp(packet, 4, 100));
    ck_assert_uint_eq(t.probes_n, 1);
    ck_assert_uint_eq(t.probes[0], 1500);
    ck_assert(!learn(1400, sender()->out.spi, 3)); // nothing new
    path_mtu_sweep(sender(), 5000 + ESP_PROBE_AGAIN_MS + ESP_PROBE_ANSWER_MS);
    ck_assert_uint_eq(atomic_load(&path()->mtu_bytes), 1400);
    tear_down();
}
END_TEST

START_TEST(hints_that_say_nothing_are_none)
{
    uint8_t p[64], *at;
    struct icmp_hint hint;
    size_t n = put_hint(p, 1400, 0x1234, 7);
    static const unsigned broken[] = {0, 20, 21, 28, 35, 37, 48};

    ck_assert(icmp_hint_parse_ipv4(bytes_of(p, n), &hint));
    ck_assert_uint_eq(hint.mtu_bytes, 1400);
    ck_assert_uint_eq(hint.spi, 0x1234);
    ck_assert_uint_eq(hint.sequence, 7);
    for (size_t i = 0; i < n; i++)
        ck_assert(!icmp_hint_parse_ipv4(bytes_of(p, i), &hint));
    for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
        at = p + broken[i];
        *at ^= 0x1f;
        ck_assert(!icmp_hint_parse_ipv4(bytes_of(p, n), &hint));
        *at ^= 0x1f;
    }
}
END_TEST

START_TEST(ipv6_hints)
{
    uint8_t p[72] = {[0] = 2, [6] = 1400 >> 8, [7] = 1400 & 255, [8] = 0x60, [14] = IPPROTO_ESP};
    struct icmp_hint hint;

    p[8 + 24] = 0x20;
    p[8 + 39] = 2;
    p[48 + 3] = 99;
    p[52 + 3] = 5;
    ck_assert(icmp_hint_parse_ipv6(bytes_of(p, 56), &hint));
    ck_assert_uint_eq(hint.mtu_bytes, 1400);
    ck_assert_uint_eq(hint.spi, 99);
    ck_assert_uint_eq(hint.sequence, 5);
    ck_assert_uint_eq(hint.remote.family, 6);
    for (size_t i = 0; i < 56; i++)
        ck_assert(!icmp_hint_parse_ipv6(bytes_of(p, i), &hint));
    p[14] = IPPROTO_FRAGMENT; // the first fragment of an outer packet
    memmove(p + 56, p + 48, 8);
    memset(p + 48, 0, 8);
    p[48] = IPPROTO_ESP;
    p[51] = 1;
    ck_assert(icmp_hint_parse_ipv6(bytes_of(p, 64), &hint));
    p[51] = 9; // a later one
    ck_assert(!icmp_hint_parse_ipv6(bytes_of(p, 64), &hint));
}
END_TEST

START_TEST(a_replacement_knows_what_its_predecessor_knew)
{
    struct world other;

    set_up_suite(1);
    world_init(&other, &world_suites[1], &cipher_openssl, &cipher_openssl);
    atomic_store(&path()->mtu_bytes, 1300);
    path()->probe_due_ms = 77;
    path_mtu_inherit(other.side[0].child, sender());
    ck_assert_uint_eq(atomic_load(&atomic_load(&other.side[0].child->out.path)->mtu_bytes), 1300);
    ck_assert_uint_eq(atomic_load(&other.side[0].child->out.path)->probe_due_ms, 77);
    path_mtu_inherit(other.side[1].child, sender()); // it goes elsewhere
    ck_assert_uint_eq(atomic_load(&atomic_load(&other.side[1].child->out.path)->mtu_bytes), 1500);
    world_done(&other);
    tear_down();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {overhead_is_exact,
                                  known_sizes,
                                  too_large_with_df_is_answered,
                                  ipv6_of_1280_bytes_always_passes,
                                  without_df_it_is_cut,
                                  options_are_copied_where_they_belong,
                                  a_fragment_can_be_cut_again,
                                  mss_is_lowered_and_never_raised,
                                  broken_options_are_left_alone,
                                  mss_passes_through_the_tunnel_lowered,
                                  the_own_link_tells_by_refusing,
                                  paths_are_asked_again_while_in_use,
                                  routers_are_believed_if_they_saw_the_packet,
                                  an_objection_keeps_a_path_narrow,
                                  hints_that_say_nothing_are_none,
                                  ipv6_hints,
                                  a_replacement_knows_what_its_predecessor_knew};

    return run_tests("mtu", tests, RUN_COUNT(tests));
}
