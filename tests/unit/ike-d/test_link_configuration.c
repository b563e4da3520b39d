// The configuration as api-d sends it, and tunnels as api-d reads them back.
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/exch/failure.h"
#include "ike-d/link/configuration.h"
#include "ike-d/link/lifetime_reader.h"
#include "ike-d/link/tunnel_reader.h"
#include "ike-d/link/tunnel_status.h"
#include "tests/unit/lib/run.h"

struct sample {
    Bulkhead__V1__Tunnel tunnel;
    Bulkhead__V1__Endpoint local;
    Bulkhead__V1__Endpoint remote;
    Bulkhead__V1__Policy policy[2];
    Bulkhead__V1__Policy *policies[2];
    Bulkhead__V1__Liveness liveness;
    Google__Protobuf__Duration interval;
    char *ike[1];
};

static void make(struct sample *m, char *name)
{
    bulkhead__v1__tunnel__init(&m->tunnel);
    bulkhead__v1__endpoint__init(&m->local);
    bulkhead__v1__endpoint__init(&m->remote);
    m->tunnel.name = name;
    m->tunnel.local = &m->local;
    m->tunnel.remote = &m->remote;
    for (int i = 0; i < 2; i++) {
        bulkhead__v1__policy__init(&m->policy[i]);
        m->policies[i] = &m->policy[i];
    }
    m->tunnel.policies = m->policies;
    m->tunnel.n_policies = 2;
}

static char local_4[] = "10.1.0.0/24", remote_4[] = "10.2.0.0/24", local_6[] = "fd00:1::/64",
            remote_6[] = "fd00:2::/64";
static char name_office[] = "office", name_other[] = "other", peer[] = "192.0.2.2", any[] = "any",
            id[] = "fqdn:b.example";
static char wrong[] = "nonsense";

static void set_usual(struct sample *m)
{
    make(m, name_office);
    m->remote.address = peer;
    m->remote.id = id;
    m->policy[0].local = local_4;
    m->policy[0].remote = remote_4;
    m->policy[1].local = local_6;
    m->policy[1].remote = remote_6;
    m->policy[1].action = BULKHEAD__V1__POLICY_ACTION__POLICY_ACTION_BYPASS;
}

START_TEST(a_tunnel_is_read)
{
    struct sample m;
    struct tunnel_config *config;
    char error[256];
    set_usual(&m);
    bulkhead__v1__liveness__init(&m.liveness);
    google__protobuf__duration__init(&m.interval);
    m.interval.seconds = 5;
    m.liveness.interval = &m.interval;
    m.tunnel.liveness = &m.liveness;
    m.tunnel.start = BULKHEAD__V1__START_MODE__START_MODE_PASSIVE;
    ck_assert_msg(tunnel_reader_read(&m.tunnel, &config, error, sizeof(error)) == 0, "%s", error);
    ck_assert_str_eq(config->name, "office");
    ck_assert_uint_eq(config->local.family, 0);
    ck_assert_uint_eq(config->remote.family, 4);
    ck_assert_int_eq(config->local_id.type, IDENTITY_NONE);
    ck_assert_int_eq(config->remote_id.type, IDENTITY_FQDN);
    ck_assert_uint_eq(config->liveness_ms, 5000);
    ck_assert_int_eq(config->start, TUNNEL_START_PASSIVE);
    ck_assert_uint_eq(config->policies_n, 2);
    ck_assert_uint_eq(config->protected_n, 1);
    ck_assert_uint_ge(config->ike_offer->n, 2); // the defaults
    tunnel_config_free(config);
}
END_TEST

START_TEST(defaults_of_a_tunnel)
{
    struct sample m;
    struct tunnel_config *config;
    char error[256];
    set_usual(&m);
    m.remote.address = any;
    ck_assert_int_eq(tunnel_reader_read(&m.tunnel, &config, error, sizeof(error)), 0);
    ck_assert_uint_eq(config->remote.family, 0);
    ck_assert_uint_eq(config->liveness_ms, 30000);
    ck_assert_int_eq(config->start, TUNNEL_START_UP);
    ck_assert_uint_eq(config->ike_lifetime.rekey_ms, 14400000);
    ck_assert_uint_eq(config->ike_lifetime.hard_ms, 15840000);
    ck_assert_uint_eq(config->child_lifetime.rekey_ms, 3600000);
    ck_assert_uint_eq(config->child_lifetime.hard_ms, 3960000);
    ck_assert_uint_eq(config->child_lifetime.jitter_percent, 10);
    ck_assert_uint_eq(config->child_lifetime.rekey_bytes, 0);
    tunnel_config_free(config);
}
END_TEST

