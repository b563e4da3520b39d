// Intents are taken page by page, and refused with the element's name.
#include "fw-d/intent.h"

#include <errno.h>

#include "fw-d/fw_limits.h"
#include "tests/unit/fw-d/policies.h"
#include "tests/unit/lib/run.h"

static uint8_t low4[] = {10, 1, 0, 0}, high4[] = {10, 1, 0, 255}, other4[] = {10, 2, 0, 0},
               other_end4[] = {10, 2, 0, 255};
static uint8_t low6[16] = {0xfd}, high6[16] = {0xfd, [15] = 0xff};

// One policy on the wire, which a test then breaks in one place.
struct wire {
    Bulkhead__Internal__V1__Selector local;
    Bulkhead__Internal__V1__Selector remote;
    Bulkhead__Internal__V1__FwPolicy policy;
    Bulkhead__Internal__V1__FwPolicy *list[3];
    Bulkhead__Internal__V1__FwConfigureRequest page;
};

static Bulkhead__Internal__V1__Selector selector(uint8_t *start, uint8_t *end, size_t n)
{
    Bulkhead__Internal__V1__Selector s = BULKHEAD__INTERNAL__V1__SELECTOR__INIT;

    s.start_ip = (ProtobufCBinaryData){.data = start, .len = n};
    s.end_ip = (ProtobufCBinaryData){.data = end, .len = n};
    s.end_port = UINT16_MAX;
    return s;
}

static void wire_init(struct wire *w)
{
    static char tunnel[] = "office2";

    w->local = selector(low4, high4, 4);
    w->remote = selector(other4, other_end4, 4);
    w->policy = (Bulkhead__Internal__V1__FwPolicy)BULKHEAD__INTERNAL__V1__FW_POLICY__INIT;
    w->policy.tunnel = tunnel;
    w->policy.local = &w->local;
    w->policy.remote = &w->remote;
    w->policy.action = BULKHEAD__INTERNAL__V1__FW_ACTION__FW_ACTION_PROTECT;
    for (int i = 0; i < 3; i++)
        w->list[i] = &w->policy;
    w->page = (Bulkhead__Internal__V1__FwConfigureRequest)BULKHEAD__INTERNAL__V1__FW_CONFIGURE_REQUEST__INIT;
    w->page.generation = 1;
    w->page.policies = w->list;
    w->page.n_policies = 1;
    w->page.last = true;
}

START_TEST(a_policy_is_taken)
{
    struct policy expected = policy_of(POLICY_PROTECT, "10.1.0.0/24 10.2.0.0/24 tcp 80 1000-2000");
    char error[INTENT_ERROR_MAX];
    struct intent intent = {0};
    struct wire w;

    wire_init(&w);
    w.local.protocol = w.remote.protocol = IPPROTO_TCP;
    w.local.start_port = w.local.end_port = 80;
    w.remote.start_port = 1000;
    w.remote.end_port = 2000;
    ck_assert_int_eq(intent_add_page(&intent, &w.page, error), 0);
    ck_assert_uint_eq(intent.n, 1);
    ck_assert(selector_equal(&intent.policies[0].local, &expected.local));
    ck_assert(selector_equal(&intent.policies[0].remote, &expected.remote));
    ck_assert_int_eq(intent.policies[0].action, POLICY_PROTECT);
    intent_done(&intent);
}
END_TEST

START_TEST(pages_of_a_generation_add_up)
{
    char error[INTENT_ERROR_MAX];
    struct intent intent = {0};
    struct wire w;

    wire_init(&w);
    w.page.n_policies = 3;
    w.page.last = false;
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(intent_add_page(&intent, &w.page, error), 0);
    ck_assert_uint_eq(intent.n, 12);
    w.page.generation = 2;
    w.page.n_policies = 2;
    ck_assert_int_eq(intent_add_page(&intent, &w.page, error), 0);
    ck_assert_uint_eq(intent.n, 2);
    ck_assert_uint_eq(intent.generation, 2);
    intent_done(&intent);
}
END_TEST

