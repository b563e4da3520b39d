#include "lib/core/hmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define KEY_BYTES_MAX  64
#define KEY_WORDS_MAX  (KEY_BYTES_MAX / 4)
#define CAPACITY_START 16

struct entry {
    uint32_t hash;
    uint32_t n;
    void *value;
    uint8_t key[];
};

// Linear probing over pointers; a removed entry leaves `removed` so that probes go on.
struct hmap {
    struct entry **slot;
    size_t capacity; // a power of two
    size_t count;
    size_t used; // with the removed ones
    uint64_t coefficient[KEY_WORDS_MAX + 2];
};

static struct entry removed;

static uint32_t hash_of(const struct hmap *map, struct bytes key)
{
    uint64_t sum = map->coefficient[0] + map->coefficient[1] * key.n;

    for (size_t i = 0, word = 2; i < key.n; i += 4, word++) {
        size_t n = key.n - i < 4 ? key.n - i : 4;
        uint32_t value = 0;

        memcpy(&value, key.p + i, n);
        sum += map->coefficient[word] * value;
    }
    return (uint32_t)(sum >> 32);
}

struct hmap *hmap_new(void)
{
    struct hmap *map = calloc(1, sizeof(*map));

    if (!map)
        return NULL;
    map->capacity = CAPACITY_START;
    map->slot = calloc(map->capacity, sizeof(struct entry *));
    if (!map->slot || getrandom(map->coefficient, sizeof(map->coefficient), 0) != sizeof(map->coefficient)) {
        hmap_free(map);
        return NULL;
    }
    return map;
}

void hmap_free(struct hmap *map)
{
    if (!map)
        return;
    for (size_t i = 0; map->slot && i < map->capacity; i++)
        if (map->slot[i] != &removed)
            free(map->slot[i]);
    free(map->slot);
    free(map);
}

static struct entry **find_slot(const struct hmap *map, struct bytes key)
{
    uint32_t hash = hash_of(map, key);

    for (size_t i = hash & (map->capacity - 1); map->slot[i]; i = (i + 1) & (map->capacity - 1)) {
        struct entry *e = map->slot[i];

        if (e != &removed && e->hash == hash && bytes_equal(bytes_of(e->key, e->n), key))
            return &map->slot[i];
    }
    return NULL;
}

static void place(struct hmap *map, struct entry *e)
{
    size_t i = e->hash & (map->capacity - 1);

    while (map->slot[i] && map->slot[i] != &removed)
        i = (i + 1) & (map->capacity - 1);
    if (!map->slot[i])
        map->used++;
    map->slot[i] = e;
}

// Keeps a quarter of the slots empty; also clears away the removed ones.
static int make_room(struct hmap *map)
{
    size_t old_capacity = map->capacity;
    struct entry **old = map->slot;

    if (map->used + 1 <= map->capacity / 4 * 3)
        return 0;
    map->capacity = map->count >= old_capacity / 2 ? old_capacity * 2 : old_capacity;
    map->slot = calloc(map->capacity, sizeof(struct entry *));
    if (!map->slot) {
        map->slot = old;
        map->capacity = old_capacity;
        return -ENOMEM;
    }
    map->used = 0;
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i] && old[i] != &removed)
            place(map, old[i]);
    free(old);
    return 0;
}

int hmap_put(struct hmap *map, struct bytes key, void *value)
{
    struct entry *e;

    if (key.n == 0 || key.n > KEY_BYTES_MAX)
        return -EINVAL;
    if (find_slot(map, key))
        return -EEXIST;
    if (make_room(map) < 0)
        return -ENOMEM;
    e = malloc(sizeof(*e) + key.n);
    if (!e)
        return -ENOMEM;
    e->hash = hash_of(map, key);
    e->n = (uint32_t)key.n;
    e->value = value;
    memcpy(e->key, key.p, key.n);
    place(map, e);
    map->count++;
    return 0;
}

void *hmap_find(const struct hmap *map, struct bytes key)
{
    struct entry **slot = key.n && key.n <= KEY_BYTES_MAX ? find_slot(map, key) : NULL;

    return slot ? (*slot)->value : NULL;
}

void *hmap_remove(struct hmap *map, struct bytes key)
{
    struct entry **slot = key.n && key.n <= KEY_BYTES_MAX ? find_slot(map, key) : NULL;
    void *value;

    if (!slot)
        return NULL;
    value = (*slot)->value;
    free(*slot);
    *slot = &removed;
    map->count--;
    return value;
}

size_t hmap_count(const struct hmap *map)
{
    return map->count;
}

void *hmap_next(const struct hmap *map, size_t *cursor)
{
    while (*cursor < map->capacity) {
        struct entry *e = map->slot[(*cursor)++];

        if (e && e != &removed)
            return e->value;
    }
    return NULL;
}
