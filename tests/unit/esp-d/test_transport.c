// Transport mode: what goes into ESP, what comes out of it, checksums behind a NAT, and what can't be sent so.
#include <errno.h>
#include <linux/virtio_net.h>
#include <stdio.h>

#include "esp-d/outbound.h"
#include "tests/unit/esp-d/world.h"
#include "tests/unit/lib/run.h"

#define PACKET_MAX 2048

static struct {
    struct world world;
    struct drop_counters drops;
    struct outbound out;
    unsigned sent;
    uint8_t esp[ESP_BURST_PKTS][PACKET_MAX];
    uint32_t esp_bytes[ESP_BURST_PKTS];
    uint8_t traffic_class;
    bool big; // what is sent goes to `large`
    uint8_t large[8192];
} t;

static void on_send(void *arg, const struct seal_packet *packets, unsigned n)
{
    (void)arg;
    for (unsigned i = 0; i < n; i++) {
        ck_assert_int_eq(packets[i].drop, DROP_NONE);
        ck_assert_uint_le(packets[i].esp_bytes, t.big ? sizeof(t.large) : PACKET_MAX);
        memcpy(t.big ? t.large : t.esp[t.sent], packets[i].esp, packets[i].esp_bytes);
        t.esp_bytes[t.sent++] = packets[i].esp_bytes;
        t.traffic_class = packets[i].traffic_class;
    }
}

static void on_answer(void *arg, struct bytes packet)
{
    (void)arg;
    (void)packet;
}

static void set_up(void)
{
    const struct outbound_sinks sinks = {NULL, on_send, on_answer, world_ignore_acquire, world_ignore_expire};

    memset(&t, 0, sizeof(t));
    world_init(&t.world, &world_suites[1], &cipher_ipsec_mb, &cipher_openssl);
    ck_assert_int_eq(outbound_init(&t.out, &sinks, &t.world.side[0].crypt, t.world.side[0].db, &t.drops), 0);
    t.out.now_ms = 1000;
    for (unsigned i = 0; i < 2; i++)
        t.world.side[i].child->transport = true;
}

static void tear_down(void)
{
    outbound_done(&t.out);
    world_done(&t.world);
}

static void push(const uint8_t *packet, size_t n, const struct virtio_net_hdr *vnet)
{
    static uint8_t frame[SEGMENT_VNET_BYTES + 65536];

    memset(frame, 0, SEGMENT_VNET_BYTES);
    if (vnet)
        memcpy(frame, vnet, sizeof(*vnet));
    memcpy(frame + SEGMENT_VNET_BYTES, packet, n);
    outbound_push(&t.out, bytes_of(frame, SEGMENT_VNET_BYTES + n));
    outbound_flush(&t.out);
}

// As it arrives from `remote` at `local`.
static struct open_packet open_at(uint8_t *esp, uint32_t n, const char *local, const char *remote)
{
    struct endpoint ends[2] = {{.port = 4500}, {.port = 4500}};
    struct open_packet p = {.esp = esp, .esp_bytes = n, .local = &ends[0], .remote = &ends[1], .traffic_class = 0x28};

    ck_assert_int_eq(address_parse(local, &ends[0].address), 0);
    ck_assert_int_eq(address_parse(remote, &ends[1].address), 0);
    open_burst(&t.world.side[1].opener, &p, 1);
    return p;
}

static struct open_packet open_sent(unsigned i, unsigned family)
{
    return open_at(t.esp[i], t.esp_bytes[i], family == 4 ? "10.2.0.2" : "fd00:2::2",
                   family == 4 ? "10.1.0.2" : "fd00:1::2");
}

