// One SA with several traffic selectors a side allows every pair of them (RFC 7296 2.9); what the policies name is
// less. The same packets are given to the sender's side and to the receiver's, which must agree.
#include "esp-d/outbound.h"
#include "tests/unit/esp-d/world.h"
#include "tests/unit/lib/run.h"

static struct {
    struct world world;
    struct drop_counters drops;
    struct outbound out;
    unsigned sent;
} t;

static void on_send(void *arg, const struct seal_packet *packets, unsigned n)
{
    (void)arg;
    for (unsigned i = 0; i < n; i++)
        t.sent += !packets[i].drop;
}

static void on_answer(void *arg, struct bytes packet)
{
    (void)arg;
    (void)packet;
}

struct row {
    const char *range[2]; // of 10.1 and of 10.2
    const char *protocol;
    uint16_t port[2]; // of 10.2, first and last; ICMP: type and code
    const char *tunnel;
    enum policy_action action;
};

static const struct row rows[] = {
    {{"10.1.0.0/16", "10.2.0.0/24"}, "tcp", {23, 23}, "world", POLICY_DISCARD},
    {{"10.1.0.0/24", "10.2.0.0/24"}, "", {0, 65535}, "world", POLICY_PROTECT},
    {{"10.1.1.0/24", "10.2.1.0/24"}, "udp", {6000, 6010}, "world", POLICY_PROTECT},
    {{"10.1.2.0/24", "10.2.2.0/24"}, "icmp", {0x0800, 0x08ff}, "world", POLICY_PROTECT},
    {{"10.1.3.0/24", "10.2.3.0/24"}, "", {0, 65535}, "another", POLICY_PROTECT},
    {{"10.1.4.0/24", "10.2.4.0/24"}, "udp", {65535, 0}, "world", POLICY_PROTECT}, // OPAQUE
    {{"10.1.5.0/24", "10.2.5.0/24"}, "", {0, 65535}, "world", POLICY_BYPASS},
    {{"10.1.6.0/24", "10.2.6.0/24"}, "udp", {0, 65535}, "world", POLICY_PROTECT},
    {{"10.1.7.0/24", "10.2.7.0/24"}, "", {0, 65535}, "world", POLICY_PROTECT}, // with them the cache is asked
    {{"10.1.8.0/24", "10.2.8.0/24"}, "", {0, 65535}, "world", POLICY_PROTECT},
};

static void set_policies(unsigned here)
{
    for (size_t i = 0; i < RUN_COUNT(rows); i++) {
        struct database_policy p = {.tunnel = rows[i].tunnel, .action = rows[i].action};
        struct selector end[2];

        for (unsigned k = 0; k < 2; k++)
            end[k] = world_selector(rows[i].range[k], rows[i].protocol, "");
        end[1].start_port = rows[i].port[0];
        end[1].end_port = rows[i].port[1];
        p.local = end[here];
        p.remote = end[!here];
        world_policy(&t.world, here, &p);
    }
    world_commit(&t.world, here);
}

static void set_up(void)
{
    const struct outbound_sinks sinks = {NULL, on_send, on_answer, world_ignore_acquire, world_ignore_expire};

    memset(&t, 0, sizeof(t));
    world_init(&t.world, &world_suites[1], &cipher_ipsec_mb, &cipher_openssl);
    set_policies(0);
    set_policies(1);
    ck_assert_int_eq(outbound_init(&t.out, &sinks, &t.world.side[0].crypt, t.world.side[0].db, &t.drops), 0);
    t.out.now_ms = 1000;
}

static const struct {
    uint8_t from, to; // third bytes of 10.1.X.2 and 10.2.X.2
    uint8_t protocol;
    uint16_t port;     // where it goes; ICMP: type and code
    uint16_t fragment; // flags and offset
    bool passes;
    uint8_t id; // of the datagram
} packets[] = {
    {0, 0, IPPROTO_UDP, 6000, 0, true},
    {0, 0, IPPROTO_TCP, 24, 0, true},
    {0, 0, IPPROTO_TCP, 23, 0, false},
    {0, 0, IPPROTO_UDP, 23, 0, true},
    {0, 0, IPPROTO_UDP, 6000, 0x2000, true},
    {0, 0, IPPROTO_UDP, 6000, 0x2010, true},
    {1, 1, IPPROTO_UDP, 6000, 0, true},
    {1, 1, IPPROTO_UDP, 6010, 0, true},
    {1, 1, IPPROTO_UDP, 5999, 0, false},
    {1, 1, IPPROTO_UDP, 6011, 0, false},
    {1, 1, IPPROTO_TCP, 6000, 0, false},
    {1, 1, IPPROTO_UDP, 6000, 0x2000, true},     // the first fragment shows its ports,
    {1, 1, IPPROTO_UDP, 7777, 0x0010, true},     // which count for the others, too (RFC 4301 7),
    {1, 1, IPPROTO_UDP, 6000, 0x0010, false, 7}, // but not when it was never seen (RFC 4301 4.4.1.1),
    {1, 1, IPPROTO_UDP, 5999, 0x2000, false, 8}, // or was not let through
    {1, 1, IPPROTO_UDP, 6000, 0x0010, false, 8},
    {1, 1, IPPROTO_TCP, 6000, 0x0010, false}, // or was another protocol's
    {2, 2, IPPROTO_ICMP, 0x0800, 0, true},
    {2, 2, IPPROTO_ICMP, 0x0000, 0, false},
    {2, 2, IPPROTO_ICMP, 0x0900, 0, false},
    {2, 2, IPPROTO_ICMP, 0x0800, 0x0010, false},
    {3, 3, IPPROTO_UDP, 6000, 0, false}, // another tunnel's
    {4, 4, IPPROTO_UDP, 6000, 0, false},
    {4, 4, IPPROTO_UDP, 6000, 0x0010, true},
    {5, 5, IPPROTO_UDP, 6000, 0, false},
    {6, 6, IPPROTO_UDP, 6000, 0x0010, true},
    {6, 6, IPPROTO_TCP, 6000, 0x0010, false},
    {0, 1, IPPROTO_UDP, 6000, 0, false}, // pairs that no policy names
    {1, 0, IPPROTO_UDP, 6000, 0, false},
    {6, 0, IPPROTO_UDP, 6000, 0, false},
    {9, 9, IPPROTO_UDP, 6000, 0, false},
};

