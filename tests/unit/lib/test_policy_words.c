// The pairs of selectors that a policy's words stand for.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/net/policy_words.h"
#include "tests/unit/lib/run.h"

static char *const locals[] = {"10.1.0.0/24", "10.1.1.0/24", "2001:db8:1::/48"};
static char *const remotes[] = {"10.2.0.1-10.2.0.9", "2001:db8:2::/48"};

static struct policy_words words_of(const char *protocol, const char *ports, const char *icmp_type)
{
    return (struct policy_words){.locals = locals,
                                 .locals_n = 3,
                                 .remotes = remotes,
                                 .remotes_n = 2,
                                 .protocol = protocol,
                                 .local_ports = "",
                                 .remote_ports = ports,
                                 .icmp_type = icmp_type};
}

START_TEST(every_pair_of_one_family)
{
    static const char *const right[] = {
        "10.1.0.0/24[tcp] 10.2.0.1-10.2.0.9[tcp/80]",  NULL, "10.1.1.0/24[tcp] 10.2.0.1-10.2.0.9[tcp/80]", NULL, NULL,
        "2001:db8:1::/48[tcp] 2001:db8:2::/48[tcp/80]"};
    struct policy_words words = words_of("tcp", "80", "");

    ck_assert_uint_eq(policy_words_pairs(&words), RUN_COUNT(right));
    for (size_t i = 0; i < RUN_COUNT(right); i++) {
        struct selector local, remote;
        char text[2][SELECTOR_TEXT_MAX], both[2 * SELECTOR_TEXT_MAX];
        const char *why = NULL;
        int r = policy_words_pair(&words, i, &local, &remote, &why);

        ck_assert_int_eq(r, right[i] ? 0 : -EAFNOSUPPORT);
        if (!right[i])
            continue;
        snprintf(both, sizeof(both), "%s %s", selector_format(&local, text[0], SELECTOR_TEXT_MAX),
                 selector_format(&remote, text[1], SELECTOR_TEXT_MAX));
        ck_assert_str_eq(both, right[i]);
    }
}
END_TEST

static const struct {
    const char *protocol, *type;
    int start, end; // -1: refused
} types[] = {
    {"icmp", "8", 0x0800, 0x08ff},
    {"icmp", "8/0", 0x0800, 0x0800},
    {"icmp", "0", 0, 0xff},
    {"icmp", "3/4", 0x0304, 0x0304},
    {"ipv6-icmp", "255", 0xff00, 0xffff},
    {"1", "255/255", 0xffff, 0xffff},
    {"icmp", "", 0, 0xffff},
    {"icmp", "256", -1, 0},
    {"icmp", "8/", -1, 0},
    {"icmp", "8/256", -1, 0},
    {"icmp", "8-9", -1, 0},
    {"icmp", "echo", -1, 0},
    {"tcp", "8", -1, 0},
    {"", "8", -1, 0},
    {"icmp", "08000", -1, 0},
};

// Type and code stand in the ports of both sides (RFC 7296 3.13.1).
START_TEST(icmp_types)
{
    struct policy_words words = words_of(types[_i].protocol, "", types[_i].type);
    struct selector local, remote;
    const char *why = NULL;
    int r = policy_words_pair(&words, 0, &local, &remote, &why);

    ck_assert_msg((r < 0) == (types[_i].start < 0), "%s %s", types[_i].protocol, types[_i].type);
    if (r < 0) {
        ck_assert_ptr_nonnull(why);
        return;
    }
    ck_assert_int_eq(local.start_port, types[_i].start);
    ck_assert_int_eq(local.end_port, types[_i].end);
    ck_assert_int_eq(remote.start_port, types[_i].start);
    ck_assert_int_eq(remote.end_port, types[_i].end);
}
END_TEST

START_TEST(types_are_printed)
{
    static const char *const right[][2] = {
        {"8", "10.1.0.0/24[icmp/8]"}, {"3/4", "10.1.0.0/24[icmp/3/4]"}, {"", "10.1.0.0/24[icmp]"}};

    for (size_t i = 0; i < RUN_COUNT(right); i++) {
        struct policy_words words = words_of("icmp", "", right[i][0]);
        struct selector local, remote;
        char text[SELECTOR_TEXT_MAX];
        const char *why;

        ck_assert_int_eq(policy_words_pair(&words, 0, &local, &remote, &why), 0);
        ck_assert_str_eq(selector_format(&local, text, sizeof(text)), right[i][1]);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("policy words");
    TCase *t = tcase_create("pairs");

    tcase_add_test(t, every_pair_of_one_family);
    tcase_add_loop_test(t, icmp_types, 0, RUN_COUNT(types));
    tcase_add_test(t, types_are_printed);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
