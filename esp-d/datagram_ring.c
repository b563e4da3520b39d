#include "esp-d/datagram_ring.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "esp-d/esp_limits.h"

#define CACHE_LINE 64u

// In front of each segment.
struct record {
    uint32_t bytes; // with this header, in whole cache lines
    bool is_gap;    // up to the end of the memory
    struct inbound_datagram datagram;
};

static_assert((ESP_DATAGRAM_RING_BYTES & (ESP_DATAGRAM_RING_BYTES - 1)) == 0, "indices wrap");
static_assert(sizeof(struct record) + ESP_UDP_DATAGRAM_BYTES + CACHE_LINE <= ESP_DATAGRAM_RING_BYTES / 2,
              "each one fits, whatever lies before it");

int datagram_ring_init(struct datagram_ring *ring)
{
    atomic_init(&ring->head, 0);
    atomic_init(&ring->tail, 0);
    ring->taken = 0;
    ring->bytes = aligned_alloc(CACHE_LINE, ESP_DATAGRAM_RING_BYTES);
    return ring->bytes ? 0 : -ENOMEM;
}

void datagram_ring_done(struct datagram_ring *ring)
{
    free(ring->bytes);
    ring->bytes = NULL;
}

static struct record *record_at(const struct datagram_ring *ring, uint32_t at)
{
    return (struct record *)(void *)(ring->bytes + at % ESP_DATAGRAM_RING_BYTES);
}

bool datagram_ring_put(struct datagram_ring *ring, const struct inbound_datagram *from, struct bytes segment)
{
    uint32_t wanted = (uint32_t)(sizeof(struct record) + segment.n + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    uint32_t free_bytes = ESP_DATAGRAM_RING_BYTES - (head - atomic_load_explicit(&ring->tail, memory_order_acquire));
    uint32_t to_end = ESP_DATAGRAM_RING_BYTES - head % ESP_DATAGRAM_RING_BYTES;
    uint32_t gap = wanted > to_end ? to_end : 0;
    struct record *r = record_at(ring, head);

    if (segment.n > ESP_UDP_DATAGRAM_BYTES || wanted + gap > free_bytes)
        return false;
    if (gap) {
        r->bytes = gap;
        r->is_gap = true;
        head += gap;
        r = record_at(ring, head);
    }
    r->bytes = wanted;
    r->is_gap = false;
    r->datagram = *from;
    r->datagram.p = (uint8_t *)(r + 1);
    r->datagram.n = (uint32_t)segment.n;
    r->datagram.segment_bytes = 0;
    if (segment.n)
        memcpy(r->datagram.p, segment.p, segment.n);
    atomic_store_explicit(&ring->head, head + wanted, memory_order_release);
    return true;
}

struct inbound_datagram *datagram_ring_take(struct datagram_ring *ring)
{
    struct record *r = record_at(ring, ring->taken);

    if (ring->taken == atomic_load_explicit(&ring->head, memory_order_acquire))
        return NULL;
    if (r->is_gap) { // with something behind it
        ring->taken += r->bytes;
        r = record_at(ring, ring->taken);
    }
    ring->taken += r->bytes;
    return &r->datagram;
}

void datagram_ring_release(struct datagram_ring *ring)
{
    atomic_store_explicit(&ring->tail, ring->taken, memory_order_release);
}
