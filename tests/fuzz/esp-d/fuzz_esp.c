// What arrives on port 4500. First byte: bit 0 seals the rest under a valid key first, so that the fuzzer gets behind
// the integrity check; bits 1-3 choose the suite, bit 7 among the last ones; bit 4 takes the second byte as the size of
// merged segments; bit 6 is transport mode.
#include "esp-d/inbound.h"
#include "tests/unit/esp-d/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_deliver(void *arg, struct open_packet *packets, unsigned n)
{
    (void)arg;
    for (unsigned i = 0; i < n; i++) {
        const struct open_packet *p = &packets[i];

        // What is written to the TUN lies within what came, or is of its length.
        if (!p->drop && p->child->transport && p->flow.total_bytes > p->esp_bytes + 40)
            abort();
        if (!p->drop && !p->child->transport &&
            (p->inner < p->esp || p->inner + p->flow.total_bytes > p->esp + p->esp_bytes))
            abort();
    }
}

static bool on_ike(void *arg, const struct inbound_datagram *from, struct bytes message)
{
    (void)arg;
    (void)from;
    if (message.n > ESP_IKE_DATAGRAM_MAX_BYTES)
        abort();
    return true;
}

// The clear bytes become the encrypted part of an authentic packet.
static size_t seal(struct world *w, const uint8_t *clear, size_t n, uint8_t **ret_packet)
{
    const struct cipher_suite *suite = &w->suite;
    size_t start = seal_inner_offset(suite), whole;
    uint32_t words[2] = {htonl(world_spi(1)), htonl(1)};
    struct cipher_op op;
    uint8_t *packet;

    n -= n % suite->align_bytes;
    whole = start + n + suite->icv_bytes;
    packet = calloc(1, whole);
    world_require(packet != NULL);
    memcpy(packet, words, sizeof(words));
    memcpy(packet + start, clear, n);
    op = (struct cipher_op){.key = w->side[0].child->out.key, .packet = packet, .bytes = (uint32_t)whole};
    if (n)
        crypt_seal(&w->side[0].crypt, &op, 1);
    *ret_packet = packet;
    return whole;
}

static void run(struct world *w, const uint8_t *data, size_t size)
{
    const struct inbound_sinks sinks = {NULL, on_deliver, on_ike, world_ignore_address_change, world_ignore_expire};
    struct drop_counters drops = {0};
    struct inbound_datagram d = {.traffic_class = data[1]};
    struct inbound in;

    world_require(!inbound_init(&in, &sinks, &w->side[1].crypt, w->side[1].db, &drops));
    d.segment_bytes = data[0] & 16 ? data[1] : 0;
    d.truncated = data[0] & 32;
    w->side[1].child->transport = data[0] & 64;
    world_require(!endpoint_parse(data[0] & 64 ? "10.1.0.2:1" : "198.51.100.1:1", &d.remote));
    world_require(!endpoint_parse("10.2.0.2:4500", &d.local));
    if (data[0] & 1) {
        d.n = (uint32_t)seal(w, data + 2, size - 2, &d.p);
        d.segment_bytes = 0;
    } else {
        d.n = (uint32_t)(size - 2);
        d.p = malloc(size);
        world_require(d.p != NULL);
        memcpy(d.p, data + 2, size - 2);
    }
    inbound_push(&in, &d);
    inbound_flush(&in);
    inbound_done(&in);
    free(d.p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world worlds[WORLD_SUITES_N];
    struct world *w;
    struct replay *replay;

    if (size < 2 || size > 65000)
        return 0;
    w = &worlds[((data[0] >> 1 & 7) + (data[0] & 128 ? WORLD_SUITES_N - 8 : 0))];
    if (!w->side[0].db)
        world_init(w, &world_suites[w - worlds], &cipher_ipsec_mb, &cipher_openssl);
    replay = &w->side[1].child->in.replay; // every input for itself
    replay->top = 0;
    if (replay->ring)
        memset(replay->ring, 0, replay->words * sizeof(*replay->ring));
    run(w, data, size);
    return 0;
}
