// The JSON mapping: what goes out, what comes in, what is refused.
#include <errno.h>
#include <string.h>

#include "bulkhead/v1/config_service.pb-c.h"
#include "bulkhead/v1/secret_service.pb-c.h"
#include "bulkhead/v1/system_service.pb-c.h"
#include "bulkhead/v1/tunnel_service.pb-c.h"
#include "lib/schema/proto_json.h"
#include "lib/schema/wiping.h"
#include "tests/unit/lib/run.h"

// Encodes what `text` decodes to; on a refusal, its first mistake in parentheses. From wiping_malloc.
static char *round_trip(const char *text, const ProtobufCMessageDescriptor *descriptor, unsigned flags)
{
    struct mistakes mistakes = mistakes_of(NULL);
    ProtobufCMessage *message;
    char *out;

    if (proto_json_decode(bytes_of_str(text), descriptor, &wiping_allocator, &mistakes, &message) < 0) {
        char *first = mistake_format(&mistakes, &mistakes.list[0]);

        ck_assert_uint_gt(mistakes.n, 0);
        out = wiping_malloc(strlen(first) + 3);
        sprintf(out, "(%s)", first);
        free(first);
    } else {
        out = proto_json_encode(message, flags);
        protobuf_c_message_free_unpacked(message, &wiping_allocator);
    }
    mistakes_done(&mistakes);
    return out;
}

struct json_case {
    const ProtobufCMessageDescriptor *descriptor;
    const char *in;
    const char *out;
};

static void check(const struct json_case *cases, size_t n, unsigned flags)
{
    for (size_t i = 0; i < n; i++) {
        char *out = round_trip(cases[i].in, cases[i].descriptor, flags);

        ck_assert_msg(strcmp(out, cases[i].out) == 0, "case %zu: %s", i, out);
        wiping_free(out);
    }
}

#define TUNNEL   &bulkhead__v1__tunnel__descriptor
#define STATUS   &bulkhead__v1__tunnel_status__descriptor
#define COUNTERS &bulkhead__v1__sa_counters__descriptor
#define SECRET   &bulkhead__v1__set_secret_request__descriptor
#define PROCESS  &bulkhead__v1__process__descriptor
#define LIVENESS &bulkhead__v1__liveness__descriptor

