// The table of peers that no tunnel is for: one entry a network and reason, bounded, the oldest makes room.
#include <check.h>
#include <string.h>

#include "ike-d/sa/stranger.h"
#include "ike-d/wire/ikev1_refusal.h"
#include "tests/unit/lib/run.h"

static struct endpoint at(const char *text)
{
    struct endpoint e;
    ck_assert_int_eq(endpoint_parse(text, &e), 0);
    return e;
}

START_TEST(one_entry_a_network_and_reason)
{
    struct strangers strangers = {0};
    struct endpoint here = at("192.0.2.1:500"), a = at("198.51.100.7:500"), b = at("198.51.100.9:1024");
    struct endpoint c = at("[2001:db8:1:2::3]:500"), d = at("[2001:db8:1:ffff::4]:500"), e = at("[2001:db8:2::4]:500");
    ck_assert_ptr_nonnull(stranger_note(&strangers, &here, &a, STRANGER_NO_TUNNEL, 100));
    const struct stranger *again = stranger_note(&strangers, &here, &b, STRANGER_NO_TUNNEL, 105);
    ck_assert_uint_eq(strangers.n, 1);
    ck_assert_uint_eq(again->times, 2);
    ck_assert_uint_eq(again->first_s, 100);
    ck_assert_uint_eq(again->last_s, 105);
    ck_assert(endpoint_equal(&again->remote, &b));
    (void)stranger_note(&strangers, &here, &a, STRANGER_IKEV1, 110);
    ck_assert_uint_eq(strangers.n, 2);
    (void)stranger_note(&strangers, &here, &c, STRANGER_NO_TUNNEL, 110);
    (void)stranger_note(&strangers, &here, &d, STRANGER_NO_TUNNEL, 110);
    ck_assert_uint_eq(strangers.n, 3);
    (void)stranger_note(&strangers, &here, &e, STRANGER_NO_TUNNEL, 110);
    ck_assert_uint_eq(strangers.n, 4);
    ck_assert(stranger_called_with_ikev1(&strangers, &a.address, 110));
    ck_assert(!stranger_called_with_ikev1(&strangers, &a.address, 111));
    ck_assert(!stranger_called_with_ikev1(&strangers, &b.address, 0));
    strangers_done(&strangers);
}
END_TEST

START_TEST(the_oldest_makes_room)
{
    struct strangers strangers = {0};
    struct endpoint here = at("192.0.2.1:500"), from = at("10.0.0.1:500");
    for (unsigned i = 0; i < 3 * STRANGERS_MAX; i++) {
        from.address.b[1] = (uint8_t)(i >> 8);
        from.address.b[2] = (uint8_t)i;
        ck_assert_ptr_nonnull(stranger_note(&strangers, &here, &from, STRANGER_NO_TUNNEL, 1000 + i));
    }
    ck_assert_uint_eq(strangers.n, STRANGERS_MAX);
    for (unsigned i = 0; i < strangers.n; i++) {
        ck_assert_uint_ge(strangers.list[i].last_s, 1000 + 2 * STRANGERS_MAX);
        ck_assert_uint_eq(strangers.list[i].times, 1);
    }
    strangers_done(&strangers);
}
END_TEST

// RFC 2408 3.1, 3.14.
START_TEST(ikev1_is_refused_in_its_own_words)
{
    static const uint8_t expected[IKEV1_REFUSAL_BYTES] = {1, 2, 3,  4,    5, 6, 7,    8, 0, 0, 0, 0, 0, 0,
                                                          0, 0, 11, 0x10, 5, 0, 0xaa, 0, 0, 1, 0, 0, 0, 40,
                                                          0, 0, 0,  12,   0, 0, 0,    0, 1, 0, 0, 5};
    struct ike_header asked = {.initiator_spi = 0x0102030405060708};
    uint8_t out[IKEV1_REFUSAL_BYTES];
    ikev1_refusal_encode(&asked, 0xaa000001, out);
    ck_assert_mem_eq(out, expected, sizeof(out));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("strangers");
    TCase *t = tcase_create("table");
    tcase_add_test(t, one_entry_a_network_and_reason);
    tcase_add_test(t, the_oldest_makes_room);
    tcase_add_test(t, ikev1_is_refused_in_its_own_words);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
