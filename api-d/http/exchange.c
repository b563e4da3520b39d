#include "api-d/http/exchange.h"

#include <string.h>
#include <strings.h>

#include "api-d/api_limits.h"
#include "lib/schema/wiping.h"

struct exchange *exchange_new(void *codec, exchange_answered_fn *on_answered, struct exchange_budget *budget)
{
    struct exchange *exchange;

    if (budget->exchanges >= API_REQUESTS_MAX)
        return NULL;
    exchange = wiping_malloc(sizeof(*exchange));
    if (!exchange)
        return NULL;
    budget->exchanges++;
    *exchange = (struct exchange){0};
    exchange->codec = codec;
    exchange->on_answered = on_answered;
    exchange->budget = budget;
    return exchange;
}

static void drop_body(struct exchange *exchange)
{
    exchange->budget->body_bytes -= exchange->body.n;
    buffer_done(&exchange->body);
}

void exchange_free(struct exchange *exchange)
{
    if (!exchange)
        return;
    drop_body(exchange);
    exchange->budget->exchanges--;
    buffer_done(&exchange->target);
    buffer_done(&exchange->answer.body);
    wiping_free(exchange);
}

static void set_fault(struct exchange *exchange, enum exchange_fault fault)
{
    if (exchange->fault == EXCHANGE_FAULT_NONE)
        exchange->fault = fault;
    drop_body(exchange);
}

void exchange_set_verb(struct exchange *exchange, struct bytes verb)
{
    static const struct {
        const char *text;
        enum exchange_verb verb;
    } verbs[] = {{"POST", EXCHANGE_VERB_POST}, {"GET", EXCHANGE_VERB_GET}, {"HEAD", EXCHANGE_VERB_HEAD}};

    exchange->verb = EXCHANGE_VERB_OTHER;
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (verb.n == strlen(verbs[i].text) && !memcmp(verb.p, verbs[i].text, verb.n))
            exchange->verb = verbs[i].verb;
}

static bool count_header(struct exchange *exchange, size_t n)
{
    exchange->header_bytes += n;
    if (exchange->header_bytes <= API_HEADERS_MAX_BYTES)
        return true;
    set_fault(exchange, EXCHANGE_FAULT_HEADERS_TOO_LARGE);
    return false;
}

void exchange_add_target(struct exchange *exchange, struct bytes part)
{
    if (!count_header(exchange, part.n))
        return;
    if (buffer_append(&exchange->target, part) < 0)
        set_fault(exchange, EXCHANGE_FAULT_OUT_OF_MEMORY);
}

static bool is_named(struct bytes name, const char *text)
{
    return name.n == strlen(text) && !strncasecmp((const char *)name.p, text, name.n);
}

static void keep_header(struct exchange *exchange, struct bytes value, char *out, size_t out_size)
{
    if (out[0] || value.n >= out_size || memchr(value.p, 0, value.n)) {
        set_fault(exchange, EXCHANGE_FAULT_HEADER_MALFORMED);
        return;
    }
    memcpy(out, value.p, value.n);
    out[value.n] = 0;
}

void exchange_add_header(struct exchange *exchange, struct bytes name, struct bytes value)
{
    const struct {
        const char *name;
        char *out;
        size_t size;
    } kept[] = {
        {"content-type", exchange->content_type, sizeof(exchange->content_type)},
        {"content-encoding", exchange->content_encoding, sizeof(exchange->content_encoding)},
        {"connect-protocol-version", exchange->connect_version, sizeof(exchange->connect_version)},
        {"connect-timeout-ms", exchange->connect_timeout, sizeof(exchange->connect_timeout)},
    };

    if (!count_header(exchange, name.n + value.n))
        return;
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        if (value.n && is_named(name, kept[i].name))
            keep_header(exchange, value, kept[i].out, kept[i].size);
    if (is_named(name, "expect") && is_named(value, "100-continue"))
        exchange->expects_continue = true;
}

static size_t body_max_bytes(const struct exchange *exchange)
{
    const char *large = exchange->budget->large_target;

    return large && bytes_equal(buffer_view(&exchange->target), bytes_of_str(large)) ? API_LARGE_BODY_MAX_BYTES
                                                                                     : API_BODY_MAX_BYTES;
}

bool exchange_add_body(struct exchange *exchange, struct bytes part)
{
    struct exchange_budget *budget = exchange->budget;

    if (exchange->fault == EXCHANGE_FAULT_NONE) {
        if (part.n > body_max_bytes(exchange) - exchange->body.n)
            set_fault(exchange, EXCHANGE_FAULT_BODY_TOO_LARGE);
        else if (part.n > API_BODIES_MAX_BYTES - budget->body_bytes || buffer_append(&exchange->body, part) < 0)
            set_fault(exchange, EXCHANGE_FAULT_OUT_OF_MEMORY);
        else
            budget->body_bytes += part.n;
    }
    if (exchange->fault == EXCHANGE_FAULT_NONE)
        return true;
    exchange->discarded_bytes += part.n;
    return exchange->discarded_bytes <= API_DISCARD_MAX_BYTES;
}

void exchange_cut_off(struct exchange *exchange)
{
    exchange->codec = NULL;
    if (!exchange->handed_out)
        exchange_free(exchange);
}

void exchange_answer(struct exchange *exchange, struct exchange_answer *answer)
{
    exchange->answer = *answer;
    answer->body = (struct buffer){0};
    exchange->handed_out = false;
    exchange->answered = true;
    if (!exchange->codec) {
        exchange_free(exchange);
        return;
    }
    drop_body(exchange);
    exchange->on_answered(exchange->codec, exchange);
}
