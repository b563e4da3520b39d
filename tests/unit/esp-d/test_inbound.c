// What a stranger, a peer and the kernel's merging may bring to port 4500.
#include <errno.h>

#include "esp-d/inbound.h"
#include "tests/unit/esp-d/world.h"
#include "tests/unit/lib/run.h"

static struct {
    struct world world;
    struct drop_counters drops;
    struct inbound in;
    unsigned delivered;
    unsigned ike;
    size_t ike_bytes;
    unsigned moved;
    unsigned soft, hard;
    enum lifetime_reason reason;
    struct endpoint moved_to;
} t;

static void on_deliver(void *arg, struct open_packet *packets, unsigned n)
{
    (void)arg;
    for (unsigned i = 0; i < n; i++)
        t.delivered += !packets[i].drop;
}

static bool on_ike(void *arg, const struct inbound_datagram *from, struct bytes message)
{
    (void)arg;
    (void)from;
    t.ike++;
    t.ike_bytes = message.n;
    return true;
}

static bool on_address_change(void *arg, const struct child *child, const struct endpoint *remote)
{
    (void)arg;
    (void)child;
    t.moved++;
    t.moved_to = *remote;
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

static void set_up(const struct world_suite *suite)
{
    const struct inbound_sinks sinks = {NULL, on_deliver, on_ike, on_address_change, on_expire};

    memset(&t, 0, sizeof(t));
    world_init(&t.world, suite, &cipher_openssl, &cipher_ipsec_mb);
    ck_assert_int_eq(inbound_init(&t.in, &sinks, &t.world.side[1].crypt, t.world.side[1].db, &t.drops), 0);
    t.in.now_ms = 10000;
}

static void tear_down(void)
{
    inbound_done(&t.in);
    world_done(&t.world);
}

static uint64_t drops(enum drop reason)
{
    return atomic_load(&t.drops.n[reason]);
}

static void push(uint8_t *p, size_t n, size_t segment, const char *remote)
{
    struct inbound_datagram d = {.p = p, .n = (uint32_t)n, .segment_bytes = (uint32_t)segment};

    ck_assert_int_eq(endpoint_parse(remote, &d.remote), 0);
    inbound_push(&t.in, &d);
    inbound_flush(&t.in);
}

#define PEER "192.0.2.1:4500"

START_TEST(opens_and_refuses_replays)
{
    for (size_t i = 0; i < WORLD_SUITES_N; i++) {
        uint8_t inner[200], esp[400], again[400];
        size_t n;

        set_up(&world_suites[i]);
        n = world_seal(&t.world, 0, inner, world_udp(inner, 4, 100), esp);
        memcpy(again, esp, n);
        push(esp, n, 0, PEER);
        push(again, n, 0, PEER);
        ck_assert_uint_eq(t.delivered, 1);
        ck_assert_uint_eq(drops(DROP_REPLAY), 1);
        ck_assert_uint_eq(atomic_load(&t.world.side[1].child->in.replay_drops), 1);
        ck_assert_uint_eq(atomic_load(&t.world.side[1].child->in.packets), 1);
        ck_assert_uint_eq(atomic_load(&t.world.side[1].child->in.bytes), 128);
        tear_down();
    }
}
END_TEST

// Two copies in one burst: both pass the first check, only one the second.
START_TEST(refuses_copies_within_a_burst)
{
    uint8_t inner[200], esp[800];
    size_t n;

    set_up(&world_suites[1]);
    n = world_seal(&t.world, 0, inner, world_udp(inner, 6, 100), esp);
    memcpy(esp + n, esp, n);
    push(esp, 2 * n, n, PEER);
    ck_assert_uint_eq(t.delivered, 1);
    ck_assert_uint_eq(drops(DROP_REPLAY), 1);
    tear_down();
}
END_TEST

// A packet that is not authentic leaves no trace in the window.
START_TEST(refuses_every_flipped_bit)
{
    for (size_t i = 0; i < WORLD_SUITES_N; i++) {
        uint8_t inner[200], esp[400], forged[400];
        size_t n;

        set_up(&world_suites[i]);
        n = world_seal(&t.world, 0, inner, world_udp(inner, 4, 20), esp);
        for (size_t bit = 32; bit < n * 8; bit += 5) { // behind the SPI
            memcpy(forged, esp, n);
            forged[bit / 8] ^= (uint8_t)(1 << bit % 8);
            push(forged, n, 0, PEER);
        }
        ck_assert_uint_eq(t.delivered, 0);
        push(esp, n, 0, PEER);
        ck_assert_uint_eq(t.delivered, 1);
        ck_assert_uint_gt(drops(DROP_INTEGRITY), 50);
        tear_down();
    }
}
END_TEST

START_TEST(refuses_every_length)
{
    for (size_t i = 0; i < WORLD_SUITES_N; i++) {
        uint8_t inner[200], esp[400];
        size_t n;

        set_up(&world_suites[i]);
        n = world_seal(&t.world, 0, inner, world_udp(inner, 4, 20), esp);
        for (size_t cut = 0; cut < n; cut++) {
            uint8_t *p = malloc(cut ? cut : 1);

            memcpy(p, esp, cut);
            push(p, cut, 0, PEER);
            free(p);
        }
        ck_assert_uint_eq(t.delivered, 0);
        ck_assert_uint_eq(drops(DROP_RUNT), 8);
        ck_assert_uint_eq(drops(DROP_RUNT) + drops(DROP_LENGTH) + drops(DROP_INTEGRITY), n);
        tear_down();
    }
}
END_TEST

// One buffer of the kernel can hold IKE and ESP of one peer, of one size.
START_TEST(sorts_merged_segments)
{
    uint8_t inner[200], buffer[1024];
    size_t n;

    set_up(&world_suites[1]);
    n = world_seal(&t.world, 0, inner, world_udp(inner, 4, 50), buffer);
    memset(buffer + n, 0, n); // an IKE message
    world_seal(&t.world, 0, inner, world_udp(inner, 4, 50), buffer + 2 * n);
    memset(buffer + 3 * n, 7, n); // an SPI that nobody has
    buffer[4 * n] = 0xff;         // a keepalive at the end
    push(buffer, 4 * n + 1, n, PEER);
    ck_assert_uint_eq(t.delivered, 2);
    ck_assert_uint_eq(t.ike, 1);
    ck_assert_uint_eq(t.ike_bytes, n - 4);
    ck_assert_uint_eq(drops(DROP_UNKNOWN_SPI), 1);
    ck_assert_uint_eq(drops(DROP_KEEPALIVE), 1);
    tear_down();
}
END_TEST

START_TEST(bounds_ike_messages)
{
    static uint8_t big[40000];

    set_up(&world_suites[1]);
    push(big, ESP_IKE_DATAGRAM_MAX_BYTES + 4, 0, PEER);
    ck_assert_uint_eq(t.ike, 1);
    push(big, ESP_IKE_DATAGRAM_MAX_BYTES + 5, 0, PEER);
    ck_assert_uint_eq(t.ike, 1);
    ck_assert_uint_eq(drops(DROP_IKE_LENGTH), 1);
    for (unsigned i = 0; i < ESP_IKE_DATAGRAMS_BURST + 100; i++)
        push(big, 100, 0, PEER);
    ck_assert_uint_le(t.ike, ESP_IKE_DATAGRAMS_BURST);
    ck_assert_uint_ge(drops(DROP_IKE_RATE), 100);
    tear_down();
}
END_TEST

// A flood of strangers does not use up what a peer may send, wherever the peer has moved to.
START_TEST(keeps_ike_of_peers_apart)
{
    static const char stranger[] = "203.0.113.7:4500", moved[] = "198.51.100.9:1024";
    struct database *db;
    struct endpoint e;
    uint8_t ike[100] = {0};

    set_up(&world_suites[1]);
    db = t.world.side[1].db;
    for (unsigned i = 0; i < ESP_IKE_DATAGRAMS_BURST + 1; i++)
        push(ike, sizeof(ike), 0, stranger);
    ck_assert_uint_eq(t.ike, ESP_IKE_DATAGRAMS_BURST);
    push(ike, sizeof(ike), 0, moved);
    ck_assert_uint_eq(drops(DROP_IKE_RATE), 2);
    push(ike, sizeof(ike), 0, PEER);
    ck_assert_uint_eq(t.ike, ESP_IKE_DATAGRAMS_BURST + 1);
    ck_assert_int_eq(endpoint_parse(moved, &e), 0);
    ck_assert_int_eq(database_follow(db, world_spi(1), &e), 0);
    push(ike, sizeof(ike), 0, moved);
    ck_assert_uint_eq(t.ike, ESP_IKE_DATAGRAMS_BURST + 2);
    push(ike, sizeof(ike), 0, PEER);
    ck_assert_uint_eq(drops(DROP_IKE_RATE), 3);
    ck_assert_int_eq(database_delete(db, world_spi(1)), 0);
    ck_assert(!peers_has(&db->peers, &e.address));
    tear_down();
}
END_TEST

// RFC 4301 5.2: what came out of an SA must be what the SA is for.
START_TEST(checks_selectors)
{
    static const size_t changed[] = {12, 16}; // second byte of source and destination: see below
    uint8_t inner[200], esp[400];

    set_up(&world_suites[1]);
    for (size_t i = 0; i < RUN_COUNT(changed); i++) {
        size_t n = world_udp(inner, 4, 20);

        inner[changed[i] + 1] = 77;
        push(esp, world_seal(&t.world, 0, inner, n, esp), 0, PEER);
    }
    ck_assert_uint_eq(t.delivered, 0);
    ck_assert_uint_eq(drops(DROP_SELECTOR_IN), 2);
    ck_assert_uint_eq(atomic_load(&t.world.side[1].child->in.selector_drops), 2);
    tear_down();
}
END_TEST

// Seals whatever bytes are given, with a next header and padding of the test's choice.
static size_t seal_raw(const uint8_t *clear, size_t n, uint8_t *esp)
{
    struct world_side *s = &t.world.side[0];
    static uint32_t sequence = 100;
    uint32_t words[4] = {htonl(world_spi(1)), htonl(sequence), 1, htonl(sequence)};
    struct cipher_op op = {.key = s->child->out.key, .packet = esp, .bytes = (uint32_t)(16 + n + 16)};

    sequence++;
    memcpy(esp, words, 16);
    memcpy(esp + 16, clear, n);
    crypt_seal(&s->crypt, &op, 1);
    ck_assert(op.ok);
    return 32 + n;
}

START_TEST(checks_what_was_inside)
{
    static const struct {
        uint8_t clear[8];
        enum drop drop;
    } cases[] = {
        {{1, 2, 3, 4, 5, 6, 6, 59}, DROP_DUMMY},
        {{0, 0, 0, 0, 0, 0, 0, 59}, DROP_DUMMY},
        {{1, 2, 3, 4, 5, 6, 7, 4}, DROP_PADDING},
        {{0, 0, 0, 0, 0, 0, 255, 4}, DROP_PADDING},
        {{1, 2, 3, 9, 5, 6, 6, 4}, DROP_PADDING},
        {{0, 0, 0, 0, 0, 0, 0, 50}, DROP_NEXT_HEADER},
        {{0x45, 0, 0, 20, 0, 0, 0, 4}, DROP_INNER_MALFORMED},
        {{0, 0, 0, 0, 0, 0, 0, 41}, DROP_INNER_MALFORMED},
    };
    uint8_t inner[200], esp[400];
    size_t n;

    set_up(&world_suites[1]);
    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        uint64_t before = drops(cases[i].drop);

        push(esp, seal_raw(cases[i].clear, 8, esp), 0, PEER);
        ck_assert_msg(drops(cases[i].drop) == before + 1, "case %zu", i);
    }
    n = world_udp(inner, 4, 18); // 46 bytes
    inner[n] = 0;
    inner[n + 1] = IPPROTO_IPV6; // an IPv4 packet that says it is IPv6
    push(esp, seal_raw(inner, n + 2, esp), 0, PEER);
    ck_assert_uint_eq(t.delivered, 0);
    inner[n + 1] = IPPROTO_IPIP;
    push(esp, seal_raw(inner, n + 2, esp), 0, PEER);
    ck_assert_uint_eq(t.delivered, 1);
    memset(inner + n, 0, 18); // RFC 4303 2.7: bytes behind the packet that hide its length
    inner[n + 17] = IPPROTO_IPIP;
    push(esp, seal_raw(inner, n + 18, esp), 0, PEER);
    ck_assert_uint_eq(t.delivered, 2);
    tear_down();
}
END_TEST

