#include "lib/ipc/allocator.h"

#include "lib/core/wiping.h"

static void *alloc_any(void *data, size_t n)
{
    (void)data;
    return wiping_malloc(n);
}

static void free_any(void *data, void *p)
{
    (void)data;
    wiping_free(p);
}

ProtobufCAllocator allocator_wiping = {.alloc = alloc_any, .free = free_any};

static void *alloc_bounded(void *data, size_t n)
{
    struct allocator_bounded *allocator = data;
    size_t cost = n + WIPING_OVERHEAD_BYTES;

    if (cost < n || cost > allocator->left_bytes)
        return NULL;
    allocator->left_bytes -= cost;
    return wiping_malloc(n);
}

void allocator_bounded_init(struct allocator_bounded *allocator, size_t budget_bytes)
{
    allocator->base = (ProtobufCAllocator){.alloc = alloc_bounded, .free = free_any, .allocator_data = allocator};
    allocator->left_bytes = budget_bytes;
}
