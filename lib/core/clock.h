// Time is handed in, so that tests can hold it.
#ifndef BULKHEAD_CORE_CLOCK_H
#define BULKHEAD_CORE_CLOCK_H

#include <stdint.h>

struct clock {
    uint64_t (*monotonic_ms)(void *arg);
    uint64_t (*wall_s)(void *arg); // Unix time
    void *arg;
};

// CLOCK_MONOTONIC (CLOCK_BOOTTIME where a suspend must count) and CLOCK_REALTIME.
extern const struct clock clock_system;

static inline uint64_t clock_monotonic_ms(const struct clock *c)
{
    return c->monotonic_ms(c->arg);
}
static inline uint64_t clock_wall_s(const struct clock *c)
{
    return c->wall_s(c->arg);
}

#endif
