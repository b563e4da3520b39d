// What is said after each failure, on both sides: the cause, who refused, what each offered, and what to change.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/exch/cure.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

static struct world world;

// What one side must say. notify NULL: nothing.
struct verdict {
    const char *notify;
    enum failure_cause cause;
    enum tunnel_side side;
    const char *message[3]; // pieces of it
    const char *local_offer;
    const char *remote_offer;
    const char *difference; // a piece of it; NULL: whatever
    const char *cure;       // a piece of one of the cures; NULL: whatever
};

struct fault {
    const char *name;
    struct plan a;
    struct plan b;
    const char *secret_a; // NULL: the right one; "": none
    const char *secret_b;
    int lost_exchange; // whose requests never arrive
    struct verdict verdict[2];
};

#define LOCAL  TUNNEL_SIDE_LOCAL
#define REMOTE TUNNEL_SIDE_REMOTE

static const struct fault faults[] = {
    {.name = "IKE proposals",
     .a = {.ike = "aes256gcm16-prfsha384-ecp384"},
     .b = {.ike = "aes128-sha256-modp2048"},
     .verdict = {{"NO_PROPOSAL_CHOSEN",
                  FAILURE_CAUSE_NO_COMMON_PROPOSAL,
                  REMOTE,
                  {"Set ike_proposals", "192.0.2.1"},
                  "aes256gcm16-prfsha384-ecp384",
                  ""},
                 {"NO_PROPOSAL_CHOSEN",
                  FAILURE_CAUSE_NO_COMMON_PROPOSAL,
                  LOCAL,
                  {"local aes128, remote aes256gcm16", "local modp2048, remote ecp384", "Set ike_proposals"},
                  "aes128-sha256-modp2048",
                  "aes256gcm16-prfsha384-ecp384",
                  "encryption: aes128 here, aes256gcm16 at the peer",
                  "ike_proposals: [aes256gcm16-prfsha384-ecp384]"}}},
    {.name = "only the group differs",
     .a = {.ike = "aes256gcm16-prfsha256-x25519"},
     .b = {.ike = "aes256gcm16-prfsha256-ecp256"},
     .verdict = {{"NO_PROPOSAL_CHOSEN", FAILURE_CAUSE_NO_COMMON_PROPOSAL, REMOTE, {"Set ike_proposals"}, "x25519", ""},
                 {"NO_PROPOSAL_CHOSEN",
                  FAILURE_CAUSE_NO_COMMON_GROUP,
                  LOCAL,
                  {"is configured here: no common KE: local ecp256, remote x25519. Set"},
                  "ecp256",
                  "x25519",
                  "group: ecp256 here, x25519 at the peer",
                  "aes256gcm16-prfsha256-x25519"}}},
    {.name = "ESP proposals",
     .a = {.esp = "aes256gcm16"},
     .b = {.esp = "aes128-sha1"},
     .verdict =
         {{"NO_PROPOSAL_CHOSEN", FAILURE_CAUSE_NO_COMMON_PROPOSAL, REMOTE, {"Set esp_proposals"}, "aes256gcm16", ""},
          {"NO_PROPOSAL_CHOSEN",
           FAILURE_CAUSE_NO_COMMON_PROPOSAL,
           LOCAL,
           {"local aes128, remote aes256gcm16", "Set esp_proposals"},
           "aes128-sha1",
           "aes256gcm16",
           "encryption: aes128 here",
           "esp_proposals: [aes256gcm16]"}}},
    {.name = "selectors",
     .b = {.local = {"10.2.0.0/24"}, .remote = {"10.77.0.0/24"}},
     .verdict = {{"TS_UNACCEPTABLE",
                  FAILURE_CAUSE_NO_COMMON_SELECTOR,
                  REMOTE,
                  {"local 10.1.0.0/24 and remote 10.2.0.0/24 here is local 10.2.0.0/24 and remote 10.1.0.0/24 there"},
                  "10.1.0.0/24 === 10.2.0.0/24",
                  ""},
                 {"TS_UNACCEPTABLE",
                  FAILURE_CAUSE_NO_COMMON_SELECTOR,
                  LOCAL,
                  {"to the remote offer"},
                  "10.2.0.0/24 === 10.77.0.0/24",
                  "10.2.0.0/24 === 10.1.0.0/24",
                  "remote side: 10.77.0.0/24 here, 10.1.0.0/24 at the peer",
                  "{local: \"10.2.0.0/24\", remote: \"10.1.0.0/24\"}"}}},
    {.name = "keys",
     .secret_a = "another",
     .verdict = {{"AUTHENTICATION_FAILED",
                  FAILURE_CAUSE_AUTHENTICATION_REFUSED,
                  REMOTE,
                  {"same key on both sides", "bhctl secrets set"},
                  "192.0.2.1",
                  ""},
                 {"AUTHENTICATION_FAILED",
                  FAILURE_CAUSE_WRONG_PSK,
                  LOCAL,
                  {"ipv4:192.0.2.1, has another pre-shared key", "bhctl secrets set"},
                  "192.0.2.1",
                  ""}}},
    {.name = "what A calls itself",
     .a = {.local_id = "fqdn:wrong.example"},
     .b = {.remote_id = "fqdn:right.example"},
     .verdict = {{"AUTHENTICATION_FAILED",
                  FAILURE_CAUSE_AUTHENTICATION_REFUSED,
                  REMOTE,
                  {"its remote.id our local.id"},
                  "local.id fqdn:wrong.example",
                  ""},
                 {"AUTHENTICATION_FAILED",
                  FAILURE_CAUSE_UNKNOWN_IDENTITY,
                  LOCAL,
                  {"calls itself fqdn:wrong.example", "Set remote.id"},
                  "remote.id fqdn:right.example",
                  "local.id fqdn:wrong.example",
                  "it calls itself fqdn:wrong.example",
                  "remote: {id: \"fqdn:wrong.example\"}"}}},
    {.name = "what A calls B",
     .a = {.remote_id = "fqdn:wrong.example"},
     .b = {.local_id = "fqdn:right.example"},
     .verdict = {{"AUTHENTICATION_FAILED",
                  FAILURE_CAUSE_AUTHENTICATION_REFUSED,
                  REMOTE,
                  {"its local.id our remote.id"},
                  "remote.id fqdn:wrong.example",
                  ""},
                 {"AUTHENTICATION_FAILED",
                  FAILURE_CAUSE_UNKNOWN_IDENTITY,
                  LOCAL,
                  {"asks for fqdn:wrong.example"},
                  "local.id fqdn:right.example",
                  "remote.id fqdn:wrong.example",
                  "asks for fqdn:wrong.example",
                  "local: {id: \"fqdn:wrong.example\"}"}}},
    {.name = "no key here",
     .secret_a = "",
     .verdict =
         {{"SECRET_MISSING", FAILURE_CAUSE_SECRET_MISSING, LOCAL, {"not stored here yet", "bhctl secrets set"}, "", ""},
          {NULL}}},
    {.name = "no key there",
     .secret_b = "",
     .verdict = {{"AUTHENTICATION_FAILED",
                  FAILURE_CAUSE_AUTHENTICATION_REFUSED,
                  REMOTE,
                  {"must be the one that is stored here"},
                  "192.0.2.1",
                  ""},
                 {"SECRET_MISSING",
                  FAILURE_CAUSE_SECRET_MISSING,
                  LOCAL,
                  {"not stored here yet", "bhctl secrets set"},
                  "",
                  ""}}},
    {.name = "port 500",
     .lost_exchange = EXCHANGE_IKE_SA_INIT,
     .verdict = {{"TIMEOUT",
                  FAILURE_CAUSE_NO_ANSWER,
                  REMOTE,
                  {"192.0.2.2:500 did not answer", "remote.address", "500 and 4500"},
                  "",
                  ""},
                 {NULL}}},
    {.name = "port 4500",
     .lost_exchange = EXCHANGE_IKE_AUTH,
     .verdict = {{"TIMEOUT",
                  FAILURE_CAUSE_NO_ANSWER_ON_4500,
                  REMOTE,
                  {"192.0.2.2:4500 did not answer", "answers on UDP port 500"},
                  "",
                  ""},
                 {NULL}}},
};

