// IKE SAs that are made anew with authentication, the new one before the old one goes (RFC 4478, RFC 7296 2.8.3), and
// second IKE SAs of the same peer (RFC 7296 2.4).
#include <check.h>

#include <string.h>

#include "ike-d/exch/ike_sa_init.h"
#include "ike-d/sa/ike_sa.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

static struct world world;

static void set_up(void)
{
    world_init(&world, 13);
}

static void tear_down(void)
{
    world_done(&world);
}

// In steps, so that what is between can be looked at: both sides carry traffic all the time, and the tunnel is up.
static void run_carrying(unsigned seconds)
{
    for (unsigned i = 0; i < 10 * seconds; i++) {
        world_run(&world, 100);
        for (int side = A; side <= B; side++) {
            ck_assert_uint_ge(world_esp_sas(&world, side), 1);
            ck_assert_int_eq(world_tunnel(&world, side)->state, TUNNEL_STATE_UP);
        }
    }
}

// By our own plan, by the peer's AUTH_LIFETIME, or by both.
START_TEST(initiator_begins_anew)
{
    world_configure_two(&world, (struct plan){.reauthentication_s = _i != 1 ? 100 : 0},
                        (struct plan){.start = TUNNEL_START_PASSIVE, .reauthentication_s = _i != 0 ? 120 : 0});
    world_assert_joined(&world, 1000);
    uint64_t first = world_ike_sa(&world, A)->spi_i;
    run_carrying(80);
    ck_assert_uint_eq(world_ike_sa(&world, A)->spi_i, first);
    run_carrying(60);
    world_assert_joined(&world, 1000);
    uint64_t second = world_ike_sa(&world, A)->spi_i;
    ck_assert_uint_ne(second, first);
    ck_assert(world_ike_sa(&world, A)->initiator);
    run_carrying(1000);
    world_assert_joined(&world, 1000);
    ck_assert_uint_ne(world_ike_sa(&world, A)->spi_i, second);
    ck_assert_uint_le(world.sent_by_exchange[A][0], 16); // IKE_SA_INIT: one in 90-110 s
    ck_assert_ptr_null(world_tunnel(&world, A)->failure);
}
END_TEST

static bool lose_first_requests(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    (void)datagram;
    return from != *(int *)w->filter_arg || header->exchange != EXCHANGE_IKE_SA_INIT || header->response;
}

// The initiator does nothing about it: the responder does, when the time is over.
START_TEST(responder_steps_in)
{
    int deaf = A;
    world_configure_two(&world, (struct plan){0}, (struct plan){.reauthentication_s = 60});
    world_assert_joined(&world, 1000);
    ck_assert(world_ike_sa(&world, A)->initiator == !world_ike_sa(&world, B)->initiator);
    deaf = world_ike_sa(&world, A)->initiator ? A : B;
    world.filter = lose_first_requests;
    world.filter_arg = &deaf;
    uint64_t first = world_ike_sa(&world, A)->spi_i;
    run_carrying(100);
    world.filter = NULL;
    world_run(&world, 60000);
    world_assert_joined(&world, 1000);
    ck_assert_uint_ne(world_ike_sa(&world, A)->spi_i, first);
}
END_TEST

// Nobody can be called back: the SA ends at its lifetime, as was said.
START_TEST(responder_ends_it)
{
    int deaf = A;
    world_configure_two(&world, (struct plan){.local_id = "fqdn:a.example"},
                        (struct plan){.start = TUNNEL_START_PASSIVE,
                                      .remote_any = true,
                                      .remote_id = "fqdn:a.example",
                                      .reauthentication_s = 60});
    world_assert_joined(&world, 1000);
    world.filter = lose_first_requests;
    world.filter_arg = &deaf;
    run_carrying(58);
    world_run(&world, 4000);
    ck_assert_uint_eq(world_esp_sas(&world, B), 0);
    world.filter = NULL;
    world_assert_joined(&world, 120000);
}
END_TEST

START_TEST(several_children_move)
{
    struct plan a = {.reauthentication_s = 60,
                     .one_per_child = true,
                     .local = {"10.1.0.0/24", "10.1.1.0/24"},
                     .remote = {"10.2.0.0/24", "10.2.1.0/24"}};
    struct plan b = {.start = TUNNEL_START_PASSIVE,
                     .one_per_child = true,
                     .local = {"10.2.0.0/24", "10.2.1.0/24"},
                     .remote = {"10.1.0.0/24", "10.1.1.0/24"}};
    world_configure_two(&world, a, b);
    world_run(&world, 1000);
    uint64_t first = world_ike_sa(&world, A)->spi_i;
    run_carrying(100);
    ck_assert_uint_ne(world_ike_sa(&world, A)->spi_i, first);
    for (int side = A; side <= B; side++) {
        ck_assert_uint_eq(world_ike_sas(&world, side), 1);
        ck_assert_uint_eq(world_esp_sas(&world, side), 2);
    }
}
END_TEST

