// Hash map, rate limit, secrets, clock and log.
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/clock.h"
#include "lib/core/hmap.h"
#include "lib/core/log.h"
#include "lib/core/ratelimit.h"
#include "lib/core/secret.h"
#include "tests/unit/lib/run.h"

START_TEST(map_keeps_what_it_was_given)
{
    struct hmap *map = hmap_new();
    static int values[2000];

    for (uint32_t i = 0; i < RUN_COUNT(values); i++)
        ck_assert_int_eq(hmap_put(map, bytes_of(&i, sizeof(i)), &values[i]), 0);
    ck_assert_uint_eq(hmap_count(map), RUN_COUNT(values));
    for (uint32_t i = 0; i < RUN_COUNT(values); i++)
        ck_assert_ptr_eq(hmap_find(map, bytes_of(&i, sizeof(i))), &values[i]);
    for (uint32_t i = 0; i < RUN_COUNT(values); i += 2)
        ck_assert_ptr_eq(hmap_remove(map, bytes_of(&i, sizeof(i))), &values[i]);
    for (uint32_t i = 0; i < RUN_COUNT(values); i++)
        ck_assert_ptr_eq(hmap_find(map, bytes_of(&i, sizeof(i))), i % 2 ? &values[i] : NULL);
    ck_assert_uint_eq(hmap_count(map), RUN_COUNT(values) / 2);
    hmap_free(map);
}
END_TEST

START_TEST(map_survives_coming_and_going)
{
    struct hmap *map = hmap_new();

    for (uint32_t i = 0; i < 100000; i++) { // never more than three at a time: removed slots must be cleared away
        uint32_t old = i - 3;

        ck_assert_int_eq(hmap_put(map, bytes_of(&i, sizeof(i)), map), 0);
        if (i >= 3)
            ck_assert_ptr_eq(hmap_remove(map, bytes_of(&old, sizeof(old))), map);
    }
    ck_assert_uint_eq(hmap_count(map), 3);
    hmap_free(map);
}
END_TEST

START_TEST(map_refuses_bad_keys)
{
    struct hmap *map = hmap_new();
    uint8_t key[65] = {0};

    ck_assert_int_eq(hmap_put(map, bytes_of(key, 0), map), -EINVAL);
    ck_assert_int_eq(hmap_put(map, bytes_of(key, 65), map), -EINVAL);
    for (size_t n = 1; n <= 64; n++) // zeros of different lengths are different keys
        ck_assert_int_eq(hmap_put(map, bytes_of(key, n), &key[n]), 0);
    ck_assert_int_eq(hmap_put(map, bytes_of(key, 64), map), -EEXIST);
    for (size_t n = 1; n <= 64; n++)
        ck_assert_ptr_eq(hmap_find(map, bytes_of(key, n)), &key[n]);
    ck_assert_ptr_eq(hmap_find(map, bytes_of(key, 65)), NULL);
    ck_assert_ptr_eq(hmap_remove(map, bytes_of(key, 0)), NULL);
    hmap_free(map);
    hmap_free(NULL);
}
END_TEST

START_TEST(map_is_walked_while_values_go)
{
    struct hmap *map = hmap_new();
    uint32_t keys[100], sum = 0, *key;
    size_t cursor = 0;

    for (uint32_t i = 0; i < 100; i++) {
        keys[i] = i;
        ck_assert_int_eq(hmap_put(map, bytes_of(&i, sizeof(i)), &keys[i]), 0);
    }
    while ((key = hmap_next(map, &cursor))) {
        sum += *key;
        ck_assert_ptr_eq(hmap_remove(map, bytes_of(key, sizeof(*key))), key);
    }
    ck_assert_uint_eq(sum, 4950);
    ck_assert_uint_eq(hmap_count(map), 0);
    hmap_free(map);
}
END_TEST

START_TEST(bucket_empties_and_fills)
{
    struct ratelimit limit;

    ratelimit_init(&limit, 10, 3, 1000);
    for (int i = 0; i < 3; i++)
        ck_assert(ratelimit_take(&limit, 1000));
    ck_assert(!ratelimit_take(&limit, 1000));
    ck_assert(!ratelimit_take(&limit, 1099));
    ck_assert(ratelimit_take(&limit, 1100));
    ck_assert(!ratelimit_take(&limit, 1100));
    ck_assert(!ratelimit_take(&limit, 900)); // a clock that went back gives nothing
    for (int i = 0; i < 3; i++)              // a long pause fills no further than the burst
        ck_assert(ratelimit_take(&limit, UINT64_MAX));
    ck_assert(!ratelimit_take(&limit, UINT64_MAX));
    ratelimit_init(&limit, 0, 1, 0);
    ck_assert(ratelimit_take(&limit, 0));
    ck_assert(!ratelimit_take(&limit, UINT64_MAX));
}
END_TEST

static bool is_all(const uint8_t *p, size_t n, uint8_t value)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != value)
            return false;
    return true;
}

START_TEST(secrets_are_zeroed_and_apart)
{
    static const size_t sizes[] = {1, 8, 16, 17, 64, 65, 136, 256, 257, 320, 321, 4096, 4097, 100000};
    uint8_t *p[RUN_COUNT(sizes)];

    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < RUN_COUNT(sizes); i++) {
            p[i] = secret_alloc(sizes[i]);
            ck_assert_ptr_ne(p[i], NULL);
            ck_assert_uint_eq((uintptr_t)p[i] % (sizes[i] > 256 ? 64 : 16), 0);
            ck_assert(is_all(p[i], sizes[i], 0));
            memset(p[i], (int)i + 1, sizes[i]);
        }
        for (size_t i = 0; i < RUN_COUNT(sizes); i++) {
            ck_assert(is_all(p[i], sizes[i], (uint8_t)(i + 1)));
            secret_free(p[i], sizes[i]);
        }
    }
    ck_assert_ptr_eq(secret_alloc(SIZE_MAX), NULL);
    secret_free(NULL, 5);
}
END_TEST

