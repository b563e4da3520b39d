// A configuration at rest: what comes out is what went in, and it is there for as long as it is open.
#include <stdlib.h>
#include <string.h>

#include "api-d/desired_state.h"
#include "tests/unit/lib/run.h"

static struct desired_state *decode(unsigned tunnels)
{
    struct buffer yaml = {0};
    struct desired_state *state;
    char *lines;

    buffer_append_str(&yaml, tunnels ? "tunnels:\n" : "tunnels: []\n");
    for (unsigned i = 0; i < tunnels; i++)
        buffer_append_format(
            &yaml,
            "- name: t%u\n  local: {address: 192.0.2.1}\n  remote: {address: 192.0.2.2, id: a%u.test}\n"
            "  auth: {psk: {secret: s}}\n  policies: [{local: 10.0.0.0/24, remote: 10.%u.%u.0/24}]\n",
            i, i, 1 + i / 256, i % 256);
    ck_assert_msg(desired_state_decode(bytes_of(buffer_str(&yaml), strlen(buffer_str(&yaml))), "f", &state, &lines) ==
                      0,
                  "%s", lines);
    buffer_done(&yaml);
    return state;
}

static struct bytes pack(const Bulkhead__V1__Config *config)
{
    size_t n = bulkhead__v1__config__get_packed_size(config);
    uint8_t *p = malloc(n + 1);

    ck_assert_ptr_nonnull(p);
    bulkhead__v1__config__pack(config, p);
    return bytes_of(p, n);
}

static void expect_same(const Bulkhead__V1__Config *config, struct bytes before)
{
    struct bytes now = pack(config);

    ck_assert(bytes_equal(now, before));
    free((void *)(uintptr_t)now.p);
}

START_TEST(what_is_settled_opens_as_it_was)
{
    static const unsigned tunnels[] = {0, 1, 700};

    for (size_t i = 0; i < RUN_COUNT(tunnels); i++) {
        struct desired_state *state = decode(tunnels[i]);
        struct bytes before = pack(state->config);

        desired_state_settle(state);
        ck_assert_ptr_null(state->config);
        for (unsigned round = 0; round < 2; round++) {
            ck_assert_ptr_nonnull(desired_state_open(state));
            expect_same(state->config, before);
            desired_state_close(state);
            ck_assert_ptr_null(state->config);
        }
        desired_state_free(state);
        free((void *)(uintptr_t)before.p);
    }
}
END_TEST

START_TEST(it_stays_while_it_is_open)
{
    struct desired_state *state = decode(3);
    const Bulkhead__V1__Config *config = desired_state_open(state);

    desired_state_settle(state);
    ck_assert_ptr_eq(state->config, config);
    ck_assert_str_eq(config->tunnels[2]->name, "t2");
    ck_assert_ptr_eq(desired_state_open(state), config);
    desired_state_close(state);
    ck_assert_ptr_eq(state->config, config);
    desired_state_close(state);
    ck_assert_ptr_null(state->config);
    ck_assert_ptr_nonnull(desired_state_open(state));
    desired_state_free(state); // open or not
}
END_TEST

static void expect_finds(const struct desired_state *state)
{
    Bulkhead__V1__Tunnel *found = desired_state_find(state, "t12");

    ck_assert_ptr_nonnull(found);
    ck_assert_str_eq(found->name, "t12");
    ck_assert_str_eq(found->remote->id, "a12.test");
    ck_assert_str_eq(found->policies[0]->remote, "10.1.12.0/24");
    bulkhead__v1__tunnel__free_unpacked(found, NULL);
    ck_assert(desired_state_has(state, "t0") && desired_state_has(state, "t19"));
    ck_assert(!desired_state_has(state, "t20") && !desired_state_has(state, "") && !desired_state_has(state, "t"));
    ck_assert_ptr_null(desired_state_find(state, "t20"));
}

START_TEST(a_tunnel_is_found_by_its_name)
{
    struct desired_state *state = decode(20);

    expect_finds(state);
    desired_state_settle(state);
    expect_finds(state);
    ck_assert_ptr_null(state->config);
    desired_state_free(state);
}
END_TEST

START_TEST(what_rests_is_compared)
{
    struct desired_state *old = decode(3), *new = decode(5);
    struct desired_state_difference difference;

    desired_state_settle(old);
    new->config->tunnels[1]->start = BULKHEAD__V1__START_MODE__START_MODE_PASSIVE;
    ck_assert_int_eq(desired_state_compare(old, new, &difference), 0);
    ck_assert_uint_eq(difference.added_n, 2);
    ck_assert_str_eq(difference.added[1], "t4");
    ck_assert_uint_eq(difference.changed_n, 1);
    ck_assert_str_eq(difference.changed[0], "t1");
    ck_assert_uint_eq(difference.removed_n, 0);
    ck_assert_ptr_null(old->config);
    desired_state_difference_done(&difference);
    desired_state_free(old);
    desired_state_free(new);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_settled_opens_as_it_was,
        it_stays_while_it_is_open,
        a_tunnel_is_found_by_its_name,
        what_rests_is_compared,
    };

    return run_tests("packed_config", tests, RUN_COUNT(tests));
}
