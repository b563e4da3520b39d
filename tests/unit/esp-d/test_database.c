// SAD, SPD and tunnels: installed once, replaced, listed, deleted, and SPIs given out.
#include <errno.h>

#include "tests/unit/esp-d/world.h"
#include "tests/unit/lib/run.h"

static struct child_spec spec_of(const struct world *w, uint32_t spi, uint8_t keys[2][72], const struct selector *any)
{
    struct child_spec spec = {.spi_in = spi, .spi_out = 0x7777, .suite = w->suite};

    for (unsigned i = 0; i < 2; i++) {
        world_key(i, keys[i]);
        (i ? spec.keys_out : spec.keys_in)[0] = bytes_of(keys[i], 36);
    }
    spec.local = spec.remote = any;
    spec.local_n = spec.remote_n = 1;
    world_require(!endpoint_parse("192.0.2.1:4500", &spec.local_endpoint));
    world_require(!endpoint_parse("192.0.2.2:4500", &spec.remote_endpoint));
    return spec;
}

START_TEST(installs_once)
{
    struct selector any = world_selector("0.0.0.0/0", "", "");
    struct database *db;
    struct child_spec spec;
    uint8_t keys[2][72];
    struct world w;
    uint32_t spi;

    world_init(&w, &world_suites[1], &cipher_openssl, &cipher_openssl);
    db = w.side[0].db;
    ck_assert_int_eq(sad_reserve_spi(&db->sad, 1000, &spi), 0);
    ck_assert_uint_ge(spi, 256);
    spec = spec_of(&w, spi ^ 1, keys, &any);
    ck_assert_int_eq(database_install(db, "t", &spec, 0, 1000), -EPERM); // never given out
    spec.spi_in = spi;
    ck_assert_int_eq(database_install(db, "t", &spec, 0, 1000), 0);
    ck_assert_int_eq(database_install(db, "t", &spec, 0, 1000), -EEXIST);
    ck_assert_int_eq(database_delete(db, spi), 0);
    ck_assert_int_eq(database_delete(db, spi), -ENOENT);
    ck_assert_int_eq(database_install(db, "t", &spec, 0, 1000), -EPERM); // the same key a second time
    world_done(&w);
}
END_TEST

START_TEST(reservations_end)
{
    struct selector any = world_selector("0.0.0.0/0", "", "");
    struct child_spec spec;
    uint8_t keys[2][72];
    struct world w;
    uint32_t spi;

    world_init(&w, &world_suites[1], &cipher_openssl, &cipher_openssl);
    ck_assert_int_eq(sad_reserve_spi(&w.side[0].db->sad, 1000, &spi), 0);
    spec = spec_of(&w, spi, keys, &any);
    ck_assert_int_eq(database_install(w.side[0].db, "t", &spec, 0, 1000 + ESP_SPI_RESERVED_S * 1000), -EPERM);
    for (unsigned i = 0; i < 2000; i++)
        ck_assert_int_eq(sad_reserve_spi(&w.side[0].db->sad, 500000, &spi), 0);
    ck_assert_uint_eq(hmap_count(w.side[0].db->sad.reserved), 2000); // the first one is forgotten
    world_done(&w);
}
END_TEST

START_TEST(refuses_wrong_keys)
{
    struct selector any = world_selector("0.0.0.0/0", "", "");
    struct child_spec spec;
    uint8_t keys[2][72];
    struct world w;

    world_init(&w, &world_suites[1], &cipher_openssl, &cipher_openssl);
    for (unsigned wrong = 0; wrong < 4; wrong++) {
        uint32_t spi;

        ck_assert_int_eq(sad_reserve_spi(&w.side[0].db->sad, 0, &spi), 0);
        spec = spec_of(&w, spi, keys, &any);
        if (wrong == 0)
            spec.keys_in[0].n = 32; // without the salt
        else if (wrong == 1)
            spec.keys_out[1] = bytes_of(keys[0], 20); // an integrity key beside an AEAD
        else if (wrong == 2)
            spec.replay_window = 63;
        else
            ck_assert_int_eq(endpoint_parse("[2001:db8::1]:4500", &spec.remote_endpoint), 0);
        ck_assert_int_eq(database_install(w.side[0].db, "t", &spec, 0, 0), -EINVAL);
        ck_assert_ptr_null(sad_find(&w.side[0].db->sad, spi));
    }
    world_done(&w);
}
END_TEST

