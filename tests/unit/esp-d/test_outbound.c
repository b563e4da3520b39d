// Packets of the LAN: which SA they get, and what becomes of those that get none.
#include <linux/virtio_net.h>

#include "esp-d/ecn.h"
#include "esp-d/outbound.h"
#include "tests/unit/esp-d/world.h"
#include "tests/unit/lib/run.h"

static struct {
    struct world world;
    struct drop_counters drops;
    struct outbound out;
    unsigned sent, opened, answered, acquired, soft, hard, bursts;
    unsigned burst[16]; // packets of each
    enum lifetime_reason reason;
    uint8_t answer[1500];
} t;

static void on_send(void *arg, const struct seal_packet *packets, unsigned n)
{
    (void)arg;
    t.burst[t.bursts++ % RUN_COUNT(t.burst)] = n;
    for (unsigned i = 0; i < n; i++) {
        if (packets[i].drop)
            continue;
        t.sent++;
        t.opened += world_open(&t.world, 1, packets[i].esp, packets[i].esp_bytes).drop == DROP_NONE;
    }
}

static void on_answer(void *arg, struct bytes packet)
{
    struct flow f = world_flow(packet.p, packet.n);

    (void)arg;
    ck_assert_uint_eq(f.total_bytes, packet.n);
    if (f.family == 4) {
        ck_assert_uint_eq(world_fold(world_sum(packet.p, 20, 0)), 0xffff);
        ck_assert_uint_eq(world_fold(world_sum(packet.p + 20, packet.n - 20, 0)), 0xffff);
    } else {
        ck_assert(world_upper_is_valid(packet.p, &f));
    }
    memcpy(t.answer, packet.p, packet.n);
    t.answered++;
}

static bool on_acquire(void *arg, const struct policy *policy, const struct flow *flow)
{
    (void)arg;
    (void)flow;
    ck_assert_str_eq(policy->tunnel->name, "world");
    t.acquired++;
    return true;
}

static bool on_expire(void *arg, const struct child *child, const struct lifetime_end *end)
{
    (void)arg;
    (void)child;
    (*(end->hard ? &t.hard : &t.soft))++;
    t.reason = end->reason;
    return true;
}

static void add_policy(const char *local, const char *remote, enum policy_action action)
{
    struct database_policy p = {"world", world_selector(local, "", ""), world_selector(remote, "", ""), action};

    ck_assert_int_eq(database_add_policy(t.world.side[0].db, 1, &p), 0);
}

static void set_up(void)
{
    const struct outbound_sinks sinks = {NULL, on_send, on_answer, on_acquire, on_expire};

    memset(&t, 0, sizeof(t));
    world_init(&t.world, &world_suites[1], &cipher_ipsec_mb, &cipher_openssl);
    ck_assert_int_eq(outbound_init(&t.out, &sinks, &t.world.side[0].crypt, t.world.side[0].db, &t.drops), 0);
    t.out.now_ms = 1000;
    add_policy("10.1.0.0/16", "10.2.99.0/24", POLICY_DISCARD);
    add_policy("10.1.0.0/16", "10.2.98.0/24", POLICY_BYPASS);
    add_policy("10.1.0.0/16", "10.0.0.0/8", POLICY_PROTECT); // wider than the SA
    add_policy("fd00:1::/64", "fd00:2::/64", POLICY_PROTECT);
    ck_assert_int_eq(database_commit_policies(t.world.side[0].db, 1), 0);
}

static void tear_down(void)
{
    outbound_done(&t.out);
    world_done(&t.world);
}

// A UDP packet to 10.2.X.2 or 10.X... by its second and third byte.
static void push_to(uint8_t second, uint8_t third)
{
    uint8_t frame[SEGMENT_VNET_BYTES + 200] = {0};
    uint8_t *p = frame + SEGMENT_VNET_BYTES;
    size_t n = world_udp(p, 4, 60);

    p[17] = second;
    p[18] = third;
    outbound_push(&t.out, bytes_of(frame, SEGMENT_VNET_BYTES + n));
    outbound_flush(&t.out);
}

static uint64_t drops(enum drop reason)
{
    return atomic_load(&t.drops.n[reason]);
}

