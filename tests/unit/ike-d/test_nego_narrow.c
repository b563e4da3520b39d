// Traffic selectors: offering, narrowing (RFC 7296 2.9), checking.
#include "ike-d/nego/narrow.h"

#include <stdio.h>

#include "lib/net/policy_words.h"
#include "tests/unit/lib/hex.h"

// "10.1.0.0/24", "10.1.0.0/24 tcp 80", "10.1.0.0/24 tcp opaque", "10.1.0.0/24 icmp type8"
static struct selector selector_of(const char *text)
{
    char copy[128];
    char *range;
    char *protocol;
    char *ports;
    char *rest = copy;
    struct selector s;
    const char *error = NULL;

    snprintf(copy, sizeof(copy), "%s", text);
    range = strsep(&rest, " ");
    protocol = rest ? strsep(&rest, " ") : NULL;
    ports = rest ? strsep(&rest, " ") : NULL;
    bool is_range = ports && *ports >= '0' && *ports <= '9';
    ck_assert_msg(selector_parse(range, protocol ? protocol : "", is_range ? ports : "", &s, &error) == 0, "%s: %s",
                  text, error);
    if (ports && strcmp(ports, "opaque") == 0) {
        s.start_port = 65535;
        s.end_port = 0;
    } else if (ports && !is_range) {
        ck_assert_int_eq(policy_words_icmp(ports + strlen("type"), &s, &error), 0);
    }
    return s;
}

// "a, b === c"
static void sides_of(const char *text, struct selector_sides *sides)
{
    char copy[512];
    char *remote = copy;
    char *local;
    char *one;

    snprintf(copy, sizeof(copy), "%s", text);
    sides->local.n = sides->remote.n = 0;
    remote = strstr(copy, " === ");
    ck_assert_ptr_nonnull(remote);
    *remote = '\0';
    remote += 5;
    local = copy;
    while ((one = strsep(&local, ",")))
        sides->local.s[sides->local.n++] = selector_of(one + (*one == ' '));
    while ((one = strsep(&remote, ",")))
        sides->remote.s[sides->remote.n++] = selector_of(one + (*one == ' '));
}

struct policy_text {
    const char *local;
    const char *remote;
};

static unsigned policies_of(const struct policy_text *texts, struct selector_pair *pairs)
{
    unsigned n = 0;

    for (; n < 3 && texts[n].local; n++)
        pairs[n] = (struct selector_pair){.local = selector_of(texts[n].local), .remote = selector_of(texts[n].remote)};
    return n;
}

struct narrow_case {
    struct policy_text policies[3];
    const char *peer;
    const char *chosen; // NULL: TS_UNACCEPTABLE
    bool narrower;
};

