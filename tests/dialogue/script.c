#include "tests/dialogue/script.h"

#include <check.h>

#include "ike-d/exch/next_request.h"
#include "ike-d/exch/sa_expiry.h"
#include "tests/dialogue/fake_services.h"

#define WORK_MS 40

static struct world *world;

void settle(void)
{
    world->work_ms = 0;
    world_run(world, WORK_MS);
}

void script_begin(struct world *w, const struct plan *a, const struct plan *b)
{
    struct plan plan_a = a ? *a : (struct plan){0};
    struct plan plan_b = b ? *b : (struct plan){0};
    world = w;
    plan_b.start = TUNNEL_START_PASSIVE;
    plan_a.liveness_s = plan_b.liveness_s = 600; // no checks in between
    world_configure(world, B, &plan_b, 1);
    world_configure(world, A, &plan_a, 1);
    ck_assert_msg(world_run_until(world, world_is_joined, 5000), "%s", world_why());
    settle();
    world->held = true;
    world->data.on = true;
}

void script_lowest_nonce(int kind)
{
    // each draws Ni first, then Nr of its answer
    uint8_t a[2] = {kind == LOWEST_NI_A ? 0 : 0x80, kind == LOWEST_NR_B ? 0 : 0x80};
    uint8_t b[2] = {kind == LOWEST_NI_B ? 0 : 0x80, kind == LOWEST_NR_A ? 0 : 0x80};
    for (int i = 0; i < 2; i++) {
        world->gateway[A].nonces[i] = a[i];
        world->gateway[B].nonces[i] = b[i];
    }
    world->gateway[A].nonces_n = world->gateway[B].nonces_n = 2;
}

struct ike_sa *script_ike(int side)
{
    return world_tunnel(world, side) ? world_tunnel(world, side)->sas : NULL;
}

static struct child_sa *child_in(int side, enum child_sa_state state)
{
    struct child_sa *child = child_sa_find_state(script_ike(side), state);
    ck_assert_msg(child != NULL, "%c has no CHILD_SA in state %s", "AB"[side], child_sa_state_name(state));
    return child;
}

static void delete (struct child_sa *child)
{
    child->delete_wanted = true;
    next_request_start(child->sa);
}

void say(int side, enum wish wish)
{
    struct gateway *gateway = &world->gateway[side];
    switch (wish) {
    case REKEY_CHILD:
        sa_expiry_replace_child(child_in(side, CHILD_SA_STATE_ESTABLISHED));
        break;
    case DELETE_CHILD:
        delete (child_in(side, CHILD_SA_STATE_ESTABLISHED));
        break;
    case DELETE_OLD:
        delete (child_in(side, CHILD_SA_STATE_REKEYED));
        break;
    case CREATE_CHILD:
        world_tunnel(world, side)->slots[0].due = true;
        next_request_start(script_ike(side));
        break;
    case REKEY_IKE:
        sa_expiry_replace_ike(script_ike(side));
        break;
    case DELETE_IKE:
        ck_assert_int_eq(tunnel_driver_down(&gateway->core, "office"), 0);
        break;
    }
    ike_core_run(&gateway->core);
    settle();
}

void pass_slowly(int from, const char *what)
{
    if (!world_pass(world, from, what, false)) {
        ck_abort_msg("no \"%s\" from %c; there is: %s", what, "AB"[from], world_wire(world, from));
    }
    world_run(world, 1);
}

void pass_unfinished(int from, const char *what)
{
    world->work_ms = 8;
    pass_slowly(from, what);
}

void pass(int from, const char *what)
{
    pass_slowly(from, what);
    settle();
}

void lose(int from, const char *what)
{
    if (!world_pass(world, from, what, true)) {
        ck_abort_msg("no \"%s\" from %c; there is: %s", what, "AB"[from], world_wire(world, from));
    }
}

void silence(int from, const char *what)
{
    ck_assert_msg(!world_pass(world, from, what, true), "\"%s\" from %c", what, "AB"[from]);
}

void come_to_rest(bool lossless)
{
    world_release(world);
    ck_assert_msg(world_run_until(world, world_is_joined, 150000), "%s", world_why());
    world_run(world, 130000);
    ck_assert_msg(world_is_joined(world), "%s", world_why());
    ck_assert_msg(!lossless || (world->data.lost == 0 && world->data.unsent == 0), "%u lost, %u unsent of %u: %s",
                  world->data.lost, world->data.unsent, world->data.sent, world->data.why);
    for (int side = A; side <= B; side++) {
        data_path_forget_retired(&world->gateway[side]);
        ck_assert_ptr_null(world->gateway[side].retired);
    }
}

int script_maker(int side)
{
    const struct ike_sa *sa = script_ike(side);
    if (!sa || !sa->children || sa->children->next) {
        return -1;
    }
    return sa->children->was_initiator ? side : !side;
}

int script_ike_maker(void)
{
    return script_ike(A)->initiator ? A : B;
}