// Paths: everything is on, and UDP is used when it must be, unless the configuration says otherwise.
START_TEST(paths_are_read)
{
    struct sample m;
    struct tunnel_config *config;
    char error[256];

    set_usual(&m);
    ck_assert_int_eq(tunnel_reader_read(&m.tunnel, &config, error, sizeof(error)), 0);
    ck_assert(config->fragmentation && config->mobike);
    ck_assert_int_eq(config->encapsulation, TUNNEL_ENCAPSULATION_AUTO);
    tunnel_config_free(config);
    m.tunnel.fragmentation_presence_case = BULKHEAD__V1__TUNNEL__FRAGMENTATION_PRESENCE_FRAGMENTATION;
    m.tunnel.fragmentation = false;
    m.tunnel.mobike_presence_case = BULKHEAD__V1__TUNNEL__MOBIKE_PRESENCE_MOBIKE;
    m.tunnel.mobike = false;
    m.tunnel.encapsulation = BULKHEAD__V1__ENCAPSULATION__ENCAPSULATION_OFF;
    ck_assert_int_eq(tunnel_reader_read(&m.tunnel, &config, error, sizeof(error)), 0);
    ck_assert(!config->fragmentation && !config->mobike);
    ck_assert_int_eq(config->encapsulation, TUNNEL_ENCAPSULATION_OFF);
    tunnel_config_free(config);
}
END_TEST

START_TEST(lifetimes_are_read)
{
    Bulkhead__V1__Lifetime message = BULKHEAD__V1__LIFETIME__INIT;
    Google__Protobuf__Duration rekey = GOOGLE__PROTOBUF__DURATION__INIT;
    Google__Protobuf__Duration hard = GOOGLE__PROTOBUF__DURATION__INIT;
    message.rekey = &rekey;
    rekey.seconds = 30;
    ck_assert_uint_eq(lifetime_reader_read(&message, 1000).rekey_ms, 30000);
    ck_assert_uint_eq(lifetime_reader_read(&message, 1000).hard_ms, 90000); // a minute longer at least
    rekey.seconds = 0;                                                      // never
    ck_assert_uint_eq(lifetime_reader_read(&message, 1000).rekey_ms, 0);
    ck_assert_uint_eq(lifetime_reader_read(&message, 1000).hard_ms, 0);
    message.hard = &hard;
    hard.seconds = 100;
    hard.nanos = 500000000;
    message.jitter_presence_case = BULKHEAD__V1__LIFETIME__JITTER_PRESENCE_JITTER;
    message.rekey_bytes = 1u << 30;
    message.rekey_packets = 7;
    struct lifetime lifetime = lifetime_reader_read(&message, 1000);
    ck_assert_uint_eq(lifetime.hard_ms, 100500);
    ck_assert_uint_eq(lifetime.jitter_percent, 0);
    ck_assert_uint_eq(lifetime.rekey_bytes, 1u << 30);
    ck_assert_uint_eq(lifetime.rekey_packets, 7);
}
END_TEST

START_TEST(what_is_wrong_is_named)
{
    struct sample m;
    struct tunnel_config *config = NULL;
    char error[256];
    set_usual(&m);
    char no_name[] = "192.0.2.300";
    m.remote.address = no_name;
    ck_assert_int_eq(tunnel_reader_read(&m.tunnel, &config, error, sizeof(error)), -EINVAL);
    ck_assert_ptr_nonnull(strstr(error, "remote"));
    set_usual(&m);
    m.policy[1].local = wrong;
    ck_assert_int_eq(tunnel_reader_read(&m.tunnel, &config, error, sizeof(error)), -EINVAL);
    ck_assert_ptr_nonnull(strstr(error, "policies[1]"));
    set_usual(&m);
    m.ike[0] = wrong;
    m.tunnel.ike_proposals = m.ike;
    m.tunnel.n_ike_proposals = 1;
    ck_assert_int_eq(tunnel_reader_read(&m.tunnel, &config, error, sizeof(error)), -EINVAL);
    ck_assert_ptr_nonnull(strstr(error, "nonsense"));
    ck_assert_ptr_null(config);
}
END_TEST

