// What the steps of the packet path cost in user space, for one TCP stream in full super-packets: outbound from a read
// of the TUN to sealed packets, inbound from a merged datagram to one write. Each with a real cipher and with one that
// leaves the bytes as they are; the difference is the cipher. Prints JSON, nanoseconds a packet.
//
// usage: esp_steps [ROUNDS]     under `valgrind --tool=callgrind --toggle-collect=measured_outbound` (or _inbound) with
// BULKHEAD_STEPS=no-cipher, its count of instructions divided by the packets it prints is what a packet costs
// (bench/esp_instructions.sh).
#include <linux/virtio_net.h>
#include <stdio.h>

#include "bench/monotonic.h"
#include "esp-d/coalesce.h"
#include "esp-d/inbound.h"
#include "esp-d/outbound.h"
#include "tests/unit/esp-d/world.h"

#define SEGMENTS      45u // of one full send
#define SEGMENT_BYTES 1348u
#define TCP_BYTES     32u // with timestamps
#define PAYLOAD_BYTES (SEGMENTS * SEGMENT_BYTES)
#define WARM_UP       16u
#define ROUNDS_MAX    100000u

struct bench {
    struct world world;
    struct outbound out;
    struct inbound in;
    struct coalesce coalesce;
    struct drop_counters drops;
    const struct seal_packet *sealed;
    unsigned packets; // sealed, of this round
    unsigned writes;
    uint32_t sequence;          // of TCP
    uint64_t ns[2][ROUNDS_MAX]; // outbound, inbound; of each round
    unsigned rounds;
};

static uint8_t frame[SEGMENT_VNET_BYTES + 20 + TCP_BYTES + PAYLOAD_BYTES];
static uint8_t datagram[65536];

static bool supports_all(const struct cipher_suite *suite)
{
    (void)suite;
    return true;
}

static struct cipher_engine *new_nothing(void)
{
    static char nothing;

    return (struct cipher_engine *)(void *)&nothing;
}

static void free_nothing(struct cipher_engine *engine)
{
    (void)engine;
}

static void leave_as_it_is(struct cipher_engine *engine, struct cipher_op *ops, unsigned n)
{
    (void)engine;
    for (unsigned i = 0; i < n; i++)
        ops[i].ok = true;
}

static const struct cipher_backend no_cipher = {
    .name = "none",
    .supports = supports_all,
    .engine_new = new_nothing,
    .engine_free = free_nothing,
    .seal = leave_as_it_is,
    .open = leave_as_it_is,
};

static void on_send(void *arg, const struct seal_packet *packets, unsigned n)
{
    struct bench *b = arg;

    b->sealed = packets;
    b->packets = n;
}

static void on_answer(void *arg, struct bytes packet)
{
    (void)arg;
    (void)packet;
    abort();
}

static bool on_acquire(void *arg, const struct policy *policy, const struct flow *flow)
{
    (void)arg;
    (void)policy;
    (void)flow;
    abort();
}

static bool on_expire(void *arg, const struct child *child, const struct lifetime_end *end)
{
    (void)arg;
    (void)child;
    (void)end;
    abort();
}

static void on_deliver(void *arg, struct open_packet *packets, unsigned n)
{
    struct bench *b = arg;

    coalesce_burst(&b->coalesce, packets, n);
}

static bool on_ike(void *arg, const struct inbound_datagram *from, struct bytes message)
{
    (void)arg;
    (void)from;
    (void)message;
    abort();
}

static int on_write(void *arg, const struct iovec *pieces, unsigned n)
{
    struct bench *b = arg;

    (void)pieces;
    (void)n;
    b->writes++;
    return 0;
}

static void start(struct bench *b, const struct cipher_backend *backend)
{
    const struct outbound_sinks out = {b, on_send, on_answer, on_acquire, on_expire};
    const struct inbound_sinks in = {b, on_deliver, on_ike, world_ignore_address_change, on_expire};

    memset(b, 0, sizeof(*b));
    world_init(&b->world, &world_suites[1], backend, backend);
    world_require(!outbound_init(&b->out, &out, &b->world.side[0].crypt, b->world.side[0].db, &b->drops));
    world_require(!inbound_init(&b->in, &in, &b->world.side[1].crypt, b->world.side[1].db, &b->drops));
    b->out.now_ms = b->in.now_ms = 1000;
    b->coalesce.arg = b;
    b->coalesce.write = on_write;
    b->coalesce.drops = &b->drops;
}