// RFC 7296 2.23: the newest authentic packet shows where the peer is; forged and old ones show nothing.
START_TEST(follows_a_peer_that_moves)
{
    uint8_t inner[200], esp[3][400];
    struct endpoint moved;
    size_t n[3];

    set_up(&world_suites[1]);
    for (unsigned i = 0; i < 3; i++)
        n[i] = world_seal(&t.world, 0, inner, world_udp(inner, 4, 20), esp[i]);
    push(esp[1], n[1], 0, PEER);
    ck_assert_uint_eq(t.moved, 0);
    push(esp[0], n[0], 0, "198.51.100.9:1024"); // older
    ck_assert_uint_eq(t.moved, 0);
    esp[2][n[2] - 1] ^= 1;
    push(esp[2], n[2], 0, "198.51.100.9:1024");
    ck_assert_uint_eq(t.moved, 0);
    n[2] = world_seal(&t.world, 0, inner, world_udp(inner, 4, 20), esp[2]);
    push(esp[2], n[2], 0, "198.51.100.9:1024");
    ck_assert_uint_eq(t.moved, 1);
    ck_assert_int_eq(endpoint_parse("198.51.100.9:1024", &moved), 0);
    ck_assert(endpoint_equal(&t.moved_to, &moved));
    n[2] = world_seal(&t.world, 0, inner, world_udp(inner, 4, 20), esp[2]);
    push(esp[2], n[2], 0, "198.51.100.9:1024"); // reported already
    ck_assert_uint_eq(t.moved, 1);
    ck_assert_int_eq(database_follow(t.world.side[1].db, world_spi(1), &moved), 0);
    tear_down();
}
END_TEST

