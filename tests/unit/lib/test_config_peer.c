// What a configuration may say about the peer and its authentication, and what would be right instead.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/schema/config.h"
#include "tests/unit/lib/run.h"

// The first mistake without "f:LINE:COLUMN: tunnels[0]."; "" when there is none. To be freed.
static char *mistake_of(const char *lines)
{
    struct mistakes mistakes = mistakes_of("f");
    Bulkhead__V1__Config *config = NULL;
    char yaml[1024], *text = NULL;

    snprintf(yaml, sizeof(yaml), "tunnels:\n- name: a\n%s\n%s  policies: [{local: 10.0.0.0/8, remote: 11.0.0.0/8}]\n",
             lines, strstr(lines, "auth:") ? "" : "  auth: {psk: {secret: s}}\n");
    if (config_decode(bytes_of_str(yaml), &mistakes, &config, NULL) == 0) {
        bulkhead__v1__config__free_unpacked(config, NULL);
        text = strdup("");
    } else {
        char *line = mistake_format(&mistakes, &mistakes.list[0]), *path = strstr(line, "tunnels[0].");

        ck_assert_msg(path && mistakes.n == 1, "%zu mistakes: %s", mistakes.n, line);
        text = strdup(path + strlen("tunnels[0]."));
        free(line);
    }
    mistakes_done(&mistakes);
    return text;
}

#define REMOTE "  remote: {address: 192.0.2.1}\n"

