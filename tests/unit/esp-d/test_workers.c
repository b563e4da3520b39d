// Two gateways of two workers each, joined by a bad network: a relay between them gives every packet to any worker of
// the far side, some twice and all a little out of order. Meanwhile the main thread does what esp-d's does, a hundred
// times a second: SAs come and go, paths move, keys rest, policies change. Of the tunnels that nobody touches every
// packet must come out exactly once, and every counter must be exact.
#include <poll.h>
#include <stdio.h>

#include "tests/unit/esp-d/worker_end.h"
#include "tests/unit/lib/run.h"

#define WORKERS      2u
#define TUNNELS      4u // that stay
#define CHANGING     TUNNELS
#define PACKETS_MAX  400000u // a tunnel
#define IN_FLIGHT    40u     // numbers of a tunnel, the oldest still missing: inside the smallest window
#define SPI_A        0x10000000u
#define SPI_B        0x90000000u
#define SPI_TUNNEL   0x01000000u // more for each tunnel
#define HELD         8u          // packets that the relay shuffles
#define COPIES_OF    16          // each so many-th packet twice
#define CHANGE_MS    10
#define INNER_BYTES  60u
#define TURNS        200u
#define TURNS_LONG   6000u
#define BUFFER_BYTES (1 << 20)

struct gateway {
    struct worker_end end[WORKERS];
};

static struct world world;
static struct gateway a, b;

static struct {
    int fd;
    struct endpoint endpoint;
} relay;

static struct {
    atomic_bool is_quiet; // nothing new is sent
    atomic_bool stop;
    _Atomic uint32_t sent[TUNNELS + 1];
    _Atomic uint32_t received[TUNNELS + 1];
    _Atomic uint32_t oldest[TUNNELS];        // that has not been received
    _Atomic uint32_t copies[TUNNELS + 1];    // that the relay made
    uint8_t times[TUNNELS][PACKETS_MAX + 1]; // the sink's, until it ends
    _Atomic uint32_t wrong;
} run;

static void open_gateway(struct gateway *g, unsigned side)
{
    for (unsigned i = 0; i < WORKERS; i++) {
        worker_end_open(&g->end[i], world.side[side].db, side ? &cipher_openssl : &cipher_ipsec_mb, 1, BUFFER_BYTES);
        ck_assert_int_eq(worker_start(&g->end[i].worker), 0);
    }
}

static void close_gateway(struct gateway *g)
{
    for (unsigned i = 0; i < WORKERS; i++)
        worker_end_close(&g->end[i]);
}

static struct selector network(unsigned side, unsigned tunnel)
{
    char text[32];

    snprintf(text, sizeof(text), "10.%u.%u.0/24", side + 1, tunnel);
    return world_selector(text, "", "");
}

static const char *name_of(unsigned tunnel)
{
    static const char *const names[] = {"t0", "t1", "t2", "t3", "t4"};

    return names[tunnel];
}

static uint32_t spi_of(unsigned side, unsigned tunnel, uint32_t turn)
{
    return (side ? SPI_B : SPI_A) + tunnel * SPI_TUNNEL + turn;
}

// Of tunnel `tunnel` the `turn`-th pair, in the place of the one before.
static void install(unsigned side, unsigned tunnel, uint32_t turn)
{
    struct selector local = network(side, tunnel), remote = network(!side, tunnel);
    struct child_spec spec = {
        .spi_in = spi_of(side, tunnel, turn), .spi_out = spi_of(!side, tunnel, turn), .suite = world.suite};
    struct database *db = world.side[side].db;
    uint8_t keys[2][72];

    for (unsigned i = 0; i < 2; i++)
        world_key(i, keys[i]);
    spec.keys_in[0] = bytes_of(keys[side], 36);
    spec.keys_out[0] = bytes_of(keys[!side], 36);
    spec.local = &local;
    spec.remote = &remote;
    spec.local_n = spec.remote_n = 1;
    spec.replay_window = tunnel ? 0 : 64;
    spec.local_endpoint = a.end[0].endpoint;
    spec.remote_endpoint = relay.endpoint;
    ck_assert_int_eq(sad_add_reservation(&db->sad, spec.spi_in, UINT64_MAX), 0);
    ck_assert_int_eq(database_install(db, name_of(tunnel), &spec, turn ? spec.spi_in - 1 : 0, 0), 0);
}

static void set_policies(unsigned side, uint64_t generation)
{
    struct database *db = world.side[side].db;

    for (unsigned i = 0; i <= TUNNELS; i++) {
        struct database_policy p = {name_of(i), network(side, i), network(!side, i), POLICY_PROTECT};

        ck_assert_int_eq(database_add_policy(db, generation, &p), 0);
    }
    ck_assert_int_eq(database_commit_policies(db, generation), 0);
}