static size_t build(size_t i, uint8_t *p)
{
    size_t n = world_ip(p, 4, packets[i].protocol, 64) + 64;

    memset(p + 20, 0, 64);
    world_put_u16(p + 20, packets[i].protocol == IPPROTO_ICMP ? packets[i].port : 5000u);
    world_put_u16(p + 22, packets[i].port);
    p[14] = packets[i].from;
    p[18] = packets[i].to;
    world_put_u16(p + 6, packets[i].fragment);
    p[5] = packets[i].id;
    return n;
}

START_TEST(sender_sends_pairs_of_policies)
{
    uint8_t frame[SEGMENT_VNET_BYTES + 200] = {0};

    set_up();
    for (size_t i = 0; i < RUN_COUNT(packets); i++) {
        size_t n = build(i, frame + SEGMENT_VNET_BYTES);

        t.sent = 0;
        outbound_push(&t.out, bytes_of(frame, SEGMENT_VNET_BYTES + n));
        outbound_flush(&t.out);
        ck_assert_msg((t.sent == 1) == packets[i].passes, "packet %zu", i);
    }
    outbound_done(&t.out);
    world_done(&t.world);
}
END_TEST

// One by one, and twice in a row, so that what is remembered of the one before is right.
START_TEST(receiver_takes_pairs_of_policies)
{
    struct open_packet burst[2 * RUN_COUNT(packets)] = {0};
    static uint8_t esp[2 * RUN_COUNT(packets)][256];
    uint8_t inner[200];

    set_up();
    ck_assert_uint_le(RUN_COUNT(burst), ESP_BURST_PKTS);
    for (size_t i = 0; i < RUN_COUNT(packets); i++) {
        size_t n = build(i, inner);

        ck_assert_msg((world_open(&t.world, 1, esp[0], world_seal(&t.world, 0, inner, n, esp[0])).drop == DROP_NONE) ==
                          packets[i].passes,
                      "packet %zu", i);
    }
    for (size_t i = 0; i < RUN_COUNT(burst); i++) {
        burst[i].esp = esp[i];
        burst[i].esp_bytes = world_seal(&t.world, 0, inner, build(i / 2, inner), esp[i]);
    }
    open_burst(&t.world.side[1].opener, burst, RUN_COUNT(burst));
    for (size_t i = 0; i < RUN_COUNT(burst); i++)
        ck_assert_msg(burst[i].drop == (packets[i / 2].passes ? DROP_NONE : DROP_SELECTOR_IN), "packet %zu", i / 2);
    outbound_done(&t.out);
    world_done(&t.world);
}
END_TEST

// An SA that outlives its policies carries nothing.
START_TEST(nothing_passes_without_policies)
{
    uint8_t frame[SEGMENT_VNET_BYTES + 200] = {0}, esp[256];

    set_up();
    world_commit(&t.world, 0);
    world_commit(&t.world, 1);
    for (size_t i = 0; i < RUN_COUNT(packets); i++) {
        size_t n = build(i, frame + SEGMENT_VNET_BYTES);
        uint32_t esp_bytes = world_seal(&t.world, 0, frame + SEGMENT_VNET_BYTES, n, esp);

        ck_assert_int_eq(world_open(&t.world, 1, esp, esp_bytes).drop, DROP_SELECTOR_IN);
        outbound_push(&t.out, bytes_of(frame, SEGMENT_VNET_BYTES + n));
        outbound_flush(&t.out);
    }
    ck_assert_uint_eq(t.sent, 0);
    outbound_done(&t.out);
    world_done(&t.world);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {sender_sends_pairs_of_policies, receiver_takes_pairs_of_policies,
                                  nothing_passes_without_policies};

    return run_tests("policy_pair", tests, RUN_COUNT(tests));
}
