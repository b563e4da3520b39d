// One SA's stream over a network that copies, delays and shuffles, opened by several workers at a time: of everything
// that comes inside the window each packet is delivered once, whoever gets which copy first, and what is older comes
// not at all. With extended sequence numbers the stream crosses the border of the low half, which is all that is
// carried.
#include <pthread.h>

#include "esp-d/inbound.h"
#include "tests/unit/esp-d/world.h"
#include "tests/unit/lib/run.h"

#define WORKERS     4u
#define PACKETS_MAX 81920u
#define ESP_MAX     128u
#define PAYLOAD     16u
#define OLD_EVERY   8u // so many-th packet that a worker sees is one of long ago

struct stream {
    uint32_t window;
    uint32_t packets;
    uint32_t esp_bytes;
    uint8_t esp[PACKETS_MAX][ESP_MAX];       // as sealed
    _Atomic uint32_t delivered[PACKETS_MAX]; // how often
    _Atomic uint64_t opened;
};

struct stream_worker {
    pthread_t thread;
    uint64_t random;
    struct crypt crypt;
    struct inbound in;
    struct drop_counters drops;
    uint8_t copies[ESP_BURST_PKTS][ESP_MAX];
    struct inbound_datagram datagrams[ESP_BURST_PKTS];
    unsigned n;
    uint64_t pushed;
};

static struct world world;
static struct stream stream;
static struct stream_worker workers[WORKERS];
static pthread_barrier_t barrier;

static uint32_t draw(struct stream_worker *w, uint32_t below)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return (uint32_t)(w->random >> 32) % below;
}

static void on_deliver(void *arg, struct open_packet *packets, unsigned n)
{
    uint32_t number;

    (void)arg;
    for (unsigned i = 0; i < n; i++) {
        if (packets[i].drop)
            continue;
        memcpy(&number, packets[i].inner + packets[i].flow.header_bytes + 8, sizeof(number));
        atomic_fetch_add(&stream.delivered[number], 1);
    }
}

static bool on_ike(void *arg, const struct inbound_datagram *from, struct bytes message)
{
    (void)arg;
    (void)from;
    (void)message;
    return false;
}

static void flush(struct stream_worker *w)
{
    inbound_flush(&w->in);
    w->n = 0;
}

static void push(struct stream_worker *w, uint32_t number)
{
    struct inbound_datagram *d = &w->datagrams[w->n];

    memcpy(w->copies[w->n], stream.esp[number], stream.esp_bytes);
    *d = (struct inbound_datagram){.p = w->copies[w->n++], .n = stream.esp_bytes};
    inbound_push(&w->in, d);
    w->pushed++;
    if (w->n == ESP_BURST_PKTS || draw(w, 16) == 0)
        flush(w);
}

// Every packet of a part that lies well inside the window, in an order of the worker's own, and some of long ago. The
// workers wait for each other at its end: else the slowest would legitimately miss what the others have left behind.
static void *run(void *arg)
{
    struct stream_worker *w = arg;
    uint32_t part = stream.window / 2;

    for (uint32_t from = 0; from < stream.packets; from += part) {
        uint32_t n = stream.packets - from < part ? stream.packets - from : part, offset = draw(w, n);
        bool backwards = draw(w, 2);

        pthread_barrier_wait(&barrier);
        for (uint32_t i = 0; i < n; i++) {
            uint32_t at = (i ^ (i + 4 < n ? draw(w, 4) & i % 4 : 0)) % n; // neighbours change places, some come twice

            push(w, from + (backwards ? n - 1 - (at + offset) % n : (at + offset) % n));
            push(w, from + (backwards ? n - 1 - (i + offset) % n : (i + offset) % n));
            if (draw(w, OLD_EVERY) == 0)
                push(w, draw(w, from + 1));
        }
        flush(w);
    }
    return NULL;
}

// With extended numbers the border of the low half lies in the middle.
static void seal_all(bool esn)
{
    struct sa_out *out = &world.side[0].child->out;
    uint64_t base = esn ? (2ull << 32) - stream.packets / 2 : 1;
    uint8_t inner[200];

    atomic_store(&out->next_sequence, base);
    atomic_store(&world.side[1].child->in.replay.top, base - 1);
    for (uint32_t i = 0; i < stream.packets; i++) {
        size_t n = world_udp(inner, 4, PAYLOAD);

        memcpy(inner + 28, &i, sizeof(i));
        stream.esp_bytes = world_seal(&world, 0, inner, n, stream.esp[i]);
        ck_assert_uint_le(stream.esp_bytes, ESP_MAX);
    }
}

