// Two workers in one process, joined by UDP over loopback; a socket pair stands for each TUN. While packets run, the
// main thread installs, replaces and deletes SAs: the sanitizer would see a worker that looks at freed memory.
#include <poll.h>

#include "tests/unit/esp-d/worker_end.h"
#include "tests/unit/lib/run.h"

#define BUFFER_BYTES (256 << 10)

static struct world world;
static struct worker_end ends[2];

static void install(unsigned side, uint32_t spi_in, uint32_t spi_out, uint32_t replaces)
{
    struct selector all = world_selector("0.0.0.0/0", "", "");
    struct child_spec spec = {.spi_in = spi_in, .spi_out = spi_out, .suite = world.suite};
    struct database *db = world.side[side].db;
    uint8_t keys[2][72];

    for (unsigned i = 0; i < 2; i++)
        world_key(i, keys[i]);
    spec.keys_in[0] = bytes_of(keys[side], 36);
    spec.keys_out[0] = bytes_of(keys[!side], 36);
    spec.local = spec.remote = &all;
    spec.local_n = spec.remote_n = 1;
    spec.local_endpoint = ends[side].endpoint;
    spec.remote_endpoint = ends[!side].endpoint;
    ck_assert_int_eq(sad_add_reservation(&db->sad, spi_in, UINT64_MAX), 0);
    ck_assert_int_eq(database_install(db, "worker", &spec, replaces, 0), 0);
}

static void set_policy(unsigned side, uint64_t generation)
{
    struct selector all = world_selector("0.0.0.0/0", "", "");
    struct database_policy p = {"worker", all, all, POLICY_PROTECT};

    ck_assert_int_eq(database_add_policy(world.side[side].db, generation, &p), 0);
    ck_assert_int_eq(database_commit_policies(world.side[side].db, generation), 0);
}

static void set_up(void)
{
    world_init(&world, &world_suites[1], &cipher_ipsec_mb, &cipher_openssl);
    for (unsigned i = 0; i < 2; i++)
        worker_end_open(&ends[i], world.side[i].db, i ? &cipher_openssl : &cipher_ipsec_mb, 1, BUFFER_BYTES);
    for (unsigned i = 0; i < 2; i++) {
        set_policy(i, 1);
        ck_assert_int_eq(worker_start(&ends[i].worker), 0);
    }
}

static void tear_down(void)
{
    for (unsigned i = 0; i < 2; i++)
        worker_end_close(&ends[i]);
    world_done(&world);
}

// Sends `count` packets from side `from`; returns how many came out at the other TUN, whole.
static unsigned send_packets(unsigned from, unsigned count)
{
    uint8_t frame[SEGMENT_VNET_BYTES + 1500] = {0}, in[2048];
    size_t n = world_udp(frame + SEGMENT_VNET_BYTES, 4, 1000);
    struct pollfd p = {.fd = ends[!from].lan, .events = POLLIN};
    unsigned received = 0;

    for (unsigned i = 0; i < count; i++)
        ck_assert_int_eq(write(ends[from].lan, frame, SEGMENT_VNET_BYTES + n), (ssize_t)(SEGMENT_VNET_BYTES + n));
    while (received < count && poll(&p, 1, 2000) > 0) {
        ssize_t r = read(ends[!from].lan, in, sizeof(in));

        ck_assert_int_eq(r, (ssize_t)(SEGMENT_VNET_BYTES + n));
        ck_assert_mem_eq(in, frame, (size_t)r);
        received++;
    }
    return received;
}

START_TEST(carries_packets_while_sas_change)
{
    set_up();
    install(0, 0x5000, 0x6000, 0);
    install(1, 0x6000, 0x5000, 0);
    for (uint32_t i = 1; i <= 200; i++) {
        ck_assert_uint_eq(send_packets(i & 1, 20), 20);
        // As in a rekey: the new pair receives on both sides before one of them sends.
        install(0, 0x5000 + i, 0x6000 + i, 0x5000 + i - 1);
        install(1, 0x6000 + i, 0x5000 + i, 0x6000 + i - 1);
        ck_assert_int_eq(database_delete(world.side[0].db, 0x5000 + i - 1), 0);
        ck_assert_int_eq(database_delete(world.side[1].db, 0x6000 + i - 1), 0);
        set_policy(i & 1, i + 1);
        retire_flush(&world.side[i & 1].db->retire);
    }
    tear_down();
}
END_TEST

