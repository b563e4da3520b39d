// Things that cross: lost datagrams at each step, a gateway that starts anew, a daemon or the configuration that goes
// away in the middle of an exchange, deletions from both sides at once (RFC 7296 2.1, 2.4, 2.25).
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/exch/next_request.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

static struct world world;
static unsigned seen;

static void set_up(void)
{
    world_init(&world, 11);
    seen = 0;
}

static void tear_down(void)
{
    world_done(&world);
}

static void assert_joined(void)
{
    world_assert_stays_joined(&world, 150000, 35000);
}

static void configure(void)
{
    world_configure_both(&world, TUNNEL_START_UP, TUNNEL_START_PASSIVE);
}

static bool lose_one(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    (void)from;
    (void)header;
    (void)datagram;
    return seen++ != *(unsigned *)w->filter_arg;
}

// The first, second ... datagram is lost, once: each is repeated, and nothing is made twice.
START_TEST(one_datagram_is_lost)
{
    unsigned lost = (unsigned)_i;
    world.filter = lose_one;
    world.filter_arg = &lost;
    configure();
    world_assert_joined(&world, 5000);
    ck_assert_uint_le(world.gateway[A].installs, 1);
    ck_assert_uint_le(world.gateway[B].installs, 1);
    tunnel_driver_down(&world.gateway[A].core, "office");
    ck_assert_msg(world_run_until(&world, world_is_empty, 5000), "%s", world_why());
    ck_assert_uint_gt(seen, lost);
}
END_TEST

static bool lose_answers(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    (void)w;
    (void)from;
    (void)datagram;
    return !header->response || seen++ >= 3;
}

// Three answers to the same request are lost: the fourth is the same, and the CHILD_SA was made once.
START_TEST(answers_are_lost)
{
    struct plan plan_b = {.start = TUNNEL_START_PASSIVE};
    struct plan plan_a = {.start = TUNNEL_START_UP};
    world_configure(&world, B, &plan_b, 1);
    world_configure(&world, A, &plan_a, 1);
    world_run(&world, 10); // IKE_SA_INIT is under way
    world.filter = lose_answers;
    world_assert_joined(&world, 20000);
    ck_assert_uint_eq(world.gateway[B].installs, 1);
}
END_TEST

// A whole machine starts anew, with nothing: its INITIAL_CONTACT ends what the peer still has (RFC 7296 2.4).
START_TEST(machine_restarts)
{
    configure();
    assert_joined();
    uint64_t old = world_ike_sa(&world, B)->spi_i;
    world_kill_esp(&world, _i);
    world_kill(&world, _i);
    world_run(&world, 1000);
    world_start(&world, _i);
    world_start_esp(&world, _i);
    struct plan plan = {.start = TUNNEL_START_UP};
    world_configure(&world, _i, &plan, 1);
    world_assert_joined(&world, 10000);
    ck_assert_uint_ne(world_ike_sa(&world, B)->spi_i, old);
    assert_joined();
}
END_TEST

// What happens when the IKE_AUTH request has left A.
enum mishap { ESP_OF_A, ESP_OF_B, PKI_OF_A, PKI_OF_B, CONFIG_OF_A, CONFIG_OF_B, MISHAPS };

static void go_wrong(enum mishap mishap)
{
    switch (mishap) {
    case ESP_OF_A:
    case ESP_OF_B:
        world_kill_esp(&world, mishap == ESP_OF_B);
        break;
    case PKI_OF_A:
    case PKI_OF_B:
        world.gateway[mishap == PKI_OF_B].pki_up = false;
        break;
    default:
        world_configure(&world, mishap == CONFIG_OF_B, NULL, 0);
        break;
    }
}

