// Configurations in YAML: what is accepted, and where every mistake is.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/schema/config.h"
#include "lib/schema/proto_yaml.h"
#include "lib/schema/spelling.h"
#include "tests/unit/lib/run.h"

// The mistakes as text, "" when there are none; from malloc.
static char *mistakes_in(const char *yaml)
{
    struct mistakes mistakes = mistakes_of("f");
    Bulkhead__V1__Config *config;
    char *text;

    if (config_decode(bytes_of_str(yaml), &mistakes, &config, NULL) == 0)
        bulkhead__v1__config__free_unpacked(config, NULL);
    else
        ck_assert(mistakes_any(&mistakes));
    text = mistakes_format(&mistakes);
    mistakes_done(&mistakes);
    return text;
}

static void check(const char *const (*cases)[2], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *text = mistakes_in(cases[i][0]);

        ck_assert_msg(strcmp(text, cases[i][1]) == 0, "case %zu: %s", i, text);
        free(text);
    }
}

START_TEST(takes_yaml_in_its_forms)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"# nothing\n", ""},
        {"---\n", ""},
        {"{}", ""},
        {"tunnels:\n", ""},
        {"tunnels: []\n", ""},
        {"\xef\xbb\xbftunnels: []\r\n", ""},
        {"tunnels:\n- name: a\n  remote: {address: 192.0.2.1, id: \"fqdn:b.example\"}\n  auth: {psk: {secret: a}}\n"
         "  policies: [{local: 10.0.0.0/8, remote: 11.0.0.0/8}]\n",
         ""},
        {"tunnels:\n- name: 123\n  remote: {address: any, id: b.example}\n  start: PASSIVE\n  auth: {psk: {secret: "
         "'a'}}\n"
         "  ikeProposals: [aes256-sha256-modp2048, default]\n  esp_proposals:\n  - aes256gcm16\n  liveness: {interval: "
         "1d}\n"
         "  policies:\n  - local: fd00:1::/64\n    remote: >-\n      fd00:2::/64\n    protocol: 6\n    local_ports: "
         "80\n"
         "    action: bypass\n",
         ""},
    };

    check(cases, RUN_COUNT(cases));
}
END_TEST

START_TEST(tells_where_the_form_is_wrong)
{
    static const char *const cases[][2] = {
        {"tunels: []", "f:1:1: unknown key \"tunels\"; did you mean \"tunnels\"?\n"},
        {"foo: []", "f:1:1: unknown key \"foo\"; there is tunnels, certificate_checks\n"},
        {"- a", "f:1:1: should be a mapping, is a list\n"},
        {"tunnels: x", "f:1:10: tunnels: should be a list, is text\n"},
        {"tunnels:\n  name: x", "f:2:3: tunnels: should be a list, is a mapping\n"},
        {"tunnels: [{}, [], 5]", "f:1:15: tunnels[1]: should be a mapping, is a list\n"
                                 "f:1:19: tunnels[2]: should be a mapping, is text\n"},
        {"tunnels: [{name: [a]}]", "f:1:18: tunnels[0].name: should be a single value, is a list\n"},
        {"tunnels: []\ntunnels: []", "f:2:1: tunnels: the key is there twice; remove one\n"},
        {"tunnels: [{start: sometimes}]",
         "f:1:19: tunnels[0].start: \"sometimes\" is none of up, on_demand, passive\n"},
        {"a: &x 1", "f:1:7: anchors and tags have no place here; write the value itself\n"},
        {"a: !!str 1", "f:1:10: anchors and tags have no place here; write the value itself\n"},
        {"a: *x", "f:1:4: aliases have no place here; write the value itself\n"},
        {"? [a]\n: b", "f:1:3: a key should be a single word, is a list or a mapping\n"},
        {"a: 1\n---\nb: 2", "f:2:1: a second document; there may be only one\n"},
        {"a: \"x", "f:1:5: is not valid YAML: double-quoted scalar without closing quote\n"},
        {"tunnels:\n\t- a", "f:2:1: is not valid YAML: tab character may not be used as indentation\n"},
        {"a: \x01", "f:1:4: control characters have no place here\n"},
        {"a: 1\nb: \xff", "f:2:4: is not UTF-8 text\n"},
        {"%YAML 1.2\n---\n", "f:1:1: directives have no place here; a value that starts with % needs quotes\n"},
        {"tunnels: [{name: \"a\\0b\"}]", "f:1:18: tunnels[0].name: is not UTF-8 text, or has a NUL in it\n"},
    };

    check(cases, RUN_COUNT(cases));
}
END_TEST