START_TEST(first_policy_decides)
{
    set_up();
    push_to(2, 0);
    push_to(2, 99);
    push_to(2, 98);
    ck_assert_uint_eq(t.sent, 1);
    ck_assert_uint_eq(t.opened, 1);
    ck_assert_uint_eq(drops(DROP_POLICY_DISCARD), 1);
    ck_assert_uint_eq(drops(DROP_POLICY_BYPASS), 1);
    ck_assert_uint_eq(t.answered, 2);
    ck_assert_uint_eq(t.answer[20], 3);
    ck_assert_uint_eq(t.answer[21], 13);
    tear_down();
}
END_TEST

START_TEST(asks_for_an_sa_now_and_then)
{
    set_up();
    for (unsigned i = 0; i < 10; i++)
        push_to(3, 0);
    ck_assert_uint_eq(t.acquired, 1);
    ck_assert_uint_eq(drops(DROP_NO_SA), 10);
    ck_assert_uint_eq(t.answered, 0);
    t.out.now_ms += ESP_ACQUIRE_INTERVAL_MS;
    push_to(3, 0);
    ck_assert_uint_eq(t.acquired, 2);
    t.out.now_ms += ESP_ACQUIRE_GRACE_MS;
    push_to(3, 0);
    ck_assert_uint_eq(t.answered, 1);
    ck_assert_uint_eq(t.sent, 0);
    tear_down();
}
END_TEST

START_TEST(limits_icmp_errors)
{
    set_up();
    for (unsigned i = 0; i < 500; i++)
        push_to(2, 99);
    ck_assert_uint_le(t.answered, ESP_ICMP_ERRORS_BURST);
    ck_assert_uint_gt(t.answered, 0);
    tear_down();
}
END_TEST

START_TEST(never_answers_errors)
{
    uint8_t frame[SEGMENT_VNET_BYTES + 100] = {0};
    uint8_t *p = frame + SEGMENT_VNET_BYTES;
    size_t header;

    set_up();
    header = world_ip(p, 4, IPPROTO_ICMP, 36);
    memset(p + header, 0, 36);
    p[header] = 3;
    p[18] = 99; // discarded
    outbound_push(&t.out, bytes_of(frame, SEGMENT_VNET_BYTES + header + 36));
    ck_assert_uint_eq(t.answered, 0);
    p[header] = 8; // a ping
    outbound_push(&t.out, bytes_of(frame, SEGMENT_VNET_BYTES + header + 36));
    ck_assert_uint_eq(t.answered, 1);
    ck_assert_uint_eq(drops(DROP_POLICY_DISCARD), 2);
    tear_down();
}
END_TEST

static void push_tcp(unsigned family, size_t payload, uint16_t segment)
{
    static uint8_t frame[SEGMENT_VNET_BYTES + 65535];
    struct virtio_net_hdr vnet = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .gso_size = segment};
    uint8_t *p = frame + SEGMENT_VNET_BYTES;
    size_t header = world_ip(p, family, IPPROTO_TCP, 20 + payload);

    memset(p + header, 0, 20 + payload);
    p[header + 12] = 0x50;
    vnet.gso_type = family == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
    memcpy(frame, &vnet, sizeof(vnet));
    outbound_push(&t.out, bytes_of(frame, SEGMENT_VNET_BYTES + header + 20 + payload));
}

START_TEST(carries_a_super_packet)
{
    for (unsigned family = 4; family <= 6; family += 2) {
        set_up();
        push_tcp(family, 64000, 500);
        outbound_flush(&t.out);
        ck_assert_uint_eq(t.sent, 128);
        ck_assert_uint_eq(t.opened, 128);
        tear_down();
    }
}
END_TEST

