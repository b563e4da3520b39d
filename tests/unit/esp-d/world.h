// A pair of esp-d's databases joined by one CHILD_SA, without sockets, for tests and fuzz targets: what one seals the
// other opens. Packets come from a small independent builder.
#ifndef BULKHEAD_TESTS_UNIT_ESP_D_WORLD_H
#define BULKHEAD_TESTS_UNIT_ESP_D_WORLD_H

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "esp-d/database.h"
#include "esp-d/open.h"
#include "esp-d/seal.h"
#include "lib/crypto/algorithm.h"

struct world_side {
    struct database *db;
    struct crypt crypt;
    struct child *child;
    struct opener opener;
};

struct world {
    struct world_side side[2]; // 10.1.0.0/16, fd00:1::/64 and 10.2.0.0/16, fd00:2::/64
    struct cipher_suite suite;
};

struct world_suite {
    const char *name;
    uint16_t encr, key_bits, integ;
    bool esn;
};

static const struct world_suite world_suites[] = {
    {"aes128gcm16", ENCR_AES_GCM_16, 128, 0},
    {"aes256gcm16", ENCR_AES_GCM_16, 256, 0},
    {"aes128-sha1", ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96},
    {"aes128-sha256", ENCR_AES_CBC, 128, INTEG_HMAC_SHA2_256_128},
    {"aes256-sha256", ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_256_128},
    {"aes256-sha384", ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_384_192},
    {"aes256-sha512", ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_512_256},
    {"aes192gcm8", ENCR_AES_GCM_8, 192, 0},
    {"aes256gcm12", ENCR_AES_GCM_12, 256, 0},
    {"aes128ccm8", ENCR_AES_CCM_8, 128, 0},
    {"aes192ccm12", ENCR_AES_CCM_12, 192, 0},
    {"aes256ccm16", ENCR_AES_CCM_16, 256, 0},
    {"chacha20poly1305", ENCR_CHACHA20_POLY1305, 0, 0},
    {"aes192-md5", ENCR_AES_CBC, 192, INTEG_HMAC_MD5_96},
    {"aes128ctr-aescmac", ENCR_AES_CTR, 128, INTEG_AES_CMAC_96},
    {"aes192ctr-sha256", ENCR_AES_CTR, 192, INTEG_HMAC_SHA2_256_128},
    {"aes256ctr-aesxcbc", ENCR_AES_CTR, 256, INTEG_AES_XCBC_96},
    {"3des-sha1", ENCR_3DES, 0, INTEG_HMAC_SHA1_96},
    {"aes256gcm16-esn", ENCR_AES_GCM_16, 256, 0, true},
    {"aes192ccm16-esn", ENCR_AES_CCM_16, 192, 0, true},
    {"aes256ccm8-esn", ENCR_AES_CCM_8, 256, 0, true},
    {"chacha20poly1305-esn", ENCR_CHACHA20_POLY1305, 0, 0, true},
    {"aes128ctr-sha512-esn", ENCR_AES_CTR, 128, INTEG_HMAC_SHA2_512_256, true},
    {"aes256-aescmac-esn", ENCR_AES_CBC, 256, INTEG_AES_CMAC_96, true},
    {"aes128-sha1-esn", ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96, true},
};
#define WORLD_SUITES_N (sizeof(world_suites) / sizeof(world_suites[0]))

// Aborts, so that a broken set-up can't look like a passing test.
static inline void world_require(bool ok)
{
    if (!ok)
        abort();
}

static inline struct selector world_selector(const char *range, const char *protocol, const char *ports)
{
    struct selector s;
    const char *error;

    world_require(!selector_parse(range, protocol, ports, &s, &error));
    return s;
}

static inline struct flow world_flow(const uint8_t *packet, size_t n)
{
    struct flow f;

    world_require(!flow_parse(bytes_of(packet, n), &f));
    return f;
}

static inline uint32_t world_spi(unsigned side)
{
    return 0x1000u + side;
}

// A key that only side `to` opens with; the same in every run.
static inline void world_key(unsigned to, uint8_t key[72])
{
    for (unsigned i = 0; i < 72; i++)
        key[i] = (uint8_t)(to * 101 + i * 3 + 1);
}

