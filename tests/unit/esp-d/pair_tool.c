// Joins two esp-d's by hand, in the place of two ike-d's: allocates SPIs on both, installs a pair of SAs and the
// policies of the demo's networks, prints both SAs, and ends. The daemons may live in two network namespaces; their
// edges are files.
//
//     esp-pair RUN_A RUN_B SUITE [4|6]          SUITE: one of the table below
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "bulkhead/internal/v1/ike_esp.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "esp-d/cipher.h"
#include "lib/core/log.h"
#include "lib/crypto/algorithm.h"
#include "lib/ipc/edge_message.h"
#include "lib/ipc/node.h"
#include "lib/priv/roles.h"

#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name

static const struct {
    const char *name;
    uint16_t encr, key_bits, integ;
    bool esn;
} suites[] = {
    {"aes128gcm16", ENCR_AES_GCM_16, 128, 0},
    {"aes256gcm16", ENCR_AES_GCM_16, 256, 0},
    {"aes128-sha1", ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96},
    {"aes256-sha256", ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_256_128},
    {"aes256ctr-aesxcbc", ENCR_AES_CTR, 256, INTEG_AES_XCBC_96},
    {"aes192ccm12", ENCR_AES_CCM_12, 192, 0},
    {"aes128gcm8-esn", ENCR_AES_GCM_8, 128, 0, true},
    {"aes256-sha512-esn", ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_512_256, true},
    {"chacha20poly1305", ENCR_CHACHA20_POLY1305, 0, 0},
};

struct side {
    struct ipc_node *node;
    uint32_t spi;
    struct endpoint endpoint;
    struct selector network[2];
    uint8_t keys[2][64]; // of packets towards this side: encryption, integrity
};

static struct {
    uv_loop_t loop;
    struct side side[2];
    struct cipher_suite suite;
    bool esn;
    unsigned pending;
    bool failed;
} tool;

static void expect(unsigned n)
{
    tool.pending = n;
    while (tool.pending && !tool.failed)
        uv_run(&tool.loop, UV_RUN_ONCE);
    if (tool.failed)
        exit(1);
}

static bool is_good(const struct ipc_result *result)
{
    tool.pending--;
    if (!result->error)
        return true;
    fprintf(stderr, "error %u: %s\n", result->error, result->text);
    tool.failed = true;
    return false;
}

static void on_spi(void *arg, const struct ipc_result *result)
{
    struct side *side = arg;

    if (is_good(result))
        side->spi = ((const Bulkhead__Internal__V1__EspAllocateSpiResponse *)result->message)->spi;
}

static void on_done(void *arg, const struct ipc_result *result)
{
    (void)arg;
    is_good(result);
}

static void on_sas(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__EspListSasResponse *r;

    (void)arg;
    if (!is_good(result))
        return;
    r = (const Bulkhead__Internal__V1__EspListSasResponse *)result->message;
    for (size_t i = 0; i < r->n_sas; i++)
        printf("%s in %08x out %08x packets %lu/%lu bytes %lu/%lu\n", r->sas[i]->tunnel, r->sas[i]->spi_in,
               r->sas[i]->spi_out, r->sas[i]->counters->packets_in, r->sas[i]->counters->packets_out,
               r->sas[i]->counters->bytes_in, r->sas[i]->counters->bytes_out);
}

static void install(struct side *here, struct side *there)
{
    Bulkhead__Internal__V1__EspInstallSaRequest m = BULKHEAD__INTERNAL__V1__ESP_INSTALL_SA_REQUEST__INIT;
    selector_message selectors[4], *list[4];
    endpoint_message local, remote;
    size_t key_bytes = (size_t)tool.suite.key_bytes + tool.suite.salt_bytes;

    for (int i = 0; i < 2; i++) {
        edge_message_put_selector(&here->network[i], &selectors[i]);
        edge_message_put_selector(&there->network[i], &selectors[2 + i]);
        list[i] = &selectors[i];
        list[2 + i] = &selectors[2 + i];
    }
    edge_message_put_endpoint(&here->endpoint, &local);
    edge_message_put_endpoint(&there->endpoint, &remote);
    m.tunnel = (char[]){"pair"};
    m.spi_in = here->spi;
    m.spi_out = there->spi;
    m.encr = tool.suite.encr;
    m.key_bits = tool.suite.key_bits;
    m.integ = tool.suite.integ;
    m.encr_key_in = (ProtobufCBinaryData){key_bytes, here->keys[0]};
    m.integ_key_in = (ProtobufCBinaryData){tool.suite.integ_key_bytes, here->keys[1]};
    m.encr_key_out = (ProtobufCBinaryData){key_bytes, there->keys[0]};
    m.integ_key_out = (ProtobufCBinaryData){tool.suite.integ_key_bytes, there->keys[1]};
    m.local = &local;
    m.remote = &remote;
    m.n_local_selectors = m.n_remote_selectors = 2;
    m.local_selectors = list;
    m.remote_selectors = list + 2;
    m.encapsulation = BULKHEAD__INTERNAL__V1__ESP_ENCAPSULATION__ESP_ENCAPSULATION_UDP;
    m.esn = tool.esn;
    ipc_call(here->node, METHOD(ESP_INSTALL_SA), &m.base, 0, on_done, here);
}

