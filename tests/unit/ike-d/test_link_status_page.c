// A tunnel with more CHILD_SAs than a frame can tell: every part once, in order, in pages that fit.
#include <stdio.h>
#include <stdlib.h>

#include "ike-d/link/status_page.h"
#include "ike-d/sa/ike_sa.h"
#include "lib/ipc/method.h"
#include "tests/unit/lib/run.h"

enum { SLOTS = 250, SAS = 300 };

static struct tunnel_config config = {.name = "office"};
static struct tunnel_config other_config = {.name = "other"};
static struct child_config children[SLOTS];
static struct child_slot slots[SLOTS];
static struct selector_pair pair;
static struct tunnel other = {.config = &other_config};
static struct tunnel tunnel = {.config = &config, .slots = slots, .slots_n = SLOTS, .next = &other};
static struct ike_sa *sa;
static struct tunnel_failure failure = {
    .time_s = 3, .notify = "TS_UNACCEPTABLE", .cause = FAILURE_CAUSE_NO_COMMON_SELECTOR, .side = TUNNEL_SIDE_REMOTE};

static void set_up(void)
{
    const char *why;
    ck_assert_int_eq(selector_parse("10.1.0.0/24", "", "", &pair.local, &why), 0);
    ck_assert_int_eq(selector_parse("10.2.0.0/24", "", "", &pair.remote, &why), 0);
    (void)snprintf(failure.message, sizeof(failure.message), "%0*d", 400, 7);
    for (unsigned i = 0; i < SLOTS; i++) {
        children[i] = (struct child_config){.number = i + 1, .name = "a-policy", .pairs = &pair, .pairs_n = 1};
        slots[i] = (struct child_slot){
            .tunnel = &tunnel, .config = &children[i], .state = CHILD_SLOT_DOWN, .since_s = 5, .failure = &failure};
    }
    sa = calloc(1, sizeof(*sa));
    *sa = (struct ike_sa){.tunnel = &tunnel, .state = IKE_SA_STATE_ESTABLISHED};
    for (unsigned i = SAS; i > 0; i--) {
        struct child_sa *child = calloc(1, sizeof(*child));
        *child = (struct child_sa){
            .sa = sa, .next = sa->children, .state = CHILD_SA_STATE_ESTABLISHED, .spi_in = i, .slot = &slots[0]};
        sa->children = child;
    }
    tunnel.sas = sa;
}

static void tear_down(void)
{
    while (sa->children) {
        struct child_sa *gone = sa->children;
        sa->children = gone->next;
        free(gone);
    }
    free(sa);
}

START_TEST(every_part_once)
{
    struct status_page page;
    size_t parts = 0;
    unsigned pages = 0;
    unsigned children_seen = 0;
    unsigned sas_seen = 0;
    do {
        status_page_init(&page, false);
        bool all = status_page_add(&page, &tunnel, parts);
        const Bulkhead__V1__TunnelStatus *status = page.response.tunnels[0];
        ck_assert_uint_eq(page.response.n_tunnels, 1);
        ck_assert_uint_le(protobuf_c_message_get_packed_size(&page.response.base), IPC_FRAME_MAX_BYTES - 1024);
        ck_assert_int_eq(page.response.continued, parts > 0);
        ck_assert_int_eq(page.response.more, !all);
        ck_assert_str_eq(status->name, "office");
        ck_assert_int_eq(status->state != 0, parts == 0);
        for (size_t i = 0; i < status->n_children; i++) {
            ck_assert_uint_eq(status->children[i]->number, ++children_seen);
        }
        for (size_t i = 0; i < status->n_sas; i++) {
            ck_assert_uint_eq(strtoul(status->sas[i]->spi_in, NULL, 16), ++sas_seen);
        }
        ck_assert_int_eq(page.response.parts == 0, all);
        parts = page.response.parts;
        if (all) { // the next tunnel may follow
            ck_assert(status_page_add(&page, &other, 0));
            ck_assert_uint_eq(page.response.n_tunnels, 2);
        }
        status_page_done(&page);
        pages++;
    } while (parts && pages < 100);
    ck_assert_uint_gt(pages, 2);
    ck_assert_uint_eq(children_seen, SLOTS);
    ck_assert_uint_eq(sas_seen, SAS);
}
END_TEST

START_TEST(one_frame_at_most)
{
    Bulkhead__V1__TunnelStatus *status = status_page_single(&tunnel);
    ck_assert_uint_le(bulkhead__v1__tunnel_status__get_packed_size(status), IPC_FRAME_MAX_BYTES - 1024);
    ck_assert_str_eq(status->name, "office");
    bulkhead__v1__tunnel_status__free_unpacked(status, NULL);
    status = status_page_single(&other);
    ck_assert_str_eq(status->name, "other");
    bulkhead__v1__tunnel_status__free_unpacked(status, NULL);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("status page");
    TCase *t = tcase_create("pages");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, every_part_once);
    tcase_add_test(t, one_frame_at_most);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
