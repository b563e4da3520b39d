// Sixteen 16-bit words at a time. vpmaddwd adds pairs of signed words into 32 bits: words less 2^15 are signed ones,
// and what was taken away is added at the end. A lane's value stays within 2^16 a step, so it takes 2^15 steps:
// LANE_BYTES.
#include <immintrin.h>
#include <string.h>

#include "esp-d/checksum.h"

#define VECTOR_BYTES sizeof(__m256i)
#define STEP_BYTES   (2 * VECTOR_BYTES)
#define LANE_BYTES   (STEP_BYTES << 14)
#define WORD_BIAS    0x8000u

#define WITH_AVX2 __attribute__((target("avx2"), always_inline)) static inline

WITH_AVX2 __m256i take(__m256i sum, uint8_t *to, const uint8_t *from)
{
    __m256i words = _mm256_loadu_si256((const __m256i_u *)(const void *)from);

    if (to)
        _mm256_storeu_si256((__m256i_u *)(void *)to, words);
    words = _mm256_xor_si256(words, _mm256_set1_epi16((short)WORD_BIAS));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(words, _mm256_set1_epi16(1)));
}

WITH_AVX2 int64_t add_lanes(__m256i sum)
{
    __m256i wide = _mm256_add_epi64(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(sum)),
                                    _mm256_cvtepi32_epi64(_mm256_extracti128_si256(sum, 1)));
    __m128i half = _mm_add_epi64(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));

    return _mm_extract_epi64(half, 0) + _mm_extract_epi64(half, 1);
}

WITH_AVX2 uint64_t add_up(uint8_t *to, const uint8_t *from, size_t n)
{
    __m256i sum[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    uint64_t bias = n / VECTOR_BYTES * (VECTOR_BYTES / 2) * WORD_BIAS;

    for (; n >= STEP_BYTES; from += STEP_BYTES, n -= STEP_BYTES) {
        sum[0] = take(sum[0], to, from);
        sum[1] = take(sum[1], to ? to + VECTOR_BYTES : NULL, from + VECTOR_BYTES);
        to = to ? to + STEP_BYTES : NULL;
    }
    if (n >= VECTOR_BYTES) {
        sum[0] = take(sum[0], to, from);
        to = to ? to + VECTOR_BYTES : NULL;
        from += VECTOR_BYTES;
        n -= VECTOR_BYTES;
    }
    bias += (uint64_t)(add_lanes(sum[0]) + add_lanes(sum[1]));
    return n ? bias + checksum_tail(to, from, n) : bias;
}

__attribute__((target("avx2"))) uint64_t checksum_avx2_sum(const uint8_t *p, size_t n)
{
    uint64_t sum = 0;

    for (; n > LANE_BYTES; p += LANE_BYTES, n -= LANE_BYTES)
        sum += add_up(NULL, p, LANE_BYTES);
    return sum + add_up(NULL, p, n);
}

__attribute__((target("avx2"))) uint64_t checksum_avx2_copy(uint8_t *to, const uint8_t *from, size_t n)
{
    uint64_t sum = 0;

    for (; n > LANE_BYTES; to += LANE_BYTES, from += LANE_BYTES, n -= LANE_BYTES)
        sum += add_up(to, from, LANE_BYTES);
    return sum + add_up(to, from, n);
}
