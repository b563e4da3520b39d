// Stands in for api-d at fw-d's edge: takes api-d's uid and sends policies from standard input, or asks for the status.
//
//     fw_client RUN configure GENERATION < policies
//     fw_client RUN status
//     fw_client RUN broken
//
// `broken` sends an intent that must be refused. A policy a line: ACTION LOCAL REMOTE [PROTOCOL [LOCAL-PORTS
// REMOTE-PORTS]]; as ACTION "notrack" is protect with notrack. "-" as ports: any; of icmp and ipv6-icmp they are the
// type, in both. Prints "ok", the answer or "refused CODE TEXT"; exit status 0, 1 (refused) or 2.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bulkhead/internal/v1/api_fw.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/log.h"
#include "lib/ipc/edge_message.h"
#include "lib/ipc/node.h"
#include "lib/priv/roles.h"

#define METHOD(name)    BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name
#define PAGE_POLICIES   400
#define POLICIES_MAX    140000
#define LINE_MAX_BYTES  512
#define DEADLINE_MS     30000
#define STATUS_REFUSED  1
#define STATUS_MISTAKEN 2

struct client {
    struct ipc_node *node;
    const char *verb;
    uint64_t generation;
    Bulkhead__Internal__V1__FwPolicy **policies;
    size_t n;
    size_t sent;
    int status;
    bool started;
};

static void send_page(struct client *client);

static void finish(struct client *client, int status)
{
    client->status = status;
    ipc_node_free(client->node);
    client->node = NULL;
}

static bool is_refused(struct client *client, const struct ipc_result *result)
{
    if (result->error == 0)
        return false;
    printf("refused %u %s\n", result->error, result->text);
    finish(client, STATUS_REFUSED);
    return true;
}

static void on_page(void *arg, const struct ipc_result *result)
{
    struct client *client = arg;

    if (is_refused(client, result))
        return;
    if (client->sent < client->n) {
        send_page(client);
        return;
    }
    printf("ok %zu policies\n", client->n);
    finish(client, 0);
}

static void send_page(struct client *client)
{
    Bulkhead__Internal__V1__FwConfigureRequest request = BULKHEAD__INTERNAL__V1__FW_CONFIGURE_REQUEST__INIT;
    size_t left = client->n - client->sent;

    request.generation = client->generation;
    request.policies = client->policies + client->sent;
    request.n_policies = left > PAGE_POLICIES ? PAGE_POLICIES : left;
    client->sent += request.n_policies;
    request.last = client->sent == client->n;
    ipc_call(client->node, METHOD(FW_CONFIGURE), &request.base, DEADLINE_MS, on_page, client);
}

static void on_status(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__FwStatusResponse *status = (const void *)result->message;

    if (is_refused(arg, result))
        return;
    printf("generation=%llu policies=%llu steered=%llu spoof_drops=%llu discard_drops=%llu blocked_drops=%llu\n",
           (unsigned long long)status->generation, (unsigned long long)status->policies,
           (unsigned long long)status->steered, (unsigned long long)status->spoof_drops,
           (unsigned long long)status->discard_drops, (unsigned long long)status->blocked_drops);
    for (size_t i = 0; i < status->n_warnings; i++)
        printf("warning: %s\n", status->warnings[i]);
    finish(arg, 0);
}

// start over end, after a policy that is right
static void break_intent(struct client *client)
{
    ProtobufCBinaryData start = client->policies[1]->local->start_ip;

    client->policies[1]->local->start_ip = client->policies[1]->local->end_ip;
    client->policies[1]->local->end_ip = start;
}

static void on_peer(void *arg, enum role role, bool up)
{
    Bulkhead__Internal__V1__FwStatusRequest request = BULKHEAD__INTERNAL__V1__FW_STATUS_REQUEST__INIT;
    struct client *client = arg;

    if (role != ROLE_FW || !up || client->started)
        return;
    client->started = true;
    if (strcmp(client->verb, "status") == 0)
        ipc_call(client->node, METHOD(FW_STATUS), &request.base, DEADLINE_MS, on_status, client);
    else
        send_page(client);
}