static int add(struct configuration *c, uint64_t generation, bool continued, struct sample *m)
{
    Bulkhead__Internal__V1__IkeConfigureRequest page;
    Bulkhead__V1__Tunnel *tunnels[1] = {&m->tunnel};
    char error[256];
    bulkhead__internal__v1__ike_configure_request__init(&page);
    page.generation = generation;
    page.continued = continued;
    page.tunnels = tunnels;
    page.n_tunnels = 1;
    return configuration_add_page(c, &page, error, sizeof(error));
}

START_TEST(pages_of_a_generation)
{
    struct configuration c = {0};
    struct sample m;
    set_usual(&m);
    ck_assert_int_eq(add(&c, 1, false, &m), 0);
    ck_assert_int_eq(add(&c, 1, true, &m), 0); // more policies of the same
    m.tunnel.name = name_other;
    ck_assert_int_eq(add(&c, 1, false, &m), 0);
    ck_assert_uint_eq(c.n, 2);
    ck_assert_uint_eq(c.configs[0]->policies_n, 4);
    ck_assert_uint_eq(c.configs[0]->protected_n, 2);
    ck_assert_ptr_eq(c.configs[0]->ike_offer, c.configs[1]->ike_offer); // equal ones are shared
    ck_assert_ptr_eq(c.configs[0]->esp_offer, c.configs[1]->esp_offer);
    ck_assert_ptr_ne(c.configs[0]->esp_offer, c.configs[0]->ike_offer);

    ck_assert_int_eq(add(&c, 2, false, &m), 0); // anew
    ck_assert_uint_eq(c.n, 1);
    m.tunnel.name = name_office;
    ck_assert_int_eq(add(&c, 2, true, &m), -EINVAL); // "office" was not begun in this one
    ck_assert_uint_eq(c.n, 0);
    configuration_done(&c);
}
END_TEST

static void expect_policy(const struct tunnel_config *config, unsigned i, enum tunnel_action action, const char *remote)
{
    enum tunnel_action found;
    char text[SELECTOR_TEXT_MAX];
    const struct selector_pair *pair = tunnel_config_policy(config, i, &found);
    ck_assert_int_eq(found, action);
    ck_assert_str_eq(selector_format(&pair->remote, text, sizeof(text)), remote);
}

// The same policies, whether they stand in one list, in two or in three.
START_TEST(a_complete_tunnel_keeps_its_policies)
{
    struct sample m;
    struct tunnel_config *config;
    char error[256];
    for (int protects = 0; protects < 2; protects++) {
        for (int apart = 0; apart < 2; apart++) {
            set_usual(&m);
            if (protects) {
                m.policy[1].action = BULKHEAD__V1__POLICY_ACTION__POLICY_ACTION_PROTECT;
            }
            if (apart) {
                m.tunnel.selectors = BULKHEAD__V1__SELECTOR_MODE__SELECTOR_MODE_ONE_PER_CHILD;
            }
            ck_assert_int_eq(tunnel_reader_read(&m.tunnel, &config, error, sizeof(error)), 0);
            for (int round = 0; round < 3; round++) {
                ck_assert_uint_eq(config->policies_n, 2);
                expect_policy(config, 0, TUNNEL_ACTION_PROTECT, "10.2.0.0/24");
                expect_policy(config, 1, protects ? TUNNEL_ACTION_PROTECT : TUNNEL_ACTION_BYPASS, "fd00:2::/64");
                ck_assert_uint_eq(config->protected_n, protects ? 2 : 1);
                ck_assert_uint_eq(config->children_n, apart && protects ? 2 : 1);
                ck_assert(selector_equal(&config->protected[0].remote, &config->children[0].pairs[0].remote));
                tunnel_config_complete(config);
            }
            ck_assert(protects == !config->policies);
            ck_assert((config->children_n == 1) == (config->protected == config->children[0].pairs));
            tunnel_config_free(config);
        }
    }
}
END_TEST

// Pages of one generation that never end: what is collected stays bounded.
START_TEST(a_tunnel_has_only_so_many_policies)
{
    struct sample m;
    struct tunnel_config *config;
    char error[256];
    int result = 0;
    unsigned pages = 0;
    set_usual(&m);
    ck_assert_int_eq(tunnel_reader_read(&m.tunnel, &config, error, sizeof(error)), 0);
    while (result == 0 && pages < 3000) {
        result = tunnel_reader_append(config, &m.tunnel, error, sizeof(error));
        pages++;
    }
    ck_assert_int_eq(result, -EINVAL);
    ck_assert_ptr_nonnull(strstr(error, "4096"));
    ck_assert_uint_eq(config->policies_n, 4096);
    tunnel_config_free(config);
}
END_TEST