static const struct narrow_case cases[] = {
    {{{"10.1.0.0/24", "10.2.0.0/24"}}, "10.1.0.0/24 === 10.2.0.0/24", "10.1.0.0/24 === 10.2.0.0/24", false},
    // the peer asks for everything
    {{{"10.1.0.0/24", "10.2.0.0/24"}}, "0.0.0.0/0, ::/0 === 0.0.0.0/0, ::/0", "10.1.0.0/24 === 10.2.0.0/24", true},
    // for less
    {{{"10.1.0.0/16", "10.2.0.0/16"}}, "10.1.7.0/24 === 10.2.0.0/24", "10.1.7.0/24 === 10.2.0.0/24", false},
    // for another part on one side
    {{{"10.1.0.0/24", "10.2.0.0/24"}}, "10.1.0.0/24 === 10.3.0.0/24", NULL, false},
    {{{"10.1.0.0/24", "10.2.0.0/24"}}, "fd00:1::/64 === fd00:2::/64", NULL, false},
    // its packet first: covered by the rest, so not named twice
    {{{"10.1.0.0/24", "10.2.0.0/24"}},
     "10.1.0.5 icmp, 10.1.0.0/24 === 10.2.0.9 icmp, 10.2.0.0/24",
     "10.1.0.0/24 === 10.2.0.0/24",
     false},
    // several policies, both families
    {{{"10.1.0.0/24", "10.2.0.0/24"}, {"fd00:1::/64", "fd00:2::/64"}},
     "10.1.0.0/24, fd00:1::/64 === 10.2.0.0/24, fd00:2::/64",
     "10.1.0.0/24 fd00:1::/64 === 10.2.0.0/24 fd00:2::/64",
     false},
    // a policy whose other side is not asked for gives nothing
    {{{"10.1.0.0/24", "10.2.0.0/24"}, {"10.9.0.0/24", "10.8.0.0/24"}},
     "10.1.0.0/24, 10.9.0.0/24 === 10.2.0.0/24",
     "10.1.0.0/24 === 10.2.0.0/24",
     true},
    // in the peer's order
    {{{"10.1.0.0/24", "10.2.0.0/24"}, {"10.9.0.0/24", "10.8.0.0/24"}},
     "10.9.0.0/24, 10.1.0.0/24 === 10.8.0.0/24, 10.2.0.0/24",
     "10.9.0.0/24 10.1.0.0/24 === 10.8.0.0/24 10.2.0.0/24",
     false},
    // protocols and ports
    {{{"10.1.0.0/24 tcp 80", "10.2.0.0/24 tcp"}},
     "10.1.0.0/24 === 10.2.0.0/24",
     "10.1.0.0/24[tcp/80] === 10.2.0.0/24[tcp]",
     true},
    {{{"10.1.0.0/24 tcp 80", "10.2.0.0/24 tcp"}}, "10.1.0.0/24 udp === 10.2.0.0/24 udp", NULL, false},
    {{{"10.1.0.0/24 tcp 80", "10.2.0.0/24 tcp"}}, "10.1.0.0/24 tcp 81-90 === 10.2.0.0/24", NULL, false},
    {{{"10.1.0.0/24 udp 1000-2000", "10.2.0.0/24 udp 500-600"}},
     "10.1.0.0/24 udp 1500-3000 === 10.2.0.0/24 udp",
     "10.1.0.0/24[udp/1500-2000] === 10.2.0.0/24[udp/500-600]",
     true},
    // two protocols of one pair
    {{{"10.1.0.0/24 tcp", "10.2.0.0/24 tcp 80"}, {"10.1.0.0/24 udp", "10.2.0.0/24 udp 53"}},
     "10.1.0.0/24 udp, 10.1.0.0/24 tcp === 10.2.0.0/24 udp, 10.2.0.0/24 tcp",
     "10.1.0.0/24[udp] 10.1.0.0/24[tcp] === 10.2.0.0/24[udp/53] 10.2.0.0/24[tcp/80]",
     true},
    // ICMP: type and code in the ports, of both sides
    {{{"10.1.0.0/24 icmp type8", "10.2.0.0/24 icmp type8"}},
     "10.1.0.0/24 icmp === 10.2.0.0/24 icmp",
     "10.1.0.0/24[icmp/8] === 10.2.0.0/24[icmp/8]",
     true},
    {{{"10.1.0.0/24 icmp type8", "10.2.0.0/24 icmp type8"}},
     "10.1.0.0/24 icmp type8/0 === 10.2.0.0/24 icmp type8/0",
     "10.1.0.0/24[icmp/8/0] === 10.2.0.0/24[icmp/8/0]",
     false},
    {{{"10.1.0.0/24 icmp type8", "10.2.0.0/24 icmp type8"}},
     "10.1.0.0/24 icmp type0 === 10.2.0.0/24 icmp type0",
     NULL,
     false},
    // OPAQUE: only where any port will do (RFC 7296 3.13.1)
    {{{"10.1.0.0/24", "10.2.0.0/24"}},
     "10.1.0.0/24 tcp opaque === 10.2.0.0/24 tcp opaque",
     "10.1.0.0/24[tcp/opaque] === 10.2.0.0/24[tcp/opaque]",
     false},
    {{{"10.1.0.0/24 tcp 80", "10.2.0.0/24 tcp"}}, "10.1.0.0/24 tcp opaque === 10.2.0.0/24", NULL, false},
    // ranges that are no prefixes
    {{{"10.1.0.10-10.1.0.20", "10.2.0.0/24"}},
     "10.1.0.15-10.1.0.30 === 10.2.0.0/24",
     "10.1.0.15-10.1.0.20 === 10.2.0.0/24",
     true},
};

START_TEST(narrows)
{
    const struct narrow_case *c = &cases[_i];
    static struct selector_sides peer;
    static struct selector_sides sides;
    struct selector_pair policies[3];
    unsigned n = policies_of(c->policies, policies);
    bool narrower = false;
    char text[600];

    sides_of(c->peer, &peer);
    ck_assert_uint_eq(narrow_choose(policies, n, &peer, &sides, &narrower), c->chosen != NULL);
    if (!c->chosen)
        return;
    ck_assert_str_eq(narrow_format(&sides, text, sizeof(text)), c->chosen);
    ck_assert_uint_eq(narrower, c->narrower);
    ck_assert(narrow_is_within(&sides, &peer));
}
END_TEST

