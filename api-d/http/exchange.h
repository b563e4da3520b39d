// One HTTP request and its answer, whatever version of HTTP carries them.
//
// A codec (http1, http2) makes an exchange, fills it in and hands it out when the request is complete. Whoever handles
// it answers exactly once, now or later, by exchange_answer. The codec frees it when the answer is sent; when the
// connection ends before, the exchange lives on, cut off, until it is answered.
#ifndef BULKHEAD_API_HTTP_EXCHANGE_H
#define BULKHEAD_API_HTTP_EXCHANGE_H

#include <stdbool.h>
#include <sys/types.h>

#include "api-d/buffer.h"

enum exchange_verb {
    EXCHANGE_VERB_OTHER,
    EXCHANGE_VERB_GET,
    EXCHANGE_VERB_HEAD,
    EXCHANGE_VERB_POST,
};

// Why a request can't be handled although its framing is right.
enum exchange_fault {
    EXCHANGE_FAULT_NONE,
    EXCHANGE_FAULT_BODY_TOO_LARGE,
    EXCHANGE_FAULT_OUT_OF_MEMORY,
    EXCHANGE_FAULT_HEADERS_TOO_LARGE,
    EXCHANGE_FAULT_HEADER_MALFORMED, // one that we use is too long or came twice
};

// What all connections together hold. Must outlive every exchange.
struct exchange_budget {
    size_t body_bytes;
    size_t exchanges;
    const char *large_target; // whose body may be of API_LARGE_BODY_MAX_BYTES; NULL: none's
};

// Who is at the other end (SO_PEERCRED, when the connection came).
struct exchange_client {
    uid_t uid;
    bool admin;
};

struct exchange_answer {
    unsigned status;
    const char *content_type; // static
    const char *header_name;  // static; one more header, or NULL
    const char *header_value; // static
    struct buffer body;       // taken
};

struct exchange;
typedef void exchange_answered_fn(void *codec, struct exchange *exchange);
typedef void exchange_ready_fn(void *arg, struct exchange *exchange);

struct exchange {
    enum exchange_verb verb;
    enum exchange_fault fault;
    struct exchange_client client;
    struct buffer target; // path and query
    struct buffer body;
    // Headers that we use; empty when they were not sent.
    char content_type[128];
    char content_encoding[32];
    char connect_version[16];
    char connect_timeout[24];
    bool expects_continue;
    // The codec's part.
    struct exchange *next, *prev; // on the codec's list
    void *codec;                  // NULL when cut off
    exchange_answered_fn *on_answered;
    bool complete;   // the whole request is here
    bool handed_out; // and not answered yet
    bool answered;
    int32_t stream_id; // HTTP/2
    size_t header_bytes, discarded_bytes, sent_bytes;
    struct exchange_budget *budget;
    struct exchange_answer answer;
};

// NULL without memory, or when there are API_REQUESTS_MAX already. The budget is lent.
struct exchange *exchange_new(void *codec, exchange_answered_fn *on_answered, struct exchange_budget *budget);
// NULL is taken.
void exchange_free(struct exchange *exchange);

// For codecs. Faults are noted in the exchange, the rest of the request is then taken and dropped.
void exchange_set_verb(struct exchange *exchange, struct bytes verb);
void exchange_add_target(struct exchange *exchange, struct bytes part);
void exchange_add_header(struct exchange *exchange, struct bytes name, struct bytes value);
// False when so much was dropped that the connection should end.
bool exchange_add_body(struct exchange *exchange, struct bytes part);
// The codec goes, or the client gave up on this request: frees the exchange unless it is handed out.
void exchange_cut_off(struct exchange *exchange);

// Takes the answer's body. The exchange may be freed in here.
void exchange_answer(struct exchange *exchange, struct exchange_answer *answer);

#endif