static bool losing(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    (void)from;
    (void)datagram;
    return header->exchange != *(const int *)w->filter_arg;
}

static void assert_piece(const struct fault *fault, int side, const char *text, const char *piece)
{
    if (piece) {
        ck_assert_msg(piece[0] ? strstr(text, piece) != NULL : text[0] == '\0', "%s, %c: \"%s\" is not in \"%s\"",
                      fault->name, "AB"[side], piece, text);
    }
}

static void assert_cure(const struct fault *fault, int side, const char *piece)
{
    struct cure cures[CURES_MAX];
    const struct tunnel *tunnel = world_tunnel(&world, side);
    unsigned n = cure_list(tunnel, tunnel->failure, cures);
    bool found = !piece;
    ck_assert_msg(n > 0, "%s, %c: nothing cures it", fault->name, "AB"[side]);
    for (unsigned i = 0; i < n; i++) {
        ck_assert_uint_lt(strlen(cures[i].text) + 1, sizeof(cures[i].text));
        found = found || strstr(cures[i].text, piece);
    }
    ck_assert_msg(found, "%s, %c: no cure has \"%s\", the first is \"%s\"", fault->name, "AB"[side], piece,
                  cures[0].text);
}

static void assert_verdict(const struct fault *fault, int side)
{
    const struct verdict *verdict = &fault->verdict[side];
    const struct tunnel_failure *failure = world_tunnel(&world, side)->failure;
    if (!verdict->notify) {
        ck_assert_ptr_null(failure);
        return;
    }
    ck_assert_ptr_nonnull(failure);
    ck_assert_str_eq(failure->notify, verdict->notify);
    ck_assert_int_eq(failure->cause, verdict->cause);
    ck_assert_int_eq(failure->side, verdict->side);
    for (unsigned i = 0; i < 3; i++) {
        assert_piece(fault, side, failure->message, verdict->message[i]);
    }
    assert_piece(fault, side, failure->comparison.local, verdict->local_offer);
    assert_piece(fault, side, failure->comparison.remote, verdict->remote_offer);
    assert_piece(fault, side, failure->comparison.difference, verdict->difference);
    assert_cure(fault, side, verdict->cure);
    size_t n = strlen(failure->message);
    ck_assert_msg(n + 1 < sizeof(failure->message) && failure->message[n - 1] == '.', "cut short: %s",
                  failure->message);
}

static const char *secret_of(const char *wanted, const char *right)
{
    return !wanted ? right : wanted[0] ? wanted : NULL;
}

START_TEST(each_failure_says_what_to_change)
{
    const struct fault *fault = &faults[_i];
    struct plan b = fault->b;
    b.start = TUNNEL_START_PASSIVE;
    world_init(&world, 3);
    world.gateway[A].secret = secret_of(fault->secret_a, world.gateway[A].secret);
    world.gateway[B].secret = secret_of(fault->secret_b, world.gateway[B].secret);
    if (fault->lost_exchange) {
        world.filter = losing;
        world.filter_arg = (void *)(uintptr_t)&fault->lost_exchange;
    }
    world_configure(&world, B, &b, 1);
    world_configure(&world, A, &fault->a, 1);
    world_run(&world, fault->lost_exchange ? 80000 : 5000);
    assert_verdict(fault, A);
    assert_verdict(fault, B);
    world_done(&world);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("diagnosis");
    TCase *t = tcase_create("dialogues");
    tcase_add_loop_test(t, each_failure_says_what_to_change, 0, sizeof(faults) / sizeof(faults[0]));
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