static inline void world_install(struct world *w, unsigned here, uint32_t window)
{
    struct world_side *s = &w->side[here];
    struct selector selectors[2][2] = {{world_selector("10.1.0.0/16", "", ""), world_selector("fd00:1::/64", "", "")},
                                       {world_selector("10.2.0.0/16", "", ""), world_selector("fd00:2::/64", "", "")}};
    struct child_spec spec = {.spi_in = world_spi(here), .spi_out = world_spi(!here), .suite = w->suite};
    size_t key_bytes = (size_t)w->suite.key_bytes + w->suite.salt_bytes;
    uint8_t keys[2][72];

    world_key(here, keys[0]);
    world_key(!here, keys[1]);
    spec.keys_in[0] = bytes_of(keys[0], key_bytes);
    spec.keys_in[1] = bytes_of(keys[0] + 8, w->suite.integ_key_bytes);
    spec.keys_out[0] = bytes_of(keys[1], key_bytes);
    spec.keys_out[1] = bytes_of(keys[1] + 8, w->suite.integ_key_bytes);
    spec.local = selectors[here];
    spec.remote = selectors[!here];
    spec.local_n = spec.remote_n = 2;
    spec.replay_window = window;
    spec.follow_remote = true;
    world_require(!endpoint_parse(here ? "192.0.2.2:4500" : "192.0.2.1:4500", &spec.local_endpoint));
    world_require(!endpoint_parse(here ? "192.0.2.1:4500" : "192.0.2.2:4500", &spec.remote_endpoint));
    // The reservation that ike-d would have made, with a number that the test knows.
    world_require(!sad_add_reservation(&s->db->sad, spec.spi_in, UINT64_MAX));
    world_require(!database_install(s->db, "world", &spec, 0, 0));
    s->child = sad_find(&s->db->sad, spec.spi_in);
}

// Sinks of outbound and inbound for tests that are about something else.
static inline bool world_ignore_acquire(void *arg, const struct policy *policy, const struct flow *flow)
{
    (void)arg;
    (void)policy;
    (void)flow;
    return true;
}

static inline bool world_ignore_expire(void *arg, const struct child *child, const struct lifetime_end *end)
{
    (void)arg;
    (void)child;
    (void)end;
    return true;
}

static inline bool world_ignore_address_change(void *arg, const struct child *child, const struct endpoint *remote)
{
    (void)arg;
    (void)child;
    (void)remote;
    return true;
}

// One policy of side `here`; world_commit makes them count.
static inline void world_policy(struct world *w, unsigned here, const struct database_policy *policy)
{
    world_require(!database_add_policy(w->side[here].db, 1, policy));
}

static inline void world_commit(struct world *w, unsigned here)
{
    world_require(!database_commit_policies(w->side[here].db, 1));
}

// What the SA is for.
static inline void world_set_policies(struct world *w, unsigned here)
{
    static const char *const ranges[2][2] = {{"10.1.0.0/16", "10.2.0.0/16"}, {"fd00:1::/64", "fd00:2::/64"}};

    for (unsigned i = 0; i < 2; i++) {
        struct database_policy p = {.tunnel = "world", .action = POLICY_PROTECT};

        p.local = world_selector(ranges[i][here], "", "");
        p.remote = world_selector(ranges[i][!here], "", "");
        world_policy(w, here, &p);
    }
    world_commit(w, here);
}

static inline void world_init(struct world *w, const struct world_suite *suite, const struct cipher_backend *a,
                              const struct cipher_backend *b)
{
    const struct cipher_backend *backend[2] = {a, b};

    memset(w, 0, sizeof(*w));
    world_require(!cipher_suite_find(suite->encr, suite->key_bits, suite->integ, &w->suite));
    w->suite.esn = suite->esn;
    for (unsigned i = 0; i < 2; i++) {
        w->side[i].db = calloc(1, sizeof(struct database));
        world_require(w->side[i].db && !database_init(w->side[i].db, backend[i]));
        world_require(!crypt_init(&w->side[i].crypt, backend[i]));
        world_require(!opener_init(&w->side[i].opener, &w->side[i].crypt, w->side[i].db));
        world_set_policies(w, i);
        world_install(w, i, 0);
    }
}

