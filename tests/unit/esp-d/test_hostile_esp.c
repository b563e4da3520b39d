// Millions of packets that know an SPI and nothing else, thrown at several workers that share all SAs, between the
// packets of the true peers: for each suite an SA in tunnel and one in transport mode. Beside them come peers gone mad,
// who hold the keys but seal nonsense. Every buffer is exactly as long as what came, so that the sanitizer sees each
// byte too far. Nothing forged may be delivered, move an SA or stop its true packets; and what is not delivered is
// counted, each packet once.
#include <pthread.h>
#include <stdio.h>

#include "esp-d/coalesce.h"
#include "esp-d/inbound.h"
#include "esp-d/segment.h"
#include "tests/unit/esp-d/world.h"
#include "tests/unit/lib/run.h"

#define WORKERS       3u
#define PACKETS       200000u
#define PACKETS_LONG  10000000u
#define SPI_FIRST     0x10000u
#define TURN_MAX      12u // datagrams
#define SEGMENTS_MAX  20u // merged ones of one datagram
#define INNER_MAX     1500u
#define ESP_MAX       (INNER_MAX + 200u)
#define MERGE_EVERY   8u  // every so many-th datagram was merged by the kernel
#define TRUE_EVERY    16u // and so many-th packet is a peer's
#define PAYLOAD_BYTES 64u

enum role {
    TRUE_TUNNEL,
    TRUE_TRANSPORT,
    MAD_TUNNEL,
    MAD_TRANSPORT,
    ROLES,
};
#define SAS ((unsigned)WORLD_SUITES_N * ROLES)

// One SA, at both ends.
struct sa {
    enum role role;
    struct child *from, *to;
    _Atomic uint64_t sent; // by the true peer
    _Atomic uint64_t delivered;
    _Atomic uint32_t mad_sequence;
};

struct hostile_worker {
    pthread_t thread;
    unsigned index;
    uint64_t random;
    uint64_t left; // packets yet to be thrown
    struct crypt seal, open;
    struct inbound in;
    struct coalesce coalesce;
    struct drop_counters drops;
    uint64_t segments, ike, sum;
    struct inbound_datagram turn[TURN_MAX]; // all that was pushed, until the flush
    unsigned turn_n;
};

static struct world world;
static struct sa sas[SAS];
static struct hostile_worker workers[WORKERS];
static _Atomic uint64_t wrong_moves, wrong_frames;
static struct endpoint peer[2], own[2], stranger; // of tunnel and transport mode

static uint32_t draw(struct hostile_worker *w, uint32_t below)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return (uint32_t)(w->random >> 32) % below;
}

static struct sa *sa_of(const struct child *child)
{
    return &sas[child->in.spi - SPI_FIRST];
}

static bool is_transport(const struct sa *sa)
{
    return sa->role == TRUE_TRANSPORT || sa->role == MAD_TRANSPORT;
}

static bool is_true(const struct sa *sa)
{
    return sa->role == TRUE_TUNNEL || sa->role == TRUE_TRANSPORT;
}

static void on_deliver(void *arg, struct open_packet *packets, unsigned n)
{
    struct hostile_worker *w = arg;

    for (unsigned i = 0; i < n; i++) {
        if (!packets[i].drop)
            atomic_fetch_add(&sa_of(packets[i].child)->delivered, 1);
    }
    coalesce_burst(&w->coalesce, packets, n);
}

// The frame is all there, and as long as its IP header says.
static int on_frame(void *arg, const struct iovec *pieces, unsigned n)
{
    const uint8_t *ip = (const uint8_t *)pieces[0].iov_base + SEGMENT_VNET_BYTES;
    struct hostile_worker *w = arg;
    size_t bytes = 0, said = ip[0] >> 4 == 4 ? 0 : 40;

    said += ip[0] >> 4 == 4 ? (size_t)(ip[2] << 8 | ip[3]) : (size_t)(ip[4] << 8 | ip[5]);
    for (unsigned i = 0; i < n; i++) {
        const uint8_t *p = pieces[i].iov_base;

        for (size_t at = 0; at < pieces[i].iov_len; at++)
            w->sum += p[at];
        bytes += pieces[i].iov_len;
    }
    if (bytes != said + SEGMENT_VNET_BYTES)
        atomic_fetch_add(&wrong_frames, 1);
    return 0;
}

