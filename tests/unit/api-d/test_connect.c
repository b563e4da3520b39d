// The Connect protocol's unary requests, answers and errors, and the table of methods.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "api-d/connect/connect_query.h"
#include "api-d/connect/connect_request.h"
#include "api-d/connect/connect_response.h"
#include "api-d/services/services.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "tests/unit/lib/run.h"

#define GET_TUNNEL   "/bulkhead.v1.TunnelService/GetTunnel"
#define SET_SECRET   "/bulkhead.v1.SecretService/SetSecret"
#define JSON         "application/json"
#define PROTO        "application/proto"
#define GET_QUERY(q) GET_TUNNEL "?" q

struct request {
    enum exchange_verb verb;
    const char *target, *content_type, *body, *encoding, *version, *timeout;
};

static struct exchange_budget budget;

static struct exchange *make_exchange(const struct request *r)
{
    struct exchange *exchange = exchange_new(NULL, NULL, &budget);

    ck_assert_ptr_nonnull(exchange);
    exchange->verb = r->verb;
    exchange->client.admin = true;
    exchange_add_target(exchange, bytes_of(r->target, strlen(r->target)));
    if (r->content_type)
        strcpy(exchange->content_type, r->content_type);
    if (r->encoding)
        strcpy(exchange->content_encoding, r->encoding);
    if (r->version)
        strcpy(exchange->connect_version, r->version);
    if (r->timeout)
        strcpy(exchange->connect_timeout, r->timeout);
    if (r->body)
        ck_assert(exchange_add_body(exchange, bytes_of(r->body, strlen(r->body))));
    return exchange;
}

START_TEST(good_requests_are_decoded)
{
    static const struct request requests[] = {
        {EXCHANGE_VERB_POST, GET_TUNNEL, JSON, "{\"name\":\"net\"}", NULL, "1", "1500"},
        {EXCHANGE_VERB_POST, GET_TUNNEL, "application/json; charset=utf-8", "{\"name\":\"net\"}"},
        {EXCHANGE_VERB_POST, GET_TUNNEL, "Application/JSON;charset=UTF-8", "{\"name\":\"net\"}", "identity"},
        {EXCHANGE_VERB_POST, GET_TUNNEL, PROTO, "\x0a\x03net", NULL, "1", "0000001500"},
        {EXCHANGE_VERB_GET, GET_QUERY("connect=v1&encoding=json&message=%7B%22name%22%3a%22net%22%7D")},
        {EXCHANGE_VERB_GET, GET_QUERY("message=eyJuYW1lIjoibmV0In0&encoding=json&base64=1")},
        {EXCHANGE_VERB_GET, GET_QUERY("message=eyJuYW1lIjoibmV0In0%3D&encoding=json&base64=1&compression=identity")},
        {EXCHANGE_VERB_GET, GET_QUERY("message=CgNuZXQ&encoding=proto&base64=1&other=x&novalue")},
    };

    for (size_t i = 0; i < RUN_COUNT(requests); i++) {
        struct exchange *exchange = make_exchange(&requests[i]);
        struct connect_request request;
        struct connect_refusal refusal;

        ck_assert_msg(connect_request_decode(method_table, exchange, &request, &refusal) == 0, "case %zu: %s", i,
                      buffer_str(&refusal.message));
        ck_assert_str_eq(((Bulkhead__V1__GetTunnelRequest *)(void *)request.message)->name, "net");
        ck_assert_str_eq(request.method->path, GET_TUNNEL);
        ck_assert_uint_eq(request.timeout_ms, requests[i].timeout ? 1500 : 0);
        connect_request_done(&request);
        exchange_free(exchange);
    }
}
END_TEST

START_TEST(an_empty_body_is_the_empty_message)
{
    static const char *const types[] = {JSON, PROTO};

    for (size_t i = 0; i < RUN_COUNT(types); i++) {
        struct exchange *exchange = make_exchange(&(struct request){EXCHANGE_VERB_POST, GET_TUNNEL, types[i], NULL});
        struct connect_request request;
        struct connect_refusal refusal;

        ck_assert_int_eq(connect_request_decode(method_table, exchange, &request, &refusal), 0);
        connect_request_done(&request);
        exchange_free(exchange);
    }
}
END_TEST

