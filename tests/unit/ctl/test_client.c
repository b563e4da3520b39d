// Commands against a server that answers what the test says.
#include "tests/unit/ctl/server.h"

#define OK(body)                                                                                                       \
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" body "0\r\n\r\n"

START_TEST(lists_tunnels)
{
    struct run run;

    RUN(&run,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
        "{\"tunnels\":[{\"name\":\"a\",\"state\":\"TUNNEL_STATE_UP\",\"peer\":{\"remote\":\"192.0.2.1:4500\"},\"sas\":["
        "{\"suite\":"
        "\"aes256gcm16\"}],\"bytesIn\":\"1500\",\"bytesOut\":\"2\",\"since\":\"2026-11-23T13:53:16Z\"},"
        "{\"name\":\"b\",\"state\":\"TUNNEL_STATE_DOWN\",\"failure\":{\"message\":\"no common KE\"}}]}",
        "", "tunnels", "list");
    ck_assert_str_eq(run.err, "");
    ck_assert_str_eq(run.out, "NAME  STATE  REMOTE          SUITE        SINCE    IN  OUT  REASON\n"
                              "a     up     192.0.2.1:4500  aes256gcm16     1m  1.5k    2  -\n"
                              "b     down   -               -                -     0    0  no common KE\n");
    ck_assert_int_eq(run.code, EXIT_OK);
    ck_assert_ptr_eq(strstr(run.request, "POST /bulkhead.v1.TunnelService/ListTunnels HTTP/1.1\r\n"), run.request);
    ck_assert_ptr_ne(strstr(run.request, "Content-Type: application/proto\r\n"), NULL);
    ck_assert_ptr_ne(strstr(run.request, "Content-Length: 2\r\n\r\n\x08\x01"), NULL); // summary: true
    done(&run);
}
END_TEST

START_TEST(tells_why_a_tunnel_is_down)
{
    struct run run;

    RUN(&run,
        "HTTP/1.1 200 OK\r\n\r\n"
        "{\"tunnel\":{\"name\":\"b\",\"state\":\"TUNNEL_STATE_DOWN\",\"failure\":{\"time\":\"2026-11-23T13:53:16Z\","
        "\"side\":"
        "\"remote\",\"notify\":\"NO_PROPOSAL_CHOSEN\",\"localOffer\":\"aes256-sha256-ecp384\",\"remoteOffer\":"
        "\"unknown\",\"message\":"
        "\"offer modp2048\"}},\"config\":{\"policies\":[{\"local\":\"10.1.0.0/24\",\"remote\":\"10.2.0.0/24\"}]}}",
        "", "tunnels", "show", "b");
    ck_assert_str_eq(run.out, "tunnel:           b\n"
                              "state:            down\n"
                              "Last failure\n"
                              "  when:           2026-11-23T13:53:16Z\n"
                              "  refused by:     the peer\n"
                              "  notify:         NO_PROPOSAL_CHOSEN\n"
                              "  local offer:    aes256-sha256-ecp384\n"
                              "  remote offer:   unknown\n"
                              "  what to change: offer modp2048\n"
                              "Policies\n"
                              "  10.1.0.0/24 - 10.2.0.0/24\n");
    ck_assert_ptr_ne(strstr(run.request, "\r\n\r\n{\"name\":\"b\"}"), NULL);
    done(&run);
}
END_TEST

START_TEST(prints_json_with_defaults)
{
    struct run run;

    RUN(&run, OK("2\r\n{}\r\n"), "", "-o", "json", "sas", "list");
    ck_assert_str_eq(run.out, "{\n  \"sas\": []\n}\n");
    ck_assert_int_eq(run.code, EXIT_OK);
    done(&run);
}
END_TEST