struct pump {
    pthread_t thread;
    atomic_bool stop;
    _Atomic unsigned received;
    _Atomic unsigned wrong;
};

// Takes what has come out of a TUN: what was sent on the other side, or an ICMP error while there was no policy.
static void drain(struct pump *p, unsigned side, const uint8_t *frame, size_t n)
{
    uint8_t in[2048];
    ssize_t r;

    while ((r = read(ends[side].lan, in, sizeof(in))) > 0) {
        if (r > SEGMENT_VNET_BYTES + 20 && in[SEGMENT_VNET_BYTES + 9] == IPPROTO_ICMP)
            continue;
        atomic_fetch_add(&p->received, 1);
        if ((size_t)r != n || memcmp(in, frame, n) != 0)
            atomic_fetch_add(&p->wrong, 1);
    }
}

static void *run_pump(void *arg)
{
    uint8_t frame[SEGMENT_VNET_BYTES + 700] = {0};
    struct pump *p = arg;
    size_t n = SEGMENT_VNET_BYTES + world_udp(frame + SEGMENT_VNET_BYTES, 4, 600);

    while (!atomic_load(&p->stop)) {
        for (unsigned side = 0; side < 2; side++) {
            for (unsigned i = 0; i < 8; i++)
                if (write(ends[side].lan, frame, n) < 0) // no room: the worker is busy
                    break;
            drain(p, side, frame, n);
        }
    }
    return NULL;
}

// Looks at everything that the main thread of esp-d looks at.
static uint64_t look_around(unsigned side)
{
    struct database *db = world.side[side].db;
    uint64_t sum = 0;

    for (struct child *c = sad_next(&db->sad, 0); c; c = sad_next(&db->sad, c->in.spi))
        sum += atomic_load(&c->in.packets) + atomic_load(&c->out.bytes) + atomic_load(&c->out.path)->remote.port;
    for (unsigned i = 0; i < DROP_COUNT; i++)
        sum += atomic_load(&ends[side].worker.drops.n[i]);
    return sum;
}

// One step of a side's life: a rekey, another path, other policies, a grace period.
static void change(unsigned side, uint32_t i, uint64_t *generation)
{
    static const uint32_t base[2] = {0x5000, 0x6000};
    struct database *db = world.side[side].db;
    struct database_path path = {ends[side].endpoint, ends[!side].endpoint, i & 1, 0};
    uint32_t before = base[side] + i - 1;

    install(side, base[side] + i, base[!side] + i, i % 5 ? before : 0);
    ck_assert_int_eq(database_update(db, before, &path), 0);
    ck_assert_int_eq(database_delete(db, before), 0);
    if (i % 7 == 0) // none at all, for a moment
        ck_assert_int_eq(database_commit_policies(db, (*generation)++), 0);
    set_policy(side, (*generation)++);
    if (i % 4 == 0)
        child_rest(sad_find(&db->sad, base[side] + i), UINT64_MAX, &db->retire);
    if (i % 3 == 0)
        retire_flush(&db->retire);
    ck_assert_uint_gt(look_around(side), 0);
}

// Nothing waits for the packets here: everything changes in the middle of them.
START_TEST(survives_changes_in_full_run)
{
    struct pump pump = {0};
    uint64_t generation = 2;
    struct event event;

    set_up();
    install(0, 0x5000, 0x6000, 0);
    install(1, 0x6000, 0x5000, 0);
    ck_assert_int_eq(pthread_create(&pump.thread, NULL, run_pump, &pump), 0);
    for (uint32_t i = 1; i <= 300; i++) {
        change(i & 1, i, &generation);
        change(!(i & 1), i, &generation);
        for (unsigned side = 0; side < 2; side++)
            while (event_take(&ends[side].worker.events, &event))
                ck_assert_int_ne(event.kind, EVENT_TUN_GONE);
        usleep(500);
    }
    usleep(100000);
    atomic_store(&pump.stop, true);
    pthread_join(pump.thread, NULL);
    ck_assert_uint_eq(atomic_load(&pump.wrong), 0);
    ck_assert_uint_gt(atomic_load(&pump.received), 1000);
    tear_down();
}
END_TEST

