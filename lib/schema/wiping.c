#include "lib/schema/wiping.h"

#include <stdint.h>
#include <stdlib.h>

#include <jansson.h>

#include "lib/core/secret.h"

// The size goes before the bytes, since neither protobuf-c nor jansson tells it when freeing. As long as the strictest
// alignment.
union head {
    size_t n;
    max_align_t align;
};

void *wiping_malloc(size_t n)
{
    union head *head;

    if (n > SIZE_MAX - sizeof(*head))
        return NULL;
    head = malloc(sizeof(*head) + n);
    if (!head)
        return NULL;
    head->n = n;
    return head + 1;
}

void wiping_free(void *p)
{
    union head *head = p;

    if (!p)
        return;
    head--;
    secret_wipe(head, sizeof(*head) + head->n);
    free(head);
}

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
