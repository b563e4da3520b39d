// Stands in for one of the courier's neighbours, with its uid, in a RUN folder where the real one does not run.
//
//     courier_client RUN api-d [configure URL...] [own URL...] [serve NAME...]     says what may be fetched and served
//     courier_client RUN ike-d        answers "NAME [anew]" by "TTL ADDRESS ..."
//     courier_client RUN verifier [wait]     answers "URL [MAX-AGE-S]" by "BYTES AGE-S"
//
// The last two read questions from standard input, but with `wait`; what is refused is answered by "refused CODE TEXT".
// For the public's questions the verifier here answers every OCSP request by itself, and has one CRL of 100,000 bytes
// for every name.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkhead/internal/v1/courier.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/ipc/edge_message.h"
#include "lib/ipc/node.h"
#include "lib/priv/roles.h"

#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name
#define CRL_BYTES    100000u
#define PAGE_BYTES   49152u
#define LINE_BYTES   2048
#define WORDS_MAX    64

struct client {
    uv_loop_t loop;
    enum role self;
    struct ipc_node *node;
    Bulkhead__Internal__V1__CourierConfigureRequest configuration;
    bool started;
    bool waits; // for the public's questions alone
    // The document that is being fetched.
    char url[LINE_BYTES];
    uint32_t max_age_s;
    size_t fetched;
    uint64_t version;
};

static void ask_next(struct client *client);

static void refused(struct client *client, const struct ipc_result *result)
{
    printf("refused %u %s\n", result->error, result->text);
    ask_next(client);
}

// ---- as the verifier

static void fetch_page(struct client *client);

static void on_page(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__CourierFetchResponse *page = (const void *)result->message;
    struct client *client = arg;

    if (result->error) {
        refused(client, result);
        return;
    }
    client->fetched += page->data.len;
    client->version = page->version;
    if (client->fetched < page->total_bytes) {
        fetch_page(client);
        return;
    }
    printf("%zu %u\n", client->fetched, page->age_s);
    ask_next(client);
}

static void fetch_page(struct client *client)
{
    Bulkhead__Internal__V1__CourierFetchRequest request = BULKHEAD__INTERNAL__V1__COURIER_FETCH_REQUEST__INIT;

    request.url = client->url;
    request.max_age_s = client->max_age_s;
    request.offset = (uint32_t)client->fetched;
    request.version = client->version;
    ipc_call(client->node, METHOD(COURIER_FETCH), &request.base, 0, on_page, client);
}

static void on_ocsp(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__VerifierAnswerOcspRequest *question = (const void *)message;
    Bulkhead__Internal__V1__VerifierAnswerOcspResponse answer =
        BULKHEAD__INTERNAL__V1__VERIFIER_ANSWER_OCSP_RESPONSE__INIT;

    (void)arg;
    answer.response = question->request;
    answer.max_age_s = 60;
    ipc_request_reply(request, &answer.base);
}

static void on_crl(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiGetCrlRequest *question =
        ((const Bulkhead__Internal__V1__VerifierGetCrlRequest *)(const void *)message)->request;
    Bulkhead__Internal__V1__VerifierGetCrlResponse answer = BULKHEAD__INTERNAL__V1__VERIFIER_GET_CRL_RESPONSE__INIT;
    Bulkhead__Internal__V1__PkiGetCrlResponse page = BULKHEAD__INTERNAL__V1__PKI_GET_CRL_RESPONSE__INIT;
    static uint8_t crl[CRL_BYTES];

    (void)arg;
    page.data.data = crl + question->offset;
    page.data.len = CRL_BYTES - question->offset < PAGE_BYTES ? CRL_BYTES - question->offset : PAGE_BYTES;
    page.total_bytes = CRL_BYTES;
    page.number = 7;
    answer.response = &page;
    ipc_request_reply(request, &answer.base);
}

// ---- as ike-d

static void on_resolved(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__CourierResolveResponse *answer = (const void *)result->message;

    if (result->error) {
        refused(arg, result);
        return;
    }
    printf("%u", answer->ttl_s);
    for (size_t i = 0; i < answer->n_addresses; i++) {
        char text[ADDRESS_TEXT_MAX];
        struct address address;

        if (address_from_bytes(edge_message_bytes(&answer->addresses[i]), &address) == 0)
            printf(" %s", address_format(&address, text, sizeof(text)));
    }
    printf("\n");
    ask_next(arg);
}

static void resolve(struct client *client, char *name, bool anew)
{
    Bulkhead__Internal__V1__CourierResolveRequest request = BULKHEAD__INTERNAL__V1__COURIER_RESOLVE_REQUEST__INIT;

    request.name = name;
    request.anew = anew;
    ipc_call(client->node, METHOD(COURIER_RESOLVE), &request.base, 0, on_resolved, client);
}

// ---- questions

