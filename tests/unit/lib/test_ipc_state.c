// Methods that a server serves only in a certain state: asked too early they fail, and nobody loses a connection.
#include "tests/unit/lib/ipc_pair.h"

static int acquires;

static void on_acquire(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    (void)arg;
    (void)message;
    ck_assert_ptr_null(request);
    acquires++;
}

static void on_install(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    Bulkhead__Internal__V1__Empty empty = BULKHEAD__INTERNAL__V1__EMPTY__INIT;

    (void)arg;
    (void)message;
    ipc_request_reply(request, &empty.base);
}

static const struct ipc_handler stateful_ike[] = {{METHOD(IKE_ACQUIRE), on_acquire}, {0}};
static const struct ipc_handler stateful_esp[] = {
    {METHOD(ESP_INSTALL_SA), on_install}, {METHOD(ESP_ALLOCATE_SPI), on_spi}, {0}};

static struct ipc_node *make_stateful(enum role self, struct end *end, const struct ipc_handler *handlers)
{
    struct ipc_node_config config = {.loop = &loop,
                                     .self = self,
                                     .methods = ipc_methods,
                                     .uid_of_role = uid_of_role,
                                     .name_of_role = role_name,
                                     .handlers = handlers,
                                     .arg = end,
                                     .on_peer = on_peer};

    return ipc_node_new(&config);
}

static void set_up_stateful(void)
{
    int fd;

    set_up();
    acquires = 0;
    fd = ipc_bind(path);
    ck_assert_int_ge(fd, 0);
    esp.node = make_stateful(ROLE_ESP, &esp, stateful_esp);
    ck_assert_int_eq(ipc_node_listen(esp.node, fd, ROLE_IKE), 0);
    ike.node = make_stateful(ROLE_IKE, &ike, stateful_ike);
    ck_assert_int_eq(ipc_node_link(ike.node, ROLE_ESP, path), 0);
    wait_for(&esp.ups, 1);
    wait_for(&ike.ups, 1);
}

static void install(struct outcome *outcome)
{
    Bulkhead__Internal__V1__EspInstallSaRequest request = BULKHEAD__INTERNAL__V1__ESP_INSTALL_SA_REQUEST__INIT;

    memset(outcome, 0, sizeof(*outcome));
    ipc_call(ike.node, METHOD(ESP_INSTALL_SA), &request.base, 0, on_result, outcome);
    wait_for(&outcome->count, 1);
}

START_TEST(a_request_before_its_state_is_refused)
{
    struct outcome outcome;

    install(&outcome);
    ck_assert_uint_eq(outcome.error, CODE(FAILED_PRECONDITION));
    ck_assert_str_eq(outcome.text, IPC_NOT_NOW);
    ck_assert_int_eq(ike.downs, 0);
    ipc_node_reach_state(esp.node, IPC_STATE_CONFIGURED);
    install(&outcome);
    ck_assert_uint_eq(outcome.error, 0);
    ck_assert_int_eq(ike.downs, 0);
}
END_TEST

START_TEST(other_methods_are_served_before)
{
    struct outcome outcome;

    call_spi(&outcome, 0);
    wait_for(&outcome.count, 1);
    ck_assert_uint_eq(outcome.error, 0);
}
END_TEST

START_TEST(a_notification_before_its_state_goes_unheard)
{
    Bulkhead__Internal__V1__IkeAcquire acquire = BULKHEAD__INTERNAL__V1__IKE_ACQUIRE__INIT;

    ck_assert_int_eq(ipc_notify(esp.node, METHOD(IKE_ACQUIRE), &acquire.base), 0);
    pass_ms(50);
    ck_assert_int_eq(acquires, 0);
    ck_assert_int_eq(esp.downs, 0);
    ipc_node_reach_state(ike.node, IPC_STATE_CONFIGURED);
    ck_assert_int_eq(ipc_notify(esp.node, METHOD(IKE_ACQUIRE), &acquire.base), 0);
    wait_for(&acquires, 1);
}
END_TEST

START_TEST(a_state_stays_over_connections)
{
    struct outcome outcome;

    ipc_node_reach_state(esp.node, IPC_STATE_CONFIGURED);
    ipc_node_free(ike.node);
    wait_for(&esp.downs, 1);
    ike = (struct end){0};
    ike.node = make_stateful(ROLE_IKE, &ike, stateful_ike);
    ck_assert_int_eq(ipc_node_link(ike.node, ROLE_ESP, path), 0);
    wait_for(&ike.ups, 1);
    install(&outcome);
    ck_assert_uint_eq(outcome.error, 0);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("ipc_state");
    TCase *tcase = tcase_create("pair");

    tcase_add_checked_fixture(tcase, set_up_stateful, tear_down);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, a_request_before_its_state_is_refused);
    tcase_add_test(tcase, other_methods_are_served_before);
    tcase_add_test(tcase, a_notification_before_its_state_goes_unheard);
    tcase_add_test(tcase, a_state_stays_over_connections);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(make_suite());
}
