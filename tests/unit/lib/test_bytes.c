// Views, hex, the reader's and the writer's bounds.
#include <errno.h>
#include <string.h>

#include "lib/core/reader.h"
#include "lib/core/writer.h"
#include "tests/unit/lib/run.h"

START_TEST(compares_views)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        {"", "", true},       {"a", "a", true},      {"a", "b", false},    {"a", "", false},
        {"abc", "ab", false}, {"abc", "abC", false}, {"key", "key", true},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        struct bytes a = bytes_of_str(cases[i].a), b = bytes_of_str(cases[i].b);

        ck_assert_msg(bytes_equal(a, b) == cases[i].equal, "case %zu", i);
        ck_assert_msg(bytes_equal_secret(a, b) == cases[i].equal, "case %zu", i);
    }
    ck_assert(bytes_equal(bytes_of(NULL, 0), bytes_of("", 0)));
    ck_assert(bytes_equal_secret(bytes_of(NULL, 0), bytes_of("", 0)));
}
END_TEST

START_TEST(writes_hex_that_fits)
{
    static const uint8_t b[] = {0x00, 0x0f, 0xab};
    char out[8];

    ck_assert_str_eq(bytes_to_hex(bytes_of(b, 3), out, sizeof(out)), "000fab");
    ck_assert_str_eq(bytes_to_hex(bytes_of(b, 3), out, 7), "000fab");
    ck_assert_str_eq(bytes_to_hex(bytes_of(b, 3), out, 6), "000f");
    ck_assert_str_eq(bytes_to_hex(bytes_of(b, 3), out, 1), "");
    ck_assert_str_eq(bytes_to_hex(bytes_of(NULL, 0), out, sizeof(out)), "");
}
END_TEST

START_TEST(reads_hex)
{
    static const struct {
        const char *text;
        int result;
    } cases[] = {
        {"", 0},         {"00", 1},        {"0Af9", 2},       {"0", -EINVAL},
        {"0g", -EINVAL}, {" 00", -EINVAL}, {"0x00", -EINVAL}, {"000000", -ENOSPC},
    };
    uint8_t out[2];

    for (size_t i = 0; i < RUN_COUNT(cases); i++)
        ck_assert_msg(bytes_from_hex(cases[i].text, out, sizeof(out)) == cases[i].result, "case %zu", i);
    ck_assert_int_eq(bytes_from_hex("0Af9", out, sizeof(out)), 2);
    ck_assert_uint_eq(out[0], 0x0a);
    ck_assert_uint_eq(out[1], 0xf9);
}
END_TEST

