// The head of an answer (RFC 9110, 9111). Errors have a line of text as their body.
#ifndef BULKHEAD_API_COURIER_PUBLIC_ANSWER_H
#define BULKHEAD_API_COURIER_PUBLIC_ANSWER_H

#include <stdbool.h>
#include <time.h>

#include "api-d/courier/document.h"

#define PUBLIC_ANSWER_HEAD_MAX 768

struct public_answer {
    unsigned status;
    const char *content_type;  // with a document
    struct document *document; // lent; NULL: an error
    uint32_t max_age_s;        // of a document
    const char *allow;         // of 405
    bool keeps_alive;
    bool head_only; // to HEAD
};

// Head, and the body of an error, into out (PUBLIC_ANSWER_HEAD_MAX); returns the length. The document's bytes follow,
// unless to HEAD, or unmodified.
size_t public_answer_write(const struct public_answer *answer, time_t now, char *out);

// Whether the client has this document already (RFC 9110 13.1.2): answered 304.
bool public_answer_is_known(const struct document *document, const char *if_none_match);

#endif