START_TEST(bad_requests_are_refused)
{
    static const struct {
        struct request request;
        unsigned status;
        const char *code;
        const char *message; // part of it
    } cases[] = {
        {{EXCHANGE_VERB_POST, "/bulkhead.v1.TunnelService/Get", JSON, "{}"}, 404, "unimplemented", "no such method"},
        {{EXCHANGE_VERB_POST, "", JSON, "{}"}, 404, "unimplemented", ""},
        {{EXCHANGE_VERB_POST, GET_TUNNEL "/", JSON, "{}"}, 404, "unimplemented", ""},
        {{EXCHANGE_VERB_OTHER, GET_TUNNEL, JSON, "{}"}, 405, "unimplemented", "POST or GET"},
        {{EXCHANGE_VERB_HEAD, GET_TUNNEL, JSON, "{}"}, 405, "unimplemented", ""},
        {{EXCHANGE_VERB_GET, SET_SECRET "?encoding=json&message=%7B%7D"}, 405, "unimplemented", "with POST"},
        {{EXCHANGE_VERB_POST, GET_TUNNEL, NULL, "{}"}, 415, "unknown", "content type"},
        {{EXCHANGE_VERB_POST, GET_TUNNEL, "text/json", "{}"}, 415, "unknown", ""},
        {{EXCHANGE_VERB_POST, GET_TUNNEL, "application/json; charset=latin1", "{}"}, 415, "unknown", ""},
        {{EXCHANGE_VERB_POST, GET_TUNNEL, "application/grpc", "{}"}, 415, "unknown", ""},
        {{EXCHANGE_VERB_POST, GET_TUNNEL, "application/connect+json", "{}"}, 415, "unknown", ""},
        {{EXCHANGE_VERB_GET, GET_QUERY("encoding=xml&message=x")}, 415, "unknown", "encoding"},
        {{EXCHANGE_VERB_POST, GET_TUNNEL, JSON, "{", NULL}, 400, "invalid_argument", ""},
        {{EXCHANGE_VERB_POST, GET_TUNNEL, JSON, "[]"}, 400, "invalid_argument", ""},
        {{EXCHANGE_VERB_POST, GET_TUNNEL, JSON, "{\"nam\":\"x\"}"}, 400, "invalid_argument", "nam"},
        {{EXCHANGE_VERB_POST, GET_TUNNEL, JSON, "{\"name\":7}"}, 400, "invalid_argument", "name"},
        {{EXCHANGE_VERB_POST, GET_TUNNEL, PROTO, "\x0a\x09net"}, 400, "invalid_argument", ""},
        {{EXCHANGE_VERB_POST, GET_TUNNEL, JSON, "{}", "gzip"}, 501, "unimplemented", "identity"},
        {{EXCHANGE_VERB_POST, GET_TUNNEL, JSON, "{}", NULL, "2"}, 400, "invalid_argument", "version"},
        {{EXCHANGE_VERB_POST, GET_TUNNEL, JSON, "{}", NULL, "1", "1.5"}, 400, "invalid_argument", "Timeout"},
        {{EXCHANGE_VERB_POST, GET_TUNNEL, JSON, "{}", NULL, "1", "-5"}, 400, "invalid_argument", "Timeout"},
        {{EXCHANGE_VERB_POST, GET_TUNNEL, JSON, "{}", NULL, "1", "12345678901"}, 400, "invalid_argument", "Timeout"},
        {{EXCHANGE_VERB_POST, GET_TUNNEL, JSON, "{}", NULL, "1", "0"}, 504, "deadline_exceeded", ""},
        {{EXCHANGE_VERB_GET, GET_QUERY("encoding=json")}, 400, "invalid_argument", "message"},
        {{EXCHANGE_VERB_GET, GET_QUERY("encoding=json&message=%7")}, 400, "invalid_argument", "query"},
        {{EXCHANGE_VERB_GET, GET_QUERY("encoding=json&message=%zz")}, 400, "invalid_argument", "query"},
        {{EXCHANGE_VERB_GET, GET_QUERY("encoding=json&message=e*&base64=1")}, 400, "invalid_argument", "base64"},
        {{EXCHANGE_VERB_GET, GET_QUERY("encoding=jsonjsonjsonjsonjson&message=x")}, 400, "invalid_argument", "query"},
        {{EXCHANGE_VERB_GET, GET_QUERY("encoding=json&message=%7B%7D&connect=v2")}, 400, "invalid_argument", "version"},
        {{EXCHANGE_VERB_GET, GET_QUERY("encoding=json&message=%7B%7D&compression=br")}, 501, "unimplemented", ""},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        struct exchange *exchange = make_exchange(&cases[i].request);
        struct connect_request request;
        struct connect_refusal refusal;
        struct exchange_answer answer;
        json_t *error;

        ck_assert_msg(connect_request_decode(method_table, exchange, &request, &refusal) == -EINVAL, "case %zu", i);
        answer = connect_response_of_refusal(&refusal);
        ck_assert_msg(answer.status == cases[i].status, "case %zu: %u", i, answer.status);
        ck_assert_str_eq(answer.content_type, "application/json");
        error = json_loads(buffer_str(&answer.body), 0, NULL);
        ck_assert_str_eq(json_string_value(json_object_get(error, "code")), cases[i].code);
        ck_assert_msg(strstr(json_string_value(json_object_get(error, "message")), cases[i].message) != NULL,
                      "case %zu: %s", i, buffer_str(&answer.body));
        json_decref(error);
        buffer_done(&answer.body);
        buffer_done(&refusal.message);
        exchange_free(exchange);
    }
}
END_TEST

