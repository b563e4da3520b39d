// The layers decide as a search through the ordered list does.
#include "fw-d/layers.h"

#include <errno.h>

#include "fw-d/fw_limits.h"
#include "fw-d/policy_index.h"
#include "tests/unit/fw-d/policies.h"
#include "tests/unit/fw-d/search.h"
#include "tests/unit/lib/run.h"

#define ROUNDS        2000
#define POLICIES_MOST 40
#define FLOWS_A_ROUND 60
#define POLICIES_MANY 2000
#define FLOWS_OF_MANY 3000

// Elements of one map: of one family, shape and masks, and none overlaps another, or the kernel refuses them.
static void check_layer(const struct layer *layer)
{
    struct masks masks;

    for (size_t i = 0; i < layer->n; i++) {
        ck_assert_uint_eq(layer->policies[i].local.range.start.family, layer->kind.family);
        ck_assert_int_eq(layer_shape_of(&layer->policies[i]), layer->kind.shape);
        if (layer->kind.is_masked)
            ck_assert(masks_of(&layer->policies[i], &masks) && masks_equal(&masks, &layer->kind.masks));
        for (size_t j = 0; j < i; j++)
            ck_assert(!policy_overlaps(&layer->policies[i], &layer->policies[j]));
    }
}

static enum policy_action action_of(const struct policy *p)
{
    return p ? p->action : 0;
}

// Each action is a random third, so a policy that is taken for another shows.
static void check_random_list(unsigned *seed)
{
    struct policy policies[POLICIES_MOST];
    size_t n = (size_t)rand_r(seed) % (POLICIES_MOST + 1), culprit;
    size_t masked_min = rand_r(seed) % 4 ? (size_t)rand_r(seed) % 4 + 1 : SIZE_MAX;
    struct layers *layers;
    struct policy_index *index;

    for (size_t i = 0; i < n; i++)
        policies[i] = random_policy(seed);
    index = policy_index_new(policies, n);
    ck_assert_int_eq(layers_compile(policies, n, masked_min, &layers, &culprit), 0);
    ck_assert_uint_eq(layers_count(layers) + layers->shadowed, n);
    for (size_t i = 0; i < layers->n; i++)
        check_layer(&layers->layers[i]);
    for (int i = 0; i < FLOWS_A_ROUND; i++) {
        struct flow flow = random_flow(seed);
        const struct policy *expected = search_policies(policies, n, &flow);

        ck_assert_int_eq(action_of(search_layers(layers, &flow)), action_of(expected));
        ck_assert_ptr_eq(policy_index_find(index, &flow), expected);
    }
    layers_free(layers);
    policy_index_free(index);
}

START_TEST(agrees_with_linear_search)
{
    unsigned seed = 20;

    for (int i = 0; i < ROUNDS; i++)
        check_random_list(&seed);
}
END_TEST

// Many tunnels of a hub, disjoint but for a few exceptions, still need a few layers only.
START_TEST(many_disjoint_policies_share_a_layer)
{
    struct policy *policies = calloc(POLICIES_MANY, sizeof(*policies));
    struct layers *layers;
    size_t culprit;
    char text[64];

    for (unsigned i = 0; i < POLICIES_MANY; i++) {
        snprintf(text, sizeof(text), "10.0.0.0/8 172.%u.%u.0/24", 16 + i / 256, i % 256);
        policies[i] = policy_of(POLICY_PROTECT, text);
    }
    policies[7].action = POLICY_BYPASS;
    policies[POLICIES_MANY - 1] = policy_of(POLICY_DISCARD, "10.0.0.0/8 172.16.0.0/12");
    ck_assert_int_eq(layers_compile(policies, POLICIES_MANY, SIZE_MAX, &layers, &culprit), 0);
    ck_assert_uint_eq(layers->n, 2);
    ck_assert_uint_eq(layers->layers[0].n, POLICIES_MANY - 1);
    ck_assert_uint_eq(layers->layers[1].n, 1);
    layers_free(layers);
    free(policies);
}
END_TEST

// What most policies share is asked by hash, before and after the few that it is not worth it for, as the order wants.
// Three forms by turns, and once a range, which overlaps the twelfth.
static struct policy common_policy(unsigned i)
{
    char text[64];

    if (i == 5)
        return policy_of(POLICY_PROTECT, "10.1.0.0/24 172.16.11.7-172.16.11.40 udp");
    if (i % 3 == 0)
        snprintf(text, sizeof(text), "fd00::/16 fd%02x:%x::/32 icmp", 1 + i / 256, i % 256);
    else if (i % 3 == 1)
        snprintf(text, sizeof(text), "10.1.0.0/24 172.%u.%u.0/24 tcp 80 -", 16 + i / 256, i % 256);
    else
        snprintf(text, sizeof(text), "10.1.0.0/24 172.%u.%u.0/24", 16 + i / 256, i % 256);
    return policy_of(POLICY_PROTECT, text);
}

