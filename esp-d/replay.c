#include "esp-d/replay.h"

#include <errno.h>
#include <stdlib.h>

#include "esp-d/esp_limits.h"

#define WORD_BITS 64u

int replay_init(struct replay *replay, uint32_t window)
{
    uint32_t words = 1;

    if (window < ESP_REPLAY_WINDOW_MIN || window > ESP_REPLAY_WINDOW_MAX)
        return -EINVAL;
    while (words * WORD_BITS < window + WORD_BITS)
        words *= 2;
    replay->ring = calloc(words, sizeof(*replay->ring));
    if (!replay->ring)
        return -ENOMEM;
    replay->top = 0;
    replay->window = window;
    replay->words = words;
    return 0;
}

void replay_done(struct replay *replay)
{
    free(replay->ring);
    replay->ring = NULL;
}

static uint64_t *word_of(const struct replay *replay, uint32_t sequence)
{
    return &replay->ring[(sequence / WORD_BITS) & (replay->words - 1)];
}

static uint64_t bit_of(uint32_t sequence)
{
    return 1ull << (sequence % WORD_BITS);
}

bool replay_check(const struct replay *replay, uint32_t sequence)
{
    if (sequence == 0)
        return false;
    if (sequence > replay->top)
        return true;
    if (replay->top - sequence >= replay->window)
        return false;
    return !(*word_of(replay, sequence) & bit_of(sequence));
}

static void advance(struct replay *replay, uint32_t sequence)
{
    uint32_t from = replay->top / WORD_BITS, to = sequence / WORD_BITS;
    uint32_t steps = to - from;

    if (steps > replay->words)
        steps = replay->words;
    for (uint32_t i = 0; i < steps; i++)
        replay->ring[(to - i) & (replay->words - 1)] = 0;
    replay->top = sequence;
}

bool replay_update(struct replay *replay, uint32_t sequence)
{
    if (!replay_check(replay, sequence))
        return false;
    if (sequence > replay->top)
        advance(replay, sequence);
    *word_of(replay, sequence) |= bit_of(sequence);
    return true;
}
