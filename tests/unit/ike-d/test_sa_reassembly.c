// Fragments of one message: which are wanted, when it is whole, what is let go (RFC 7383 2.6).
#include <errno.h>
#include <string.h>

#include "ike-d/sa/ike_limits.h"
#include "ike-d/sa/reassembly.h"
#include "tests/unit/lib/run.h"

static struct deadline_heap heap;
static struct reassembly_budget budget;
static struct reassembly *home;

static void set_up(void)
{
    deadline_heap_init(&heap);
    budget = (struct reassembly_budget){0};
    home = NULL;
}

static void tear_down(void)
{
    reassembly_drop(&home);
    ck_assert_uint_eq(budget.used_bytes, 0);
    deadline_heap_done(&heap);
}

static bool wants(uint32_t message_id, uint16_t number, uint16_t total)
{
    struct sk_payload sk = {.fragment = number, .fragments = total};

    return reassembly_wants(home, message_id, &sk);
}

static int add_n(uint32_t message_id, uint16_t number, uint16_t total, struct bytes text)
{
    struct sk_payload sk = {.fragment = number, .fragments = total, .first_type = (uint8_t)(number == 1 ? 35 : 0)};
    struct reassembly_place place = {.home = &home, .heap = &heap, .budget = &budget, .now_ms = 1000};
    struct reassembly_part part = {.message_id = message_id, .sk = &sk, .text = text, .datagram_n = 100 + text.n};

    return reassembly_add(&place, &part);
}

static int add(uint32_t message_id, uint16_t number, uint16_t total)
{
    uint8_t byte = (uint8_t)number;

    return add_n(message_id, number, total, bytes_of(&byte, 1));
}

START_TEST(in_any_order)
{
    static const uint16_t order[] = {3, 1, 4, 2};

    for (int i = 0; i < 4; i++) {
        ck_assert(wants(7, order[i], 4));
        ck_assert_int_eq(add(7, order[i], 4), i == 3);
        ck_assert(!wants(7, order[i], 4));
    }
    ck_assert_uint_eq(home->text_n, 4);
    ck_assert_uint_eq(home->first_type, 35);
    ck_assert_uint_eq(home->datagram_max, 101);
    uint8_t *text = reassembly_join(home);
    ck_assert_mem_eq(text, "\1\2\3\4", 4);
    free(text);
}
END_TEST

START_TEST(the_greater_total_is_newer)
{
    ck_assert_int_eq(add(7, 1, 4), 0);
    ck_assert_int_eq(add(7, 2, 4), 0);
    ck_assert(!wants(7, 3, 3));
    ck_assert(wants(7, 3, 5));
    ck_assert_int_eq(add(7, 3, 5), 0);
    ck_assert_uint_eq(home->total, 5);
    ck_assert_uint_eq(home->present, 1);
    ck_assert(!wants(7, 3, 4));
    ck_assert(wants(7, 1, 5));
}
END_TEST

START_TEST(another_message_replaces)
{
    ck_assert_int_eq(add(7, 1, 4), 0);
    ck_assert(wants(8, 1, 2));
    ck_assert_int_eq(add(8, 1, 2), 0);
    ck_assert_int_eq(add(8, 2, 2), 1);
}
END_TEST

START_TEST(as_many_as_are_allowed)
{
    ck_assert(!wants(7, 1, IKE_FRAGMENTS_MAX + 1));
    ck_assert(!wants(7, 65535, 65535));
    for (uint16_t i = IKE_FRAGMENTS_MAX; i > 0; i--)
        ck_assert_int_eq(add(7, i, IKE_FRAGMENTS_MAX), i == 1);
}
END_TEST

START_TEST(a_message_is_not_longer_than_a_message)
{
    static uint8_t zeros[WIRE_MESSAGE_BYTES_MAX];

    ck_assert_int_eq(add_n(7, 1, 3, bytes_of(zeros, sizeof(zeros) - 1)), 0);
    ck_assert_int_eq(add(7, 2, 3), 0);
    ck_assert_int_eq(add(7, 3, 3), -EMSGSIZE);
    ck_assert_ptr_null(home);
}
END_TEST

START_TEST(the_budget_bounds_all)
{
    static uint8_t zeros[WIRE_MESSAGE_BYTES_MAX];
    struct reassembly *first;

    ck_assert_int_eq(add_n(7, 1, 2, bytes_of(zeros, sizeof(zeros))), 0);
    budget.used_bytes += IKE_REASSEMBLY_BYTES_MAX - budget.used_bytes - 10; // by others
    size_t others = budget.used_bytes - sizeof(zeros) - sizeof(*home) - 2 * sizeof(struct fragment_text);
    first = home;
    home = NULL;
    ck_assert_int_eq(add(9, 1, 2), -ENOMEM);
    ck_assert_ptr_null(home);
    home = first;
    home->home = &home;
    ck_assert_int_eq(add_n(7, 2, 2, bytes_of(zeros, 0)), 1);
    reassembly_drop(&home);
    ck_assert_uint_eq(budget.used_bytes, others);
    budget.used_bytes = 0;
}
END_TEST

START_TEST(it_goes_after_a_while)
{
    ck_assert_int_eq(add(7, 1, 2), 0);
    deadline_heap_run(&heap, 1000 + IKE_REASSEMBLY_LIFETIME_MS - 1);
    ck_assert_ptr_nonnull(home);
    deadline_heap_run(&heap, 1000 + IKE_REASSEMBLY_LIFETIME_MS);
    ck_assert_ptr_null(home);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("reassembly");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, in_any_order);
    tcase_add_test(tcase, the_greater_total_is_newer);
    tcase_add_test(tcase, another_message_replaces);
    tcase_add_test(tcase, as_many_as_are_allowed);
    tcase_add_test(tcase, a_message_is_not_longer_than_a_message);
    tcase_add_test(tcase, the_budget_bounds_all);
    tcase_add_test(tcase, it_goes_after_a_while);
    return run_case(tcase);
}