static selector_message *make_selector(const char *range, const char *protocol, const char *ports)
{
    bool any = strcmp(ports, "-") == 0, is_icmp = strstr(protocol, "icmp") != NULL;
    selector_message *wire = malloc(sizeof(*wire));
    struct selector *s = malloc(sizeof(*s)); // lent to the message, so it stays
    const char *error;

    if (!wire || !s || selector_parse(range, protocol, any || is_icmp ? "" : ports, s, &error) < 0) {
        fprintf(stderr, "%s: %s\n", range, wire && s ? error : "out of memory");
        exit(STATUS_MISTAKEN);
    }
    if (is_icmp && !any) { // RFC 7296 3.13.1: of any code
        s->start_port = (uint16_t)(strtoul(ports, NULL, 10) << 8);
        s->end_port = s->start_port | UINT8_MAX;
    }
    edge_message_put_selector(s, wire);
    return wire;
}

static Bulkhead__Internal__V1__FwPolicy *make_policy(const char *line)
{
    static char tunnel[] = "test";
    char action[16] = "", local[128] = "", remote[128] = "", protocol[16] = "", ports[2][16] = {"-", "-"};
    Bulkhead__Internal__V1__FwPolicy *policy = malloc(sizeof(*policy));

    if (!policy ||
        sscanf(line, "%15s %127s %127s %15s %15s %15s", action, local, remote, protocol, ports[0], ports[1]) < 3) {
        fprintf(stderr, "not a policy: %s\n", line);
        exit(STATUS_MISTAKEN);
    }
    bulkhead__internal__v1__fw_policy__init(policy);
    policy->tunnel = tunnel;
    policy->notrack = strcmp(action, "notrack") == 0;
    policy->action = policy->notrack || strcmp(action, "protect") == 0
                         ? BULKHEAD__INTERNAL__V1__FW_ACTION__FW_ACTION_PROTECT
                     : strcmp(action, "bypass") == 0 ? BULKHEAD__INTERNAL__V1__FW_ACTION__FW_ACTION_BYPASS
                                                     : BULKHEAD__INTERNAL__V1__FW_ACTION__FW_ACTION_DISCARD;
    policy->local = make_selector(local, protocol, ports[0]);
    policy->remote = make_selector(remote, protocol, ports[1]);
    return policy;
}

static void read_policies(struct client *client)
{
    char line[LINE_MAX_BYTES];

    client->policies = calloc(POLICIES_MAX, sizeof(*client->policies));
    while (client->policies && client->n < POLICIES_MAX && fgets(line, sizeof(line), stdin))
        client->policies[client->n++] = make_policy(line);
}

static int connect_as_api(struct client *client, const char *run_dir, uv_loop_t *loop)
{
    struct ipc_node_config config = {.loop = loop,
                                     .self = ROLE_API,
                                     .methods = ipc_methods,
                                     .uid_of_role = role_uid,
                                     .name_of_role = role_name,
                                     .arg = client,
                                     .on_peer = on_peer};
    static const struct ipc_handler none = {0};
    const struct role_edge edge = {.server = ROLE_FW, .caller = ROLE_API};
    char path[4096];

    config.handlers = &none;
    if (roles_resolve(ROLE_UID_BASE_DEFAULT) < 0 || setgid(role_gid(ROLE_API)) < 0 || setuid(role_uid(ROLE_API)) < 0 ||
        role_socket_path(run_dir, &edge, path, sizeof(path)) < 0)
        return -1;
    client->node = ipc_node_new(&config);
    return client->node ? ipc_node_link(client->node, ROLE_FW, path) : -1;
}

int main(int argc, char **argv)
{
    struct client client = {.status = STATUS_MISTAKEN, .verb = argc > 2 ? argv[2] : ""};
    uv_loop_t loop;

    log_init("fw_client", LOG_LEVEL_WARNING, LOG_FORMAT_TEXT);
    if (argc < 3 || uv_loop_init(&loop) < 0)
        return STATUS_MISTAKEN;
    client.generation = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    if (strcmp(client.verb, "status") != 0)
        read_policies(&client);
    if (strcmp(client.verb, "broken") == 0 && client.n > 1)
        break_intent(&client);
    if (connect_as_api(&client, argv[1], &loop) < 0)
        return STATUS_MISTAKEN;
    uv_run(&loop, UV_RUN_DEFAULT);
    return client.status;
}
