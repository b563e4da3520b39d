// What the daemons are told: every policy, binding and tunnel once, in order, in frames that fit.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api-d/desired_state.h"
#include "api-d/intent.h"
#include "bulkhead/internal/v1/api_fw.pb-c.h"
#include "bulkhead/internal/v1/api_ike.pb-c.h"
#include "bulkhead/internal/v1/api_pki.pb-c.h"
#include "lib/ipc/method.h"
#include "tests/unit/lib/run.h"

static struct desired_state *decode(const char *yaml)
{
    struct desired_state *state;
    char *lines;

    ck_assert_msg(desired_state_decode(bytes_of(yaml, strlen(yaml)), "f", &state, &lines) == 0, "%s", lines);
    return state;
}

// `tunnels` tunnels with `policies` policies each.
static struct desired_state *generate(unsigned tunnels, unsigned policies)
{
    struct buffer yaml = {0};
    struct desired_state *state;

    buffer_append_str(&yaml, "tunnels:\n");
    for (unsigned i = 0; i < tunnels; i++) {
        buffer_append_format(&yaml,
                             "- name: a-tunnel-with-quite-a-long-name-%u\n"
                             "  remote: {address: 192.0.2.%u}\n"
                             "  auth: {psk: {secret: s%u}}\n"
                             "  policies:\n",
                             i, i % 250 + 1, i);
        for (unsigned p = 0; p < policies; p++)
            buffer_append_format(&yaml, "  - {local: 10.%u.%u.%u, remote: 11.%u.%u.0/24, name: policy-%u}\n", p / 250,
                                 p % 250, p % 7, i / 250, i % 250, p);
    }
    state = decode(buffer_str(&yaml));
    buffer_done(&yaml);
    return state;
}

static void expect_fits(const struct intent_page *page)
{
    ck_assert_uint_le(protobuf_c_message_get_packed_size(page->message), IPC_FRAME_MAX_BYTES - 512);
}

// 64 x 64 pairs of one policy go over many pages, each once; a pair of two families is none.
START_TEST(fw_gets_every_pair)
{
    struct buffer yaml = {0};
    struct desired_state *state;
    struct intent_cursor cursor = {0};
    size_t n = 0;

    buffer_append_str(&yaml, "tunnels:\n- name: net\n  remote: {address: 192.0.2.2}\n  auth: {psk: {secret: s}}\n"
                             "  policies:\n  - locals:\n    - \"fd00:1::/64\"\n");
    for (unsigned i = 1; i < 64; i++)
        buffer_append_format(&yaml, "    - 10.1.%u.0/24\n", i);
    buffer_append_str(&yaml, "    remotes:\n    - \"fd00:2::/64\"\n");
    for (unsigned i = 1; i < 64; i++)
        buffer_append_format(&yaml, "    - 10.2.%u.0/24\n", i);
    state = decode(buffer_str(&yaml));
    while (!cursor.last) {
        struct intent_page *page = intent_page_for_fw(state->config, 1, &cursor);
        const Bulkhead__Internal__V1__FwConfigureRequest *r = (const void *)page->message;

        expect_fits(page);
        for (size_t i = 0; i < r->n_policies; i++, n++) {
            const uint8_t *local = r->policies[i]->local->start_ip.data,
                          *remote = r->policies[i]->remote->start_ip.data;

            ck_assert_uint_eq(r->policies[i]->local->start_ip.len, n ? 4 : 16);
            ck_assert(n == 0 || (local[2] == 1 + (n - 1) / 63 && remote[2] == 1 + (n - 1) % 63));
        }
        intent_page_free(page);
    }
    ck_assert_uint_eq(n, 1 + 63 * 63);
    desired_state_free(state);
    buffer_done(&yaml);
}
END_TEST