static bool on_ike(void *arg, const struct inbound_datagram *from, struct bytes message)
{
    struct hostile_worker *w = arg;

    (void)from;
    for (size_t i = 0; i < message.n; i++)
        w->sum += message.p[i];
    w->ike++;
    return true;
}

static bool on_address_change(void *arg, const struct child *child, const struct endpoint *remote)
{
    (void)arg;
    if (is_true(sa_of(child)) && endpoint_equal(remote, &stranger))
        atomic_fetch_add(&wrong_moves, 1);
    return true;
}

static struct child *install(unsigned side, unsigned index)
{
    static const char *const ranges[2][2] = {{"10.1.0.0/16", "fd00:1::/64"}, {"10.2.0.0/16", "fd00:2::/64"}};
    static const uint32_t windows[] = {64, 1024, 65536};
    const struct world_suite *suite = &world_suites[index / ROLES];
    struct selector local[2], remote[2];
    bool transport = is_transport(&sas[index]);
    struct child_spec spec = {.spi_in = SPI_FIRST + index, .spi_out = SPI_FIRST + index, .transport = transport};
    struct database *db = world.side[side].db;
    uint8_t keys[2][72];

    world_require(!cipher_suite_find(suite->encr, suite->key_bits, suite->integ, &spec.suite));
    spec.suite.esn = suite->esn;
    for (unsigned i = 0; i < 2; i++) {
        local[i] = world_selector(ranges[side][i], "", "");
        remote[i] = world_selector(ranges[!side][i], "", "");
        world_key(i, keys[i]);
    }
    spec.keys_in[0] = bytes_of(keys[side], (size_t)spec.suite.key_bytes + spec.suite.salt_bytes);
    spec.keys_in[1] = bytes_of(keys[side] + 8, spec.suite.integ_key_bytes);
    spec.keys_out[0] = bytes_of(keys[!side], (size_t)spec.suite.key_bytes + spec.suite.salt_bytes);
    spec.keys_out[1] = bytes_of(keys[!side] + 8, spec.suite.integ_key_bytes);
    spec.local = local;
    spec.remote = remote;
    spec.local_n = spec.remote_n = 2;
    spec.replay_window = windows[index % RUN_COUNT(windows)];
    spec.follow_remote = true;
    spec.local_endpoint = side ? own[transport] : peer[transport];
    spec.remote_endpoint = side ? peer[transport] : own[transport];
    world_require(!sad_add_reservation(&db->sad, spec.spi_in, UINT64_MAX));
    world_require(!database_install(db, "world", &spec, 0, 0));
    return sad_find(&db->sad, spec.spi_in);
}

// A UDP packet with its checksum, from the peer's LAN (or host) to ours.
static size_t build_inner(struct hostile_worker *w, bool transport, uint8_t *p)
{
    unsigned family = transport || draw(w, 2) ? 4 : 6;
    size_t n = world_udp(p, family, PAYLOAD_BYTES), header = family == 4 ? 20 : 40;
    uint32_t upper = (uint32_t)(n - header), sum;

    sum = family == 4 ? world_sum(p + 12, 8, 0) : world_sum(p + 8, 32, 0);
    world_put_u16(p + header + 6, (uint16_t)~world_fold(world_sum(p + header, upper, sum + IPPROTO_UDP + upper)));
    return n;
}

// What the true peer sends; returns its bytes.
static uint32_t seal_true(struct hostile_worker *w, const struct sa *sa, uint8_t *out)
{
    uint8_t inner[INNER_MAX];
    bool transport = is_transport(sa);
    size_t n = build_inner(w, transport, inner), left_away = transport ? 20 : 0;
    struct seal_packet p = {.child = sa->from, .esp = out, .inner_bytes = (uint32_t)(n - left_away)};

    p.esp_bytes = seal_bytes(&sa->from->suite, p.inner_bytes);
    p.next = transport ? IPPROTO_UDP : inner[0] >> 4 == 4 ? IPPROTO_IPIP : IPPROTO_IPV6;
    memcpy(out + seal_inner_offset(&sa->from->suite), inner + left_away, p.inner_bytes);
    seal_burst(&w->seal, &p, 1);
    return p.drop ? 0 : p.esp_bytes;
}

