// What is suggested to an operator when proposals do not fit.
#include "ike-d/nego/comparison.h"

#include <stdlib.h>

#include "tests/unit/lib/hex.h"

struct suggestion_case {
    const char *theirs[3];
    const char *suggestion;
};

static const struct suggestion_case cases[] = {
    {{"aes128-sha256-modp3072"}, "aes128-sha256-modp3072"},
    // the first of each type that is not weak, in whatever order it stands
    {{"3des-aes192-aes128-md5-sha1-modp1024-modp2048"}, "aes192-sha1-modp2048"},
    // ... or the proposal that has fewer weak ones
    {{"3des-sha1-modp1024", "aes256-sha256-modp1024", "aes128-sha1-modp1024"}, "aes256-sha256-modp1024"},
    {{"3des-sha1-modp1024", "aes256gcm16-prfsha256-modp2048"}, "aes256gcm16-prfsha256-modp2048"},
    {{"3des-md5-modp1024"}, "3des-md5-modp1024"},
};

START_TEST(suggests_the_least_weak)
{
    const struct suggestion_case *c = &cases[_i];
    const char *ours[] = {"aes256gcm16-prfsha384-ecp384"};
    struct sa_payload *theirs = calloc(1, sizeof(*theirs));
    struct comparison comparison;
    struct offer *offer;
    char error[256];

    ck_assert_int_eq(offer_new(ours, 1, PROPOSAL_IKE, &offer, error, sizeof(error)), 0);
    for (; theirs->n < 3 && c->theirs[theirs->n]; theirs->n++)
        ck_assert_int_eq(
            proposal_parse(c->theirs[theirs->n], PROPOSAL_IKE, &theirs->proposal[theirs->n], error, sizeof(error)), 0);
    ck_assert_uint_ne(comparison_of_proposals(&comparison, offer, theirs, true), 0);
    ck_assert_str_eq(comparison.suggestion, c->suggestion);
    offer_free(offer);
    free(theirs);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("comparison");

    tcase_add_loop_test(tc, suggests_the_least_weak, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    return run_case(tc);
}