START_TEST(reads_in_network_order)
{
    static const uint8_t b[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
    struct reader r = reader_of(bytes_of(b, sizeof(b))), child;
    struct bytes view;
    uint8_t u8, copy[2];
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;

    ck_assert_int_eq(reader_u8(&r, &u8), 0);
    ck_assert_uint_eq(u8, 1);
    ck_assert_int_eq(reader_u16(&r, &u16), 0);
    ck_assert_uint_eq(u16, 0x0203);
    ck_assert_int_eq(reader_u32(&r, &u32), 0);
    ck_assert_uint_eq(u32, 0x04050607);
    ck_assert_int_eq(reader_u64(&r, &u64), 0);
    ck_assert_uint_eq(u64, 0x08090a0b0c0d0e0full);
    ck_assert_int_eq(reader_copy(&r, 1, copy), 0);
    ck_assert_uint_eq(copy[0], 16);
    ck_assert_int_eq(reader_child(&r, 1, &child), 0);
    ck_assert_uint_eq(reader_left(&child), 1);
    ck_assert_uint_eq(*child.p, 17);
    view = reader_rest(&r);
    ck_assert_uint_eq(view.n, 1);
    ck_assert_uint_eq(view.p[0], 18);
    ck_assert_uint_eq(reader_left(&r), 0);
}
END_TEST

START_TEST(reading_too_much_changes_nothing)
{
    static const uint8_t b[] = {1, 2, 3, 4, 5, 6, 7};

    for (size_t n = 0; n <= sizeof(b); n++) {
        struct reader r = reader_of(bytes_of(b, n)), child = {0};
        uint64_t u64 = 77;
        uint32_t u32 = 77;
        uint16_t u16 = 77;
        uint8_t u8 = 77, copy[8] = {77};
        struct bytes view = {0};

        ck_assert_int_eq(reader_u64(&r, &u64), -EBADMSG);
        ck_assert_int_eq(reader_bytes(&r, n + 1, &view), -EBADMSG);
        ck_assert_int_eq(reader_bytes(&r, SIZE_MAX, &view), -EBADMSG);
        ck_assert_int_eq(reader_copy(&r, n + 1, copy), -EBADMSG);
        ck_assert_int_eq(reader_child(&r, n + 1, &child), -EBADMSG);
        ck_assert_int_eq(reader_skip(&r, n + 1), -EBADMSG);
        if (n < 4)
            ck_assert_int_eq(reader_u32(&r, &u32), -EBADMSG);
        if (n < 2)
            ck_assert_int_eq(reader_u16(&r, &u16), -EBADMSG);
        if (n < 1)
            ck_assert_int_eq(reader_u8(&r, &u8), -EBADMSG);
        ck_assert_uint_eq(u64, 77);
        ck_assert_uint_eq(u32, 77);
        ck_assert_uint_eq(u16, 77);
        ck_assert_uint_eq(u8, 77);
        ck_assert_uint_eq(copy[0], 77);
        ck_assert_ptr_eq(view.p, NULL);
        ck_assert_ptr_eq(child.p, NULL);
        ck_assert_uint_eq(reader_left(&r), n);
        ck_assert_ptr_eq(r.p, b);
    }
}
END_TEST

START_TEST(writes_in_network_order)
{
    static const uint8_t expected[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 'a', 'b', 0, 0, 9};
    uint8_t buffer[20];
    struct writer w = writer_of(buffer, sizeof(buffer));

    writer_u8(&w, 0);
    writer_u16(&w, 0);
    writer_u32(&w, 0);
    writer_u64(&w, 0x08090a0b0c0d0e0full);
    writer_bytes(&w, bytes_of_str("ab"));
    writer_bytes(&w, bytes_of(NULL, 0));
    writer_zero(&w, 2);
    *writer_reserve(&w, 1) = 9;
    writer_patch_u8(&w, 0, 1);
    writer_patch_u16(&w, 1, 0x0203);
    writer_patch_u32(&w, 3, 0x04050607);
    ck_assert(writer_ok(&w));
    ck_assert(bytes_equal(writer_view(&w), bytes_of(expected, sizeof(expected))));
}
END_TEST

START_TEST(writing_too_much_fails_for_good)
{
    uint8_t buffer[4] = {7, 7, 7, 7};
    struct writer w = writer_of(buffer, sizeof(buffer));

    writer_u8(&w, 1);
    writer_u32(&w, 2);
    ck_assert(!writer_ok(&w));
    writer_u8(&w, 3); // would fit, but must not hide the hole
    ck_assert(!writer_ok(&w));
    ck_assert_uint_eq(writer_view(&w).n, 1);
    ck_assert_uint_eq(buffer[1], 7);
    ck_assert_ptr_eq(writer_reserve(&w, 1), NULL);
}
END_TEST

START_TEST(patches_only_what_was_written)
{
    static const struct {
        size_t offset;
        bool ok;
    } cases[] = {{0, true}, {2, true}, {3, false}, {4, false}, {SIZE_MAX, false}};

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        uint8_t buffer[8];
        struct writer w = writer_of(buffer, sizeof(buffer));

        writer_u32(&w, 0);
        writer_patch_u16(&w, cases[i].offset, 1);
        ck_assert_msg(writer_ok(&w) == cases[i].ok, "case %zu", i);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        compares_views,
        writes_hex_that_fits,
        reads_hex,
        reads_in_network_order,
        reading_too_much_changes_nothing,
        writes_in_network_order,
        writing_too_much_fails_for_good,
        patches_only_what_was_written,
    };

    return run_tests("bytes", tests, RUN_COUNT(tests));
}
