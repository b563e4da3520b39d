// The query of a GET request (connectrpc.com, "Unary-Get-Request"): ?connect=v1&encoding=json&message=...&base64=1.
#ifndef BULKHEAD_API_CONNECT_CONNECT_QUERY_H
#define BULKHEAD_API_CONNECT_CONNECT_QUERY_H

#include "api-d/buffer.h"

struct connect_query {
    char connect[8];
    char encoding[16];
    char compression[16];
    char base64[4];
    bool has_message;
    struct buffer message; // decoded
};

// Takes the text behind '?'. 0, -ENOMEM, or -EINVAL with what is wrong in *ret_error (static). Parameters that are not
// named above are ignored. The query is the caller's also after an error: connect_query_done.
int connect_query_parse(struct bytes text, struct connect_query *query, const char **ret_error);
void connect_query_done(struct connect_query *query);

#endif