START_TEST(offers_the_packet_first)
{
    static const struct policy_text texts[3] = {
        {"10.1.0.0/24", "10.2.0.0/24"}, {"10.1.0.0/24", "10.3.0.0/24"}, {"fd00:1::/64", "fd00:2::/64"}};
    static struct selector_sides sides;
    struct selector_pair policies[3];
    struct selector_pair packet = {.local = selector_of("10.1.0.7 icmp"), .remote = selector_of("10.2.0.9 icmp")};
    unsigned n = policies_of(texts, policies);
    char text[600];

    ck_assert_int_eq(narrow_offer(policies, n, NULL, &sides), 0);
    ck_assert_str_eq(narrow_format(&sides, text, sizeof(text)),
                     "10.1.0.0/24 fd00:1::/64 === 10.2.0.0/24 10.3.0.0/24 fd00:2::/64");
    ck_assert_int_eq(narrow_offer(policies, n, &packet, &sides), 0);
    ck_assert_str_eq(
        narrow_format(&sides, text, sizeof(text)),
        "10.1.0.7/32[icmp] 10.1.0.0/24 fd00:1::/64 === 10.2.0.9/32[icmp] 10.2.0.0/24 10.3.0.0/24 fd00:2::/64");
    ck_assert_str_eq(narrow_format_policies(policies, 2, text, sizeof(text)),
                     "10.1.0.0/24 === 10.2.0.0/24, 10.1.0.0/24 === 10.3.0.0/24");
    ck_assert_uint_lt(strlen(narrow_format_policies(policies, 3, text, 30)), 30);
    ck_assert_int_eq(narrow_offer(policies, 0, NULL, &sides), -EINVAL);
}
END_TEST

static struct selector_pair numbered(unsigned i)
{
    char text[32];
    struct selector_pair pair;

    snprintf(text, sizeof(text), "10.%u.%u.0/24", i / 256, i % 256);
    pair.local = selector_of(text);
    pair.remote = selector_of("192.0.2.0/24");
    return pair;
}

START_TEST(is_bounded)
{
    static struct selector_pair policies[WIRE_SELECTORS_MAX + 1];
    static struct selector_sides sides;
    static struct selector_sides peer;
    bool narrower = false;

    for (unsigned i = 0; i <= WIRE_SELECTORS_MAX; i++)
        policies[i] = numbered(i);
    ck_assert_int_eq(narrow_offer(policies, WIRE_SELECTORS_MAX, NULL, &sides), 0);
    ck_assert_uint_eq(sides.local.n, WIRE_SELECTORS_MAX);
    ck_assert_uint_eq(sides.remote.n, 1);
    ck_assert_int_eq(narrow_offer(policies, WIRE_SELECTORS_MAX + 1, NULL, &sides), -ENOSPC);
    sides_of("0.0.0.0/0 === 0.0.0.0/0", &peer);
    ck_assert(narrow_choose(policies, WIRE_SELECTORS_MAX + 1, &peer, &sides, &narrower));
    ck_assert_uint_eq(sides.local.n, WIRE_SELECTORS_MAX);
    ck_assert(narrower);
}
END_TEST

START_TEST(judges_answers)
{
    static struct selector_sides offered;
    static struct selector_sides answer;

    sides_of("10.1.0.0/24, 10.3.0.0/24 === 10.2.0.0/24", &offered);
    sides_of("10.3.0.0/25 === 10.2.0.0/24", &answer);
    ck_assert(narrow_is_within(&answer, &offered));
    sides_of("10.0.0.0/8 === 10.2.0.0/24", &answer);
    ck_assert(!narrow_is_within(&answer, &offered));
    sides_of("10.1.0.0/24 === 10.2.0.0/24, 10.4.0.0/24", &answer);
    ck_assert(!narrow_is_within(&answer, &offered));
    sides_of("10.1.0.0/24 === 10.2.0.0/24", &answer);
    answer.remote.n = 0;
    ck_assert(!narrow_is_within(&answer, &offered));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("narrow");

    tcase_add_loop_test(tc, narrows, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    tcase_add_test(tc, offers_the_packet_first);
    tcase_add_test(tc, is_bounded);
    tcase_add_test(tc, judges_answers);
    return run_case(tc);
}