static void come_right(enum mishap mishap)
{
    struct plan plan = {.start = mishap == CONFIG_OF_A ? TUNNEL_START_UP : TUNNEL_START_PASSIVE};
    int side = (int)mishap % 2;
    switch (mishap) {
    case ESP_OF_A:
    case ESP_OF_B:
        world_start_esp(&world, side);
        break;
    case PKI_OF_A:
    case PKI_OF_B:
        world.gateway[side].pki_up = true;
        tunnel_driver_pki_up(&world.gateway[side].core);
        break;
    default:
        world_configure(&world, side, &plan, 1);
        break;
    }
}

static bool is_authenticating(struct world *w)
{
    return w->sent_by_exchange[A][1] > 0;
}

// ... up to 20 ms later, at every point of the way; 3 s after that all is there again.
START_TEST(mishap_during_authentication)
{
    enum mishap mishap = (enum mishap)(_i % MISHAPS);
    configure();
    ck_assert(world_run_until(&world, is_authenticating, 1000));
    world_run(&world, (uint64_t)_i / MISHAPS);
    go_wrong(mishap);
    world_run(&world, 3000);
    come_right(mishap);
    assert_joined();
}
END_TEST

// B is taken down meanwhile, at every point of the way: A hears of it, and does not wait for an answer that never
// comes.
START_TEST(down_during_authentication)
{
    configure();
    ck_assert(world_run_until(&world, is_authenticating, 1000));
    world_run(&world, (uint64_t)_i);
    ck_assert_int_eq(tunnel_driver_down(&world.gateway[B].core, "office"), 0);
    world_run(&world, 10000);
    ck_assert_str_eq(world_tunnel(&world, A)->failure->notify, "TEMPORARY_FAILURE");
    ck_assert_uint_eq(world_esp_sas(&world, A) + world_esp_sas(&world, B), 0);
    ck_assert_int_ge(tunnel_driver_up(&world.gateway[B].core, "office"), 0);
    assert_joined();
}
END_TEST

// The initiator is taken down: B, which may believe by now that the SA stands, hears of it at once.
START_TEST(initiator_goes_down_during_authentication)
{
    configure();
    ck_assert(world_run_until(&world, is_authenticating, 1000));
    world_run(&world, (uint64_t)_i);
    ck_assert_int_eq(tunnel_driver_down(&world.gateway[A].core, "office"), 0);
    ck_assert_msg(world_run_until(&world, world_is_empty, 1000), "%s", world_why());
    ck_assert_int_ge(tunnel_driver_up(&world.gateway[A].core, "office"), 0);
    assert_joined();
}
END_TEST

// Both esp-d die; that of B stays away: A does not ask for a new CHILD_SA in every instant.
START_TEST(peer_without_esp)
{
    configure();
    assert_joined();
    unsigned before = world.sent_by_exchange[A][2];
    world_kill_esp(&world, A);
    world_kill_esp(&world, B);
    world_run(&world, 500);
    world_start_esp(&world, A);
    world_run(&world, 20000);
    ck_assert_uint_ge(world.sent_by_exchange[A][2], before + 1);
    ck_assert_uint_le(world.sent_by_exchange[A][2], before + 20);
    world_start_esp(&world, B);
    assert_joined();
}
END_TEST

static void delete_child(int side)
{
    struct ike_sa *sa = world_ike_sa(&world, side);
    ck_assert_ptr_nonnull(sa);
    ck_assert_ptr_nonnull(sa->children);
    sa->children->delete_wanted = true;
    next_request_start(sa);
}

// A: DELETE of the CHILD_SA ->   <- B: the same at the same time. Each answers without SPIs (RFC 7296 1.4.1).
START_TEST(both_delete_the_child)
{
    configure();
    assert_joined();
    uint64_t ike = world_ike_sa(&world, A)->spi_i;
    delete_child(A);
    delete_child(B);
    world_run(&world, 100);
    ck_assert_uint_eq(world_esp_sas(&world, A) + world_esp_sas(&world, B), 0);
    assert_joined(); // A wants it up: a new one on the same IKE SA
    ck_assert_uint_eq(world_ike_sa(&world, A)->spi_i, ike);
}
END_TEST