START_TEST(takes_what_proto3_json_allows)
{
    static const struct json_case cases[] = {
        {TUNNEL, "", "{}"},
        {TUNNEL, " \n", "{}"},
        {TUNNEL, "{}", "{}"},
        {TUNNEL, "{\"name\":\"a\",\"remote\":null}", "{\"name\":\"a\"}"},
        {TUNNEL, "{\"remote\":{}}", "{\"remote\":{}}"},
        {TUNNEL, "{\"ike_proposals\":[\"x\",\"\"]}", "{\"ikeProposals\":[\"x\",\"\"]}"},
        {TUNNEL, "{\"ikeProposals\":[]}", "{}"},
        {TUNNEL, "{\"start\":\"START_MODE_UP\"}", "{\"start\":\"START_MODE_UP\"}"},
        {TUNNEL, "{\"start\":\"up\"}", "{\"start\":\"START_MODE_UP\"}"},
        {TUNNEL, "{\"start\":\"On_Demand\"}", "{\"start\":\"START_MODE_ON_DEMAND\"}"},
        {TUNNEL, "{\"start\":2}", "{\"start\":\"START_MODE_ON_DEMAND\"}"},
        {TUNNEL, "{\"start\":0}", "{}"},
        {TUNNEL, "{\"auth\":{\"psk\":{\"secret\":\"\"}}}", "{\"auth\":{\"psk\":{}}}"},
        {TUNNEL, "{\"name\":\"\\u00e4\\n\\\"\"}", "{\"name\":\"\xc3\xa4\\n\\\"\"}"},
        {COUNTERS, "{\"bytesIn\":\"18446744073709551615\",\"bytes_out\":12}",
         "{\"bytesIn\":\"18446744073709551615\",\"bytesOut\":\"12\"}"},
        {COUNTERS, "{\"bytesIn\":1e3,\"bytesOut\":\"7.0\"}", "{\"bytesIn\":\"1000\",\"bytesOut\":\"7\"}"},
        {SECRET, "{\"value\":\"aGk=\"}", "{\"value\":\"aGk=\"}"},
        {SECRET, "{\"value\":\"aGk\"}", "{\"value\":\"aGk=\"}"},
        {SECRET, "{\"value\":\"-_8\"}", "{\"value\":\"+/8=\"}"},
        {SECRET, "{\"value\":\"\"}", "{}"},
        {PROCESS, "{\"connected\":true}", "{\"connected\":true}"},
        {PROCESS, "{\"connected\":false}", "{}"},
        {LIVENESS, "{\"interval\":\"1.5s\"}", "{\"interval\":\"1.500s\"}"},
        {LIVENESS, "{\"interval\":\"90s\"}", "{\"interval\":\"90s\"}"},
        {LIVENESS, "{\"interval\":\"30m\"}", "{\"interval\":\"1800s\"}"},
        {LIVENESS, "{\"interval\":\"1d\"}", "{\"interval\":\"86400s\"}"},
        {LIVENESS, "{\"interval\":\"1.5h\"}", "{\"interval\":\"5400s\"}"},
        {LIVENESS, "{\"interval\":\"250ms\"}", "{\"interval\":\"0.250s\"}"},
        {LIVENESS, "{\"interval\":\"-0.000000001s\"}", "{\"interval\":\"-0.000000001s\"}"},
        {LIVENESS, "{\"interval\":\"0s\"}", "{\"interval\":\"0s\"}"},
        {STATUS, "{\"since\":\"2026-11-23T13:54:16Z\"}", "{\"since\":\"2026-11-23T13:54:16Z\"}"},
        {STATUS, "{\"since\":\"2026-11-23T13:54:16.5+02:00\"}", "{\"since\":\"2026-11-23T11:54:16.500Z\"}"},
        {STATUS, "{\"since\":\"0001-01-01T00:00:00Z\"}", "{\"since\":\"0001-01-01T00:00:00Z\"}"},
        {STATUS, "{\"since\":\"2024-02-29t00:00:00z\"}", "{\"since\":\"2024-02-29T00:00:00Z\"}"},
    };

    check(cases, RUN_COUNT(cases), 0);
}
END_TEST

