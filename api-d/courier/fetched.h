// An answer of somebody's HTTP server (RFC 9112), read from bytes in any pieces: its status and its body. Pure.
#ifndef BULKHEAD_API_COURIER_FETCHED_H
#define BULKHEAD_API_COURIER_FETCHED_H

#include <http_parser.h>

#include "api-d/courier/courier_limits.h"
#include "lib/core/bytes.h"

struct fetched {
    http_parser parser;
    uint8_t *body;
    size_t body_n, capacity;
    bool complete;
    const char *fault; // for people; NULL: none
};

void fetched_init(struct fetched *fetched);
void fetched_done(struct fetched *fetched);
// False: over, complete or at fault. An empty input: the server has closed.
bool fetched_feed(struct fetched *fetched, struct bytes input);

#endif