static void check_rebuilt(const struct open_packet *p, const uint8_t *inner, size_t n)
{
    size_t header = inner[0] >> 4 == 4 ? 20 : 40, addresses = header == 20 ? 8 : 32;

    ck_assert_msg(p->drop == DROP_NONE, "%s", drop_name(p->drop));
    ck_assert_uint_eq(p->flow.total_bytes, n);
    ck_assert_mem_eq(p->inner + header - addresses, inner + header - addresses, addresses);
    ck_assert_mem_eq(p->inner + header, inner + header, n - header);
    ck_assert_uint_eq(p->flow.traffic_class, 0x28); // the outer header's, since it is the same
    if (header == 20)
        ck_assert_uint_eq(world_fold(world_sum(p->inner, 20, 0)), 0xffff);
    ck_assert_uint_eq(p->inner[header == 20 ? 9 : 6], inner[header == 20 ? 9 : 6]);
}

START_TEST(carries_what_follows_the_header)
{
    for (unsigned family = 4; family <= 6; family += 2) {
        uint8_t inner[400];
        size_t n;
        struct open_packet p;

        set_up();
        n = world_udp(inner, family, 100);
        push(inner, n, NULL);
        ck_assert_uint_eq(t.sent, 1);
        // The header stays outside: 20 or 40 bytes less than in tunnel mode.
        ck_assert_uint_eq(t.esp_bytes[0], seal_bytes(&t.world.suite, 108));
        p = open_sent(0, family);
        check_rebuilt(&p, inner, n);
        tear_down();
    }
}
END_TEST

// scapy made these ESP packets: ours are the same, byte for byte, and theirs come out.
START_TEST(agrees_with_scapy)
{
    FILE *f = fopen("tests/unit/esp-d/scapy_packets.txt", "r");
    static char suite[32], esp_hex[4096], inner_hex[4096];
    unsigned long sequence;
    unsigned n = 0;

    ck_assert_ptr_nonnull(f);
    set_up();
    while (fscanf(f, "%31s %lu %4095s %4095s", suite, &sequence, esp_hex, inner_hex) == 4) {
        uint8_t esp[PACKET_MAX], inner[PACKET_MAX];
        int esp_n, inner_n;
        struct open_packet p;

        if (strcmp(suite, "transport"))
            continue;
        esp_n = bytes_from_hex(esp_hex, esp, sizeof(esp));
        inner_n = bytes_from_hex(inner_hex, inner, sizeof(inner));
        ck_assert(esp_n > 0 && inner_n > 0);
        t.sent = 0;
        push(inner, (size_t)inner_n, NULL);
        ck_assert_uint_eq(t.sent, 1);
        ck_assert_uint_eq(t.esp_bytes[0], (unsigned)esp_n);
        ck_assert_mem_eq(t.esp[0], esp, (size_t)esp_n);
        p = open_at(esp, (uint32_t)esp_n, inner[0] >> 4 == 4 ? "10.2.0.2" : "fd00:2::2",
                    inner[0] >> 4 == 4 ? "10.1.0.2" : "fd00:1::2");
        check_rebuilt(&p, inner, (size_t)inner_n);
        n++;
    }
    ck_assert_uint_eq(n, 14);
    fclose(f);
    tear_down();
}
END_TEST

START_TEST(cuts_super_packets)
{
    static uint8_t packet[65535];

    for (unsigned family = 4; family <= 6; family += 2) {
        struct virtio_net_hdr vnet = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .gso_size = 1000};
        size_t payload = 30000, header = world_ip(packet, family, IPPROTO_TCP, 20 + payload);

        set_up();
        memset(packet + header, 0, 20 + payload);
        packet[header + 12] = 0x50;
        for (size_t i = 0; i < payload; i++)
            packet[header + 20 + i] = (uint8_t)(i * 13);
        vnet.gso_type = family == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
        push(packet, header + 20 + payload, &vnet);
        ck_assert_uint_eq(t.sent, 30);
        for (unsigned i = 0; i < 30; i++) {
            struct open_packet p = open_sent(i, family);

            ck_assert_int_eq(p.drop, DROP_NONE);
            ck_assert_uint_eq(p.flow.total_bytes, header + 1020);
            ck_assert(world_upper_is_valid(p.inner, &p.flow));
            ck_assert_mem_eq(p.inner + header + 20, packet + header + 20 + 1000 * i, 1000);
        }
        tear_down();
    }
}
END_TEST

