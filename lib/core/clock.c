#include "lib/core/clock.h"

#include <time.h>

static uint64_t monotonic_ms(void *arg)
{
    struct timespec now;

    (void)arg;
    // BOOTTIME: lifetimes and liveness go on while the machine is suspended
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t wall_s(void *arg)
{
    struct timespec now;

    (void)arg;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec > 0 ? (uint64_t)now.tv_sec : 0;
}

const struct clock clock_system = {.monotonic_ms = monotonic_ms, .wall_s = wall_s};
