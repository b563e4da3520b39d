#include "lib/ipc/allocator.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#include "lib/core/secret.h"

// Stands before each block: how much to wipe.
struct block {
    alignas(max_align_t) size_t n;
};

void *allocator_wiping_alloc(size_t n)
{
    struct block *block;

    if (n > SIZE_MAX - sizeof(*block))
        return NULL;
    block = malloc(sizeof(*block) + n);
    if (!block)
        return NULL;
    block->n = n;
    return block + 1;
}

void allocator_wiping_free(void *p)
{
    struct block *block;

    if (!p)
        return;
    block = (struct block *)p - 1;
    secret_wipe(p, block->n);
    free(block);
}

static void *alloc_any(void *data, size_t n)
{
    (void)data;
    return allocator_wiping_alloc(n);
}

static void free_any(void *data, void *p)
{
    (void)data;
    allocator_wiping_free(p);
}

ProtobufCAllocator allocator_wiping = {.alloc = alloc_any, .free = free_any};

static void *alloc_bounded(void *data, size_t n)
{
    struct allocator_bounded *allocator = data;
    size_t cost = n + sizeof(struct block);

    if (cost < n || cost > allocator->left_bytes)
        return NULL;
    allocator->left_bytes -= cost;
    return allocator_wiping_alloc(n);
}

void allocator_bounded_init(struct allocator_bounded *allocator, size_t budget_bytes)
{
    allocator->base = (ProtobufCAllocator){.alloc = alloc_bounded, .free = free_any, .allocator_data = allocator};
    allocator->left_bytes = budget_bytes;
}
