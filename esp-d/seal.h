// Outbound ESP processing (RFC 4303 3.3), a burst at a time: sequence number, IV, padding, cipher. The inner packet
// lies at its place in the buffer already.
#ifndef BULKHEAD_ESP_SEAL_H
#define BULKHEAD_ESP_SEAL_H

#include "esp-d/child.h"
#include "esp-d/crypt.h"
#include "esp-d/drop.h"

struct seal_packet {
    struct child *child;
    uint8_t *esp; // room for seal_bytes; the inner packet begins at seal_inner_offset
    uint32_t inner_bytes;
    uint32_t esp_bytes;    // = seal_bytes
    uint8_t next;          // what is inside (RFC 4303 2.6)
    uint8_t traffic_class; // of the outer packet
    uint32_t sequence_high;
    enum drop drop; // set by seal_burst when it can't be sent
};

// Offset of the inner packet.
static inline uint32_t seal_inner_offset(const struct cipher_suite *suite)
{
    return CIPHER_HEADER_BYTES + suite->iv_bytes;
}

// Bytes of the whole ESP packet (RFC 4303 2): header, IV, inner packet, padding, its length, next header, ICV.
static inline uint32_t seal_bytes(const struct cipher_suite *suite, uint32_t inner_bytes)
{
    uint32_t align = suite->align_bytes;

    return seal_inner_offset(suite) + (inner_bytes + 2 + align - 1) / align * align + suite->icv_bytes;
}

// Once in a thread that seals, before its first packet: OpenSSL's generator of the thread, for IVs, takes its memory.
void seal_begin(void);
// At most ESP_BURST_PKTS. Thread: worker, as a reader.
void seal_burst(struct crypt *crypt, struct seal_packet *packets, unsigned n);

// One dummy packet (RFC 4303 2.6) of esp_bytes in all, which must be what seal_bytes gives for some inner size: it
// counts for nothing but its sequence number. False: it can't be made. Thread: worker, as a reader.
bool seal_dummy(struct crypt *crypt, struct child *child, uint8_t *esp, uint32_t esp_bytes);

#endif