static const struct {
    const char *lines, *mistake;
} cases[] = {
    {"  remote: {address: 192.0.2.1, other_addresses: [192.0.2.2, '2001:db8::1', 198.51.100.0/24]}", ""},
    {"  remote: {address: 192.0.2.0/24, other_addresses: [198.51.100.1]}", ""},
    {"  remote: {address: any, other_addresses: [198.51.100.1], id: any}", ""},
    {"  remote: {other_addresses: [198.51.100.1]}", ""},
    {"  start: passive\n  remote: {address: 192.0.2.0/24}", ""},
    {"  remote: {address: 192.0.2.1, id: '*.branch.example'}", ""},
    {"  remote: {address: 192.0.2.1, id: 'email:*@example.com'}", ""},
    {"  remote: {address: 192.0.2.0/24}",
     "remote.address: is a prefix, which can't be called, and this tunnel initiates; write the peer's address, or "
     "start: passive"},
    {"  remote: {address: 192.0.2.7/24}", "remote.address: 192.0.2.7/24 has host bits set; write 192.0.2.0/24"},
    {"  remote: {address: 192.0.2.1, other_addresses: [192.0.2.2, -gw]}",
     "remote.other_addresses[1]: \"-gw\" is neither an address, a prefix nor a name; write for example 192.0.2.1, "
     "2001:db8::1, 192.0.2.0/24 or gw.example"},
    {"  remote: {address: 192.0.2.1, other_addresses: [224.0.0.1]}",
     "remote.other_addresses[0]: 224.0.0.1 is not the address of one host; write that of the gateway"},
    {"  remote: {address: 192.0.2.1, other_addresses: [1.1.1.1, 1.1.1.2, 1.1.1.3, 1.1.1.4, 1.1.1.5, 1.1.1.6, 1.1.1.7, "
     "1.1.1.8, 1.1.1.9]}",
     "remote.other_addresses: 9 addresses; at most 8 are allowed"},
    {REMOTE "  local: {other_addresses: [192.0.2.9]}",
     "local.other_addresses: are the peer's alone; write them below remote"},
    {REMOTE "  local: {id: '*.example'}",
     "local.id: \"*.example\" is a pattern; write the one identity that this gateway sends"},
    {REMOTE "  local: {id: any}", "local.id: \"any\" is a pattern; write the one identity that this gateway sends"},
    {"  remote: {address: 192.0.2.1, id: 'a.*.example'}",
     "remote.id: \"a.*.example\" is not an identity; write for example fqdn:gw.example, email:a@b.example, "
     "ipv4:192.0.2.1, ipv6:2001:db8::1, keyid:0a0b or \"dn:CN=gw1,O=Example\", a pattern as *.branch.example, "
     "*@example.com or \"dn:CN=*,O=Example\", or any"},
    {"  remote: {address: 192.0.2.1, id: 'dn:CN=*,O=Example'}", ""},
    {"  remote: {address: 192.0.2.1, id: 'CN=gw1, O=Example'}", ""},
    {"  remote: {address: 192.0.2.1, id: 'dn:XY=gw1'}", "remote.id: \"dn:XY=gw1\" is not an identity; write for "},
    {REMOTE "  local: {id: 'dn:CN=gw1'}", ""},
    {REMOTE "  local: {id: 'dn:CN=*'}",
     "local.id: \"dn:CN=*\" is a pattern; write the one identity that this gateway sends"},
    {REMOTE "  auth: {psk: {secret: s, other_secret: t}}", ""},
    {REMOTE "  auth: {psk: {secret: s, other_secret: s}}",
     "auth.psk.other_secret: is the same as secret; write another one, or leave it out"},
    {REMOTE "  auth: {psk: {secret: s, other_secret: 'a b'}}",
     "auth.psk.other_secret: is not a secret's name; write 1-64 letters, digits, '-', '_' and '.', not the secret "
     "itself"},
    {REMOTE "  auth: {psk: {secret: s}, ppk: {id: a@b, secret: q, required: false}}", ""},
    {REMOTE "  auth: {psk: {secret: s}, ppk: {secret: q}}",
     "auth.ppk.id: is required; write the PPK_ID that both sides give this key"},
    {REMOTE "  auth: {psk: {secret: s}, ppk: {id: x}}",
     "auth.ppk.secret: is required; write the name of a secret that `bhctl secrets set NAME` stores"},
    {REMOTE "  auth: {ppk: {id: x, secret: q}}",
     "auth: is required; write auth: {psk: {secret: NAME}} or auth: {certificate: {certificate: NAME}}"},
    {REMOTE "  auth: {certificate: {certificate: gw, authorities: [ca, other.ca], revocation: strict, "
            "rsa_padding: pss}, ppk: {id: x, secret: q}}",
     ""},
    {"  remote: {address: any}\n  start: passive\n  auth: {certificate: {certificate: gw}}", ""},
    {"  remote: {address: 192.0.2.1, id: 'keyid:0a0b'}", ""},
    {"  remote: {address: 192.0.2.1, id: 'keyid:0a0b'}\n  auth: {certificate: {certificate: gw}}",
     "remote.id: \"keyid:0a0b\" is in no certificate; write the name, e-mail, address or subject (dn:) that the peer's "
     "certificate has"},
    {REMOTE "  auth: {certificate: {}}",
     "auth.certificate.certificate: is required; write the name of our own certificate (`bhctl pki cert list`)"},
    {REMOTE "  auth: {certificate: {certificate: 'a b'}}",
     "auth.certificate.certificate: \"a b\" is not a certificate's name; write 1-64 letters, digits, '-', '_' and '.'"},
    {REMOTE "  auth: {certificate: {certificate: gw, authorities: [ca, '']}}",
     "auth.certificate.authorities[1]: \"\" is not an authority's name; write 1-64 letters, digits, '-', '_' and '.' "
     "(`bhctl pki ca list`)"},
    {REMOTE "  auth: {certificate: {certificate: gw, authorities: [ca, b, ca]}}",
     "auth.certificate.authorities[2]: \"ca\" is already authorities[0]; write it once"},
    {REMOTE
     "  auth: {certificate: {certificate: gw, authorities: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q]}}",
     "auth.certificate.authorities: 17 authorities; at most 16 are allowed"},
};

START_TEST(says_what_would_be_right)
{
    char *text = mistake_of(cases[_i].lines);
    size_t n = strlen(cases[_i].mistake);

    ck_assert_msg(n ? strncmp(text, cases[_i].mistake, n) == 0 : !*text, "case %d: %s", _i, text);
    free(text);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("config_peer");
    TCase *t = tcase_create("cases");

    tcase_add_loop_test(t, says_what_would_be_right, 0, (int)RUN_COUNT(cases));
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