START_TEST(fw_gets_selectors_and_actions)
{
    struct desired_state *state =
        decode("tunnels:\n"
               "- name: net\n"
               "  remote: {address: 192.0.2.2}\n"
               "  auth: {psk: {secret: s}}\n"
               "  policies:\n"
               "  - {local: 10.1.0.0/24, remote: 10.2.0.1, protocol: tcp, remote_ports: 80, action: bypass}\n"
               "  - {local: \"fd00:1::/64\", remote: \"fd00:2::/64\"}\n"
               "  - {local: 10.1.0.0/24, remote: 10.3.0.1-10.3.0.9, action: discard}\n");
    struct intent_cursor cursor = {0};
    struct intent_page *page = intent_page_for_fw(state->config, 7, &cursor);
    const Bulkhead__Internal__V1__FwConfigureRequest *r = (const void *)page->message;

    ck_assert_uint_eq(r->generation, 7);
    ck_assert(r->last && cursor.last);
    ck_assert_uint_eq(r->n_policies, 3);
    ck_assert_str_eq(r->policies[0]->tunnel, "net");
    ck_assert_int_eq(r->policies[0]->action, BULKHEAD__INTERNAL__V1__FW_ACTION__FW_ACTION_BYPASS);
    ck_assert_uint_eq(r->policies[0]->local->protocol, 6);
    ck_assert_uint_eq(r->policies[0]->local->start_port, 0);
    ck_assert_uint_eq(r->policies[0]->local->end_port, 65535);
    ck_assert_uint_eq(r->policies[0]->remote->start_port, 80);
    ck_assert_uint_eq(r->policies[0]->remote->end_port, 80);
    ck_assert_mem_eq(r->policies[0]->local->end_ip.data, "\x0a\x01\x00\xff", 4);
    ck_assert_int_eq(r->policies[1]->action, BULKHEAD__INTERNAL__V1__FW_ACTION__FW_ACTION_PROTECT);
    ck_assert_uint_eq(r->policies[1]->local->start_ip.len, 16);
    ck_assert_int_eq(r->policies[2]->action, BULKHEAD__INTERNAL__V1__FW_ACTION__FW_ACTION_DISCARD);
    ck_assert_mem_eq(r->policies[2]->remote->end_ip.data, "\x0a\x03\x00\x09", 4);
    intent_page_free(page);
    desired_state_free(state);
}
END_TEST

START_TEST(pki_gets_identities)
{
    struct desired_state *state = decode("tunnels:\n"
                                         "- name: a\n"
                                         "  local: {id: \"fqdn:gw.example\"}\n"
                                         "  remote: {address: 192.0.2.2}\n"
                                         "  auth: {psk: {secret: s1}}\n"
                                         "  policies: [{local: 10.1.0.0/24, remote: 10.2.0.0/24}]\n"
                                         "- name: b\n"
                                         "  local: {address: \"2001:db8::1\"}\n"
                                         "  remote: {address: any, id: \"keyid:0a0b\"}\n"
                                         "  auth: {psk: {secret: s2}}\n"
                                         "  start: START_MODE_PASSIVE\n"
                                         "  policies: [{local: 10.1.0.0/24, remote: 10.3.0.0/24}]\n");
    struct intent_cursor cursor = {0};
    struct intent_page *page = intent_page_for_pki(state->config, 7, &cursor);
    const Bulkhead__Internal__V1__PkiBindTunnelsRequest *r = (const void *)page->message;

    ck_assert(r->last);
    ck_assert_uint_eq(r->n_bindings, 2);
    ck_assert_str_eq(r->bindings[0]->tunnel, "a");
    ck_assert_str_eq(r->bindings[0]->secret, "s1");
    ck_assert_uint_eq(r->bindings[0]->local_id->type, 2);
    ck_assert_mem_eq(r->bindings[0]->local_id->data.data, "gw.example", 10);
    ck_assert_uint_eq(r->bindings[0]->remote_id->type, 1);
    ck_assert_mem_eq(r->bindings[0]->remote_id->data.data, "\xc0\x00\x02\x02", 4);
    ck_assert_uint_eq(r->bindings[1]->local_id->type, 5);
    ck_assert_uint_eq(r->bindings[1]->remote_id->type, 11);
    ck_assert_mem_eq(r->bindings[1]->remote_id->data.data, "\x0a\x0b", 2);
    intent_page_free(page);
    desired_state_free(state);
}
END_TEST

