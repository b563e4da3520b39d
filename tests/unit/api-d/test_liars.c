// Daemons that are taken over and lie to api-d: lists that never end, events too large to keep. What api-d collects
// stays bounded, and its caller hears of it.
#include "tests/unit/api-d/daemons.h"

#include "api-d/events.h"
#include "api-d/secret_list.h"
#include "api-d/tunnel_list.h"
#include "tests/unit/lib/run.h"

static unsigned pages; // of the list under way

// The same SA again and again, and always more.
static void on_sas(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    Bulkhead__Internal__V1__EspListSasResponse response = BULKHEAD__INTERNAL__V1__ESP_LIST_SAS_RESPONSE__INIT;
    Bulkhead__Internal__V1__EspSa sa = BULKHEAD__INTERNAL__V1__ESP_SA__INIT, *list = &sa;

    (void)arg, (void)message;
    pages++;
    sa.spi_in = 4711;
    response.sas = &list;
    response.n_sas = 1;
    response.more = true;
    ipc_request_reply(request, &response.base);
}

// Fresh names for ever, 500 a page.
static void on_tunnels(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    Bulkhead__Internal__V1__IkeListTunnelsResponse response = BULKHEAD__INTERNAL__V1__IKE_LIST_TUNNELS_RESPONSE__INIT;
    Bulkhead__V1__TunnelStatus status = BULKHEAD__V1__TUNNEL_STATUS__INIT, *list[500];

    (void)arg, (void)message;
    pages++;
    for (size_t i = 0; i < 500; i++)
        list[i] = &status;
    response.tunnels = list;
    response.n_tunnels = 500;
    response.more = true;
    ipc_request_reply(request, &response.base);
}

static void on_names(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    Bulkhead__Internal__V1__PkiListSecretsResponse response = BULKHEAD__INTERNAL__V1__PKI_LIST_SECRETS_RESPONSE__INIT;
    static char first[] = "b", second[] = "a";
    char *names[] = {first, second}; // not in order

    (void)arg, (void)message;
    pages++;
    response.names = names;
    response.n_names = 2;
    response.more = true;
    ipc_request_reply(request, &response.base);
}

static const struct ipc_handler liars_esp[] = {{METHOD(ESP_LIST_SAS), on_sas}, {0}};
static const struct ipc_handler liars_ike[] = {{METHOD(IKE_LIST_TUNNELS), on_tunnels}, {0}};
static const struct ipc_handler liars_pki[] = {{METHOD(PKI_LIST_SECRETS), on_names}, {0}};

static void start_liar(enum role role, const struct ipc_handler *handlers)
{
    char path[128];
    int fd;

    daemons_path(role, path, sizeof(path));
    fd = ipc_bind(path);
    ck_assert_int_ge(fd, 0);
    daemons.nodes[role] = daemons_node(role, handlers, NULL);
    ck_assert_int_eq(ipc_node_listen(daemons.nodes[role], fd, ROLE_API), 0);
    for (unsigned i = 0; i < 300 && !ipc_node_is_up(daemons.api, role); i++)
        daemons_pass(10);
    ck_assert(ipc_node_is_up(daemons.api, role));
}

static void set_up(void)
{
    char path[128];

    daemons_open();
    daemons_path(ROLE_ESP, path, sizeof(path));
    ck_assert_int_eq(ipc_node_link(daemons.api, ROLE_ESP, path), 0);
    pages = 0;
}

static enum connect_code ike_code, esp_code;
static unsigned done;

static void on_list(void *arg, const struct tunnel_list *list)
{
    (void)arg;
    ike_code = list->ike_code;
    esp_code = list->esp_code;
    done++;
}

START_TEST(lists_of_tunnels_and_sas_end)
{
    start_liar(ROLE_ESP, liars_esp);
    start_liar(ROLE_IKE, liars_ike);
    done = 0;
    tunnel_list_start(daemons.api, "", 5000, on_list, NULL);
    for (unsigned i = 0; i < 500 && !done; i++)
        daemons_pass(10);
    ck_assert_uint_eq(done, 1);
    ck_assert_int_eq(ike_code, CONNECT_INTERNAL);
    ck_assert_int_eq(esp_code, CONNECT_INTERNAL);
    ck_assert_uint_le(pages, 10000 / 500 + 1 + 2);
}
END_TEST

static void on_secrets(void *arg, const struct secret_list *list)
{
    (void)arg;
    ck_assert_int_eq(list->code, CONNECT_INTERNAL);
    done++;
}

START_TEST(lists_of_secrets_end)
{
    start_liar(ROLE_PKI, liars_pki);
    done = 0;
    secret_list_start(daemons.api, 5000, on_secrets, NULL);
    for (unsigned i = 0; i < 500 && !done; i++)
        daemons_pass(10);
    ck_assert_uint_eq(done, 1);
    ck_assert_uint_eq(pages, 1);
}
END_TEST

START_TEST(only_small_events_are_kept)
{
    static struct events events;
    static Bulkhead__V1__Event *kept[EVENTS_MAX];
    static char message[EVENT_MAX_BYTES + 1];
    Bulkhead__V1__Event event = BULKHEAD__V1__EVENT__INIT;

    memset(message, 'x', EVENT_MAX_BYTES);
    log_init("test", LOG_LEVEL_ERROR - 1, LOG_FORMAT_TEXT);
    event.message = message;
    events_add(&events, &event);
    ck_assert_uint_eq(events_list(&events, "", kept), 0);
    message[100] = '\0';
    events_add(&events, &event);
    ck_assert_uint_eq(events_list(&events, "", kept), 1);
    events_done(&events);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("liars");

    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, set_up, daemons_close);
    tcase_add_test(tcase, lists_of_tunnels_and_sas_end);
    tcase_add_test(tcase, lists_of_secrets_end);
    tcase_add_test(tcase, only_small_events_are_kept);
    return run_case(tcase);
}
