#include "esp-d/seal.h"

#include <arpa/inet.h>
#include <openssl/rand.h>
#include <string.h>

#include "esp-d/esp_limits.h"

// RFC 3602 2.1, RFC 2451 3: CBC's must be unpredictable.
static bool has_random_iv(const struct cipher_suite *suite)
{
    return suite->mode == ENCR_MODE_CBC;
}

static unsigned run_of(const struct seal_packet *p, unsigned n)
{
    unsigned run = 1;

    while (run < n && p[run].child == p[0].child)
        run++;
    return run;
}

static void store_header(struct seal_packet *p, uint64_t sequence)
{
    uint32_t words[2] = {htonl(p->child->out.spi), htonl((uint32_t)sequence)};

    memcpy(p->esp, words, sizeof(words));
    p->sequence_high = (uint32_t)(sequence >> 32);
    if (!has_random_iv(&p->child->suite)) {
        // RFC 3686 3.1, RFC 4106 3.1: the IV only has to be unique, and the sequence number is.
        uint64_t iv = htobe64(sequence);

        memcpy(p->esp + CIPHER_HEADER_BYTES, &iv, sizeof(iv));
    }
}

// How many of a run the SA's lifetime still takes, and their bytes: they are counted.
static unsigned carry_run(const struct seal_packet *p, unsigned run, uint64_t *ret_bytes)
{
    struct child *child = p[0].child;
    uint64_t bytes = 0;
    unsigned n = 0;

    if (atomic_load_explicit(&child->out.ended, memory_order_relaxed))
        run = 0;
    while (n < run && (!child->is_limited || child_carry(child, CIPHER_SEAL, p[n].inner_bytes, 1)))
        bytes += p[n++].inner_bytes;
    if (n && !child->is_limited)
        child_carry(child, CIPHER_SEAL, bytes, n);
    *ret_bytes = bytes;
    return n;
}

static void drop_packets(struct seal_packet *p, unsigned n, enum drop reason)
{
    for (unsigned i = 0; i < n; i++)
        p[i].drop = reason;
}

static void number_run(struct seal_packet *p, unsigned run)
{
    struct sa_out *out = &p[0].child->out;
    uint64_t bytes, first;
    unsigned room = carry_run(p, run, &bytes);

    first = room ? sa_out_take_sequence(out, room) : 0;
    drop_packets(p, room, first ? DROP_NONE : DROP_SEQUENCE_EXHAUSTED);
    drop_packets(p + room, run - room, DROP_LIFETIME_OUT);
    if (room && !first)
        child_carry_back(p[0].child, CIPHER_SEAL, bytes, room);
    if (!first)
        return;
    for (unsigned i = 0; i < room; i++)
        store_header(&p[i], first + i);
}

static void number_burst(struct seal_packet *packets, unsigned n)
{
    for (unsigned i = 0, run; i < n; i += run) {
        run = run_of(&packets[i], n - i);
        number_run(&packets[i], run);
    }
}

// All of a burst from one call.
static void store_random_ivs(struct seal_packet *packets, unsigned n)
{
    uint8_t random[ESP_BURST_PKTS * CIPHER_IV_BYTES_MAX], *next = random;
    unsigned wanted = 0;

    for (unsigned i = 0; i < n; i++)
        wanted += has_random_iv(&packets[i].child->suite);
    if (!wanted)
        return;
    if (RAND_bytes(random, (int)(wanted * CIPHER_IV_BYTES_MAX)) != 1)
        next = NULL;
    for (unsigned i = 0; i < n; i++) {
        const struct cipher_suite *suite = &packets[i].child->suite;

        if (!has_random_iv(suite))
            continue;
        if (!next) {
            packets[i].drop = DROP_SEAL;
            continue;
        }
        memcpy(packets[i].esp + CIPHER_HEADER_BYTES, next, suite->iv_bytes);
        next += CIPHER_IV_BYTES_MAX;
    }
}

// RFC 4303 2.4-2.6: 1, 2, 3, ..., their number, the inner protocol.
static void store_trailer(const struct seal_packet *p)
{
    const struct cipher_suite *suite = &p->child->suite;
    uint8_t *pad = p->esp + seal_inner_offset(suite) + p->inner_bytes;
    uint8_t *end = p->esp + p->esp_bytes - suite->icv_bytes;
    uint8_t pad_bytes = (uint8_t)(end - pad - 2);

    for (uint8_t i = 0; i < pad_bytes; i++)
        pad[i] = (uint8_t)(i + 1);
    end[-2] = pad_bytes;
    end[-1] = p->next;
}

static unsigned fill_ops(struct seal_packet *packets, unsigned n, struct cipher_op *ops)
{
    unsigned ops_n = 0;

    for (unsigned i = 0; i < n; i++) {
        if (packets[i].drop)
            continue;
        store_trailer(&packets[i]);
        ops[ops_n++] = (struct cipher_op){.key = packets[i].child->out.key,
                                          .packet = packets[i].esp,
                                          .bytes = packets[i].esp_bytes,
                                          .sequence_high = packets[i].sequence_high};
    }
    return ops_n;
}

static void mark_failed(struct seal_packet *packets, unsigned n, const struct cipher_op *ops)
{
    for (unsigned i = 0, k = 0; i < n; i++) {
        if (!packets[i].drop && !ops[k++].ok)
            packets[i].drop = DROP_SEAL;
    }
}

void seal_begin(void)
{
    uint8_t one;

    RAND_bytes(&one, sizeof(one)); // should it fail, the packets' own call says so
}

void seal_burst(struct crypt *crypt, struct seal_packet *packets, unsigned n)
{
    struct cipher_op ops[ESP_BURST_PKTS];
    unsigned ops_n;

    number_burst(packets, n);
    store_random_ivs(packets, n);
    ops_n = fill_ops(packets, n, ops);
    crypt_seal(crypt, ops, ops_n);
    mark_failed(packets, n, ops);
}

bool seal_dummy(struct crypt *crypt, struct child *child, uint8_t *esp, uint32_t esp_bytes)
{
    const struct cipher_suite *suite = &child->suite;
    uint32_t inner_bytes = esp_bytes - seal_inner_offset(suite) - suite->icv_bytes - 2;
    struct seal_packet p = {
        .child = child, .esp = esp, .inner_bytes = inner_bytes, .esp_bytes = esp_bytes, .next = IPPROTO_NONE};
    uint64_t sequence = sa_out_take_sequence(&child->out, 1);
    struct cipher_op op;

    if (!sequence)
        return false;
    memset(esp + seal_inner_offset(suite), 0, inner_bytes);
    store_header(&p, sequence);
    store_random_ivs(&p, 1);
    if (!fill_ops(&p, 1, &op))
        return false;
    crypt_seal(crypt, &op, 1);
    return op.ok;
}