static void ask_next(struct client *client)
{
    char line[LINE_BYTES], what[LINE_BYTES - 32] = "", rest[16] = "";

    fflush(stdout);
    if (!fgets(line, sizeof(line), stdin) || sscanf(line, "%2015s %15s", what, rest) < 1)
        exit(EXIT_SUCCESS);
    if (client->self == ROLE_IKE) {
        resolve(client, what, strcmp(rest, "anew") == 0);
        return;
    }
    snprintf(client->url, sizeof(client->url), "%s", what);
    client->max_age_s = (uint32_t)strtoul(rest, NULL, 10);
    client->fetched = 0;
    client->version = 0;
    fetch_page(client);
}

static void on_configured(void *arg, const struct ipc_result *result)
{
    (void)arg;
    if (result->error)
        printf("refused %u %s\n", result->error, result->text);
    exit(result->error ? EXIT_FAILURE : EXIT_SUCCESS);
}

static void on_peer(void *arg, enum role role, bool up)
{
    struct client *client = arg;

    (void)role;
    if (!up || client->started)
        return;
    client->started = true;
    if (client->self == ROLE_API)
        ipc_call(client->node, METHOD(COURIER_CONFIGURE), &client->configuration.base, 0, on_configured, client);
    else if (!client->waits)
        ask_next(client);
}

// ---- set-up

static int become(enum role role)
{
    return setgid(role_gid(role)) < 0 || setuid(role_uid(role)) < 0 ? -1 : 0;
}

static int open_link(struct client *client, const char *run_dir)
{
    const struct role_edge edge = {.server = ROLE_COURIER, .caller = client->self};
    char path[4096];

    if (role_socket_path(run_dir, &edge, path, sizeof(path)) < 0 || become(client->self) < 0)
        return -1;
    return ipc_node_link(client->node, ROLE_COURIER, path);
}

static int open_listener(struct client *client, const char *run_dir)
{
    const struct role_edge edge = {.server = ROLE_VERIFIER, .caller = ROLE_COURIER};
    char path[4096], folder[4096];
    int fd;

    if (role_socket_path(run_dir, &edge, path, sizeof(path)) < 0)
        return -1;
    snprintf(folder, sizeof(folder), "%s/%s", run_dir, role_name(ROLE_VERIFIER));
    (void)mkdir(folder, 0755);
    fd = ipc_bind(path);
    if (fd < 0 || lchown(path, role_uid(ROLE_COURIER), role_gid(ROLE_COURIER)) < 0 || become(ROLE_VERIFIER) < 0)
        return -1;
    return ipc_node_listen(client->node, fd, ROLE_COURIER);
}

static int open_node(struct client *client, const char *run_dir)
{
    static const struct ipc_handler of_verifier[] = {
        {METHOD(VERIFIER_ANSWER_OCSP), on_ocsp},
        {METHOD(VERIFIER_GET_CRL), on_crl},
        {0},
    };
    static const struct ipc_handler none = {0};
    const struct ipc_node_config config = {.loop = &client->loop,
                                           .self = client->self,
                                           .methods = ipc_methods,
                                           .uid_of_role = role_uid,
                                           .name_of_role = role_name,
                                           .handlers = client->self == ROLE_VERIFIER ? of_verifier : &none,
                                           .arg = client,
                                           .on_peer = on_peer};

    client->node = ipc_node_new(&config);
    if (!client->node)
        return -1;
    return client->self == ROLE_VERIFIER ? open_listener(client, run_dir) : open_link(client, run_dir);
}

static void read_arguments(struct client *client, char **argv)
{
    static char *words[3][WORDS_MAX];
    Bulkhead__Internal__V1__CourierConfigureRequest *c = &client->configuration;
    size_t *n = &c->n_urls;
    char **list = words[0];

    bulkhead__internal__v1__courier_configure_request__init(c);
    c->generation = clock_wall_s(&clock_system);
    c->last = true;
    c->urls = words[0];
    c->own_network_urls = words[1];
    c->authorities = words[2];
    for (; *argv; argv++) {
        bool own = strcmp(*argv, "own") == 0, serve = strcmp(*argv, "serve") == 0;

        if (own || serve || strcmp(*argv, "configure") == 0) {
            n = own ? &c->n_own_network_urls : serve ? &c->n_authorities : &c->n_urls;
            list = words[own ? 1 : serve ? 2 : 0];
        } else if (*n < WORDS_MAX) {
            list[(*n)++] = *argv;
        }
    }
}

int main(int argc, char **argv)
{
    static struct client client;
    const struct role_spec *self = argc > 2 ? role_find_by_name(argv[2]) : NULL;

    log_init("courier_client", LOG_LEVEL_WARNING, LOG_FORMAT_TEXT);
    if (!self || uv_loop_init(&client.loop) < 0 || roles_resolve(ROLE_UID_BASE_DEFAULT) < 0)
        return EXIT_FAILURE;
    client.self = self->role;
    client.waits = argc > 3 && strcmp(argv[3], "wait") == 0;
    read_arguments(&client, argv + 3);
    if (open_node(&client, argv[1]) < 0)
        return EXIT_FAILURE;
    uv_run(&client.loop, UV_RUN_DEFAULT);
    return EXIT_FAILURE;
}
