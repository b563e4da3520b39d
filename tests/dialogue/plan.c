// Configurations for dialogues.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/dialogue/world.h"

static struct selector parse_selector(const char *text)
{
    struct selector selector;
    const char *error;
    ck_assert_msg(selector_parse(text, "", "", &selector, &error) == 0, "%s", text);
    return selector;
}

// 10.1.0.0/32 with 10.2.0.0/32, 10.1.0.2/32 with 10.2.0.2/32, and so on: none can be merged.
static void set_many_policies(struct tunnel_config *config, const struct plan *plan, int side)
{
    char text[32];
    unsigned n = plan->many;
    config->policies = calloc(n, sizeof(*config->policies));
    config->protected = calloc(n, sizeof(*config->protected));
    for (unsigned i = 0; i < n; i++) {
        struct selector_pair pair;
        (void)snprintf(text, sizeof(text), "10.%u.%u.%u/32", side == A ? 1U : 2U, i / 100, i % 100 * 2);
        pair.local = parse_selector(text);
        (void)snprintf(text, sizeof(text), "10.%u.%u.%u/32", side == A ? 2U : 1U, i / 100, i % 100 * 2);
        pair.remote = parse_selector(text);
        config->policies[config->policies_n++] = (struct tunnel_policy){.pair = pair};
        config->protected[config->protected_n++] = pair;
        ck_assert_int_eq(child_config_add(config, &pair, plan->one_per_child ? "one" : NULL), 0);
    }
}

static void set_policies(struct tunnel_config *config, const struct plan *plan, int side)
{
    const char *const *local = plan->local;
    const char *const *remote = plan->remote;
    const char *own[3] = {side == A ? "10.1.0.0/24" : "10.2.0.0/24"};
    const char *other[3] = {side == A ? "10.2.0.0/24" : "10.1.0.0/24"};
    if (plan->many) {
        set_many_policies(config, plan, side);
        return;
    }
    local = local[0] ? local : own;
    remote = remote[0] ? remote : other;
    config->policies = calloc(3, sizeof(*config->policies));
    config->protected = calloc(3, sizeof(*config->protected));
    for (unsigned i = 0; i < 3 && local[i]; i++) {
        struct selector_pair pair = {.local = parse_selector(local[i]), .remote = parse_selector(remote[i])};
        config->policies[config->policies_n++] = (struct tunnel_policy){.pair = pair};
        config->protected[config->protected_n++] = pair;
        char name[2] = {(char)('0' + i)};
        ck_assert_int_eq(child_config_add(config, &pair, plan->one_per_child ? name : NULL), 0);
    }
}

static void set_offers(struct tunnel_config *config, const struct plan *plan)
{
    char error[256];
    const char *ike[2] = {plan->ike ? plan->ike : "aes256gcm16-prfsha256-x25519", plan->ike_second};
    const char *esp[2] = {plan->esp ? plan->esp : "aes256gcm16", plan->esp_second};
    ck_assert_msg(offer_new(ike, ike[1] ? 2 : 1, PROPOSAL_IKE, &config->ike_offer, error, sizeof(error)) == 0, "%s",
                  error);
    ck_assert_msg(offer_new(esp, esp[1] ? 2 : 1, PROPOSAL_ESP, &config->esp_offer, error, sizeof(error)) == 0, "%s",
                  error);
}

// Equal plans make equal sources; texts are compared by address, which is enough for literals.
static void set_source(struct tunnel_config *config, const struct plan *plan)
{
    ck_assert_int_eq(tunnel_config_add_source(config, bytes_of((const void *)plan, sizeof(*plan))), 0);
}

static void set_remote(struct tunnel_config *config, const struct plan *plan, const struct address *peer)
{
    config->from_anywhere = plan->remote_any;
    if (plan->remote_any) {
        return;
    }
    if (plan->remote_name) {
        config->names = peer_names_new(1);
        ck_assert(config->names && peer_names_add(config->names, plan->remote_name) == 0);
        config->names->first = true;
        return;
    }
    config->remote = *peer;
    if (plan->remote_address) {
        ck_assert_int_eq(address_parse(plan->remote_address, &config->remote), 0);
    }
    if (plan->remote_first || plan->remote_prefix) {
        config->others = calloc(1, sizeof(*config->others));
        config->others_n = 1;
    }
    if (plan->remote_first) {
        config->others[0] = (struct prefix){.address = *peer, .bits = 32};
        ck_assert_int_eq(address_parse(plan->remote_first, &config->remote), 0);
    } else if (plan->remote_prefix) {
        config->remote.family = 0;
        ck_assert_int_eq(prefix_parse(plan->remote_prefix, config->others), 0);
    }
}

static struct tunnel_config *config_of(struct world *world, int side, const struct plan *plan)
{
    struct tunnel_config *config = calloc(1, sizeof(*config));
    const char *name = plan->name ? plan->name : "office";
    memcpy(config->name, name, strlen(name));
    config->start = plan->start;
    config->mobike = !plan->no_mobike;
    config->encapsulation = plan->encapsulation;
    config->fragmentation = !plan->no_fragmentation;
    config->liveness_ms = (plan->liveness_s ? plan->liveness_s : 30) * 1000;
    config->liveness_action = plan->liveness_action;
    config->close_action = plan->close_action;
    set_remote(config, plan, &world->gateway[!side].address);
    config->other_secret = plan->other_secret ? strdup(plan->other_secret) : NULL;
    config->secret = strdup("net");
    config->certificate = plan->certificate ? strdup(plan->certificate) : NULL;
    if (plan->certificate && !plan->remote_id) {
        config->remote_id_kind = IDENTITY_PATTERN_ANY; // as link/peer_reader.c reads it
    }
    config->transport = plan->transport;
    config->ppk_id = plan->ppk_id ? strdup(plan->ppk_id) : NULL;
    config->ppk_required = !plan->ppk_optional;
    config->childless = plan->childless;
    config->unique = plan->unique;
    config->reauthentication_ms = plan->reauthentication_s * 1000ull;
    config->ike_lifetime = plan->ike_lifetime;
    config->child_lifetime = plan->child_lifetime;
    if (plan->local_address) {
        ck_assert_int_eq(address_parse(plan->local_address, &config->local), 0);
    }
    if (plan->local_id) {
        ck_assert_int_eq(tunnel_config_set_local_id(config, plan->local_id), 0);
    }
    if (plan->remote_id) {
        ck_assert_int_eq(tunnel_config_set_remote_id(config, plan->remote_id), 0);
    }
    set_policies(config, plan, side);
    set_offers(config, plan);
    set_source(config, plan);
    tunnel_config_complete(config);
    return config;
}

void world_configure(struct world *world, int side, const struct plan *plans, size_t n)
{
    struct tunnel_config *configs[8];
    ck_assert_uint_le(n, 8);
    for (size_t i = 0; i < n; i++) {
        configs[i] = config_of(world, side, &plans[i]);
    }
    tunnel_driver_configure(&world->gateway[side].core, configs, n);
    ike_core_run(&world->gateway[side].core);
}

void world_configure_both(struct world *world, enum tunnel_start a, enum tunnel_start b)
{
    world_configure_two(world, (struct plan){.start = a}, (struct plan){.start = b});
}

void world_configure_two(struct world *world, struct plan a, struct plan b)
{
    world_configure(world, B, &b, 1);
    world_configure(world, A, &a, 1);
}

void world_configure_caller(struct world *world, struct plan a, struct plan b)
{
    b.start = TUNNEL_START_PASSIVE;
    world_configure_two(world, a, b);
}
