#include "esp-d/replay.h"

#include <errno.h>

#include "esp-d/esp_limits.h"

#define WORD_PKTS 32u // in the lower half; the upper one is the lap

int replay_init(struct replay *replay, struct replay_pool *pool, uint32_t window)
{
    uint32_t words = 4;

    if (window < ESP_REPLAY_WINDOW_MIN || window > ESP_REPLAY_WINDOW_MAX)
        return -EINVAL;
    // The word that the largest number begins must not be the one that the smallest still needs.
    while ((words - 1) * WORD_PKTS + 1 < window)
        words *= 2;
    *replay = (struct replay){.window = window, .words = words, .ring = replay_pool_take(pool, words)};
    return replay->ring ? 0 : -ENOMEM;
}

void replay_done(struct replay *replay, struct replay_pool *pool)
{
    if (replay->ring)
        replay_pool_give(pool, replay->ring, replay->words, replay_top(replay) != 0);
    replay->ring = NULL;
}

static _Atomic uint64_t *word_of(const struct replay *replay, uint64_t sequence)
{
    return &replay->ring[(sequence / WORD_PKTS) & (replay->words - 1)];
}

// Of 64 - 5 - 2 bits at most the lower 32: a peer would have to lose 2^37 packets in a row before laps look alike.
static uint32_t lap_of(const struct replay *replay, uint64_t sequence)
{
    return (uint32_t)(sequence / WORD_PKTS >> __builtin_ctz(replay->words));
}

// What becomes of a word when `sequence` is marked in it; the word itself: it can't be.
static uint64_t mark(uint64_t word, uint32_t lap, uint64_t sequence)
{
    uint64_t bit = 1ull << sequence % WORD_PKTS;
    int32_t ahead = (int32_t)(lap - (uint32_t)(word >> 32));

    if (ahead < 0) // newer ones have taken it over
        return word;
    return ahead ? (uint64_t)lap << 32 | bit : word | bit;
}

static bool is_too_old(const struct replay *replay, uint64_t sequence)
{
    uint64_t top = replay_top(replay);

    return sequence == 0 || (sequence <= top && top - sequence >= replay->window);
}

bool replay_check(const struct replay *replay, uint64_t sequence)
{
    uint64_t word;

    if (is_too_old(replay, sequence))
        return false;
    word = atomic_load_explicit(word_of(replay, sequence), memory_order_relaxed);
    return mark(word, lap_of(replay, sequence), sequence) != word;
}

static bool raise_top(struct replay *replay, uint64_t sequence)
{
    uint64_t top = replay_top(replay);

    while (sequence > top) {
        if (atomic_compare_exchange_weak_explicit(&replay->top, &top, sequence, memory_order_relaxed,
                                                  memory_order_relaxed))
            return true;
    }
    return false;
}

bool replay_update(struct replay *replay, uint64_t sequence, bool *ret_is_newest)
{
    _Atomic uint64_t *at = word_of(replay, sequence);
    uint32_t lap = lap_of(replay, sequence);
    uint64_t word, marked;

    if (is_too_old(replay, sequence))
        return false;
    word = atomic_load_explicit(at, memory_order_relaxed);
    do {
        marked = mark(word, lap, sequence);
        if (marked == word)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(at, &word, marked, memory_order_relaxed, memory_order_relaxed));
    *ret_is_newest = raise_top(replay, sequence);
    return true;
}

// RFC 4303 A2.1: the window lies within one lap of the low half (case A), or over the border of two (case B).
bool replay_extend(const struct replay *replay, uint32_t low, uint64_t *ret_sequence)
{
    uint64_t top = replay_top(replay), high = top >> 32;
    uint32_t top_low = (uint32_t)top, bottom = top_low - (replay->window - 1);

    if (top_low >= replay->window - 1) {
        high += low < bottom;
    } else if (low >= bottom) {
        if (!high)
            return false;
        high--;
    }
    *ret_sequence = high << 32 | low;
    return true;
}