static inline void world_done(struct world *w)
{
    for (unsigned i = 0; i < 2; i++) {
        opener_done(&w->side[i].opener);
        crypt_done(&w->side[i].crypt);
        database_done(w->side[i].db);
        free(w->side[i].db);
    }
}

// The simplest checksum there is (RFC 1071 4.1), as a judge of the optimised one.
static inline uint32_t world_sum(const uint8_t *p, size_t n, uint32_t sum)
{
    for (size_t i = 0; i < n; i++)
        sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
    return sum;
}

static inline uint16_t world_fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

// Does the packet's upper-layer checksum (TCP, UDP, ICMPv6) come out right?
static inline bool world_upper_is_valid(const uint8_t *packet, const struct flow *f)
{
    uint32_t n = f->total_bytes - f->header_bytes;
    uint32_t sum = f->family == 4 ? world_sum(packet + 12, 8, 0) : world_sum(packet + 8, 32, 0);

    return world_fold(world_sum(packet + f->header_bytes, n, sum + f->protocol + n)) == 0xffff;
}

static inline void world_put_u16(uint8_t *p, size_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

// An IPv4 or IPv6 header with valid checksum for `upper_bytes` of `protocol`, from 10.1.0.2 to 10.2.0.2, or fd00:1::2
// to fd00:2::2. Returns its bytes.
static inline size_t world_ip(uint8_t *p, unsigned family, uint8_t protocol, size_t upper_bytes)
{
    if (family == 4) {
        static const uint8_t addresses[8] = {10, 1, 0, 2, 10, 2, 0, 2};

        memset(p, 0, 20);
        p[0] = 0x45;
        world_put_u16(p + 2, 20 + upper_bytes);
        p[4] = 0x12;
        p[6] = 0x40;
        p[8] = 64;
        p[9] = protocol;
        memcpy(p + 12, addresses, 8);
        world_put_u16(p + 10, (uint16_t)~world_fold(world_sum(p, 20, 0)));
        return 20;
    }
    memset(p, 0, 40);
    p[0] = 0x60;
    world_put_u16(p + 4, upper_bytes);
    p[6] = protocol;
    p[7] = 64;
    world_require(inet_pton(AF_INET6, "fd00:1::2", p + 8) == 1 && inet_pton(AF_INET6, "fd00:2::2", p + 24) == 1);
    return 40;
}

// A UDP packet with `payload` bytes; returns its bytes.
static inline size_t world_udp(uint8_t *p, unsigned family, size_t payload)
{
    size_t header = world_ip(p, family, IPPROTO_UDP, 8 + payload);

    memset(p + header, 0, 8);
    world_put_u16(p + header, 5000);
    world_put_u16(p + header + 2, 6000);
    world_put_u16(p + header + 4, 8 + payload);
    for (size_t i = 0; i < payload; i++)
        p[header + 8 + i] = (uint8_t)(i * 7);
    return header + 8 + payload;
}

// Seals one packet from side `from` into out (room for it and ESP's parts). Returns the ESP packet's bytes.
static inline uint32_t world_seal(struct world *w, unsigned from, const uint8_t *inner, size_t n, uint8_t *out)
{
    struct seal_packet p = {.child = w->side[from].child, .esp = out, .inner_bytes = (uint32_t)n};

    p.esp_bytes = seal_bytes(&w->suite, (uint32_t)n);
    p.next = inner[0] >> 4 == 4 ? IPPROTO_IPIP : IPPROTO_IPV6;
    memcpy(out + seal_inner_offset(&w->suite), inner, n);
    seal_burst(&w->side[from].crypt, &p, 1);
    world_require(p.drop == DROP_NONE);
    return p.esp_bytes;
}

static inline struct open_packet world_open(struct world *w, unsigned at, uint8_t *esp, size_t n)
{
    struct open_packet p = {.esp = esp, .esp_bytes = (uint32_t)n};

    open_burst(&w->side[at].opener, &p, 1);
    return p;
}

#endif