static void end(struct bench *b)
{
    outbound_done(&b->out);
    inbound_done(&b->in);
    world_done(&b->world);
}

// A super-packet as the TUN hands it over: its checksum is missing.
static void fill_frame(struct bench *b)
{
    struct virtio_net_hdr vnet = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                                  .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
                                  .hdr_len = 20 + TCP_BYTES,
                                  .gso_size = SEGMENT_BYTES,
                                  .csum_start = 20,
                                  .csum_offset = 16};
    uint8_t *ip = frame + SEGMENT_VNET_BYTES, *tcp = ip + 20;

    memcpy(frame, &vnet, sizeof(vnet));
    world_ip(ip, 4, IPPROTO_TCP, TCP_BYTES + PAYLOAD_BYTES);
    memset(tcp, 0, TCP_BYTES);
    world_put_u16(tcp, 5000);
    world_put_u16(tcp + 2, 5201);
    world_put_u16(tcp + 4, b->sequence >> 16);
    world_put_u16(tcp + 6, b->sequence & 0xffff);
    tcp[12] = TCP_BYTES / 4 << 4;
    tcp[13] = 0x10;
    b->sequence += PAYLOAD_BYTES;
}

__attribute__((noinline)) static void measured_outbound(struct bench *b)
{
    outbound_push(&b->out, bytes_of(frame, sizeof(frame)));
    outbound_flush(&b->out);
}

__attribute__((noinline)) static void measured_inbound(struct bench *b, const struct inbound_datagram *d)
{
    inbound_push(&b->in, d);
    inbound_flush(&b->in);
    coalesce_flush(&b->coalesce);
}

// One super-packet through both gateways.
static void run_round(struct bench *b, bool is_measured)
{
    struct inbound_datagram d = {.p = datagram};
    uint64_t times[4];

    world_require(!endpoint_parse("192.0.2.1:4500", &d.remote) && !endpoint_parse("192.0.2.2:4500", &d.local));
    fill_frame(b);
    b->packets = b->writes = 0;
    times[0] = monotonic_ns();
    measured_outbound(b);
    times[1] = monotonic_ns();
    world_require(b->packets == SEGMENTS && !b->sealed[0].drop);
    d.segment_bytes = b->sealed[0].esp_bytes;
    d.n = SEGMENTS * d.segment_bytes;
    memcpy(datagram, b->sealed[0].esp, d.n);
    times[2] = monotonic_ns();
    measured_inbound(b, &d);
    times[3] = monotonic_ns();
    world_require(b->writes == 1);
    if (!is_measured)
        return;
    b->ns[0][b->rounds] = times[1] - times[0];
    b->ns[1][b->rounds++] = times[3] - times[2];
}

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

// Of a packet; the median, since others may have the processor now and then.
static double median_ns(uint64_t *ns, unsigned n)
{
    qsort(ns, n, sizeof(*ns), compare);
    return (double)ns[n / 2] / SEGMENTS;
}

static void run(const struct cipher_backend *backend, unsigned rounds, double ret_ns[2])
{
    static struct bench b;

    start(&b, backend);
    for (unsigned i = 0; i < WARM_UP + rounds; i++)
        run_round(&b, i >= WARM_UP);
    for (unsigned way = 0; way < 2; way++)
        ret_ns[way] = median_ns(b.ns[way], rounds);
    end(&b);
}

int main(int argc, char **argv)
{
    unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 20000;
    const char *steps = getenv("BULKHEAD_STEPS");
    double without[2], with[2];

    world_require(rounds && rounds <= ROUNDS_MAX);
    for (size_t i = 0; i < PAYLOAD_BYTES; i++)
        frame[SEGMENT_VNET_BYTES + 20 + TCP_BYTES + i] = (uint8_t)(i * 31 + i / 251);
    run(&no_cipher, rounds, without);
    printf("{\"packets\": %u, \"packet_bytes\": %u, ", (WARM_UP + rounds) * SEGMENTS, 20 + TCP_BYTES + SEGMENT_BYTES);
    printf("\"outbound_ns\": %.1f, \"inbound_ns\": %.1f", without[0], without[1]);
    if (!steps || strcmp(steps, "no-cipher")) {
        run(&cipher_ipsec_mb, rounds, with);
        printf(", \"seal_ns\": %.1f, \"open_ns\": %.1f", with[0] - without[0], with[1] - without[1]);
    }
    puts("}");
    return 0;
}