// An SA that is held sends for want of another one alone, until a packet has come in on it; one that is ended receives
// for a while yet.
START_TEST(holds_and_ends)
{
    struct selector any = world_selector("0.0.0.0/0", "", "");
    struct flow f = {.family = 4, .protocol = IPPROTO_UDP};
    struct child_spec spec;
    uint8_t keys[2][72];
    uint32_t spi[4];
    struct database *db;
    struct tunnel *t;
    struct world w;

    world_init(&w, &world_suites[1], &cipher_openssl, &cipher_openssl);
    db = w.side[0].db;
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_int_eq(sad_reserve_spi(&db->sad, 0, &spi[i]), 0);
        spec = spec_of(&w, spi[i], keys, &any);
        spec.held = i == 1 || i == 2;
        ck_assert_int_eq(database_install(db, "t", &spec, i == 3 ? spi[1] : i ? spi[0] : 0, 0), 0);
        if (i == 2) { // both rekeys of a collision: the one that is there longer goes first
            t = sad_find(&db->sad, spi[0])->tunnel;
            ck_assert_uint_eq(tunnel_select(t, &f)->in.spi, spi[0]);
            atomic_store(&sad_find(&db->sad, spi[0])->out.ended, true);
            ck_assert_uint_eq(tunnel_select(t, &f)->in.spi, spi[1]);
            atomic_store(&sad_find(&db->sad, spi[0])->out.ended, false);
            atomic_store(&sad_find(&db->sad, spi[2])->in.last_ms, 1);
            ck_assert_uint_eq(tunnel_select(t, &f)->in.spi, spi[2]);
            atomic_store(&sad_find(&db->sad, spi[2])->in.last_ms, 0);
        }
    }
    ck_assert_uint_eq(tunnel_select(t, &f)->in.spi, spi[3]);
    ck_assert_int_eq(database_end(db, spi[3], 5000), 0);
    ck_assert_int_eq(database_end(db, spi[3], 9000), 0);
    ck_assert_int_eq(database_end(db, spi[3], 5000), 0);
    ck_assert_uint_eq(tunnel_select(t, &f)->in.spi, spi[0]);
    ck_assert_int_eq(database_end(db, spi[0], 6000), 0);
    ck_assert_uint_eq(tunnel_select(t, &f)->in.spi, spi[2]);
    database_sweep(db, 4999);
    ck_assert_ptr_nonnull(sad_find(&db->sad, spi[3]));
    database_sweep(db, 5000);
    ck_assert_ptr_null(sad_find(&db->sad, spi[3]));
    ck_assert_ptr_nonnull(sad_find(&db->sad, spi[0]));
    ck_assert_int_eq(database_delete(db, spi[2]), 0);
    ck_assert_int_eq(database_delete(db, spi[0]), 0);
    database_sweep(db, 99999);
    world_done(&w);
}
END_TEST

START_TEST(replaces_for_sending_only)
{
    struct selector any = world_selector("0.0.0.0/0", "", "");
    struct flow f = {.family = 4, .protocol = IPPROTO_UDP};
    uint32_t spi[3];
    struct child_spec spec;
    uint8_t keys[2][72];
    struct tunnel *t;
    struct world w;

    world_init(&w, &world_suites[1], &cipher_openssl, &cipher_openssl);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_int_eq(sad_reserve_spi(&w.side[0].db->sad, 0, &spi[i]), 0);
        spec = spec_of(&w, spi[i], keys, &any);
        if (i == 2)
            ck_assert_int_eq(database_install(w.side[0].db, "world", &spec, spi[1], 0), -ENOENT); // another tunnel's
        if (i == 2) // used up by the try before
            ck_assert_int_eq(sad_reserve_spi(&w.side[0].db->sad, 0, &spi[i]), 0);
        spec.spi_in = spi[i];
        ck_assert_int_eq(database_install(w.side[0].db, "t", &spec, i == 2 ? spi[1] : 0, 0), 0);
    }
    t = sad_find(&w.side[0].db->sad, spi[0])->tunnel;
    ck_assert_uint_eq(tunnel_select(t, &f)->in.spi, spi[2]);
    ck_assert_ptr_nonnull(sad_find(&w.side[0].db->sad, spi[1])); // still receives
    ck_assert_int_eq(database_delete(w.side[0].db, spi[2]), 0);
    ck_assert_uint_eq(tunnel_select(t, &f)->in.spi, spi[0]); // the replaced one does not come back
    ck_assert_int_eq(database_delete(w.side[0].db, spi[1]), 0);
    ck_assert_int_eq(database_delete(w.side[0].db, spi[0]), 0);
    world_done(&w);
}
END_TEST