// The new IKE SA is refused: the old one stays, and it is tried again.
START_TEST(refused_for_now)
{
    world_configure_two(&world, (struct plan){.reauthentication_s = 60}, (struct plan){.start = TUNNEL_START_PASSIVE});
    world_assert_joined(&world, 1000);
    uint64_t first = world_ike_sa(&world, A)->spi_i;
    world.gateway[B].secret = "another";
    run_carrying(100);
    ck_assert_uint_eq(world_ike_sa(&world, A)->spi_i, first);
    ck_assert_str_eq(world_tunnel(&world, A)->failure->notify, "AUTHENTICATION_FAILED");
    world.gateway[B].secret = world.gateway[A].secret;
    run_carrying(40);
    world_assert_joined(&world, 1000);
    ck_assert_uint_ne(world_ike_sa(&world, A)->spi_i, first);
}
END_TEST

static void make_second(void)
{
    ike_sa_init_initiate(world_tunnel(&world, A));
    world_run(&world, 1000);
}

// A makes a second one for reasons of its own: B lets it replace the first in a while, keeps both, or refuses it.
START_TEST(second_ike_sa)
{
    enum tunnel_unique unique = (enum tunnel_unique)_i;
    world_configure_two(&world, (struct plan){.unique = TUNNEL_UNIQUE_KEEP, .childless = TUNNEL_CHILDLESS_PREFER},
                        (struct plan){.start = TUNNEL_START_PASSIVE, .unique = unique});
    world_assert_joined(&world, 1000);
    uint64_t first = world_ike_sa(&world, A)->spi_i;
    make_second();
    ck_assert_uint_eq(world_ike_sas(&world, B), unique == TUNNEL_UNIQUE_REJECT ? 1 : 2);
    world_run(&world, 20000);
    if (unique == TUNNEL_UNIQUE_KEEP) {
        ck_assert_uint_eq(world_ike_sas(&world, A), 2);
        ck_assert_uint_eq(world_ike_sas(&world, B), 2);
        return;
    }
    world_assert_joined(&world, 1000);
    ck_assert_int_eq(world_ike_sa(&world, A)->spi_i == first, unique == TUNNEL_UNIQUE_REJECT);
}
END_TEST

static bool lose_one_sa(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    (void)from;
    (void)datagram;
    return header->initiator_spi != *(uint64_t *)w->filter_arg;
}

// The first one is dead: who asks for a second gets it, once that has shown.
START_TEST(rejected_while_alive_alone)
{
    world_configure_two(&world, (struct plan){.unique = TUNNEL_UNIQUE_KEEP, .childless = TUNNEL_CHILDLESS_PREFER},
                        (struct plan){.start = TUNNEL_START_PASSIVE, .unique = TUNNEL_UNIQUE_REJECT});
    world_assert_joined(&world, 1000);
    uint64_t first = world_ike_sa(&world, B)->spi_i;
    world.filter = lose_one_sa;
    world.filter_arg = &first;
    make_second();
    ck_assert_uint_eq(world_ike_sa(&world, B)->spi_i, first);
    world_run(&world, 60000);
    ck_assert_uint_eq(world_ike_sas(&world, B), 1);
    ck_assert_uint_ne(world_ike_sa(&world, B)->spi_i, first);
}
END_TEST

START_TEST(restart_is_no_second_one)
{
    world_configure_two(&world, (struct plan){0},
                        (struct plan){.start = TUNNEL_START_PASSIVE, .unique = TUNNEL_UNIQUE_REJECT});
    world_assert_joined(&world, 1000);
    world_kill_esp(&world, A);
    world_kill(&world, A);
    world_run(&world, 1000);
    world_start(&world, A);
    world_start_esp(&world, A);
    struct plan plan = {0};
    world_configure(&world, A, &plan, 1);
    world_assert_joined(&world, 1000); // INITIAL_CONTACT, RFC 7296 2.4
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("reauthentication");
    TCase *t = tcase_create("dialogues");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, initiator_begins_anew, 0, 3);
    tcase_add_test(t, responder_steps_in);
    tcase_add_test(t, responder_ends_it);
    tcase_add_test(t, several_children_move);
    tcase_add_test(t, refused_for_now);
    tcase_add_loop_test(t, second_ike_sa, 0, 3);
    tcase_add_test(t, rejected_while_alive_alone);
    tcase_add_test(t, restart_is_no_second_one);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
