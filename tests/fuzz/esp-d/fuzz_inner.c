// What one read of the TUN may bring: virtio-net header and packet. All that leaves is opened again by the peer, which
// finds only packets that its SA allows.
#include "esp-d/icmp.h"
#include "esp-d/outbound.h"
#include "tests/unit/esp-d/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct world world;

static void on_send(void *arg, const struct seal_packet *packets, unsigned n)
{
    (void)arg;
    for (unsigned i = 0; i < n; i++) {
        struct open_packet p;

        if (packets[i].drop)
            abort();
        p = world_open(&world, 1, packets[i].esp, packets[i].esp_bytes);
        if (p.drop && p.drop != DROP_ECN)
            abort();
    }
}

static void on_answer(void *arg, struct bytes packet)
{
    (void)arg;
    if (packet.n > ICMP_ERROR_BYTES_MAX || world_flow(packet.p, packet.n).total_bytes != packet.n)
        abort();
}

static void add_policy(const char *local, const char *remote, enum policy_action action)
{
    struct database_policy p = {"world", world_selector(local, "", ""), world_selector(remote, "", ""), action};

    world_require(!database_add_policy(world.side[0].db, 1, &p));
}

static void set_up(void)
{
    world_init(&world, &world_suites[1], &cipher_ipsec_mb, &cipher_openssl);
    add_policy("10.1.0.0/16", "10.2.255.0/24", POLICY_DISCARD);
    add_policy("10.1.0.0/16", "10.2.0.0/16", POLICY_PROTECT);
    add_policy("fd00:1::/64", "fd00:2::/64", POLICY_PROTECT);
    world_require(!database_commit_policies(world.side[0].db, 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct outbound_sinks sinks = {NULL, on_send, on_answer, world_ignore_acquire, world_ignore_expire};
    struct drop_counters drops = {0};
    static struct outbound out;
    uint8_t *copy;

    if (size > ESP_TUN_READ_BYTES)
        return 0;
    if (!world.side[0].db)
        set_up();
    copy = malloc(size ? size : 1);
    world_require(copy && !outbound_init(&out, &sinks, &world.side[0].crypt, world.side[0].db, &drops));
    if (size)
        memcpy(copy, data, size);
    out.now_ms = 1000;
    outbound_push(&out, bytes_of(copy, size));
    outbound_flush(&out);
    outbound_done(&out);
    free(copy);
    return 0;
}