START_TEST(lists_in_order)
{
    struct selector any = world_selector("0.0.0.0/0", "", "");
    struct child_spec spec;
    uint8_t keys[2][72];
    struct world w;
    uint32_t last = 0;
    unsigned n = 0;

    world_init(&w, &world_suites[1], &cipher_openssl, &cipher_openssl);
    for (unsigned i = 0; i < 300; i++) {
        uint32_t spi;

        ck_assert_int_eq(sad_reserve_spi(&w.side[0].db->sad, 0, &spi), 0);
        spec = spec_of(&w, spi, keys, &any);
        ck_assert_int_eq(database_install(w.side[0].db, "t", &spec, 0, 0), 0);
        if (i % 3 == 0)
            ck_assert_int_eq(database_delete(w.side[0].db, spi), 0);
    }
    for (struct child *c; (c = sad_next(&w.side[0].db->sad, last)); n++) {
        ck_assert_uint_gt(c->in.spi, last);
        ck_assert_ptr_eq(sad_find(&w.side[0].db->sad, c->in.spi), c);
        last = c->in.spi;
    }
    ck_assert_uint_eq(n, 201);
    world_done(&w);
}
END_TEST

static struct database_policy policy_of(const char *local, const char *remote, enum policy_action action)
{
    return (struct database_policy){"world", world_selector(local, "", ""), world_selector(remote, "", ""), action};
}

START_TEST(policies_are_ordered_and_whole)
{
    struct database_policy first = policy_of("10.1.0.0/16", "10.2.0.2", POLICY_DISCARD);
    struct database_policy second = policy_of("10.1.0.0/16", "10.2.0.0/16", POLICY_PROTECT);
    struct database *db;
    struct flow f;
    struct world w;
    uint8_t p[64];

    f = world_flow(p, world_udp(p, 4, 4));
    world_init(&w, &world_suites[1], &cipher_openssl, &cipher_openssl);
    db = w.side[0].db;
    ck_assert_int_eq(database_add_policy(db, 1, &first), 0);
    ck_assert_int_eq(database_add_policy(db, 1, &second), 0);
    ck_assert_int_eq(spd_find(atomic_load(&db->spd), &f, FILTER_OUTBOUND)->action,
                     POLICY_PROTECT); // still the old ones
    ck_assert_int_eq(database_commit_policies(db, 1), 0);
    ck_assert_int_eq(spd_find(atomic_load(&db->spd), &f, FILTER_OUTBOUND)->action, POLICY_DISCARD);
    ck_assert_int_eq(database_add_policy(db, 2, &second), 0); // never ended
    ck_assert_int_eq(database_add_policy(db, 3, &second), 0);
    ck_assert_int_eq(database_commit_policies(db, 3), 0);
    ck_assert_uint_eq(atomic_load(&db->spd)->n, 1);
    ck_assert_int_eq(spd_find(atomic_load(&db->spd), &f, FILTER_OUTBOUND)->action, POLICY_PROTECT);
    ck_assert_int_eq(database_add_policy(db, 4, &first), 0);
    database_refuse_policies(db, 4);
    ck_assert_int_eq(database_add_policy(db, 4, &first), -EINVAL);
    ck_assert_int_eq(database_commit_policies(db, 4), -EINVAL);
    ck_assert_uint_eq(atomic_load(&db->spd)->generation, 3);
    ck_assert_int_eq(database_commit_policies(db, 5), 0); // none at all
    ck_assert_ptr_null(spd_find(atomic_load(&db->spd), &f, FILTER_OUTBOUND));
    world_done(&w);
}
END_TEST

START_TEST(names_are_bounded)
{
    char name[ESP_TUNNEL_NAME_MAX + 2];
    struct database_policy p = policy_of("10.1.0.0/16", "10.2.0.2", POLICY_PROTECT);
    struct world w;

    memset(name, 'n', sizeof(name));
    name[sizeof(name) - 1] = 0;
    world_init(&w, &world_suites[1], &cipher_openssl, &cipher_openssl);
    p.tunnel = name;
    ck_assert_int_eq(database_add_policy(w.side[0].db, 1, &p), -EINVAL);
    p.tunnel = "";
    ck_assert_int_eq(database_add_policy(w.side[0].db, 2, &p), -EINVAL);
    p.tunnel = name + 1;
    ck_assert_int_eq(database_add_policy(w.side[0].db, 3, &p), 0);
    world_done(&w);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {installs_once,
                                  reservations_end,
                                  refuses_wrong_keys,
                                  replaces_for_sending_only,
                                  holds_and_ends,
                                  lists_in_order,
                                  policies_are_ordered_and_whole,
                                  names_are_bounded};

    return run_tests("database", tests, RUN_COUNT(tests));
}