static void push_bare(const char *from)
{
    struct inbound_datagram d = {.is_raw = true};
    uint8_t inner[200], esp[400];

    d.p = esp;
    d.n = world_seal(&t.world, 0, inner, world_udp(inner, 4, 20), esp);
    ck_assert_int_eq(endpoint_parse(from, &d.remote), 0);
    d.remote.port = 0;
    inbound_push(&t.in, &d);
    inbound_flush(&t.in);
}

// A peer that sends IP protocol 50 where this SA sends in UDP: told, unless it has ever come in UDP, or from elsewhere.
START_TEST(hears_how_a_peer_sends)
{
    uint8_t inner[200], esp[400];
    size_t n;

    set_up(&world_suites[1]);
    push_bare("198.51.100.9:1");
    ck_assert_uint_eq(t.delivered, 1);
    ck_assert_uint_eq(t.moved, 0);
    push_bare(PEER);
    ck_assert_uint_eq(t.moved, 1);
    ck_assert_uint_eq(t.moved_to.port, 0);
    t.in.now_ms += ESP_BARE_INTERVAL_MS - 1;
    push_bare(PEER); // told already
    ck_assert_uint_eq(t.moved, 1);
    t.in.now_ms++;
    push_bare(PEER); // ike-d may have been away
    ck_assert_uint_eq(t.moved, 2);
    t.in.now_ms += ESP_BARE_INTERVAL_MS;
    n = world_seal(&t.world, 0, inner, world_udp(inner, 4, 20), esp);
    push(esp, n, 0, PEER);
    push_bare(PEER); // both are taken, and it knows both
    ck_assert_uint_eq(t.moved, 2);
    ck_assert_uint_eq(t.delivered, 6);
    tear_down();
}
END_TEST