START_TEST(refuses_with_path_and_reason)
{
    static const struct json_case cases[] = {
        {TUNNEL, "[]", "(should be a mapping, is a list)"},
        {TUNNEL, "1", "(1:1: is not valid JSON)"},
        {TUNNEL, "{\"remot\":{}}", "(unknown key \"remot\"; did you mean \"remote\"?)"},
        {TUNNEL, "{\"remote\":{\"x\":1}}", "(remote: unknown key \"x\"; there is address, id, other_addresses)"},
        {TUNNEL, "{\"name\":1}", "(name: should be text, is a number)"},
        {TUNNEL, "{\"name\":true}", "(name: should be text, is true or false)"},
        {TUNNEL, "{\"name\":[\"a\"]}", "(name: should be a single value, is a list)"},
        {TUNNEL, "{\"policies\":{}}", "(policies: should be a list, is a mapping)"},
        {TUNNEL, "{\"policies\":[{},{\"local\":{}}]}", "(policies[1].local: should be a single value, is a mapping)"},
        {TUNNEL, "{\"policies\":[null]}", "(policies[0]: null can't stand in a list)"},
        {TUNNEL, "{\"remote\":\"x\"}", "(remote: should be a mapping, is text)"},
        {TUNNEL, "{\"start\":\"upp\"}", "(start: \"upp\" is none of up, on_demand, passive)"},
        {TUNNEL, "{\"start\":9}", "(start: \"9\" is none of up, on_demand, passive)"},
        {TUNNEL, "{\"start\":true}", "(start: \"true\" is none of up, on_demand, passive)"},
        {TUNNEL, "{\"ikeProposals\":[],\"ike_proposals\":[]}", "(ike_proposals: the key is there twice; remove one)"},
        {TUNNEL, "{\"name\":\"a\",\"name\":\"b\"}", "(1:18: a key is there twice)"},
        {TUNNEL, "{\"name\":", "(1:8: is not valid JSON)"},
        {TUNNEL, "{} x", "(1:4: is not valid JSON)"},
        {TUNNEL, "{\"name\":\"a\\u0000b\"}", "(1:18: is not valid JSON)"},
        {TUNNEL, "{\"name\":\"\xff\"}", "(1:9: is not valid JSON)"},
        {COUNTERS, "{\"bytesIn\":-1}", "(bytes_in: \"-1\" is not a whole number from 0 to 18446744073709551615)"},
        {COUNTERS, "{\"bytesIn\":\"18446744073709551616\"}",
         "(bytes_in: \"18446744073709551616\" is not a whole number from 0 to 18446744073709551615)"},
        {COUNTERS, "{\"bytesIn\":1.5}", "(bytes_in: \"1.5\" is not a whole number from 0 to 18446744073709551615)"},
        {COUNTERS, "{\"bytesIn\":\"0x10\"}",
         "(bytes_in: \"0x10\" is not a whole number from 0 to 18446744073709551615)"},
        {COUNTERS, "{\"bytesIn\":\"\"}", "(bytes_in: \"\" is not a whole number from 0 to 18446744073709551615)"},
        {SECRET, "{\"value\":\"geheim!\"}", "(value: is not base64)"},
        {SECRET, "{\"value\":\"aGk==\"}", "(value: is not base64)"},
        {SECRET, "{\"value\":\"a\"}", "(value: is not base64)"},
        {SECRET, "{\"value\":\"aGl\"}", "(value: is not base64)"},
        {PROCESS, "{\"connected\":\"true\"}", "(connected: \"true\" should be true or false)"},
        {LIVENESS, "{\"interval\":30}",
         "(interval: \"30\" is not a duration; write for example 30s, 1.5s, 10m, 8h or 1d)"},
        {LIVENESS, "{\"interval\":\"1w\"}",
         "(interval: \"1w\" is not a duration; write for example 30s, 1.5s, 10m, 8h or 1d)"},
        {LIVENESS, "{\"interval\":\"9999999999999s\"}",
         "(interval: \"9999999999999s\" is not a duration; write for example 30s, 1.5s, 10m, 8h or 1d)"},
        {LIVENESS, "{\"interval\":\"1. s\"}",
         "(interval: \"1. s\" is not a duration; write for example 30s, 1.5s, 10m, 8h or 1d)"},
        {STATUS, "{\"since\":\"2026-02-29T00:00:00Z\"}",
         "(since: \"2026-02-29T00:00:00Z\" is not a time; write for example 2026-01-31T23:59:59Z)"},
        {STATUS, "{\"since\":\"2026-01-01T00:00:00\"}",
         "(since: \"2026-01-01T00:00:00\" is not a time; write for example 2026-01-31T23:59:59Z)"},
        {STATUS, "{\"since\":\"0001-01-01T00:00:00+01:00\"}",
         "(since: \"0001-01-01T00:00:00+01:00\" is not a time; write for example 2026-01-31T23:59:59Z)"},
    };

    check(cases, RUN_COUNT(cases), 0);
}
END_TEST

START_TEST(emits_defaults_when_asked)
{
    static const struct json_case cases[] = {
        {PROCESS, "", "{\"role\":\"\",\"connected\":false}"},
        {TUNNEL, "{\"auth\":{\"psk\":{}}}",
         "{\"name\":\"\",\"auth\":{\"psk\":{\"secret\":\"\",\"otherSecret\":\"\"}},\"policies\":[],\"ikeProposals\":[],"
         "\"espProposals\":[],\"start\":\"START_MODE_UNSPECIFIED\",\"encapsulation\":\"ENCAPSULATION_UNSPECIFIED\","
         "\"selectors\":\"SELECTOR_MODE_UNSPECIFIED\",\"mode\":\"SA_MODE_UNSPECIFIED\","
         "\"unique\":\"UNIQUE_POLICY_UNSPECIFIED\",\"childless\":\"CHILDLESS_POLICY_UNSPECIFIED\","
         "\"closeAction\":\"RECOVERY_ACTION_UNSPECIFIED\",\"replayWindow\":0}"},
        {&bulkhead__v1__auth__descriptor, "{\"certificate\":{}}",
         "{\"certificate\":{\"certificate\":\"\",\"authorities\":[],\"revocation\":\"REVOCATION_POLICY_UNSPECIFIED\","
         "\"rsaPadding\":\"RSA_PADDING_UNSPECIFIED\"}}"},
        {&bulkhead__v1__list_tunnels_response__descriptor, "", "{\"tunnels\":[]}"},
    };

    check(cases, RUN_COUNT(cases), PROTO_JSON_DEFAULTS);
}
END_TEST

