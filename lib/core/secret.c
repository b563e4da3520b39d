#include "lib/core/secret.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sanitizer/asan_interface.h>

// Small secrets share locked slabs by size classes, since RLIMIT_MEMLOCK counts pages: multiples of 16 for keys, of
// which there are many, and of 64 above. A slab is never given back. Larger ones have a mapping of their own.
#define FINE_STEP_BYTES   16
#define FINE_COUNT        16
#define FINE_MAX_BYTES    (FINE_STEP_BYTES * FINE_COUNT)
#define COARSE_STEP_BYTES 64
#define COARSE_COUNT      60
#define CLASS_COUNT       (FINE_COUNT + COARSE_COUNT)
#define CLASS_MAX_BYTES   (FINE_MAX_BYTES + COARSE_STEP_BYTES * COARSE_COUNT)
#define SLAB_BYTES        32768

struct slot { // a free one
    struct slot *next;
};

static struct {
    pthread_mutex_t lock;
    struct slot *free[CLASS_COUNT];
} slabs = {.lock = PTHREAD_MUTEX_INITIALIZER};

void secret_wipe(void *p, size_t n)
{
    if (n)
        explicit_bzero(p, n);
}

static size_t round_to_pages(size_t n)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    return (n + page - 1) & ~(page - 1);
}

static void *map(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        return NULL;
    // best effort: a limit that is too low must not keep a gateway from working
    (void)mlock(p, n);
    (void)madvise(p, n, MADV_DONTDUMP);
    return p;
}

static unsigned class_of(size_t n)
{
    if (n > FINE_MAX_BYTES)
        return FINE_COUNT + (unsigned)((n - FINE_MAX_BYTES - 1) / COARSE_STEP_BYTES);
    return n ? (unsigned)((n - 1) / FINE_STEP_BYTES) : 0;
}

static size_t bytes_of_class(unsigned size_class)
{
    if (size_class < FINE_COUNT)
        return ((size_t)size_class + 1) * FINE_STEP_BYTES;
    return FINE_MAX_BYTES + ((size_t)size_class - FINE_COUNT + 1) * COARSE_STEP_BYTES;
}

static void push(unsigned size_class, void *p)
{
    struct slot *slot = p;

    slot->next = slabs.free[size_class];
    slabs.free[size_class] = slot;
    ASAN_POISON_MEMORY_REGION(p, bytes_of_class(size_class));
}

static void *pop(unsigned size_class)
{
    struct slot *slot = slabs.free[size_class];

    if (!slot)
        return NULL;
    ASAN_UNPOISON_MEMORY_REGION(slot, sizeof(*slot));
    slabs.free[size_class] = slot->next;
    slot->next = NULL;
    return slot;
}

static int add_slab(unsigned size_class)
{
    uint8_t *p = map(SLAB_BYTES);

    if (!p)
        return -ENOMEM;
    for (size_t i = SLAB_BYTES / bytes_of_class(size_class); i > 0; i--)
        push(size_class, p + (i - 1) * bytes_of_class(size_class));
    return 0;
}

void *secret_alloc(size_t n)
{
    unsigned size_class;
    void *p = NULL;

    if (n > SIZE_MAX / 2)
        return NULL;
    if (n > CLASS_MAX_BYTES)
        return map(round_to_pages(n));
    size_class = class_of(n);
    pthread_mutex_lock(&slabs.lock);
    if (slabs.free[size_class] || add_slab(size_class) == 0)
        p = pop(size_class);
    pthread_mutex_unlock(&slabs.lock);
    if (p)
        ASAN_UNPOISON_MEMORY_REGION(p, n);
    return p;
}

void secret_free(void *p, size_t n)
{
    if (!p)
        return;
    secret_wipe(p, n);
    if (n > CLASS_MAX_BYTES) {
        munmap(p, round_to_pages(n));
        return;
    }
    pthread_mutex_lock(&slabs.lock);
    ASAN_UNPOISON_MEMORY_REGION(p, sizeof(struct slot));
    push(class_of(n), p);
    pthread_mutex_unlock(&slabs.lock);
}

int secret_key_set(struct secret_key *key, struct bytes value)
{
    if (value.n > sizeof(key->b))
        return -ENOSPC;
    secret_key_wipe(key);
    if (value.n)
        memcpy(key->b, value.p, value.n);
    key->n = value.n;
    return 0;
}

void secret_key_wipe(struct secret_key *key)
{
    secret_wipe(key, sizeof(*key));
}