START_TEST(pki_gets_certificates)
{
    struct desired_state *state = decode(
        "tunnels:\n"
        "- name: a\n"
        "  local: {address: 192.0.2.1}\n"
        "  remote: {address: 192.0.2.2}\n"
        "  auth: {certificate: {certificate: gw, authorities: [ca, ca2], revocation: strict, rsa_padding: pss}}\n"
        "  policies: [{local: 10.1.0.0/24, remote: 10.2.0.0/24}]\n"
        "- name: b\n"
        "  local: {id: gw.example}\n"
        "  remote: {address: 192.0.2.3, id: \"dn:CN=*,O=Example\"}\n"
        "  auth: {certificate: {certificate: gw}, ppk: {id: x, secret: q}}\n"
        "  policies: [{local: 10.1.0.0/24, remote: 10.3.0.0/24}]\n");
    struct intent_cursor cursor = {0};
    struct intent_page *page = intent_page_for_pki(state->config, 7, &cursor);
    const Bulkhead__Internal__V1__PkiBindTunnelsRequest *r = (const void *)page->message;

    ck_assert_uint_eq(r->n_bindings, 2);
    ck_assert_str_eq(r->bindings[0]->secret, "");
    ck_assert_str_eq(r->bindings[0]->certificate, "gw");
    ck_assert_uint_eq(r->bindings[0]->n_authorities, 2);
    ck_assert_str_eq(r->bindings[0]->authorities[1], "ca2");
    ck_assert_int_eq(r->bindings[0]->revocation, BULKHEAD__V1__REVOCATION_POLICY__REVOCATION_POLICY_STRICT);
    ck_assert_int_eq(r->bindings[0]->rsa_padding, BULKHEAD__V1__RSA_PADDING__RSA_PADDING_PSS);
    ck_assert_ptr_null(r->bindings[0]->local_id); // the certificate's word
    ck_assert_ptr_null(r->bindings[0]->remote_id);
    ck_assert_str_eq(r->bindings[0]->remote_id_text, "");
    ck_assert_uint_eq(r->bindings[1]->local_id->type, 2);
    ck_assert_str_eq(r->bindings[1]->remote_id_pattern, "dn:CN=*,O=Example");
    ck_assert_str_eq(r->bindings[1]->remote_id_text, "dn:CN=*,O=Example");
    ck_assert_str_eq(r->bindings[1]->ppk_secret, "q");
    intent_page_free(page);
    desired_state_free(state);
}
END_TEST

// Names of the greatest length: as many bindings a page as fit, none lost.
START_TEST(long_bindings_go_over_more_pages)
{
#define LONG "a23456789-123456789-123456789-123456789-123456789-123456789-1"
    struct buffer yaml = {0};
    struct desired_state *state;
    struct intent_page *page;
    size_t bindings = 0, pages = 0;

    buffer_append_str(&yaml, "tunnels:\n");
    for (unsigned i = 0; i < 100; i++) {
        buffer_append_format(&yaml,
                             "- name: t%u\n  remote: {address: 192.0.2.%u}\n  policies: [{local: 10.1.0.0/24, remote: "
                             "10.2.%u.0/24}]\n  auth: {certificate: {certificate: gw, authorities: [",
                             i, i + 1, i);
        for (unsigned k = 0; k < 16; k++)
            buffer_append_format(&yaml, "%s" LONG "%02u", k ? ", " : "", k);
        buffer_append_str(&yaml, "]}}\n");
    }
    state = decode(buffer_str(&yaml));
    for (struct intent_cursor cursor = {0}; !cursor.last; intent_page_free(page), pages++) {
        page = intent_page_for_pki(state->config, 1, &cursor);
        expect_fits(page);
        bindings += ((const Bulkhead__Internal__V1__PkiBindTunnelsRequest *)(const void *)page->message)->n_bindings;
    }
    ck_assert_uint_eq(bindings, 100);
    ck_assert_uint_gt(pages, 2);
    desired_state_free(state);
    buffer_done(&yaml);
}
END_TEST

START_TEST(an_end_without_address_and_id_has_no_identity)
{
    struct desired_state *state = decode("tunnels:\n"
                                         "- name: a\n"
                                         "  remote: {address: any, id: gw.example}\n"
                                         "  auth: {psk: {secret: s1}}\n"
                                         "  start: START_MODE_PASSIVE\n"
                                         "  policies: [{local: 10.1.0.0/24, remote: 10.2.0.0/24}]\n");
    struct intent_cursor cursor = {0};
    struct intent_page *page = intent_page_for_pki(state->config, 7, &cursor);
    const Bulkhead__Internal__V1__PkiBindTunnelsRequest *r = (const void *)page->message;

    ck_assert_ptr_null(r->bindings[0]->local_id);
    ck_assert_uint_eq(r->bindings[0]->remote_id->type, 2);
    intent_page_free(page);
    desired_state_free(state);
}
END_TEST

