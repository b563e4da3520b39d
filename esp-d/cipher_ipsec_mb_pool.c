// Room for expanded keys, all of it mapped at start, so that a packet never has to ask for memory: pages become real
// with the first key that lies in them. Slots that were given back are taken again first. It is one for all engines, as
// keys are, and lives as long as the process.
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "esp-d/cipher_ipsec_mb.h"
#include "esp-d/esp_limits.h"
#include "lib/core/secret.h"

#define SLOT_BYTES 1024u

static_assert(sizeof(struct ipsec_mb_keys) <= SLOT_BYTES, "a slot takes any key");

// A stack of free slots by their numbers, from 1 on. Its top has a count beside the number, so that a worker that was
// held up sees that the top was taken and came back.
static struct {
    pthread_once_t once;
    uint8_t *slots;                                // NULL: could not be mapped
    _Atomic uint64_t top;                          // count << 32 | number; number 0: empty
    _Atomic uint32_t below[ESP_EXPANDED_KEYS_MAX]; // of each slot, while it is free
    _Atomic uint32_t fresh;                        // so many have been taken at least once
} pool = {.once = PTHREAD_ONCE_INIT};

static void map(void)
{
    void *p = mmap(NULL, (size_t)ESP_EXPANDED_KEYS_MAX * SLOT_BYTES, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED)
        return;
    // best effort, as in lib/core/secret.c
    (void)mlock2(p, (size_t)ESP_EXPANDED_KEYS_MAX * SLOT_BYTES, MLOCK_ONFAULT);
    (void)madvise(p, (size_t)ESP_EXPANDED_KEYS_MAX * SLOT_BYTES, MADV_DONTDUMP);
    pool.slots = p;
}

bool ipsec_mb_pool_open(void)
{
    pthread_once(&pool.once, map);
    return pool.slots != NULL;
}

static uint32_t pop(void)
{
    uint64_t top = atomic_load_explicit(&pool.top, memory_order_acquire), next;

    do {
        if (!(uint32_t)top)
            return 0;
        next = ((top >> 32) + 1) << 32 | atomic_load_explicit(&pool.below[(uint32_t)top - 1], memory_order_relaxed);
    } while (!atomic_compare_exchange_weak_explicit(&pool.top, &top, next, memory_order_acq_rel, memory_order_acquire));
    return (uint32_t)top;
}

static uint32_t take_fresh(void)
{
    uint32_t n = atomic_load_explicit(&pool.fresh, memory_order_relaxed);

    do {
        if (n == ESP_EXPANDED_KEYS_MAX)
            return 0;
    } while (
        !atomic_compare_exchange_weak_explicit(&pool.fresh, &n, n + 1, memory_order_relaxed, memory_order_relaxed));
    return n + 1;
}

struct ipsec_mb_keys *ipsec_mb_pool_take(void)
{
    uint32_t number = pop();

    if (!number)
        number = take_fresh();
    return number ? (void *)(pool.slots + (size_t)(number - 1) * SLOT_BYTES) : NULL;
}

void ipsec_mb_pool_give(struct ipsec_mb_keys *keys)
{
    uint32_t number = (uint32_t)((size_t)((uint8_t *)keys - pool.slots) / SLOT_BYTES) + 1;
    uint64_t top = atomic_load_explicit(&pool.top, memory_order_relaxed), next;

    secret_wipe(keys, sizeof(*keys));
    do {
        atomic_store_explicit(&pool.below[number - 1], (uint32_t)top, memory_order_relaxed);
        next = ((top >> 32) + 1) << 32 | number;
    } while (!atomic_compare_exchange_weak_explicit(&pool.top, &top, next, memory_order_acq_rel, memory_order_relaxed));
}