// A tunnel that is right but for what `extra` adds.
static char *tunnel_with(const char *extra)
{
    char yaml[1024];

    snprintf(yaml, sizeof(yaml), "tunnels:\n- name: a\n  auth: {psk: {secret: s}}\n%s%s\n",
             strstr(extra, "remote: {") ? "" : "  remote: {address: 192.0.2.1}\n", extra);
    return mistakes_in(yaml);
}

#define SIX_DEFAULTS "default, default, default, default, default, default, "
#define POLICY       "  policies: [{local: 10.0.0.0/8, remote: 11.0.0.0/8}]\n"

START_TEST(tells_what_would_be_right)
{
    static const char *const cases[][2] = {
        // what is added to a tunnel, and the mistake without file, line and "tunnels[0]."
        {"  policies: [{local: 10.1.0.7/24, remote: 11.0.0.0/8}]",
         "policies[0].local: 10.1.0.7/24 has host bits set; write 10.1.0.0/24"},
        {"  policies: [{local: 10.1.0.0/24, remote: fd00::/16}]",
         "policies[0].remote: fd00::/16 is IPv6, but local is IPv4; write two of one family"},
        {"  policies: [{local: 10.1.0.0/24}]",
         "policies[0].remote: is required; write a prefix, an address or a range, for example 10.1.0.0/24"},
        {"  policies: [{local: 10.1.0.0/33, remote: 11.0.0.0/8}]",
         "policies[0].local: \"10.1.0.0/33\" is not a prefix, an address or a range; write for example 10.1.0.0/24, "
         "10.1.0.1 or 10.1.0.1-10.1.0.9"},
        {"  policies: [{local: 10.1.0.9-10.1.0.1, remote: 11.0.0.0/8}]",
         "policies[0].local: \"10.1.0.9-10.1.0.1\" should have two addresses of one family, the lower one first"},
        {"  policies: [{local: 10.0.0.0/8, remote: 11.0.0.0/8, local_ports: 80}]",
         "policies[0].local_ports: \"80\": ports need protocol tcp, udp or sctp"},
        {"  policies: [{local: 10.0.0.0/8, remote: 11.0.0.0/8, protocol: icmp, remote_ports: 8}]",
         "policies[0].remote_ports: \"8\": ports need protocol tcp, udp or sctp"},
        {"  policies: [{local: 10.0.0.0/8, remote: 11.0.0.0/8, protocol: tcp, remote_ports: 80-70}]",
         "policies[0].remote_ports: \"80-70\": not a port or range of ports; write for example 80 or 1000-2000"},
        {"  policies: [{local: 10.0.0.0/8, remote: 11.0.0.0/8, protocol: tpc}]",
         "policies[0].protocol: \"tpc\": unknown protocol; write tcp, udp, icmp, ipv6-icmp, sctp or a number 1-255"},
        {"  policies: [{local: 10.0.0.0/8, remote: 11.0.0.0/8, protocol: ipv6-icmp}]",
         "policies[0].protocol: \"ipv6-icmp\" is IPv6's; write icmp with IPv4 addresses"},
        {"  policies: [{local: fd00::/16, remote: fd01::/16, protocol: icmp}]",
         "policies[0].protocol: \"icmp\" is IPv4's; write ipv6-icmp with IPv6 addresses"},
        {"  policies: [{local: 10.0.0.0/8, remote: 11.0.0.0/8, name: a b}]",
         "policies[0].name: \"a b\" is not a name; write 1-64 letters, digits, '-', '_' and '.'"},
        {"  policies: [{local: 10.0.0.0/8, locals: [12.0.0.0/8], remote: 11.0.0.0/8}]",
         "policies[0].local: stands beside locals; write one of the two"},
        {"  policies: [{locals: [12.0.0.0/8, 12.0.0.1/8], remote: 11.0.0.0/8}]",
         "policies[0].locals[1]: 12.0.0.1/8 has host bits set; write 12.0.0.0/8"},
        {"  policies: [{locals: [12.0.0.0/8, 'fd00::/16'], remote: 11.0.0.0/8}]",
         "policies[0].remote: both sides need the same families; IPv6 stands on one side alone"},
        {"  policies: [{local: 10.0.0.0/8, remote: 11.0.0.0/8, protocol: tcp, icmp_type: 8}]",
         "policies[0].icmp_type: \"8\": an ICMP type needs protocol icmp or ipv6-icmp"},
        {"  policies: [{local: 10.0.0.0/8, remote: 11.0.0.0/8, protocol: icmp, icmp_type: echo}]",
         "policies[0].icmp_type: \"echo\": not an ICMP type; write for example 8, or 8/0 for type and code"},
        {"  policies: [{local: 10.0.0.0/8, remote: 11.0.0.0/8, selectors: one_per_child, action: bypass}]",
         "policies[0].selectors: has a meaning with action protect alone; remove it"},
        {"  policies: [{local: 10.0.0.0/8, remote: 11.0.0.0/8, notrack: true, action: discard}]",
         "policies[0].notrack: has a meaning with action protect alone; remove it"},
        {"  mode: transport\n  policies: [{local: 10.0.0.0/8, remote: 192.0.2.1}]",
         "policies[0].local: 10.0.0.0/8 is more than one address; mode: transport is host to host, write the "
         "gateway's own"},
        {"  mode: transport\n  policies: [{local: 10.0.0.1, remote: 192.0.2.7}]",
         "policies[0].remote: 192.0.2.7 is not remote.address; mode: transport is host to host, write 192.0.2.1"},
        {"  policies: []", "policies: at least one is required; write policies: [{local: ..., remote: ...}]"},
        {POLICY "  ike_proposals: [aes256-sha256-modp2048, aes256-sha265-modp2048]",
         "ike_proposals[1]: \"aes256-sha265-modp2048\": "},
        {POLICY "  ike_proposals: [" SIX_DEFAULTS SIX_DEFAULTS "default, default, default, default, default]",
         "ike_proposals: 68 proposals; at most 64"},
        {POLICY "  esp_proposals: [aes256]", "esp_proposals[0]: \"aes256\": "},
        {POLICY "  liveness: {interval: 2d}", "liveness.interval: 172800 s is out of range; write 1s to 1d"},
        {POLICY "  liveness: {interval: 0.5s}", "liveness.interval: 0 s is out of range; write 1s to 1d"},
        {POLICY "  dscp: 64", "dscp: 64 is out of range; write 0 to 63, or leave it out to copy what packets have"},
        {POLICY "  replay_window: 63", "replay_window: 63 is out of range; write 64 to 65536 packets"},
        {POLICY "  replay_window: 65537", "replay_window: 65537 is out of range; write 64 to 65536 packets"},
        {POLICY "  ike_lifetime: {rekey: 31d}",
         "ike_lifetime.rekey: 2678400 s is out of range; write 1s to 30d, or 0s for never"},
        {POLICY "  child_lifetime: {rekey: 0.5s}",
         "child_lifetime.rekey: 0 s is out of range; write 1s to 30d, or 0s for never"},
        {POLICY "  child_lifetime: {rekey: 30m, hard: 30m}",
         "child_lifetime.hard: 1800 s is not over the soft limit, 1800 s; write more, so that there is time for the "
         "replacement"},
        {POLICY "  ike_lifetime: {hard: 1h}",
         "ike_lifetime.hard: 3600 s is not over the soft limit, 14400 s by default; write more"},
        {POLICY "  ike_lifetime: {hard: 61d}", "ike_lifetime.hard: 5270400 s is out of range; write 1s to 60d"},
        {POLICY "  child_lifetime: {jitter: 51}", "child_lifetime.jitter: 51 % is out of range; write 0 to 50"},
        {POLICY "  ike_lifetime: {rekey_bytes: 1000}",
         "ike_lifetime.rekey_bytes: an IKE SA carries no traffic; write it in child_lifetime"},
        {POLICY "  ike_lifetime: {rekey_packets: 1000}",
         "ike_lifetime.rekey_packets: an IKE SA carries no traffic; write it in child_lifetime"},
        {POLICY "  remote: {address: 192.0.2.300}",
         "remote.address: \"192.0.2.300\" is neither an address, a prefix nor a name; write for example 192.0.2.1, "
         "2001:db8::1, 192.0.2.0/24 or gw.example"},
        {POLICY "  remote: {address: 0.0.0.0}",
         "remote.address: 0.0.0.0 is not the address of one host; write that of the gateway"},
        {POLICY "  remote: {address: any, id: x}",
         "remote.address: is required, since this tunnel initiates; write the peer's address, or start: passive"},
        {POLICY "  start: passive\n  remote: {address: any}",
         "remote.id: is required when the peer may call from anywhere; write the identity it sends"},
        {POLICY "  remote: {address: 192.0.2.1, id: 'keyid:xyz'}", "remote.id: \"keyid:xyz\" is not an identity; "},
        {POLICY "  local: {address: '2001:db8::1'}",
         "local.address: 2001:db8::1 is IPv6, but remote.address is IPv4; write two of one family"},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        char *text = tunnel_with(cases[i][0]), *path = strstr(text, "tunnels[0].");

        ck_assert_msg(path && strncmp(path + 11, cases[i][1], strlen(cases[i][1])) == 0, "case %zu: %s", i, text);
        ck_assert_msg(strchr(text, '\n') == text + strlen(text) - 1, "case %zu has more than one: %s", i, text);
        ck_assert_msg(strncmp(text, "f:", 2) == 0 && text[2] != '0', "case %zu: %s", i, text);
        free(text);
    }
}
END_TEST