// Moved to where it is: all goes on as before.
static void update(struct side *here, struct side *there)
{
    Bulkhead__Internal__V1__EspUpdateSaRequest m = BULKHEAD__INTERNAL__V1__ESP_UPDATE_SA_REQUEST__INIT;
    endpoint_message local, remote;

    edge_message_put_endpoint(&here->endpoint, &local);
    edge_message_put_endpoint(&there->endpoint, &remote);
    m.spi_in = here->spi;
    m.local = &local;
    m.remote = &remote;
    ipc_call(here->node, METHOD(ESP_UPDATE_SA), &m.base, 0, on_done, here);
}

static void on_capabilities(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__EspGetCapabilitiesResponse *r;
    bool encr = false, integ = !tool.suite.integ;

    (void)arg;
    if (!is_good(result))
        return;
    r = (const Bulkhead__Internal__V1__EspGetCapabilitiesResponse *)result->message;
    for (size_t i = 0; i < r->n_suites; i++) {
        encr = encr || (r->suites[i]->encr == tool.suite.encr && r->suites[i]->key_bits == tool.suite.key_bits);
        integ = integ || r->suites[i]->integ == tool.suite.integ;
    }
    if (encr && integ && r->esn && r->n_modes == 2 && r->n_encapsulations)
        return;
    fprintf(stderr, "the capabilities don't have the suite\n");
    tool.failed = true;
}

static void ask_capabilities(struct side *side)
{
    Bulkhead__Internal__V1__EspGetCapabilitiesRequest m = BULKHEAD__INTERNAL__V1__ESP_GET_CAPABILITIES_REQUEST__INIT;

    ipc_call(side->node, METHOD(ESP_GET_CAPABILITIES), &m.base, 0, on_capabilities, side);
}

static void on_last_inbound(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__EspLastInboundResponse *r;

    (void)arg;
    if (!is_good(result))
        return;
    r = (const Bulkhead__Internal__V1__EspLastInboundResponse *)result->message;
    if (r->n_ago_ms == 2 && r->ago_ms[0] == UINT32_MAX && r->ago_ms[1] == UINT32_MAX)
        return;
    fprintf(stderr, "a new SA has heard something\n");
    tool.failed = true;
}

// Of the SA, which is new, and of none.
static void ask_last_inbound(struct side *side)
{
    Bulkhead__Internal__V1__EspLastInboundRequest m = BULKHEAD__INTERNAL__V1__ESP_LAST_INBOUND_REQUEST__INIT;
    uint32_t spis[] = {side->spi, 1};

    m.n_spis_in = 2;
    m.spis_in = spis;
    ipc_call(side->node, METHOD(ESP_LAST_INBOUND), &m.base, 0, on_last_inbound, side);
}

static void set_policies(struct side *here, struct side *there)
{
    Bulkhead__Internal__V1__EspSetPoliciesRequest m = BULKHEAD__INTERNAL__V1__ESP_SET_POLICIES_REQUEST__INIT;
    Bulkhead__Internal__V1__EspPolicy policy[2], *list[2];
    selector_message local[2], remote[2];

    for (int i = 0; i < 2; i++) {
        edge_message_put_selector(&here->network[i], &local[i]);
        edge_message_put_selector(&there->network[i], &remote[i]);
        bulkhead__internal__v1__esp_policy__init(&policy[i]);
        policy[i].tunnel = (char *)(uintptr_t) "pair";
        policy[i].local = &local[i];
        policy[i].remote = &remote[i];
        policy[i].action = BULKHEAD__INTERNAL__V1__ESP_POLICY_ACTION__ESP_POLICY_ACTION_PROTECT;
        list[i] = &policy[i];
    }
    m.generation = 1;
    m.last = true;
    m.n_policies = 2;
    m.policies = list;
    ipc_call(here->node, METHOD(ESP_SET_POLICIES), &m.base, 0, on_done, here);
}