// RFC 3948 3.1.2: the peer sits behind a NAT and made its checksum of the address that it has there; so do we.
START_TEST(mends_checksums_behind_a_nat)
{
    static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP};

    for (unsigned i = 0; i < 8; i++) {
        uint8_t inner[400], protocol = protocols[i & 1];
        bool local = i & 2, remote = i & 4;
        struct transport_origin origin = {0};
        size_t header, upper = 60 + i; // odd ones, too
        struct open_packet p;
        uint32_t sum;

        set_up();
        header = world_ip(inner, 4, protocol, upper);
        memset(inner + header, 0, upper);
        for (size_t k = 20; k < upper; k++)
            inner[header + k] = (uint8_t)(k * 31 + i);
        inner[header + 12] = 0x50;
        sum = world_sum(inner + 12, 8, 0) + world_sum(inner + header, upper, 0) + protocol + (uint32_t)upper;
        world_put_u16(inner + header + (protocol == IPPROTO_TCP ? 16 : 6), (uint16_t)~world_fold(sum));
        push(inner, header + upper, NULL);
        // On its way the NATs changed one address, the other, or both.
        if (local)
            ck_assert_int_eq(address_parse("10.2.0.2", &origin.local), 0);
        if (remote)
            ck_assert_int_eq(address_parse("10.1.0.2", &origin.remote), 0);
        t.world.side[1].child->origin = &origin;
        p = open_at(t.esp[0], t.esp_bytes[0], local ? "10.2.200.7" : "10.2.0.2", remote ? "10.1.99.254" : "10.1.0.2");
        t.world.side[1].child->origin = NULL;
        ck_assert_int_eq(p.drop, DROP_NONE);
        ck_assert(world_upper_is_valid(p.inner, &p.flow));
        tear_down();
    }
}
END_TEST

// RFC 768: a datagram without a checksum gets none.
START_TEST(leaves_no_checksum_alone)
{
    struct transport_origin origin = {0};
    uint8_t inner[400];
    struct open_packet p;

    set_up();
    push(inner, world_udp(inner, 4, 50), NULL);
    ck_assert_int_eq(address_parse("10.1.0.2", &origin.remote), 0);
    t.world.side[1].child->origin = &origin;
    p = open_at(t.esp[0], t.esp_bytes[0], "10.2.0.2", "10.1.7.7");
    t.world.side[1].child->origin = NULL;
    ck_assert_int_eq(p.drop, DROP_NONE);
    ck_assert_uint_eq(p.inner[26] | p.inner[27], 0);
    tear_down();
}
END_TEST

// RFC 4301 5.2: the addresses of the outer header must be the SA's.
START_TEST(checks_the_outer_addresses)
{
    uint8_t inner[400], again[PACKET_MAX];
    struct open_packet p;

    set_up();
    push(inner, world_udp(inner, 4, 50), NULL);
    memcpy(again, t.esp[0], t.esp_bytes[0]);
    p = open_at(again, t.esp_bytes[0], "10.2.0.2", "10.9.0.2");
    ck_assert_int_eq(p.drop, DROP_SELECTOR_IN);
    push(inner, world_udp(inner, 4, 50), NULL);
    p = open_at(t.esp[1], t.esp_bytes[1], "fd00:2::2", "10.1.0.2");
    ck_assert_int_eq(p.drop, DROP_TRANSPORT_HEADER);
    tear_down();
}
END_TEST

// RFC 4303 3.1.1: whole datagrams only, and no header that would have to stay outside.
START_TEST(refuses_what_has_no_place)
{
    static uint8_t inner[400];
    size_t n;

    set_up();
    n = world_udp(inner, 4, 64);
    world_put_u16(inner + 6, 8); // a fragment whose first one was never seen
    push(inner, n, NULL);
    ck_assert_uint_eq(atomic_load(&t.drops.n[DROP_TRANSPORT_FRAGMENT]), 1);
    n = world_ip(inner, 4, 99, 24);
    inner[0] = 0x46; // options
    push(inner, n + 24, NULL);
    ck_assert_uint_eq(atomic_load(&t.drops.n[DROP_TRANSPORT_HEADER]), 1);
    n = world_ip(inner, 6, IPPROTO_HOPOPTS, 16);
    memset(inner + n, 0, 16);
    inner[n] = IPPROTO_NONE;
    push(inner, n + 16, NULL);
    ck_assert_uint_eq(atomic_load(&t.drops.n[DROP_TRANSPORT_HEADER]), 2);
    ck_assert_uint_eq(t.sent, 0);
    inner[6] = IPPROTO_DSTOPTS; // these may come behind ESP
    push(inner, n + 16, NULL);
    ck_assert_uint_eq(t.sent, 1);
    ck_assert_int_eq(open_sent(0, 6).drop, DROP_NONE);
    tear_down();
}
END_TEST

