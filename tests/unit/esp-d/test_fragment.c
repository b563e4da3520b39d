// First fragments that several workers remember and ask for at a time: what is found is what was remembered, whole.
#include <pthread.h>
#include <stdlib.h>

#include "esp-d/esp_limits.h"
#include "esp-d/fragment.h"
#include "tests/unit/lib/run.h"

#define THREADS 4u
#define TURNS   50000u
#define IDS     4096u

static struct fragment_memory memory;
static _Atomic uint32_t wrong, found;

static struct flow flow_of(uint32_t id, bool is_later)
{
    struct flow f = {.source = (address_key)id << 70 | id, .destination = ~(address_key)id, .family = 6};

    f.fragment = true;
    f.later_fragment = f.opaque = is_later;
    f.fragment_id = id;
    f.protocol = is_later ? 0 : 17;
    f.source_port = is_later ? 0 : (uint16_t)(id * 3);
    f.destination_port = is_later ? 0 : (uint16_t)(id * 7);
    return f;
}

static void *race(void *arg)
{
    unsigned seed = (unsigned)(uintptr_t)arg;

    for (unsigned i = 0; i < TURNS; i++) {
        struct flow first = flow_of((uint32_t)rand_r(&seed) % IDS, false);
        struct flow later = flow_of((uint32_t)rand_r(&seed) % IDS, true);

        fragment_remember(&memory, &first, 1000);
        later = flow_of(i % 2 ? first.fragment_id : later.fragment_id, true);
        fragment_resolve(&memory, &later, 1000);
        if (later.opaque)
            continue;
        atomic_fetch_add(&found, 1);
        if (later.protocol != 17 || later.source_port != (uint16_t)(later.fragment_id * 3) ||
            later.destination_port != (uint16_t)(later.fragment_id * 7))
            atomic_fetch_add(&wrong, 1);
    }
    return NULL;
}

START_TEST(tells_no_lies)
{
    pthread_t threads[THREADS];

    for (unsigned i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, race, (void *)(uintptr_t)(i + 1)), 0);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_gt(found, TURNS); // nearly half of all were asked for at once
}
END_TEST

START_TEST(forgets_in_time)
{
    struct flow first = flow_of(5, false), later = flow_of(5, true), other = flow_of(6, true);

    fragment_remember(&memory, &later, 1000); // not a first one
    fragment_resolve(&memory, &later, 1000);
    ck_assert(later.opaque);
    fragment_remember(&memory, &first, 1000);
    fragment_resolve(&memory, &other, 1000);
    ck_assert(other.opaque);
    fragment_resolve(&memory, &later, 1000 + ESP_FRAGMENT_MS);
    ck_assert(later.opaque);
    fragment_resolve(&memory, &later, 999 + ESP_FRAGMENT_MS);
    ck_assert(!later.opaque && later.protocol == 17 && later.source_port == 15 && later.destination_port == 35);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {tells_no_lies, forgets_in_time};
    TCase *tcase = tcase_create("fragment");

    tcase_set_timeout(tcase, 120); // threads that race on a busy machine
    for (size_t i = 0; i < RUN_COUNT(tests); i++)
        tcase_add_test(tcase, tests[i]);
    return run_case(tcase);
}
