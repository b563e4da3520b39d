// One request of the public, read from bytes that come in any pieces (RFC 9112). Pure: no socket, no answer. What can't
// be read has a status that says so; where the next request would begin is then unknown, and the connection ends.
#ifndef BULKHEAD_API_COURIER_PUBLIC_REQUEST_H
#define BULKHEAD_API_COURIER_PUBLIC_REQUEST_H

#include <http_parser.h>

#include "api-d/courier/courier_limits.h"
#include "lib/core/bytes.h"

enum public_verb {
    PUBLIC_VERB_OTHER,
    PUBLIC_VERB_GET,
    PUBLIC_VERB_HEAD,
    PUBLIC_VERB_POST,
};

struct public_request {
    enum public_verb verb;
    char target[COURIER_TARGET_MAX_BYTES + 1];
    char content_type[64];
    char if_none_match[96];
    size_t body_n;
    uint8_t body[COURIER_BODY_MAX_BYTES];
    bool keeps_alive;
    bool has_host;
};

struct public_reader {
    http_parser parser;
    struct public_request request;
    unsigned fault; // HTTP status of what is wrong
    size_t target_n;
    char *value; // of the header being read that is kept, or NULL
    size_t value_n, value_size;
    char name[24];
    size_t name_n;
    bool in_value, in_trailer;
};

enum public_reader_state {
    PUBLIC_READER_STATE_MORE,
    PUBLIC_READER_STATE_COMPLETE, // reader->request
    PUBLIC_READER_STATE_FAULT,    // reader->fault: 400, 413, 414 or 431
};

// For the next request.
void public_reader_reset(struct public_reader *reader);
// How much it has taken: all, unless the request is complete or wrong.
enum public_reader_state public_reader_feed(struct public_reader *reader, struct bytes input, size_t *ret_taken);

#endif