// A replaces the CHILD_SA while B deletes it, at every point of the way (RFC 7296 2.25.1).
START_TEST(delete_during_rekey)
{
    configure();
    assert_joined();
    struct ike_sa *a = world_ike_sa(&world, A);
    a->children->replace_wanted = true;
    next_request_start(a);
    world_run(&world, (uint64_t)_i);
    struct ike_sa *b = world_ike_sa(&world, B);
    b->children->delete_wanted = true;
    next_request_start(b);
    assert_joined();
}
END_TEST

// Both replace the same CHILD_SA at the same time (RFC 7296 2.8.1).
START_TEST(both_replace_the_child)
{
    configure();
    assert_joined();
    for (int side = A; side <= B; side++) {
        struct ike_sa *sa = world_ike_sa(&world, side);
        sa->children->replace_wanted = true;
        next_request_start(sa);
        world_run(&world, side == A ? (uint64_t)_i : 0);
    }
    assert_joined();
}
END_TEST

// The IKE SA is deleted while a CHILD_SA is replaced, from either side.
START_TEST(down_during_rekey)
{
    configure();
    assert_joined();
    struct ike_sa *a = world_ike_sa(&world, A);
    a->children->replace_wanted = true;
    next_request_start(a);
    world_run(&world, (uint64_t)_i / 2);
    int side = _i % 2;
    ck_assert_int_eq(tunnel_driver_down(&world.gateway[side].core, "office"), 0);
    ck_assert_msg(world_run_until(&world, world_is_empty, 60000), "%s", world_why());
    ck_assert_int_ge(tunnel_driver_up(&world.gateway[side].core, "office"), 0);
    assert_joined();
}
END_TEST

static bool both_tunnels_are_up(struct world *w)
{
    for (int side = A; side <= B; side++) {
        for (const struct tunnel *tunnel = world_tunnel(w, side); tunnel; tunnel = tunnel->next) {
            if (tunnel->state != TUNNEL_STATE_UP || !tunnel->sas || tunnel->sas->tunnel_next) {
                return false;
            }
        }
        if (world_ike_sas(w, side) != 2 || world_esp_sas(w, side) != 2) {
            return false;
        }
    }
    return true;
}

// Two tunnels between the same identities: the selectors say which is meant, and no INITIAL_CONTACT of one ends the
// other; that of a machine that starts anew ends both (RFC 7296 2.4).
START_TEST(two_tunnels_of_one_peer)
{
    struct plan a[2] = {{.name = "one"}, {.name = "two", .local = {"10.7.0.0/24"}, .remote = {"10.8.0.0/24"}}};
    struct plan b[2] = {{.name = "one"}, {.name = "two", .local = {"10.8.0.0/24"}, .remote = {"10.7.0.0/24"}}};
    b[0].start = b[1].start = TUNNEL_START_PASSIVE;
    world_configure(&world, B, b, 2);
    world_configure(&world, A, a, 2);
    ck_assert(world_run_until(&world, both_tunnels_are_up, 1000));
    world_run(&world, 60000);
    ck_assert(both_tunnels_are_up(&world));
    world_kill_esp(&world, A);
    world_kill(&world, A);
    world_run(&world, 100);
    world_start(&world, A);
    world_start_esp(&world, A);
    world_configure(&world, A, a, 1);
    world_run(&world, 1000);
    ck_assert_uint_eq(world_ike_sas(&world, B), 1);
    world_configure(&world, A, a, 2);
    ck_assert(world_run_until(&world, both_tunnels_are_up, 1000));
    world_run(&world, 60000);
    ck_assert(both_tunnels_are_up(&world));
}
END_TEST

