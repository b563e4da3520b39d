#include "esp-d/retire.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include <urcu-qsbr.h>

struct retire_entry {
    retire_free_fn *free_object;
    void *object;
};

// A grace period that liburcu's thread waits for.
struct retire_grace {
    struct rcu_head head; // first, as on_over finds the whole by it
    bool is_begun;        // the main thread's
    atomic_bool is_over;
};

// The order that a grace period gives, from readers and from who asks for it, told once more in the language's own
// terms: liburcu's barriers are invisible to ThreadSanitizer.
static _Atomic unsigned rests;

static void wait_for_readers(void)
{
    synchronize_rcu();
    atomic_load_explicit(&rests, memory_order_acquire);
}

static int grow(struct retire_list *list)
{
    size_t capacity = list->capacity ? list->capacity * 2 : 64;
    struct retire_entry *entries = reallocarray(list->entries, capacity, sizeof(*entries));

    if (!entries)
        return -1;
    list->entries = entries;
    list->capacity = capacity;
    return 0;
}

void retire_add(struct retire *retire, retire_free_fn *free_object, void *object)
{
    struct retire_list *list = &retire->now;

    if (!object)
        return;
    if (list->n == list->capacity && grow(list)) {
        wait_for_readers();
        free_object(object);
        return;
    }
    list->entries[list->n++] = (struct retire_entry){free_object, object};
}

static void free_all(struct retire_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        list->entries[i].free_object(list->entries[i].object);
    list->n = 0;
}

// Thread: liburcu's.
static void on_over(struct rcu_head *head)
{
    struct retire_grace *grace = (struct retire_grace *)head;

    atomic_load_explicit(&rests, memory_order_acquire);
    atomic_store_explicit(&grace->is_over, true, memory_order_release);
}

static bool is_under_way(const struct retire *retire)
{
    return retire->grace && retire->grace->is_begun &&
           !atomic_load_explicit(&retire->grace->is_over, memory_order_acquire);
}

void retire_flush(struct retire *retire)
{
    struct retire_list empty;

    if (is_under_way(retire))
        return;
    free_all(&retire->waiting);
    if (!retire->grace)
        retire->grace = calloc(1, sizeof(*retire->grace));
    if (!retire->grace || !retire->now.n) // without memory: the next time
        return;
    empty = retire->waiting;
    retire->waiting = retire->now;
    retire->now = empty;
    retire->grace->is_begun = true;
    atomic_store_explicit(&retire->grace->is_over, false, memory_order_relaxed);
    atomic_fetch_add_explicit(&rests, 1, memory_order_release);
    call_rcu(&retire->grace->head, on_over);
}

void retire_done(struct retire *retire)
{
    while (is_under_way(retire))
        poll(NULL, 0, 1);
    if (retire->now.n || retire->waiting.n)
        wait_for_readers();
    free_all(&retire->waiting);
    free_all(&retire->now);
    free(retire->waiting.entries);
    free(retire->now.entries);
    free(retire->grace);
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
