#include "esp-d/checksum.h"

#include <arpa/inet.h>
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

static uint64_t sum_tail(const uint8_t *p, size_t n)
{
    uint64_t sum = 0;
    uint16_t w = 0;

    for (; n >= sizeof(w); p += sizeof(w), n -= sizeof(w)) {
        memcpy(&w, p, sizeof(w));
        sum += w;
    }
    if (n) { // as if a zero byte followed
        w = 0;
        memcpy(&w, p, 1);
        sum += w;
    }
    return sum;
}

static uint64_t sum_part(const uint8_t *p, size_t n)
{
    lanes sum[2] = {0}, words[2];

    for (; n >= STEP_BYTES; p += STEP_BYTES, n -= STEP_BYTES) {
        memcpy(words, p, sizeof(words));
        sum[0] += pair_words(words[0]);
        sum[1] += pair_words(words[1]);
    }
    return add_lanes(sum[0]) + add_lanes(sum[1]) + sum_tail(p, n);
}

static uint64_t copy_part(uint8_t *to, const uint8_t *from, size_t n)
{
    lanes sum[2] = {0}, words[2];

    for (; n >= STEP_BYTES; to += STEP_BYTES, from += STEP_BYTES, n -= STEP_BYTES) {
        memcpy(words, from, sizeof(words));
        memcpy(to, words, sizeof(words));
        sum[0] += pair_words(words[0]);
        sum[1] += pair_words(words[1]);
    }
    if (n)
        memcpy(to, from, n);
    return add_lanes(sum[0]) + add_lanes(sum[1]) + sum_tail(from, n);
}

uint64_t checksum_sum(const uint8_t *p, size_t n)
{
    uint64_t sum = 0;

    for (; n > LANE_BYTES; p += LANE_BYTES, n -= LANE_BYTES)
        sum += sum_part(p, LANE_BYTES);
    return sum + sum_part(p, n);
}

uint64_t checksum_copy(uint8_t *to, const uint8_t *from, size_t n)
{
    uint64_t sum = 0;

    for (; n > LANE_BYTES; to += LANE_BYTES, from += LANE_BYTES, n -= LANE_BYTES)
        sum += copy_part(to, from, LANE_BYTES);
    return sum + copy_part(to, from, n);
}

uint64_t checksum_pseudo(uint8_t protocol, uint32_t upper_bytes)
{
    return (uint64_t)htons(protocol) + htonl(upper_bytes);
}

uint16_t checksum_fold(uint64_t sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}
