#include "lib/core/wiping.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/secret.h"

// The size goes before the bytes, since neither protobuf-c nor jansson tells it when freeing. What follows
// must have the strictest alignment.
struct head {
    alignas(max_align_t) size_t n;
};
static_assert(sizeof(struct head) == WIPING_OVERHEAD_BYTES, "the overhead is the head");

void *wiping_malloc(size_t n)
{
    struct head *head;

    if (n > SIZE_MAX - sizeof(*head))
        return NULL;
    head = malloc(sizeof(*head) + n);
    if (!head)
        return NULL;
    head->n = n;
    return head + 1;
}

void *wiping_realloc(void *p, size_t n)
{
    void *moved = wiping_malloc(n);
    size_t old_n;

    if (!moved || !p)
        return moved;
    old_n = ((struct head *)p - 1)->n;
    memcpy(moved, p, old_n < n ? old_n : n);
    wiping_free(p);
    return moved;
}

void wiping_free(void *p)
{
    struct head *head = p;

    if (!p)
        return;
    head--;
    secret_wipe(head, sizeof(*head) + head->n);
    free(head);
}
