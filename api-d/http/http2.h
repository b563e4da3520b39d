// HTTP/2 on the server's side (RFC 9113) through nghttp2, from bytes to exchanges and back, without a socket.
#ifndef BULKHEAD_API_HTTP_HTTP2_H
#define BULKHEAD_API_HTTP_HTTP2_H

#include "api-d/http/exchange.h"

// What a client that knows beforehand begins with (RFC 9113 3.4).
#define HTTP2_PREFACE       "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define HTTP2_PREFACE_BYTES 24u

struct http2;

struct http2_config {
    exchange_ready_fn *on_ready;    // a complete request, after the input was taken; may answer at once
    void (*on_answered)(void *arg); // there is output
    void *arg;
    struct exchange_budget *budget;
};

// NULL without memory.
struct http2 *http2_new(const struct http2_config *config);
// Cuts off all exchanges. NULL is taken.
void http2_free(struct http2 *http2);

// Takes all of the input. 0, or -EPROTO: the connection is at its end (what http2_pull gives says why to the client).
int http2_feed(struct http2 *http2, struct bytes input);
// Appends what is to be sent, until `out` holds API_OUTPUT_MAX_BYTES. 0 or -ENOMEM.
int http2_pull(struct http2 *http2, struct buffer *out);
// Close when the output is sent.
bool http2_is_closing(const struct http2 *http2);
// No stream is open and no call is running.
bool http2_is_idle(const struct http2 *http2);
// A stream whose request is not complete.
bool http2_is_receiving(const struct http2 *http2);
// GOAWAY with NO_ERROR; is_closing from then on.
void http2_terminate(struct http2 *http2);

#endif
