#include "esp-d/retire.h"

#include <stdlib.h>

#include <urcu-qsbr.h>

static int grow(struct retire *retire)
{
    size_t capacity = retire->capacity ? retire->capacity * 2 : 64;
    struct retire_entry *entries = reallocarray(retire->entries, capacity, sizeof(*entries));

    if (!entries)
        return -1;
    retire->entries = entries;
    retire->capacity = capacity;
    return 0;
}

void retire_add(struct retire *retire, retire_free_fn *free_object, void *object)
{
    if (!object)
        return;
    if (retire->n == retire->capacity && grow(retire)) {
        synchronize_rcu();
        free_object(object);
        return;
    }
    retire->entries[retire->n++] = (struct retire_entry){free_object, object};
}

void retire_flush(struct retire *retire)
{
    if (!retire->n)
        return;
    synchronize_rcu();
    for (size_t i = 0; i < retire->n; i++)
        retire->entries[i].free_object(retire->entries[i].object);
    retire->n = 0;
}

void retire_done(struct retire *retire)
{
    retire_flush(retire);
    free(retire->entries);
    *retire = (struct retire){0};
}
