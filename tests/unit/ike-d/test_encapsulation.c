// What comes of both sides' wishes and of NATs in between, for every pair that can meet.
#include "ike-d/sa/encapsulation.h"

#include <string.h>

#include "tests/unit/lib/run.h"

static const struct {
    struct encapsulation given;
    bool in_udp;
    enum encapsulation_reason reason;
} cases[] = {
    {{.wish = UDP_PREFERRED, .natt = true}, true, ENCAPSULATION_PREFERRED},
    {{.wish = UDP_PREFERRED, .natt = true, .local_nat = true}, true, ENCAPSULATION_LOCAL_NAT},
    {{.wish = UDP_PREFERRED, .natt = true, .remote_nat = true}, true, ENCAPSULATION_REMOTE_NAT},
    {{.wish = UDP_PREFERRED, .natt = true, .local_nat = true, .remote_nat = true}, true, ENCAPSULATION_BOTH_NAT},
    {{.wish = UDP_PREFERRED, .natt = true, .peer_forces = true}, true, ENCAPSULATION_PEER_FORCES},
    {{.wish = UDP_PREFERRED, .natt = true, .peer_refuses = true}, false, ENCAPSULATION_PEER_REFUSES},
    // a NAT leaves no choice
    {{.wish = UDP_PREFERRED, .natt = true, .peer_refuses = true, .remote_nat = true}, true, ENCAPSULATION_REMOTE_NAT},
    {{.wish = UDP_PREFERRED, .natt = true, .port_silent = true}, false, ENCAPSULATION_PORT_SILENT},
    {{.wish = UDP_PREFERRED, .natt = true, .port_silent = true, .local_nat = true}, true, ENCAPSULATION_LOCAL_NAT},
    {{.wish = UDP_PREFERRED, .natt = true, .port_silent = true, .peer_forces = true}, true, ENCAPSULATION_PEER_FORCES},
    {{.wish = UDP_PREFERRED, .natt = true, .peer_is_bare = true}, false, ENCAPSULATION_PEER_SENDS_BARE},
    {{.wish = UDP_PREFERRED, .natt = true, .peer_is_bare = true, .remote_nat = true}, true, ENCAPSULATION_REMOTE_NAT},
    {{.wish = UDP_FORCED, .told = UDP_FORCED, .natt = true, .peer_is_bare = true}, true, ENCAPSULATION_FORCED},
    {{.wish = UDP_REFUSED, .told = UDP_REFUSED, .natt = true, .port_silent = true}, false, ENCAPSULATION_OFF},
    {{.wish = UDP_PREFERRED}, false, ENCAPSULATION_NO_NAT_TRAVERSAL},
    {{.wish = UDP_PREFERRED, .told = UDP_REFUSED, .natt = true}, false, ENCAPSULATION_TOLD_PEER_OFF},
    {{.wish = UDP_FORCED, .told = UDP_FORCED, .natt = true}, true, ENCAPSULATION_FORCED},
    {{.wish = UDP_FORCED, .told = UDP_FORCED, .natt = true, .peer_refuses = true}, true, ENCAPSULATION_FORCED},
    {{.wish = UDP_FORCED, .told = UDP_FORCED, .natt = true, .remote_nat = true}, true, ENCAPSULATION_REMOTE_NAT},
    {{.wish = UDP_FORCED, .told = UDP_FORCED}, false, ENCAPSULATION_NO_NAT_TRAVERSAL}, // and it fails
    {{.wish = UDP_ALONE, .told = UDP_ALONE, .natt = true}, true, ENCAPSULATION_ALONE},
    {{.wish = UDP_REFUSED, .told = UDP_REFUSED, .natt = true}, false, ENCAPSULATION_OFF},
    {{.wish = UDP_REFUSED, .told = UDP_REFUSED}, false, ENCAPSULATION_OFF},
    {{.wish = UDP_REFUSED, .told = UDP_REFUSED, .natt = true, .peer_refuses = true}, false, ENCAPSULATION_OFF},
    // these fail, with that reason
    {{.wish = UDP_REFUSED, .told = UDP_REFUSED, .natt = true, .peer_forces = true}, true, ENCAPSULATION_PEER_FORCES},
    {{.wish = UDP_REFUSED, .told = UDP_REFUSED, .natt = true, .local_nat = true}, true, ENCAPSULATION_LOCAL_NAT},
    {{.wish = UDP_REFUSED, .told = UDP_PREFERRED, .natt = true}, true, ENCAPSULATION_TOLD_PEER},
    {{.wish = UDP_REFUSED, .told = UDP_PREFERRED, .natt = true, .peer_refuses = true}, false, ENCAPSULATION_OFF},
};

START_TEST(settles)
{
    struct encapsulation e = cases[_i].given;

    encapsulation_settle(&e);
    ck_assert_int_eq(e.reason, cases[_i].reason);
    ck_assert_int_eq(e.in_udp, cases[_i].in_udp);
}
END_TEST

START_TEST(every_reason_has_words)
{
    for (int a = ENCAPSULATION_PREFERRED; a <= ENCAPSULATION_PEER_SENDS_BARE; a++) {
        ck_assert_ptr_nonnull(encapsulation_reason_text((enum encapsulation_reason)a));
        for (int b = ENCAPSULATION_PREFERRED; b < a; b++)
            ck_assert_str_ne(encapsulation_reason_text((enum encapsulation_reason)a),
                             encapsulation_reason_text((enum encapsulation_reason)b));
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("encapsulation");

    tcase_add_loop_test(tcase, settles, 0, RUN_COUNT(cases));
    tcase_add_test(tcase, every_reason_has_words);
    return run_case(tcase);
}
