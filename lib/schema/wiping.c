#include "lib/schema/wiping.h"

#include <jansson.h>

static void *allocator_alloc(void *allocator_data, size_t n)
{
    (void)allocator_data;
    return wiping_malloc(n);
}

static void allocator_free(void *allocator_data, void *p)
{
    (void)allocator_data;
    wiping_free(p);
}

ProtobufCAllocator wiping_allocator = {.alloc = allocator_alloc, .free = allocator_free};

void wiping_use_for_json(void)
{
    json_set_alloc_funcs(wiping_malloc, wiping_free);
}
