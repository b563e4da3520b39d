// When free memory goes back to the system: a second after something has happened, and then no more.
#include <time.h>

#include "lib/daemon/heap_return.h"
#include "tests/unit/lib/run.h"

static uv_loop_t loop;
static struct heap_return heap;
static uv_timer_t far; // keeps the loop alive

static bool is_due(void)
{
    return uv_is_active((const uv_handle_t *)&heap.timer);
}

static void on_far(uv_timer_t *timer)
{
    (void)timer;
}

static void pass(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

START_TEST(it_is_due_once_after_what_happened)
{
    ck_assert_int_eq(uv_loop_init(&loop), 0);
    heap_return_begin(&heap, &loop);
    ck_assert_int_eq(uv_loop_alive(&loop), 0);
    uv_timer_init(&loop, &far);
    uv_timer_start(&far, on_far, 3600000, 0);
    uv_run(&loop, UV_RUN_NOWAIT);
    ck_assert(is_due());
    pass(400);
    uv_run(&loop, UV_RUN_NOWAIT);
    ck_assert(is_due());
    pass(700); // more than a second since the first turn: the second one has not put it off
    uv_run(&loop, UV_RUN_NOWAIT);
    ck_assert(!is_due());
    uv_run(&loop, UV_RUN_NOWAIT);
    ck_assert(is_due());
    heap_return_end(&heap);
    heap_return_end(&heap);
    uv_close((uv_handle_t *)&far, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {it_is_due_once_after_what_happened};

    return run_tests("heap_return", tests, RUN_COUNT(tests));
}