static void list_sas(struct side *side)
{
    Bulkhead__Internal__V1__EspListSasRequest m = BULKHEAD__INTERNAL__V1__ESP_LIST_SAS_REQUEST__INIT;

    ipc_call(side->node, METHOD(ESP_LIST_SAS), &m.base, 0, on_sas, side);
}

static void connect_side(struct side *side, const char *run)
{
    static const struct ipc_handler none[] = {{0, NULL}};
    struct ipc_node_config config = {.loop = &tool.loop,
                                     .self = ROLE_IKE,
                                     .methods = ipc_methods,
                                     .uid_of_role = role_uid,
                                     .name_of_role = role_name,
                                     .handlers = none};
    const struct role_edge edge = {.server = ROLE_ESP, .caller = ROLE_IKE};
    char path[4096];

    side->node = ipc_node_new(&config);
    if (!side->node || role_socket_path(run, &edge, path, sizeof(path)) || ipc_node_link(side->node, ROLE_ESP, path))
        exit(1);
    // Not UV_RUN_ONCE: a timer may connect, and then nothing more comes to wake it.
    while (!ipc_node_is_up(side->node, ROLE_ESP)) {
        uv_run(&tool.loop, UV_RUN_NOWAIT);
        usleep(1000);
    }
}

static void fill_sides(bool ipv6)
{
    static const char *const networks[2][2] = {{"10.1.0.0/16", "fd00:1::/64"}, {"10.2.0.0/16", "fd00:2::/64"}};
    static const char *const outer[2][2] = {{"192.0.2.1:4500", "192.0.2.2:4500"},
                                            {"[2001:db8::1]:4500", "[2001:db8::2]:4500"}};
    const char *error;

    for (int i = 0; i < 2; i++) {
        struct side *s = &tool.side[i];

        if (endpoint_parse(outer[ipv6][i], &s->endpoint) ||
            selector_parse(networks[i][0], "", "", &s->network[0], &error) ||
            selector_parse(networks[i][1], "", "", &s->network[1], &error) || getentropy(s->keys, sizeof(s->keys)))
            exit(1);
    }
}

static bool find_suite(const char *name)
{
    for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
        if (strcmp(suites[i].name, name) != 0)
            continue;
        tool.esn = suites[i].esn;
        return !cipher_suite_find(suites[i].encr, suites[i].key_bits, suites[i].integ, &tool.suite);
    }
    return false;
}

int main(int argc, char **argv)
{
    struct side *a = &tool.side[0], *b = &tool.side[1];

    if (argc < 4 || !find_suite(argv[3])) {
        fprintf(stderr, "usage: esp-pair RUN_A RUN_B SUITE [4|6]\n");
        return 2;
    }
    log_init("esp-pair", LOG_LEVEL_WARNING, LOG_FORMAT_TEXT);
    fill_sides(argc > 4 && !strcmp(argv[4], "6"));
    if (roles_resolve(ROLE_UID_BASE_DEFAULT) || setgid(role_gid(ROLE_IKE)) || setuid(role_uid(ROLE_IKE)))
        return 1;
    uv_loop_init(&tool.loop);
    connect_side(a, argv[1]);
    connect_side(b, argv[2]);
    set_policies(a, b); // first: without them esp-d takes no SA
    set_policies(b, a);
    expect(2);
    for (int i = 0; i < 2; i++) {
        Bulkhead__Internal__V1__EspAllocateSpiRequest m = BULKHEAD__INTERNAL__V1__ESP_ALLOCATE_SPI_REQUEST__INIT;

        ipc_call(tool.side[i].node, METHOD(ESP_ALLOCATE_SPI), &m.base, 0, on_spi, &tool.side[i]);
    }
    expect(2);
    install(a, b);
    install(b, a);
    expect(2);
    update(a, b);
    update(b, a);
    ask_capabilities(a);
    ask_last_inbound(a);
    expect(4);
    list_sas(a);
    list_sas(b);
    expect(2);
    return 0;
}
