// A configuration goes to fw-d, pki-d and ike-d in this order or not at all, and again when one of them comes back.
#include <errno.h>

#include "api-d/apply.h"
#include "tests/unit/api-d/daemons.h"
#include "tests/unit/lib/run.h"

#define TUNNEL(name, number)                                                                                           \
    "- name: " name "\n"                                                                                               \
    "  remote: {address: 192.0.2.2}\n"                                                                                 \
    "  auth: {psk: {secret: secret-" name "}}\n"                                                                       \
    "  policies: [{local: 10.1.0.0/24, remote: 10." number ".0.0/24}]\n"
#define ONE   "tunnels:\n" TUNNEL("a", "2")
#define TWO   "tunnels:\n" TUNNEL("a", "3") TUNNEL("b", "4")
#define OTHER "tunnels:\n" TUNNEL("b", "4")

struct outcome {
    int count;
    enum connect_code code;
    char text[1024];
    char changes[256]; // "+b ~a -c"
    char warnings[1024];
};

static struct apply apply;
static struct events events;

static struct desired_state *decode(const char *yaml)
{
    struct desired_state *state;
    char *lines;

    ck_assert_msg(desired_state_decode(bytes_of(yaml, strlen(yaml)), "first.yaml", &state, &lines) == 0, "%s", lines);
    return state;
}

static void on_peer(void *arg, enum role role, bool up)
{
    (void)arg;
    push_on_peer(&apply.push, role, up);
}

static void set_up(void)
{
    daemons_open();
    daemons.on_peer = on_peer;
    apply = (struct apply){.node = daemons.api, .folder = daemons.folder, .events = &events};
    apply_init(&apply, &daemons.loop, decode(ONE));
}

static void set_up_all(void)
{
    set_up();
    daemons_start(ROLE_FW);
    daemons_start(ROLE_PKI);
    daemons_start(ROLE_IKE);
    daemons_expect("fw-d1 pki-d1 ike-d1 ");
}

static void tear_down(void)
{
    apply_stop(&apply);
    desired_state_free(apply.current);
    apply.current = NULL;
    events_done(&events);
    daemons.on_peer = NULL;
    daemons_close();
}

static void add(char *out, size_t n, const char *mark, char *const *list, size_t list_n)
{
    for (size_t i = 0; i < list_n; i++)
        snprintf(out + strlen(out), n - strlen(out), "%s%s ", mark, list[i]);
}

static void on_done(void *arg, const struct apply_outcome *o)
{
    struct outcome *outcome = arg;

    outcome->count++;
    outcome->code = o->code;
    snprintf(outcome->text, sizeof(outcome->text), "%s", o->text);
    add(outcome->changes, sizeof(outcome->changes), "+", o->difference.added, o->difference.added_n);
    add(outcome->changes, sizeof(outcome->changes), "~", o->difference.changed, o->difference.changed_n);
    add(outcome->changes, sizeof(outcome->changes), "-", o->difference.removed, o->difference.removed_n);
    add(outcome->warnings, sizeof(outcome->warnings), "", o->warnings, o->warnings_n);
}

static void start(const char *yaml, struct outcome *outcome)
{
    memset(outcome, 0, sizeof(*outcome));
    apply_start(&apply, bytes_of(yaml, strlen(yaml)), "new.yaml", on_done, outcome);
}

static void wait_for(const struct outcome *outcome)
{
    for (unsigned i = 0; i < 300 && !outcome->count; i++)
        daemons_pass(10);
    ck_assert_int_eq(outcome->count, 1);
}

static void expect_stored(const char *yaml)
{
    struct buffer text = {0};
    int err = desired_state_read(daemons.folder, &text);

    ck_assert_int_eq(err, yaml ? 0 : -ENOENT);
    if (yaml)
        ck_assert_str_eq(buffer_str(&text), yaml);
    buffer_done(&text);
}

static void expect_tunnels(size_t n)
{
    ck_assert_ptr_nonnull(desired_state_open(apply.current));
    ck_assert_uint_eq(apply.current->config->n_tunnels, n);
    desired_state_close(apply.current);
}

START_TEST(ike_gets_nothing_before_fw_and_pki)
{
    set_up();
    daemons_start(ROLE_IKE);
    daemons_pass(100);
    daemons_expect("");
    daemons_start(ROLE_PKI);
    daemons_pass(100);
    daemons_expect("");
    daemons_start(ROLE_FW);
    daemons_expect("fw-d1 pki-d1 ike-d1 ");
    tear_down();
}
END_TEST

