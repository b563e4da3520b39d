// The core's timers, against a list that is searched.
#include <check.h>
#include <stdlib.h>

#include "ike-d/sa/deadline.h"
#include "tests/unit/lib/run.h"

#define DEADLINES 200

struct probe {
    struct deadline_heap *heap;
    struct deadline deadline;
    unsigned fired;
    uint64_t *last_ms;    // of all: they must come in order
    struct probe *victim; // cleared when this one fires
};

static void on_fire(void *arg)
{
    struct probe *probe = arg;
    ck_assert_uint_ge(probe->deadline.at_ms, *probe->last_ms);
    *probe->last_ms = probe->deadline.at_ms;
    probe->fired++;
    if (probe->victim) {
        deadline_clear(probe->heap, &probe->victim->deadline);
    }
}

static struct deadline_heap heap;
static struct probe probes[DEADLINES];
static uint64_t last_ms;

static void set_up(void)
{
    deadline_heap_init(&heap);
    last_ms = 0;
    for (int i = 0; i < DEADLINES; i++) {
        probes[i] = (struct probe){.heap = &heap, .last_ms = &last_ms};
        ck_assert_int_eq(deadline_init(&heap, &probes[i].deadline, on_fire, &probes[i]), 0);
    }
}

static void tear_down(void)
{
    for (int i = 0; i < DEADLINES; i++) {
        deadline_done(&heap, &probes[i].deadline);
    }
    deadline_heap_done(&heap);
}

START_TEST(they_fire_once_and_in_order)
{
    srand(7);
    for (int i = 0; i < DEADLINES; i++) {
        deadline_set(&heap, &probes[i].deadline, (uint64_t)(rand() % 1000));
    }
    for (int i = 0; i < DEADLINES; i += 3) { // some move, some are cleared
        deadline_set(&heap, &probes[i].deadline, (uint64_t)(rand() % 1000));
        deadline_clear(&heap, &probes[i + 1 < DEADLINES ? i + 1 : 0].deadline);
    }
    unsigned set = 0;
    for (int i = 0; i < DEADLINES; i++) {
        set += deadline_is_set(&probes[i].deadline);
    }
    for (uint64_t now = 0; now <= 1000; now += 10) {
        deadline_heap_run(&heap, now);
        ck_assert_uint_gt(deadline_heap_next(&heap), now);
    }
    unsigned fired = 0;
    for (int i = 0; i < DEADLINES; i++) {
        ck_assert_uint_le(probes[i].fired, 1);
        fired += probes[i].fired;
    }
    ck_assert_uint_eq(fired, set);
    ck_assert_uint_eq(deadline_heap_next(&heap), UINT64_MAX);
}
END_TEST

START_TEST(one_may_clear_another)
{
    probes[0].victim = &probes[1];
    deadline_set(&heap, &probes[0].deadline, 5);
    deadline_set(&heap, &probes[1].deadline, 6);
    deadline_heap_run(&heap, 10);
    ck_assert_uint_eq(probes[0].fired, 1);
    ck_assert_uint_eq(probes[1].fired, 0);
}
END_TEST

START_TEST(next_is_the_earliest)
{
    deadline_set(&heap, &probes[0].deadline, 50);
    deadline_set(&heap, &probes[1].deadline, 20);
    ck_assert_uint_eq(deadline_heap_next(&heap), 20);
    deadline_clear(&heap, &probes[1].deadline);
    ck_assert_uint_eq(deadline_heap_next(&heap), 50);
    deadline_heap_run(&heap, 49);
    ck_assert_uint_eq(probes[0].fired, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("deadline");
    TCase *t = tcase_create("heap");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, they_fire_once_and_in_order);
    tcase_add_test(t, one_may_clear_another);
    tcase_add_test(t, next_is_the_earliest);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
