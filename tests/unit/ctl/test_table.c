// Tables and values as people read them.
#include <stdlib.h>
#include <string.h>

#include "bulkhead/v1/tunnel_service.pb-c.h"
#include "ctl/render.h"
#include "ctl/table.h"
#include "tests/unit/lib/run.h"

static const struct table_column columns[] = {
    {.title = "NAME"},
    {.title = "BYTES", .right = true},
    {.title = "NOTE", .optional = true},
    {.title = "REASON", .shrinks = true},
};

static char *printed(const char *const (*rows)[4], size_t n, unsigned width)
{
    struct table *table = table_new(columns, 4);
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    for (size_t i = 0; i < n; i++)
        table_add(table, rows[i]);
    table_print(table, f, width);
    fclose(f);
    table_free(table);
    return text;
}

START_TEST(aligns_columns)
{
    static const char *const rows[][4] = {{"a", "1", "", "x"}, {"office2", "1000", NULL, "longer than its title"}};
    char *text = printed(rows, 2, 0);

    ck_assert_str_eq(text, "NAME     BYTES  REASON\n"
                           "a            1  x\n"
                           "office2   1000  longer than its title\n");
    free(text);
}
END_TEST

START_TEST(shows_optional_columns_in_use)
{
    static const char *const rows[][4] = {{"a", "1", "", "x"}, {"b", "2", "n", "y"}};
    char *text = printed(rows, 2, 0);

    ck_assert_str_eq(text, "NAME  BYTES  NOTE  REASON\n"
                           "a         1  -     x\n"
                           "b         2  n     y\n");
    free(text);
}
END_TEST

START_TEST(fits_the_terminal)
{
    static const char *const rows[][4] = {{"a", "1", "", "no common key exchange method"}};
    char *text = printed(rows, 1, 24);

    ck_assert_str_eq(text, "NAME  BYTES  REASON\n"
                           "a         1  no commo...\n");
    free(text);
    text = printed(rows, 1, 10); // narrower than is possible: not cut to nothing
    ck_assert_str_eq(text, "NAME  BYTES  REASON\n"
                           "a         1  no co...\n");
    free(text);
}
END_TEST

START_TEST(prints_titles_of_nothing)
{
    char *text = printed(NULL, 0, 0);

    ck_assert_str_eq(text, "NAME  BYTES  REASON\n");
    free(text);
}
END_TEST

START_TEST(keeps_the_terminal_safe)
{
    static const char *const rows[][4] = {{"\x1b[31ma\n", "1", "", "\xc3\xa4\xc2\x9bx"}};
    char *text = printed(rows, 1, 0);

    ck_assert_ptr_ne(strstr(text, "\\x1b[31ma\\n"), NULL);
    ck_assert_ptr_ne(strstr(text, "\xc3\xa4\\u009bx"), NULL);
    free(text);
}
END_TEST

START_TEST(renders_bytes)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {
        {0, "0"},
        {999, "999"},
        {1000, "1.0k"},
        {9999, "9.9k"},
        {10000, "10k"},
        {999999, "999k"},
        {1000000, "1.0M"},
        {23456789, "23M"},
        {1200000000, "1.2G"},
        {5000000000000, "5.0T"},
        {UINT64_MAX, "18E"},
    };
    char out[RENDER_TEXT_MAX];

    for (size_t i = 0; i < RUN_COUNT(cases); i++)
        ck_assert_str_eq(render_bytes(cases[i].bytes, out), cases[i].text);
}
END_TEST

START_TEST(renders_ages)
{
    static const struct {
        int64_t then, now;
        const char *text;
    } cases[] = {
        {100, 100, "0s"},
        {100, 159, "59s"},
        {100, 160, "1m"},
        {160, 100, "1m"},
        {0, 3599, "59m"},
        {0, 12000, "3h20m"},
        {0, 86400 * 2 + 4 * 3600, "2d4h"},
    };
    Google__Protobuf__Timestamp t = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    char out[RENDER_TEXT_MAX];

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        t.seconds = cases[i].then;
        ck_assert_str_eq(render_age(&t, cases[i].now, out), cases[i].text);
    }
    ck_assert_str_eq(render_age(NULL, 0, out), "-");
    ck_assert_str_eq(render_time(NULL, out), "-");
    t.seconds = 1795442056;
    ck_assert_str_eq(render_time(&t, out), "2026-11-23T13:54:16Z");
}
END_TEST

// On a terminal alone.
START_TEST(colours_rows)
{
    static const struct table_column one[] = {{.title = "NAME"}};
    struct table *table = table_new(one, 1);
    char *text = NULL;
    size_t size;
    FILE *f;

    table_add(table, (const char *const[]){"a"});
    table_add(table, (const char *const[]){"b"});
    table_colour(table, TABLE_COLOUR_RED);
    f = open_memstream(&text, &size);
    table_print(table, f, 80);
    fclose(f);
    ck_assert_str_eq(text, "NAME\na\n\033[31mb\n\033[0m");
    free(text);
    f = open_memstream(&text, &size);
    table_print(table, f, 0);
    fclose(f);
    ck_assert_str_eq(text, "NAME\na\nb\n");
    free(text);
    table_free(table);
}
END_TEST

START_TEST(renders_enums)
{
    char out[RENDER_TEXT_MAX];

    ck_assert_str_eq(render_enum(&bulkhead__v1__tunnel_state__descriptor,
                                 BULKHEAD__V1__TUNNEL_STATE__TUNNEL_STATE_NEEDS_SECRET, out),
                     "needs-secret");
    ck_assert_str_eq(render_enum(&bulkhead__v1__tunnel_state__descriptor, 99, out), "99");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        aligns_columns,
        shows_optional_columns_in_use,
        fits_the_terminal,
        prints_titles_of_nothing,
        keeps_the_terminal_safe,
        renders_bytes,
        renders_ages,
        renders_enums,
        colours_rows,
    };

    return run_tests("table", tests, RUN_COUNT(tests));
}
