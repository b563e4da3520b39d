#include "esp-d/fragment.h"

#include <assert.h>
#include <string.h>

#include "esp-d/esp_limits.h"

static unsigned slot_of(const struct flow *f)
{
    uint64_t h = (uint64_t)f->source ^ (uint64_t)(f->source >> 64);

    h = (h ^ (h >> 29)) * 0x9e3779b97f4a7c15u;
    h ^= (uint64_t)f->destination ^ (uint64_t)(f->destination >> 64) ^ f->fragment_id;
    h = (h ^ (h >> 29)) * 0x9e3779b97f4a7c15u;
    return (unsigned)(h >> 40) & (FRAGMENT_DATAGRAMS - 1);
}

// What is remembered.
struct first {
    uint64_t source[2];
    uint64_t destination[2];
    uint64_t until_ms; // 0: free
    uint32_t id;
    uint16_t source_port;
    uint16_t destination_port;
    uint8_t family;
    uint8_t protocol;
    uint8_t zero[6];
};
static_assert(sizeof(struct first) == FRAGMENT_WORDS * sizeof(uint64_t), "goes by words");

void fragment_remember(struct fragment_memory *memory, const struct flow *first, uint64_t now_ms)
{
    struct first f = {.source = {(uint64_t)first->source, (uint64_t)(first->source >> 64)},
                      .destination = {(uint64_t)first->destination, (uint64_t)(first->destination >> 64)},
                      .until_ms = now_ms + ESP_FRAGMENT_MS,
                      .id = first->fragment_id,
                      .source_port = first->source_port,
                      .destination_port = first->destination_port,
                      .family = first->family,
                      .protocol = first->protocol};
    unsigned slot = slot_of(first);
    _Atomic uint32_t *version = &memory->slot[slot].version;
    uint32_t now = atomic_load_explicit(version, memory_order_relaxed);
    uint64_t words[FRAGMENT_WORDS];

    if (!first->fragment || first->later_fragment || now % 2 ||
        !atomic_compare_exchange_strong_explicit(version, &now, now + 1, memory_order_acq_rel, memory_order_relaxed))
        return;
    memcpy(words, &f, sizeof(words));
    for (unsigned i = 0; i < FRAGMENT_WORDS; i++) // who sees one of them sees the odd version, too
        atomic_store_explicit(&memory->slot[slot].word[i], words[i], memory_order_release);
    atomic_store_explicit(version, now + 2, memory_order_release);
}

// False: it is being written.
static bool read_first(const struct fragment_memory *memory, unsigned slot, struct first *ret_first)
{
    const _Atomic uint32_t *version = &memory->slot[slot].version;
    uint32_t before = atomic_load_explicit(version, memory_order_acquire);
    uint64_t words[FRAGMENT_WORDS];

    for (unsigned i = 0; i < FRAGMENT_WORDS; i++)
        words[i] = atomic_load_explicit(&memory->slot[slot].word[i], memory_order_acquire);
    memcpy(ret_first, words, sizeof(words));
    return before % 2 == 0 && atomic_load_explicit(version, memory_order_relaxed) == before;
}

static bool is_address(const uint64_t words[2], address_key address)
{
    return words[0] == (uint64_t)address && words[1] == (uint64_t)(address >> 64);
}

// RFC 791 3.2, RFC 8200 4.5: what names a datagram. IPv6's later fragments may name an extension header as protocol.
static bool is_of_one_datagram(const struct first *first, const struct flow *later)
{
    return first->family == later->family && first->id == later->fragment_id &&
           is_address(first->source, later->source) && is_address(first->destination, later->destination) &&
           (first->family == 6 || first->protocol == later->protocol);
}

void fragment_resolve(const struct fragment_memory *memory, struct flow *flow, uint64_t now_ms)
{
    struct first first;

    if (!flow->later_fragment || !read_first(memory, slot_of(flow), &first) || first.until_ms <= now_ms ||
        !is_of_one_datagram(&first, flow))
        return;
    flow->protocol = first.protocol;
    flow->source_port = first.source_port;
    flow->destination_port = first.destination_port;
    flow->opaque = false;
}
