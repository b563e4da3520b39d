#include "esp-d/retire.h"

#include <stdatomic.h>
#include <stdlib.h>

#include <urcu-qsbr.h>

// The order that a grace period gives, told once more in the language's own terms: liburcu's barriers are invisible to
// ThreadSanitizer.
static _Atomic unsigned rests;

static void wait_for_readers(void)
{
    synchronize_rcu();
    atomic_load_explicit(&rests, memory_order_acquire);
}

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
        wait_for_readers();
        free_object(object);
        return;
    }
    retire->entries[retire->n++] = (struct retire_entry){free_object, object};
}

void retire_flush(struct retire *retire)
{
    if (!retire->n)
        return;
    wait_for_readers();
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

void retire_reader_begin(void)
{
    rcu_register_thread();
}

void retire_reader_sleep(void)
{
    atomic_fetch_add_explicit(&rests, 1, memory_order_release);
    rcu_thread_offline();
}

void retire_reader_wake(void)
{
    rcu_thread_online();
}

void retire_reader_end(void)
{
    atomic_fetch_add_explicit(&rests, 1, memory_order_release);
    rcu_unregister_thread();
}