START_TEST(never_shows_what_may_be_a_secret)
{
    char *text = mistakes_in(
        "tunnels:\n- name: a\n  remote: {address: 192.0.2.1}\n  auth: {psk: {secret: 'correct horse'}}\n" POLICY);

    ck_assert_str_eq(text,
                     "f:4:24: tunnels[0].auth.psk.secret: is not a secret's name; write 1-64 letters, digits, '-', '_' "
                     "and '.', not the secret itself\n");
    free(text);
}
END_TEST

START_TEST(tells_of_missing_parts)
{
    char *text = mistakes_in("tunnels:\n-\n  start: up\n");

    ck_assert_str_eq(text,
                     "f:3:3: tunnels[0].name: is required; write 1-64 letters, digits, '-', '_' and '.'\n"
                     "f:3:3: tunnels[0].remote: is required; write remote: {address: ...}\n"
                     "f:3:3: tunnels[0].auth: is required; write auth: {psk: {secret: NAME}} or auth: "
                     "{certificate: {certificate: NAME}}\n"
                     "f:3:3: tunnels[0].policies: at least one is required; write policies: [{local: ..., remote: "
                     "...}]\n");
    free(text);
}
END_TEST

#define TUNNEL(name, policies)                                                                                         \
    "- name: " name "\n  remote: {address: 192.0.2.1}\n  auth: {psk: {secret: s}}\n  policies:\n" policies

