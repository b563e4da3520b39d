// What long-lived SAs keep of a negotiation: the same as what went in, in as many bytes as needed.
#include <errno.h>
#include <string.h>

#include "ike-d/nego/kept_proposal.h"
#include "ike-d/nego/kept_sides.h"
#include "ike-d/sa/kept.h"
#include "tests/unit/lib/hex.h"

static struct selector selector_of(const char *range)
{
    struct selector selector;
    const char *error;
    ck_assert_int_eq(selector_parse(range, "", "", &selector, &error), 0);
    return selector;
}

START_TEST(sides_are_kept)
{
    static struct selector_sides sides;
    struct kept_sides kept = {0};
    for (unsigned i = 0; i < WIRE_SELECTORS_MAX; i++) {
        sides.local.s[i] = selector_of(i % 2 ? "10.1.0.0/24" : "2001:db8::/64");
    }
    sides.local.n = WIRE_SELECTORS_MAX;
    sides.remote = (struct selector_list){.n = 1, .s = {selector_of("10.2.0.0/24")}};
    ck_assert_int_eq(kept_sides_set(&kept, &sides), 0);
    ck_assert_uint_eq(kept.local.n, WIRE_SELECTORS_MAX);
    ck_assert_uint_eq(kept.remote.n, 1);
    ck_assert(selector_equal(&kept.local.s[WIRE_SELECTORS_MAX - 1], &sides.local.s[WIRE_SELECTORS_MAX - 1]));
    ck_assert(selector_equal(&kept.remote.s[0], &sides.remote.s[0]));
    sides.local.n = 1;
    ck_assert_int_eq(kept_sides_set(&kept, &sides), 0); // the old ones go
    ck_assert_uint_eq(kept.local.n, 1);
    kept_sides_drop(&kept);
    ck_assert_ptr_null(kept.local.s);
    kept_sides_drop(&kept);
}
END_TEST

START_TEST(a_chosen_proposal_is_kept)
{
    static struct proposal chosen;
    static struct proposal again;
    struct kept_proposal kept;
    char text[PROPOSAL_TEXT_MAX];
    ck_assert_int_eq(proposal_parse("aes256-sha256-ecp384", PROPOSAL_ESP, &chosen, text, sizeof(text)), 0);
    chosen.number = 3;
    chosen.spi_size = 4;
    memcpy(chosen.spi, "\1\2\3\4", 4);
    ck_assert_int_eq(kept_proposal_set(&kept, &chosen), 0);
    again = kept_proposal_get(&kept);
    ck_assert_str_eq(proposal_format(&again, text, sizeof(text)), "aes256-sha256-ecp384");
    ck_assert_uint_eq(again.number, 3);
    ck_assert_uint_eq(again.protocol, PROPOSAL_ESP);
    ck_assert_mem_eq(again.spi, "\1\2\3\4", 4);
    ck_assert_uint_eq(again.spi_size, 4);
    chosen.n = KEPT_TRANSFORMS_MAX + 1;
    ck_assert_int_eq(kept_proposal_set(&kept, &chosen), -EINVAL);
}
END_TEST

START_TEST(identities_are_kept)
{
    struct kept_identity kept = {0};
    struct kept_identity copy = {0};
    struct identity id;
    struct identity none = kept_identity_get(&kept);
    ck_assert_int_eq(none.type, IDENTITY_NONE);
    ck_assert_int_eq(identity_parse("gw.example", &id), 0);
    ck_assert_int_eq(kept_identity_set(&kept, &id), 0);
    ck_assert_int_eq(kept_identity_copy(&copy, &kept), 0);
    ck_assert(kept_identity_is(&copy, &id));
    ck_assert_int_eq(identity_parse("192.0.2.1", &id), 0);
    ck_assert_int_eq(kept_identity_set(&kept, &id), 0);
    ck_assert(!kept_identity_is(&copy, &id));
    kept_identity_drop(&kept);
    kept_identity_drop(&copy);
}
END_TEST

START_TEST(messages_are_kept)
{
    struct kept_message kept = {0};
    ck_assert_int_eq(kept_message_set(&kept, bytes_of("first", 5)), 0);
    ck_assert_int_eq(kept_message_set(&kept, bytes_of("", 0)), 0);
    ck_assert_uint_eq(kept_message_view(&kept).n, 0);
    ck_assert_ptr_nonnull(kept.p);
    kept_message_drop(&kept);
    ck_assert_ptr_null(kept.p);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("kept");

    tcase_add_test(tc, sides_are_kept);
    tcase_add_test(tc, a_chosen_proposal_is_kept);
    tcase_add_test(tc, identities_are_kept);
    tcase_add_test(tc, messages_are_kept);
    return run_case(tc);
}
