// What workers may still look at is freed later: the main thread unlinks an object and retires it; after the next grace
// period (RCU, by liburcu's QSBR flavour: readers pay nothing) it is freed. A worker that waits for room in a socket
// holds a grace period up for as long, so that the main thread, which has IKE to answer, never waits for one. Thread:
// main, but for the readers' own calls.
#ifndef BULKHEAD_ESP_RETIRE_H
#define BULKHEAD_ESP_RETIRE_H

#include <stddef.h>

typedef void retire_free_fn(void *object);

struct retire_list {
    struct retire_entry *entries;
    size_t n;
    size_t capacity;
};

// All zero: empty.
struct retire {
    struct retire_list now;     // retired since the grace period under way began
    struct retire_list waiting; // for it
    struct retire_grace *grace; // NULL: none yet
};

// Takes the object. Without memory for the list it waits for a grace period at once.
void retire_add(struct retire *retire, retire_free_fn *free_object, void *object);
// Frees those whose grace period is over, and begins one for the others. Now and then.
void retire_flush(struct retire *retire);
// Frees all, once no reader can see them any more.
void retire_done(struct retire *retire);

// A thread that reads what may be retired. While it sleeps it holds no pointer, and nobody waits for it.
void retire_reader_begin(void);
void retire_reader_sleep(void);
void retire_reader_wake(void);
void retire_reader_end(void);

#endif