START_TEST(who_comes_back_is_told_again)
{
    static const struct {
        enum role role;
        const char *told;
    } cases[] = {{ROLE_FW, "fw-d1 "}, {ROLE_PKI, "pki-d1 "}, {ROLE_IKE, "ike-d1 "}};

    set_up_all();
    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        daemons_kill(cases[i].role);
        daemons_pass(50);
        daemons_start(cases[i].role);
        daemons_expect(cases[i].told);
    }
    daemons_kill(ROLE_FW); // what it has put into the kernel stays there: ike-d need not wait for it
    daemons_kill(ROLE_IKE);
    daemons_pass(50);
    daemons_start(ROLE_IKE);
    daemons_expect("ike-d1 ");
    tear_down();
}
END_TEST

START_TEST(a_good_configuration_is_applied_and_stored)
{
    struct outcome outcome;

    set_up_all();
    expect_stored(NULL);
    start(TWO, &outcome);
    wait_for(&outcome);
    ck_assert_int_eq(outcome.code, CONNECT_OK);
    ck_assert_str_eq(outcome.changes, "+b ~a ");
    daemons_expect("fw-d2 pki-d2 ike-d2 ");
    expect_stored(TWO);
    expect_tunnels(2);
    start(OTHER, &outcome);
    wait_for(&outcome);
    ck_assert_str_eq(outcome.changes, "-a ");
    tear_down();
}
END_TEST

START_TEST(a_missing_secret_is_a_warning_with_its_place)
{
    struct outcome outcome;

    set_up_all();
    daemons.secrets[0] = (char[]){"other"};
    daemons.secrets[1] = (char[]){"secret-b"};
    daemons.secrets_n = 2;
    start(TWO, &outcome);
    wait_for(&outcome);
    ck_assert_int_eq(outcome.code, CONNECT_OK);
    ck_assert_str_eq(outcome.warnings, "new.yaml:4:24: tunnels[0].auth.psk.secret: secret \"secret-a\" does not exist "
                                       "yet; store it with `bhctl secrets set secret-a < FILE` ");
    tear_down();
}
END_TEST

START_TEST(a_missing_certificate_is_a_warning_with_its_place)
{
    struct outcome outcome;

    set_up_all();
    start("tunnels:\n"
          "- name: a\n"
          "  remote: {address: 192.0.2.1}\n"
          "  auth: {certificate: {certificate: absent, authorities: [stored-ca, absent-ca]}}\n"
          "  policies: [{local: 10.1.0.0/24, remote: 10.2.0.0/24}]\n"
          "- name: b\n"
          "  remote: {address: 192.0.2.2}\n"
          "  auth: {certificate: {certificate: stored-gw}}\n"
          "  policies: [{local: 10.1.0.0/24, remote: 10.3.0.0/24}]\n",
          &outcome);
    wait_for(&outcome);
    ck_assert_int_eq(outcome.code, CONNECT_OK);
    ck_assert_ptr_nonnull(strstr(outcome.warnings, "new.yaml:4:37: tunnels[0].auth.certificate.certificate: \"absent\" "
                                                   "is not stored; `bhctl pki cert list`"));
    ck_assert_ptr_nonnull(strstr(outcome.warnings, "tunnels[0].auth.certificate.authorities[1]: \"absent-ca\""));
    ck_assert_ptr_null(strstr(outcome.warnings, "\"stored"));
    tear_down();
}
END_TEST

// 3DES and the like work, but not without a word: a line for each place, and one event for each tunnel that changed.
START_TEST(a_weak_algorithm_is_a_warning_and_an_event)
{
    const char *yaml =
        TWO "  ike_proposals: [aes256-sha256-modp2048, 3des-md5-modp1024]\n  esp_proposals: [3des-sha256]\n";
    Bulkhead__V1__Event *found[EVENTS_MAX];
    struct outcome outcome;

    set_up_all();
    daemons.secrets[0] = (char[]){"secret-a"};
    daemons.secrets[1] = (char[]){"secret-b"};
    daemons.secrets_n = 2;
    start(yaml, &outcome);
    wait_for(&outcome);
    ck_assert_int_eq(outcome.code, CONNECT_OK);
    ck_assert_ptr_nonnull(strstr(outcome.warnings,
                                 "new.yaml:10:43: tunnels[1].ike_proposals[1]: \"3des-md5-modp1024\" is "
                                 "served, but weak: 3des (use aes256), md5 (use sha256), modp1024 "
                                 "(use modp2048); change it"));
    ck_assert_ptr_nonnull(strstr(outcome.warnings, "new.yaml:11:19: tunnels[1].esp_proposals[0]: "));
    ck_assert_ptr_null(strstr(outcome.warnings, "tunnels[0]"));
    ck_assert_uint_eq(events_list(&events, "", found), 1);
    ck_assert_str_eq(found[0]->kind, "weak_algorithm");
    ck_assert_str_eq(found[0]->tunnel, "b");
    ck_assert_int_eq(found[0]->severity, BULKHEAD__V1__EVENT_SEVERITY__EVENT_SEVERITY_WARNING);
    ck_assert_ptr_nonnull(strstr(found[0]->message, "ike_proposals[1]: 3des (use aes256)"));
    ck_assert_ptr_nonnull(strstr(found[0]->message, "esp_proposals[0]: 3des (use aes256)"));
    start(yaml, &outcome); // nothing has changed: said again to who asks, but nothing has happened
    wait_for(&outcome);
    ck_assert_ptr_nonnull(strstr(outcome.warnings, "tunnels[1].ike_proposals[1]"));
    ck_assert_uint_eq(events_list(&events, "", found), 1);
    tear_down();
}
END_TEST

