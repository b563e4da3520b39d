#include "api-d/arena.h"

#include <stdint.h>
#include <stdlib.h>

#define BLOCK_BYTES 65536u
#define ALIGNMENT   8u

struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t size;
    _Alignas(ALIGNMENT) uint8_t bytes[];
};

static void *take(void *data, size_t n)
{
    struct arena *arena = data;
    struct arena_block *block = arena->blocks;
    size_t rounded = (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    void *p;

    if (rounded < n)
        return NULL;
    if (!block || block->size - block->used < rounded) {
        size_t size = rounded > BLOCK_BYTES ? rounded : BLOCK_BYTES;

        block = size > SIZE_MAX - sizeof(*block) ? NULL : malloc(sizeof(*block) + size);
        if (!block)
            return NULL;
        *block = (struct arena_block){.next = arena->blocks, .size = size};
        arena->blocks = block;
    }
    p = block->bytes + block->used;
    block->used += rounded;
    return p;
}

// Parts go with the whole.
static void keep(void *data, void *p)
{
    (void)data;
    (void)p;
}

void arena_init(struct arena *arena)
{
    *arena = (struct arena){.allocator = {.alloc = take, .free = keep, .allocator_data = arena}};
}

void arena_done(struct arena *arena)
{
    while (arena->blocks) {
        struct arena_block *next = arena->blocks->next;

        free(arena->blocks);
        arena->blocks = next;
    }
}

void *arena_take(struct arena *arena, size_t n)
{
    return take(arena, n);
}