START_TEST(compares_tunnels)
{
    static const char *const cases[][2] = {
        {"tunnels:\n" TUNNEL("a", "  - {local: 10.0.0.0/8, remote: 11.0.0.0/8}\n")
             TUNNEL("b", "  - {local: 10.0.0.0/8, remote: 12.0.0.0/8}\n"),
         ""},
        {"tunnels:\n" TUNNEL("a", "  - {local: 10.0.0.0/8, remote: 11.0.0.0/8}\n")
             TUNNEL("a", "  - {local: 10.0.0.0/8, remote: 12.0.0.0/8}\n"),
         "f:7:9: tunnels[1].name: \"a\" is already the name of tunnels[0]; give each tunnel its own\n"},
        {"tunnels:\n" TUNNEL("a", "  - {local: 10.0.0.0/8, remote: 11.0.0.0/8}\n")
             TUNNEL("b", "  - {local: 10.0.0.0-10.255.255.255, remote: 11.0.0.0/8}\n"),
         "f:11:5: tunnels[1].policies[0]: claims 10.0.0.0/8 - 11.0.0.0/8, which tunnels[0].policies[0] (tunnel \"a\", "
         "line 6) "
         "claims already; remove one of the two\n"},
        {"tunnels:\n" TUNNEL(
             "a", "  - {local: 10.0.0.0/8, remote: 11.0.0.0/8}\n  - {local: 10.0.0.0/8, remote: 11.0.0.0/8}\n"),
         "f:7:5: tunnels[0].policies[1]: claims 10.0.0.0/8 - 11.0.0.0/8, which tunnels[0].policies[0] (tunnel \"a\", "
         "line 6) "
         "claims already; remove one of the two\n"},
        {"tunnels:\n" TUNNEL("a", "  - {local: 10.0.0.0/8, remote: 11.0.0.0/8, action: bypass}\n")
             TUNNEL("b", "  - {local: 10.0.0.0/8, remote: 11.0.0.0/8}\n"),
         ""},
        {"tunnels:\n" TUNNEL("a", "  - {locals: [10.0.0.0/8, 12.0.0.0/8], remotes: [11.0.0.0/8, 13.0.0.0/8]}\n")
             TUNNEL("b", "  - {local: 12.0.0.0/8, remote: 13.0.0.0/8}\n"),
         "f:11:5: tunnels[1].policies[0]: claims 12.0.0.0/8 - 13.0.0.0/8, which tunnels[0].policies[0] (tunnel \"a\", "
         "line 6) "
         "claims already; remove one of the two\n"},
        {"tunnels:\n" TUNNEL("a", "  - {local: 10.0.0.0/8, remote: 11.0.0.0/8, protocol: tcp}\n")
             TUNNEL("b", "  - {local: 10.0.0.0/8, remote: 11.0.0.0/8}\n"),
         ""},
    };

    check(cases, RUN_COUNT(cases));
}
END_TEST

