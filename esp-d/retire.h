// What workers may still look at is freed later: the main thread unlinks an object and retires it; after the next grace
// period (RCU, by liburcu's QSBR flavour: readers pay nothing) it is freed. Thread: main, but for the readers' own
// calls.
#ifndef BULKHEAD_ESP_RETIRE_H
#define BULKHEAD_ESP_RETIRE_H

#include <stddef.h>

typedef void retire_free_fn(void *object);

struct retire_entry {
    retire_free_fn *free_object;
    void *object;
};

struct retire {
    struct retire_entry *entries;
    size_t n;
    size_t capacity;
};

// Takes the object. Without memory for the list it waits for a grace period at once.
void retire_add(struct retire *retire, retire_free_fn *free_object, void *object);
// Waits for a grace period (at most one burst of each worker) and frees all. Cheap when there is nothing.
void retire_flush(struct retire *retire);
void retire_done(struct retire *retire);

// A thread that reads what may be retired. While it sleeps it holds no pointer, and nobody waits for it.
void retire_reader_begin(void);
void retire_reader_sleep(void);
void retire_reader_wake(void);
void retire_reader_end(void);

#endif
