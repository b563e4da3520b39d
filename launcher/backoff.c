#include "launcher/backoff.h"

uint32_t backoff_next(uint32_t last_ms, uint64_t lived_ms)
{
    if (last_ms == 0 || lived_ms >= BACKOFF_STEADY_MS)
        return BACKOFF_MIN_MS;
    return last_ms >= BACKOFF_MAX_MS / 2 ? BACKOFF_MAX_MS : last_ms * 2;
}