static void *churn(void *arg)
{
    for (int i = 0; i < 2000; i++) {
        uint8_t *p = secret_alloc(64), *q = secret_alloc(200);

        memset(p, 1, 64);
        memset(q, 2, 200);
        secret_free(q, 200);
        secret_free(p, 64);
    }
    return arg;
}

START_TEST(secrets_are_for_any_thread)
{
    pthread_t threads[4];

    for (size_t i = 0; i < RUN_COUNT(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, churn, NULL), 0);
    for (size_t i = 0; i < RUN_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
}
END_TEST

START_TEST(keys_are_bounded_and_wiped)
{
    struct secret_key key = {0};
    uint8_t value[SECRET_KEY_MAX + 1];

    memset(value, 9, sizeof(value));
    ck_assert_int_eq(secret_key_set(&key, bytes_of(value, SECRET_KEY_MAX)), 0);
    ck_assert_int_eq(secret_key_set(&key, bytes_of(value, SECRET_KEY_MAX + 1)), -ENOSPC);
    ck_assert_uint_eq(secret_key_view(&key).n, SECRET_KEY_MAX);
    ck_assert_int_eq(secret_key_set(&key, bytes_of(value, 2)), 0);
    ck_assert_uint_eq(key.n, 2);
    ck_assert_uint_eq(key.b[1], 9);
    ck_assert_uint_eq(key.b[2], 0); // nothing of the longer key before it stays
    secret_key_wipe(&key);
    ck_assert_uint_eq(key.n, 0);
    ck_assert_uint_eq(key.b[0], 0);
}
END_TEST

START_TEST(clock_goes_on)
{
    uint64_t before = clock_monotonic_ms(&clock_system);

    usleep(3000);
    ck_assert_uint_gt(clock_monotonic_ms(&clock_system), before);
    ck_assert_uint_gt(clock_wall_s(&clock_system), 1700000000);
}
END_TEST

// What `write_lines` puts on stderr.
static const char *captured(void (*write_lines)(void))
{
    static char text[16384];
    int saved = dup(STDERR_FILENO), pipe_fds[2];
    ssize_t n;

    ck_assert_int_eq(pipe(pipe_fds), 0);
    dup2(pipe_fds[1], STDERR_FILENO);
    write_lines();
    dup2(saved, STDERR_FILENO);
    close(pipe_fds[1]);
    n = read(pipe_fds[0], text, sizeof(text) - 1);
    close(pipe_fds[0]);
    close(saved);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static void write_fields(void)
{
    log_info("plain");
    log_debug("left_out");
    log_warning("fields", LOG_STR("name", "a b"), LOG_INT("i", -5), LOG_UINT("u", UINT64_MAX), LOG_HEX32("spi", 0xab),
                LOG_HEX64("ike", 0xcd), LOG_ERRNO(-ENOENT));
    log_error("forged", LOG_STR("v", "x\n<3>daemon: \"hi\" \\ \x1b[31m \xc3\xa4"), LOG_STR("none", NULL));
}

START_TEST(log_lines_are_lines)
{
    log_init("unit", LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    ck_assert_str_eq(captured(write_fields),
                     "<6>unit: plain\n"
                     "<4>unit: fields name=\"a b\" i=-5 u=18446744073709551615 spi=000000ab ike=00000000000000cd "
                     "error=\"No such file or directory\"\n"
                     "<3>unit: forged v=\"x\\n<3>daemon: \\\"hi\\\" \\\\ \\x1b[31m \\xc3\\xa4\" none=\"\"\n");
    ck_assert(log_is_on(LOG_LEVEL_INFO));
    ck_assert(!log_is_on(LOG_LEVEL_DEBUG));
}
END_TEST

START_TEST(log_lines_are_json)
{
    const char *text;

    log_init("unit", LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    text = captured(write_fields);
    ck_assert_ptr_ne(strstr(text, ",\"priority\":6,\"program\":\"unit\",\"event\":\"plain\"}\n{\"time\":"), NULL);
    ck_assert_ptr_ne(strstr(text, "\"i\":-5,\"u\":18446744073709551615,\"spi\":\"000000ab\""), NULL);
    ck_assert_ptr_ne(
        strstr(text, "\"v\":\"x\\n<3>daemon: \\\"hi\\\" \\\\ \\u001b[31m \\u00c3\\u00a4\",\"none\":\"\"}\n"), NULL);
}
END_TEST

static void write_long_line(void)
{
    static char value[8000];

    memset(value, 'x', sizeof(value) - 1);
    log_info("long", LOG_STR("v", value));
}

START_TEST(log_cuts_long_lines)
{
    const char *text;

    log_init("unit", LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    text = captured(write_long_line);
    ck_assert_uint_le(strlen(text), 4096);
    ck_assert_uint_eq(strcspn(text, "\n"), strlen(text) - 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        map_keeps_what_it_was_given,
        map_survives_coming_and_going,
        map_refuses_bad_keys,
        map_is_walked_while_values_go,
        bucket_empties_and_fills,
        secrets_are_zeroed_and_apart,
        secrets_are_for_any_thread,
        keys_are_bounded_and_wiped,
        clock_goes_on,
        log_lines_are_lines,
        log_lines_are_json,
        log_cuts_long_lines,
    };

    return run_tests("core", tests, RUN_COUNT(tests));
}