START_TEST(equal_messages_are_equal_tunnels)
{
    struct sample m;
    struct tunnel_config *a, *b, *other;
    char error[256];
    set_usual(&m);
    ck_assert_int_eq(tunnel_reader_read(&m.tunnel, &a, error, sizeof(error)), 0);
    ck_assert_int_eq(tunnel_reader_read(&m.tunnel, &b, error, sizeof(error)), 0);
    m.policy[0].remote = local_4;
    ck_assert_int_eq(tunnel_reader_read(&m.tunnel, &other, error, sizeof(error)), 0);
    ck_assert(tunnel_config_is_same(a, b));
    ck_assert(!tunnel_config_is_same(a, other));
    tunnel_config_free(a);
    tunnel_config_free(b);
    tunnel_config_free(other);
}
END_TEST

START_TEST(a_tunnels_state_is_told)
{
    struct tunnel_config config = {.name = "office"};
    struct tunnel tunnel = {.config = &config, .state = TUNNEL_STATE_CONNECTING, .since_s = 5, .next_try_s = 9};
    struct ike_sa *sa = calloc(1, sizeof(*sa));
    struct child_sa *child = calloc(1, sizeof(*child));
    *sa = (struct ike_sa){.tunnel = &tunnel,
                          .state = IKE_SA_STATE_ESTABLISHED,
                          .initiator = true,
                          .spi_i = 0xab,
                          .established_s = 4,
                          .children = child};
    *child = (struct child_sa){.sa = sa, .state = CHILD_SA_STATE_ESTABLISHED, .spi_in = 0x1234, .spi_out = 0x5678};
    struct proposal chosen;
    ck_assert_int_eq(proposal_parse("aes256gcm16", PROPOSAL_ESP, &chosen, (char[64]){0}, 64), 0);
    ck_assert_int_eq(kept_proposal_set(&child->chosen, &chosen), 0);
    tunnel.sas = sa;
    struct tunnel_failure failure = {
        .time_s = 3, .notify = "TIMEOUT", .cause = FAILURE_CAUSE_NO_ANSWER, .side = TUNNEL_SIDE_REMOTE};
    tunnel.failure = &failure;
    Bulkhead__V1__TunnelStatus *status = tunnel_status_new(&tunnel);
    ck_assert_ptr_nonnull(status);
    ck_assert_str_eq(status->name, "office");
    ck_assert_int_eq(status->state, BULKHEAD__V1__TUNNEL_STATE__TUNNEL_STATE_CONNECTING);
    ck_assert_str_eq(status->peer->initiator_spi, "00000000000000ab");
    ck_assert_int_eq(status->peer->role, BULKHEAD__V1__PEER_ROLE__PEER_ROLE_INITIATOR);
    ck_assert_uint_eq(status->n_sas, 1);
    ck_assert_str_eq(status->sas[0]->spi_in, "00001234");
    ck_assert_str_eq(status->sas[0]->suite, "aes256gcm16");
    ck_assert_str_eq(status->failure->notify, "TIMEOUT");
    ck_assert_str_eq(status->failure->side, "remote");
    ck_assert_int_eq(status->failure->cause, BULKHEAD__V1__FAILURE_CAUSE__FAILURE_CAUSE_NO_ANSWER);
    ck_assert_uint_gt(status->failure->n_cures, 0);
    ck_assert_int_eq(status->since->seconds, 5);
    ck_assert_int_eq(status->next_try->seconds, 9);
    bulkhead__v1__tunnel_status__free_unpacked(status, NULL);
    free(child);
    free(sa);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("configuration");
    TCase *t = tcase_create("messages");
    tcase_add_test(t, a_tunnel_is_read);
    tcase_add_test(t, defaults_of_a_tunnel);
    tcase_add_test(t, paths_are_read);
    tcase_add_test(t, lifetimes_are_read);
    tcase_add_test(t, what_is_wrong_is_named);
    tcase_add_test(t, pages_of_a_generation);
    tcase_add_test(t, a_complete_tunnel_keeps_its_policies);
    tcase_add_test(t, a_tunnel_has_only_so_many_policies);
    tcase_add_test(t, equal_messages_are_equal_tunnels);
    tcase_add_test(t, a_tunnels_state_is_told);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
