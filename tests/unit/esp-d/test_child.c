// What several workers take from one SA at a time: sequence numbers, each once and none beyond the last; and the room
// of its lifetime, never more than there is.
#include <pthread.h>
#include <stdlib.h>

#include "esp-d/child.h"
#include "tests/unit/lib/run.h"

#define THREADS 4u
#define NUMBERS 65536u

static struct {
    struct child child;
    _Atomic uint8_t taken[NUMBERS];
    _Atomic uint64_t packets;
    _Atomic uint64_t bytes;
} race;

static void run_all(void *(*run)(void *))
{
    pthread_t threads[THREADS];

    for (unsigned i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run, (void *)(uintptr_t)(i + 1)), 0);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

// Bursts of any size, until none fits.
static void *take_numbers(void *arg)
{
    struct sa_out *out = &race.child.out;
    uint64_t base = out->last_sequence + 1 - NUMBERS;
    unsigned seed = (unsigned)(uintptr_t)arg;

    for (uint32_t n = ESP_BURST_PKTS; n;) {
        uint32_t wanted = n == 1 ? 1 : 1 + (uint32_t)rand_r(&seed) % n;
        uint64_t first = sa_out_take_sequence(out, wanted);

        if (!first) {
            n /= 2;
            continue;
        }
        for (uint32_t i = 0; i < wanted; i++)
            atomic_fetch_add(&race.taken[first + i - base], 1);
    }
    return NULL;
}

START_TEST(gives_each_number_once)
{
    static const uint64_t last[] = {ESP_SEQUENCE_MAX, ESP_SEQUENCE_ESN_MAX};

    for (size_t k = 0; k < RUN_COUNT(last); k++) {
        for (uint32_t i = 0; i < NUMBERS; i++)
            race.taken[i] = 0;
        race.child.out.last_sequence = last[k];
        atomic_store(&race.child.out.next_sequence, last[k] + 1 - NUMBERS);
        run_all(take_numbers);
        for (uint32_t i = 0; i < NUMBERS; i++)
            ck_assert_uint_eq(race.taken[i], 1);
        ck_assert(sa_out_take_sequence(&race.child.out, 1) == 0); // and never again
        ck_assert(atomic_load(&race.child.out.next_sequence) == last[k] + 1);
    }
}
END_TEST

static void *carry(void *arg)
{
    unsigned seed = (unsigned)(uintptr_t)arg;

    for (unsigned i = 0; i < NUMBERS; i++) {
        uint64_t bytes = 1 + (uint64_t)rand_r(&seed) % 1400;

        if (!child_carry(&race.child, CIPHER_OPEN, bytes, 1))
            continue;
        atomic_fetch_add(&race.packets, 1);
        atomic_fetch_add(&race.bytes, bytes);
    }
    return NULL;
}

static void carry_all(const struct lifetime *lifetime)
{
    race.child.lifetime = *lifetime;
    race.child.is_limited = lifetime_is_limited(lifetime);
    race.child.in.packets = race.child.in.bytes = 0;
    race.packets = race.bytes = 0;
    run_all(carry);
    ck_assert_uint_eq(race.child.in.packets, race.packets);
    ck_assert_uint_eq(race.child.in.bytes, race.bytes);
}

START_TEST(carries_no_more_than_the_lifetime)
{
    const struct lifetime none = {0}, packets = {.hard_packets = 30000}, bytes = {.hard_bytes = 15000000};

    carry_all(&none);
    ck_assert_uint_eq(race.packets, THREADS * NUMBERS);
    carry_all(&packets);
    ck_assert_uint_eq(race.packets, 30000);
    carry_all(&bytes);
    ck_assert_uint_le(race.bytes, 15000000);
    ck_assert_uint_gt(race.bytes, 15000000 - 1400); // a smaller one would have fitted
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {gives_each_number_once, carries_no_more_than_the_lifetime};
    TCase *tcase = tcase_create("child");

    tcase_set_timeout(tcase, 120); // threads that race on a busy machine
    for (size_t i = 0; i < RUN_COUNT(tests); i++)
        tcase_add_test(tcase, tests[i]);
    return run_case(tcase);
}
