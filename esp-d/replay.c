#include "esp-d/replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "esp-d/esp_limits.h"

#define WORD_BITS 64u

int replay_init(struct replay *replay, uint32_t window)
{
    uint32_t words = 1;

    if (window < ESP_REPLAY_WINDOW_MIN || window > ESP_REPLAY_WINDOW_MAX)
        return -EINVAL;
    while (words * WORD_BITS < window)
        words *= 2;
    *replay = (struct replay){.window = window, .words = words};
    return 0;
}

void replay_done(struct replay *replay)
{
    free(replay->ring);
    replay->ring = NULL;
}

static uint64_t *word_of(const struct replay *replay, uint64_t sequence)
{
    return &replay->ring[(sequence / WORD_BITS) & (replay->words - 1)];
}

static uint64_t bit_of(uint64_t sequence)
{
    return 1ull << (sequence % WORD_BITS);
}

bool replay_check(const struct replay *replay, uint64_t sequence)
{
    if (sequence > replay->top)
        return true;
    if (sequence == 0 || replay->top - sequence >= replay->window)
        return false;
    return !(*word_of(replay, sequence) & bit_of(sequence));
}

// The bits of top + 1 to `sequence` still stand for numbers of a lap before.
static void advance(struct replay *replay, uint64_t sequence)
{
    uint64_t first = replay->top + 1;
    uint64_t *from, *to;

    if (sequence - replay->top >= (uint64_t)replay->words * WORD_BITS) {
        memset(replay->ring, 0, replay->words * sizeof(*replay->ring));
        return;
    }
    from = word_of(replay, first);
    to = word_of(replay, sequence);
    if (first / WORD_BITS == sequence / WORD_BITS) {
        *to &= (bit_of(first) - 1) | ~(bit_of(sequence) | (bit_of(sequence) - 1));
        return;
    }
    *from &= bit_of(first) - 1;
    for (uint64_t word = first / WORD_BITS + 1; word < sequence / WORD_BITS; word++)
        replay->ring[word & (replay->words - 1)] = 0;
    *to &= ~(bit_of(sequence) | (bit_of(sequence) - 1));
}

bool replay_update(struct replay *replay, uint64_t sequence)
{
    if (!replay_check(replay, sequence))
        return false;
    if (!replay->ring)
        replay->ring = calloc(replay->words, sizeof(*replay->ring));
    if (!replay->ring)
        return false;
    if (sequence > replay->top) {
        advance(replay, sequence);
        replay->top = sequence;
    }
    *word_of(replay, sequence) |= bit_of(sequence);
    return true;
}

// RFC 4303 A2.1: the window lies within one lap of the low half (case A), or over the border of two (case B).
bool replay_extend(const struct replay *replay, uint32_t low, uint64_t *ret_sequence)
{
    uint32_t top_low = (uint32_t)replay->top, bottom = top_low - (replay->window - 1);
    uint64_t high = replay->top >> 32;

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
