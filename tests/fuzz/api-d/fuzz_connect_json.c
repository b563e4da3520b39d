// A request of any method, in JSON or binary, by POST or GET: the first byte chooses the method and the way, the rest
// is the message or the query. What is decoded is encoded again, and must then decode to the same.
#include <stdlib.h>
#include <string.h>

#include "api-d/connect/connect_request.h"
#include "api-d/connect/connect_response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct exchange_budget budget;

static struct exchange *make_exchange(const struct method *method, unsigned way, struct bytes message)
{
    struct exchange *exchange = exchange_new(NULL, NULL, &budget);

    if (!exchange)
        return NULL;
    exchange->client.admin = true;
    exchange_add_target(exchange, bytes_of(method->path, strlen(method->path)));
    if (way & 2) {
        exchange->verb = EXCHANGE_VERB_GET;
        exchange_add_target(exchange, bytes_of("?", 1));
        exchange_add_target(exchange, message);
    } else {
        exchange->verb = EXCHANGE_VERB_POST;
        strcpy(exchange->content_type, way & 1 ? "application/proto" : "application/json");
        exchange_add_body(exchange, message);
    }
    return exchange;
}

static bool decode(const struct method *method, unsigned way, struct bytes message, struct connect_request *ret_request)
{
    struct exchange *exchange = make_exchange(method, way, message);
    struct connect_refusal refusal = {0};
    struct exchange_answer answer;
    bool decoded;

    if (!exchange)
        return false;
    decoded = connect_request_decode(method_table, exchange, ret_request, &refusal) == 0;
    if (!decoded) {
        answer = connect_response_of_refusal(&refusal);
        buffer_done(&answer.body);
        buffer_done(&refusal.message);
    }
    exchange_free(exchange);
    return decoded;
}

// Through JSON and back. What JSON can't carry (text that is not UTF-8) is left out.
static void check_round_trip(const struct connect_request *request)
{
    struct exchange_answer first, second;
    struct connect_request again;

    if (connect_response_of_message(request->message, CONNECT_ENCODING_JSON, &first) < 0)
        return;
    if (!decode(request->method, 0, buffer_view(&first.body), &again))
        abort();
    if (connect_response_of_message(again.message, CONNECT_ENCODING_JSON, &second) < 0)
        abort();
    if (first.body.n != second.body.n || memcmp(first.body.p, second.body.p, first.body.n))
        abort();
    connect_request_done(&again);
    buffer_done(&first.body);
    buffer_done(&second.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct connect_request request;
    size_t methods = 0;

    while (method_table[methods].path)
        methods++;
    if (!size)
        return 0;
    if (decode(&method_table[(data[0] >> 2) % methods], data[0] & 3, bytes_of(data + 1, size - 1), &request)) {
        check_round_trip(&request);
        connect_request_done(&request);
    }
    return 0;
}
