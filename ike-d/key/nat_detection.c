#include "ike-d/key/nat_detection.h"

#include <errno.h>

#include <openssl/evp.h>

#include "lib/core/writer.h"

int nat_detection_hash(uint64_t spi_i, uint64_t spi_r, const struct endpoint *endpoint,
                       uint8_t ret_hash[NAT_DETECTION_BYTES])
{
    uint8_t buffer[8 + 8 + 16 + 2];
    struct writer w = writer_of(buffer, sizeof(buffer));
    size_t n = 0;

    writer_u64(&w, spi_i);
    writer_u64(&w, spi_r);
    writer_bytes(&w, address_view(&endpoint->address));
    writer_u16(&w, endpoint->port);
    if (!writer_ok(&w) || EVP_Q_digest(NULL, "SHA1", NULL, buffer, w.n, ret_hash, &n) != 1)
        return -EIO;
    return 0;
}

enum nat_detection nat_detection_judge(const struct message *m, enum notify_type type, const struct endpoint *endpoint)
{
    enum nat_detection judgement = NAT_DETECTION_ABSENT;
    uint8_t hash[NAT_DETECTION_BYTES];
    int r = nat_detection_hash(m->header.initiator_spi, m->header.responder_spi, endpoint, hash);

    // a peer with several addresses sends one hash each (RFC 7296 2.23)
    for (unsigned i = 0; i < m->notify_n; i++) {
        if (m->notify[i].type != type)
            continue;
        if (!r && bytes_equal(m->notify[i].data, bytes_of(hash, sizeof(hash))))
            return NAT_DETECTION_NO_NAT;
        judgement = NAT_DETECTION_NAT;
    }
    return judgement;
}