START_TEST(a_bad_configuration_changes_nothing)
{
    struct outcome outcome;

    set_up_all();
    start("tunnels:\n- name: a\n  colour: blue\n", &outcome);
    ck_assert_int_eq(outcome.count, 1);
    ck_assert_int_eq(outcome.code, CONNECT_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(outcome.text, "new.yaml:3:"));
    ck_assert_ptr_nonnull(strstr(outcome.text, "colour"));
    daemons_expect("");
    expect_stored(NULL);
    tear_down();
}
END_TEST

START_TEST(a_refusal_brings_the_former_state_back)
{
    static const struct {
        enum role role;
        const char *told, *text;
    } cases[] = {
        {ROLE_FW, "fw-d! ", "fw-d: not today"},
        {ROLE_PKI, "fw-d2 pki-d! ", "pki-d: not today"},
        {ROLE_IKE, "fw-d2 pki-d2 ike-d! ", "ike-d: not today"},
    };
    struct outcome outcome;

    set_up_all();
    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        daemons.refuses[cases[i].role] = true;
        start(TWO, &outcome);
        while (!outcome.count)
            daemons_pass(1);
        daemons.refuses[cases[i].role] = false;
        ck_assert_int_eq(outcome.code, CONNECT_INTERNAL);
        ck_assert_str_eq(outcome.text, cases[i].text);
        ck_assert(!strncmp(daemons.told, cases[i].told, strlen(cases[i].told)));
        for (unsigned wait = 0; wait < 30 && !strstr(daemons.told, "ike-d1"); wait++)
            daemons_pass(100);
        // The one that has refused may have done so again meanwhile.
        ck_assert_ptr_nonnull(strstr(daemons.told, "fw-d1 "));
        ck_assert_ptr_nonnull(strstr(daemons.told, "pki-d1 "));
        ck_assert_str_eq(daemons.told + strlen(daemons.told) - 7, "ike-d1 ");
        daemons.told[0] = 0;
        expect_stored(NULL);
        expect_tunnels(1);
    }
    tear_down();
}
END_TEST

START_TEST(with_a_daemon_away_nothing_is_changed)
{
    struct outcome outcome;

    set_up_all();
    daemons_kill(ROLE_PKI);
    daemons_pass(50);
    start(TWO, &outcome);
    ck_assert_int_eq(outcome.count, 1);
    ck_assert_int_eq(outcome.code, CONNECT_UNAVAILABLE);
    ck_assert_str_eq(outcome.text, "pki-d is away; nothing was changed");
    daemons_expect("");
    tear_down();
}
END_TEST

START_TEST(changes_wait_for_one_another)
{
    struct outcome first, second, third;

    set_up_all();
    start(TWO, &first);
    start("tunnels: 7", &second);
    start(OTHER, &third);
    wait_for(&third);
    ck_assert_int_eq(first.code, CONNECT_OK);
    ck_assert_int_eq(second.code, CONNECT_INVALID_ARGUMENT);
    ck_assert_int_eq(third.code, CONNECT_OK);
    ck_assert_str_eq(third.changes, "-a "); // compared with what the first one left
    daemons_expect("fw-d2 pki-d2 ike-d2 fw-d1 pki-d1 ike-d1 ");
    expect_stored(OTHER);
    tear_down();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        ike_gets_nothing_before_fw_and_pki,
        who_comes_back_is_told_again,
        a_good_configuration_is_applied_and_stored,
        a_missing_secret_is_a_warning_with_its_place,
        a_missing_certificate_is_a_warning_with_its_place,
        a_weak_algorithm_is_a_warning_and_an_event,
        a_bad_configuration_changes_nothing,
        a_refusal_brings_the_former_state_back,
        with_a_daemon_away_nothing_is_changed,
        changes_wait_for_one_another,
    };

    return run_tests("apply", tests, RUN_COUNT(tests));
}