// Each one a flow of its own, so that nothing is merged on the way out; its number stands at the end.
static void send_numbered(unsigned tunnel, uint32_t number, int lan)
{
    uint8_t frame[SEGMENT_VNET_BYTES + INNER_BYTES] = {0}, *ip = frame + SEGMENT_VNET_BYTES;
    const uint8_t header[] = {0x45, 0,  0, INNER_BYTES,     0, 0, 0, 0, 64, IPPROTO_UDP, 0, 0, 10, 1, (uint8_t)tunnel,
                              1,    10, 2, (uint8_t)tunnel, 1};
    uint32_t number_be = htonl(number);

    memcpy(ip, header, sizeof(header));
    ip[20] = (uint8_t)(number >> 8);
    ip[21] = (uint8_t)number;
    ip[23] = 9;
    ip[25] = INNER_BYTES - 20;
    memcpy(ip + INNER_BYTES - 4, &number_be, 4);
    while (write(lan, frame, sizeof(frame)) < 0 && !atomic_load(&run.stop))
        usleep(100);
}

static void *generate(void *arg)
{
    unsigned seed = 1;

    (void)arg;
    while (!atomic_load(&run.is_quiet)) {
        bool idle = true;

        for (unsigned t = 0; t <= TUNNELS; t++) {
            uint32_t sent = atomic_load(&run.sent[t]);

            if (t != CHANGING && (sent - atomic_load(&run.oldest[t]) >= IN_FLIGHT || sent == PACKETS_MAX))
                continue;
            if (t == CHANGING && idle) // as much as of the others
                continue;
            idle = false;
            atomic_fetch_add(&run.sent[t], 1);
            send_numbered(t, sent, a.end[(unsigned)rand_r(&seed) % WORKERS].lan);
        }
        if (idle)
            usleep(50);
    }
    return NULL;
}

struct held {
    uint8_t packet[256];
    ssize_t n;
};

static void forward(const struct held *h, unsigned *seed)
{
    unsigned first = (unsigned)rand_r(seed) % WORKERS, copies = rand_r(seed) % COPIES_OF == 0;
    uint32_t spi;

    memcpy(&spi, h->packet, sizeof(spi));
    spi = ntohl(spi);
    for (unsigned i = 0; i <= copies; i++) {
        struct sockaddr_storage to;
        socklen_t n = endpoint_to_sockaddr(&b.end[(first + i) % WORKERS].endpoint, &to);

        while (sendto(relay.fd, h->packet, (size_t)h->n, 0, (struct sockaddr *)&to, n) < 0 && !atomic_load(&run.stop))
            usleep(100);
    }
    atomic_fetch_add(&run.copies[(spi - SPI_B) / SPI_TUNNEL], copies);
}

static void *relay_packets(void *arg)
{
    static struct held held[HELD];
    struct pollfd p = {.fd = relay.fd, .events = POLLIN};
    unsigned n = 0, seed = 7, i;

    (void)arg;
    while (!atomic_load(&run.stop)) {
        if (poll(&p, 1, 1) > 0 && n < HELD) {
            held[n].n = recv(relay.fd, held[n].packet, sizeof(held[n].packet), 0);
            n += held[n].n > 0;
            if (n < HELD)
                continue;
        }
        if (n) {
            i = (unsigned)rand_r(&seed) % n;
            forward(&held[i], &seed);
            held[i] = held[--n];
        }
    }
    return NULL;
}

static void take_frame(const uint8_t *frame, ssize_t n)
{
    uint32_t number, tunnel;

    if (n != SEGMENT_VNET_BYTES + INNER_BYTES) {
        atomic_fetch_add(&run.wrong, 1);
        return;
    }
    tunnel = frame[SEGMENT_VNET_BYTES + 14];
    memcpy(&number, frame + n - 4, 4);
    number = ntohl(number);
    if (tunnel < TUNNELS && number < PACKETS_MAX) {
        run.times[tunnel][number]++;
        while (run.times[tunnel][atomic_load(&run.oldest[tunnel])])
            atomic_fetch_add(&run.oldest[tunnel], 1);
    }
    if (tunnel <= TUNNELS)
        atomic_fetch_add(&run.received[tunnel], 1);
}

static void *take_packets(void *arg)
{
    struct pollfd p[WORKERS];
    uint8_t frame[2048];
    ssize_t n;

    (void)arg;
    for (unsigned i = 0; i < WORKERS; i++)
        p[i] = (struct pollfd){.fd = b.end[i].lan, .events = POLLIN};
    while (!atomic_load(&run.stop)) {
        poll(p, WORKERS, 10);
        for (unsigned i = 0; i < WORKERS; i++)
            while ((n = read(p[i].fd, frame, sizeof(frame))) > 0)
                take_frame(frame, n);
    }
    return NULL;
}

