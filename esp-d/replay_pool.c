#include "esp-d/replay_pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "esp-d/esp_limits.h"

#define WORDS_MIN  4u
#define PAGE_BYTES 4096u

static_assert((WORDS_MIN << (REPLAY_POOL_SIZES - 1)) * 32 > ESP_REPLAY_WINDOW_MAX, "the largest window has its size");

static struct replay_pool_size *size_of(struct replay_pool *pool, uint32_t words)
{
    return &pool->size[__builtin_ctz(words) - __builtin_ctz(WORDS_MIN)];
}

void replay_pool_done(struct replay_pool *pool)
{
    for (unsigned i = 0; i < REPLAY_POOL_SIZES; i++)
        free(pool->size[i].free_rings);
    for (size_t i = 0; i < pool->slabs_n; i++)
        munmap(pool->slabs[i], ESP_REPLAY_SLAB_BYTES);
    free(pool->slabs);
    *pool = (struct replay_pool){0};
}

// A large page would be taken up by the first word that is written.
static uint8_t *map_slab(struct replay_pool *pool)
{
    void **slabs = reallocarray(pool->slabs, pool->slabs_n + 1, sizeof(*slabs));
    void *slab;

    if (!slabs)
        return NULL;
    pool->slabs = slabs;
    slab =
        mmap(NULL, ESP_REPLAY_SLAB_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (slab == MAP_FAILED)
        return NULL;
    madvise(slab, ESP_REPLAY_SLAB_BYTES, MADV_NOHUGEPAGE); // where there are none it says so
    pool->slabs[pool->slabs_n++] = slab;
    return slab;
}

// The list has room for all rings of the size, so that none that comes back has to wait for memory.
static bool fill(struct replay_pool *pool, struct replay_pool_size *size, size_t ring_bytes)
{
    size_t n = ESP_REPLAY_SLAB_BYTES / ring_bytes;
    uint8_t *slab;

    if (size->made + n > size->capacity) {
        size_t capacity = size->capacity ? 2 * size->capacity : n;
        _Atomic uint64_t **rings = reallocarray(size->free_rings, capacity, sizeof(*rings));

        if (!rings)
            return false;
        size->free_rings = rings;
        size->capacity = capacity;
    }
    slab = map_slab(pool);
    if (!slab)
        return false;
    size->made += n;
    while (n--)
        size->free_rings[size->n++] = (_Atomic uint64_t *)(void *)(slab + n * ring_bytes);
    return true;
}

_Atomic uint64_t *replay_pool_take(struct replay_pool *pool, uint32_t words)
{
    struct replay_pool_size *size = size_of(pool, words);

    if (!size->n && !fill(pool, size, words * sizeof(uint64_t)))
        return NULL;
    return size->free_rings[--size->n];
}

void replay_pool_give(struct replay_pool *pool, _Atomic uint64_t *ring, uint32_t words, bool is_written)
{
    struct replay_pool_size *size = size_of(pool, words);
    size_t bytes = words * sizeof(*ring);

    // Whole pages go back to the kernel, and come again as zeros.
    if (is_written && (bytes % PAGE_BYTES || madvise((void *)ring, bytes, MADV_DONTNEED) < 0))
        memset((void *)ring, 0, bytes);
    size->free_rings[size->n++] = ring;
}