static void no_local(struct wire *w)
{
    w->policy.local = NULL;
}
static void short_address(struct wire *w)
{
    w->local.start_ip.len = 3;
}
static void mixed_range(struct wire *w)
{
    w->remote.end_ip = (ProtobufCBinaryData){.data = high6, .len = 16};
}
static void mixed_families(struct wire *w)
{
    w->remote = selector(low6, high6, 16);
}
static void start_over_end(struct wire *w)
{
    w->local = selector(high4, low4, 4);
}
static void big_protocol(struct wire *w)
{
    w->local.protocol = 256;
}
static void big_port(struct wire *w)
{
    w->local.protocol = w->remote.protocol = IPPROTO_TCP;
    w->remote.end_port = 65536;
}
static void opaque_ports(struct wire *w)
{
    w->local.protocol = w->remote.protocol = IPPROTO_TCP;
    w->remote.start_port = 65535;
    w->remote.end_port = 0;
}
static void ports_of_gre(struct wire *w)
{
    w->local.protocol = w->remote.protocol = IPPROTO_GRE;
    w->local.end_port = 8;
}
static void types_differ(struct wire *w)
{
    w->local.protocol = w->remote.protocol = IPPROTO_ICMP;
    w->local.end_port = 8;
}
static void protocols_differ(struct wire *w)
{
    w->local.protocol = IPPROTO_TCP;
}
static void no_action(struct wire *w)
{
    w->policy.action = BULKHEAD__INTERNAL__V1__FW_ACTION__FW_ACTION_UNSPECIFIED;
}
static void foreign_action(struct wire *w)
{
    w->policy.action = (Bulkhead__Internal__V1__FwAction)77;
}

static const struct {
    void (*spoil)(struct wire *w);
    const char *error;
} refusals[] = {
    {no_local, "local: missing"},
    {short_address, "local: start_ip and end_ip must have 4 or 16 bytes"},
    {mixed_range, "remote: start_ip and end_ip are of different families"},
    {mixed_families, "remote: local and remote are of different families"},
    {start_over_end, "local: start_ip is over end_ip"},
    {big_protocol, "local: protocol is over 255"},
    {big_port, "remote: port is over 65535"},
    {opaque_ports, "remote: start_port is over end_port"},
    {ports_of_gre, "local: ports need protocol tcp, udp, dccp, sctp or udplite; any port is 0-65535"},
    {types_differ, "remote: local and remote have different ICMP types"},
    {protocols_differ, "remote: local and remote have different protocols"},
    {no_action, "action: must be protect, bypass or discard"},
    {foreign_action, "action: must be protect, bypass or discard"},
};

START_TEST(refusals_name_the_element)
{
    char error[INTENT_ERROR_MAX], expected[INTENT_ERROR_MAX];

    for (size_t i = 0; i < RUN_COUNT(refusals); i++) {
        struct intent intent = {0};
        struct wire w;

        wire_init(&w);
        ck_assert_int_eq(intent_add_page(&intent, &w.page, error), 0); // policies[0] is right
        refusals[i].spoil(&w);
        ck_assert_int_eq(intent_add_page(&intent, &w.page, error), -EINVAL);
        snprintf(expected, sizeof(expected), "policies[1] (tunnel office2): %s", refusals[i].error);
        ck_assert_str_eq(error, expected);
        ck_assert_uint_eq(intent.n, 0); // what came before is forgotten, too
    }
}
END_TEST

START_TEST(too_many_are_refused)
{
    Bulkhead__Internal__V1__FwPolicy **many = calloc(FW_POLICIES_MAX, sizeof(*many));
    char error[INTENT_ERROR_MAX];
    struct intent intent = {0};
    struct wire w;

    wire_init(&w);
    for (size_t i = 0; i < FW_POLICIES_MAX; i++)
        many[i] = &w.policy;
    w.page.policies = many;
    w.page.n_policies = FW_POLICIES_MAX;
    ck_assert_int_eq(intent_add_page(&intent, &w.page, error), 0);
    w.page.n_policies = 1;
    ck_assert_int_eq(intent_add_page(&intent, &w.page, error), -EINVAL);
    ck_assert_str_eq(error, "policies: more than 131072");
    free(many);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_policy_is_taken, pages_of_a_generation_add_up, refusals_name_the_element,
                                  too_many_are_refused};

    return run_tests("intent", tests, RUN_COUNT(tests));
}