// INITIAL_CONTACT of somebody who can't prove who he is ends nothing.
START_TEST(contact_without_the_key)
{
    configure();
    assert_joined();
    const struct ike_sa *sa = world_ike_sa(&world, B);
    world_kill_esp(&world, A);
    world_kill(&world, A);
    world_start(&world, A);
    world_start_esp(&world, A);
    world.gateway[A].secret = "a guess";
    struct plan plan = {.start = TUNNEL_START_UP};
    world_configure(&world, A, &plan, 1);
    world_run(&world, 3000);
    ck_assert_str_eq(world_tunnel(&world, A)->failure->notify, "AUTHENTICATION_FAILED");
    ck_assert_ptr_eq(world_ike_sa(&world, B), sa);
    ck_assert_uint_eq(world_esp_sas(&world, B), 1);
    ck_assert_int_eq(world_tunnel(&world, B)->state, TUNNEL_STATE_UP);
    ck_assert_ptr_null(world_tunnel(&world, B)->failure);
}
END_TEST

// Two tunnels that differ in nothing but what B is called: IDr of the request says which is meant (RFC 7296 2.15).
START_TEST(initiator_names_the_tunnel)
{
    struct plan b[2] = {{.name = "one", .local_id = "fqdn:one.example"},
                        {.name = "two", .local_id = "fqdn:two.example"}};
    struct plan a = {.remote_id = _i ? "fqdn:two.example" : "fqdn:one.example"};
    b[0].start = b[1].start = TUNNEL_START_PASSIVE;
    world_configure(&world, B, b, 2);
    world_configure(&world, A, &a, 1);
    world_run(&world, 1000);
    const struct tunnel *one = world_tunnel(&world, B);
    ck_assert_int_eq(one->state, _i ? TUNNEL_STATE_WAITING : TUNNEL_STATE_UP);
    ck_assert_int_eq(one->next->state, _i ? TUNNEL_STATE_UP : TUNNEL_STATE_WAITING);
}
END_TEST

// Both apply a changed configuration within the same moment: each deletes what stood and begins anew.
START_TEST(both_change_at_once)
{
    struct plan a[2] = {{.esp = "aes256gcm16"}, {.esp = "aes128gcm16"}};
    struct plan b[2] = {{.esp = "aes256gcm16"}, {.esp = "aes128gcm16"}};
    world_configure(&world, B, &b[0], 1);
    world_configure(&world, A, &a[0], 1);
    assert_joined();
    uint64_t began_ms = world.now_ms;
    world_configure(&world, B, &b[1], 1);
    world_run(&world, (uint64_t)_i);
    world_configure(&world, A, &a[1], 1);
    world_assert_joined(&world, 150000);
    // A request that meets an IKE SA which has just gone is repeated once.
    ck_assert_uint_le(world.now_ms - began_ms, IKE_RETRANSMIT_FIRST_MS + 500);
    assert_joined();
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("crossing");
    TCase *t = tcase_create("dialogues");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, one_datagram_is_lost, 0, 6);
    tcase_add_test(t, answers_are_lost);
    tcase_add_loop_test(t, machine_restarts, A, B + 1);
    tcase_add_loop_test(t, mishap_during_authentication, 0, 20 * MISHAPS);
    tcase_add_loop_test(t, down_during_authentication, 0, 20);
    tcase_add_loop_test(t, initiator_goes_down_during_authentication, 0, 20);
    tcase_add_test(t, peer_without_esp);
    tcase_add_test(t, both_delete_the_child);
    tcase_add_test(t, two_tunnels_of_one_peer);
    tcase_add_test(t, contact_without_the_key);
    tcase_add_loop_test(t, initiator_names_the_tunnel, 0, 2);
    tcase_add_loop_test(t, delete_during_rekey, 0, 40);
    tcase_add_loop_test(t, both_replace_the_child, 0, 30);
    tcase_add_loop_test(t, down_during_rekey, 0, 60);
    tcase_add_loop_test(t, both_change_at_once, 0, 30);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