START_TEST(tells_errors_in_one_line)
{
    static const struct {
        const char *answer, *err;
        enum exit_code code;
    } cases[] = {
        {"HTTP/1.1 404 Not Found\r\n\r\n{\"code\":\"not_found\",\"message\":\"no tunnel \\\"x\\\"\"}",
         "bhctl: tunnels up x: no tunnel \"x\" (not_found)\n", EXIT_REFUSED},
        {"HTTP/1.1 400 Bad Request\r\n\r\n{\"code\":\"failed_precondition\",\"message\":\"a\\nb\\u001b\"}",
         "bhctl: tunnels up x: a\\nb\\x1b (failed_precondition)\n", EXIT_REFUSED},
        {"HTTP/1.1 502 Bad Gateway\r\n\r\n<html>", "bhctl: tunnels up x: HTTP status 502\n", EXIT_REFUSED},
        {"HTTP/1.1 200 OK\r\n\r\n{\"frob\":1}",
         "bhctl: tunnels up x: can't read the answer (are bhctl and the gateway of one version?): unknown key "
         "\"frob\"; there is "
         "tunnel\n",
         EXIT_REFUSED},
    };
    struct run run;

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        RUN(&run, cases[i].answer, "", "tunnels", "up", "x");
        ck_assert_str_eq(run.err, cases[i].err);
        ck_assert_int_eq(run.code, cases[i].code);
        ck_assert_str_eq(run.out, "");
        done(&run);
    }
    RUN(&run, NULL, "", "tunnels", "up", "x");
    ck_assert_int_eq(run.code, EXIT_UNREACHABLE);
    ck_assert_ptr_ne(strstr(run.err, "without an answer"), NULL);
    done(&run);
    RUN(&run, "SSH-2.0-x\r\n", "", "tunnels", "up", "x");
    ck_assert_int_eq(run.code, EXIT_UNREACHABLE);
    ck_assert_ptr_ne(strstr(run.err, "does not speak HTTP"), NULL);
    done(&run);
}
END_TEST

START_TEST(sets_secrets)
{
    static const struct {
        const char *input, *body; // NULL: refused before anything is sent
    } cases[] = {
        {"geheim\n", "\r\n\r\n{\"name\":\"a\",\"value\":\"Z2VoZWlt\"}"},
        {"geheim", "\r\n\r\n{\"name\":\"a\",\"value\":\"Z2VoZWlt\"}"},
        {"geheim\n\n", "\r\n\r\n{\"name\":\"a\",\"value\":\"Z2VoZWltCg==\"}"},
    };
    struct run run;

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        RUN(&run, OK("2\r\n{}\r\n"), cases[i].input, "secrets", "set", "a");
        ck_assert_int_eq(run.code, EXIT_OK);
        ck_assert_str_eq(run.out, "");
        ck_assert_msg(strstr(run.request, cases[i].body) != NULL, "case %zu: %s", i, run.request);
        done(&run);
    }
}
END_TEST

START_TEST(applies_files)
{
    struct run run;

    RUN(&run, OK("33\r\n{\"added\":[\"a\",\"b\"],\"warnings\":[\"f:1:2: no secret\"]}\r\n"), "tunnels: []\n", "apply",
        "-f", "-");
    ck_assert_str_eq(run.out, "added: a b\n");
    ck_assert_str_eq(run.err, "f:1:2: no secret\n");
    ck_assert_int_eq(run.code, EXIT_OK);
    ck_assert_ptr_ne(strstr(run.request, "{\"yaml\":\"tunnels: []\\n\",\"file\":\"stdin\"}"), NULL);
    done(&run);
    RUN(&run, "HTTP/1.1 400 Bad Request\r\n\r\n{\"code\":\"invalid_argument\",\"message\":\"f:1:1: a\\nf:2:2: b\\n\"}",
        "x", "apply", "-f", "-");
    ck_assert_str_eq(run.err, "f:1:1: a\nf:2:2: b\n");
    ck_assert_int_eq(run.code, EXIT_REFUSED);
    done(&run);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        lists_tunnels, tells_why_a_tunnel_is_down, prints_json_with_defaults, tells_errors_in_one_line, sets_secrets,
        applies_files,
    };

    return server_run_tests("client", tests, RUN_COUNT(tests));
}