static void start(struct stream_worker *w, unsigned index)
{
    const struct inbound_sinks sinks = {.deliver = on_deliver,
                                        .ike = on_ike,
                                        .address_change = world_ignore_address_change,
                                        .expire = world_ignore_expire};

    memset(w, 0, sizeof(*w));
    w->random = 0x9e3779b97f4a7c15u * (index + 1);
    world_require(!crypt_init(&w->crypt, &cipher_ipsec_mb));
    world_require(!inbound_init(&w->in, &sinks, &w->crypt, world.side[1].db, &w->drops));
    world_require(!pthread_create(&w->thread, NULL, run, w));
}

// A copy of long ago is taken for one of the next lap of extended numbers, and proves not to be (RFC 4303 A2.2).
static void check(const char *name)
{
    const struct sa_in *in = &world.side[1].child->in;
    uint64_t pushed = 0, replays = 0, forged = 0;

    for (unsigned i = 0; i < WORKERS; i++) {
        pushed += workers[i].pushed;
        replays += atomic_load(&workers[i].drops.n[DROP_REPLAY]);
        forged += atomic_load(&workers[i].drops.n[DROP_INTEGRITY]);
    }
    for (uint32_t i = 0; i < stream.packets; i++)
        ck_assert_msg(atomic_load(&stream.delivered[i]) == 1, "%s, window %u: packet %u came %u times", name,
                      stream.window, i, atomic_load(&stream.delivered[i]));
    ck_assert_uint_eq(pushed, replays + forged + stream.packets);
    ck_assert_uint_eq(atomic_load(&in->replay_drops), replays);
    ck_assert_uint_eq(atomic_load(&in->integrity_drops), forged);
    ck_assert(world.suite.esn || !forged);
    ck_assert_uint_eq(atomic_load(&in->packets), stream.packets);
}

static void run_stream(const char *name, uint32_t window, uint32_t packets)
{
    const struct world_suite *suite = NULL;

    for (size_t i = 0; i < WORLD_SUITES_N; i++)
        suite = strcmp(world_suites[i].name, name) ? suite : &world_suites[i];
    memset(&stream, 0, sizeof(stream));
    stream.window = window;
    stream.packets = packets;
    world_init(&world, suite, &cipher_ipsec_mb, &cipher_ipsec_mb);
    replay_done(&world.side[1].child->in.replay, &world.side[1].db->windows);
    world_require(!replay_init(&world.side[1].child->in.replay, &world.side[1].db->windows, window));
    seal_all(suite->esn);
    pthread_barrier_init(&barrier, NULL, WORKERS);
    for (unsigned i = 0; i < WORKERS; i++)
        start(&workers[i], i);
    for (unsigned i = 0; i < WORKERS; i++)
        pthread_join(workers[i].thread, NULL);
    check(name);
    for (unsigned i = 0; i < WORKERS; i++) {
        inbound_done(&workers[i].in);
        crypt_done(&workers[i].crypt);
    }
    pthread_barrier_destroy(&barrier);
    world_done(&world);
}

START_TEST(delivers_each_packet_once)
{
    static const char *const suites[] = {"aes256gcm16", "aes256gcm16-esn", "aes128-sha1-esn", "chacha20poly1305"};
    static const uint32_t sizes[][2] = {{64, 2000}, {65, 2000}, {1000, 6000}, {4096, 10000}};

    for (size_t i = 0; i < RUN_COUNT(suites); i++)
        for (size_t k = 0; k < RUN_COUNT(sizes); k++)
            run_stream(suites[i], sizes[k][0], sizes[k][1]);
}
END_TEST

START_TEST(delivers_each_packet_of_the_largest_window_once)
{
    run_stream("aes256gcm16", 65536, PACKETS_MAX);
    run_stream("aes256gcm16-esn", 65536, PACKETS_MAX);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("exactly_once");

    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, delivers_each_packet_once);
    tcase_add_test(tcase, delivers_each_packet_of_the_largest_window_once);
    return run_case(tcase);
}