START_TEST(keeps_oneof_members_apart)
{
    static const char text[] = "{\"psk\":{\"secret\":\"a\"}}";
    struct mistakes mistakes = mistakes_of(NULL);
    ProtobufCMessage *message;

    ck_assert_int_eq(proto_json_decode(bytes_of_str(text), &bulkhead__v1__auth__descriptor, NULL, &mistakes, &message),
                     0);
    ck_assert_int_eq(((Bulkhead__V1__Auth *)message)->method_case, BULKHEAD__V1__AUTH__METHOD_PSK);
    protobuf_c_message_free_unpacked(message, NULL);
    mistakes_done(&mistakes);
}
END_TEST

START_TEST(decoded_messages_survive_the_wire)
{
    static const char text[] =
        "{\"name\":\"a\",\"ikeProposals\":[\"x\",\"\"],\"policies\":[{\"local\":\"l\"}],\"liveness\":{"
        "\"interval\":\"5s\"},\"auth\":{\"psk\":{\"secret\":\"s\"}}}";
    struct mistakes mistakes = mistakes_of(NULL);
    ProtobufCMessage *message, *unpacked;
    uint8_t packed[256];
    char *out;
    size_t n;

    ck_assert_int_eq(proto_json_decode(bytes_of_str(text), TUNNEL, NULL, &mistakes, &message), 0);
    n = protobuf_c_message_pack(message, packed);
    unpacked = protobuf_c_message_unpack(TUNNEL, NULL, n, packed);
    ck_assert_ptr_ne(unpacked, NULL);
    out = proto_json_encode(unpacked, 0);
    ck_assert_ptr_ne(strstr(out, "\"ikeProposals\":[\"x\",\"\"]"), NULL);
    ck_assert_ptr_ne(strstr(out, "\"auth\":{\"psk\":{\"secret\":\"s\"}}"), NULL);
    wiping_free(out);
    protobuf_c_message_free_unpacked(message, NULL);
    protobuf_c_message_free_unpacked(unpacked, NULL);
}
END_TEST

START_TEST(bounds_nesting_and_mistakes)
{
    static char deep[2 * 200 + 1], many[20000];
    struct mistakes mistakes = mistakes_of(NULL);
    ProtobufCMessage *message;
    size_t n = 0;
    char *text;

    memset(deep, '[', 200);
    memset(deep + 200, ']', 200);
    ck_assert_int_eq(proto_json_decode(bytes_of_str(deep), TUNNEL, NULL, &mistakes, &message), -EINVAL);
    ck_assert_str_eq(mistakes.list[0].text, "nested more than 64 deep");
    mistakes_done(&mistakes);
    n += (size_t)sprintf(many, "{");
    for (int i = 0; i < 150; i++)
        n += (size_t)sprintf(many + n, "%s\"k%d\\u001b\":1", i ? "," : "", i);
    sprintf(many + n, "}");
    ck_assert_int_eq(proto_json_decode(bytes_of_str(many), TUNNEL, NULL, &mistakes, &message), -EINVAL);
    ck_assert_uint_eq(mistakes.n, MISTAKE_COUNT_MAX);
    ck_assert_uint_eq(mistakes.omitted, 50);
    text = mistakes_format(&mistakes);
    ck_assert_ptr_ne(strstr(text, "and 50 more\n"), NULL);
    ck_assert_ptr_eq(strchr(text, 0x1b), NULL);
    free(text);
    mistakes_done(&mistakes);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        takes_what_proto3_json_allows, refuses_with_path_and_reason,      emits_defaults_when_asked,
        keeps_oneof_members_apart,     decoded_messages_survive_the_wire, bounds_nesting_and_mistakes,
    };

    wiping_use_for_json();
    return run_tests("json", tests, RUN_COUNT(tests));
}