static void scramble(struct hostile_worker *w, uint8_t *p, size_t n, unsigned times)
{
    for (unsigned i = 0; i < times && n; i++)
        p[draw(w, (uint32_t)n)] = (uint8_t)draw(w, 256);
}

// The keys are right, what is inside is not: some changed bytes, or nothing but noise; and some of it is fine.
static uint32_t seal_mad(struct hostile_worker *w, struct sa *sa, uint8_t *out)
{
    const struct cipher_suite *suite = &sa->from->suite;
    uint32_t start = seal_inner_offset(suite), words[2] = {htonl(sa->from->out.spi)}, n;
    struct cipher_op op = {.key = sa->from->out.key, .packet = out};
    uint8_t clear[INNER_MAX + 64] = {0};
    size_t used = build_inner(w, is_transport(sa), clear);

    words[1] = htonl(atomic_fetch_add(&sa->mad_sequence, 1) + 1);
    if (draw(w, 8) == 0)
        scramble(w, clear, sizeof(clear), sizeof(clear));
    else
        scramble(w, clear, used < 48 ? used : 48, draw(w, 4));
    n = (uint32_t)used + 2 + draw(w, 32);
    n -= n % suite->align_bytes;
    for (uint32_t i = (uint32_t)used; i + 2 < n; i++)
        clear[i] = draw(w, 64) ? (uint8_t)(i - used + 1) : (uint8_t)draw(w, 256);
    clear[n - 2] = draw(w, 8) ? (uint8_t)(n - 2 > used ? n - 2 - used : 0) : (uint8_t)draw(w, 256);
    clear[n - 1] = draw(w, 8) ? (uint8_t)(clear[0] >> 4 == 4 ? IPPROTO_IPIP : IPPROTO_IPV6) : (uint8_t)draw(w, 256);
    if (is_transport(sa) && draw(w, 8))
        clear[n - 1] = (uint8_t)(draw(w, 2) ? IPPROTO_TCP : IPPROTO_UDP);
    memcpy(out, words, sizeof(words));
    memcpy(out + start, clear, n);
    op.bytes = start + n + suite->icv_bytes;
    crypt_seal(&w->seal, &op, 1);
    return op.ok ? op.bytes : 0;
}

// Of a true packet that never leaves: other numbers, other bytes, other lengths. Never what it was.
static uint32_t forge(struct hostile_worker *w, const struct sa *sa, uint8_t *out)
{
    uint8_t before[ESP_MAX];
    uint32_t n = seal_true(w, sa, out), words[] = {0, htonl(1), UINT32_MAX, (uint32_t)w->random};

    memcpy(before, out, n);
    switch (draw(w, 6)) {
    case 0: // cut
        return CIPHER_HEADER_BYTES + draw(w, n - CIPHER_HEADER_BYTES);
    case 1: // longer
        scramble(w, out + n, 160, 160);
        return n + 1 + draw(w, 160);
    case 2: // another number
        memcpy(out + 4, &words[draw(w, RUN_COUNT(words))], 4);
        break;
    case 3: // noise of any length
        scramble(w, out + 4, ESP_MAX - 4, 200);
        n = CIPHER_HEADER_BYTES + draw(w, ESP_MAX - CIPHER_HEADER_BYTES);
        break;
    default:
        scramble(w, out + 4, n - 4, 1 + draw(w, 8));
    }
    if (memcmp(out, before, sizeof(before) < n ? sizeof(before) : n) == 0)
        out[n - 1] ^= 1;
    return n;
}

// Hands a datagram of exactly that length over; it stays until the end of the turn.
static void push(struct hostile_worker *w, const struct inbound_datagram *like, const uint8_t *bytes, uint32_t n)
{
    struct inbound_datagram *d = &w->turn[w->turn_n++];

    *d = *like;
    d->p = malloc(n ? n : 1);
    world_require(d->p != NULL);
    memcpy(d->p, bytes, n);
    d->n = n;
    w->segments += d->truncated || !n || !d->segment_bytes ? 1 : (n + d->segment_bytes - 1) / d->segment_bytes;
    inbound_push(&w->in, d);
}

static void end_turn(struct hostile_worker *w)
{
    inbound_flush(&w->in);
    coalesce_flush(&w->coalesce);
    while (w->turn_n)
        free(w->turn[--w->turn_n].p);
}

