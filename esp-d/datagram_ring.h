// Datagrams on their way from one thread to another: fixed memory, one writer, one reader, no lock. What finds no room
// is dropped by the writer. Each lies in one piece, so that the reader works on it in place.
#ifndef BULKHEAD_ESP_DATAGRAM_RING_H
#define BULKHEAD_ESP_DATAGRAM_RING_H

#include <stdatomic.h>

#include "esp-d/datagram.h"
#include "lib/core/bytes.h"

struct datagram_ring {
    _Alignas(64) _Atomic uint32_t head; // bytes written, ever
    _Alignas(64) _Atomic uint32_t tail; // bytes given back, ever
    uint32_t taken;                     // the reader's: bytes taken, ever
    uint8_t *bytes;                     // ESP_DATAGRAM_RING_BYTES
};

int datagram_ring_init(struct datagram_ring *ring); // -ENOMEM
void datagram_ring_done(struct datagram_ring *ring);
// Copies one segment, with what is known of the datagram that it came in. False: no room. Thread: the writer.
bool datagram_ring_put(struct datagram_ring *ring, const struct inbound_datagram *from, struct bytes segment);
// The next one; NULL: none. It stays where it is until the release. Thread: the reader.
struct inbound_datagram *datagram_ring_take(struct datagram_ring *ring);
// Gives back the room of all that were taken. Thread: the reader.
void datagram_ring_release(struct datagram_ring *ring);

#endif
