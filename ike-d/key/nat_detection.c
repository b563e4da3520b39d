#include "ike-d/key/nat_detection.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <openssl/evp.h>

#include "lib/core/writer.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *sha1; // found by name once

static void find_sha1(void)
{
    sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
}

static int hash(struct bytes input, uint8_t ret_hash[NAT_DETECTION_BYTES])
{
    pthread_once(&once, find_sha1);
    return sha1 && EVP_Digest(input.p, input.n, ret_hash, NULL, sha1, NULL) == 1 ? 0 : -EIO;
}

int nat_detection_hash(uint64_t spi_i, uint64_t spi_r, const struct endpoint *endpoint,
                       uint8_t ret_hash[NAT_DETECTION_BYTES])
{
    uint8_t buffer[8 + 8 + 16 + 2];
    struct writer w = writer_of(buffer, sizeof(buffer));

    writer_u64(&w, spi_i);
    writer_u64(&w, spi_r);
    writer_bytes(&w, address_view(&endpoint->address));
    writer_u16(&w, endpoint->port);
    if (!writer_ok(&w) || hash(bytes_of(buffer, w.n), ret_hash) < 0)
        return -EIO;
    return 0;
}

void nat_detection_mark(uint8_t hash[NAT_DETECTION_BYTES], enum nat_mark mark)
{
    for (size_t i = 0; i < NAT_DETECTION_BYTES; i++)
        hash[i] ^= (uint8_t)mark;
}

// The hashes that one endpoint may have sent.
struct expected {
    uint8_t honest[NAT_DETECTION_BYTES];
    uint8_t forces[NAT_DETECTION_BYTES];
    uint8_t prefers[NAT_DETECTION_BYTES];
    uint8_t refuses[NAT_DETECTION_BYTES];
    uint8_t port_0[NAT_DETECTION_BYTES];
};

static int expect(const struct ike_header *header, const struct endpoint *endpoint, struct expected *ret_expected)
{
    struct endpoint port_0 = {.address = endpoint->address};
    int r = nat_detection_hash(header->initiator_spi, header->responder_spi, endpoint, ret_expected->honest);

    if (!r)
        r = nat_detection_hash(header->initiator_spi, header->responder_spi, &port_0, ret_expected->port_0);
    memcpy(ret_expected->forces, ret_expected->honest, NAT_DETECTION_BYTES);
    memcpy(ret_expected->prefers, ret_expected->honest, NAT_DETECTION_BYTES);
    memcpy(ret_expected->refuses, ret_expected->honest, NAT_DETECTION_BYTES);
    nat_detection_mark(ret_expected->forces, NAT_MARK_FORCES);
    nat_detection_mark(ret_expected->prefers, NAT_MARK_PREFERS);
    nat_detection_mark(ret_expected->refuses, NAT_MARK_REFUSES);
    return r;
}

static bool is_hash(struct bytes hash, const uint8_t expected[NAT_DETECTION_BYTES])
{
    return bytes_equal(hash, bytes_of(expected, NAT_DETECTION_BYTES));
}

static enum nat_detection judge_one(struct bytes hash, const struct expected *expected)
{
    if (is_hash(hash, expected->honest))
        return NAT_DETECTION_NO_NAT;
    if (is_hash(hash, expected->prefers))
        return NAT_DETECTION_PREFERRED;
    return is_hash(hash, expected->forces) || is_hash(hash, expected->port_0) ? NAT_DETECTION_FORCED
                                                                              : NAT_DETECTION_NAT;
}

enum nat_detection nat_detection_judge(const struct message *m, enum notify_type type, const struct endpoint *endpoint)
{
    enum nat_detection judgement = NAT_DETECTION_ABSENT;
    struct expected expected;
    int r = expect(&m->header, endpoint, &expected);

    // a peer with several addresses sends one hash each (RFC 7296 2.23): the best one counts
    for (unsigned i = 0; i < m->notify_n; i++) {
        enum nat_detection one;

        if (m->notify[i].type != type)
            continue;
        one = r ? NAT_DETECTION_NAT : judge_one(m->notify[i].data, &expected);
        if (judgement == NAT_DETECTION_ABSENT || one < judgement)
            judgement = one;
    }
    return judgement;
}

bool nat_detection_refuses_udp(const struct message *m, const struct endpoint *endpoint)
{
    struct expected expected;

    if (expect(&m->header, endpoint, &expected))
        return false;
    for (unsigned i = 0; i < m->notify_n; i++) {
        if (m->notify[i].type == NOTIFY_NAT_DETECTION_SOURCE_IP && is_hash(m->notify[i].data, expected.refuses))
            return true;
    }
    return false;
}