START_TEST(finds_places_later)
{
    static const char yaml[] = "tunnels:\n" TUNNEL("a", "  - {local: 10.0.0.0/8, remote: 11.0.0.0/8}\n");
    static const struct {
        const char *path;
        unsigned line, column;
    } cases[] = {
        {"tunnels[0].auth.psk.secret", 4, 24},
        {"tunnels[0].policies[0].remote", 6, 33},
        {"tunnels[0].liveness.interval", 2, 3},
        {"tunnels[0].policies[7]", 6, 3},
        {"nothing", 1, 1},
        {"", 1, 1},
        {"tunnels[x", 2, 3},
    };
    struct mistakes mistakes = mistakes_of("f"), warnings = mistakes_of("f");
    Bulkhead__V1__Config *config;
    struct tree *tree;

    ck_assert_int_eq(config_decode(bytes_of_str(yaml), &mistakes, &config, &tree), 0);
    warnings.tree = tree;
    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        mistake_add_at(&warnings, cases[i].path, "here");
        ck_assert_msg(warnings.list[i].line == cases[i].line && warnings.list[i].column == cases[i].column,
                      "case %zu: %u:%u", i, warnings.list[i].line, warnings.list[i].column);
    }
    mistakes_done(&warnings);
    tree_free(tree);
    bulkhead__v1__config__free_unpacked(config, NULL);
    mistakes_done(&mistakes);
}
END_TEST