START_TEST(strangers_are_refused)
{
    struct exchange *exchange = make_exchange(&(struct request){EXCHANGE_VERB_POST, GET_TUNNEL, JSON, "{}"});
    struct connect_request request;
    struct connect_refusal refusal;

    exchange->client = (struct exchange_client){.uid = 1000, .admin = false};
    ck_assert_int_eq(connect_request_decode(method_table, exchange, &request, &refusal), -EINVAL);
    ck_assert_int_eq(refusal.code, CONNECT_PERMISSION_DENIED);
    buffer_done(&refusal.message);
    exchange_free(exchange);
}
END_TEST

START_TEST(faults_are_refused)
{
    static const struct {
        enum exchange_fault fault;
        unsigned status;
    } cases[] = {
        {EXCHANGE_FAULT_BODY_TOO_LARGE, 429},
        {EXCHANGE_FAULT_OUT_OF_MEMORY, 429},
        {EXCHANGE_FAULT_HEADERS_TOO_LARGE, 431},
        {EXCHANGE_FAULT_HEADER_MALFORMED, 400},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        struct exchange *exchange = make_exchange(&(struct request){EXCHANGE_VERB_POST, GET_TUNNEL, JSON, "{}"});
        struct connect_request request;
        struct connect_refusal refusal;
        struct exchange_answer answer;

        exchange->fault = cases[i].fault;
        ck_assert_int_eq(connect_request_decode(method_table, exchange, &request, &refusal), -EINVAL);
        answer = connect_response_of_refusal(&refusal);
        ck_assert_uint_eq(answer.status, cases[i].status);
        buffer_done(&answer.body);
        buffer_done(&refusal.message);
        exchange_free(exchange);
    }
}
END_TEST

START_TEST(a_wrong_verb_and_type_say_what_is_right)
{
    struct exchange *exchange = make_exchange(&(struct request){EXCHANGE_VERB_GET, SET_SECRET});
    struct connect_request request;
    struct connect_refusal refusal;

    connect_request_decode(method_table, exchange, &request, &refusal);
    ck_assert_str_eq(refusal.header_name, "Allow");
    ck_assert_str_eq(refusal.header_value, "POST");
    buffer_done(&refusal.message);
    exchange->verb = EXCHANGE_VERB_POST;
    connect_request_decode(method_table, exchange, &request, &refusal);
    ck_assert_str_eq(refusal.header_name, "Accept-Post");
    ck_assert_str_eq(refusal.header_value, "application/json, application/proto");
    buffer_done(&refusal.message);
    exchange_free(exchange);
}
END_TEST

START_TEST(codes_have_their_statuses)
{
    // connectrpc.com, "Error Codes"
    static const struct {
        enum connect_code code;
        const char *name;
        unsigned status;
    } codes[] = {
        {CONNECT_CANCELED, "canceled", 499},
        {CONNECT_UNKNOWN, "unknown", 500},
        {CONNECT_INVALID_ARGUMENT, "invalid_argument", 400},
        {CONNECT_DEADLINE_EXCEEDED, "deadline_exceeded", 504},
        {CONNECT_NOT_FOUND, "not_found", 404},
        {CONNECT_ALREADY_EXISTS, "already_exists", 409},
        {CONNECT_PERMISSION_DENIED, "permission_denied", 403},
        {CONNECT_RESOURCE_EXHAUSTED, "resource_exhausted", 429},
        {CONNECT_FAILED_PRECONDITION, "failed_precondition", 400},
        {CONNECT_ABORTED, "aborted", 409},
        {CONNECT_OUT_OF_RANGE, "out_of_range", 400},
        {CONNECT_UNIMPLEMENTED, "unimplemented", 501},
        {CONNECT_INTERNAL, "internal", 500},
        {CONNECT_UNAVAILABLE, "unavailable", 503},
        {CONNECT_DATA_LOSS, "data_loss", 500},
        {CONNECT_UNAUTHENTICATED, "unauthenticated", 401},
    };

    for (size_t i = 0; i < RUN_COUNT(codes); i++) {
        ck_assert_str_eq(connect_code_name(codes[i].code), codes[i].name);
        ck_assert_uint_eq(connect_code_http_status(codes[i].code), codes[i].status);
    }
    ck_assert_int_eq(connect_code_from_ipc(BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_NOT_FOUND),
                     CONNECT_NOT_FOUND);
    ck_assert_int_eq(connect_code_from_ipc(0), CONNECT_OK);
    ck_assert_int_eq(connect_code_from_ipc(4711), CONNECT_INTERNAL);
}
END_TEST

