#include "esp-d/checksum.h"

#include <stdbool.h>
#include <string.h>

// Eight 16-bit words at a time, in four lanes of 32 bits, two sums side by side; the compiler makes of it what the
// machine has. A lane grows by less than 2^17 a step, so it takes 2^15 of them: LANE_BYTES.
typedef uint32_t lanes __attribute__((vector_size(16)));

#define STEP_BYTES (2 * sizeof(lanes))
#define LANE_BYTES (STEP_BYTES << 15)

static inline lanes pair_words(lanes words)
{
    return (words & 0xffff) + (words >> 16);
}

static inline uint64_t add_lanes(lanes sum)
{
    return (uint64_t)sum[0] + sum[1] + sum[2] + sum[3];
}

// Fewer than four bytes, as if zeros followed.
static uint64_t end_of(uint8_t *to, const uint8_t *from, size_t n)
{
    uint32_t w = 0;

    memcpy(&w, from, n);
    if (to)
        memcpy(to, from, n);
    return w;
}

// Wider words are sums of 16-bit words already, but for a multiple of 65535.
uint64_t checksum_tail(uint8_t *to, const uint8_t *from, size_t n)
{
    uint64_t sum = 0, w;
    uint32_t half;

    for (; n >= sizeof(w); from += sizeof(w), n -= sizeof(w)) {
        memcpy(&w, from, sizeof(w));
        if (to) {
            memcpy(to, &w, sizeof(w));
            to += sizeof(w);
        }
        sum += (w & 0xffffffff) + (w >> 32);
    }
    if (n >= sizeof(half)) {
        memcpy(&half, from, sizeof(half));
        if (to) {
            memcpy(to, &half, sizeof(half));
            to += sizeof(half);
        }
        sum += half;
        from += sizeof(half);
        n -= sizeof(half);
    }
    return n ? sum + end_of(to, from, n) : sum;
}

static inline uint64_t add_up(uint8_t *to, const uint8_t *from, size_t n)
{
    lanes sum[2] = {0}, words[2];

    for (; n >= STEP_BYTES; from += STEP_BYTES, n -= STEP_BYTES) {
        memcpy(words, from, sizeof(words));
        if (to) {
            memcpy(to, words, sizeof(words));
            to += STEP_BYTES;
        }
        sum[0] += pair_words(words[0]);
        sum[1] += pair_words(words[1]);
    }
    return add_lanes(sum[0]) + add_lanes(sum[1]) + checksum_tail(to, from, n);
}

uint64_t checksum_portable_sum(const uint8_t *p, size_t n)
{
    uint64_t sum = 0;

    for (; n > LANE_BYTES; p += LANE_BYTES, n -= LANE_BYTES)
        sum += add_up(NULL, p, LANE_BYTES);
    return sum + add_up(NULL, p, n);
}

uint64_t checksum_portable_copy(uint8_t *to, const uint8_t *from, size_t n)
{
    uint64_t sum = 0;

    for (; n > LANE_BYTES; to += LANE_BYTES, from += LANE_BYTES, n -= LANE_BYTES)
        sum += add_up(to, from, LANE_BYTES);
    return sum + add_up(to, from, n);
}

#ifdef BULKHEAD_CHECKSUM_AVX2
// One look at what the compiler's runtime has read of the CPU.
static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}

uint64_t checksum_sum(const uint8_t *p, size_t n)
{
    return has_avx2() ? checksum_avx2_sum(p, n) : checksum_portable_sum(p, n);
}

uint64_t checksum_copy(uint8_t *to, const uint8_t *from, size_t n)
{
    return has_avx2() ? checksum_avx2_copy(to, from, n) : checksum_portable_copy(to, from, n);
}
#else
uint64_t checksum_sum(const uint8_t *p, size_t n)
{
    return checksum_portable_sum(p, n);
}

uint64_t checksum_copy(uint8_t *to, const uint8_t *from, size_t n)
{
    return checksum_portable_copy(to, from, n);
}
#endif