START_TEST(nothing_is_one_empty_last_page)
{
    intent_page_fn *const pages[] = {intent_page_for_fw, intent_page_for_pki, intent_page_for_ike};
    struct desired_state *state = desired_state_empty();

    for (size_t i = 0; i < RUN_COUNT(pages); i++) {
        struct intent_cursor cursor = {0};
        struct intent_page *page = pages[i](state->config, 1, &cursor);

        ck_assert(cursor.last);
        intent_page_free(page);
    }
    desired_state_free(state);
}
END_TEST

START_TEST(many_tunnels_go_over_many_pages)
{
    struct desired_state *state = generate(1500, 1);
    size_t policies = 0, bindings = 0, tunnels = 0;
    struct intent_page *page;

    for (struct intent_cursor cursor = {0}; !cursor.last; intent_page_free(page)) {
        page = intent_page_for_fw(state->config, 1, &cursor);
        expect_fits(page);
        policies += ((const Bulkhead__Internal__V1__FwConfigureRequest *)(const void *)page->message)->n_policies;
    }
    for (struct intent_cursor cursor = {0}; !cursor.last; intent_page_free(page)) {
        page = intent_page_for_pki(state->config, 1, &cursor);
        expect_fits(page);
        bindings += ((const Bulkhead__Internal__V1__PkiBindTunnelsRequest *)(const void *)page->message)->n_bindings;
    }
    for (struct intent_cursor cursor = {0}; !cursor.last; intent_page_free(page)) {
        const Bulkhead__Internal__V1__IkeConfigureRequest *r;

        page = intent_page_for_ike(state->config, 1, &cursor);
        r = (const void *)page->message;
        expect_fits(page);
        ck_assert(!r->continued);
        for (size_t i = 0; i < r->n_tunnels; i++)
            ck_assert_str_eq(r->tunnels[i]->name, state->config->tunnels[tunnels + i]->name);
        tunnels += r->n_tunnels;
    }
    ck_assert_uint_eq(policies, 1500);
    ck_assert_uint_eq(bindings, 1500);
    ck_assert_uint_eq(tunnels, 1500);
    desired_state_free(state);
}
END_TEST

START_TEST(a_tunnel_that_fits_no_page_goes_over_several)
{
    struct desired_state *state = generate(1, 1000);
    const Bulkhead__V1__Tunnel *tunnel = state->config->tunnels[0];
    size_t policies = 0, pages = 0;
    struct intent_page *page;

    for (size_t i = 0; i < tunnel->n_policies; i++) { // beyond one frame for certain
        free(tunnel->policies[i]->name);
        tunnel->policies[i]->name = malloc(65);
        memset(tunnel->policies[i]->name, 'n', 64);
        tunnel->policies[i]->name[64] = 0;
    }
    for (struct intent_cursor cursor = {0}; !cursor.last; intent_page_free(page), pages++) {
        const Bulkhead__Internal__V1__IkeConfigureRequest *r;

        page = intent_page_for_ike(state->config, 1, &cursor);
        ck_assert_ptr_nonnull(page);
        r = (const void *)page->message;
        expect_fits(page);
        ck_assert_uint_eq(r->n_tunnels, 1);
        ck_assert_int_eq(r->continued, pages > 0);
        ck_assert_str_eq(r->tunnels[0]->name, tunnel->name);
        ck_assert_int_eq(r->tunnels[0]->remote != NULL, pages == 0);
        for (size_t i = 0; i < r->tunnels[0]->n_policies; i++)
            ck_assert_ptr_eq(r->tunnels[0]->policies[i], tunnel->policies[policies + i]);
        policies += r->tunnels[0]->n_policies;
    }
    ck_assert_uint_eq(policies, 1000);
    ck_assert_uint_gt(pages, 1);
    desired_state_free(state);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        fw_gets_selectors_and_actions,
        fw_gets_every_pair,
        pki_gets_identities,
        pki_gets_certificates,
        long_bindings_go_over_more_pages,
        an_end_without_address_and_id_has_no_identity,
        nothing_is_one_empty_last_page,
        many_tunnels_go_over_many_pages,
        a_tunnel_that_fits_no_page_goes_over_several,
    };

    return run_tests("intent", tests, RUN_COUNT(tests));
}