START_TEST(answers_are_encoded_both_ways)
{
    Bulkhead__V1__GetVersionResponse response = BULKHEAD__V1__GET_VERSION_RESPONSE__INIT;
    struct exchange_answer answer;

    response.version = (char[]){"1.2"};
    ck_assert_int_eq(connect_response_of_message(&response.base, CONNECT_ENCODING_JSON, &answer), 0);
    ck_assert_uint_eq(answer.status, 200);
    ck_assert_str_eq(answer.content_type, "application/json");
    ck_assert_str_eq(buffer_str(&answer.body), "{\"version\":\"1.2\"}");
    buffer_done(&answer.body);
    ck_assert_int_eq(connect_response_of_message(&response.base, CONNECT_ENCODING_PROTO, &answer), 0);
    ck_assert_str_eq(answer.content_type, "application/proto");
    ck_assert_uint_eq(answer.body.n, 5);
    ck_assert_mem_eq(answer.body.p,
                     "\x0a\x03"
                     "1.2",
                     5);
    buffer_done(&answer.body);
}
END_TEST

START_TEST(texts_of_errors_are_always_json)
{
    struct exchange_answer answer = connect_response_of_error(CONNECT_NOT_FOUND, "a \"b\"\n\xff\xc3(");
    json_t *error = json_loads(buffer_str(&answer.body), 0, NULL);

    ck_assert_str_eq(json_string_value(json_object_get(error, "message")), "a \"b\"\n?\?(");
    json_decref(error);
    buffer_done(&answer.body);
}
END_TEST

static bool only_reads(const char *method)
{
    static const char *const verbs[] = {"Get", "List", "Explain", "Lint"};

    for (size_t i = 0; i < RUN_COUNT(verbs); i++)
        if (!strncmp(method, verbs[i], strlen(verbs[i])))
            return true;
    return false;
}

START_TEST(every_method_of_the_schema_is_served)
{
    static const ProtobufCServiceDescriptor *const services[] = {
        &bulkhead__v1__config_service__descriptor,   &bulkhead__v1__event_service__descriptor,
        &bulkhead__v1__sa_service__descriptor,       &bulkhead__v1__secret_service__descriptor,
        &bulkhead__v1__peer_service__descriptor,     &bulkhead__v1__system_service__descriptor,
        &bulkhead__v1__firewall_service__descriptor, &bulkhead__v1__certificate_service__descriptor,
        &bulkhead__v1__tunnel_service__descriptor,
    };
    size_t count = 0, rows = 0;

    for (size_t i = 0; i < RUN_COUNT(services); i++) {
        for (unsigned m = 0; m < services[i]->n_methods; m++, count++) {
            const struct method *method;
            char path[256];

            snprintf(path, sizeof(path), "/%s/%s", services[i]->name, services[i]->methods[m].name);
            method = method_find(method_table, bytes_of(path, strlen(path)));
            ck_assert_msg(method != NULL, "%s", path);
            ck_assert_ptr_eq(method->request, services[i]->methods[m].input);
            ck_assert_ptr_eq(method->response, services[i]->methods[m].output);
            ck_assert_msg(method->has_no_side_effects == only_reads(services[i]->methods[m].name), "%s", path);
        }
    }
    while (method_table[rows].path)
        rows++;
    ck_assert_uint_eq(rows, count);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        good_requests_are_decoded,
        an_empty_body_is_the_empty_message,
        bad_requests_are_refused,
        strangers_are_refused,
        faults_are_refused,
        a_wrong_verb_and_type_say_what_is_right,
        codes_have_their_statuses,
        answers_are_encoded_both_ways,
        texts_of_errors_are_always_json,
        every_method_of_the_schema_is_served,
    };

    return run_tests("connect", tests, RUN_COUNT(tests));
}