// True packets of an SA are one worker's, so that they stay in order; the forged ones come from all.
static struct sa *draw_own(struct hostile_worker *w)
{
    unsigned of_worker = (SAS - w->index + WORKERS - 1) / WORKERS;

    return &sas[w->index + WORKERS * draw(w, of_worker)];
}

static struct inbound_datagram datagram_from(const struct endpoint *remote, const struct sa *sa, uint32_t noise)
{
    return (struct inbound_datagram){
        .remote = *remote, .local = own[is_transport(sa)], .traffic_class = (uint8_t)noise, .is_raw = noise >> 8 & 1};
}

static void throw_single(struct hostile_worker *w)
{
    struct sa *sa = &sas[draw(w, SAS)];
    struct inbound_datagram d;
    uint8_t esp[2 * ESP_MAX];

    w->left--;
    if (!is_true(sa)) {
        d = datagram_from(draw(w, 2) ? &stranger : &peer[is_transport(sa)], sa, draw(w, 512));
        push(w, &d, esp, seal_mad(w, sa, esp));
        return;
    }
    d = datagram_from(draw(w, 2) ? &stranger : &peer[is_transport(sa)], sa, draw(w, 512));
    d.truncated = draw(w, 1000) == 0;
    push(w, &d, esp, forge(w, sa, esp));
}

static void throw_true(struct hostile_worker *w)
{
    struct sa *sa = draw_own(w);
    struct inbound_datagram d;
    uint8_t esp[ESP_MAX];
    uint32_t n;

    if (!is_true(sa))
        return;
    d = datagram_from(&peer[is_transport(sa)], sa, 0);
    n = seal_true(w, sa, esp);
    atomic_fetch_add(&sa->sent, 1);
    for (unsigned copies = 1 + draw(w, 3); copies && w->turn_n < TURN_MAX; copies--)
        push(w, &d, esp, n);
}

// What the kernel may merge: true and forged packets of one length, IKE, keepalives, and anything at the end.
static void throw_merged(struct hostile_worker *w)
{
    static const uint8_t marker[4];
    struct sa *sa = draw_own(w);
    struct inbound_datagram d = datagram_from(&peer[is_transport(sa)], sa, 0);
    uint8_t bytes[SEGMENTS_MAX * ESP_MAX];
    uint32_t step = seal_true(w, sa, bytes), n = 2 + draw(w, SEGMENTS_MAX - 2), last;

    if (!is_true(sa))
        return;
    atomic_fetch_add(&sa->sent, 1);
    for (uint32_t i = 1; i < n; i++) {
        uint8_t *at = bytes + i * step, true_packet[ESP_MAX];

        memcpy(at, bytes + draw(w, i) * step, step);
        switch (draw(w, 4)) {
        case 0:
            memcpy(at, marker, sizeof(marker));
            break;
        case 1: // the families' packets differ in length: what does not fit never leaves
            if (seal_true(w, sa, true_packet) == step) {
                memcpy(at, true_packet, step);
                atomic_fetch_add(&sa->sent, 1);
            }
            break;
        default:
            at[4 + draw(w, step - 4)] ^= (uint8_t)(1 + draw(w, 255));
        }
    }
    w->left -= w->left < n ? w->left : n;
    last = draw(w, step);
    bytes[n * step] = 0xff;
    d.segment_bytes = step;
    push(w, &d, bytes, n * step + (last < 3 ? last : 0));
}

static void *run_worker(void *arg)
{
    struct hostile_worker *w = arg;

    while (w->left) {
        for (unsigned i = 1 + draw(w, TURN_MAX - 4); i && w->left && w->turn_n < TURN_MAX; i--) {
            if (draw(w, TRUE_EVERY) == 0)
                throw_true(w);
            else if (draw(w, MERGE_EVERY) == 0)
                throw_merged(w);
            else
                throw_single(w);
        }
        w->in.now_ms++;
        end_turn(w);
    }
    return NULL;
}