// What the kernel makes of a datagram that is larger than the TUN's MTU: fragment `i` of it. Returns its bytes.
static size_t cut_fragment(const uint8_t *whole, size_t n, unsigned i, uint8_t *out)
{
    size_t header = whole[0] >> 4 == 4 ? 20 : 40, extra = header == 40 ? 8 : 0, at = i * 1320u;
    size_t left = n - header - at, part = left > 1320 ? 1320 : left;
    unsigned more = left > 1320;

    memcpy(out, whole, header);
    memcpy(out + header + extra, whole + header + at, part);
    if (header == 20) {
        world_put_u16(out + 2, header + part);
        world_put_u16(out + 6, more << 13 | at / 8);
    } else {
        const uint8_t fragment[8] = {whole[6], 0, (uint8_t)(at >> 8), (uint8_t)((at & 0xf8) | more), 1, 2, 3, 4};

        world_put_u16(out + 4, extra + part);
        out[6] = IPPROTO_FRAGMENT;
        memcpy(out + header, fragment, sizeof(fragment));
    }
    return header + extra + part;
}

// The gateway's own large datagrams come in fragments, and are put together again: transport mode takes them whole.
START_TEST(puts_fragments_together)
{
    static uint8_t whole[4000], part[1500];

    for (unsigned family = 4; family <= 6; family += 2) {
        struct open_packet p;
        uint8_t clear[200];
        size_t n;

        set_up();
        n = world_udp(whole, family, 3500);
        push(part, cut_fragment(whole, n, 0, part), NULL);
        push(clear, world_udp(clear, family, 50), NULL); // another datagram in between
        ck_assert_uint_eq(t.sent, 1);
        push(part, cut_fragment(whole, n, 1, part), NULL);
        ck_assert_uint_eq(t.sent, 1);
        t.esp_bytes[1] = 0;
        t.big = true;
        push(part, cut_fragment(whole, n, 2, part), NULL);
        ck_assert_uint_eq(t.sent, 2);
        p = open_at(t.large, t.esp_bytes[1], family == 4 ? "10.2.0.2" : "fd00:2::2",
                    family == 4 ? "10.1.0.2" : "fd00:1::2");
        check_rebuilt(&p, whole, n);
        ck_assert_uint_eq(atomic_load(&t.drops.n[DROP_TRANSPORT_FRAGMENT]), 0);
        for (unsigned i = 0; i < 3; i += 2) // one is missing
            push(part, cut_fragment(whole, n, i, part), NULL);
        ck_assert_uint_eq(atomic_load(&t.drops.n[DROP_TRANSPORT_FRAGMENT]), 1);
        ck_assert_uint_eq(t.sent, 2);
        push(part, cut_fragment(whole, n, 0, part), NULL);
        t.out.now_ms += ESP_FRAGMENT_MS; // too late
        push(part, cut_fragment(whole, n, 1, part), NULL);
        ck_assert_uint_eq(atomic_load(&t.drops.n[DROP_TRANSPORT_FRAGMENT]), 2);
        tear_down();
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {carries_what_follows_the_header, agrees_with_scapy,        cuts_super_packets,
                                  mends_checksums_behind_a_nat,    leaves_no_checksum_alone, checks_the_outer_addresses,
                                  refuses_what_has_no_place,       puts_fragments_together};

    return run_tests("transport", tests, RUN_COUNT(tests));
}