// A burst from two places: where the last of the newest came from.
START_TEST(follows_the_newest_of_a_burst)
{
    static const char *const places[] = {"198.51.100.9:1024", PEER, "198.51.100.9:1024"};
    static const unsigned order[] = {0, 2, 1};
    uint8_t inner[200], esp[3][400];
    struct inbound_datagram d[3] = {0};

    set_up(&world_suites[1]);
    for (unsigned i = 0; i < 3; i++) {
        d[i].p = esp[i];
        d[i].n = world_seal(&t.world, 0, inner, world_udp(inner, 6, 20), esp[i]);
        ck_assert_int_eq(endpoint_parse(places[i], &d[i].remote), 0);
    }
    inbound_push(&t.in, &d[0]); // from elsewhere, but the next one is home again
    inbound_push(&t.in, &d[1]);
    inbound_flush(&t.in);
    ck_assert_uint_eq(t.delivered, 2);
    ck_assert_uint_eq(t.moved, 0);
    for (unsigned i = 0; i < 3; i++) {
        d[i].n = world_seal(&t.world, 0, inner, world_udp(inner, 6, 20), esp[i]);
        ck_assert_int_eq(endpoint_parse(places[i], &d[i].remote), 0);
    }
    for (unsigned i = 0; i < 3; i++)
        inbound_push(&t.in, &d[order[i]]); // the older one, from home, comes last
    inbound_flush(&t.in);
    ck_assert_uint_eq(t.delivered, 5);
    ck_assert_uint_eq(t.moved, 1);
    ck_assert_uint_eq(t.moved_to.port, 1024);
    tear_down();
}
END_TEST

