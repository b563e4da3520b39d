// The checksum as every machine sums it and as one with AVX2 does, against the simplest way, of all lengths.
#include "esp-d/checksum.h"
#include "tests/unit/esp-d/world.h"
#include "tests/unit/lib/run.h"

#define LARGE_BYTES (5u << 20)

struct way {
    const char *name;
    uint64_t (*sum)(const uint8_t *p, size_t n);
    uint64_t (*copy)(uint8_t *to, const uint8_t *from, size_t n);
    bool is_here;
};

static uint8_t in[4096], out[4096];

static const struct way *ways(size_t *ret_n)
{
    static struct way list[] = {
        {"chosen", checksum_sum, checksum_copy, true},
        {"portable", checksum_portable_sum, checksum_portable_copy, true},
#ifdef BULKHEAD_CHECKSUM_AVX2
        {"avx2", checksum_avx2_sum, checksum_avx2_copy, false},
#endif
    };

    *ret_n = RUN_COUNT(list);
#ifdef BULKHEAD_CHECKSUM_AVX2
    list[2].is_here = __builtin_cpu_supports("avx2");
#endif
    return list;
}

static uint16_t expected(const uint8_t *p, size_t n)
{
    return htons((uint16_t)~world_fold(world_sum(p, n, 0)));
}

static void check(const struct way *way, const uint8_t *p, size_t n)
{
    memset(out, 0xee, sizeof(out));
    ck_assert_msg(checksum_fold(way->sum(p, n)) == expected(p, n), "%s, %zu bytes", way->name, n);
    ck_assert_msg(checksum_fold(way->copy(out + 3, p, n)) == expected(p, n), "%s, %zu bytes copied", way->name, n);
    ck_assert_mem_eq(out + 3, p, n);
    ck_assert(out[2] == 0xee && out[3 + n] == 0xee);
}

START_TEST(sums_all_lengths)
{
    size_t ways_n;
    const struct way *list = ways(&ways_n);

    srand(5);
    for (size_t i = 0; i < sizeof(in); i++)
        in[i] = (uint8_t)rand();
    for (size_t w = 0; w < ways_n; w++) {
        for (size_t n = 0; n < 300 && list[w].is_here; n++)
            check(&list[w], in + n % 37, n);
        for (size_t n = 1300; n < 1500 && list[w].is_here; n++)
            check(&list[w], in + n % 5, n);
    }
}
END_TEST

// 0xffff and 0 are the same number to the checksum, but only data of zeros may come out as the one of them.
START_TEST(tells_zeros_from_ones)
{
    size_t ways_n;
    const struct way *list = ways(&ways_n);

    for (size_t w = 0; w < ways_n; w++) {
        for (size_t n = 2; n < 300 && list[w].is_here; n += 2) {
            memset(in, 0, n);
            ck_assert_uint_eq(checksum_fold(list[w].sum(in, n)), 0xffff);
            memset(in, 0xff, n);
            ck_assert_uint_eq(checksum_fold(list[w].sum(in, n)), 0);
        }
    }
}
END_TEST

// So much that a lane of 32 bits would overflow, of the words that fill it soonest.
START_TEST(sums_large_pieces)
{
    uint8_t *large = malloc(LARGE_BYTES);
    size_t ways_n;
    const struct way *list = ways(&ways_n);

    ck_assert_ptr_nonnull(large);
    for (unsigned fill = 0; fill < 256; fill += 51) {
        memset(large, (int)fill, LARGE_BYTES);
        for (size_t w = 0; w < ways_n; w++) {
            uint64_t word = (fill << 8 | fill) % 65535, sum;

            if (!list[w].is_here)
                continue;
            sum = list[w].sum(large, LARGE_BYTES);
            ck_assert_uint_eq(sum % 65535, LARGE_BYTES / 2 % 65535 * word % 65535);
            ck_assert_uint_eq(list[w].copy(large, large, LARGE_BYTES) % 65535, sum % 65535);
        }
    }
    free(large);
}
END_TEST

START_TEST(adds_up_pieces)
{
    srand(6);
    for (size_t i = 0; i < sizeof(in); i++)
        in[i] = (uint8_t)rand();
    for (unsigned words = 0; words < 16; words++) {
        uint64_t sum = checksum_words(in, words) + checksum_sum(in + (size_t)4 * words, 101);

        ck_assert_uint_eq(checksum_fold(sum), expected(in, (size_t)4 * words + 101));
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {sums_all_lengths, tells_zeros_from_ones, sums_large_pieces, adds_up_pieces};

    return run_tests("checksum", tests, RUN_COUNT(tests));
}