// 49 segments a super-packet are more than one send takes: what is left waits for the next one.
START_TEST(fills_sends)
{
    set_up();
    for (unsigned i = 0; i < 3; i++)
        push_tcp(4, (size_t)49 * 1328, 1328);
    ck_assert_uint_eq(t.bursts, 3);
    outbound_flush(&t.out);
    ck_assert_uint_eq(t.bursts, 4);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(t.burst[i], i < 3 ? 46 : 3 * 49 - 3 * 46);
    ck_assert_uint_eq(t.opened, 3 * 49);
    tear_down();
    set_up(); // small packets of many reads
    for (unsigned i = 0; i < 100; i++)
        push_tcp(6, 50, 50);
    ck_assert_uint_eq(t.burst[0], ESP_UDP_SEGMENTS_MAX);
    outbound_flush(&t.out);
    ck_assert_uint_eq(t.bursts, 2);
    ck_assert_uint_eq(t.burst[1], 100 - ESP_UDP_SEGMENTS_MAX);
    tear_down();
    set_up(); // short ones end a run, but not a burst
    for (unsigned i = 0; i < 10; i++)
        push_tcp(4, 1390 + 700, 1390);
    ck_assert_uint_eq(t.bursts, 0);
    outbound_flush(&t.out);
    ck_assert_uint_eq(t.burst[0], 20);
    tear_down();
}
END_TEST

START_TEST(sequence_numbers_end)
{
    set_up();
    atomic_store(&t.world.side[0].child->out.next_sequence, ESP_SEQUENCE_SOFT - 1);
    push_to(2, 0);
    ck_assert_uint_eq(t.soft, 0);
    push_to(2, 0);
    push_to(2, 0);
    ck_assert_uint_eq(t.soft, 1);
    atomic_store(&t.world.side[0].child->out.next_sequence, ESP_SEQUENCE_MAX);
    push_to(2, 0);
    ck_assert_uint_eq(t.sent, 4);
    ck_assert_uint_eq(t.hard, 0);
    for (unsigned i = 0; i < 3; i++)
        push_to(2, 0);
    ck_assert_uint_eq(t.sent, 4);
    ck_assert_uint_eq(t.hard, 1);
    ck_assert_uint_eq(drops(DROP_SEQUENCE_EXHAUSTED), 3);
    tear_down();
}
END_TEST

// Without ESN the number ends at 2^32 - 1; with it, it goes on.
START_TEST(long_sequence_numbers_go_on)
{
    set_up();
    t.world.side[0].child->suite.esn = true;
    t.world.side[0].child->out.last_sequence = ESP_SEQUENCE_ESN_MAX;
    t.world.side[0].child->out.soft_sequence = ESP_SEQUENCE_ESN_SOFT;
    atomic_store(&t.world.side[0].child->out.next_sequence, ESP_SEQUENCE_MAX);
    for (unsigned i = 0; i < 3; i++)
        push_to(2, 0);
    ck_assert_uint_eq(t.sent, 3);
    ck_assert_uint_eq(t.soft + t.hard, 0);
    ck_assert(atomic_load(&t.world.side[0].child->out.next_sequence) == 0x100000002u);
    tear_down();
}
END_TEST

// RFC 4301 4.4.2.1: the soft limit is told once, at the hard one the SA sends nothing more; a super-packet ends in its
// middle.
START_TEST(sends_no_more_than_its_lifetime)
{
    set_up();
    t.world.side[0].child->is_limited = true;
    t.world.side[0].child->lifetime = (struct lifetime){.soft_packets = 2, .hard_packets = 4};
    for (unsigned i = 1; i < 8; i++) {
        push_to(2, 0);
        ck_assert_uint_eq(t.sent, i < 4 ? i : 4);
        ck_assert_uint_eq(t.soft, i >= 2);
        ck_assert_uint_eq(t.hard, i >= 4);
    }
    ck_assert_uint_eq(t.reason, LIFETIME_PACKETS);
    ck_assert_uint_eq(drops(DROP_LIFETIME_OUT), 3);
    ck_assert(atomic_load(&t.world.side[0].child->in.ended));
    ck_assert_uint_eq(atomic_load(&t.world.side[0].child->out.packets), 4);
    tear_down();
}
END_TEST