START_TEST(common_masks_have_layers_of_their_own)
{
    struct policy *policies = calloc(POLICIES_MANY, sizeof(*policies));
    struct layers *layers;
    size_t culprit;

    for (unsigned i = 0; i < POLICIES_MANY; i++)
        policies[i] = common_policy(i);
    ck_assert_int_eq(layers_compile(policies, POLICIES_MANY, FW_MASKED_MIN, &layers, &culprit), 0);
    ck_assert_uint_eq(layers->n, 5); // the twelfth is behind the range
    for (size_t i = 0; i < layers->n; i++)
        ck_assert_int_eq(layers->layers[i].kind.is_masked, layers->layers[i].policies[0].local.protocol != IPPROTO_UDP);
    ck_assert_uint_eq(layers->layers[4].n, 1);
    ck_assert(policy_equal(&layers->layers[4].policies[0], &policies[11]));
    layers_free(layers);
    free(policies);
}
END_TEST

static const struct {
    const char *first;
    const char *second;
    size_t layers;
    size_t shadowed;
} pairs[] = {
    {"10.1.0.0/24 10.2.0.0/24", "10.1.0.0/24 10.3.0.0/24", 1, 0}, // apart
    {"10.1.0.0/24 10.2.0.0/24", "10.1.0.0/16 10.2.0.0/24", 2, 0}, // the second is wider
    {"10.1.0.0/16 10.2.0.0/24", "10.1.0.0/24 10.2.0.0/24", 1, 1}, // it can never match
    {"10.1.0.0/24 10.2.0.0/24", "10.1.0.0/24 10.2.0.0/24", 1, 1},
    {"10.1.0.0/24 10.2.0.0/24 tcp", "10.1.0.0/24 10.2.0.0/24", 2, 0},
    {"10.1.0.0/24 10.2.0.0/24 tcp", "10.1.0.0/24 10.2.0.0/24 udp", 1, 0},
    {"10.1.0.0/24 10.2.0.0/24 tcp 80", "10.1.0.0/24 10.2.0.0/24 tcp", 2, 0},
    {"10.1.0.0/24 10.2.0.0/24 tcp 80", "10.1.0.0/24 10.2.0.0/24 tcp 81", 1, 0},
    {"10.1.0.0/24 10.2.0.0/24 tcp 80 -", "10.1.0.0/24 10.2.0.0/24 tcp - 80", 2, 0},
    {"10.1.0.0/24 10.2.0.0/24", "fd00:1::/64 fd00:2::/64", 2, 0},
    {"10.1.0.5-10.1.0.9 10.2.0.0/24", "10.1.0.9-10.1.0.20 10.2.0.0/24", 2, 0},
    {"10.1.0.5-10.1.0.9 10.2.0.0/24", "10.1.0.10-10.1.0.20 10.2.0.0/24", 1, 0},
};

START_TEST(pairs_overlap_or_not)
{
    struct layers *layers;
    size_t culprit;

    for (size_t i = 0; i < RUN_COUNT(pairs); i++) {
        struct policy policies[] = {policy_of(POLICY_BYPASS, pairs[i].first),
                                    policy_of(POLICY_PROTECT, pairs[i].second)};

        ck_assert_int_eq(layers_compile(policies, 2, FW_MASKED_MIN, &layers, &culprit), 0);
        ck_assert_msg(layers->n == pairs[i].layers, "pair %zu: %zu layers", i, layers->n);
        ck_assert_msg(layers->shadowed == pairs[i].shadowed, "pair %zu: %zu shadowed", i, layers->shadowed);
        layers_free(layers);
    }
}
END_TEST

// Nested ranges, each wider than the one before.
START_TEST(too_deep_is_refused)
{
    struct policy policies[FW_LAYERS_MAX + 1];
    struct layers *layers;
    size_t culprit = 0;
    char text[64];

    for (unsigned i = 0; i <= FW_LAYERS_MAX; i++) {
        snprintf(text, sizeof(text), "10.1.0.0/24 10.2.0.0-10.2.0.%u", i);
        policies[i] = policy_of(POLICY_PROTECT, text);
    }
    ck_assert_int_eq(layers_compile(policies, FW_LAYERS_MAX, FW_MASKED_MIN, &layers, &culprit), 0);
    ck_assert_uint_eq(layers->n, FW_LAYERS_MAX);
    layers_free(layers);
    ck_assert_int_eq(layers_compile(policies, FW_LAYERS_MAX + 1, FW_MASKED_MIN, &layers, &culprit), -E2BIG);
    ck_assert_uint_eq(culprit, FW_LAYERS_MAX);
}
END_TEST

// The index alone on a longer list than the layers can take.
START_TEST(index_agrees_on_a_long_list)
{
    struct policy *policies = calloc(POLICIES_MANY, sizeof(*policies));
    struct policy_index *index;
    unsigned seed = 7;

    for (size_t i = 0; i < POLICIES_MANY; i++)
        policies[i] = random_policy(&seed);
    index = policy_index_new(policies, POLICIES_MANY);
    for (int i = 0; i < FLOWS_OF_MANY; i++) {
        struct flow flow = random_flow(&seed);

        ck_assert_ptr_eq(policy_index_find(index, &flow), search_policies(policies, POLICIES_MANY, &flow));
    }
    policy_index_free(index);
    free(policies);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {agrees_with_linear_search,
                                  many_disjoint_policies_share_a_layer,
                                  common_masks_have_layers_of_their_own,
                                  pairs_overlap_or_not,
                                  too_deep_is_refused,
                                  index_agrees_on_a_long_list};

    setenv("CK_DEFAULT_TIMEOUT", "120", 0); // sanitizers on a busy machine
    return run_tests("layers", tests, RUN_COUNT(tests));
}