// One turn of the main thread, at both ends: a rekey of the changing tunnel, and something of the others.
static void change(uint32_t turn)
{
    struct database_path path = {a.end[0].endpoint, relay.endpoint, false, 0};
    unsigned other = turn % TUNNELS;

    install(1, CHANGING, turn);
    install(0, CHANGING, turn);
    for (unsigned side = 0; side < 2; side++) {
        struct database *db = world.side[side].db;

        ck_assert_int_eq(database_update(db, spi_of(side, other, 0), &path), 0);
        child_rest(sad_find(&db->sad, spi_of(side, other, 0)), UINT64_MAX, &db->retire);
        if (turn % 8 == 0)
            set_policies(side, turn + 10);
        ck_assert_int_eq(database_delete(db, spi_of(side, CHANGING, turn - 1)), 0);
        if (turn % 3 == 0)
            retire_flush(&db->retire);
    }
}

static void change_all(uint32_t turns)
{
    for (uint32_t turn = 1; turn <= turns; turn++) {
        change(turn);
        usleep(CHANGE_MS * 1000);
    }
}

static bool is_settled(void)
{
    for (unsigned t = 0; t < TUNNELS; t++) {
        struct child *in = sad_find(&world.side[1].db->sad, spi_of(1, t, 0));

        if (atomic_load(&run.received[t]) != atomic_load(&run.sent[t]) ||
            atomic_load(&in->in.replay_drops) != atomic_load(&run.copies[t]))
            return false;
    }
    return true;
}

static void check_tunnel(unsigned t)
{
    const struct child *out = sad_find(&world.side[0].db->sad, spi_of(0, t, 0));
    const struct child *in = sad_find(&world.side[1].db->sad, spi_of(1, t, 0));
    uint32_t sent = atomic_load(&run.sent[t]);

    ck_assert_uint_gt(sent, 100);
    for (uint32_t i = 0; i < sent; i++)
        ck_assert_msg(run.times[t][i] == 1, "tunnel %u, packet %u: %u times", t, i, run.times[t][i]);
    ck_assert_uint_eq(atomic_load(&out->out.packets), sent);
    ck_assert_uint_eq(atomic_load(&out->out.bytes), (uint64_t)sent * INNER_BYTES);
    ck_assert_uint_eq(atomic_load(&out->out.next_sequence), sent + 1ull);
    ck_assert_uint_eq(atomic_load(&in->in.packets), sent);
    ck_assert_uint_eq(atomic_load(&in->in.bytes), (uint64_t)sent * INNER_BYTES);
    ck_assert_uint_eq(atomic_load(&in->in.replay_drops), atomic_load(&run.copies[t]));
    ck_assert_uint_gt(atomic_load(&run.copies[t]), 0);
    ck_assert_uint_eq(replay_top(&in->in.replay), sent);
    ck_assert_uint_eq(atomic_load(&in->in.integrity_drops), 0);
}

START_TEST(loses_nothing_while_others_change)
{
    void *(*const runs[])(void *) = {take_packets, relay_packets, generate};
    pthread_t threads[RUN_COUNT(runs)];

    world_init(&world, &world_suites[1], &cipher_ipsec_mb, &cipher_openssl);
    relay.fd = worker_end_socket(1, &relay.endpoint);
    setsockopt(relay.fd, SOL_SOCKET, SO_RCVBUFFORCE, &(int){BUFFER_BYTES}, sizeof(int));
    open_gateway(&a, 0);
    open_gateway(&b, 1);
    for (unsigned side = 2; side-- > 0;) { // the receiver first
        for (unsigned t = 0; t <= TUNNELS; t++)
            install(side, t, 0);
        set_policies(side, 2);
    }
    for (unsigned i = 0; i < RUN_COUNT(runs); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, runs[i], NULL), 0);
    change_all(getenv("BULKHEAD_LONG") ? TURNS_LONG : TURNS);
    atomic_store(&run.is_quiet, true);
    for (unsigned i = 0; i < 20000 && !is_settled(); i++)
        usleep(500);
    atomic_store(&run.stop, true);
    for (unsigned i = 0; i < RUN_COUNT(runs); i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(atomic_load(&run.wrong), 0);
    for (unsigned t = 0; t < TUNNELS; t++)
        check_tunnel(t);
    ck_assert_uint_gt(atomic_load(&run.received[CHANGING]), 0);
    close_gateway(&a);
    close_gateway(&b);
    close(relay.fd);
    world_done(&world);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("workers");

    tcase_set_timeout(tcase, 600);
    tcase_add_test(tcase, loses_nothing_while_others_change);
    return run_case(tcase);
}