START_TEST(writes_yaml_that_means_the_same)
{
    static const char yaml[] = "tunnels:\n"
                               "- name: \"123\"\n"
                               "  local:\n"
                               "    id: \"fqdn:a\"\n"
                               "  remote:\n"
                               "    address: \"null\"\n"
                               "    id: \"a \\\"b\\\" \\\\ \xc3\xa4\\x01\\x85\\u2028\"\n"
                               "  auth:\n"
                               "    psk: {}\n"
                               "  policies:\n"
                               "  - {}\n"
                               "  - local: 10.0.0.0/8\n"
                               "    action: bypass\n"
                               "  ike_proposals:\n"
                               "  - aes256-sha256-modp2048\n"
                               "  - \"\"\n"
                               "  start: on_demand\n"
                               "  liveness:\n"
                               "    interval: 30s\n";
    struct mistakes mistakes = mistakes_of("f");
    ProtobufCMessage *message;
    char *text;

    ck_assert_int_eq(
        proto_yaml_decode(bytes_of_str(yaml), &bulkhead__v1__config__descriptor, &mistakes, &message, NULL), 0);
    text = proto_yaml_encode(message);
    ck_assert_str_eq(text, yaml);
    free(text);
    protobuf_c_message_free_unpacked(message, NULL);
    mistakes_done(&mistakes);
}
END_TEST

START_TEST(bounds_what_it_reads)
{
    const size_t n = PROTO_YAML_BYTES_MAX + 1;
    char *text = malloc(n);
    struct mistakes mistakes = mistakes_of("f");
    Bulkhead__V1__Config *config;

    memset(text, '#', n);
    ck_assert_int_eq(config_decode(bytes_of(text, n), &mistakes, &config, NULL), -EFBIG);
    ck_assert_uint_eq(mistakes.n, 1);
    mistakes_done(&mistakes);
    memset(text, '[', 300000); // the parser would keep a token for each
    ck_assert_int_eq(config_decode(bytes_of(text, 300000), &mistakes, &config, NULL), -EINVAL);
    ck_assert_str_eq(mistakes.list[0].text,
                     "what follows here, a value or a line of values in brackets, is longer than 262144 bytes");
    mistakes_done(&mistakes);
    memset(text, '[', 1000);
    ck_assert_int_eq(config_decode(bytes_of(text, 1000), &mistakes, &config, NULL), -EINVAL);
    mistakes_done(&mistakes);
    free(text);
}
END_TEST

START_TEST(guesses_words)
{
    static const struct {
        const char *a, *b;
        unsigned distance;
    } cases[] = {
        {"", "", 0},       {"a", "", 1}, {"remot", "remote", 1}, {"reomte", "remote", 1}, {"kitten", "sitting", 3},
        {"abc", "xyz", 3},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        ck_assert_uint_eq(spelling_distance(cases[i].a, cases[i].b), cases[i].distance);
        ck_assert_uint_eq(spelling_distance(cases[i].b, cases[i].a), cases[i].distance);
    }
    ck_assert(spelling_is_near("polices", "policies"));
    ck_assert(!spelling_is_near("id", "psk"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        takes_yaml_in_its_forms,   tells_where_the_form_is_wrong,
        tells_what_would_be_right, never_shows_what_may_be_a_secret,
        tells_of_missing_parts,    compares_tunnels,
        finds_places_later,        writes_yaml_that_means_the_same,
        bounds_what_it_reads,      guesses_words,
    };

    return run_tests("config", tests, RUN_COUNT(tests));
}