// RFC 4555 3.5: ike-d moves an SA; what was seen of another place before does not move it back.
START_TEST(goes_where_it_is_moved)
{
    struct database_path path = {.keepalive_s = 20};
    uint8_t inner[200], esp[400];
    struct database *db;
    struct endpoint old;
    size_t n;

    set_up(&world_suites[1]);
    db = t.world.side[1].db;
    old = atomic_load(&t.world.side[1].child->out.path)->remote;
    ck_assert_int_eq(endpoint_parse("192.0.2.7:4500", &path.local), 0);
    ck_assert_int_eq(endpoint_parse("[2001:db8::1]:4500", &path.remote), 0);
    ck_assert_int_eq(database_update(db, world_spi(1), &path), -EINVAL); // two families
    ck_assert(endpoint_equal(&atomic_load(&t.world.side[1].child->out.path)->remote, &old));
    ck_assert_int_eq(endpoint_parse("198.51.100.9:4500", &path.remote), 0);
    ck_assert_int_eq(database_update(db, 1, &path), -ENOENT);
    ck_assert_int_eq(database_update(db, world_spi(1), &path), 0);
    ck_assert(endpoint_equal(&atomic_load(&t.world.side[1].child->out.path)->local, &path.local));
    ck_assert(endpoint_equal(&atomic_load(&t.world.side[1].child->out.path)->remote, &path.remote));
    ck_assert_uint_eq(t.world.side[1].child->keepalive_s, 20);
    ck_assert(peers_has(&db->peers, &path.remote.address) && !peers_has(&db->peers, &old.address));
    n = world_seal(&t.world, 0, inner, world_udp(inner, 4, 20), esp);
    push(esp, n, 0, "203.0.113.5:99");
    ck_assert_uint_eq(t.delivered, 1);
    ck_assert_uint_eq(t.moved, 0);
    ck_assert_int_eq(database_follow(db, world_spi(1), &old), -ENOENT); // it follows nobody now
    path.follow_remote = true;
    ck_assert_int_eq(database_update(db, world_spi(1), &path), 0);
    n = world_seal(&t.world, 0, inner, world_udp(inner, 4, 20), esp);
    push(esp, n, 0, "203.0.113.5:99");
    ck_assert_uint_eq(t.moved, 1);
    tear_down();
}
END_TEST

START_TEST(remembers_when_it_heard_the_peer)
{
    _Atomic uint64_t *last;
    uint8_t inner[200], esp[400], again[400];
    size_t n;

    set_up(&world_suites[1]);
    last = &t.world.side[1].child->in.last_ms;
    n = world_seal(&t.world, 0, inner, world_udp(inner, 4, 20), esp);
    memcpy(again, esp, n);
    again[n - 1] ^= 1;
    push(again, n, 0, PEER);
    ck_assert_uint_eq(atomic_load(last), 0);
    memcpy(again, esp, n);
    push(esp, n, 0, PEER);
    ck_assert_uint_eq(atomic_load(last), 10000);
    t.in.now_ms = 11000;
    push(again, n, 0, PEER); // a replay is no sign of life
    ck_assert_uint_eq(atomic_load(last), 10000);
    n = world_udp(inner, 4, 20);
    inner[13] = 77; // from outside the SA's selectors, but from the peer
    push(esp, world_seal(&t.world, 0, inner, n, esp), 0, PEER);
    ck_assert_uint_eq(t.delivered, 1);
    ck_assert_uint_eq(atomic_load(last), 11000);
    tear_down();
}
END_TEST

// RFC 4301 4.4.2.1: so much and no more, of packets that were good; what is refused comes before the cipher.
START_TEST(takes_no_more_than_its_lifetime)
{
    struct lifetime *lifetime;
    uint8_t inner[200], esp[400];

    for (unsigned of_bytes = 0; of_bytes < 2; of_bytes++) {
        set_up(&world_suites[1]);
        t.world.side[1].child->is_limited = true;
        lifetime = &t.world.side[1].child->lifetime;
        if (of_bytes)
            *lifetime = (struct lifetime){.soft_bytes = 100, .hard_bytes = 290}; // 48 bytes each: six fit
        else
            *lifetime = (struct lifetime){.soft_packets = 3, .hard_packets = 6};
        for (unsigned i = 1; i <= 10; i++) {
            push(esp, world_seal(&t.world, 0, inner, world_udp(inner, 4, 20), esp), 0, PEER);
            ck_assert_uint_eq(t.delivered, i < 6 ? i : 6);
            ck_assert_uint_eq(t.soft, i >= 3);
            ck_assert_uint_eq(t.hard, i >= 6u + of_bytes);
        }
        ck_assert_uint_eq(t.reason, of_bytes ? LIFETIME_BYTES : LIFETIME_PACKETS);
        ck_assert_uint_eq(drops(DROP_LIFETIME_IN), 4);
        ck_assert(atomic_load(&t.world.side[1].child->out.ended)); // nor does it send any more
        ck_assert_uint_eq(atomic_load(&t.world.side[1].child->in.packets), 6);
        tear_down();
    }
}
END_TEST