static void start(struct hostile_worker *w, unsigned index, uint64_t packets)
{
    const struct inbound_sinks sinks = {.arg = w,
                                        .deliver = on_deliver,
                                        .ike = on_ike,
                                        .address_change = on_address_change,
                                        .expire = world_ignore_expire};

    memset(w, 0, sizeof(*w));
    w->index = index;
    w->random = 0x9e3779b97f4a7c15u * (index + 1);
    w->left = packets / WORKERS;
    w->coalesce.arg = w;
    w->coalesce.write = on_frame;
    w->coalesce.drops = &w->drops;
    world_require(!crypt_init(&w->seal, &cipher_ipsec_mb) && !crypt_init(&w->open, &cipher_ipsec_mb));
    world_require(!inbound_init(&w->in, &sinks, &w->open, world.side[1].db, &w->drops));
    w->in.now_ms = 1000;
    world_require(!pthread_create(&w->thread, NULL, run_worker, w));
}

// Each packet was delivered, was IKE, or is in one counter.
static uint64_t finish(struct hostile_worker *w)
{
    uint64_t dropped = 0;

    pthread_join(w->thread, NULL);
    for (unsigned i = 1; i < DROP_COUNT; i++)
        dropped += atomic_load(&w->drops.n[i]);
    ck_assert_uint_eq(atomic_load(&w->drops.n[DROP_TUN_WRITE]), 0);
    inbound_done(&w->in);
    crypt_done(&w->seal);
    crypt_done(&w->open);
    return w->segments - dropped - w->ike;
}

static void set_up(void)
{
    static const char *const peers[2] = {"192.0.2.1:4500", "10.1.0.2:4500"};
    static const char *const owns[2] = {"192.0.2.2:4500", "10.2.0.2:4500"};

    world_init(&world, &world_suites[1], &cipher_ipsec_mb, &cipher_ipsec_mb);
    world_require(!endpoint_parse("198.51.100.66:66", &stranger));
    for (unsigned i = 0; i < 2; i++)
        world_require(!endpoint_parse(peers[i], &peer[i]) && !endpoint_parse(owns[i], &own[i]));
    for (unsigned i = 0; i < SAS; i++) {
        sas[i].role = (enum role)(i % ROLES);
        sas[i].from = install(0, i);
        sas[i].to = install(1, i);
    }
}

START_TEST(withstands_forgers_and_madmen)
{
    uint64_t packets = getenv("BULKHEAD_LONG") ? PACKETS_LONG : PACKETS, delivered = 0, counted = 0, mad = 0;
    uint64_t drops[DROP_COUNT] = {0};

    set_up();
    for (unsigned i = 0; i < WORKERS; i++)
        start(&workers[i], i, packets);
    for (unsigned i = 0; i < WORKERS; i++)
        counted += finish(&workers[i]);
    ck_assert_uint_eq(atomic_load(&wrong_moves), 0);
    ck_assert_uint_eq(atomic_load(&wrong_frames), 0);
    for (unsigned i = 0; i < SAS; i++) {
        uint64_t got = atomic_load(&sas[i].delivered), sent = atomic_load(&sas[i].sent);

        delivered += got;
        mad += is_true(&sas[i]) ? 0 : got;
        if (is_true(&sas[i]))
            ck_assert_msg(got == sent && sent, "%s, role %u: %llu of %llu", world_suites[i / ROLES].name, sas[i].role,
                          (unsigned long long)got, (unsigned long long)sent);
        ck_assert_uint_eq(got, atomic_load(&sas[i].to->in.packets));
    }
    ck_assert_uint_eq(counted, delivered);
    ck_assert_uint_gt(mad, 0);
    for (unsigned i = 0; i < DROP_COUNT; i++)
        for (unsigned k = 0; k < WORKERS; k++)
            drops[i] += atomic_load(&workers[k].drops.n[i]);
    for (enum drop i = DROP_LENGTH; i <= DROP_SELECTOR_IN; i++) {
        printf("%s %llu\n", drop_name(i), (unsigned long long)drops[i]);
        ck_assert_msg(drops[i] || i == DROP_LIFETIME_IN, "nothing came so far as %s", drop_name(i));
    }
    printf("%llu packets, %llu delivered, %llu of them of madmen\n", (unsigned long long)packets,
           (unsigned long long)delivered, (unsigned long long)mad);
    world_done(&world);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("hostile");

    tcase_set_timeout(tcase, getenv("BULKHEAD_LONG") ? 7200 : 300);
    tcase_add_test(tcase, withstands_forgers_and_madmen);
    return run_case(tcase);
}
