// How long a daemon that died stays away: 20 ms at first, twice as long each time it dies soon again, at most 5 s.
#ifndef BULKHEAD_LAUNCHER_BACKOFF_H
#define BULKHEAD_LAUNCHER_BACKOFF_H

#include <stdint.h>

#define BACKOFF_MIN_MS    20u
#define BACKOFF_MAX_MS    5000u
#define BACKOFF_STEADY_MS 10000u // ran so long: starts over

// The wait after a life of `lived_ms`; `last_ms` is the wait before that life, 0 for the first.
uint32_t backoff_next(uint32_t last_ms, uint64_t lived_ms);

#endif
