// HTTP/1.1 on the server's side (RFC 9112), from bytes to exchanges and back, without a socket. One request at a time:
// what a client pipelines waits until the one before is answered.
#ifndef BULKHEAD_API_HTTP_HTTP1_H
#define BULKHEAD_API_HTTP_HTTP1_H

#include "api-d/http/exchange.h"

struct http1;

struct http1_config {
    exchange_ready_fn *on_ready;    // a complete request; may answer at once
    void (*on_answered)(void *arg); // there is output, and more input may be taken
    void *arg;
    struct exchange_budget *budget;
};

// NULL without memory.
struct http1 *http1_new(const struct http1_config *config);
// Cuts off the exchange that is being answered. NULL is taken.
void http1_free(struct http1 *http1);

// Takes input up to the end of one request at most; returns how many bytes it took. 0 while a request is being answered
// or when the connection is at its end. A malformed request gets its answer here and ends the connection.
size_t http1_feed(struct http1 *http1, struct bytes input);
// What is to be sent; the caller takes it away.
struct buffer *http1_output(struct http1 *http1);
// Nothing more is read; close when the output is sent.
bool http1_is_closing(const struct http1 *http1);
// A request is being handled.
bool http1_is_answering(const struct http1 *http1);
// Part of a request has come.
bool http1_is_receiving(const struct http1 *http1);

#endif