START_TEST(a_burst_ends_in_its_middle)
{
    uint8_t frame[SEGMENT_VNET_BYTES + 200] = {0};

    set_up();
    t.world.side[0].child->is_limited = true;
    t.world.side[0].child->lifetime = (struct lifetime){.soft_bytes = 1, .hard_bytes = 1000};
    for (unsigned i = 0; i < 20; i++) { // 88 bytes each: 11 fit
        size_t n = world_udp(frame + SEGMENT_VNET_BYTES, 4, 60);

        outbound_push(&t.out, bytes_of(frame, SEGMENT_VNET_BYTES + n));
    }
    outbound_flush(&t.out);
    ck_assert_uint_eq(t.sent, 11);
    ck_assert_uint_eq(t.hard, 1);
    ck_assert_uint_eq(t.reason, LIFETIME_BYTES);
    ck_assert_uint_eq(drops(DROP_LIFETIME_OUT), 9);
    ck_assert(atomic_load(&t.world.side[0].child->out.next_sequence) == 12); // none is wasted
    tear_down();
}
END_TEST

// Expanded keys come with the first packet, go when the SA is silent, and come again.
START_TEST(keys_rest)
{
    struct database *db;
    struct child *child;

    set_up();
    db = t.world.side[0].db;
    child = t.world.side[0].child;
    ck_assert_ptr_null(atomic_load(&child->out.key->expanded));
    push_to(2, 0);
    ck_assert_ptr_nonnull(atomic_load(&child->out.key->expanded));
    child_rest(child, t.out.now_ms + ESP_KEY_REST_MS - 1, &db->retire);
    ck_assert_ptr_nonnull(atomic_load(&child->out.key->expanded));
    child_rest(child, t.out.now_ms + ESP_KEY_REST_MS, &db->retire);
    ck_assert_ptr_null(atomic_load(&child->out.key->expanded));
    retire_flush(&db->retire);
    push_to(2, 0);
    ck_assert_uint_eq(t.opened, 2);
    tear_down();
}
END_TEST

START_TEST(copies_or_fixes_the_class)
{
    ck_assert_uint_eq(ecn_encapsulate(0xb9, ECN_DSCP_COPIED), 0xb9);
    ck_assert_uint_eq(ecn_encapsulate(0xb9, 10), 0x29);
    ck_assert_uint_eq(ecn_encapsulate(0x02, ECN_DSCP_MAX), 0xfe);
}
END_TEST

START_TEST(combines_congestion_marks)
{
    static const uint8_t expected[4][4] = {
        // outer: Not-ECT, ECT(1), ECT(0), CE; inner in rows; 9: dropped (RFC 6040 4.2)
        {0, 0, 0, 9},
        {1, 1, 1, 3},
        {2, 1, 2, 3},
        {3, 3, 3, 3}};

    for (uint8_t inner = 0; inner < 4; inner++) {
        for (uint8_t outer = 0; outer < 4; outer++) {
            for (unsigned family = 4; family <= 6; family += 2) {
                uint8_t p[64];
                size_t n = world_udp(p, family, 4);
                bool kept;

                if (family == 4) {
                    p[1] = (uint8_t)(0xb8 | inner);
                    world_put_u16(p + 10, 0);
                    world_put_u16(p + 10, (uint16_t)~world_fold(world_sum(p, 20, 0)));
                } else {
                    p[0] = 0x6b;
                    p[1] = (uint8_t)(0x80 | inner << 4);
                }
                kept = ecn_decapsulate((uint8_t)(0x10 | outer), p);
                ck_assert(kept == (expected[inner][outer] != 9));
                if (kept)
                    ck_assert_uint_eq(world_flow(p, n).traffic_class, 0xb8u | expected[inner][outer]);
                if (family == 4)
                    ck_assert_uint_eq(world_fold(world_sum(p, 20, 0)), 0xffff);
            }
        }
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {first_policy_decides,
                                  asks_for_an_sa_now_and_then,
                                  limits_icmp_errors,
                                  never_answers_errors,
                                  carries_a_super_packet,
                                  fills_sends,
                                  sequence_numbers_end,
                                  copies_or_fixes_the_class,
                                  combines_congestion_marks,
                                  long_sequence_numbers_go_on,
                                  sends_no_more_than_its_lifetime,
                                  a_burst_ends_in_its_middle,
                                  keys_rest};

    return run_tests("outbound", tests, RUN_COUNT(tests));
}