// Within one burst too.
START_TEST(ends_in_the_middle_of_a_burst)
{
    struct inbound_datagram d[10] = {0};
    uint8_t inner[200], esp[10][400];

    set_up(&world_suites[1]);
    t.world.side[1].child->is_limited = true;
    t.world.side[1].child->lifetime = (struct lifetime){.hard_packets = 4};
    for (unsigned i = 0; i < 10; i++) {
        d[i].p = esp[i];
        d[i].n = world_seal(&t.world, 0, inner, world_udp(inner, 6, 20), esp[i]);
        inbound_push(&t.in, &d[i]);
    }
    inbound_flush(&t.in);
    ck_assert_uint_eq(t.delivered, 4);
    ck_assert_uint_eq(drops(DROP_LIFETIME_IN), 6);
    ck_assert_uint_eq(t.hard, 1);
    ck_assert_uint_eq(t.soft, 0);
    tear_down();
}
END_TEST

// RFC 4303 2.2.1: past 2^32 the low half starts again at 0, packets in any order of a window still find their number,
// and a copy from the lap before is refused.
START_TEST(goes_on_beyond_32_bits)
{
    for (size_t i = 0; i < WORLD_SUITES_N; i++) {
        uint8_t inner[200], esp[8][400], again[400];
        static const unsigned order[8] = {1, 0, 3, 2, 6, 7, 5, 4};
        uint64_t start = (7ull << 32) - 4;
        size_t n[8];

        if (!world_suites[i].esn)
            continue;
        set_up(&world_suites[i]);
        atomic_store(&t.world.side[0].child->out.next_sequence, start);
        t.world.side[1].child->in.replay.top = start - 1;
        for (unsigned k = 0; k < 8; k++)
            n[k] = world_seal(&t.world, 0, inner, world_udp(inner, 4, 20), esp[k]);
        memcpy(again, esp[1], n[1]);
        for (unsigned k = 0; k < 8; k++) {
            push(esp[order[k]], n[order[k]], 0, PEER);
            ck_assert_uint_eq(t.delivered, k + 1);
        }
        ck_assert(replay_top(&t.world.side[1].child->in.replay) == start + 7);
        ck_assert_uint_eq(esp[4][4] | esp[4][5] | esp[4][6] | esp[4][7], 0); // the low half alone is sent
        push(again, n[1], 0, PEER);
        ck_assert_uint_eq(drops(DROP_REPLAY), 1);
        // The same low half a lap later is another number: the ICV tells.
        t.world.side[1].child->in.replay.top += 1ull << 32;
        for (unsigned k = 0; k < t.world.side[1].child->in.replay.words; k++)
            t.world.side[1].child->in.replay.ring[k] = 0;
        push(again, n[1], 0, PEER);
        ck_assert_uint_eq(drops(DROP_INTEGRITY) + drops(DROP_REPLAY), 2);
        ck_assert_uint_eq(t.delivered, 8);
        tear_down();
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {opens_and_refuses_replays,
                                  refuses_copies_within_a_burst,
                                  refuses_every_flipped_bit,
                                  refuses_every_length,
                                  sorts_merged_segments,
                                  bounds_ike_messages,
                                  checks_selectors,
                                  checks_what_was_inside,
                                  follows_a_peer_that_moves,
                                  follows_the_newest_of_a_burst,
                                  hears_how_a_peer_sends,
                                  keeps_ike_of_peers_apart,
                                  goes_where_it_is_moved,
                                  remembers_when_it_heard_the_peer,
                                  takes_no_more_than_its_lifetime,
                                  ends_in_the_middle_of_a_burst,
                                  goes_on_beyond_32_bits};

    return run_tests("inbound", tests, RUN_COUNT(tests));
}
