// The key log: both sides write the same line for an IKE SA, only while it is on, and only so many.
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "ike-d/sa/key_log.h"
#include "ike-d/sa/tunnel.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

static struct world world;

static void set_up(void)
{
    world_init(&world, 17);
    world_configure_both(&world, TUNNEL_START_PASSIVE, TUNNEL_START_PASSIVE);
}

static void tear_down(void)
{
    world_done(&world);
}

static void join(void)
{
    ck_assert_int_eq(tunnel_driver_up(&world.gateway[A].core, "office"), 0);
    world_assert_joined(&world, 10000);
}

START_TEST(both_sides_write_the_same)
{
    ck_assert_int_eq(key_log_start(world_tunnel(&world, A), 60), 0);
    ck_assert_int_eq(key_log_start(world_tunnel(&world, B), 60), 0);
    join();
    const struct key_log *a = world_tunnel(&world, A)->key_log;
    const struct key_log *b = world_tunnel(&world, B)->key_log;
    ck_assert_uint_eq(a->last, 1);
    ck_assert_uint_eq(b->last, 1);
    ck_assert_str_eq(key_log_find(a, 1), key_log_find(b, 1));
    ck_assert_ptr_null(key_log_find(a, 0));
    ck_assert_ptr_null(key_log_find(a, 2));
    char spi[17];
    (void)snprintf(spi, sizeof(spi), "%016llx", (unsigned long long)world_ike_sa(&world, A)->spi_i);
    ck_assert(strncmp(key_log_find(a, 1), spi, 16) == 0);
    ck_assert_ptr_nonnull(strstr(key_log_find(a, 1), "\"AES-GCM-256 with 16 octet ICV [RFC5282]\""));
    ck_assert_ptr_nonnull(strstr(key_log_find(a, 1), "\"NONE [RFC4306]\""));
}
END_TEST

START_TEST(goes_off_by_itself)
{
    ck_assert_int_eq(key_log_start(world_tunnel(&world, A), 60), 0);
    world_run(&world, 59000);
    ck_assert_ptr_nonnull(world_tunnel(&world, A)->key_log);
    world_run(&world, 2000);
    ck_assert_ptr_null(world_tunnel(&world, A)->key_log);
    join();
    ck_assert_ptr_null(world_tunnel(&world, A)->key_log);
}
END_TEST

START_TEST(holds_only_so_many)
{
    struct tunnel *tunnel = world_tunnel(&world, A);
    ck_assert_int_eq(key_log_start(tunnel, 3600), 0);
    join();
    struct ike_sa copy = *world_ike_sa(&world, A);
    for (unsigned i = 1; i <= 2 * KEY_LOG_LINES_MAX; i++) {
        copy.spi_i = i;
        key_log_note(&copy);
        key_log_note(&copy); // the same one: no second line
    }
    ck_assert_uint_eq(tunnel->key_log->last, 1 + 2 * KEY_LOG_LINES_MAX);
    ck_assert_ptr_null(key_log_find(tunnel->key_log, 1));
    ck_assert_ptr_null(key_log_find(tunnel->key_log, 1 + KEY_LOG_LINES_MAX));
    ck_assert(strncmp(key_log_find(tunnel->key_log, 2 + KEY_LOG_LINES_MAX), "0000000000000041", 16) == 0);
    key_log_stop(tunnel);
    ck_assert_ptr_null(tunnel->key_log);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("key log");
    TCase *t = tcase_create("dialogues");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, both_sides_write_the_same);
    tcase_add_test(t, goes_off_by_itself);
    tcase_add_test(t, holds_only_so_many);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
