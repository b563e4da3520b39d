// One client's connection without its socket: finds out which HTTP it speaks (RFC 9113 3.4: the first 24 bytes), keeps
// what can't be parsed yet, and hands out requests.
#ifndef BULKHEAD_API_HTTP_HTTP_CONNECTION_H
#define BULKHEAD_API_HTTP_HTTP_CONNECTION_H

#include "api-d/http/exchange.h"

struct http_connection;

struct http_connection_config {
    exchange_ready_fn *on_ready;
    // An answer was given outside of http_connection_feed: call http_connection_pull.
    void (*on_activity)(void *arg);
    void *arg;
    struct exchange_client client; // noted in every exchange
    struct exchange_budget *budget;
};

// NULL without memory.
struct http_connection *http_connection_new(const struct http_connection_config *config);
// Cuts off what is open. NULL is taken.
void http_connection_free(struct http_connection *connection);

// Takes all of the input. 0, or -ENOMEM: close at once.
int http_connection_feed(struct http_connection *connection, struct bytes input);
// Appends what is to be sent, at most about API_OUTPUT_MAX_BYTES, and goes on with input that waited. 0 or -ENOMEM.
int http_connection_pull(struct http_connection *connection, struct buffer *out);
// False: there is enough input for now.
bool http_connection_wants_input(const struct http_connection *connection);
// Close as soon as http_connection_pull gives nothing more.
bool http_connection_is_closing(const struct http_connection *connection);

enum http_connection_phase {
    HTTP_CONNECTION_PHASE_IDLE,
    HTTP_CONNECTION_PHASE_RECEIVING, // the client has to send something
    HTTP_CONNECTION_PHASE_ANSWERING, // we have to
};
enum http_connection_phase http_connection_phase(const struct http_connection *connection);
// The client was idle for too long.
void http_connection_terminate(struct http_connection *connection);

#endif