// ESP that arrived at the control socket is handed over, and comes out like any other.
START_TEST(takes_what_is_handed_over)
{
    uint8_t frame[SEGMENT_VNET_BYTES + 200] = {0}, esp[400], in[400];
    size_t n = world_udp(frame + SEGMENT_VNET_BYTES, 4, 100), esp_n;
    struct inbound_datagram from = {0};
    struct pollfd p;
    ssize_t r = 0;

    set_up();
    install(0, 0x5000, 0x6000, 0);
    install(1, 0x6000, 0x5000, 0);
    world.side[0].child = sad_find(&world.side[0].db->sad, 0x5000);
    from.remote = ends[0].endpoint;
    from.local = ends[1].endpoint;
    p = (struct pollfd){.fd = ends[1].lan, .events = POLLIN};
    for (unsigned i = 0; i < 50; i++) {
        esp_n = world_seal(&world, 0, frame + SEGMENT_VNET_BYTES, n, esp);
        ck_assert(worker_hand(&ends[1].worker, &from, bytes_of(esp, esp_n)));
    }
    for (unsigned i = 0; i < 50; i++) {
        ck_assert_int_eq(poll(&p, 1, 5000), 1);
        r = read(ends[1].lan, in, sizeof(in));
        ck_assert_int_eq(r, (ssize_t)(SEGMENT_VNET_BYTES + n));
        ck_assert_mem_eq(in, frame, (size_t)r);
    }
    tear_down();
}
END_TEST

START_TEST(tells_of_missing_sas_and_ike)
{
    static const uint8_t ike[] = {0, 0, 0, 0, 1, 2, 3, 4, 5, 6};
    uint8_t frame[SEGMENT_VNET_BYTES + 200] = {0};
    size_t n = world_udp(frame + SEGMENT_VNET_BYTES, 4, 10);
    unsigned acquires = 0, datagrams = 0;
    struct inbound_datagram *datagram;
    struct event event;

    set_up();
    ck_assert_int_gt(write(ends[0].lan, frame, SEGMENT_VNET_BYTES + n), 0);
    ck_assert_int_eq(
        udp_send(&ends[1].udp, &(struct endpoint){0}, &ends[0].endpoint, bytes_of(ike, 4), bytes_of(ike + 4, 6)), 0);
    for (unsigned i = 0; i < 2000 && acquires + datagrams < 2; i++) {
        usleep(1000);
        if (event_take(&ends[0].worker.events, &event)) {
            acquires++;
            ck_assert_int_eq(event.kind, EVENT_ACQUIRE);
            ck_assert_str_eq(event.tunnel, "worker");
            ck_assert_uint_eq(event.flow.destination_port, 6000);
        }
        datagram = datagram_ring_take(&ends[0].worker.ike);
        if (datagram) {
            datagrams++;
            ck_assert_uint_eq(datagram->n, 6);
            ck_assert_mem_eq(datagram->p, ike + 4, 6);
            ck_assert_uint_eq(datagram->remote.port, ends[1].endpoint.port);
            datagram_ring_release(&ends[0].worker.ike);
        }
    }
    ck_assert_uint_eq(acquires, 1);
    ck_assert_uint_eq(datagrams, 1);
    tear_down();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {carries_packets_while_sas_change, survives_changes_in_full_run,
                                  takes_what_is_handed_over, tells_of_missing_sas_and_ike};

    TCase *tcase = tcase_create("worker");

    tcase_set_timeout(tcase, 120); // on a busy machine
    for (size_t k = 0; k < RUN_COUNT(tests); k++)
        tcase_add_test(tcase, tests[k]);
    return run_case(tcase);
}
